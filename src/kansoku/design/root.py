"""The root relaxation by in-out separation.

Plain cutting planes evaluate coverage at the LP optimum, which jumps between far corners; on the
frozen small instance they need 686 rounds. In-out separation (Ben-Ameur and Neto, Networks 49,
2007) cuts at a point between the best point known to be attainable and the LP optimum: 108 rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.columns import point_of
from kansoku.design.cuts import CutPool
from kansoku.design.problem import Problem
from kansoku.design.solver import Relaxation, Relaxed, relaxation_of
from kansoku.design.terms import Cut
from kansoku.design.valuing import Evaluator

FloatArray = npt.NDArray[np.float64]

Found = tuple[Cut, ...]
"""The cuts of one requirement at one point."""

STEP = 0.1  # share of the way from the attainable point to the LP optimum
CLOSE = 1e-4  # relative distance at which the tree takes over
MAX_ROUNDS = 400
IDLE_ROUNDS = 12
STALLED = 4  # rounds
STALLED_INSIDE = 8  # where cuts are tight, but no point between has kept the floors yet
POOL_CUTS_A_ROUND = 10


@dataclass
class _Inner:
    """The best point with an attainable score."""

    point: FloatArray
    score: float


def tighten(
    exact: bool,
    relaxation: Relaxation,
    cuts_at: Callable[[FloatArray], tuple[Found, ...]],
    start: FloatArray,
    on_round: Callable[[Relaxed], bool],
) -> Relaxed | None:
    """Add cuts until the relaxation is within `CLOSE` of its optimum over all cuts.

    Parameters
    ----------
    exact : bool
        Whether cuts are tight where they are made.
    relaxation : Relaxation
        Receives the cuts.
    cuts_at : callable
        Row weights (J,) to the cuts of each requirement, the tight one first.
    start : (columns,) array
        A point that meets every linear constraint, such as an incumbent.
    on_round : callable
        Called with each solution; False stops.

    Returns
    -------
    Relaxed or None
        The last solution; None when the relaxation has no point.
    """
    lower, upper = relaxation.bounds
    inner = _Inner(start, -np.inf)
    _move_inside(relaxation, inner, start, cuts_at(relaxation.row_weights(start)))
    scores: list[float] = []
    for _ in range(MAX_ROUNDS):
        outer = relaxation.solve(lower, upper)
        if outer is None or not on_round(outer):
            return outer
        scores.append(outer.score)
        close = CLOSE * max(abs(outer.score), 1e-12)
        if outer.score - inner.score <= close:
            return outer
        never_meet = not exact or inner.score == -np.inf  # loose cuts, or floors out of reach
        stalled = STALLED_INSIDE if exact else STALLED
        if never_meet and len(scores) > stalled and scores[-stalled] - outer.score <= close:
            return outer
        if not _separated(relaxation, cuts_at, inner, outer):
            return outer
        relaxation.count_idle()
        relaxation.drop_idle(IDLE_ROUNDS)
    return outer


def _separated(
    relaxation: Relaxation,
    cuts_at: Callable[[FloatArray], tuple[Found, ...]],
    inner: _Inner,
    outer: Relaxed,
) -> bool:
    """Cut between the inner and the outer point, else at the outer; False when nothing moves."""
    between = inner.point + STEP * (outer.point - inner.point)
    cuts = cuts_at(relaxation.row_weights(between))
    moved = _move_inside(relaxation, inner, between, cuts)
    if add_violated(relaxation, outer.point, cuts) or moved:
        return True
    cuts = cuts_at(relaxation.row_weights(outer.point))
    _move_inside(relaxation, inner, outer.point, cuts)
    return add_violated(relaxation, outer.point, cuts)


def add_violated(
    relaxation: Relaxation, point: FloatArray, cuts: tuple[Found, ...], by: float = 1e-7
) -> bool:
    """Add the cuts that a point violates by more than `by`; say whether there was one."""
    weights = relaxation.row_weights(point)
    theta = relaxation.coverage(point)
    found = False
    for requirement, of_one in enumerate(cuts):
        for cut in of_one:
            if theta[requirement] > cut.at(weights) + by:
                relaxation.add(requirement, cut)
                found = True
    return found


def _move_inside(
    relaxation: Relaxation,
    inner: _Inner,
    point: FloatArray,
    cuts: tuple[Found, ...],
) -> bool:
    """Take a point as the inner one when its attainable score is better."""
    attained = np.array([of_one[0].value for of_one in cuts])
    score = relaxation.worth(point, attained)
    if score <= inner.score + 1e-9 * abs(score):
        return False
    inner.point, inner.score = point, score
    return True


def bounded_below(problem: Problem, level: float, in_time: Callable[[], bool]) -> bool:
    """Whether the root alone proves that every score stays below a level."""
    bound = np.inf

    def on_round(solved: Relaxed) -> bool:
        nonlocal bound
        bound = solved.score
        return bound >= level and in_time()

    relaxation = relaxation_of(problem)
    point = relaxation.padded(point_of(problem, problem.nothing()))
    tighten(problem.exact, relaxation, Evaluator(problem).cuts_at, point, on_round)
    return bound < level


def add_from_pool(relaxation: Relaxation, pool: CutPool, names: list[str]) -> None:
    """Add the cuts of earlier searches that the relaxation violates, names by requirement."""
    violated = len(pool) > 0
    while violated:
        solved = relaxation.solve(*relaxation.bounds)
        if solved is None:
            return
        weights, theta = relaxation.row_weights(solved.point), relaxation.coverage(solved.point)
        violated = False
        for k, name in enumerate(names):
            found = pool.most_violated(name, weights, theta[k], POOL_CUTS_A_ROUND)
            for cut in found:
                relaxation.add(k, cut)
            violated = violated or bool(found)


def with_binding_cuts(relaxation: Relaxation) -> Relaxed | None:
    """Solve the root with the cuts at hand and drop those that do not bind; None: no point.

    For a budget beside one that was searched: the tree cuts where it works. Separating every root
    of a sweep afresh took a seventh of its time, and cuts that bind at other budgets slow every
    linear program: the sweep of docs/performance.md takes 14.0 s with them and 11.7 s without.
    """
    solved = relaxation.solve(*relaxation.bounds)
    if solved is not None:
        relaxation.count_idle()
        relaxation.drop_idle(1)
    return solved
