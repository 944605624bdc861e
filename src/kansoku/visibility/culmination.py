"""When each pass is highest: a walk from its middle, or all its nodes where it is long."""

from __future__ import annotations

from types import ModuleType

from kansoku.backend import Array
from kansoku.visibility.arcs import climb, culminations
from kansoku.visibility.search import Instants, Search, instants

# Over so few steps a target moves too little for a second maximum: the height over the horizon
# plane curves downwards and the range upwards, so their quotient has one
SINGLE_TOP_STEPS = 16
# Steps walked from the middle of a pass; two reach the top of nearly every pass in low orbit
MOST_WALKED = 2


def culmination(search: Search, first: Instants, last: Instants) -> Instants:
    """Find the highest elevation of each pass.

    Parameters
    ----------
    first, last : Instants
        Rises and sets of P passes, sorted by row, then instant.

    Returns
    -------
    Instants
        (P,), the edge that is higher where no elevation between the edges is.
    """
    xp = search.xp
    later = xp.flatnonzero(last.elevation_rad > first.elevation_rad)
    top = first.put(later, last.take(later))
    short = last.node - first.node <= SINGLE_TOP_STEPS
    few = xp.flatnonzero(short)
    tops, walked, left = _walk(search, first.take(few), last.take(few))
    top = _raised(xp, top, tops, few[walked])
    many = xp.concatenate([xp.flatnonzero(~short), few[left]])
    if len(many):
        tops, number = _survey(search, first.take(many), last.take(many))
        top = _raised(xp, top, tops, many[number])
    return top


def _raised(xp: ModuleType, top: Instants, tops: Instants, number: Array) -> Instants:
    """Replace the top of pass `number` where one of `tops` is higher."""
    higher = xp.flatnonzero(tops.elevation_rad > top.elevation_rad[number])
    tops, number = tops.take(higher), number[higher]
    order = xp.lexsort(xp.stack([tops.elevation_rad, number.astype(xp.float64)]))
    tops, number = tops.take(order), number[order]
    is_best = xp.ones(len(number), dtype=bool)
    is_best[:-1] = number[1:] != number[:-1]
    best = xp.flatnonzero(is_best)
    return top.put(number[best], tops.take(best))


def _walk(search: Search, first: Instants, last: Instants) -> tuple[Instants, Array, Array]:
    """Step from the middle of each pass towards its top.

    Returns
    -------
    tops : Instants
    number : int array
        Pass of each.
    left : int array
        Passes whose top is farther away.
    """
    xp = search.xp
    lowest = xp.floor(first.node)
    highest = xp.maximum(xp.ceil(last.node) - 1.0, lowest)
    step = xp.clip(xp.floor(0.5 * (first.node + last.node)), lowest, highest)
    pending = xp.arange(len(step))
    parts, numbers = [], []
    for _ in range(MOST_WALKED + 1):
        here, rise, fall = step[pending], first.node[pending], last.node[pending]
        low, high = xp.clip(rise - here, 0.0, 1.0), xp.clip(fall - here, 0.0, 1.0)
        arcs = search.arcs(first.row[pending], here.astype(xp.int64))
        falls_already = climb(arcs, low)[0] <= 0.0
        climbs_still = climb(arcs, high)[0] > 0.0
        back = falls_already & (here > lowest[pending])
        on = ~falls_already & climbs_still & (here < highest[pending])
        there, left = xp.flatnonzero(~(back | on)), xp.flatnonzero(back | on)
        tau = culminations(xp, arcs.take(there), low[there], high[there])
        found = first.take(pending[there])
        parts.append(instants(search, arcs.take(there), found.row, here[there], tau, found.kind))
        numbers.append(pending[there])
        step[pending] += xp.where(on, 1.0, xp.where(back, -1.0, 0.0))
        pending = pending[left]
        if not len(pending):
            break
    return parts[0].join(xp, *parts[1:]), xp.concatenate(numbers), pending


def _survey(search: Search, first: Instants, last: Instants) -> tuple[Instants, Array]:
    """Find all local tops of long passes, from the climb at each of their nodes.

    Returns
    -------
    tops : Instants
    number : int array
        Pass of each.
    """
    xp = search.xp
    lowest = xp.floor(first.node).astype(xp.int64)
    count = xp.ceil(last.node).astype(xp.int64) - lowest
    ends = xp.cumsum(count)
    piece = xp.arange(ends[-1].item())
    number = xp.searchsorted(ends, piece, side="right")
    step = lowest[number] + piece - (ends - count)[number]
    # The elevation rises at a rise and falls at a set; at the nodes between it is computed
    opens = piece == (ends - count)[number]
    climbs = opens | (search.margin(first.row[number], step).climb > 0.0)
    closes = xp.concatenate([opens[1:], xp.ones(1, dtype=bool)])
    falls = closes | xp.concatenate([~climbs[1:], xp.ones(1, dtype=bool)])
    turns = xp.flatnonzero(climbs & falls)
    number, step = number[turns], step[turns]
    low = xp.clip(first.node[number] - step, 0.0, 1.0)
    high = xp.clip(last.node[number] - step, 0.0, 1.0)
    arcs = search.arcs(first.row[number], step)
    tau = culminations(xp, arcs, low, high)
    return instants(search, arcs, first.row[number], step, tau, first.kind[number]), number
