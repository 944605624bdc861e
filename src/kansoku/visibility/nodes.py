"""Between which nodes of a grid a target crosses a site's mask, or may have touched it.

One product of inner size 6 for all sites and nodes (`horizon`) tells the nodes that are surely
above the mask, and those that are surely below even if the margin curves as much as it can within
half a step; the rest, one or two in a hundred, are decided by the exact margin. Targets are taken a
few at a time: all that is computed at their nodes should stay in cache.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.interpolation import snap
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.columns import Columns
from kansoku.visibility.flags import places_set
from kansoku.visibility.geometry import dot
from kansoku.visibility.horizon import (
    Horizons,
    SiteLines,
    margin_along,
    site_lines,
    slack_m,
    threshold_m,
)
from kansoku.visibility.shares import shares

# Nodes whose states are turned to polynomials and thresholds together
NODES_AT_ONCE = 23_000
# Elements of one matrix product: the best of those tried, beside 1 MB of second-level cache
PRODUCT_SIZE = 1 << 19
# 1 as float32, read as an integer: the numbers from 0 to 1 are those below it
BITS_OF_ONE = 0x3F800000


@dataclass(frozen=True)
class Curves:
    """Motion of n targets from each of T nodes to the next.

    Attributes
    ----------
    quartics : (n T, 15) float32 array
        Coefficients of the polynomial in tau = 0 to 1 that joins a node to the next one, lowest
        power first, three Earth-fixed components each; zero where a state cannot be used. A row a
        node: what follows is picked node by node. Rounded to 0.25 m in low orbit and 2 m in GEO:
        2e-5 deg and less. [m]
    usable : (n, T) bool array
        False from a target's first refused state on: what fell to Earth does not come back.
    """

    quartics: Array
    usable: Array


@dataclass(frozen=True)
class Changes(Columns):
    """Where the verdict changes, sorted.

    An entry is ``(target * S + site) * (T + 1) + node``; the last one of each target and site lies
    beyond the span and below the mask.

    Attributes
    ----------
    first, last : (P,) int array
        Entries of the first and of the last node above the mask of each pass.
    """

    first: Array
    last: Array


@dataclass(frozen=True)
class Turns(Columns):
    """Steps over which the margin may touch zero though both ends have the same verdict.

    Attributes
    ----------
    row, step : (K,) int array
        ``target * S + site``, and the node before; without repetition.
    dips : (K,) bool array
        Both ends are above the mask.
    """

    row: Array
    step: Array
    dips: Array


@dataclass(frozen=True)
class _Few:
    """A few targets: their k T nodes, flat.

    Attributes
    ----------
    position_itrf_m, change_m : (3, k T) array
        Position, and velocity times the step; zero where a state cannot be used. [m]
    usable : (k, T) bool array
    """

    position_itrf_m: Array
    change_m: Array
    usable: Array


@dataclass(frozen=True)
class _Verdicts:
    """Which nodes of a few targets are above the mask, by entry.

    Attributes
    ----------
    above : bool array
    doubtful : (D,) int array
        Entries that the exact margin decided; the margin does not touch zero within half a step
        of any other.
    change_m : (D,) array
        Change of the margin over a step, at its rate there. [m]
    slack_m : (D,) array
        As of `horizon.slack_m`. [m]
    """

    above: Array
    doubtful: Array
    change_m: Array
    slack_m: Array


def survey(
    xp: ModuleType, block: StateBlock, horizons: Horizons, sine: float, step_s: float
) -> tuple[Curves, Changes, Turns]:
    """Join the states of a block by polynomials, and find what happens between the nodes.

    Parameters
    ----------
    block : StateBlock
        States of n targets at T nodes.
    sine : float
        Sine of the mask's elevation. [unitless]
    step_s : float
        [s]
    """
    usable = xp.cumsum(~block.usable, axis=1) == 0
    quartics = xp.empty((usable.size, 15), dtype=xp.float32)
    lines = site_lines(xp, horizons.position_itrf_m, horizons.up)
    changes, turns = [], []
    for some in shares(xp, len(usable), usable.shape[1], NODES_AT_ONCE):
        few = _few(xp, block, usable, some, step_s)
        of_these = slice(some.start * usable.shape[1], some.stop * usable.shape[1])
        _join_nodes(xp, few, step_s, quartics[of_these])
        verdict = _verdicts(xp, few, horizons, lines, sine, step_s)
        row = some.start * len(horizons)
        changes.append(_changes(xp, verdict.above, row * (usable.shape[1] + 1)))
        turns.append(_turns(xp, verdict, few.usable, row, len(horizons)))
    curves = Curves(quartics, usable)
    return curves, changes[0].join(xp, *changes[1:]), turns[0].join(xp, *turns[1:])


def _few(xp: ModuleType, block: StateBlock, usable: Array, some: slice, step_s: float) -> _Few:
    usable = usable[some]
    position, change = block.position_itrf_m[:, some], block.velocity_itrf_m_s[:, some] * step_s
    if not usable.all().item():
        position, change = xp.where(usable, position, 0.0), xp.where(usable, change, 0.0)
    return _Few(position.reshape(3, -1), change.reshape(3, -1), usable)


def _join_nodes(xp: ModuleType, few: _Few, step_s: float, quartics: Array) -> None:
    """Fill the rows of the polynomials.

    Cubics through the states, and what two-body motion adds to them between: 2 m of error in low
    orbit for steps of 240 s, where a cubic alone errs by 140 m.
    """
    shape = (3, *few.usable.shape)
    curve = xp.empty((5, *shape), dtype=xp.float32)
    position = few.position_itrf_m.reshape(shape)
    curve[0], curve[1] = position, few.change_m.reshape(shape)
    # The difference of positions needs all digits, but what follows from it does not
    moved = (position[..., 1:] - position[..., :-1]).astype(xp.float32)
    change = curve[1]
    both = change[..., 1:] + change[..., :-1]
    bulge = snap(xp, curve[0], change * xp.float32(1.0 / step_s)) * xp.float32(step_s**4 / 48.0)
    bulge = bulge[..., 1:] + bulge[..., :-1]
    curve[2, ..., :-1] = 3.0 * moved - both - change[..., :-1] + bulge
    curve[3, ..., :-1] = both - 2.0 * (moved + bulge)
    curve[4, ..., :-1] = bulge
    curve[2:, ..., -1] = 0.0
    quartics[:] = curve.reshape(15, -1).T


def _verdicts(
    xp: ModuleType, few: _Few, horizons: Horizons, sites: SiteLines, sine: float, step_s: float
) -> _Verdicts:
    """Say which nodes are above the mask: by the exact margin where the linear test is unsure."""
    columns, slack = _columns(xp, few, sites, sine, step_s)
    above, doubtful = _linear_verdicts(xp, sites.lines, columns)
    row, step = xp.divmod(doubtful, columns.shape[2])
    target, site = xp.divmod(row, len(horizons))
    flat = target * few.usable.shape[1] + step
    sight = xp.take(few.position_itrf_m, flat, axis=1)
    change = xp.take(few.change_m, flat, axis=1)
    sight -= xp.take(horizons.position_itrf_m, site, axis=1)
    exact = margin_along(xp, sight, change, xp.take(horizons.up, site, axis=1), sine)
    above[doubtful] = exact.value_m >= 0.0
    return _Verdicts(above, doubtful, exact.change_m, slack[flat])


def _columns(
    xp: ModuleType, few: _Few, sites: SiteLines, sine: float, step_s: float
) -> tuple[Array, Array]:
    """Build the (k, 6, T + 1) factor of a score, and the slack of each node.

    The score is negative where the margin does not come near zero within half a step, and 1 or
    more where it surely stays positive.
    """
    position, change = (each.astype(xp.float32) for each in (few.position_itrf_m, few.change_m))
    slack = slack_m(xp, position, change, sites.highest_m, sine, step_s)
    distance = xp.sqrt(dot(position, position))
    may_m, slope = threshold_m(xp, distance, sites.middle_m, sine, slack)
    must_m, _ = threshold_m(xp, distance, sites.middle_m, sine, -slack)
    # Out of reach, the two coincide: any positive scale serves
    scale = 1.0 / xp.maximum(must_m - may_m, 1.0)
    scale = xp.where(few.usable.reshape(-1), scale, 0.0)
    targets, steps = few.usable.shape
    columns = xp.zeros((targets, 6, steps + 1), dtype=xp.float32)
    for place, values in enumerate((*position, -may_m, -slope, -1.0)):
        columns[:, place, :steps] = (scale * values).reshape(targets, steps)
    # The site's factor of this row is 1: below zero where nothing is, and beyond the last node
    columns[:, 3, :steps] -= ~few.usable
    columns[:, 3, steps] = -1.0
    return columns, slack


def _linear_verdicts(xp: ModuleType, lines: Array, columns: Array) -> tuple[Array, Array]:
    """Multiply the factors in parts that stay in cache: nodes surely above, and the doubtful."""
    targets, _, width = columns.shape
    sites = len(lines)
    sites_at_once = min(sites, max(1, PRODUCT_SIZE // width))
    targets_at_once = max(1, PRODUCT_SIZE // (sites_at_once * width))
    above = xp.empty((targets, sites, width), dtype=bool)
    product = xp.empty((targets_at_once, sites_at_once, width), dtype=xp.float32)
    doubtful = [xp.empty(0, dtype=xp.int64)]
    for target, site in itertools.product(
        range(0, targets, targets_at_once), range(0, sites, sites_at_once)
    ):
        few = slice(target, min(target + targets_at_once, targets))
        some = slice(site, min(site + sites_at_once, sites))
        score = product[: few.stop - few.start, : some.stop - some.start]
        xp.matmul(lines[some], columns[few], out=score)
        xp.greater_equal(score, 1.0, out=above[few, some])
        unsure = places_set(xp, (score.view(xp.uint32) < BITS_OF_ONE).reshape(-1))
        # Either all sites are taken at once, or one target: so the entries are contiguous
        doubtful.append(unsure + (target * sites + site) * width)
    return above.reshape(-1), xp.concatenate(doubtful)


def _changes(xp: ModuleType, above: Array, origin: int) -> Changes:
    """Pair the changes of the verdict; entries are counted from `origin` on."""
    # Every row ends with an entry below the mask, so rises and sets alternate
    change = places_set(xp, above[1:] != above[:-1]) + origin
    if len(above) and above[0].item():
        change = xp.concatenate([xp.full(1, origin - 1), change])
    return Changes(change[0::2] + 1, change[1::2])


def _turns(xp: ModuleType, verdict: _Verdicts, usable: Array, first_row: int, sites: int) -> Turns:
    """Find the steps with a doubtful end at which the margin heads for zero.

    The extremum is within half a step of one of the ends. The rate of the margin is zero there,
    so at that end it is at most what the largest second derivative, 8 times the slack, makes of it
    in half a step.
    """
    steps = usable.shape[1]
    slow = xp.flatnonzero(xp.abs(verdict.change_m) <= 4.0 * verdict.slack_m)
    here = verdict.doubtful[slow]
    above = verdict.above[here]
    forward = above != (verdict.change_m[slow] > 0.0)
    # The entry before the first one of all is the last one: below, as that of any other row
    same = verdict.above[xp.where(forward, here + 1, here - 1)] == above
    here, above, forward = here[same], above[same], forward[same]
    row, step = xp.divmod(here, steps + 1)
    step = xp.where(forward, step, step - 1)
    inside = (step >= 0) & (step < steps - 1)
    following = row // sites * steps + xp.clip(step + 1, 0, steps - 1)
    chosen = xp.flatnonzero(inside & usable.reshape(-1)[following])
    row, step, above = row[chosen], step[chosen], above[chosen]
    # Both ends of a step may point into it: take it once. They stand next to each other.
    once = xp.ones(len(row), dtype=bool)
    once[1:] = (row[1:] != row[:-1]) | (step[1:] != step[:-1])
    return Turns(row[once] + first_row, step[once], above[once])
