"""Cost against coverage: the same question at several budgets, one cut pool for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kansoku.design.cuts import CutPool
from kansoku.design.portfolio import Portfolio, Progress
from kansoku.design.problem import Design, Problem
from kansoku.design.search import demands_of, search


def frontier(
    problem: Problem,
    budgets: Iterable[float],
    gap: float,
    time_limit_s: float,
    pool: CutPool | None = None,
    seed: int = 0,
    start: Design | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> list[Portfolio]:
    """Solve at each budget, smallest first; what a budget buys starts the next one.

    Parameters
    ----------
    problem : Problem
        Its own budget is replaced.
    budgets : iterable of float
        In any order. [million JPY]
    gap : float
        Proven relative gap of each point.
    time_limit_s : float
        Of each point. [s]
    pool : CutPool, optional
        Cuts found before; cuts depend on cells alone, so they hold at every budget.
    seed : int
    start : Design, optional
        A known design; tried where the budget pays for it.
    progress : callable, optional

    Returns
    -------
    list of Portfolio
        In rising order of budget; coverage never falls along it.

    Raises
    ------
    DesignError
        When a budget cannot meet the floors.
    """
    pool = pool if pool is not None else CutPool()
    demands = demands_of(problem)
    portfolios: list[Portfolio] = []
    for budget in sorted(budgets):
        point = problem.with_budget(budget)
        begin = portfolios[-1].design if portfolios else None
        if start is not None and problem.cost_mjpy(start) <= budget:
            begin = start
        portfolios.append(
            search(
                point,
                gap,
                time_limit_s,
                seed,
                progress=progress,
                pool=pool,
                start=begin,
                demands=demands,
            )
        )
    return portfolios
