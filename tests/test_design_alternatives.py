"""Alternatives against exhaustive search, and the rows that keep them apart."""

import dataclasses

import numpy as np
import pytest

from design_cases import problem_of, random_case
from kansoku.design.alternatives import alternatives
from kansoku.design.cuts import CutPool
from kansoku.design.infeasible import InfeasibleError, NoOtherDesignError
from kansoku.design.portfolio import Effort
from kansoku.design.problem import Excluded
from kansoku.design.search import solve
from kansoku.errors import DesignError
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
COUNT = 3


def elements(case, portfolio):
    """The chosen candidates and new arrangements as one set."""
    built = {("x", int(name[1:])) for name in portfolio.chosen}
    signed = {int(name[1:]) for name in portfolio.arrangements}
    return built | {("m", r) for r in signed if not case["in_force"][r]}


@pytest.mark.parametrize("seed", range(300, 318))
def test_each_is_the_best_of_those_that_differ_from_all_before(seed):
    differ, cheapest = 1 + seed % 3, seed % 4 == 0
    case = random_case(seed, minimise_cost=cheapest)
    if naive.best(case) is None:
        with pytest.raises(InfeasibleError):
            alternatives(problem_of(case), EXACT, COUNT, differ)
        return
    found = alternatives(problem_of(case), EXACT, COUNT, differ)
    known = []
    for one in found:
        expected = naive.best(case, known, differ)
        assert one.objective == pytest.approx(expected, abs=1e-9)
        ahead = one.bound - expected
        assert (-ahead if cheapest else ahead) >= -1e-9
        assert all(len(elements(case, one) ^ other) >= differ for other in known)
        known.append(elements(case, one))
    if len(found) < COUNT:
        assert naive.best(case, known, differ) is None


def test_some_cases_run_out_of_designs():
    found = alternatives(problem_of(random_case(300, floors=0)), EXACT, 6, 6)
    assert 1 <= len(found) < 6


def test_the_next_one_takes_its_cuts_from_the_pool_of_the_one_before():
    case = random_case(303, floors=0)
    pool = CutPool()
    first = solve(problem_of(case), EXACT, pool=pool)
    both = alternatives(problem_of(case), EXACT, 2, 2, pool=pool, first=first)
    afresh = alternatives(problem_of(case), EXACT, 2, 2)
    assert both[0] is first
    assert both[1].objective == pytest.approx(afresh[1].objective, abs=1e-12)


def test_an_interrupt_keeps_the_alternatives_found_so_far():
    moments, pressed = [], []

    def interrupt(moment):
        moments.append(moment.seconds)
        searches = 1 + sum(np.diff(moments) < 0)
        if searches == 3 and not pressed:
            pressed.append(moment)
            raise KeyboardInterrupt

    found = alternatives(
        problem_of(random_case(303, floors=0)), Effort(0.0, 60.0), 9, 1, progress=interrupt
    )
    assert len(found) == 3
    assert found[-1].status == "interrupted"


def test_without_any_element_no_other_design_exists():
    problem = problem_of(random_case(304, floors=0)).with_budget(0.0)
    nothing = Excluded(problem.nothing(), 1)
    with pytest.raises(NoOtherDesignError, match="no other design differs in 1 or more"):
        solve(dataclasses.replace(problem, excluded=(nothing,)), EXACT)


def test_arrangements_in_force_do_not_make_designs_differ():
    problem = next(
        p
        for p in (problem_of(random_case(seed)) for seed in range(300, 330))
        if p.arrangements.in_force.any()
    )
    bare = dataclasses.replace(problem.nothing(), signed=np.zeros(len(problem.arrangements), bool))
    assert problem.difference(problem.nothing(), bare) == 0
    assert dataclasses.replace(problem, excluded=(Excluded(bare, 2),)).too_near(bare) == 1.0


@pytest.mark.parametrize(("count", "differ"), [(0, 1), (2, 0)])
def test_impossible_wishes_are_refused(count, differ):
    with pytest.raises(DesignError, match="must be 1 or more"):
        alternatives(problem_of(random_case(300)), EXACT, count, differ)
