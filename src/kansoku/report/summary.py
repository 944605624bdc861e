"""Every figure of a portfolio, read from its cube: what answer.json holds and the page prints."""

from __future__ import annotations

import numpy as np
import xarray as xr

from kansoku.cubes.variables import CHOSEN
from kansoku.report.readings import Figures, plain, readings
from kansoku.report.worth import worth

PAYMENTS = (
    "capex", "opex", "data_fee", "site_opening", "capex_by_year", "opex_by_year",
    "data_fee_by_year",
)  # fmt: skip


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
        **readings(dataset),
        "arrangements": _arrangements(dataset),
        "money": _money(dataset),
        "next_billion": _next_billion(dataset),
        "cost_levels": _cost_levels(dataset),
        "frontier": _frontier(dataset),
        "worth": worth(dataset),
    }
    figures: Figures = plain(whole)
    return figures


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
