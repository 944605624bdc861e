"""The search over fiscal years against exhaustive search, and what it says of its answer."""

import pytest

from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.programme.search import solve
from naive import programme as naive
from programme_cases import by_sources, programme_of, random_case
from programme_examples import EXAMPLES

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
SEEDS = range(120)
QUICK = 30


def marked(seeds):
    return [seed if seed < QUICK else pytest.param(seed, marks=pytest.mark.slow) for seed in seeds]


@pytest.mark.parametrize("seed", marked(SEEDS))
def test_the_search_finds_the_best_decision(seed):
    case = random_case(seed)
    best = naive.best(case)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(programme_of(case), EXACT)
        return
    plan = solve(programme_of(case), EXACT)
    assert plan.proven
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert plan.bound == pytest.approx(best, abs=1e-8)


@pytest.mark.parametrize("seed", marked(range(60)))
def test_the_search_finds_the_best_decision_by_sources(seed):
    case = by_sources(random_case(seed))
    best = naive.best(case)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(programme_of(case), EXACT)
        return
    plan = solve(programme_of(case), EXACT)
    assert plan.proven
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert plan.bound == pytest.approx(best, abs=1e-8)


@pytest.mark.parametrize("family", sorted(EXAMPLES))
def test_the_search_comes_out_as_worked_by_hand(family):
    example = EXAMPLES[family]
    plan = solve(programme_of(example.case), EXACT)
    assert plan.objective == pytest.approx(example.best, abs=1e-9)
