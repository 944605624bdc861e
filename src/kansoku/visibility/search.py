"""What the steps of a search for passes share: its arrays, and how they are selected."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import ModuleType
from typing import Self

from kansoku.backend import Array
from kansoku.visibility.arcs import Arcs, arcs_of, look_along
from kansoku.visibility.geometry import azimuth_rad, elevation_rad
from kansoku.visibility.horizon import Horizons, Margin, Nodes, exact_margin

INSIDE, CLIPPED, REFUSED = 0, 1, 2
"""Kinds of edge: between nodes, at an end of the span, at a node before a refused state."""


@dataclass(frozen=True)
class Search:
    """What every step of one search needs: the nodes, the sites and the mask."""

    xp: ModuleType
    nodes: Nodes
    horizons: Horizons
    sine: float
    step_s: float

    def arcs(self, row: Array, step: Array) -> Arcs:
        """Arcs of rows ``site * n + target`` from a step to the next one."""
        site, flat = self.site_and_flat(row, step)
        return arcs_of(self.xp, self.nodes, self.horizons, site, flat, self.step_s)

    def margin(self, row: Array, step: Array) -> Margin:
        """Exact margin of rows ``site * n + target`` at a step."""
        site, flat = self.site_and_flat(row, step)
        return exact_margin(self.xp, self.nodes, self.horizons, self.sine, site, flat)

    def site_and_flat(self, row: Array, step: Array) -> tuple[Array, Array]:
        """Split a row into its site and the flat node of its target."""
        targets, steps = self.nodes.usable.shape
        site, target = self.xp.divmod(row, targets)
        return site, target * steps + step


@dataclass(frozen=True)
class Columns:
    """Equally long arrays that are selected and joined together."""

    def take(self, index: Array) -> Self:
        """Return some of the entries, in the order of `index`."""
        return type(self)(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def put(self, index: Array, other: Self) -> Self:
        """Return these entries with the ones at `index` replaced by the others, in order."""
        replaced = {}
        for f in fields(self):
            replaced[f.name] = getattr(self, f.name).copy()
            replaced[f.name][index] = getattr(other, f.name)
        return type(self)(**replaced)

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
class Verdicts(Columns):
    """Nodes near the mask, in the order of `near_mask`, with the exact verdict.

    `above_before` and `above_after` say whether the node before and the one after are above it.
    """

    row: Array
    step: Array
    above: Array
    above_before: Array
    above_after: Array


@dataclass(frozen=True)
class Brackets(Columns):
    """Instants to find: between tau = `low` and `high` of the arc that starts at `step`.

    The two are equal where the instant is known: at the ends of the span, and at the last node
    before a refused state. `kind` is INSIDE, CLIPPED or REFUSED.
    """

    row: Array
    step: Array
    low: Array
    high: Array
    kind: Array


@dataclass(frozen=True)
class Instants(Columns):
    """Instants found, and where the target then stands.

    `node` is the instant in steps since the first node; `key` sorts by row, then instant.
    """

    row: Array
    key: Array
    node: Array
    azimuth_rad: Array
    elevation_rad: Array
    kind: Array


def instants(
    search: Search, arcs: Arcs, row: Array, step: Array, tau: Array, kind: Array
) -> Instants:
    """Look from the sites at instants tau of arcs that start at `step`."""
    view = look_along(search.xp, arcs, search.horizons, tau)
    node = step + tau
    return Instants(
        row=row,
        key=row * float(search.nodes.usable.shape[1]) + node,
        node=node,
        azimuth_rad=azimuth_rad(search.xp, view),
        elevation_rad=elevation_rad(search.xp, view),
        kind=kind,
    )
