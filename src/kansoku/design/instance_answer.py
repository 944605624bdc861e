"""The answers that `kansoku design` prints for a frozen instance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kansoku.design.alternatives import alternatives
from kansoku.design.frontier import Frontier, Point, sweep
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.instance import read_instance
from kansoku.design.portfolio import Effort, Portfolio, Progress
from kansoku.design.presolve import presolved, unobservable_share
from kansoku.design.problem import Problem
from kansoku.design.search import solve
from kansoku.design.state import State, fingerprint, read_state, write_state
from kansoku.errors import DesignError

Listener = Callable[[Progress], None]


@dataclass(frozen=True)
class Wish:
    """More than one answer: so many designs that differ, or the best at each of some budgets."""

    best: int = 1
    differ: int = 1
    budgets: tuple[float, ...] = ()


def run_instance(
    path: Path,
    budget: float | None = None,
    min_coverage: float | None = None,
    gap: float = 1e-3,
    time_limit_s: float = 300.0,
    seed: int = 0,
    threads: int = 1,
    progress: Listener | None = None,
    wish: Wish = Wish(),
    state: Path | None = None,
) -> dict[str, Any]:
    """Read an instance, solve it, and return what `kansoku design --json` prints.

    Parameters
    ----------
    path : Path
    budget : float, optional
        Most that the chosen contributors may cost.
    min_coverage : float, optional
        Minimise cost subject to at least this coverage; one of the two is given, or `wish.budgets`.
    gap, time_limit_s, seed, threads, progress
        As for `solve`; the time is for everything that is asked.
    wish : Wish
        More than one answer.
    state : Path, optional
        Where the search leaves its cuts and its best design, also when it is interrupted, and
        whence it takes them when the file exists.

    Returns
    -------
    dict
        objective, bound, gap, chosen, cost, seconds, proven, status, nodes, cuts, seed, threads,
        and unobservable: the share of the weight that no contributor sees. With status
        'infeasible' the first five are null or empty and `message` says why. `alternatives` lists
        the other designs wished for; `frontier`, `hypervolume` and `reference` follow from
        `wish.budgets`, where the first keys tell of the largest budget.

    Raises
    ------
    DesignError
        When the file or a number is not usable.
    """
    began = time.perf_counter()
    _check_question(budget, min_coverage, wish)
    _check_search(gap, time_limit_s, seed)
    most = max(wish.budgets, default=np.inf if budget is None else budget)
    problem = read_instance(path, most, min_coverage)
    unseen = unobservable_share(problem)
    if state is None and wish.best == 1:  # both may need every candidate
        problem = presolved(problem)
    cells = fingerprint(path) if state else ""
    kept = read_state(state, cells, problem) if state else State()
    left_s = max(time_limit_s - (time.perf_counter() - began), 0.0)
    effort = Effort(gap, left_s, seed, threads)
    try:
        portfolio, more = _answered(problem, effort, wish, kept, progress)
    except InfeasibleError as why:
        refused = _infeasible(str(why), time.perf_counter() - began, seed, threads)
        return refused | {"unobservable": unseen}
    finally:
        if state:
            write_state(state, cells, problem, kept)
    return _answer(portfolio, time.perf_counter() - began) | {"unobservable": unseen} | more


def _answered(
    problem: Problem, effort: Effort, wish: Wish, kept: State, progress: Listener | None
) -> tuple[Portfolio, dict[str, Any]]:
    """Return the answer and the keys that a wish adds to it."""
    if wish.budgets:
        frontier = sweep(problem, effort, wish.budgets, progress=progress, pool=kept.pool)
        best = _largest(frontier)
        kept.design, kept.bound = best.design, best.bound
        return best, _frontier(frontier)
    until = time.perf_counter() + effort.time_limit_s
    first = replace(effort, time_limit_s=effort.time_limit_s / wish.best)
    best = solve(problem, first, progress, kept.pool, kept.design, kept.bound)
    kept.design, kept.bound = best.design, best.bound
    if wish.best == 1:
        return best, {}
    left = replace(effort, time_limit_s=max(until - time.perf_counter(), 0.0))
    found = alternatives(problem, left, wish.best, wish.differ, progress, kept.pool, best)
    return best, {"alternatives": [_short(one) for one in found[1:]]}


def _largest(frontier: Frontier) -> Portfolio:
    """Return the answer at the largest budget that has one."""
    answered = [p for p in (*frontier.points, *frontier.dominated) if p.portfolio is not None]
    last = max(answered, key=lambda point: point.budget_mjpy).portfolio
    assert last is not None
    return last


def _frontier(frontier: Frontier) -> dict[str, Any]:
    return {
        "frontier": [_point(point) for point in frontier.points],
        "hypervolume": frontier.hypervolume,
        "reference": {"cost": frontier.reference[0], "objective": frontier.reference[1]},
    }


def _point(point: Point) -> dict[str, Any]:
    portfolio = point.portfolio
    assert portfolio is not None  # points of a front have one
    return {"budget": point.budget_mjpy, **_short(portfolio)}


def _short(portfolio: Portfolio) -> dict[str, Any]:
    return {
        "objective": portfolio.objective,
        "bound": portfolio.bound,
        "gap": portfolio.gap,
        "cost": portfolio.cost_mjpy,
        "proven": portfolio.proven,
        "status": portfolio.status,
        "chosen": list(portfolio.chosen),
    }


def _check_question(budget: float | None, min_coverage: float | None, wish: Wish) -> None:
    if sum((budget is not None, min_coverage is not None, bool(wish.budgets))) != 1:
        raise DesignError("give either --budget or --min-coverage, not both and not neither")
    for given in (*wish.budgets, *([] if budget is None else [budget])):
        if not 0 <= given < np.inf:
            raise DesignError(f"--budget: got {given}, must be 0 or more; give a finite amount")
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        raise DesignError(
            f"--min-coverage: got {min_coverage}, must lie between 0 and 1; give a fraction"
        )
    if wish.budgets and wish.best != 1:
        raise DesignError("--best: goes with one question, not with --budgets; ask one by one")


def _check_search(gap: float, time_limit_s: float, seed: int) -> None:
    if not 0 <= gap < 1:
        raise DesignError(f"--gap: got {gap}, must be at least 0 and below 1; 1e-3 is a good start")
    if not time_limit_s >= 0:
        raise DesignError(
            f"--time-limit: got {time_limit_s}, must be 0 or more; give a number of seconds"
        )
    if seed < 0:
        raise DesignError(f"--seed: got {seed}, must be 0 or more; give a whole number")


def _answer(portfolio: Portfolio, seconds: float) -> dict[str, Any]:
    return {
        "objective": portfolio.objective,
        "bound": portfolio.bound,
        "gap": portfolio.gap,
        "chosen": list(portfolio.chosen),
        "cost": portfolio.cost_mjpy,
        "seconds": seconds,
        "proven": portfolio.proven,
        "status": portfolio.status,
        "nodes": portfolio.nodes,
        "cuts": portfolio.cuts,
        "seed": portfolio.seed,
        "threads": portfolio.threads,
    }


def _infeasible(message: str, seconds: float, seed: int, threads: int) -> dict[str, Any]:
    return {
        "objective": None,
        "bound": None,
        "gap": None,
        "chosen": [],
        "cost": None,
        "seconds": seconds,
        "proven": True,
        "status": "infeasible",
        "nodes": 0,
        "cuts": 0,
        "seed": seed,
        "threads": threads,
        "message": message,
    }
