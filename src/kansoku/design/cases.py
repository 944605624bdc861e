"""The answers around the answer: other budgets, other prices, one more billion yen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kansoku.config import DesignSection
from kansoku.constants import LEVELS
from kansoku.design.cuts import CutPool
from kansoku.design.portfolio import Effort, Portfolio
from kansoku.design.portfolio import Progress as Moment
from kansoku.design.problem import Problem
from kansoku.design.search import solve
from kansoku.errors import DesignError
from kansoku.progress import Progress, silent
from kansoku.resources import map_in_order

ONE_BILLION_MJPY = 1000.0

# The cases around the answer are for comparison: a wider gap, and a share of the time each.
CASE_GAP = 0.01
CASE_TIME_SHARE = 0.25
FRONTIER_SHARES = (0.5, 1.5)


@dataclass(frozen=True)
class Case:
    """One design question beside the main one.

    Attributes
    ----------
    label : str
    budget_mjpy : float
        [million JPY]
    portfolio : Portfolio or None
        None when no design meets the floors within the budget; `reason` then says which.
    reason : str
    """

    label: str
    budget_mjpy: float
    portfolio: Portfolio | None
    reason: str = ""


@dataclass(frozen=True)
class Answers:
    """The portfolio, and the cases that put it in proportion.

    Attributes
    ----------
    portfolio : Portfolio
    frontier : tuple of Case
        Coverage at rising budgets, the study's own included.
    prices : tuple of Case
        The same budget at low, mid and high costs.
    next_billion : Case
        The budget with one billion yen more.
    """

    portfolio: Portfolio
    frontier: tuple[Case, ...]
    prices: tuple[Case, ...]
    next_billion: Case


def answer(
    problem: Problem,
    repriced: Callable[[str], Problem],
    section: DesignSection,
    cost_level: str,
    workers: int = 0,
    progress: Progress = silent,
) -> Answers:
    """Solve a study's question and the cases around it with one shared pool of cuts.

    Parameters
    ----------
    problem : Problem
    repriced : callable
        Gives the same question at the 'low', 'mid' or 'high' costs.
    section : DesignSection
        Budget, gap, time limit and seed.
    cost_level : str
        Level of `problem`'s own costs.
    workers : int
        Processes that share the cases; 0 takes one a core.
    progress : callable, optional

    Returns
    -------
    Answers

    Raises
    ------
    DesignError
        When a floor is out of reach or nothing can be afforded.
    """
    # Cuts depend on coverage alone: one pool serves every budget and price.
    pool = CutPool()
    main = solve(
        problem,
        Effort(section.gap, section.time_limit_s, section.seed),
        progress=told(progress, "design"),
        pool=pool,
    )

    budgets = _other_budgets(problem.budget_mjpy, section.frontier_budgets_mjpy)
    levels = [level for level in LEVELS if level != cost_level]
    # Prices first: a floor that high costs put out of reach takes longest to prove.
    asked = [(f"{level} costs", repriced(level)) for level in levels]
    asked += [(f"{budget:,.0f} million JPY", problem.with_budget(budget)) for budget in budgets]
    more = problem.with_budget(problem.budget_mjpy + ONE_BILLION_MJPY)
    asked.append(("one more billion yen", more))
    cases = _answered(asked, lambda one: _case(*one, main, section, pool), main, workers, progress)
    own = Case("the study's budget and costs", problem.budget_mjpy, main)
    priced, frontier = cases[: len(levels)], cases[len(levels) : -1]
    prices = dict(zip(levels, priced, strict=True)) | {cost_level: own}
    return Answers(
        portfolio=main,
        frontier=tuple(sorted([*frontier, own], key=lambda point: point.budget_mjpy)),
        prices=tuple(prices[level] for level in LEVELS),
        next_billion=cases[-1],
    )


def _other_budgets(budget_mjpy: float, asked_mjpy: tuple[float, ...]) -> list[float]:
    """Budgets of the frontier beside the study's own, rising."""
    asked = asked_mjpy or tuple(share * budget_mjpy for share in FRONTIER_SHARES)
    return sorted(set(asked) - {budget_mjpy})


def _answered(
    asked: list[tuple[str, Problem]],
    answer_one: Callable[[tuple[str, Problem]], Case],
    main: Portfolio,
    workers: int,
    progress: Progress,
) -> list[Case]:
    """Answer the cases on all cores; after an interrupt the rest stays unanswered, and says so."""
    cases: list[Case] = []
    try:
        if main.status != "interrupted":
            # By number: a question holds its cells, which workers inherit and nobody should send.
            for case in map_in_order(lambda k: answer_one(asked[k]), range(len(asked)), workers):
                cases.append(case)
                progress(f"design: answered for {case.label}")
    except KeyboardInterrupt:
        progress("interrupted: the cases not yet answered are left out")
    left = asked[len(cases) :]
    return cases + [Case(label, one.budget_mjpy, None, "interrupted") for label, one in left]


def _case(
    label: str,
    asked: Problem,
    main: Portfolio,
    section: DesignSection,
    pool: CutPool,
) -> Case:
    """Answer one case; a floor that its budget cannot reach is an answer too."""
    time_limit_s = CASE_TIME_SHARE * section.time_limit_s
    effort = Effort(max(section.gap, CASE_GAP), time_limit_s, section.seed)
    affordable = asked.cost_mjpy(main.design) <= asked.budget_mjpy
    try:
        portfolio = solve(
            asked,
            effort,
            # A copy: an answer must not depend on which cases this process answered before.
            pool=pool.copy(),
            start=main.design if affordable else None,
        )
    except DesignError as infeasible:
        return Case(label, asked.budget_mjpy, None, str(infeasible))
    return Case(label, asked.budget_mjpy, portfolio)


def told(progress: Progress, stage: str) -> Callable[[Moment], None]:
    """Turn the moments of a search into lines of progress, when the gap has moved.

    Parameters
    ----------
    progress : callable
        Receives the lines.
    stage : str
        How they begin.
    """
    last = [np.inf]

    def tell(moment: Moment) -> None:
        gap = (moment.upper - moment.lower) / max(moment.lower, 1e-12)
        if gap < last[0] - 1e-6:
            last[0] = gap
            progress(
                f"{stage}: coverage {moment.lower:.4f}, bound {moment.upper:.4f}, "
                f"gap {100 * gap:.2f} %, {moment.nodes} nodes, {moment.cuts} cuts"
            )

    return tell
