"""Questions made to mislead a search; every answer is looked at again by other means."""

import itertools
import re

import numpy as np
import pytest

from design_cases import problem_of, random_case
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve
from naive import design

EXACT = Effort(gap=1e-9, time_limit_s=60.0)


def case_of(values, weight, cost, budget, credit=(1.0,), floors=(), least=None):
    """Return a case of candidates alone; a floor is (values, weight, level)."""
    values, weight = np.asarray(values), np.asarray(weight)

    def cells(seen, counted, steps):
        return seen, np.zeros(len(counted), dtype=int), counted, int(counted.sum()), steps

    requirements = [{"cells": cells(values, weight, credit), "at_least": least or 0.0}]
    for seen, counted, level in floors:
        requirements.append({"cells": cells(seen, counted, (1.0,)), "at_least": level})
    return {
        "budget": budget,
        "cost": np.asarray(cost, dtype=float),
        "site": [-1] * len(cost),
        "opening": np.zeros(0),
        "partner": [],
        "tier": [],
        "fee": np.zeros(0),
        "in_force": [],
        "alpha": [],
        "rows": [("candidate", i) for i in range(len(cost))],
        "requirements": requirements,
        "minimise_cost": least is not None,
    }


def answered(case, effort=EXACT):
    """Return the proven portfolio of a case; as every answer it is looked at again (conftest)."""
    found = solve(problem_of(case), effort)
    assert found.proven
    return found


def seen_by(seed, rows=10, cells=60, share=0.25):
    rng = np.random.default_rng(seed)
    return (rng.random((rows, cells)) < share).astype(int), rng


@pytest.mark.parametrize("seed", range(6))
def test_equal_weights_and_equal_costs(seed):
    values, _ = seen_by(seed)
    answered(case_of(values, np.ones(60, dtype=int), np.ones(10), 4.0))


@pytest.mark.parametrize("seed", range(4))
def test_one_sensor_that_sees_everything(seed):
    values, rng = seen_by(seed)
    values[3] = 1
    cost = rng.integers(1, 9, 10).astype(float)
    found = answered(case_of(values, np.ones(60, dtype=int), cost, float(cost[3])))
    assert found.objective == 1.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("budget", [0.0, 7.0, 1e6, np.inf])
def test_sensors_for_nothing_and_budgets_below_and_above_everything(seed, budget):
    values, rng = seen_by(seed)
    cost = rng.integers(1, 9, 10).astype(float)
    cost[[1, 4]] = 0.0
    weight = rng.integers(1, 20, 60)
    found = answered(case_of(values, weight, cost, budget))
    if budget > cost.sum():
        assert found.objective == pytest.approx(values.any(axis=0) @ weight / weight.sum())


@pytest.mark.parametrize("credit", [(1.0,), (1.0, 0.6, 0.3)])
def test_contributors_that_are_copies_of_each_other(credit):
    values, rng = seen_by(11, rows=3)
    values = np.repeat(values, 4, axis=0)
    cost = np.repeat(rng.integers(2, 9, 3), 4).astype(float)
    answered(case_of(values, rng.integers(1, 20, 60), cost, 17.0, credit))


@pytest.mark.parametrize("seed", range(4))
def test_costs_that_differ_in_the_ninth_digit(seed):
    values, rng = seen_by(seed)
    cost = 3.0 + 1e-9 * rng.permutation(10)
    weight = rng.integers(1, 20, 60)
    answered(case_of(values, weight, cost, 12.0 + 1.5e-8))
    answered(case_of(values, weight, cost, np.inf, least=0.6))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("least", [None, 0.9, 1.0])
def test_weights_from_one_to_a_billion(seed, least):
    values, rng = seen_by(seed)
    values[rng.integers(0, 10, 60), np.arange(60)] = 1
    weight = np.round(10 ** rng.uniform(0, 9, 60)).astype(np.int64)
    cost = rng.integers(1, 9, 10).astype(float)
    answered(case_of(values, weight, cost, np.inf if least else 14.0, least=least))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("credit", [(1.0,), (1.0, 0.5), (0.9, 0.9)])
def test_least_cost_where_few_cells_may_be_missed(seed, credit):
    values, rng = seen_by(seed, share=0.35)
    values *= rng.integers(1, 3, values.shape)
    weight = rng.integers(1, 40, 60)
    case = case_of(values, weight, rng.integers(1, 9, 10) / 10, np.inf, credit, least=0.5)
    everything = design.coverage(*case["requirements"][0]["cells"], [1.0] * 10)
    for share in (0.97, 1.0):
        case["requirements"][0]["at_least"] = share * everything
        answered(case)


def many_floors(rng, count, rows=20, cells=1):
    """Floors of a few cells each that all rows together hold."""
    floors = []
    for _ in range(count):
        seen = (rng.random((rows, cells)) < 0.3).astype(int)
        seen[rng.integers(rows)] = 1
        floors.append((seen, rng.integers(1, 9, cells), 1.0 if cells == 1 else 0.6))
    return floors


def floors_missed(floors, found):
    """Return the numbers of the floors that a design misses, by their definition."""
    built = found.design.built
    return [
        k
        for k, (seen, weight, level) in enumerate(floors)
        if weight @ seen[built].any(axis=0) < level * weight.sum()
    ]


@pytest.mark.parametrize("seed", range(40))
def test_many_small_floors_against_exhaustive_search(seed):
    rng = np.random.default_rng([seed, 3])
    values, weight = (rng.random((6, 30)) < 0.3).astype(int), rng.integers(1, 9, 30)
    floors = [
        ((rng.random((6, n)) < 0.6).astype(int), rng.integers(1, 9, n), float(level))
        for n, level in zip(rng.integers(1, 8, 25), rng.uniform(0.0, 0.4, 25), strict=True)
    ]
    cost = rng.integers(1, 9, 6).astype(float)
    least = (None, 0.3)[seed % 2]
    case = case_of(values, weight, cost, 0.7 * cost.sum(), floors=floors, least=least)
    for k, requirement in enumerate(case["requirements"][1:]):
        seen, base, counted, total, credit = requirement["cells"]
        blind = int(k % 3 == 0)  # and cells that always-on sensors cover, or nobody
        base = base | (rng.random(len(base)) < 0.1)
        requirement["cells"] = (seen, base, counted, total + blind, credit)
    best = design.best(case)
    if best is None:
        with pytest.raises(InfeasibleError, match="floor"):
            solve(problem_of(case), EXACT)
    else:
        assert answered(case).objective == pytest.approx(best, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("cells", [1, 3])
@pytest.mark.parametrize("least", [None, 0.5])
def test_ten_thousand_floors(cells, least):
    values, rng = seen_by(5, rows=20, cells=400)
    floors = many_floors(rng, 10_000, cells=cells)
    cost = rng.integers(1, 9, 20).astype(float)
    case = case_of(values, np.ones(400, dtype=int), cost, cost.sum(), floors=floors, least=least)
    found = answered(case)
    assert len(found.coverage) == 10_001
    assert floors_missed(floors, found) == []
    if least:  # fewer sensors than all of them do
        assert found.cost_mjpy < cost.sum()


def test_many_floors_that_conflict_are_named():
    values, rng = seen_by(5, rows=12, cells=50)
    floors = many_floors(rng, 300, rows=12)
    cost = rng.integers(1, 9, 12).astype(float)
    case = case_of(values, np.ones(50, dtype=int), cost, 0.4 * cost.sum(), floors=floors)
    with pytest.raises(InfeasibleError, match=r"floor \d+ >= 1.* cannot all be met") as caught:
        solve(problem_of(case), EXACT)
    told = str(caught.value).split(" cannot")[0]
    named = [int(number) for number in re.findall(r"floor (\d+)", told)]
    # Of those named no design within the budget holds all, and without any one of them some does
    covers = np.array([floors[k][0][:, 0] for k in named])
    built = np.array(list(itertools.product((0, 1), repeat=12)))
    held = covers @ built[built @ cost <= 0.4 * cost.sum()].T > 0
    assert not held.all(axis=0).any()
    assert all(np.delete(held, k, axis=0).all(axis=0).any() for k in range(len(named)))


def test_one_floor_of_many_that_nobody_can_hold_is_named():
    values, rng = seen_by(5, rows=12, cells=50)
    floors = many_floors(rng, 300, rows=12)
    floors[217][0][:] = 0
    case = case_of(values, np.ones(50, dtype=int), np.ones(12), 12.0, floors=floors)
    with pytest.raises(InfeasibleError, match=r"floor 217: .*reach 0, whatever the budget"):
        solve(problem_of(case), EXACT)


@pytest.mark.parametrize("seed", range(300, 312))
def test_an_independent_look_at_mixed_questions(seed):
    case = random_case(seed, floors=0)
    answered(case)
