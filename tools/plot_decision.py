"""Draw docs/figures/decision.png: the five studies of docs/decision.md side by side.

python tools/plot_decision.py results/decide-home results/decide-abroad .. [--figure FILE]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FIGURE = Path(__file__).parent.parent / "docs" / "figures" / "decision.png"
COLOURS = ("#7b8794", "#2f6690", "#d98e04", "#3a7d44", "#b5121b")
WIDTH = 0.26
PERCENT = 100.0


def draw(results: Sequence[tuple[str, xr.Dataset]]) -> Figure:
    """Coverage by year on the left, what is one's own and what a loss leaves on the right."""
    figure = Figure(figsize=(10.0, 4.0), layout="constrained")
    years, last = figure.subplots(1, 2, width_ratios=(1.1, 1.0))
    _by_year(years, results)
    _last_year(last, results)
    return figure


def _by_year(axes: Axes, results: Sequence[tuple[str, xr.Dataset]]) -> None:
    for (name, result), colour in zip(results, COLOURS, strict=True):
        chosen = result["credited_expected"].sel(design="chosen", requirement="coverage")
        axes.plot(result["year"], PERCENT * chosen, color=colour, marker="o", label=name)
    axes.set(
        title="Credited coverage of the demand", xlabel="Fiscal year", ylabel="%", ylim=(0, 100)
    )
    axes.grid(axis="y", color="#d9dee3")
    axes.legend(frameon=False, ncols=2, loc="upper left")


def _last_year(axes: Axes, results: Sequence[tuple[str, xr.Dataset]]) -> None:
    for k, ((_, result), colour) in enumerate(zip(results, COLOURS, strict=True)):
        final = result.isel(year=-1).sel(design="chosen", requirement="coverage")
        own = result["coverage_expected"].isel(year=-1).sel(design="chosen", requirement="autonomy")
        left = final["stress_credited_fraction"].min()
        bars = (own, final["credited_expected"], left)
        for shift, value, alpha in zip((-1, 0, 1), bars, (0.45, 1.0, 0.7), strict=True):
            place = k + shift * WIDTH
            axes.bar(place, PERCENT * value, WIDTH * 0.92, color=colour, alpha=alpha)
            axes.annotate(
                f"{PERCENT * value:.0f}", (place, PERCENT * value), ha="center", va="bottom"
            )
    year = results[0][1]["year"].item(-1)
    title = f"FY{year}: own alone (one track), credited, left of it after the worst loss"
    axes.set(xticks=range(len(results)), ylabel="%", ylim=(0, 100))
    axes.set_title(title, fontsize="small")
    axes.set_xticklabels([name for name, _ in results])


def main() -> None:
    """Read the results and write the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", nargs=len(COLOURS), type=Path, help="folders of the five studies")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    asked = parser.parse_args()
    results = [
        (r.name.removeprefix("decide-"), xr.open_dataset(r / "study.nc")) for r in asked.result
    ]
    draw(results).savefig(asked.figure, dpi=130)


if __name__ == "__main__":
    main()
