"""Figures of a programme: money by year and purse, coverage by year, and what losses take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kansoku.report import canvas
from kansoku.report.figures import coverage_by_regime
from kansoku.report.map import network_map, short_name
from kansoku.report.readings import Figures
from kansoku.report.words import country

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PURSE_COLOURS = (canvas.BLUE, canvas.ORANGE, canvas.GREEN, canvas.SKY, canvas.VERMILION)
BAR = 0.7
MOST_LOSSES = 12


def draw(dataset: xr.Dataset, found: Figures, folder: Path) -> None:
    """Write the figures of the answer as SVG and PNG.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study over fiscal years.
    found : dict
        Its figures, `fiscal.summary`.
    folder : Path
        Where they go; it must exist.
    """
    with canvas.look():
        canvas.save(network_map(dataset, found), folder, "network_map")
        canvas.save(money_by_year(found), folder, "money_by_year")
        canvas.save(coverage_by_year(found), folder, "coverage_by_year")
        canvas.save(coverage_by_regime(found), folder, "coverage_by_regime")
        canvas.save(losses(found), folder, "losses")


def money_by_year(found: Figures) -> Figure:
    """Bars of what each purse spends in each year, stacked, under what it holds in all."""
    purses = [one for one in found["money"]["purses"] if one["spent_mjpy"] > 0]
    years = [one["fiscal_year"] for one in found["money"]["years"]]
    figure, axes = canvas.blank(7.2, 4.2)
    at, base = np.arange(len(years)), np.zeros(len(years))
    for purse, colour in zip(purses, PURSE_COLOURS, strict=False):
        spent = np.array([one["spent_mjpy"] for one in purse["years"]]) / 1000
        axes.bar(at, spent, BAR, bottom=base, color=colour, label=purse["name"])
        base += spent
    budget = np.array([one["budget_mjpy"] for one in found["money"]["years"]]) / 1000
    for x, most in zip(at, budget, strict=True):
        axes.plot([x - 0.45, x + 0.45], [most, most], color=canvas.INK, linewidth=2)
    axes.annotate(
        "budgets of the year", (at[0] - 0.45, budget[0]), (0, 4), textcoords="offset points"
    )
    axes.set_xticks(at, [f"FY{year}" for year in years])
    axes.set_ylim(0, 1.12 * max(budget.max(), base.max()))
    axes.set_ylabel(f"Spent [billion yen, {_prices(found)}]")
    axes.set_title("Money by fiscal year and purse")
    axes.grid(axis="y", color=canvas.LAND)
    axes.set_axisbelow(True)
    if purses:
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _prices(found: Figures) -> str:
    """Say at whose prices money is: it rises with them where they rise."""
    if found["money"]["price_level_last"] != 1.0:
        return "prices of each year"
    return str(found["study"]["price_base"].partition(",")[0])


def coverage_by_year(found: Figures) -> Figure:
    """Lines of credited coverage and of what the owner covers alone, with floors and today."""
    rows = found["by_year"]
    years = [one["fiscal_year"] for one in rows]
    figure, axes = canvas.blank(7.2, 4.4)
    owner = country(found["study"]["owner"])
    lines = (
        ("plain_fraction", canvas.SKY, "s", "at least one track, by everyone"),
        ("credited_fraction", canvas.BLUE, "o", "credited coverage, by everyone"),
        ("own_plain_fraction", canvas.VERMILION, "^", f"at least one track, by {owner} alone"),
    )
    for key, colour, marker, words in lines:
        chosen = [100 * one[key]["chosen"] for one in rows]
        today = [100 * one[key]["today"] for one in rows]
        axes.plot(years, chosen, marker=marker, color=colour, label=words)
        axes.plot(years, today, color=colour, linestyle=":", linewidth=1)
    _floors(axes, rows)
    axes.annotate(
        "dotted: nothing new is done", (1, 0), (-2, 4), xycoords="axes fraction",
        textcoords="offset points", ha="right", fontsize=8,
    )  # fmt: skip
    axes.set_xticks(years, [f"FY{year}" for year in years])
    axes.set_ylim(0, 100)
    axes.set_ylabel("Share of the demand [%]")
    axes.set_title("Coverage and autonomy by fiscal year")
    axes.grid(axis="y", color=canvas.LAND)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _floors(axes: Axes, rows: list[Figures]) -> None:
    """Mark what the owner must cover alone."""
    asked = [one for one in rows if one["autonomy_floor"]]
    for number, one in enumerate(asked):
        year, floor = one["fiscal_year"], 100 * one["autonomy_floor"]
        axes.plot(
            [year - 0.3, year + 0.3], [floor, floor], color=canvas.INK, linewidth=2,
            label="" if number else "floor on it",
        )  # fmt: skip


def losses(found: Figures) -> Figure:
    """Bars of what the worst losses take of credited coverage in the last year."""
    worst = [one for one in found["losses"] if one["credited_lost"] > 0][:MOST_LOSSES]
    figure, axes = canvas.blank(7.2, 1.2 + 0.3 * max(len(worst), 1))
    whole = 100 * found["by_year"][-1]["credited_fraction"]["chosen"]
    for row, one in enumerate(worst):
        left = 100 * one["credited_left"]
        axes.barh(row, left, BAR, color=canvas.BLUE)
        axes.barh(row, whole - left, BAR, left=left, color=canvas.ORANGE)
        axes.annotate(
            f"{left:.1f} % left", (whole, row), (4, 0), textcoords="offset points", va="center",
            fontsize=8,
        )  # fmt: skip
        if one["floor"]:
            floor = 100 * one["floor"]
            axes.plot([floor, floor], [row - 0.45, row + 0.45], color=canvas.INK, linewidth=2)
    axes.set_yticks(range(len(worst)), [_what(one) for one in worst])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(worst), 1) - 0.4, -0.6)
    axes.set_xlim(0, 112)
    axes.set_xticks(range(0, 101, 20))
    floors = ", black: floor" if any(one["floor"] for one in worst) else ""
    # From the right end: beside long names the words are longer than the axis.
    axes.set_xlabel(f"Credited coverage of the demand [%]; orange: lost{floors}", loc="right")
    axes.set_title(f"What is left after one loss in FY{found['by_year'][-1]['fiscal_year']}")
    return figure


def _what(one: Figures) -> str:
    """Say what is lost: a site without its second name, all without what stands in brackets."""
    name = country(one["label"])
    short = short_name(name) if one["kind"] == "site" else name.partition(" (")[0]
    return f"{one['kind'].replace('_', ' ')} {short}"
