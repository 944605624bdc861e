"""What the steps of a search for passes share: its arrays, and how they are selected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Self, TypeVar

from kansoku.backend import Array
from kansoku.visibility.arcs import Arcs, azimuth_rad, look_along
from kansoku.visibility.geometry import elevation_rad
from kansoku.visibility.horizon import Horizons, Nodes

INSIDE, CLIPPED, REFUSED = 0, 1, 2
"""Kinds of edge: between nodes, at an end of the span, at a node before a refused state."""


@dataclass(frozen=True)
class Search:
    """What every step of one search needs: the nodes, the sites and the mask.

    A row is ``target * S + site``: its target's nodes are neighbours in memory.
    """

    xp: ModuleType
    nodes: Nodes
    horizons: Horizons
    sine: float
    step_s: float

    def arcs(self, row: Array, step: Array) -> Arcs:
        """Arcs of rows from a step to the next one; arc T - 1 stands still."""
        xp = self.xp
        target, site = xp.divmod(row, len(self.horizons))
        flat = target * self.nodes.usable.shape[1] + step
        curve = self.nodes.curve_itrf_m
        sight = xp.take(curve, flat, axis=2)
        sight[0] -= xp.take(self.horizons.position_itrf_m, site, axis=1)
        return Arcs(site, sight, xp.take(self.horizons.up, site, axis=1))


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
    """Culminations, one a pass; `node` as in `Edges`."""

    node: Array
    azimuth_rad: Array
    elevation_rad: Array


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
    view = look_along(search.xp, arcs, search.horizons, tau)
    return Edges(row, step + tau, azimuth_rad(search.xp, view), kind)


def tops(search: Search, arcs: Arcs, step: Array, tau: Array) -> Tops:
    """Look from the sites at instants tau of arcs that start at `step`, elevation included."""
    xp = search.xp
    view = look_along(xp, arcs, search.horizons, tau)
    return Tops(step + tau, azimuth_rad(xp, view), elevation_rad(xp, view))
