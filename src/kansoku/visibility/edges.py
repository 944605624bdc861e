"""Where passes begin and end: between nodes of different verdict, or wholly inside one step."""

from __future__ import annotations

from kansoku.backend import Array
from kansoku.visibility.arcs import crossings, extrema, margin, margin_rate
from kansoku.visibility.horizon import near_mask
from kansoku.visibility.search import (
    CLIPPED,
    INSIDE,
    REFUSED,
    Brackets,
    Instants,
    Search,
    Verdicts,
    instants,
)


def rises_and_sets(search: Search) -> tuple[Instants, Instants]:
    """Find all edges.

    Returns
    -------
    rises, sets : Instants
        Equally long, sorted by row, then instant: the k-th of both belong to one pass.
    """
    xp = search.xp
    verdicts, doubtful, rate = _verdicts(search)
    rises, sets = _edges_at_nodes(search, verdicts)
    peaks, dips = _between_nodes(search, verdicts.take(doubtful), rate)
    first = _found(search, rises.join(xp, peaks[0], dips[1]))
    last = _found(search, sets.join(xp, peaks[1], dips[0]))
    return first.take(xp.argsort(first.key)), last.take(xp.argsort(last.key))


def _found(search: Search, brackets: Brackets) -> Instants:
    """Find the instants at which the margin is zero, and look from there."""
    row, step = brackets.row, brackets.step
    arcs = search.arcs(row, step)
    tau = crossings(search.xp, arcs, search.sine, brackets.low, brackets.high)
    return instants(search, arcs, row, step, tau, brackets.kind)


def _verdicts(search: Search) -> tuple[Verdicts, Array, Array]:
    """Decide which nodes are above the mask.

    Returns
    -------
    verdicts : Verdicts
    doubtful : (D,) int array
        Indices of those that were decided by the exact margin.
    rate : (D,) array
        Rate of the margin there. [m/s]
    """
    xp = search.xp
    near = near_mask(xp, search.nodes, search.horizons, search.sine, search.step_s)
    doubtful = xp.flatnonzero(~near.sure)
    above = near.sure.copy()
    exact = search.margin(near.row[doubtful], near.step[doubtful])
    above[doubtful] = exact.value_m >= 0.0
    # Rows of one target are contiguous, so the next entry is the next node if it is one step on
    joined = (near.row[1:] == near.row[:-1]) & (near.step[1:] == near.step[:-1] + 1)
    before, after = xp.zeros_like(above), xp.zeros_like(above)
    before[1:] = joined & above[:-1]
    after[:-1] = joined & above[1:]
    return Verdicts(near.row, near.step, above, before, after), doubtful, exact.rate_m_s


def _edges_at_nodes(search: Search, verdicts: Verdicts) -> tuple[Brackets, Brackets]:
    """Brackets of the rises and sets that show at the nodes: the verdict changes over a step."""
    xp, usable = search.xp, search.nodes.usable
    targets, steps = usable.shape
    up = verdicts.take(xp.flatnonzero(verdicts.above & ~verdicts.above_before))
    clipped = up.step == 0
    rises = Brackets(
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
    sets = Brackets(
        down.row, xp.where(known, xp.maximum(down.step - 1, 0), down.step),
        xp.where(known, 1.0, 0.0), xp.ones(len(down.row)), kind,
    )  # fmt: skip
    return rises, sets


def _between_nodes(
    search: Search, doubtful: Verdicts, rate_m_s: Array
) -> tuple[tuple[Brackets, Brackets], tuple[Brackets, Brackets]]:
    """Brackets of passes and dips that lie wholly between two nodes.

    The extremum is within half a step of a node, which is then a doubtful one (`horizon`), with
    the margin heading for zero over a step whose ends have the same verdict.

    Returns
    -------
    peaks, dips : two Brackets
        The edges before and the edges after each.
    """
    xp = search.xp
    row, step, dips = _turning_steps(search, doubtful, rate_m_s)
    arcs = search.arcs(row, step)
    zero = xp.zeros(len(row))
    before, after = (margin_rate(xp, arcs, search.sine, tau)[0] for tau in (zero, zero + 1.0))
    turning = xp.flatnonzero(xp.where(dips, (before < 0) & (after > 0), (before > 0) & (after < 0)))
    row, step, dips, arcs = row[turning], step[turning], dips[turning], arcs.take(turning)
    tau = extrema(xp, arcs, search.sine)
    extreme_m, _ = margin(xp, arcs, search.sine, tau)
    peaks = _around(search, row, step, tau, xp.flatnonzero(~dips & (extreme_m > 0.0)))
    return peaks, _around(search, row, step, tau, xp.flatnonzero(dips & (extreme_m < 0.0)))


def _around(
    search: Search, row: Array, step: Array, tau: Array, index: Array
) -> tuple[Brackets, Brackets]:
    """Brackets before and after the extremum of some steps."""
    at, zero = tau[index], search.xp.zeros(len(index))
    kind = search.xp.full(len(index), INSIDE)
    before = Brackets(row[index], step[index], zero, at, kind)
    return before, Brackets(row[index], step[index], at, zero + 1.0, kind)


def _turning_steps(
    search: Search, doubtful: Verdicts, rate_m_s: Array
) -> tuple[Array, Array, Array]:
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
    forward = xp.where(doubtful.above, rate_m_s < 0.0, rate_m_s > 0.0)
    step = xp.where(forward, doubtful.step, doubtful.step - 1)
    neighbour = xp.where(forward, doubtful.above_after, doubtful.above_before)
    inside = (step >= 0) & (step < steps - 1)
    inside &= usable[doubtful.row % targets, xp.clip(step + 1, 0, steps - 1)]
    chosen = xp.flatnonzero(inside & (neighbour == doubtful.above))
    # Both ends of a step may point into it: take it once
    key = xp.unique((doubtful.row[chosen] * steps + step[chosen]) * 2 + doubtful.above[chosen])
    row, step = xp.divmod(key // 2, steps)
    return row, step, key % 2 == 1
