"""What parts of the answer are worth: whose sensors, which additions, what all budgets share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.cubes.variables import CHOSEN, COVERAGE
from kansoku.design.value.commonality import Option, commonality
from kansoku.report.tables import paragraph, table
from kansoku.report.words import counted, the_country

Worths = dict[str, Any]
"""Plain values by name, as `summary` holds them."""


def worth(dataset: xr.Dataset) -> Worths | None:
    """Read the values of the chosen design's parts from a cube; None where it holds none.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.

    Returns
    -------
    dict or None
        `owners` and `countries` with their Shapley values, largest first; `sensors` added and
        `arrangements` signed, each with the credited coverage lost without it and how often the
        answers at the budgets of the frontier choose it.
    """
    if "marginal_coverage" not in dataset:
        return None
    return {
        "owners": shared(dataset, "owner"),
        "countries": shared(dataset, "country"),
        "sensors": _sensors(dataset),
        "arrangements": _arrangements(dataset),
    }


def shared(dataset: xr.Dataset, dim: str) -> list[Worths]:
    """Return Shapley values of the chosen design's credited coverage, largest first.

    Parameters
    ----------
    dataset : xarray.Dataset
    dim : str
        'owner' or 'country'.
    """
    cut = dataset.sel(design=CHOSEN, requirement=COVERAGE)
    value, width = (cut[f"shapley_coverage_{dim}{end}"].to_numpy() for end in ("", "_half_width"))
    return [
        {dim: str(dataset[dim].to_numpy()[k]), "shapley_coverage": value[k], "half_width": width[k]}
        for k in np.argsort(-value, kind="stable")
        if value[k] != 0.0
    ]


def _sensors(dataset: xr.Dataset) -> list[Worths]:
    added = dataset["sensor_added"].sel(design=CHOSEN).to_numpy() > 0
    lost = dataset["marginal_coverage"].sel(design=CHOSEN, requirement=COVERAGE)
    return _sorted(
        _figures(option, lost.sel(contributor=option.name).item())
        for option in _options(dataset, "sensor", "pareto_sensor_added", added)
    )


def _arrangements(dataset: xr.Dataset) -> list[Worths]:
    force = dataset["arrangement_in_force"].sel(design=CHOSEN).isel(year=-1).to_numpy() > 0
    signed = force & (dataset["arrangement_in_force_before"].to_numpy() == 0)
    lost = dataset["marginal_coverage_arrangement"]
    return _sorted(
        _figures(option, lost.sel(arrangement=option.name).item())
        for option in _options(dataset, "arrangement", "pareto_arrangement_in_force", signed)
    )


def _options(
    dataset: xr.Dataset, dim: str, name: str, wanted: npt.NDArray[np.bool_]
) -> list[Option]:
    """Count in how many answers of the frontier the options wanted are chosen."""
    names = dataset[dim].to_numpy()
    answered = dataset["pareto_feasible"].to_numpy() > 0
    flags = dataset[name].transpose("pareto_step", dim).to_numpy()[answered] > 0
    if not len(flags):
        return []
    return list(commonality(names[wanted].tolist(), [names[row].tolist() for row in flags]))


def _figures(option: Option, lost: float) -> Worths:
    return {
        "id": option.name,
        "marginal_coverage": lost,
        "budgets_chosen": option.times,
        "budgets": option.answers,
        "commonality": option.word,
    }


def _sorted(figures: Iterable[Worths]) -> list[Worths]:
    """Put what is missed most first; what was not valued comes last."""
    return sorted(figures, key=lambda one: (-np.nan_to_num(one["marginal_coverage"]), one["id"]))


def worth_section(worths: Worths | None, names: dict[str, tuple[str, str]]) -> list[str]:
    """Return the section of the page.

    Parameters
    ----------
    worths : dict or None
        As `worth` returns them.
    names : dict of str to (str, str)
        What and where, of each sensor and arrangement.

    Returns
    -------
    list of str
        Nothing where the cube holds no values, or nothing is shared or added.
    """
    if worths is None or not worths["owners"]:
        return []
    owed = table(("Coverage is owed to", "Points>"), shares(worths))
    return ["## What each part is worth", owed, paragraph(_SHARES), *_added(worths, names)]


def shares(worths: Worths) -> list[tuple[str, str]]:
    """Return rows of whom coverage is owed to, owners first, and how much of it."""
    return [
        *((f"Sensors of {the_country(one['owner'])}", _share(one)) for one in worths["owners"]),
        *(
            (f"Sensors in {the_country(one['country'])}", _share(one))
            for one in worths["countries"]
        ),
    ]


_SHARES = (
    "Shapley values: what the sensors of each owner, and in each host country, add to the credited "
    "coverage, averaged over all orders in which they may join; both add up to all of it."
)
_MISSED = (
    "Missed: credited coverage lost without it, in points, nothing bought in its place; sensors "
    "that stand in for each other are missed little. Chosen at: how many of the best portfolios at "
    "the budgets below choose it."
)


def _share(one: Worths) -> str:
    text = in_points(one["shapley_coverage"])
    return f"{text} ± {in_points(one['half_width'])}" if one["half_width"] else text


def in_points(share: float | None) -> str:
    """Return a share in points; '-' where it was not valued."""
    return "-" if share is None else f"{100 * share:.1f}"


def _added(worths: Worths, names: dict[str, tuple[str, str]]) -> list[str]:
    """Return the table of what is added, with its note."""
    added = [*worths["arrangements"], *worths["sensors"]]
    if not added:
        return []
    rows = [
        (*names[one["id"]], in_points(one["marginal_coverage"]), _budgets(one)) for one in added
    ]
    header = ("Sensor or arrangement", "Where, with whom", "Missed>", "Chosen at")
    return [table(header, rows), paragraph(_MISSED)]


def _budgets(one: Worths) -> str:
    return f"{one['commonality']} ({one['budgets_chosen']} of {counted(one['budgets'], 'budget')})"
