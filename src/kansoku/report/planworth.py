"""What parts of a plan are worth: whose sensors, and what is missed without each part."""

from __future__ import annotations

import numpy as np
import xarray as xr

from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import counted, mjpy, partner, the_country
from kansoku.report.worth import in_points, shared, shares

MOST_PARTS = 20


def worth(dataset: xr.Dataset) -> Figures | None:
    """Read what parts of the plan are worth from a cube; None where it holds none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.

    Returns
    -------
    dict or None
        `owners` and `countries` with their Shapley values of the credited coverage of the last
        year, largest first; `parts`: sensors ordered, arrangements signed, partners and steps of
        tier, each with the credited coverage lost without it, weighed over the years and in the
        last one, what is saved and what leaves alongside; most missed first.
    """
    if "part_objective_lost" not in dataset:
        return None
    found = [_part(dataset.isel(part=k)) for k in range(dataset.sizes["part"])]
    return {
        "owners": shared(dataset, "owner"),
        "countries": shared(dataset, "country"),
        "parts": sorted(found, key=lambda one: -one["objective_lost"]),
    }


def _part(one: xr.Dataset) -> Figures:
    return {
        "part": one["part"].item(),
        "kind": one["part_kind"].item(),
        "of": one["part_of"].item(),
        "tier": int(one["part_tier"]),
        "objective_lost": one["part_objective_lost"].item(),
        "credited_lost_last_year": one["part_credited_lost"].isel(year=-1).item(),
        "saved_mjpy": one["part_saved"].item(),
        "sensors_alongside": _leaving(one, "sensor"),
        "arrangements_alongside": _leaving(one, "arrangement"),
    }


def _leaving(one: xr.Dataset, dim: str) -> list[str]:
    flags = one[f"part_{dim}_alongside"].to_numpy() > 0
    return [str(name) for name in np.asarray(one[dim].to_numpy())[flags]]


def worth_section(figures: Figures) -> list[str]:
    """Return the section of the page; nothing where the cube holds no values.

    Parameters
    ----------
    figures : dict
        As `fiscal.summary` reads them.
    """
    worths, last = figures["worth"], figures["by_year"][-1]["fiscal_year"]
    if worths is None or not worths["owners"]:
        return []
    owed = table((f"Credited coverage in FY{last} is owed to", "Points>"), shares(worths))
    return ["## What each part is worth", owed, paragraph(_SHARES), *_missed(figures)]


_SHARES = (
    "Shapley values: what the sensors of each owner, and in each host country, add to the credited "
    "coverage of the last year, averaged over all orders in which they may join; both add up to "
    "all of it."
)


def _missed(figures: Figures) -> list[str]:
    """Return the table of what is missed without each part, with its note."""
    parts, last = figures["worth"]["parts"], figures["by_year"][-1]["fiscal_year"]
    if not parts:
        return []
    rows = [
        (
            _named(figures, one),
            in_points(one["objective_lost"]),
            in_points(one["credited_lost_last_year"]),
            mjpy(one["saved_mjpy"]),
            _alongside(one),
        )
        for one in parts[:MOST_PARTS]
    ]
    header = ("Without", "Missed>", f"In FY{last}>", "Saved>", "Leaves alongside")
    rest = len(parts) - len(rows)
    note = (
        "Missed: credited coverage lost without it over the years, weighed by what each is worth, "
        "in points, nothing bought in its place; parts that stand in for each other are missed "
        "little, and what parts only reach together is missed with each. Floors are not looked at: "
        "a part that is missed little may be there to keep one. Saved: million yen until the "
        "horizon. Without a partner nothing is received from it, also not what is in force "
        "today; without a tier, the one below."
    ) + (f" {counted(rest, 'part')} missed less in answer.json." if rest else "")
    return [table(header, rows), paragraph(note)]


def _named(figures: Figures, one: Figures) -> str:
    """Say a part: a sensor by site and type, all else by partner or id."""
    if one["kind"] == "partner":
        return f"partner {partner(one['of'], the_country)}"
    if one["kind"] == "tier":
        return f"tier {one['tier']} of {partner(one['of'], the_country)}"
    if one["kind"] == "arrangement":
        return str(one["of"])
    (sensor,) = (each for each in figures["sensors"] if each["id"] == one["of"])
    return f"{sensor['site']}: {sensor['type']}"


def _alongside(one: Figures) -> str:
    told = [
        counted(len(names), noun)
        for noun, names in (
            ("arrangement", one["arrangements_alongside"]),
            ("sensor", one["sensors_alongside"]),
        )
        if names
    ]
    return ", ".join(told) or "-"
