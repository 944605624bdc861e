"""Every figure of a programme over fiscal years, read from its cube: what answer.json holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.cubes.variables import CHOSEN
from kansoku.report.planworth import worth
from kansoku.report.readings import Figures, designs, pair, plain, readings, split_name
from kansoku.report.whatif import what_if

SINGLE_POINT_SHARE = 0.1
"""A loss that takes more than this share of the credited coverage is a single point of failure."""

PAID = ("capex", "opex", "data_fee")


def summary(dataset: xr.Dataset) -> Figures:
    """Read the figures of the answer from a cube.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.

    Returns
    -------
    dict
        Plain values under stable snake_case keys, units in the names, None where there is none.
        Coverage is a fraction of the demand weight, expected over the weather draws; `coverage`,
        `autonomy` and `losses` are those of the last year, `by_year` has all of them.
    """
    found = readings(dataset)
    whole = {
        **found,
        "sensors": _orders(dataset, found["sensors"]),
        "arrangements": _arrangements(dataset),
        "money": _money(dataset),
        "by_year": _by_year(dataset),
        "losses": losses(dataset),
        "late_orders": late_orders(dataset),
        "pairs": pairs(dataset),
        "single_point_share": SINGLE_POINT_SHARE,
        "partners": _partners(dataset),
        "beneficiaries": _beneficiaries(dataset),
        "suppliers": _suppliers(dataset),
        "worth": worth(dataset),
        "what_if": what_if(dataset),
    }
    figures: Figures = plain(whole)
    return figures


def _years(dataset: xr.Dataset) -> list[int]:
    return [int(year) for year in dataset["year"].to_numpy()]


def _orders(dataset: xr.Dataset, sensors: list[Figures]) -> list[Figures]:
    """Sensors that the chosen design orders, in the order of the years, dearest first."""
    ordered = dataset["sensor_ordered"].sel(design=CHOSEN)
    service = dataset["sensor_in_service"].sel(design=CHOSEN)
    found = [
        {
            **{key: value for key, value in one.items() if key != "cost_mjpy"},
            "purse": dataset["sensor_purse"].sel(sensor=one["id"]).item(),
            "ordered_fy": _first_year(ordered.sel(sensor=one["id"])),
            "service_fy": _first_year(service.sel(sensor=one["id"])),
        }
        for one in sensors
    ]
    return sorted(found, key=lambda one: (one["ordered_fy"], -one["capex_mjpy"], one["id"]))


def _first_year(flags: xr.DataArray) -> int | None:
    years = flags["year"].to_numpy()[flags.to_numpy() > 0]
    return int(years[0]) if len(years) else None


def _arrangements(dataset: xr.Dataset) -> list[Figures]:
    """Arrangements in force in some year of the chosen design, by their first year."""
    force = dataset["arrangement_in_force"].sel(design=CHOSEN)
    names = dataset["arrangement"].to_numpy()[force.to_numpy().any(axis=0)]
    found = [_arrangement(dataset, name) for name in names]
    return sorted(found, key=lambda one: (not one["in_force_before"], one["in_force_fy"][0]))


def _arrangement(dataset: xr.Dataset, name: str) -> Figures:
    one = dataset.sel(arrangement=name)
    chosen, years = one.sel(design=CHOSEN), np.array(_years(dataset))
    tier = int(one["arrangement_tier"])
    partners = np.isin(dataset["partner_of"].to_numpy(), one["arrangement_parties"].item().split())
    worth = dataset["partner_tier_credit"].to_numpy()[partners]
    return {
        "id": name,
        "name": one["arrangement_name"].item(),
        "kind": one["arrangement_kind"].item(),
        "partner": one["arrangement_partner"].item(),
        "purse": one["arrangement_purse"].item(),
        "tier": tier,
        "tier_content": dataset["tier_name"].sel(tier=tier).item() if tier else "",
        "tier_given": int(one["arrangement_tier_given"]),
        "latency_hours": one["arrangement_latency"].item(),
        "usable_share": one["arrangement_usable_share"].item(),
        "track_credit": worth[:, tier - 1].max(initial=0.0) if tier else 0.0,
        "in_force_before": bool(one["arrangement_in_force_before"]),
        "signed_fy": years[chosen["arrangement_signed"].to_numpy() > 0],
        "in_force_fy": years[chosen["arrangement_in_force"].to_numpy() > 0],
    }


def _money(dataset: xr.Dataset) -> Figures:
    """What is spent and left, in all, by year and by purse and year."""
    chosen = dataset.sel(design=CHOSEN)
    budget = dataset["purse_budget"]
    purses = [
        {
            "purse": name,
            "name": dataset["purse_name"].sel(purse=name).item(),
            "budget_mjpy": budget.sel(purse=name).sum().item(),
            **_spent(chosen.sel(purse=name)),
            "lapsed_mjpy": chosen["purse_lapsed"].sel(purse=name).sum().item(),
            "due_after_horizon_mjpy": chosen["due_after_horizon"].sel(purse=name).item(),
            "years": [_one_year(chosen.sel(purse=name), year) for year in _years(dataset)],
        }
        for name in dataset["purse"].to_numpy()
    ]
    return {
        "budget_mjpy": budget.sum().item(),
        **_spent(chosen),
        "lapsed_mjpy": chosen["purse_lapsed"].sum().item(),
        "due_after_horizon_mjpy": chosen["due_after_horizon"].sum().item(),
        "price_level_last": dataset["price_level"].isel(year=-1).item(),
        "years": [_one_year(chosen, year) for year in _years(dataset)],
        "purses": purses,
    }


def _one_year(cut: xr.Dataset, year: int) -> Figures:
    """Budget, payments and what is left of one purse, or of all together, in a year."""
    one = cut.sel(year=year)
    return {
        "fiscal_year": year,
        "budget_mjpy": one["purse_budget"].sum().item(),
        **_spent(one),
        "carried_mjpy": one["purse_carried"].sum().item(),
        "lapsed_mjpy": one["purse_lapsed"].sum().item(),
    }


def _spent(cut: xr.Dataset) -> Figures:
    parts = {f"{name}_mjpy": cut[name].sum().item() for name in PAID}
    return {"spent_mjpy": sum(parts.values()), **parts}


def _by_year(dataset: xr.Dataset) -> list[Figures]:
    """Coverage, what the owner covers alone, and the floor, in every year."""
    return [_coverage_of(dataset.sel(year=year), year) for year in _years(dataset)]


def _coverage_of(one: xr.Dataset, year: int) -> Figures:
    every, own = (one.sel(requirement=name) for name in ("coverage", "autonomy"))
    return {
        "fiscal_year": year,
        "credited_fraction": pair(*designs(every["credited_expected"])),
        "plain_fraction": pair(*designs(every["coverage_expected"])),
        "own_plain_fraction": pair(*designs(own["coverage_expected"])),
        "own_over_all": pair(*designs(every["autonomy_fraction"])),
        "autonomy_floor": one["autonomy_floor"].item(),
        "worth": one["year_worth"].item(),
        "least_worth": one["least_worth"].item(),
    }


def losses(dataset: xr.Dataset) -> list[Figures]:
    """Return what is left after each loss in the last year, the worst first.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.
    """
    last = dataset.sel(design=CHOSEN).isel(year=-1)
    every, own = (last.sel(requirement=name) for name in ("coverage", "autonomy"))
    whole = every["credited_expected"].item()
    found = [
        {
            "name": name,
            "kind": one["stress_kind"].item(),
            "label": _label(dataset, name),
            "credited_left": one["stress_credited_fraction"].item(),
            "credited_lost": one["stress_credited_loss_fraction"].item(),
            "share_lost": one["stress_credited_loss_fraction"].item() / whole if whole else None,
            "plain_lost": one["stress_loss_fraction"].item(),
            "own_plain_lost": own["stress_loss_fraction"].sel(stress=name).item(),
            "floor": one["stress_floor"].item(),
            "sensors_lost": _named(dataset, name, "contributor", "lost"),
            "arrangements_void": _named(dataset, name, "arrangement", "void"),
        }
        for name in dataset["stress"].to_numpy()
        for one in [every.sel(stress=name)]
    ]
    return sorted(found, key=lambda one: (-one["credited_lost"], one["name"]))


def late_orders(dataset: xr.Dataset) -> list[Figures]:
    """Return what late orders take in the year in which they take most, the worst first.

    In the last year most orders have come, however late: `losses` tells little of them.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.
    """
    chosen = dataset.sel(design=CHOSEN, requirement="coverage")
    late = chosen.sel(stress=chosen["stress_kind"] == "supplier")
    found = [
        {
            "name": name,
            "label": _label(dataset, name),
            "delay_years": one["stress_delay_years"].item(),
            "fiscal_year": int(worst["year"]),
            "credited_left": worst["stress_credited_fraction"].item(),
            "credited_lost": worst["stress_credited_loss_fraction"].item(),
            "floor": worst["stress_floor"].item(),
        }
        for name in late["stress"].to_numpy()
        for one in [late.sel(stress=name)]
        for worst in [one.isel(year=int(one["stress_credited_loss_fraction"].to_numpy().argmax()))]
    ]
    return sorted(found, key=lambda one: (-one["credited_lost"], one["name"]))


def pairs(dataset: xr.Dataset) -> list[Figures]:
    """Return the pairs of losses that leave least of the plan, the worst first.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years; without pairs where none was asked for.
    """
    if "pair_first" not in dataset:
        return []
    return [
        {
            "first": _loss_named(dataset, one["pair_first"].item()),
            "second": _loss_named(dataset, one["pair_second"].item()),
            "fiscal_year": one["pair_year"].item(),
            "credited_left": one["pair_credited_fraction"].item(),
            "floor": one["pair_floor"].item(),
        }
        for k in range(dataset.sizes["pair"])
        for one in [dataset.isel(pair=k)]
    ]


def _loss_named(dataset: xr.Dataset, stress: str) -> Figures:
    kind = stress.partition(" ")[0]
    return {"name": stress, "kind": kind, "label": _label(dataset, stress)}


def _label(dataset: xr.Dataset, stress: str) -> str:
    """What is lost without its kind: sites and types by their names, all else by id."""
    kind, _, name = stress.partition(" ")
    if kind not in ("site", "sensor_type"):
        return name
    there = dataset[f"contributor_{kind}"].to_numpy() == name
    candidates = there & (dataset["contributor_role"].to_numpy() == "candidate")
    sensor, place = dataset["contributor_name"].to_numpy()[there][0], ""
    if candidates.any():  # only these are called '<type> at <site>'
        sensor, place = split_name(dataset["contributor_name"].to_numpy()[candidates][0])
    elif kind == "sensor_type":
        return name
    return (place or sensor) if kind == "site" else sensor


def _named(dataset: xr.Dataset, stress: str, dim: str, verb: str) -> npt.NDArray[np.object_]:
    """Names of what falls in a case and counted in the last year."""
    flags = dataset[f"stress_{dim}_{verb}"].sel(stress=stress).to_numpy() > 0
    used = "contributor_active" if dim == "contributor" else "arrangement_in_force"
    counted = dataset[used].sel(design=CHOSEN).isel(year=-1).to_numpy() > 0
    return np.asarray(dataset[dim].to_numpy()[flags & counted])


def _partners(dataset: xr.Dataset) -> list[Figures]:
    """What is received from each partner and given to it in the last year, and what it gains."""
    last = dataset.sel(design=CHOSEN).isel(year=-1)
    found = [
        {
            "name": name,
            "of": one["partner_of"].item(),
            "tier": int(one["partner_tier"]),
            "tier_given": int(one["partner_tier_given"]),
            "alone_fraction": one["partner_alone_fraction"].item(),
            "gain_fraction": one["partner_gain_fraction"].item(),
            "need_fraction": one["partner_need_fraction"].item(),
        }
        for name in dataset["partner"].to_numpy()
        for one in [last.sel(partner=name)]
    ]
    held = [one for one in found if one["tier"] or one["tier_given"]]
    return sorted(held, key=lambda one: (-np.nan_to_num(one["gain_fraction"]), one["name"]))


def _beneficiaries(dataset: xr.Dataset) -> list[Figures]:
    """What each state that is served is promised and gets, year by year."""
    if "beneficiary" not in dataset:
        return []
    return [
        {
            "state": one["beneficiary"].item(),
            "arrangement": one["beneficiary_arrangement"].item(),
            "satellites": int(one["beneficiary_satellites"]),
            "years": [
                {
                    "fiscal_year": year,
                    "floor": one["beneficiary_floor"].sel(year=year).item(),
                    "fraction": pair(*designs(one["beneficiary_fraction"].sel(year=year))),
                }
                for year in _years(dataset)
            ],
        }
        for name in dataset["beneficiary"].to_numpy()
        for one in [dataset.sel(beneficiary=name)]
    ]


def _suppliers(dataset: xr.Dataset) -> list[Figures]:
    """Capital of the orders by country of the maker, the largest first, with its limits."""
    capital = dataset["supplier_capex"].sel(design=CHOSEN)
    whole = capital.sum().item()
    found = [
        {
            "country": name,
            "capex_mjpy": capital.sel(supplier=name).item(),
            "share": capital.sel(supplier=name).item() / whole if whole else None,
            "share_max": dataset["supplier_share_max"].sel(supplier=name).item(),
            "allowance_mjpy": dataset["supplier_allowance"].sel(supplier=name).item(),
        }
        for name in dataset["supplier"].to_numpy()
    ]
    return sorted(found, key=lambda one: (-one["capex_mjpy"], one["country"]))
