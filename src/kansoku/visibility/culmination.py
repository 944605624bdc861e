"""When each pass is highest: Newton's method from its middle, or all its nodes if it is long."""

from __future__ import annotations

from types import ModuleType

from kansoku.backend import Array
from kansoku.visibility.arcs import Arcs, climb, culminations, nonzero
from kansoku.visibility.geometry import dot
from kansoku.visibility.search import Edges, Search, Tops, in_parts, tops

# In so few steps, or so short, a target moves too little for a second maximum: the height over the
# horizon plane curves downwards and the range upwards, so their quotient has one
SINGLE_TOP_STEPS = 8
SINGLE_TOP_S = 1920.0
# Rounds from the middle; the climb is so straight there that the second is mostly the last
ROUNDS = 2
# Times that the rounds begin again, on the arc to which they led
RETRIES = 2
# The last round of an accepted top moves by less, in steps; what is left is its square
LAST_MOVE = 0.01
# A quartic serves so far beyond its ends: its error there is a sixth of the largest inside
BEYOND = 0.05
# Elements of one survey of long passes
SURVEY_SIZE = 1 << 17


def culmination(search: Search, first: Edges, last: Edges) -> Tops:
    """Find the highest elevation of each pass.

    Parameters
    ----------
    first, last : Edges
        Rises and sets of P passes, sorted by row, then instant.

    Returns
    -------
    Tops
        (P,), the edge that is higher where no elevation between the edges is.
    """
    xp = search.xp
    middle = 0.5 * (first.node + last.node)

    def work(some: slice) -> Tops:
        return _followed(search, first.take(some), last.take(some), middle[some])

    top = in_parts(xp, len(first.row), work)
    long = last.node - first.node > max(SINGLE_TOP_STEPS, SINGLE_TOP_S / search.step_s)
    rest = _retried(search, first, last, xp.flatnonzero(~(top.settled | long)), top)
    for some, method in ((rest, _walk), (xp.flatnonzero(long), _survey)):
        if len(some):
            low, peaks, number = method(search, first.take(some), last.take(some))
            top.put(some, low)
            _raise(xp, top, peaks, some[number])
    return top


def _retried(search: Search, first: Edges, last: Edges, rest: Array, top: Tops) -> Array:
    """Go on from where the tops at `rest` ended, in place; return which are not settled even so."""
    for _ in range(RETRIES):
        if len(rest):
            few, fall = first.take(rest), last.take(rest)
            start = search.xp.clip(top.node[rest], few.node, fall.node)
            top.put(rest, _followed(search, few, fall, start))
            rest = rest[~top.settled[rest]]
    return rest


def _followed(search: Search, first: Edges, last: Edges, start: Array) -> Tops:
    """Follow the climb from an instant of each pass to its zero, on one arc.

    It is not settled where the method leaves its arc or the pass, or needs another round.
    """
    xp = search.xp
    step = xp.minimum(xp.floor(start), search.steps - 2.0)
    arcs = search.arcs(first.row, step.astype(xp.int64))
    tau = (start - step).astype(xp.float32)
    for _ in range(ROUNDS):
        value, slope = climb(arcs, tau)
        move = value / nonzero(slope)
        tau = xp.clip(tau - move, -1.0, 2.0)
    top = tops(search, arcs, step, tau)
    settled = (slope < 0.0) & (xp.abs(move) < LAST_MOVE) & (xp.abs(tau - 0.5) < 0.5 + BEYOND)
    top.settled[:] = settled & (top.node > first.node) & (top.node < last.node)
    return top


def _higher_edge(search: Search, first: Edges, last: Edges) -> Tops:
    """Return the higher one of the edges of each pass."""
    xp = search.xp
    ends = []
    for edge in (first, last):
        # An instant at a node is tau = 0 of the arc that starts there
        step = xp.floor(edge.node)
        arcs = search.arcs(edge.row, step.astype(xp.int64))
        ends.append(tops(search, arcs, step, (edge.node - step).astype(xp.float32)))
    _raise(xp, ends[0], ends[1], xp.arange(len(first.row)))
    return ends[0]


def _raise(xp: ModuleType, top: Tops, peaks: Tops, number: Array) -> None:
    """Replace the top of pass `number` where one of `peaks` is higher."""
    higher = xp.flatnonzero(peaks.elevation_rad > top.elevation_rad[number])
    peaks, number = peaks.take(higher), number[higher]
    order = xp.lexsort(xp.stack([peaks.elevation_rad, number.astype(xp.float64)]))
    peaks, number = peaks.take(order), number[order]
    is_best = xp.ones(len(number), dtype=bool)
    is_best[:-1] = number[1:] != number[:-1]
    best = xp.flatnonzero(is_best)
    top.put(number[best], peaks.take(best))


def _walk(search: Search, first: Edges, last: Edges) -> tuple[Tops, Tops, Array]:
    """Search the zero of the climb in every step of short passes.

    Returns
    -------
    low : Tops
        The higher edge of each pass.
    peaks : Tops
        Local ones.
    number : int array
        Pass of each of these.
    """
    xp = search.xp
    number, step = _steps_of(xp, first, last)
    low, high = _within(xp, first.node[number], last.node[number], step)
    arcs = search.arcs(first.row[number], step)
    turns = xp.flatnonzero((climb(arcs, low)[0] > 0.0) & (climb(arcs, high)[0] <= 0.0))
    peaks = _peaks(search, arcs.take(xp, turns), step[turns], low[turns], high[turns])
    return _higher_edge(search, first, last), peaks, number[turns]


def _within(xp: ModuleType, first: Array, last: Array, step: Array) -> tuple[Array, Array]:
    """Clip a pass to a step, in tau."""
    low, high = (xp.clip(node - step, 0.0, 1.0).astype(xp.float32) for node in (first, last))
    return low, high


def _steps_of(xp: ModuleType, first: Edges, last: Edges) -> tuple[Array, Array]:
    """List the steps of every pass: number of the pass, and the step."""
    lowest = xp.floor(first.node).astype(xp.int64)
    count = xp.maximum(xp.ceil(last.node).astype(xp.int64) - lowest, 1)
    ends = xp.cumsum(count)
    number = xp.repeat(xp.arange(len(count)), count.tolist())
    return number, lowest[number] + xp.arange(len(number)) - (ends - count)[number]


def _peaks(search: Search, arcs: Arcs, step: Array, low: Array, high: Array) -> Tops:
    return tops(search, arcs, step, culminations(search.xp, arcs, low, high))


def _survey(search: Search, first: Edges, last: Edges) -> tuple[Tops, Tops, Array]:
    """Find all local peaks of long passes, from the elevations at their nodes.

    Returns
    -------
    low : Tops
        The higher edge of each pass: the span may cut a pass before its peak or after it.
    peaks : Tops
    number : int array
        Pass of each of these.
    """
    xp, sites = search.xp, len(search.horizons)
    target = first.row // sites
    # Passes are sorted by target: those of a few targets stand together
    whose = xp.unique(target)
    at_once = max(1, SURVEY_SIZE // (sites * search.steps))
    numbers, nodes = [], []
    for start in range(0, len(whose), at_once):
        some = whose[start : start + at_once]
        begin = xp.searchsorted(target, some[:1]).item()
        end = xp.searchsorted(target, some[-1:], side="right").item()
        within = slice(begin, end)
        number, node = _highest_nodes(search, some, first.take(within), last.take(within))
        numbers.append(begin + number)
        nodes.append(node)
    number, node = xp.concatenate(numbers), xp.concatenate(nodes)
    peaks = _near(search, first.take(number), last.take(number), node)
    return _higher_edge(search, first, last), peaks, number


def _near(search: Search, first: Edges, last: Edges, node: Array) -> Tops:
    """Find the peak next to a node of each pass that is no lower than its neighbours."""
    xp = search.xp
    top = _followed(search, first, last, node.astype(xp.float64))
    rest = _retried(search, first, last, xp.flatnonzero(~top.settled), top)
    if len(rest):
        top.put(rest, _beside(search, first.take(rest), last.take(rest), node[rest]))
    return top


def _highest_nodes(
    search: Search, targets: Array, first: Edges, last: Edges
) -> tuple[Array, Array]:
    """Nodes no lower than their neighbours in the same pass, for all passes of a few targets.

    Returns
    -------
    number, node : int array
        Pass and node of each.
    """
    xp, sites = search.xp, len(search.horizons)
    steps = search.steps
    height = _monotone_of_elevation(search, targets).reshape(-1)
    # Entries of the nodes inside each pass
    block = xp.searchsorted(targets, first.row // sites)
    origin = (block * sites + first.row % sites) * steps
    begin = origin + xp.ceil(first.node).astype(xp.int64)
    end = origin + xp.floor(last.node).astype(xp.int64)
    # The elevation rises at a rise and falls at a set; between nodes it is compared
    climbs = xp.zeros(len(height) + 1, dtype=bool)
    climbs[1:-1] = height[1:] > height[:-1]
    falls = ~climbs[1:]
    climbs = climbs[:-1]
    climbs[begin] = True
    falls[end] = True
    node = xp.flatnonzero(climbs & falls)
    number = xp.searchsorted(begin, node, side="right") - 1
    inside = xp.flatnonzero((number >= 0) & (node <= end[number]))
    node, number = node[inside], number[inside]
    return number, node - origin[number]


def _monotone_of_elevation(search: Search, targets: Array) -> Array:
    """Signed square of the sine of the elevation, of targets, sites and nodes: p |p| / rho^2."""
    xp, horizons = search.xp, search.horizons
    usable = search.curves.usable[targets]
    position = xp.where(usable, search.block.position_itrf_m[:, targets], 0.0)
    position = xp.ascontiguousarray(position.transpose(1, 0, 2))
    site, up = horizons.position_itrf_m, horizons.up
    # Height p and squared range, each a line of (position, its square, 1)
    zero, one = xp.zeros_like(up[0]), xp.ones_like(up[0])
    lines = xp.concatenate(
        [xp.stack([*up, zero, -dot(site, up)], axis=1),
         xp.stack([*(-2.0 * site), one, dot(site, site)], axis=1)]
    )  # fmt: skip
    square = (position**2).sum(axis=1, keepdims=True)
    both = xp.matmul(lines, xp.concatenate([position, square, xp.ones_like(square)], axis=1))
    height, square = both[:, : len(horizons)], both[:, len(horizons) :]
    size = xp.abs(height)
    size /= square
    size *= height
    return size


def _beside(search: Search, first: Edges, last: Edges, node: Array) -> Tops:
    """Find the peak beside the highest nodes: in the step after one, or in the one before."""
    xp, last_arc = search.xp, search.steps - 2
    here = xp.minimum(node, last_arc)
    climbs = climb(search.arcs(first.row, here), (node - here).astype(xp.float32))[0] > 0.0
    step = xp.clip(xp.where(climbs, node, node - 1), 0, last_arc)
    low, high = _within(xp, first.node, last.node, step)
    return _peaks(search, search.arcs(first.row, step), step, low, high)
