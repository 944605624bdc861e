r"""Coverage rebuilt from a cube alone.

    N_{d,s} = sum_c credit_c tracks_{c,d} clear_{c,s}          over admissible contributors c
    plain    = sum_d weight_d min(1, N_{d,s}) / W            W = sum_d weight_d
    credited = sum_d weight_d sum_k step_k clip(N_{d,s} - k + 1, 0, 1) / (W sum_k step_k)

with demand cells d = (target, window). Where independent sources count (`contributor_source`),
credited takes in place of N_{d,s}

    M_{d,s} = sum_h count_h min(1, N_{h,d,s})                N_h: the same over contributors of h

Where packages of firms hold some objects only, credit_c is
that of the part of the supply that the target lies in.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

INPUTS = (
    "visibility_tracks",
    "contributor_weather",
    "demand_weight",
    "credit_step",
    "contributor_admissible",
    "contributor_credit",
)

AT_TIMES = ("target_supply_part", "contributor_source", "source_count")
"""Inputs that a study has where packages or sources count."""

FloatArray = npt.NDArray[np.float64]


def coverage(dataset: xr.Dataset) -> dict[str, xr.DataArray]:
    """Rebuild plain and credited coverage of every design.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study, as `cubes.dataset.label` makes it or as read from its file.

    Returns
    -------
    dict of str to DataArray
        `coverage_fraction` and `credited_fraction`, (design, year, scenario, requirement).
    """
    dims = ("design", "year", "scenario", "requirement")
    names = [*INPUTS, *(name for name in AT_TIMES if name in dataset)]
    inputs = dataset[names].reset_coords(drop=True).load()
    shape = tuple(dataset.sizes[dim] for dim in dims)
    plain, credited = np.zeros(shape), np.zeros(shape)
    for at in np.ndindex(shape):
        plain[at], credited[at] = _one(inputs.isel(dict(zip(dims, at, strict=True))))
    coords = {dim: dataset[dim] for dim in dims}
    return {
        "coverage_fraction": xr.DataArray(plain, coords, dims),
        "credited_fraction": xr.DataArray(credited, coords, dims),
    }


def _one(cut: xr.Dataset) -> tuple[float, float]:
    """Plain and credited coverage of one design, year, draw and requirement."""
    worth = _worth(cut)
    count = _tracks(cut, worth)
    weight = cut["demand_weight"].transpose("target", "window").to_numpy()
    steps = cut["credit_step"].to_numpy()
    together = _sources(cut, worth) if "contributor_source" in cut else count
    credit = sum(step * np.clip(together - k, 0.0, 1.0) for k, step in enumerate(steps))
    whole = weight.sum()
    plain = (weight * np.minimum(count, 1.0)).sum() / whole
    return float(plain), float((weight * credit).sum() / (whole * steps.sum()))


def _sources(cut: xr.Dataset, worth: FloatArray) -> FloatArray:
    """What independent sources count together in each cell, (target, window)."""
    source, each = cut["contributor_source"].to_numpy(), cut["source_count"].to_numpy()
    return np.asarray(
        sum(
            count * np.minimum(_tracks(cut, np.where((source == name)[:, None], worth, 0.0)), 1.0)
            for name, count in zip(cut["source"].to_numpy(), each, strict=True)
        )
    )


def _tracks(cut: xr.Dataset, worth: FloatArray) -> FloatArray:
    """Worth of all tracks in each cell, (target, window); of one track (contributor, target)."""
    count = np.zeros((cut.sizes["target"], cut.sizes["window"]))
    for c in np.flatnonzero(worth.any(axis=1)):
        one = cut[["visibility_tracks", "contributor_weather"]].isel(contributor=c)
        tracks = one["visibility_tracks"].transpose("target", "window").to_numpy()
        count += worth[c][:, None] * tracks * one["contributor_weather"].to_numpy()
    return count


def _worth(cut: xr.Dataset) -> FloatArray:
    """What a track of each contributor is worth of each target, (contributor, target)."""
    worth = cut["contributor_credit"] * cut["contributor_admissible"]
    if "supply_part" in worth.dims:
        by_part = worth.transpose("contributor", "supply_part").to_numpy()
        return np.asarray(by_part[:, cut["target_supply_part"].to_numpy()])
    return np.repeat(worth.to_numpy()[:, None], cut.sizes["target"], axis=1)
