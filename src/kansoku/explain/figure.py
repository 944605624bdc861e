"""A night as a small figure: where the object stands, what the sensor makes of it, what decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG, M_PER_KM
from kansoku.errors import KansokuError
from kansoku.explain.facts import series
from kansoku.explain.instant import ONLY, Instant
from kansoku.explain.night import runs
from kansoku.report import canvas
from kansoku.visibility import criteria
from kansoku.wholefile import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg")
WIDTH_IN, PANEL_IN, ROW_IN, FRAME_IN = 7.2, 1.6, 0.24, 1.3
DOTS_PER_INCH = 160

DECIDES = {
    None: ("visible", canvas.GREEN),
    "propagation": ("propagation", canvas.INK),
    "elevation": ("elevation", canvas.LAND),
    "azimuth": ("azimuth", "#C9B8A8"),
    "range": ("range", canvas.VERMILION),
    "horizon_mask": ("horizon mask", "#8C6D46"),
    "site_dark": ("site not dark", canvas.SKY),
    "sun_separation": ("Sun separation", "#F0E442"),
    "moon_separation": ("Moon separation", "#CC79A7"),
    "sunlit": ("in shadow", canvas.FAINT),
    "magnitude": ("magnitude", canvas.VERMILION),
    "radar_range": ("radar range", canvas.VERMILION),
}
"""Word and colour of what decides; the three of a colour belong to different kinds of sensor."""

DASHED: dict[str, Any] = {"color": canvas.VERMILION, "linewidth": 1.0, "linestyle": "--"}
"""What must be reached."""

Floats = npt.NDArray[np.float64]


def require_format(path: Path) -> None:
    """Refuse a file that is no figure, before anything is computed.

    Raises
    ------
    KansokuError
        For another ending than `FORMATS`.
    """
    if path.suffix.lower() not in FORMATS:
        raise KansokuError(
            f"--figure: got {path.name!r}, must end in {' or '.join(FORMATS)}; rename the file"
        )


def write(at: Instant, path: Path) -> None:
    """Draw the night after an instant into a file, which is there whole or not at all.

    Parameters
    ----------
    at : Instant
        Every sample of its grid is drawn.
    path : Path
        Its ending is the format.

    Raises
    ------
    KansokuError
        When the ending is none of `FORMATS`, or the folder takes no file.
    """
    require_format(path)
    try:
        with canvas.look(), whole_file(path) as unfinished:
            kind = path.suffix.lower().removeprefix(".")
            # Without a date the same night is the same file
            metadata = cast(Any, {"Date": None} if kind == "svg" else {})
            draw(at).savefig(unfinished, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    except OSError as cause:
        raise KansokuError(
            f"--figure: {path} cannot be written ({cause.strerror or cause}); choose another "
            "place, or mend this one"
        ) from cause


def draw(at: Instant) -> Figure:
    """Draw the night after an instant.

    Returns
    -------
    matplotlib.figure.Figure
        Elevation; below it magnitude and its limit for a telescope, or range and its limit for
        every other sensor; then strips of darkness, sunlight and what decides.
    """
    known, when = series(at), at.grid.utc
    detects, strips = at.sensor_type is not None, _strips(at, known)
    figure, panels = _panels(1 + detects, len(strips))
    _elevation(panels[0], at, known)
    if at.is_telescope:
        _magnitude(panels[1], at, known)
    elif detects:
        _range(panels[1], at, known)
    _strip_panel(panels[-1], when, strips)
    _legend(figure, known)
    _time_axis(panels, when)
    sensor = f" with {at.sensor_type}" if at.sensor_type else ""
    name = f"{at.target.norad_cat_id[0]} {at.target.name[0]}".strip()
    title = _plain(f"{name} from {at.place}{sensor}")
    figure.suptitle(title, x=0.01, horizontalalignment="left", fontsize=11)
    return figure


def _plain(text: str) -> str:
    """Keep matplotlib from reading formulas into names."""
    return text.replace("$", r"\$")


def _panels(plots: int, rows: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [PANEL_IN] * plots + [ROW_IN * rows]
    figure = Figure(figsize=(WIDTH_IN, sum(heights) + FRAME_IN), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    panels = [figure.add_subplot(grid[0])]
    panels += [figure.add_subplot(grid[k], sharex=panels[0]) for k in range(1, len(heights))]
    return figure, panels


def _array(known: dict[str, list[Any]], name: str) -> Floats:
    return np.array(known[name], dtype=float)


def _where(values: Floats, shown: npt.NDArray[np.bool_]) -> Floats:
    """Leave gaps in a line."""
    return np.where(shown, values, np.nan)


def _risen(known: dict[str, list[Any]]) -> npt.NDArray[np.bool_]:
    return _array(known, "elevation_deg") >= 0.0


def _twice(
    axes: Axes, at: Instant, values: Floats, known: dict[str, list[Any]], label: str
) -> None:
    """Draw a line above the horizon, and thick where the object is seen."""
    seen = np.array(known["visible"])
    axes.plot(at.grid.utc, _where(values, _risen(known)), color=canvas.BLUE, linewidth=1.2)
    marked = _where(values, seen)
    # With points, so that a single sample shows
    axes.plot(at.grid.utc, marked, ".-", color=canvas.GREEN, linewidth=3, markersize=4)
    axes.set_ylabel(label)


def _elevation(axes: Axes, at: Instant, known: dict[str, list[Any]]) -> None:
    _twice(axes, at, _array(known, "elevation_deg"), known, "Elevation [deg]")
    lowest_deg = at.sensor("elevation_min_rad") / DEG
    axes.axhline(lowest_deg, **DASHED)
    _note(axes, "dashed: lowest elevation")
    if at.watch.walled[ONLY]:
        terrain_deg = _terrain_deg(at)
        axes.fill_between(at.grid.utc, 0.0, terrain_deg, color="#8C6D46", alpha=0.5, linewidth=0)
    if not _risen(known).any():
        axes.annotate(
            "below the horizon throughout", (0.5, 0.55), xycoords="axes fraction", ha="center"
        )
    axes.set_ylim(0, 90)
    axes.set_yticks([0, 30, 60, 90])


def _terrain_deg(at: Instant) -> Floats:
    """Elevation of the terrain under the object at each sample."""
    terrain_deg = np.full(at.stage.steps, np.nan)
    usable = np.flatnonzero(at.stage.block.usable[0])
    terrain_deg[usable] = criteria.terrain_rad(at.sight_at(usable)) / DEG
    return terrain_deg


def _magnitude(axes: Axes, at: Instant, known: dict[str, list[Any]]) -> None:
    _twice(axes, at, _array(known, "magnitude"), known, "Magnitude [mag]")
    # By day the model of the sky means nothing
    by_night = _array(known, "site_sun_elevation_deg") < 0.0
    limit = _where(_array(known, "limiting_magnitude"), by_night)
    axes.plot(at.grid.utc, limit, **DASHED)
    axes.invert_yaxis()
    if _risen(known).any():
        _note(axes, "dashed: limiting magnitude")
    else:
        axes.set_yticks([])


def _range(axes: Axes, at: Instant, known: dict[str, list[Any]]) -> None:
    _twice(axes, at, _array(known, "range_km") / 1000.0, known, "Range [1,000 km]")
    axes.axhline(float(at.stage.reach_m[ONLY, 0]) / M_PER_KM / 1000.0, **DASHED)
    axes.set_ylim(bottom=0.0)
    _note(axes, "dashed: range limit")


def _note(axes: Axes, words: str) -> None:
    """Name the dashed line above the frame, where nothing is drawn."""
    axes.annotate(
        words, (1.0, 1.0), (0, 2), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="bottom", color=canvas.VERMILION, fontsize=8,
    )  # fmt: skip


Strip = tuple[str, list[tuple[int, int, str]]]
"""Name of a row, and its bars: first sample, last sample, colour."""


def _strips(at: Instant, known: dict[str, list[Any]]) -> list[Strip]:
    dark_below_deg = -at.limits.sun_depression_rad / DEG
    dark = [sun_deg <= dark_below_deg for sun_deg in known["site_sun_elevation_deg"]]
    rows: list[Strip] = []
    if at.is_telescope or at.is_laser:
        rows.append(("site dark", [(a, b, "#40527A") for a, b, is_dark in runs(dark) if is_dark]))
        lit = [(a, b, canvas.ORANGE) for a, b, is_lit in runs(known["sunlit"]) if is_lit]
        rows.append(("sunlit", lit))
    decided = [(a, b, DECIDES[name][1]) for a, b, name in runs(known["decided_by"])]
    return [*rows, ("decided by", decided)]


def _strip_panel(axes: Axes, when: npt.NDArray[np.datetime64], strips: list[Strip]) -> None:
    half = (when[1] - when[0]) / 2
    for row, (_, bars) in enumerate(strips):
        for first, last, colour in bars:
            left, right = when[first] - half, when[last] + half
            axes.fill_between(
                np.array([left, right]), row - 0.38, row + 0.38, color=colour, linewidth=0
            )
    axes.set_yticks(range(len(strips)), [name for name, _ in strips])
    axes.set_ylim(len(strips) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _legend(figure: Figure, known: dict[str, list[Any]]) -> None:
    """Colours of what decides, for what occurs."""
    from matplotlib.patches import Patch

    named = [
        Patch(facecolor=colour, label=word)
        for name, (word, colour) in DECIDES.items()
        if name in known["decided_by"]
    ]
    figure.legend(handles=named, loc="outside lower center", ncols=min(len(named), 6), fontsize=8)


def _time_axis(panels: list[Axes], when: npt.NDArray[np.datetime64]) -> None:
    from matplotlib import dates

    untyped = cast(Any, dates)
    locator = untyped.AutoDateLocator(minticks=4, maxticks=9)
    panels[0].xaxis.set_major_locator(locator)
    panels[0].xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator))
    panels[0].set_xlim(when[0], when[-1])
    for axes in panels[:-1]:
        axes.tick_params(axis="x", labelbottom=False)
        axes.xaxis.get_offset_text().set_visible(False)
    panels[-1].set_xlabel("UTC")
