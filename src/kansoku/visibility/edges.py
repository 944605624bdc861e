"""Where passes begin and end: between nodes of different verdict, or wholly inside one step."""

from __future__ import annotations

from kansoku.backend import Array
from kansoku.visibility.arcs import (
    Arcs,
    crossings,
    crossings_between,
    extrema,
    margin,
    margin_rate,
    safe_crossings,
)
from kansoku.visibility.horizon import Verdicts, verdicts
from kansoku.visibility.search import (
    CLIPPED,
    INSIDE,
    REFUSED,
    UNSETTLED,
    Edges,
    Search,
    edges,
    in_parts,
)


def rises_and_sets(search: Search) -> tuple[Edges, Edges]:
    """Find all edges.

    Returns
    -------
    rises, sets : Edges
        Equally long, sorted by row, then instant: the k-th of both belong to one pass.
    """
    xp = search.xp
    verdict = verdicts(xp, search.nodes, search.horizons, search.sine, search.step_s)
    # Every row ends with an entry below the mask, so rises and sets alternate
    change = xp.flatnonzero(verdict.above[1:] != verdict.above[:-1])
    if verdict.above[0].item():
        change = xp.concatenate([xp.full(1, -1), change])
    first, last = change[0::2] + 1, change[1::2]
    rises = in_parts(xp, len(first), lambda some: _rises(search, first[some]))
    sets = in_parts(xp, len(last), lambda some: _sets(search, last[some]))
    _settle(search, rises, first - 1, 1.0)
    _settle(search, sets, last, -1.0)
    peaks, dips = _between_nodes(search, verdict)
    if not len(peaks[0].row) + len(dips[0].row):
        return rises, sets
    return (
        _merged(search, rises, peaks[0].join(xp, dips[1])),
        _merged(search, sets, peaks[1].join(xp, dips[0])),
    )


def _merged(search: Search, many: Edges, few: Edges) -> Edges:
    """Put a few edges to their places among sorted ones."""
    xp, steps = search.xp, float(search.nodes.usable.shape[1])
    few = few.take(xp.argsort(few.row * steps + few.node))
    place = xp.searchsorted(many.row * steps + many.node, few.row * steps + few.node)
    return many.insert(xp, place, few)


def _rises(search: Search, first_above: Array) -> Edges:
    """Rises before the first nodes above the mask, given as entries of the verdicts."""
    xp = search.xp
    row, step = xp.divmod(first_above, search.nodes.usable.shape[1] + 1)
    clipped = step == 0
    step = xp.maximum(step - 1, 0)
    arcs = search.arcs(row, step)
    tau, settled = crossings(xp, arcs, search.sine, 1.0)
    kind = xp.where(clipped, CLIPPED, xp.where(settled, INSIDE, UNSETTLED))
    return edges(search, arcs, row, step, xp.where(clipped, 0.0, tau), kind)


def _sets(search: Search, last_above: Array) -> Edges:
    """Sets after the last nodes above the mask, given as entries of the verdicts."""
    xp, usable = search.xp, search.nodes.usable
    steps = usable.shape[1]
    row, step = xp.divmod(last_above, steps + 1)
    clipped = step == steps - 1
    following = row // len(search.horizons) * steps + xp.minimum(step + 1, steps - 1)
    refused = ~usable.reshape(-1)[following]
    arcs = search.arcs(row, step)
    tau, settled = crossings(xp, arcs, search.sine, -1.0)
    kind = xp.where(settled, INSIDE, UNSETTLED)
    kind = xp.where(clipped, CLIPPED, xp.where(refused, REFUSED, kind))
    return edges(search, arcs, row, step, xp.where(clipped | refused, 0.0, tau), kind)


def _settle(search: Search, some: Edges, before: Array, sign: float) -> None:
    """Search the edges that are not settled again, from the entries of the nodes before them."""
    xp = search.xp
    open_ = xp.flatnonzero(some.kind == UNSETTLED)
    if len(open_):
        row, step = xp.divmod(before[open_], search.nodes.usable.shape[1] + 1)
        arcs = search.arcs(row, step)
        tau = safe_crossings(xp, arcs, search.sine, sign)
        some.put(open_, edges(search, arcs, row, step, tau, xp.full(len(open_), INSIDE)))


def _between_nodes(
    search: Search, verdict: Verdicts
) -> tuple[tuple[Edges, Edges], tuple[Edges, Edges]]:
    """Edges of passes and dips that lie wholly between two nodes.

    The extremum is within half a step of a node, which is then a doubtful one (`horizon`), with
    the margin heading for zero over a step whose ends have the same verdict.

    Returns
    -------
    peaks, dips : two Edges
        The edges before and the edges after each.
    """
    xp = search.xp
    row, step, dips = _turning_steps(search, verdict)
    arcs = search.arcs(row, step)
    zero = xp.zeros_like(arcs.up[0])
    before, after = (margin_rate(xp, arcs, search.sine, tau)[0] for tau in (zero, zero + 1.0))
    turning = xp.flatnonzero(xp.where(dips, (before < 0) & (after > 0), (before > 0) & (after < 0)))
    row, step, dips = row[turning], step[turning], dips[turning]
    arcs = arcs.take(xp, turning)
    tau = extrema(xp, arcs, search.sine)
    extreme_m, _ = margin(xp, arcs, search.sine, tau)
    touching = xp.flatnonzero(xp.where(dips, extreme_m < 0.0, extreme_m > 0.0))
    before, after = _around(
        search, arcs.take(xp, touching), row[touching], step[touching], tau[touching]
    )
    peak, dip = xp.flatnonzero(~dips[touching]), xp.flatnonzero(dips[touching])
    return (before.take(peak), after.take(peak)), (before.take(dip), after.take(dip))


def _around(search: Search, arcs: Arcs, row: Array, step: Array, tau: Array) -> tuple[Edges, Edges]:
    """Edges before and after the extremum of some arcs."""
    xp, count = search.xp, len(row)
    here = xp.arange(count)
    both = xp.concatenate([here, here])
    low = xp.concatenate([xp.zeros_like(tau), tau])
    high = xp.concatenate([tau, xp.ones_like(tau)])
    twice = arcs.take(xp, both)
    tau = crossings_between(xp, twice, search.sine, low, high)
    found = edges(search, twice, row[both], step[both], tau, xp.full(2 * count, INSIDE))
    return found.take(here), found.take(count + here)


def _turning_steps(search: Search, verdict: Verdicts) -> tuple[Array, Array, Array]:
    """Steps over which the margin may touch zero though both ends have the same verdict.

    Returns
    -------
    row, step : (K,) int array
        Without repetition.
    dips : (K,) bool array
        Both ends are above the mask.
    """
    xp, usable = search.xp, search.nodes.usable
    steps = usable.shape[1]
    here = verdict.doubtful
    above = verdict.above[here]
    forward = above != (verdict.change_m > 0.0)
    # The entry before the first one of all is the last one: below, as that of any other row
    same = verdict.above[xp.where(forward, here + 1, here - 1)] == above
    here, above, forward = here[same], above[same], forward[same]
    row, step = xp.divmod(here, steps + 1)
    step = xp.where(forward, step, step - 1)
    inside = (step >= 0) & (step < steps - 1)
    following = row // len(search.horizons) * steps + xp.clip(step + 1, 0, steps - 1)
    chosen = xp.flatnonzero(inside & usable.reshape(-1)[following])
    # Both ends of a step may point into it: take it once
    key = xp.unique((row[chosen] * steps + step[chosen]) * 2 + above[chosen])
    row, step = xp.divmod(key // 2, steps)
    return row, step, key % 2 == 1
