"""What the answer to either question reads from a cube: study, proof, sensors, coverage, gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.constants import SECONDS_PER_HOUR
from kansoku.cubes.variables import CHOSEN, TODAY

Figures = dict[str, Any]
"""The answer, or a part of it: plain values by name."""


def readings(dataset: xr.Dataset) -> Figures:
    """Read what both questions answer; coverage is that of the last year.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.
    """
    return {
        "study": _study(dataset),
        "proof": _proof(dataset),
        "sensors": _sensors(dataset),
        "load_today": _load_today(dataset),
        "coverage": _coverage(dataset),
        "autonomy": _autonomy(dataset),
        "revisit": _revisit(dataset),
        "unseen": {name: _unseen(dataset, name) for name in (CHOSEN, TODAY)},
        "notes": _lines(dataset, "kansoku_notes"),
        "assumptions_unchanged": _lines(dataset, "kansoku_assumption_sentences"),
        "network_assumptions": _lines(dataset, "kansoku_network_assumptions"),
        "left_out": _lines(dataset, "kansoku_left_out"),
    }


def _study(dataset: xr.Dataset) -> Figures:
    keys = (
        "study", "owner", "decision_fy", "horizon_fy", "cost_level", "price_base", "catalogue",
        "catalogue_epoch", "catalogue_sha256", "config_sha256", "version", "backend", "seed",
        "capacity", "question", "cross_check",
    )  # fmt: skip
    objects = float(dataset["target_multiplicity"].sum())
    return {
        "title": dataset.attrs["title"],
        **{key: dataset.attrs[f"kansoku_{key}"] for key in keys},
        "targets": dataset.sizes["target"],
        "objects": round(objects),
        "contributors": dataset.sizes["contributor"],
        "window_hours": _window_hours(dataset),
        "windows": dataset.sizes["window"],
        "scenarios": dataset.sizes["scenario"],
        "credit_steps": dataset["credit_step"].to_numpy(),
    }


def _window_hours(dataset: xr.Dataset) -> float:
    start, end = dataset["window_bounds"].isel(window=0).to_numpy()
    return float((end - start) / np.timedelta64(1, "h"))


def _proof(dataset: xr.Dataset) -> Figures:
    attributes = dataset.attrs
    return {
        "status": attributes["kansoku_status"],
        "proven": bool(attributes["kansoku_proven"]),
        "credited_coverage": attributes["kansoku_objective"],
        "credited_coverage_bound": attributes["kansoku_bound"],
        "gap": attributes["kansoku_mip_gap"],
        "gap_asked": attributes["kansoku_mip_gap_asked"],
        "solver": f"{attributes['kansoku_solver']} {attributes['kansoku_solver_version']}",
    }


def _sensors(dataset: xr.Dataset) -> list[Figures]:
    """Sensors that the chosen design adds, dearest first."""
    added = dataset["sensor_added"].sel(design=CHOSEN).to_numpy() > 0
    found = [_sensor(dataset, name) for name in dataset["sensor"].to_numpy()[added]]
    return sorted(found, key=lambda one: (-one["cost_mjpy"], one["id"]))


def _sensor(dataset: xr.Dataset, name: str) -> Figures:
    one = dataset.sel(contributor=name)
    kind, place = split_name(one["contributor_name"].item())
    opening = dataset["site_opening_cost"].sel(site=one["contributor_site"].item())
    demanded, available = (one[f"tracks_{key}"].item() for key in ("demanded", "available"))
    return {
        "id": name,
        "type": kind,
        "site": place,
        "kind": _kind(dataset, int(one["contributor_kind"])),
        "country": one["contributor_country"].item(),
        "latitude_deg": one["contributor_latitude"].item(),
        "longitude_deg": one["contributor_longitude"].item(),
        "cost_mjpy": one["contributor_cost"].item(),
        "capex_mjpy": one["contributor_capex"].item(),
        "opex_mjpy_per_year": one["contributor_opex"].item(),
        "site_opening_mjpy": opening.item(),
        "service_fy": one["contributor_service_fy"].item(),
        "tracks_demanded_per_hour": demanded,
        "tracks_available_per_hour": available,
        "demanded_over_available": demanded / available if available > 0 else None,
    }


def _kind(dataset: xr.Dataset, flag: int) -> str:
    words: list[str] = dataset["contributor_kind"].attrs["flag_meanings"].split()
    return words[flag]


def split_name(name: str) -> tuple[str, str]:
    """Part a candidate's name, '<type> at <site>', into the two; an existing one has no site."""
    kind, separator, place = name.rpartition(" at ")
    return (kind, place) if separator else (name, "")


def _load_today(dataset: xr.Dataset) -> Figures:
    """How many of the owner's sensors of today are asked for more tracks than they can take."""
    own = dataset["contributor_role"].to_numpy() == "own"
    over = (dataset["tracks_demanded"] > dataset["tracks_available"]).to_numpy()
    return {"sensors": int(own.sum()), "overloaded": int((own & over).sum())}


def pair(chosen: float, today: float, attainable: float | None = None) -> Figures:
    """Return a value for the chosen design beside today's, their difference and what could be."""
    figures: Figures = {"chosen": chosen, "today": today, "difference": chosen - today}
    if attainable is not None:
        figures["attainable"] = attainable
    return figures


def _coverage(dataset: xr.Dataset) -> Figures:
    """Credited and plain coverage by all contributors, whole and by regime."""
    whole = {
        kind: pair(
            *designs(dataset[f"{kind}_expected"].sel(requirement="coverage").isel(year=-1)),
            _attainable(dataset, kind).item(),
        )
        for kind in ("credited", "coverage")
    }
    return {
        "credited_fraction": whole["credited"],
        "plain_fraction": whole["coverage"],
        "within_slots_fraction": _within_slots(dataset, "coverage"),
        "credited_fraction_by_regime": _by_regime(dataset, "credited"),
        "plain_fraction_by_regime": _by_regime(dataset, "coverage"),
    }


def _by_regime(dataset: xr.Dataset, kind: str) -> Figures:
    """Coverage within each regime that has demand."""
    share = dataset[f"{kind}_fraction_group"].sel(requirement="coverage").isel(year=-1)
    share, best = share.mean("scenario"), _attainable(dataset, kind, "_group")
    return {
        group: pair(*designs(share.sel(group=group)), best.sel(group=group).item())
        for group in dataset["group"].to_numpy()
        if not np.isnan(best.sel(group=group).item())
    }


def _attainable(dataset: xr.Dataset, kind: str, suffix: str = "") -> xr.DataArray:
    name = f"{kind}_attainable_fraction{suffix}"
    return dataset[name].sel(requirement="coverage").isel(year=-1)


def _within_slots(dataset: xr.Dataset, requirement: str) -> Figures:
    """What is reached when every track needs a slot, for both designs."""
    reached = dataset["within_slots_fraction"].sel(requirement=requirement).isel(year=-1)
    return pair(*designs(reached))


def designs(values: xr.DataArray) -> tuple[float, float]:
    """Return what is said of the chosen design and of today's."""
    return values.sel(design=CHOSEN).item(), values.sel(design=TODAY).item()


def _autonomy(dataset: xr.Dataset) -> Figures:
    """What the owner's sensors cover alone, and how much of the whole that is."""
    own = dataset["coverage_expected"].sel(requirement="autonomy").isel(year=-1)
    ratio = dataset["autonomy_fraction"].sel(requirement="coverage").isel(year=-1)
    return {
        "own_plain_fraction": pair(*designs(own)),
        "own_over_all": pair(*designs(ratio)),
        "own_within_slots_fraction": _within_slots(dataset, "autonomy"),
        "floor": dataset["autonomy_floor"].to_numpy().ravel()[-1],
    }


def _revisit(dataset: xr.Dataset) -> Figures:
    """Median and 95th percentile over objects of the longest gap, mean over draws."""
    longest = dataset["revisit_gap_max"].isel(year=-1).mean("scenario")
    weight = dataset["target_multiplicity"].to_numpy()
    quantiles = {"median": 0.5, "p95": 0.95}
    return {
        f"longest_gap_{name}_hours": pair(
            *(
                weighted_quantile(longest.sel(design=design).to_numpy(), weight, q)
                / SECONDS_PER_HOUR
                for design in (CHOSEN, TODAY)
            )
        )
        for name, q in quantiles.items()
    }


def weighted_quantile(
    values: npt.NDArray[np.float64], weight: npt.NDArray[np.float64], q: float
) -> float:
    """Smallest value that at least a share q of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    index = np.searchsorted(reached, q * reached[-1] * (1.0 - 1e-12))
    return float(values[order][index])


def _unseen(dataset: xr.Dataset, design: str) -> list[Figures]:
    """Objects without any track even under a clear sky, by regime and reason, most first."""
    flags = dataset["unseen_reason"].sel(design=design).to_numpy()
    sentences = dataset["unseen_reason"].attrs["kansoku_flag_sentences"].split("\n")
    regime = dataset["target_regime"].to_numpy()
    objects = dataset["target_multiplicity"].to_numpy()
    counted = [
        {
            "regime": group,
            "reason": sentences[flag],
            "objects": round(float(objects[inside].sum())),
            "targets": int(inside.sum()),
        }
        for group in dataset["group"].to_numpy()
        for flag in range(1, len(sentences))
        if (inside := (regime == group) & (flags == flag)).any()
    ]
    return sorted(counted, key=lambda one: -one["objects"])


def _lines(dataset: xr.Dataset, attribute: str) -> list[str]:
    return [line for line in dataset.attrs[attribute].split("\n") if line]


def plain(value: Any) -> Any:
    """Turn arrays and NumPy scalars into what JSON knows; nan becomes None."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
