"""Every figure of the answer, read from a cube: what answer.json holds and the page prints."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.constants import SECONDS_PER_HOUR
from kansoku.cubes.variables import CHOSEN, TODAY
from kansoku.report.worth import worth

PAYMENTS = (
    "capex", "opex", "data_fee", "site_opening", "capex_by_year", "opex_by_year",
    "data_fee_by_year",
)  # fmt: skip

Figures = dict[str, Any]
"""The answer, or a part of it: plain values by name."""


def summary(dataset: xr.Dataset) -> Figures:
    """Read the figures of the answer from a cube.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.

    Returns
    -------
    dict
        Plain values under stable snake_case keys, units in the names, None where there is none.
        Coverage is a fraction of the demand weight, expected over the weather draws.
    """
    whole = {
        "study": _study(dataset),
        "proof": _proof(dataset),
        "sensors": _sensors(dataset),
        "load_today": _load_today(dataset),
        "arrangements": _arrangements(dataset),
        "money": _money(dataset),
        "coverage": _coverage(dataset),
        "autonomy": _autonomy(dataset),
        "revisit": _revisit(dataset),
        "next_billion": _next_billion(dataset),
        "cost_levels": _cost_levels(dataset),
        "frontier": _frontier(dataset),
        "worth": worth(dataset),
        "unseen": {name: _unseen(dataset, name) for name in (CHOSEN, TODAY)},
        "notes": _lines(dataset, "kansoku_notes"),
        "assumptions_unchanged": _lines(dataset, "kansoku_assumption_sentences"),
        "network_assumptions": _lines(dataset, "kansoku_network_assumptions"),
        "left_out": _lines(dataset, "kansoku_left_out"),
    }
    plain: Figures = _plain(whole)
    return plain


def _study(dataset: xr.Dataset) -> Figures:
    keys = (
        "study", "owner", "decision_fy", "horizon_fy", "cost_level", "price_base", "catalogue",
        "catalogue_epoch", "catalogue_sha256", "config_sha256", "version", "backend", "seed",
        "capacity",
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


def _arrangements(dataset: xr.Dataset) -> list[Figures]:
    """Arrangements in force under the chosen design, those of today first."""
    force = dataset["arrangement_in_force"].sel(design=CHOSEN).isel(year=-1).to_numpy() > 0
    return [_arrangement(dataset, name) for name in dataset["arrangement"].to_numpy()[force]]


def _arrangement(dataset: xr.Dataset, name: str) -> Figures:
    one = dataset.sel(arrangement=name)
    tier = int(one["arrangement_tier"])
    before = bool(one["arrangement_in_force_before"])
    return {
        "id": name,
        "name": one["arrangement_name"].item(),
        "partner": one["arrangement_partner"].item(),
        "tier": tier,
        "tier_given": int(one["arrangement_tier_given"]),
        "tier_content": dataset["tier_name"].sel(tier=tier).item(),
        "signed": not before,
        "cost_mjpy": 0.0 if before else one["arrangement_cost"].item(),
        "latency_hours": one["arrangement_latency"].item(),
        "usable_share": one["arrangement_usable_share"].item(),
        "track_credit": dataset["partner_tier_credit"]
        .sel(partner=one["arrangement_partner"].item(), tier=tier)
        .item(),
    }


def _money(dataset: xr.Dataset) -> Figures:
    chosen = dataset[list(PAYMENTS)].sel(design=CHOSEN).isel(year=-1).sum("purse")
    opening = chosen["site_opening"].item()
    parts = {
        "sensors_capital_mjpy": chosen["capex"].item() - opening,
        "site_opening_mjpy": opening,
        "sensors_running_mjpy": chosen["opex"].item(),
        "arrangements_mjpy": chosen["data_fee"].item(),
    }
    by_year = sum(chosen[f"{name}_by_year"] for name in ("capex", "opex", "data_fee"))
    spent = sum(parts.values())
    budget = dataset["budget"].item()
    return {
        "budget_mjpy": budget,
        "spent_mjpy": spent,
        "left_mjpy": budget - spent,
        **parts,
        "by_fiscal_year_mjpy": {
            str(year): amount
            for year, amount in zip(
                dataset["fiscal_year"].to_numpy(), np.asarray(by_year), strict=True
            )
        },
    }


def _pair(chosen: float, today: float, attainable: float | None = None) -> Figures:
    figures: Figures = {"chosen": chosen, "today": today, "difference": chosen - today}
    if attainable is not None:
        figures["attainable"] = attainable
    return figures


def _coverage(dataset: xr.Dataset) -> Figures:
    """Credited and plain coverage by all contributors, whole and by regime."""
    whole = {
        kind: _pair(
            *_designs(dataset[f"{kind}_expected"].sel(requirement="coverage").isel(year=-1)),
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
        group: _pair(*_designs(share.sel(group=group)), best.sel(group=group).item())
        for group in dataset["group"].to_numpy()
        if not np.isnan(best.sel(group=group).item())
    }


def _attainable(dataset: xr.Dataset, kind: str, suffix: str = "") -> xr.DataArray:
    name = f"{kind}_attainable_fraction{suffix}"
    return dataset[name].sel(requirement="coverage").isel(year=-1)


def _within_slots(dataset: xr.Dataset, requirement: str) -> Figures:
    """What is reached when every track needs a slot, for both designs."""
    reached = dataset["within_slots_fraction"].sel(requirement=requirement).isel(year=-1)
    return _pair(*_designs(reached))


def _designs(values: xr.DataArray) -> tuple[float, float]:
    return values.sel(design=CHOSEN).item(), values.sel(design=TODAY).item()


def _autonomy(dataset: xr.Dataset) -> Figures:
    """What the owner's sensors cover alone, and how much of the whole that is."""
    own = dataset["coverage_expected"].sel(requirement="autonomy").isel(year=-1)
    ratio = dataset["autonomy_fraction"].sel(requirement="coverage").isel(year=-1)
    return {
        "own_plain_fraction": _pair(*_designs(own)),
        "own_over_all": _pair(*_designs(ratio)),
        "own_within_slots_fraction": _within_slots(dataset, "autonomy"),
        "floor": dataset["autonomy_floor"].item(),
    }


def _revisit(dataset: xr.Dataset) -> Figures:
    """Median and 95th percentile over objects of the longest gap, mean over draws."""
    longest = dataset["revisit_gap_max"].isel(year=-1).mean("scenario")
    weight = dataset["target_multiplicity"].to_numpy()
    quantiles = {"median": 0.5, "p95": 0.95}
    return {
        f"longest_gap_{name}_hours": _pair(
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


def _next_billion(dataset: xr.Dataset) -> Figures:
    """What the best design found changes when there is one billion yen more."""
    feasible = bool(dataset["next_billion_feasible"])
    reached = dataset.attrs["kansoku_objective"]
    coverage = dataset["next_billion_coverage"].item()
    return {
        "budget_mjpy": dataset["next_billion_budget"].item(),
        "feasible": feasible,
        "reason": dataset["next_billion_reason"].item(),
        "cost_mjpy": dataset["next_billion_cost"].item(),
        "credited_coverage": coverage,
        "credited_coverage_bound": dataset["next_billion_bound"].item(),
        "credited_coverage_change": coverage - reached,
        **(_changes(dataset) if feasible else {}),
    }


def _changes(dataset: xr.Dataset) -> Figures:
    """Sensors and arrangements that the next billion adds to the chosen design, or takes away."""
    changes: Figures = {}
    before = {
        "sensor": dataset["sensor_added"].sel(design=CHOSEN),
        "arrangement": dataset["arrangement_in_force"].sel(design=CHOSEN).isel(year=-1),
    }
    after = {
        "sensor": dataset["next_billion_sensor_added"],
        "arrangement": dataset["next_billion_arrangement_in_force"],
    }
    for kind, words in (("sensor", "contributor_name"), ("arrangement", "arrangement_name")):
        dim = "contributor" if kind == "sensor" else kind
        difference = after[kind].to_numpy() - before[kind].to_numpy()
        for verb, sign in (("added", 1), ("dropped", -1)):
            names = dataset[kind].to_numpy()[difference == sign]
            changes[f"{kind}s_{verb}"] = dataset[words].sel({dim: names}).to_numpy()
    return changes


def _cost_levels(dataset: xr.Dataset) -> list[Figures]:
    return [
        {
            "level": level,
            **_case(one, "price"),
            "chosen_portfolio_cost_mjpy": one["price_chosen_cost"].item(),
        }
        for level in dataset["cost_level"].to_numpy()
        for one in [dataset.sel(cost_level=level)]
    ]


def _frontier(dataset: xr.Dataset) -> list[Figures]:
    return [
        {
            "budget_mjpy": one["pareto_budget"].item(),
            "is_study": bool(one["pareto_is_study"]),
            **_case(one, "pareto"),
        }
        for step in range(dataset.sizes["pareto_step"])
        for one in [dataset.isel(pareto_step=step)]
    ]


def _case(one: xr.Dataset, prefix: str) -> Figures:
    """Answer of one case beside the main one."""
    return {
        "feasible": bool(one[f"{prefix}_feasible"]),
        "reason": one[f"{prefix}_reason"].item(),
        "cost_mjpy": one[f"{prefix}_cost"].item(),
        "credited_coverage": one[f"{prefix}_coverage"].item(),
        "credited_coverage_bound": one[f"{prefix}_bound"].item(),
        "sensors": int(one[f"{prefix}_sensor_added"].sum()),
    }


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


def _plain(value: Any) -> Any:
    """Turn arrays and NumPy scalars into what JSON knows; nan becomes None."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
