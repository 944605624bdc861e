"""The hand-worked examples of docs/programme.md, one a constraint family, and their golden LPs."""

from pathlib import Path

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

from kansoku.design.columns import compiled
from kansoku.design.linear import highs_of
from kansoku.design.programme.model import master
from naive import programme as naive
from programme_cases import programme_of
from programme_examples import EXAMPLES, agreed, of_partner, of_sensors, sensor

GOLDEN = Path(__file__).parent / "golden"
FAMILIES = sorted(EXAMPLES)


def with_cuts(case):
    """Return the master with (30), exact everywhere: each cell is seen by one row."""
    programme = programme_of(case)
    m = master(programme)
    m.covered = pyo.ConstraintList()
    for number, aim in enumerate(programme.aims):
        (cut,) = aim.term.cuts(np.zeros(len(programme.rows)))
        v = programme.views.index(aim.view)
        slopes = cut.slopes / cut.scale
        bound = sum(slopes[j] * m.w[v, aim.year, j] for j in m.J) + cut.constant / cut.scale
        m.covered.add(m.theta[number] - bound <= 0)
    return m


def optimum(m):
    """Return the best objective and leave its point in the model."""
    variables = list(m.component_data_objects(pyo.Var))
    highs = highs_of(compiled(m, variables), integers=True)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    for variable, value in zip(variables, highs.getSolution().col_value, strict=True):
        variable.set_value(value, skip_validation=True)
    return -float(highs.getInfo().objective_function_value)


def kept(constraint):
    """Whether all rows of a family hold at the point in the model."""
    rows = constraint.values()
    return all(row.lslack() > -1e-6 and row.uslack() > -1e-6 for row in rows)


@pytest.mark.parametrize("family", FAMILIES)
def test_example_comes_out_as_worked_by_hand(family):
    example = EXAMPLES[family]
    assert naive.best(example.case) == pytest.approx(example.best, abs=1e-9)
    assert optimum(with_cuts(example.case)) == pytest.approx(example.best, abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_without_the_family_the_answer_is_another_that_breaks_it(family):
    example = EXAMPLES[family]
    m = with_cuts(example.case)
    constraint = getattr(m, family)
    constraint.deactivate()
    assert optimum(m) == pytest.approx(example.without, abs=1e-6)
    assert example.implied or not kept(constraint)


def test_three_families_are_implied_by_the_others():
    assert {family for family in FAMILIES if EXAMPLES[family].implied} == {
        "richer_access_includes_poorer",
        "giving_richer_includes_poorer",
        "shared_sensor_counts",
    }


@pytest.mark.parametrize(("limit", "best"), [(0.0, 0.0), (3.0, 0.0), (4.0, 0.6)])
def test_what_is_carried_pays_for_a_later_order(limit, best):
    purse = {"budget": [4.0, 4.0], "carry_limit": limit}
    case = of_sensors(sensor(payments=[8.0, 0.0]), purse=purse)
    assert naive.best(case) == pytest.approx(best)
    assert optimum(with_cuts(case)) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("tail", "best"), [(2.0, 0.0), (3.0, 1.0), (6.0, 1.0)])
def test_fees_of_a_term_that_runs_on_fall_due_after_the_last_year(tail, best):
    """Three years at a fee of 3, signed in year 0: one of them is beyond; in year 1 two are."""
    case = of_partner(agreed(fee=3.0, term=3), purse={"tail": tail})
    assert naive.best(case) == pytest.approx(best)
    assert optimum(with_cuts(case)) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(("notice", "best"), [(0, 1.2), (1, 0.6)])
def test_notice_takes_the_money_of_what_is_in_force_at_the_beginning(notice, best):
    case = of_sensors(sensor(), arrangements=[agreed(fee=7.0, notice=notice, in_force=True)])
    assert naive.best(case) == pytest.approx(best)
    assert optimum(with_cuts(case)) == pytest.approx(best, abs=1e-6)


def test_without_cuts_coverage_is_only_bounded_by_one():
    case = of_partner(agreed())
    assert optimum(master(programme_of(case))) == pytest.approx(2.0)
    assert optimum(with_cuts(case)) == pytest.approx(1.0)


def lp_of(family, path):
    """The LP text of a family in its example, all other families left out."""
    m = master(programme_of(EXAMPLES[family].case))
    for constraint in m.component_objects(pyo.Constraint):
        if constraint.name != family:
            constraint.deactivate()
    m.write(str(path), io_options={"symbolic_solver_labels": True})
    return path.read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_constraint_family_reads_as_its_golden_file(family, tmp_path):
    golden = GOLDEN / f"programme_{family}.lp"
    assert lp_of(family, tmp_path / "model.lp") == golden.read_text()


def test_every_constraint_family_has_an_example_and_a_golden_file():
    m = master(programme_of(of_sensors(sensor())))
    assert {c.name for c in m.component_objects(pyo.Constraint)} == set(EXAMPLES)
