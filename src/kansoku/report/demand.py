"""Whether results were judged on the same demand, and which settings of their studies differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
import yaml

from kansoku.report.words import listed

UNTOLD = "study"
"""Section of a study that changes no figure: its name and title."""

Reading = Callable[[xr.Dataset], object]


def differences(datasets: Sequence[xr.Dataset], labels: Sequence[str]) -> list[str]:
    """Say why coverage of some results is not coverage of the same demand.

    Parameters
    ----------
    datasets : sequence of xarray.Dataset
    labels : sequence of str

    Returns
    -------
    list of str
        Words for each of catalogue, targets, windows, weights, credit, source and length of
        tracks, worth of shared data, weather, slots, limits of visibility, years and version that
        differs, with the labels on each side; none where all are the same.
    """
    told = []
    for what, read in _READ.items():
        groups = _grouped([read(one) for one in datasets], labels)
        if len(groups) > 1:
            sides = " against ".join(listed(group) for group in groups)
            told.append(f"{what}: {sides}")
    return told


def settings_that_differ(
    datasets: Sequence[xr.Dataset], labels: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the settings of the studies that differ, by key and then by label.

    A key that a study does not have is None, as one that it leaves empty.
    """
    settings = [_flat(yaml.safe_load(one.attrs["kansoku_config"])) for one in datasets]
    found = {}
    for key in sorted(set().union(*settings)):
        values = [one.get(key) for one in settings]
        if not key.startswith(f"{UNTOLD}.") and any(value != values[0] for value in values):
            found[key] = dict(zip(labels, values, strict=True))
    return found


def _flat(section: Any, prefix: str = "") -> dict[str, Any]:
    """Return a nested section as dotted keys."""
    if not isinstance(section, dict):
        return {prefix: section}
    parts = (
        _flat(value, f"{prefix}.{key}" if prefix else str(key)) for key, value in section.items()
    )
    return {key: value for part in parts for key, value in part.items()}


def _grouped(values: Sequence[object], labels: Sequence[str]) -> list[list[str]]:
    """Gather the labels of equal values, in order of appearance."""
    groups: list[tuple[object, list[str]]] = []
    for value, label in zip(values, labels, strict=True):
        same = next((members for known, members in groups if known == value), None)
        if same is None:
            groups.append((value, [label]))
        else:
            same.append(label)
    return [members for _, members in groups]


def _attribute(name: str, left_out: str = "") -> Reading:
    return lambda dataset: str(dataset.attrs.get(name, left_out))


def _array(*names: str) -> Reading:
    return lambda dataset: tuple(
        (dataset[name].to_numpy().tolist() if name in dataset else None) for name in names
    )


def _weights(dataset: xr.Dataset) -> object:
    """Share of the demand by target, to 12 digits: units are common to one cube alone."""
    if "demand_weight" not in dataset:
        return None
    weight = dataset["demand_weight"].isel(requirement=0, window=0, drop=True)
    share = (weight / weight.sum()).to_numpy()
    return [np.format_float_scientific(one, 12) for one in share]


def _setting(*keys: str) -> Callable[[xr.Dataset], dict[str, Any]]:
    """Read settings by key, or whole sections by their name."""

    def read(dataset: xr.Dataset) -> dict[str, Any]:
        settings = _flat(yaml.safe_load(dataset.attrs["kansoku_config"]))
        wanted = tuple(f"{key}." for key in keys)
        return {k: v for k, v in settings.items() if f"{k}.".startswith(wanted)}

    return read


def _cross_check(dataset: xr.Dataset) -> object:
    """What credit counts: cubes from before the setting count every track."""
    return _setting("coverage.cross_check")(dataset).get("coverage.cross_check", "none")


def _weather(dataset: xr.Dataset) -> object:
    draws = dataset.sizes.get("scenario"), dataset.attrs.get("kansoku_seed")
    return (*draws, _setting("coverage.weather")(dataset))


def _over_years(dataset: xr.Dataset) -> bool:
    return bool(_setting("design.programme")(dataset).keys() - {"design.programme"})


_READ: dict[str, Reading] = {
    "another catalogue": _attribute("kansoku_catalogue_sha256"),
    "other targets": _array("target", "target_multiplicity"),
    "other windows": _array("window_bounds"),
    "other weights of the demand": _weights,
    "other credit for tracks": _array("credit_step"),
    "tracks counted by their source or not": _cross_check,
    "another length of a track": _setting("coverage.max_track_hours"),
    "another worth of shared data": _setting(
        "coverage.tier_credit", "coverage.min_tier", "coverage.max_latency_hours"
    ),
    "other draws of the weather": _weather,
    "slots counted or not": _attribute("kansoku_capacity", left_out="ignore"),
    "other limits of visibility": _setting("visibility"),
    "one budget or fiscal years, which changes what the objective is": _over_years,
    "other fiscal years or another worth of them, which changes what the objective is": _array(
        "year_worth", "least_worth"
    ),
    "another version of kansoku": _attribute("kansoku_version"),
    "another last fiscal year": lambda dataset: int(np.atleast_1d(dataset["year"].to_numpy())[-1]),
}
