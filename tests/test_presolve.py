"""What is left out of a question beforehand: optima by exhaustive search stay the same."""

from dataclasses import replace

import numpy as np
import pytest

from design_cases import cells_of, random_case
from design_cases import problem_of as as_problem
from kansoku.design.presolve import clipped, dominated, implied, presolved, unobservable, without
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.terms import Count
from naive import design as naive


def plain_case(seed, rows=7, cells=24, density=0.3):
    """Return a random question of plain coverage with nested and equal contributors."""
    rng = np.random.default_rng(seed)
    values = (rng.random((rows, cells)) < density).astype(int)
    values[2] = values[0] * (rng.random(cells) < 0.6)
    values[5] = values[4]
    values[:, 0] = 0
    weight = rng.integers(1, 20, cells)
    cost = rng.integers(1, 6, rows).astype(float)
    base = np.zeros(cells, dtype=int)
    base[1] = seed % 2
    return values, base, weight, cost


def question(values, base, weight, cost, budget=np.inf, min_coverage=None, credit=(1.0,)):
    rows, nothing = len(values), np.zeros(0, dtype=np.intp)
    cells = cells_of(values, base, weight, int(weight.sum()))
    return Problem(
        budget_mjpy=budget,
        candidates=Candidates(tuple(f"c{k}" for k in range(rows)), cost, np.full(rows, -1)),
        sites=Sites((), np.zeros(0)),
        partners=(),
        arrangements=Arrangements((), nothing, nothing, np.zeros(0), np.zeros(0, dtype=bool)),
        tier_credit=np.zeros((0, 5)),
        row_candidate=np.arange(rows),
        row_partner=np.full(rows, -1),
        objective=Count("coverage", cells, credit, rows),
        min_coverage=min_coverage,
    )


def best(problem):
    """Exhaustive search over the cells that a problem holds, by the textbook."""
    cells, cost = problem.objective.cells, problem.candidates.cost_mjpy
    digits = np.unpackbits(cells.planes, axis=2, count=len(cells)).astype(int)
    values = np.tensordot(1 << np.arange(len(digits)), digits, axes=1)
    data = (values, cells.base, cells.weight, cells.total_weight, problem.objective.credit)
    return naive.best(
        {
            "budget": problem.budget_mjpy, "cost": cost, "site": [-1] * len(cost), "opening": [],
            "partner": [], "tier": [], "fee": [], "in_force": [], "alpha": [],
            "rows": [("candidate", k) for k in range(len(cost))],
            "requirements": [{"cells": data, "at_least": problem.min_coverage or 0.0}],
            "minimise_cost": problem.minimises_cost,
        }
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_budget_problem_keeps_its_optimum(seed):
    values, base, weight, cost = plain_case(seed)
    whole = question(values, base, weight, cost, budget=9.0)
    smaller = presolved(whole)
    assert len(smaller.candidates) < len(whole.candidates)
    assert best(smaller) == pytest.approx(best(whole), abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("reach", [0.5, 1.0])
def test_least_cost_stays(seed, reach):
    values, base, weight, cost = plain_case(seed)
    seen = values.any(axis=0) | (base > 0)
    whole = question(values[:, seen], base[seen], weight[seen], cost, min_coverage=reach)
    smaller = presolved(whole)
    assert best(smaller) == best(whole)
    if reach == 1.0:
        assert len(smaller.objective.cells) < len(whole.objective.cells)
        assert smaller.objective.cells.weight.sum() == whole.objective.cells.weight.sum()


def test_of_two_alike_the_first_stays_and_the_dearer_goes():
    values = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]])
    cost = np.array([2.0, 2.0, 3.0, 1.0, 2.5])
    whole = question(values, np.zeros(3, dtype=int), np.ones(3, dtype=int), cost, budget=3.0)
    assert dominated(whole).tolist() == [False, True, True, False, True]
    assert without(whole, dominated(whole)).candidates.names == ("c0", "c3")


def test_a_dearer_contributor_that_sees_more_makes_nobody_useless():
    values, ones = np.array([[1, 1], [1, 0]]), np.ones(2, dtype=int)
    whole = question(values, 0 * ones, ones, np.array([2.0, 1.0]), budget=3.0)
    assert not dominated(whole).any()
    assert presolved(whole) is whole


def test_nobody_is_useless_where_a_second_track_pays_or_a_floor_stands():
    values, ones = np.array([[1, 1], [1, 1]]), np.ones(2, dtype=int)
    twice = question(values, 0 * ones, ones, np.array([1.0, 1.0]), 3.0, credit=(1.0, 0.5))
    assert not dominated(twice).any()
    once = question(values, 0 * ones, ones, np.array([1.0, 1.0]), 3.0)
    assert dominated(once).tolist() == [False, True]
    assert not dominated(replace(once, floors=(once.objective >= 0.5,))).any()
    housed = Candidates(once.candidates.names, once.candidates.cost_mjpy, np.array([0, -1]))
    site = Sites(("s",), np.ones(1))
    assert not dominated(replace(once, candidates=housed, sites=site)).any()


@pytest.mark.parametrize("seed", range(8))
def test_cutting_off_tracks_changes_no_design(seed):
    case = random_case(seed, floors=0)
    problem = as_problem(case)
    term = problem.objective
    is_whole = problem.row_partner < 0
    less = clipped(term.cells, len(term.credit), is_whole)
    assert len(less) <= len(term.cells)
    again = Count("coverage", less, term.credit, term.problem_rows)
    for built, signed in naive.designs(case):
        weights = np.array(naive.row_weights(case, built, signed))
        assert again.value(weights) == pytest.approx(term.value(weights), abs=1e-15)


def test_saturated_and_unseen_cells_become_one_each():
    values = np.array([[1, 1, 0, 0, 3], [1, 0, 0, 0, 1]])
    base = np.array([2, 2, 0, 0, 0])
    less = clipped(cells_of(values, base, np.arange(1, 6), 15), 2, np.ones(2, dtype=bool))
    assert less.weight.tolist() == [3, 7, 5]
    digits = np.unpackbits(less.planes[:, :, :1], axis=2, count=3).astype(int)
    tracks = np.tensordot(1 << np.arange(len(digits)), digits, axes=1)
    assert tracks.tolist() == [[0, 0, 2], [0, 0, 1]]


def test_share_that_nobody_sees():
    values = np.array([[1, 0, 0, 0], [1, 1, 0, 0]])
    cells = cells_of(values, np.array([0, 0, 1, 0]), np.array([1, 2, 3, 4]), 12)
    assert unobservable(cells) == pytest.approx(0.5)  # weight 4, and 2 that are in no cell


def test_full_coverage_asks_only_for_the_smallest_sets():
    values = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]])
    cells = cells_of(values, np.zeros(3, dtype=int), np.array([5, 6, 7]), 18)
    less = implied(cells)
    assert less.weight.tolist() == [11, 7]
