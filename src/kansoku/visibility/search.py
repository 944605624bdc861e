"""What the steps of a search for passes share: its arrays, and how they are selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Self, TypeVar

from kansoku.backend import Array
from kansoku.visibility.arcs import Arcs
from kansoku.visibility.geometry import TWO_PI, dot
from kansoku.visibility.horizon import Horizons, Nodes

INSIDE, CLIPPED, REFUSED, UNSETTLED = 0, 1, 2, 3
"""Kinds of edge: between nodes, at an end of the span, at a node before a refused state, and
between nodes but not yet where it belongs."""


@dataclass(frozen=True)
class Search:
    """What every step of one search needs: the nodes, the sites and the mask.

    A row is ``target * S + site``: its target's nodes are neighbours in memory.

    Attributes
    ----------
    frames : (4, 3, S) float32 array
        Position, up, east and north of the sites.
    """

    xp: ModuleType
    nodes: Nodes
    horizons: Horizons
    frames: Array
    sine: float
    step_s: float

    def arcs(self, row: Array, step: Array) -> Arcs:
        """Arcs of rows from a step to the next one; arc T - 1 stands still."""
        xp = self.xp
        target, site = xp.divmod(row, len(self.horizons))
        flat = target * self.nodes.usable.shape[1] + step
        curve = self.nodes.curve_itrf_m
        sight = xp.take(curve, flat, axis=2)
        sight[0] -= xp.take(self.frames[0], site, axis=1)
        return Arcs(site, sight, xp.take(self.frames[1], site, axis=1))


def search_of(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, step_s: float
) -> Search:
    """Gather what a search needs."""
    axes = (horizons.position_itrf_m, horizons.up, horizons.east, horizons.north)
    frames = xp.stack([each.astype(xp.float32) for each in axes])
    return Search(xp, nodes, horizons, frames, sine, step_s)


@dataclass(frozen=True)
class Columns:
    """Equally long arrays that are selected and joined together."""

    def take(self, index: Array | slice) -> Self:
        """Return some of the entries, in the order of `index`."""
        return type(self)(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def put(self, index: Array, other: Self) -> None:
        """Replace the entries at `index` by the others, in order and in place."""
        for f in fields(self):
            getattr(self, f.name)[index] = getattr(other, f.name)

    def insert(self, xp: ModuleType, place: Array, other: Self) -> Self:
        """Return these entries with the others put before the entries at `place`, which rises."""
        there = place + xp.arange(len(place))
        stays = None
        inserted = {}
        for f in fields(self):
            mine, theirs = getattr(self, f.name), getattr(other, f.name)
            if stays is None:
                stays = xp.ones(len(mine) + len(place), dtype=bool)
                stays[there] = False
            joined = xp.empty(len(stays), dtype=mine.dtype)
            joined[stays] = mine
            joined[there] = theirs
            inserted[f.name] = joined
        return type(self)(**inserted)

    def join(self, xp: ModuleType, *others: Self) -> Self:
        """Return these entries and then those of the others."""
        everyone = (self, *others)
        return type(self)(
            **{
                f.name: xp.concatenate([getattr(each, f.name) for each in everyone])
                for f in fields(self)
            }
        )


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

# Instants found in one go: their columns should stay in the second-level cache
AT_ONCE = 6_000


def in_parts(xp: ModuleType, count: int, work: Callable[[slice], Found]) -> Found:
    """Do some work on `count` entries in parts, and join what it gives."""
    size = AT_ONCE if xp.__name__ == "numpy" else max(count, 1)
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
    angle = xp.where(angle < 0.0, angle + TWO_PI, angle)
    return xp.where(angle < TWO_PI, angle, 0.0)
