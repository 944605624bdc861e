"""Floors that bind: the best design without them does not hold them."""

import dataclasses

import numpy as np
import pytest

from design_cases import problem_of, random_case
from kansoku.design.incumbents import Builder
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve
from kansoku.design.valuing import Evaluator
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
SEEDS = range(200, 224)


def binding_case(seed):
    """A case whose floor lies between what its best design reaches and the most there is."""
    case = random_case(seed, floors=1)
    _, floor = case["requirements"]
    floor["at_least"] = 0.0
    reached = solve(problem_of(case), EXACT).coverage[1]
    most = naive.best({**case, "requirements": [floor]})
    floor["at_least"] = reached + 0.6 * (most - reached)
    return case, most - reached


def with_arrangements(seeds):
    return [seed for seed in seeds if len(random_case(seed, floors=1)["fee"])]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_design_under_a_binding_floor_equals_exhaustive_search(seed):
    case, room = binding_case(seed)
    expected = naive.best(case)
    found = solve(problem_of(case), EXACT)
    assert found.objective == pytest.approx(expected, abs=1e-9)
    assert found.coverage[1] >= case["requirements"][1]["at_least"] - 1e-9
    if room > 1e-6:
        free = dataclasses.replace(problem_of(case), floors=())
        assert found.objective <= solve(free, EXACT).objective + 1e-9


def test_the_floors_bind_and_arrangements_are_on_offer():
    assert sum(binding_case(seed)[1] > 1e-6 for seed in SEEDS) >= 12
    assert sum(binding_case(seed)[1] > 1e-6 for seed in with_arrangements(SEEDS)) >= 6


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_design_of_local_search_holds_every_floor_and_the_budget(seed):
    case, _ = binding_case(seed)
    problem = problem_of(case)
    evaluate = Evaluator(problem)
    builder, chance = Builder(evaluate), np.random.default_rng(seed)
    valued = builder.settled(problem.nothing(), lambda: True)
    for _ in range(3):
        valued = builder.traded(valued, chance, lambda: True)
        valued = builder.shaken(valued, chance, None, lambda: True)
    if evaluate.best is None:
        return
    built = set(np.flatnonzero(evaluate.best.design.built).tolist())
    signed = set(np.flatnonzero(evaluate.best.design.signed).tolist())
    signed -= set(np.flatnonzero(case["in_force"]).tolist())
    weights = naive.row_weights(case, built, signed)
    floor = case["requirements"][1]
    assert naive.coverage(*floor["cells"], weights) >= floor["at_least"] - 1e-9
    assert naive.cost(case, built, signed) <= case["budget"] + 1e-6
    assert evaluate.best.score <= naive.best(case) + 1e-9
