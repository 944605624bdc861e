"""How figures are drawn and saved: one look, no display, same data same file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours of Okabe and Ito (2008), told apart by colour-blind readers; their lightness differs
# enough that a grey print keeps the order.
BLUE, ORANGE, GREEN, SKY, VERMILION = "#0072B2", "#E69F00", "#009E73", "#A6CEE3", "#D55E00"
INK, FAINT, LAND = "#222222", "#8A8A8A", "#E7E5DF"

_LOOK: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is there everywhere
    "font.size": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "svg.hashsalt": "kansoku",  # ids of an SVG are random without it
    "svg.fonttype": "none",  # words stay words: searchable, and small
}


@contextmanager
def look() -> Iterator[None]:
    """Draw in the report's style."""
    import matplotlib

    with matplotlib.rc_context(cast(Any, _LOOK)):
        yield


def blank(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Return an empty figure with one axes, without any display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write a figure as SVG and PNG, without time stamps."""
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    figure.savefig(folder / f"{name}.png", dpi=160)
