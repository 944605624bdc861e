"""Coverage by regime, and cost against coverage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from kansoku.report import canvas
from kansoku.report.map import network_map
from kansoku.report.readings import Figures
from kansoku.report.summary import summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR = 0.36


def draw(dataset: xr.Dataset, folder: Path) -> None:
    """Write the figures of the answer as SVG and PNG.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.
    folder : Path
        Where they go; it must exist.
    """
    found = summary(dataset)
    with canvas.look():
        canvas.save(network_map(dataset, found), folder, "network_map")
        canvas.save(coverage_by_regime(found), folder, "coverage_by_regime")
        canvas.save(cost_against_coverage(found), folder, "cost_against_coverage")


def coverage_by_regime(found: Figures) -> Figure:
    """Bars of today's and the chosen coverage, with what could be attained at all."""
    pairs = {"All": found["coverage"]["plain_fraction"]}
    pairs |= found["coverage"]["plain_fraction_by_regime"]
    figure, axes = canvas.blank(7.2, 1.3 + 0.62 * len(pairs))
    for row, pair in enumerate(pairs.values()):
        _bar(axes, row - BAR / 2, pair["chosen"], canvas.BLUE, "Chosen" if row == 0 else "")
        _bar(axes, row + BAR / 2, pair["today"], canvas.SKY, "Today" if row == 0 else "")
        axes.plot(
            [100 * pair["attainable"]] * 2, [row - BAR, row + BAR], color=canvas.INK, linewidth=2
        )
    best = 100 * next(iter(pairs.values()))["attainable"]
    axes.annotate("attainable", (best, -BAR), (0, 3), textcoords="offset points", ha="center")
    axes.set_yticks(range(len(pairs)), list(pairs))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(pairs) - 0.45, -0.75)
    axes.set_xlim(0, 100)
    hours = found["study"]["window_hours"]
    axes.set_xlabel(f"Demand with at least one track in a {hours:g} h window [%]")
    axes.set_title("Coverage by regime, expected over the weather")
    return figure


def _bar(axes: Axes, row: float, share: float, colour: str, word: str) -> None:
    """One bar with its value at the end, and its name inside where it is the first."""
    value = 100 * share
    axes.barh(row, value, BAR * 0.94, color=colour)
    text = f"{value:.1f} %" + (f"  {word.lower()}" if word else "")
    light = colour == canvas.BLUE
    if value > 30:
        style: dict[str, Any] = {"ha": "right", "color": "white" if light else canvas.INK}
        axes.annotate(text, (value, row), (-4, 0), textcoords="offset points", va="center", **style)
    else:
        axes.annotate(text, (value, row), (4, 0), textcoords="offset points", va="center")


def cost_against_coverage(found: Figures) -> Figure:
    """The best design found at each budget at its cost, and the proven bound at the budget."""
    figure, axes = canvas.blank(7.2, 4.4)
    points = [one for one in found["frontier"] if one["feasible"]]
    today = 100 * found["coverage"]["credited_fraction"]["today"]
    spent = np.array([one["cost_mjpy"] for one in points]) / 1000
    budget = np.array([one["budget_mjpy"] for one in points]) / 1000
    reached = 100 * np.array([one["credited_coverage"] for one in points])
    bound = 100 * np.array([one["credited_coverage_bound"] for one in points])
    axes.plot(spent, reached, "o-", color=canvas.BLUE, label="best portfolio found, at its cost")
    axes.plot(
        budget,
        bound,
        "v",
        color=canvas.INK,
        markerfacecolor="none",
        label="proven bound, at the budget",
    )
    axes.axhline(today, color=canvas.FAINT, linestyle="--", linewidth=1)
    axes.annotate(
        "today's network", (1, today), (-4, 4), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right",
    )  # fmt: skip
    _mark_study(axes, points, spent, reached)
    low = _mark_infeasible(axes, found["frontier"], min([today, *reached]))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=low)
    study = found["study"]
    axes.set_xlabel(
        f"Paid from FY{study['decision_fy']} to FY{study['horizon_fy']} [billion yen, "
        f"{study['price_base'].partition(',')[0]}]"
    )
    axes.set_ylabel("Credited coverage of the demand [%]")
    axes.set_title("What other budgets would buy")
    figure.legend(loc="outside lower center", ncols=2)
    axes.grid(axis="y", color=canvas.LAND)
    return figure


def _mark_study(axes: Axes, points: list[Figures], spent: Any, reached: Any) -> None:
    for k, one in enumerate(points):
        if one["is_study"]:
            axes.plot(spent[k], reached[k], "D", color=canvas.VERMILION, markersize=9)
            words = f"this study: {reached[k]:.1f} %\nfor {spent[k]:.1f} billion yen"
            right = spent[k] > 0.6 * max(one["budget_mjpy"] / 1000 for one in points)
            axes.annotate(
                words, (spent[k], reached[k]), (-4 if right else 8, -10),
                textcoords="offset points", va="top", ha="right" if right else "left",
            )  # fmt: skip


def _mark_infeasible(axes: Axes, frontier: list[Figures], lowest: float) -> float:
    """Crosses on the lower edge where the floor is out of reach; the lower edge. [%]"""
    low = max(0.0, np.floor(lowest / 5.0) * 5.0 - 5.0)
    for one in frontier:
        if not one["feasible"]:
            x = one["budget_mjpy"] / 1000
            axes.plot(x, low, "x", color=canvas.VERMILION, clip_on=False, markersize=8)
            axes.annotate(
                "floor out of reach", (x, low), (0, 8), textcoords="offset points",
                rotation=90, ha="center", va="bottom", fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )  # fmt: skip
    return float(low)
