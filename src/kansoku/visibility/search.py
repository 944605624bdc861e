"""What the steps of a search for passes share: its arrays, and how they are selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

import numpy as np

from kansoku.backend import Array
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.arcs import Arcs
from kansoku.visibility.columns import Columns
from kansoku.visibility.geometry import TWO_PI, dot
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.nodes import Curves

INSIDE, CLIPPED, REFUSED, UNSETTLED = 0, 1, 2, 3
"""Kinds of edge: between nodes, at an end of the span, at a node before a refused state, and
between nodes but not yet where it belongs."""


@dataclass(frozen=True)
class Search:
    """What every step of one search needs: the motion, the sites and the mask.

    A row is ``target * S + site``: its target's nodes are neighbours in memory.

    Attributes
    ----------
    frames : (4, 3, S) float32 array
        Position, up, east and north of the sites.
    """

    xp: ModuleType
    block: StateBlock
    curves: Curves
    horizons: Horizons
    frames: Array
    sine: float
    step_s: float

    def arcs(self, row: Array, step: Array) -> Arcs:
        """Arcs of rows from a step to the next one; from the last node, only their start serves."""
        xp = self.xp
        target = row // len(self.horizons)
        site = row - target * len(self.horizons)
        picked = xp.take(self.curves.quartics, target * self.steps + step, axis=0)
        sight = xp.ascontiguousarray(picked.T).reshape(5, 3, len(row))
        sight[0] -= xp.take(self.frames[0], site, axis=1)
        return Arcs(site, sight, xp.take(self.frames[1], site, axis=1))

    @property
    def steps(self) -> int:
        """Nodes of a target."""
        return int(self.curves.usable.shape[1])


def search_of(
    xp: ModuleType,
    block: StateBlock,
    curves: Curves,
    horizons: Horizons,
    sine: float,
    step_s: float,
) -> Search:
    """Gather what a search needs."""
    axes = (horizons.position_itrf_m, horizons.up, horizons.east, horizons.north)
    frames = xp.stack([each.astype(xp.float32) for each in axes])
    return Search(xp, block, curves, horizons, frames, sine, step_s)


@dataclass(frozen=True)
class Edges(Columns):
    """Rises or sets: `node` is the instant in steps since the first node."""

    row: Array
    node: Array
    azimuth_rad: Array
    kind: Array


@dataclass(frozen=True)
class Tops(Columns):
    """Culminations, one a pass; `node` as in `Edges`. Those not `settled` are still searched."""

    node: Array
    azimuth_rad: Array
    elevation_rad: Array
    settled: Array


Found = TypeVar("Found", Edges, Tops)

# Instants found in one go: the best of those tried, beside 1 MB of second-level cache
AT_ONCE = 20_000


def in_parts(xp: ModuleType, count: int, work: Callable[[slice], Found]) -> Found:
    """Do some work on `count` entries in parts, and join what it gives."""
    size = AT_ONCE if xp is np else max(count, 1)
    parts = [work(slice(start, start + size)) for start in range(0, max(count, 1), size)]
    return parts[0].join(xp, *parts[1:]) if len(parts) > 1 else parts[0]


def edges(search: Search, arcs: Arcs, row: Array, step: Array, tau: Array, kind: Array) -> Edges:
    """Look from the sites at instants tau of arcs that start at `step`."""
    azimuth = _azimuth_rad(search, arcs.site, arcs.at(tau))
    return Edges(row, step + tau.astype(search.xp.float64), azimuth, kind)


def tops(search: Search, arcs: Arcs, step: Array, tau: Array) -> Tops:
    """Look from the sites at instants tau of arcs that start at `step`, elevation included."""
    xp, sight = search.xp, arcs.at(tau)
    height = dot(sight, arcs.up)
    # Not the arcsine, which loses half the digits of float32 near the zenith.
    aside = sight - height * arcs.up
    elevation_rad = xp.arctan2(height, xp.sqrt(dot(aside, aside)))
    return Tops(
        step + tau.astype(xp.float64),
        _azimuth_rad(search, arcs.site, sight),
        elevation_rad.astype(xp.float64),
        xp.ones(len(height), dtype=bool),
    )


def _azimuth_rad(search: Search, site: Array, sight_m: Array) -> Array:
    """Azimuth clockwise from north, 0 to 2 pi. [rad]"""
    xp, (_, _, east, north) = search.xp, search.frames
    angle = xp.arctan2(
        dot(sight_m, xp.take(east, site, axis=1)), dot(sight_m, xp.take(north, site, axis=1))
    ).astype(xp.float64)
    # What lies west by less than the last digit of a turn is north itself
    return xp.abs(angle + TWO_PI * (angle < -1e-12))
