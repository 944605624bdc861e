"""Draw docs/figures/reference_population.png: the population over the real catalogue.

python tools/plot_population.py --data FOLDER
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import catalogue_objects
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from catalogue_objects import CatalogueObjects
from derive_population import POPULATION, published
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from population_groups import GROUP_SIZE
from population_match import QUANTITIES, distance
from representatives import Representative

FloatArray = npt.NDArray[np.float64]

FIGURE = Path(__file__).parent.parent / "docs" / "figures" / "reference_population"
LABELS = ("inclination [deg]", "perigee altitude [km]", "apogee altitude [km]", "RCS [m²]")
REAL_COLOUR, OUR_COLOUR = "#9aa5b1", "#b5121b"
CURVE_POINTS = 400
SHOWN = (0.01, 0.99)
"""Quantiles at the edges of a panel; the tails would squeeze the rest."""


def draw(rows: Sequence[Representative], real: CatalogueObjects) -> Figure:
    """One panel a regime and quantity: cumulative share of the objects."""
    figure = Figure(figsize=(11, 11.5), layout="constrained")
    panels = figure.subplots(len(GROUP_SIZE), len(QUANTITIES), sharey=True)
    for regime, line in zip(GROUP_SIZE, panels, strict=True):
        ours = [row for row in rows if row.regime == regime]
        theirs = real.regime == regime
        for quantity, label, axes in zip(QUANTITIES, LABELS, line, strict=True):
            _panel(axes, ours, quantity, getattr(real, quantity)[theirs])
            axes.set_xlabel(label, fontsize=8)
        objects = sum(row.objects for row in ours)
        line[0].set_ylabel(f"{regime}\n{len(ours)} rows for {objects:,}\nshare of objects")
    panels[0, 0].legend(loc="upper left", fontsize=8, frameon=False)
    figure.suptitle(
        f"Reference population ({len(rows):,} rows) over the catalogue of 2024-07-05 "
        f"({len(real):,} objects)\nD: Kolmogorov-Smirnov distance, at most 0.05",
        fontsize=11,
    )
    return figure


def _panel(axes: Axes, ours: Sequence[Representative], quantity: str, theirs: FloatArray) -> None:
    values = np.array([getattr(row, quantity) for row in ours])
    weights = np.array([row.objects for row in ours], dtype=float)
    share = np.linspace(0, 1, min(CURVE_POINTS, len(theirs)))
    real_curve = np.quantile(theirs, share, method="inverted_cdf")
    order = np.argsort(values)
    axes.step(real_curve, share, where="post", color=REAL_COLOUR, linewidth=4, label="catalogue")
    axes.step(
        values[order],
        np.cumsum(weights[order]) / weights.sum(),
        where="post",
        color=OUR_COLOUR,
        linewidth=1,
        label="population, weighted",
    )
    if quantity == "rcs_m2":
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlim(*np.quantile(theirs, SHOWN))
    axes.tick_params(labelsize=7)
    axes.grid(color="#e5e8eb", linewidth=0.6)
    axes.text(
        0.96, 0.06, f"D = {distance(values, weights, theirs):.3f}", transform=axes.transAxes,
        ha="right", fontsize=9, backgroundcolor="white",
    )  # fmt: skip


def main() -> None:
    """Draw both files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the real catalogue")
    figure = draw(published(POPULATION), catalogue_objects.read(parser.parse_args().data))
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["path.simplify_threshold"] = 0.5
    figure.savefig(FIGURE.with_suffix(".png"), dpi=90)


if __name__ == "__main__":
    main()
