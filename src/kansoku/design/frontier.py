"""The Pareto front of coverage, cost and floors: one search a point, one pool of cuts for all.

The epsilon-constraint method: coverage is maximised at each budget and each level of the floors.
Cuts know neither budget nor level, so that each search starts from all that those before it have
learned. Points go from the least to the most that is spent and from loose to tight floors; a
design serves every later point that it satisfies, and a bound every point that allows less.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.design.carried import Carried
from kansoku.design.cuts import CutPool
from kansoku.design.hypervolume import hypervolume
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort, Portfolio, Progress, chosen_names, relative_gap
from kansoku.design.problem import Design, Problem
from kansoku.design.search import search
from kansoku.design.terms import Term
from kansoku.design.valuing import MONEY, REACHED, Evaluator
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """A floor that the sweep raises: autonomy, a stress case, or the least of several."""

    term: Term
    at_least: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    """The best design at one budget and one level of each floor that is swept.

    Attributes
    ----------
    budget_mjpy : float
        [million JPY]
    levels : tuple of float
        What was asked of each floor.
    portfolio : Portfolio or None
        None where no design meets the floors; `reason` then says why.
    reason : str
    """

    budget_mjpy: float
    levels: tuple[float, ...]
    portfolio: Portfolio | None
    reason: str = ""

    def outcome(self) -> tuple[float, ...]:
        """Return what is wanted more of: minus cost [million JPY], coverage, swept floors."""
        if self.portfolio is None:
            raise ValueError("a point without a design has no outcome")
        swept = self.portfolio.coverage[len(self.portfolio.coverage) - len(self.levels) :]
        return (-self.portfolio.cost_mjpy, self.portfolio.coverage[0], *swept)


@dataclass(frozen=True)
class Frontier:
    """What can be had for what.

    Attributes
    ----------
    points : tuple of Point
        Those that no other dominates, by rising cost.
    dominated : tuple of Point
        The others, and those without a design.
    hypervolume : float
        Volume between the points and `reference`, exact. [million JPY x fraction]
    reference : tuple of float
        The largest budget [million JPY], then coverage and floors of 0.
    """

    points: tuple[Point, ...]
    dominated: tuple[Point, ...]
    hypervolume: float
    reference: tuple[float, ...]


def sweep(
    problem: Problem,
    effort: Effort,
    budgets: Sequence[float],
    levels: Sequence[Levels] = (),
    progress: Callable[[Progress], None] | None = None,
    pool: CutPool | None = None,
    exact_cost: bool = False,
) -> Frontier:
    """Maximise coverage at every budget and every level of the floors.

    Parameters
    ----------
    problem : Problem
        Its own budget is not used; its floors hold everywhere.
    effort : Effort
        The gap is for each point, the time limit for all; a point takes an equal share of what is
        left.
    budgets : sequence of float
        [million JPY]
    levels : sequence of Levels
        Floors to raise beside; every combination is a point for each budget.
    progress : callable, optional
        Receives the bounds of the search now running.
    pool : CutPool, optional
        As for `solve`.
    exact_cost : bool
        Whether to search for the least cost of what each point reaches, to the same gap. Else
        only what a design can lose without loss is dropped.

    Returns
    -------
    Frontier
        Without the points not answered when it was interrupted.

    Raises
    ------
    DesignError
        When there is no budget, or no design at any point.
    """
    if not len(budgets):
        raise DesignError("--budgets: got none; give at least one, such as 25,50,100")
    run = _Sweep(problem, effort, pool if pool is not None else CutPool(), progress, exact_cost)
    with threadpool_limits(effort.threads):  # waiting threads cost more than small products
        points = run.points(sorted(set(budgets)), levels)
    return _without_dominated(points, max(budgets), len(levels))


class _Sweep:
    """One sweep: clock, pool, and all points answered so far."""

    def __init__(
        self,
        problem: Problem,
        effort: Effort,
        pool: CutPool,
        progress: Callable[[Progress], None] | None,
        exact_cost: bool,
    ) -> None:
        self.problem, self.effort, self.carried = problem, effort, Carried(pool)
        self._progress, self._exact_cost = progress, exact_cost
        self._until = time.perf_counter() + effort.time_limit_s
        self._points: list[Point] = []

    def points(self, budgets: list[float], levels: Sequence[Levels]) -> list[Point]:
        """Answer every combination, loose floors first, budgets rising within."""
        grid = [
            (budget, at)
            for at in itertools.product(*(sorted(set(one.at_least)) for one in levels))
            for budget in budgets
        ]
        for done, (budget, at) in enumerate(grid):
            floors = tuple(one.term >= least for one, least in zip(levels, at, strict=True))
            asked = replace(
                self.problem.with_budget(budget), floors=(*self.problem.floors, *floors)
            )
            share = max(self._until - time.perf_counter(), 0.0) / (len(grid) - done)
            point = self._answered(asked, at, replace(self.effort, time_limit_s=share))
            self._points.append(point)
            if point.portfolio and point.portfolio.status == "interrupted":
                break
        return self._points

    def _answered(self, asked: Problem, at: tuple[float, ...], effort: Effort) -> Point:
        """Answer one point; floors that the budget does not reach are an answer too."""
        bound = self._known_bound(asked.budget_mjpy, at)
        start = self._known_design(asked)
        try:
            found = search(asked, effort, self._progress, None, start, bound, self.carried)
        except InfeasibleError as why:
            return Point(asked.budget_mjpy, at, None, str(why))
        if found.status != "interrupted":
            found = self._cheaper(asked, found, effort)
        return Point(asked.budget_mjpy, at, found)

    def _known_bound(self, budget_mjpy: float, at: tuple[float, ...]) -> float | None:
        """Return the least bound of the points that allow as much or more."""
        bounds = [
            point.portfolio.bound
            for point in self._points
            if point.portfolio
            and point.budget_mjpy >= budget_mjpy
            and all(looser <= own for looser, own in zip(point.levels, at, strict=True))
        ]
        return min(bounds, default=None)

    def _known_design(self, asked: Problem) -> Design | None:
        """Return the best design so far that meets a question's budget and floors."""
        needed = [floor.at_least for floor in asked.floors]
        fits = [
            point.portfolio
            for point in self._points
            if point.portfolio
            and point.portfolio.cost_mjpy <= asked.budget_mjpy * (1 + MONEY)
            and all(
                have >= need - REACHED
                for have, need in zip(point.portfolio.coverage[1:], needed, strict=True)
            )
        ]
        return max(fits, key=lambda one: one.coverage[0]).design if fits else None

    def _cheaper(self, asked: Problem, found: Portfolio, effort: Effort) -> Portfolio:
        """Return a design that costs less and covers as much, where there is one."""
        cheapest = replace(asked, min_coverage=found.coverage[0], budget_mjpy=found.cost_mjpy)
        evaluate = Evaluator(cheapest)
        design = _without_idle(found.design, evaluate)
        if self._exact_cost:
            design = search(cheapest, effort, None, self.carried.pool, design).design
        return _of_design(asked, found, design, evaluate)


def _without_idle(design: Design, evaluate: Evaluator) -> Design:
    """Drop what costs something and is missed by no requirement, the dearest first."""
    problem = evaluate.problem
    signed = design.signed & ~problem.arrangements.in_force
    for number in (*np.flatnonzero(design.built), *(np.flatnonzero(signed) + len(design.built))):
        built, kept = design.built.copy(), design.signed.copy()
        if number < len(built):
            built[number] = False
        else:
            kept[number - len(built)] = False
        trial = evaluate(Design(built, kept))
        if trial.feasible and trial.cost_mjpy < problem.cost_mjpy(design):
            design = trial.design
    return design


def _of_design(asked: Problem, found: Portfolio, design: Design, evaluate: Evaluator) -> Portfolio:
    """Return the answer with another design of the same coverage or more."""
    valued = evaluate.certified(evaluate(design))
    objective = float(valued.attained[0])
    bound = max(found.bound, objective)
    chosen, arrangements, sites = chosen_names(asked, design)
    return replace(
        found,
        design=design,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        coverage=tuple(float(c) for c in valued.attained),
        chosen=chosen,
        arrangements=arrangements,
        sites=sites,
        cost_mjpy=valued.cost_mjpy,
    )


def _without_dominated(points: list[Point], largest_mjpy: float, swept: int) -> Frontier:
    """Part the points that no other dominates from the rest.

    Raises
    ------
    InfeasibleError
        When no point has a design.
    """
    answered = [point for point in points if point.portfolio]
    if not answered:
        raise InfeasibleError(points[-1].reason)
    kept: list[Point] = []
    for point in sorted(answered, key=lambda one: one.outcome(), reverse=True):
        if not any(_covers(other.outcome(), point.outcome()) for other in kept):
            kept.append(point)
    reference = (largest_mjpy, 0.0, *([0.0] * swept))
    volume = hypervolume(
        np.array([point.outcome() for point in kept]), np.array([-reference[0], *reference[1:]])
    )
    front = tuple(sorted(kept, key=lambda one: (-one.outcome()[0], *one.outcome()[1:])))
    rest = tuple(point for point in points if not any(point is one for one in front))
    return Frontier(front, rest, volume, reference)


def _covers(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether an outcome is at least as good in everything."""
    return all(a >= b for a, b in zip(one, other, strict=True))
