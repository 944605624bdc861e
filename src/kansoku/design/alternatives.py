"""The best designs that differ: what else is as good, for reasons that no model holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from kansoku.design.cuts import CutPool
from kansoku.design.infeasible import NoOtherDesignError
from kansoku.design.portfolio import Effort, Portfolio, Progress
from kansoku.design.problem import Excluded, Problem
from kansoku.design.search import solve
from kansoku.errors import DesignError


def alternatives(
    problem: Problem,
    effort: Effort,
    count: int,
    differ: int,
    progress: Callable[[Progress], None] | None = None,
    pool: CutPool | None = None,
    first: Portfolio | None = None,
) -> tuple[Portfolio, ...]:
    """Find the best designs of which any two differ in so many candidates or arrangements.

    Each answer is the best, within its own proven gap, of all designs that differ from those
    before it. Cuts do not know what is excluded, so that one pool serves them all.

    Parameters
    ----------
    problem : Problem
    effort : Effort
        The time limit is for all answers together; each takes an equal share of what is left.
    count : int
        Most designs wanted.
    differ : int
        Least number of candidates built and new arrangements signed in one design and not in the
        other.
    progress : callable, optional
        Receives the bounds of the search now running.
    pool : CutPool, optional
        As for `solve`.
    first : Portfolio, optional
        The best design, where it is known.

    Returns
    -------
    tuple of Portfolio
        The best first; fewer than `count` where no other design differs so much, and after an
        interrupt.

    Raises
    ------
    DesignError
        As `solve` does for the first design; when time ends before any design is found.
    """
    _check(count, differ)
    until = time.perf_counter() + effort.time_limit_s
    pool = pool if pool is not None else CutPool()
    found = [first] if first else []
    while len(found) < count and (not found or found[-1].status != "interrupted"):
        left_s = max(until - time.perf_counter(), 0.0) / (count - len(found))
        excluded = tuple(Excluded(one.design, differ) for one in found)
        asked = replace(problem, excluded=problem.excluded + excluded)
        share = replace(effort, time_limit_s=left_s)
        try:
            found.append(solve(asked, share, progress, pool, found[-1].design if found else None))
        except NoOtherDesignError:
            if not found:
                raise
            break  # an answer in itself: there are no more
    return tuple(found)


def _check(count: int, differ: int) -> None:
    if count < 1:
        raise DesignError(f"--best: got {count}, must be 1 or more")
    if differ < 1:
        raise DesignError(
            f"--differ: got {differ}, must be 1 or more; designs that differ in nothing are one"
        )
