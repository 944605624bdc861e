"""Where passes begin and end: between nodes of different verdict, or wholly inside one step."""

from __future__ import annotations

from kansoku.backend import Array
from kansoku.visibility.arcs import (
    Arcs,
    crossings,
    crossings_around,
    extrema,
    margin,
    margin_rate,
    safe_crossings,
)
from kansoku.visibility.nodes import Changes, Turns
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


def rises_and_sets(search: Search, changes: Changes, turns: Turns) -> tuple[Edges, Edges]:
    """Find all edges.

    Returns
    -------
    rises, sets : Edges
        Equally long, sorted by row, then instant: the k-th of both belong to one pass.
    """
    xp, first, last = search.xp, changes.first, changes.last
    rises = in_parts(xp, len(first), lambda some: _rises(search, first[some]))
    sets = in_parts(xp, len(last), lambda some: _sets(search, last[some]))
    _settle(search, rises, first - 1, 1.0)
    _settle(search, sets, last, -1.0)
    peaks, dips = _between_nodes(search, turns)
    if not len(peaks[0].row) + len(dips[0].row):
        return rises, sets
    return (
        _merged(search, rises, peaks[0].join(xp, dips[1])),
        _merged(search, sets, peaks[1].join(xp, dips[0])),
    )


def _merged(search: Search, many: Edges, few: Edges) -> Edges:
    """Put a few edges to their places among sorted ones."""
    xp, steps = search.xp, float(search.steps)
    few = few.take(xp.argsort(few.row * steps + few.node))
    place = xp.searchsorted(many.row * steps + many.node, few.row * steps + few.node)
    return many.insert(xp, place, few)


def _rises(search: Search, first_above: Array) -> Edges:
    """Rises before the first nodes above the mask, given as entries of the verdicts."""
    xp = search.xp
    row, step = xp.divmod(first_above, search.steps + 1)
    clipped = step == 0
    step = xp.maximum(step - 1, 0)
    arcs = search.arcs(row, step)
    tau, settled = crossings(xp, arcs, search.sine, 1.0)
    kind = xp.where(clipped, CLIPPED, xp.where(settled, INSIDE, UNSETTLED))
    return edges(search, arcs, row, step, xp.where(clipped, 0.0, tau), kind)


def _sets(search: Search, last_above: Array) -> Edges:
    """Sets after the last nodes above the mask, given as entries of the verdicts."""
    xp, usable, steps = search.xp, search.curves.usable, search.steps
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
        row, step = xp.divmod(before[open_], search.steps + 1)
        arcs = search.arcs(row, step)
        reached = (some.node[open_] - step).astype(xp.float32)
        tau = safe_crossings(xp, arcs, search.sine, sign, reached)
        some.put(open_, edges(search, arcs, row, step, tau, xp.full(len(open_), INSIDE)))


def _between_nodes(search: Search, turns: Turns) -> tuple[tuple[Edges, Edges], tuple[Edges, Edges]]:
    """Edges of passes and dips that lie wholly between two nodes.

    Returns
    -------
    peaks, dips : two Edges
        The edges before and the edges after each.
    """
    xp = search.xp
    row, step, dips = turns.row, turns.step, turns.dips
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
    inside = search.xp.full(len(row), INSIDE)
    before, after = crossings_around(search.xp, arcs, search.sine, tau)
    return (
        edges(search, arcs, row, step, before, inside),
        edges(search, arcs, row, step, after, inside),
    )
