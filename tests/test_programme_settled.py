"""Plans come without idle changes: nothing that brings nothing is paid for or ended."""

from dataclasses import replace

import numpy as np
import pytest

from kansoku.design.portfolio import Effort
from kansoku.design.programme.search import solve
from kansoku.design.programme.settled import settled
from kansoku.design.programme.valuing import Evaluator
from naive import programme as naive
from programme_cases import programme_of, random_case
from programme_examples import EXAMPLES
from test_programme_sooner import told

QUICK = Effort(gap=1e-6, time_limit_s=20.0)


def solved(case):
    programme = programme_of(case)
    return programme, solve(programme, QUICK)


def changed(plan, r, years):
    in_force = plan.decision.in_force.copy()
    in_force[r] = years
    return replace(plan, decision=replace(plan.decision, in_force=in_force))


def test_what_brings_nothing_is_not_signed():
    """Partner of 5 for 1 a year; a second partner whose data see nothing, for 1 a year too."""
    case = {**EXAMPLES["one_of_a_group"].case, "excludes": []}
    programme, plan = solved(case)
    assert plan.decision.in_force.all()
    assert plan.spent_mjpy.tolist() == [[2.0, 2.0]]
    rows = programme.rows
    blind = replace(rows, profile=np.where((rows.partner == 1)[:, None], 0.0, rows.profile))
    after = settled(replace(programme, rows=blind), plan)
    assert after.decision.in_force.tolist() == [[True, True], [False, False]]
    assert after.spent_mjpy.tolist() == [[1.0, 1.0]]


def test_what_is_signed_too_early_waits():
    """A host is paid from the year on in which the sensor that it hosts is there."""
    case = EXAMPLES["hosted_while_agreed"].case
    case = {**case, "sensors": [{**one, "lead": 1} for one in case["sensors"]],
            "arrangements": [{**one, "fee": 1.0} for one in case["arrangements"]]}  # fmt: skip
    programme, plan = solved(case)
    early = changed(plan, 0, True)
    assert settled(programme, early).decision.in_force.tolist() == [[False, True]]
    assert settled(programme, early).spent_mjpy.tolist() == [[4.0, 1.0]]


@pytest.mark.parametrize("seed", range(20))
def test_settling_changes_neither_coverage_nor_what_is_allowed(seed):
    case = random_case(seed)
    if naive.best(case) is None:
        return
    programme, plan = solved(case)
    after = settled(programme, plan)
    evaluate, known = Evaluator(programme), {}
    assert evaluate(after.decision).score == evaluate(plan.decision).score
    assert naive.allowed(case, told(after.decision))
    assert naive.score(case, told(after.decision), known) == pytest.approx(plan.objective, abs=1e-9)
    assert after.spent_mjpy.sum() <= plan.spent_mjpy.sum() + 1e-9
