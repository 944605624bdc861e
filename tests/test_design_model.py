"""The master as LP files, one golden file a constraint family; a family without one fails."""

from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

from design_cases import counted
from kansoku.design.columns import compiled, model_variables
from kansoku.design.model import master
from kansoku.design.monolith import monolith
from kansoku.design.problem import (
    Arrangements,
    Candidates,
    Design,
    Excluded,
    Problem,
    Sites,
)
from kansoku.design.solver import relaxation_of

GOLDEN = Path(__file__).parent / "golden"

FAMILIES = (
    "cost_within_budget",
    "built_only_at_opened_site",
    "access_only_by_arrangement",
    "richer_access_includes_poorer",
    "one_new_arrangement_a_partner",
    "coverage_at_least_floor",
    "differs_from_earlier_design",
    "tracks_only_by_contributors",
    "coverage_is_credited_tracks",
)


@pytest.fixture
def problem():
    """Two candidates at one site, a third without; one partner with three tiers, one in force."""
    seen = np.array([[1, 0, 2], [0, 1, 0], [1, 1, 0], [0, 3, 1]])
    weight = np.array([2, 3, 5])
    covered = counted("coverage", seen, np.array([0, 1, 0]), weight, 12, (1.0, 0.5))
    own = counted("autonomy", seen * [[1], [1], [1], [0]], np.zeros(3), weight, 12, (1.0,))
    return Problem(
        budget_mjpy=8.0,
        candidates=Candidates(("a", "b", "c"), np.array([3.0, 2.0, 4.0]), np.array([0, 0, -1])),
        sites=Sites(("hill",), np.array([1.5])),
        partners=("ally",),
        arrangements=Arrangements(
            ("now", "more", "most"),
            np.array([0, 0, 0]),
            np.array([1, 2, 3]),
            np.array([9.0, 1.0, 2.5]),
            np.array([True, False, False]),
        ),
        tier_credit=np.array([[0.5, 0.8, 1.0]]),
        row_candidate=np.array([0, 1, 2, -1]),
        row_partner=np.array([-1, -1, -1, 0]),
        objective=covered,
        floors=(own >= 0.25,),
        excluded=(
            Excluded(Design(np.array([True, False, True]), np.array([True, False, True])), 2),
        ),
    )


def lp_of(model, family, path):
    """The LP text of a model with one constraint family left active."""
    for constraint in model.component_objects(pyo.Constraint):
        if constraint.name != family:
            constraint.deactivate()
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    return path.read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_constraint_family_reads_as_its_golden_file(problem, family, tmp_path):
    golden = GOLDEN / f"{family}.lp"
    assert lp_of(monolith(problem), family, tmp_path / "model.lp") == golden.read_text()


def test_every_constraint_family_has_a_golden_file(problem):
    families = {c.name for c in monolith(problem).component_objects(pyo.Constraint)}
    assert families == set(FAMILIES)


def test_least_cost_model_has_cost_as_objective(problem):
    import dataclasses

    model = master(dataclasses.replace(problem, min_coverage=0.5))
    assert [o.name for o in model.component_objects(pyo.Objective)] == ["least_cost"]


def test_standard_form_keeps_variables_that_no_row_mentions(problem):
    import dataclasses

    free = dataclasses.replace(
        problem,
        candidates=Candidates(("a", "b", "c"), np.zeros(3), np.array([-1, -1, -1])),
    )
    model = master(free)
    program = compiled(model, model_variables(model, free))
    assert len(program.cost) == 3 + 1 + 3 + 3 + 2
    assert relaxation_of(free).columns.total == len(program.cost)
