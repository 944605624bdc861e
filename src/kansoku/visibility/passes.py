"""All passes of a block of targets over a set of sites, with edges between the nodes.

The margin over the mask is tested at the nodes of the grid (`horizon`). Between nodes the line
of sight is a cubic (`arcs`): edges are its roots where the margin changes sign from one node to
the next; passes and dips that lie wholly between two nodes are found from the rate of the margin
at the nodes near the mask. Nothing loops over targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from types import ModuleType
from typing import Self

from kansoku.backend import Array
from kansoku.ephemeris.grid import TimeGrid
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.arcs import (
    Arcs,
    arcs_of,
    crossings,
    culminations,
    extrema,
    look_along,
    margin,
    margin_rate,
)
from kansoku.visibility.geometry import azimuth_rad, elevation_rad
from kansoku.visibility.horizon import Horizons, Margin, Nodes, exact_margin, near_mask, nodes_of


@dataclass(frozen=True)
class Passes:
    """Passes of a block, sorted by site, target, rise; (P,) arrays unless stated.

    Attributes
    ----------
    target : int array
        Row of the target in the catalogue that the block was cut from.
    site : int array
        Index of the site.
    rise_s, culmination_s, set_s : array
        Seconds since the first node of the grid. [s]
    rise_azimuth_rad, culmination_azimuth_rad, set_azimuth_rad : array
        Clockwise from north, 0 to 2 pi. [rad]
    culmination_elevation_rad : array
        Highest elevation of the pass, airless. [rad]
    starts_before, ends_after : bool array
        The target is above the mask at the first or the last node; the edge is that node.
    refused : (n,) bool array
        Targets of the block without a usable state at some node. They have no passes from
        the first such node on, and a pass that runs into it is not reported.
    """

    target: Array
    site: Array
    rise_s: Array
    culmination_s: Array
    set_s: Array
    rise_azimuth_rad: Array
    culmination_azimuth_rad: Array
    set_azimuth_rad: Array
    culmination_elevation_rad: Array
    starts_before: Array
    ends_after: Array
    refused: Array

    def __len__(self) -> int:
        return len(self.target)


INSIDE, CLIPPED, REFUSED = 0, 1, 2
"""Kinds of edge: between nodes, at an end of the span, at a node before a refused state."""


@dataclass(frozen=True)
class _Search:
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
class _Columns:
    """Equally long arrays that are selected and joined together."""

    def take(self, index: Array) -> Self:
        """Return some of the entries, in the order of `index`."""
        return type(self)(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

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
class _Verdicts(_Columns):
    """Nodes near the mask, in the order of `near_mask`, with the exact verdict."""

    row: Array
    step: Array
    above: Array
    above_before: Array
    above_after: Array


@dataclass(frozen=True)
class _Brackets(_Columns):
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
class _Instants(_Columns):
    """Instants found, and where the target then stands; `key` sorts by row, then time."""

    row: Array
    key: Array
    tau: Array
    azimuth_rad: Array
    elevation_rad: Array
    time_s: Array
    kind: Array


def find_passes(
    xp: ModuleType,
    block: StateBlock,
    grid: TimeGrid,
    horizons: Horizons,
    min_elevation_rad: float,
) -> Passes:
    """Find every pass above a mask on the span of a grid.

    Parameters
    ----------
    block : StateBlock
        States of n targets at the nodes, of the backend `xp`.
    grid : TimeGrid
        At least two nodes.
    horizons : Horizons
        Sites, of the backend `xp`.
    min_elevation_rad : float
        Mask, -pi/2 to pi/2; negative elevations look below the horizon. [rad]

    Returns
    -------
    Passes
        Sorted by site, target, rise; disjoint within a site and target.
    """
    search = _Search(xp, nodes_of(xp, block), horizons, math.sin(min_elevation_rad), grid.step_s)
    verdicts, doubtful = _verdicts(search)
    rises, sets = _edges_at_nodes(search, verdicts)
    peaks_before, peaks_after, dips_before, dips_after = _between_nodes(search, verdicts, doubtful)
    first = _edges(search, rises.join(xp, peaks_before, dips_after))
    last = _edges(search, sets.join(xp, peaks_after, dips_before))
    tops = _top_brackets(search, verdicts, rises, sets, first, last).join(
        xp, _top_brackets_between(rises, peaks_before, first, last)
    )
    first, last = first.take(xp.argsort(first.key)), last.take(xp.argsort(last.key))
    top = _highest(search, first, last, _tops(search, tops))
    complete = xp.flatnonzero(last.kind != REFUSED)
    return _passes(xp, block, first.take(complete), last.take(complete), top.take(complete))


def _passes(
    xp: ModuleType, block: StateBlock, first: _Instants, last: _Instants, top: _Instants
) -> Passes:
    """Label rises, sets and culminations that belong together."""
    site, target = xp.divmod(first.row, block.usable.shape[0])
    return Passes(
        target=target + block.start,
        site=site,
        rise_s=first.time_s,
        culmination_s=top.time_s,
        set_s=last.time_s,
        rise_azimuth_rad=first.azimuth_rad,
        culmination_azimuth_rad=top.azimuth_rad,
        set_azimuth_rad=last.azimuth_rad,
        culmination_elevation_rad=top.elevation_rad,
        starts_before=first.kind == CLIPPED,
        ends_after=last.kind == CLIPPED,
        refused=~block.usable.all(axis=1),
    )


def _verdicts(search: _Search) -> tuple[_Verdicts, Array]:
    """Decide which nodes are above the mask; also the indices of those decided exactly."""
    xp = search.xp
    near = near_mask(xp, search.nodes, search.horizons, search.sine, search.step_s)
    doubtful = xp.flatnonzero(~near.sure)
    above = near.sure.copy()
    above[doubtful] = search.margin(near.row[doubtful], near.step[doubtful]).value_m >= 0.0
    # Rows of one target are contiguous, so the next entry is the next node if it is one step on
    joined = (near.row[1:] == near.row[:-1]) & (near.step[1:] == near.step[:-1] + 1)
    before, after = xp.zeros_like(above), xp.zeros_like(above)
    before[1:] = joined & above[:-1]
    after[:-1] = joined & above[1:]
    return _Verdicts(near.row, near.step, above, before, after), doubtful


def _edges_at_nodes(search: _Search, verdicts: _Verdicts) -> tuple[_Brackets, _Brackets]:
    """Brackets of the rises and sets that show at the nodes: the verdict changes over a step."""
    xp, usable = search.xp, search.nodes.usable
    targets, steps = usable.shape
    up = verdicts.take(xp.flatnonzero(verdicts.above & ~verdicts.above_before))
    clipped = up.step == 0
    rises = _Brackets(
        up.row, xp.where(clipped, 0, up.step - 1), xp.zeros(len(up.row)),
        xp.where(clipped, 0.0, 1.0), xp.where(clipped, CLIPPED, INSIDE),
    )  # fmt: skip
    down = verdicts.take(xp.flatnonzero(verdicts.above & ~verdicts.above_after))
    clipped = down.step == steps - 1
    following = xp.minimum(down.step + 1, steps - 1)
    refused = ~usable[down.row % targets, following]
    # An edge at a known node is tau = 1 of the arc before it; arc 0 stands in for the one
    # before the first node, where the pass is dropped in any case
    known = clipped | refused
    kind = xp.where(clipped, CLIPPED, xp.where(refused, REFUSED, INSIDE))
    sets = _Brackets(
        down.row, xp.where(known, xp.maximum(down.step - 1, 0), down.step),
        xp.where(known, 1.0, 0.0), xp.ones(len(down.row)), kind,
    )  # fmt: skip
    return rises, sets


def _between_nodes(
    search: _Search, verdicts: _Verdicts, doubtful: Array
) -> tuple[_Brackets, _Brackets, _Brackets, _Brackets]:
    """Brackets of passes and dips that lie wholly between two nodes.

    The extremum is within half a step of a node, which is then a doubtful one (`horizon`), with
    the margin heading for zero over a step whose ends have the same verdict.

    Returns
    -------
    tuple of _Brackets
        The edge before and the one after each peak, then of each dip.
    """
    xp = search.xp
    row, step, dips = _turning_steps(search, verdicts.take(doubtful))
    arcs = search.arcs(row, step)
    zero = xp.zeros(len(row))
    before, after = (margin_rate(xp, arcs, search.sine, tau) for tau in (zero, zero + 1.0))
    turning = xp.flatnonzero(xp.where(dips, (before < 0) & (after > 0), (before > 0) & (after < 0)))
    row, step, dips, arcs = row[turning], step[turning], dips[turning], arcs.take(turning)
    tau = extrema(xp, arcs, search.sine)
    extreme_m = margin(xp, arcs, search.sine, tau)
    edges = []
    for crossed in (~dips & (extreme_m > 0.0), dips & (extreme_m < 0.0)):
        index = xp.flatnonzero(crossed)
        at, zero, kind = tau[index], xp.zeros(len(index)), xp.full(len(index), INSIDE)
        edges.append(_Brackets(row[index], step[index], zero, at, kind))
        edges.append(_Brackets(row[index], step[index], at, zero + 1.0, kind))
    return edges[0], edges[1], edges[2], edges[3]


def _turning_steps(search: _Search, doubtful: _Verdicts) -> tuple[Array, Array, Array]:
    """Steps over which the margin may touch zero though both ends have the same verdict.

    Returns
    -------
    row, step : (K,) int array
        Without repetition.
    dips : (K,) bool array
        Both ends are above the mask.
    """
    xp, usable = search.xp, search.nodes.usable
    targets, steps = usable.shape
    rate = search.margin(doubtful.row, doubtful.step).rate_m_s
    forward = xp.where(doubtful.above, rate < 0.0, rate > 0.0)
    step = xp.where(forward, doubtful.step, doubtful.step - 1)
    neighbour = xp.where(forward, doubtful.above_after, doubtful.above_before)
    inside = (step >= 0) & (step < steps - 1)
    inside &= usable[doubtful.row % targets, xp.clip(step + 1, 0, steps - 1)]
    chosen = xp.flatnonzero(inside & (neighbour == doubtful.above))
    # Both ends of a step may point into it: take it once
    key = xp.unique((doubtful.row[chosen] * steps + step[chosen]) * 2 + doubtful.above[chosen])
    row, step = xp.divmod(key // 2, steps)
    return row, step, key % 2 == 1


def _edges(search: _Search, brackets: _Brackets) -> _Instants:
    """Find the instants at which the margin is zero, and look from there."""
    arcs = search.arcs(brackets.row, brackets.step)
    tau = crossings(search.xp, arcs, search.sine, brackets.low, brackets.high)
    return _look(search, arcs, brackets, tau)


def _tops(search: _Search, brackets: _Brackets) -> _Instants:
    """Find the instants of highest elevation, and look from there."""
    arcs = search.arcs(brackets.row, brackets.step)
    tau = culminations(search.xp, arcs, brackets.low, brackets.high)
    return _look(search, arcs, brackets, tau)


def _look(search: _Search, arcs: Arcs, brackets: _Brackets, tau: Array) -> _Instants:
    view = look_along(search.xp, arcs, search.horizons, tau)
    nodes = brackets.step + tau
    return _Instants(
        row=brackets.row,
        key=brackets.row * float(search.nodes.usable.shape[1]) + nodes,
        tau=tau,
        azimuth_rad=azimuth_rad(search.xp, view),
        elevation_rad=elevation_rad(search.xp, view),
        time_s=nodes * search.step_s,
        kind=brackets.kind,
    )


def _top_brackets(
    search: _Search,
    verdicts: _Verdicts,
    rises: _Brackets,
    sets: _Brackets,
    first: _Instants,
    last: _Instants,
) -> _Brackets:
    """Steps, or parts of one at the edges, in which the elevation turns from rising to falling.

    It always rises at a rise and falls at a set; at nodes its rate is computed.
    """
    xp = search.xp
    up = verdicts.take(xp.flatnonzero(verdicts.above))
    climbing = search.margin(up.row, up.step).climb > 0.0
    turns = xp.zeros_like(climbing)
    turns[:-1] = up.above_after[:-1] & climbing[:-1] & ~climbing[1:]
    inner = xp.flatnonzero(turns)
    zero = xp.zeros(len(inner))
    brackets = _Brackets(
        up.row[inner], up.step[inner], zero, zero + 1.0, xp.full(len(inner), INSIDE)
    )
    falls = ~climbing[xp.flatnonzero(~up.above_before)] & (rises.kind == INSIDE)
    opening = xp.flatnonzero(falls)
    climbs = climbing[xp.flatnonzero(~up.above_after)] & (sets.kind == INSIDE)
    closing = xp.flatnonzero(climbs)
    return brackets.join(
        xp,
        replace(rises.take(opening), low=first.tau[: len(rises.row)][opening]),
        replace(sets.take(closing), high=last.tau[: len(sets.row)][closing]),
    )


def _top_brackets_between(
    rises: _Brackets, peaks: _Brackets, first: _Instants, last: _Instants
) -> _Brackets:
    """From edge to edge of each pass that lies between two nodes; they follow those at nodes."""
    between = slice(len(rises.row), len(rises.row) + len(peaks.row))
    return replace(peaks, low=first.tau[between], high=last.tau[between])


def _highest(search: _Search, first: _Instants, last: _Instants, tops: _Instants) -> _Instants:
    """Return the culmination of each pass: the highest of its tops, or an edge that is higher."""
    xp = search.xp
    if not len(first.row):
        return first
    inside = xp.maximum(xp.searchsorted(first.key, tops.key, side="right") - 1, 0)
    numbers = xp.arange(len(first.row))
    number = xp.concatenate([numbers, numbers, inside])
    candidates = first.join(xp, last, tops)
    order = xp.lexsort(xp.stack([candidates.elevation_rad, number.astype(xp.float64)]))
    number = number[order]
    best = xp.flatnonzero(xp.concatenate([number[1:] != number[:-1], xp.ones(1, dtype=bool)]))
    return candidates.take(order[best])
