"""A map of the network: what stands, what is shared, what is chosen and what is not."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.report import canvas
from kansoku.report.placing import Label, leader, placed
from kansoku.report.readings import Figures
from kansoku.report.words import country

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

WEST_EDGE_DEG = -30.0
"""The map is cut in the Atlantic, so that the Pacific lies in its middle."""

SOUTH_DEG, NORTH_DEG = -60.0, 82.0
WIDTH_IN = 10.0


def network_map(dataset: xr.Dataset, found: Figures) -> Figure:
    """Map existing, shared, chosen and rejected sensors; chosen sites are named.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.
    found : dict
        Its `summary`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    sites = chosen_sites(found)
    lines = [f"{name}: {kinds}" for name, _, _, kinds in sites]
    figure, axes = canvas.blank(WIDTH_IN, 5.0 + 0.155 * len(lines))
    _land(axes)
    for style in _layers(dataset):
        _dots(axes, **style)
    _chosen(axes, sites)
    axes.set_xlim(WEST_EDGE_DEG, WEST_EDGE_DEG + 360.0)
    axes.set_ylim(SOUTH_DEG, NORTH_DEG)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title("The network: existing, shared, chosen and not chosen")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, handletextpad=0.3)
    if lines:
        figure.supxlabel("\n".join(["Chosen, west to east", *lines]), x=0.02, ha="left", fontsize=8)
    return figure


def chosen_sites(found: Figures) -> list[tuple[str, float, float, str]]:
    """Name, longitude, latitude and sensors of each site that is built on, by longitude."""
    kinds: dict[str, list[str]] = {}
    where: dict[str, tuple[float, float]] = {}
    for one in found["sensors"]:
        name = f"{one['site']}, {country(one['country'])}"
        kinds.setdefault(name, []).append(one["type"])
        where[name] = (float(eastward(one["longitude_deg"])), one["latitude_deg"])
    return [(name, *where[name], "; ".join(kinds[name])) for name in sorted(where, key=where.get)]  # type: ignore[arg-type]


def eastward(longitude_deg: Any) -> FloatArray:
    """Longitude east of the map's western edge. [deg]"""
    return np.asarray((np.asarray(longitude_deg) - WEST_EDGE_DEG) % 360.0 + WEST_EDGE_DEG)


def coastline() -> list[FloatArray]:
    """Closed rings of longitude and latitude, (n, 2) each. [deg]"""
    text = resources.files("kansoku.sites").joinpath("coastline.csv").read_text("utf-8")
    rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))[1:]
    table = np.array(rows, dtype=float)
    cuts = np.flatnonzero(np.diff(table[:, 0])) + 1
    return [ring[:, 1:] for ring in np.split(table, cuts)]


def _land(axes: Axes) -> None:
    """Fill the land three times, a turn apart, so that the map may be cut anywhere."""
    from matplotlib.collections import PolyCollection

    rings = [ring + np.array([turn, 0.0]) for turn in (-360.0, 0.0, 360.0) for ring in coastline()]
    seen = [ring for ring in rings if _on_map(ring)]
    axes.add_collection(
        PolyCollection(seen, facecolor=canvas.LAND, edgecolor=canvas.LAND, linewidth=0.3, zorder=0)
    )


def _on_map(ring: FloatArray) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    across = high[0] > WEST_EDGE_DEG and low[0] < WEST_EDGE_DEG + 360.0
    return bool(across and high[1] > SOUTH_DEG and low[1] < NORTH_DEG)


def _layers(dataset: xr.Dataset) -> list[dict[str, Any]]:
    """What is drawn below the chosen sites: who, how it is marked and called."""
    role = dataset["contributor_role"].to_numpy()
    active = dataset["contributor_active"].sel(design="chosen").isel(year=-1).to_numpy() > 0
    rejected = (role == "candidate") & ~active & ~_shares_chosen_site(dataset, active)
    owner = country(dataset.attrs["kansoku_owner"])
    layers = [
        (rejected, "candidate site not chosen", _hollow("^", 16, canvas.FAINT)),
        ((role == "partner") & ~active, "partner, no access", _hollow("s", 20, canvas.GREEN)),
        ((role == "partner") & active, "partner, data received", _filled("s", 24, canvas.GREEN)),
        (role == "own", f"{owner}, in service today", _filled("o", 18, canvas.BLUE)),
    ]
    return [
        {**_where(dataset, rows), "label": words, "style": style} for rows, words, style in layers
    ]


def _hollow(marker: str, size: float, colour: str) -> dict[str, Any]:
    return {
        "marker": marker, "s": size, "edgecolors": colour, "facecolors": "none", "linewidths": 0.9,
    }  # fmt: skip


def _filled(marker: str, size: float, colour: str) -> dict[str, Any]:
    return {"marker": marker, "s": size, "color": colour, "linewidths": 0.0}


def _shares_chosen_site(
    dataset: xr.Dataset, active: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    site = dataset["contributor_site"].to_numpy()
    return np.isin(site, site[active & (dataset["contributor_role"].to_numpy() == "candidate")])


def _where(dataset: xr.Dataset, rows: npt.NDArray[np.bool_]) -> dict[str, FloatArray]:
    return {
        "x": eastward(dataset["contributor_longitude"].to_numpy()[rows]),
        "y": dataset["contributor_latitude"].to_numpy()[rows],
    }


def _dots(axes: Axes, x: FloatArray, y: FloatArray, label: str, style: dict[str, Any]) -> None:
    places = np.unique(np.round(np.stack([x, y], axis=1), 2), axis=0)
    if len(places):
        axes.scatter(places[:, 0], places[:, 1], label=label, zorder=2, **style)


def _chosen(axes: Axes, sites: list[tuple[str, float, float, str]]) -> None:
    """Mark chosen sites, with number and name beside them where there is room."""
    if not sites:
        return
    x, y = [site[1] for site in sites], [site[2] for site in sites]
    axes.scatter(
        x, y, marker="^", s=90, color=canvas.VERMILION, edgecolors="white", linewidths=0.8,
        label="chosen", zorder=4,
    )  # fmt: skip
    labels = [Label(short_name(name), x, y) for name, x, y, _ in sites]
    page = (WEST_EDGE_DEG, WEST_EDGE_DEG + 360.0, SOUTH_DEG, NORTH_DEG)
    for label, box in zip(labels, placed(labels, page), strict=True):
        end = leader(label, box)
        axes.plot([label.x, end[0]], [label.y, end[1]], color=canvas.INK, linewidth=0.6, zorder=3)
        middle = 0.5 * (box[0] + box[1]), 0.5 * (box[2] + box[3])
        axes.text(*middle, label.text, fontsize=8, ha="center", va="center", zorder=5)


def short_name(site: str) -> str:
    """Return a site's name without country, second name or what stands in brackets."""
    return site.partition(",")[0].partition(" / ")[0].partition(" (")[0]
