"""The search against exhaustive search and the one-shot model."""

import dataclasses

import numpy as np
import pytest

from design_cases import problem_of, random_case
from kansoku.design.cuts import CutPool
from kansoku.design.incumbents import Builder
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.monolith import solve_monolith
from kansoku.design.portfolio import Effort
from kansoku.design.search import search, solve
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=60.0)


def oracle_design(case, portfolio):
    """The chosen names as the oracle's index sets."""
    built = {int(name[1:]) for name in portfolio.chosen}
    signed = {int(name[1:]) for name in portfolio.arrangements}
    return built, {r for r in signed if not case["in_force"][r]}


@pytest.mark.parametrize("seed", range(48))
def test_most_coverage_equals_exhaustive_search(seed):
    case = random_case(seed)
    expected = naive.best(case)
    if expected is None:
        with pytest.raises(InfeasibleError):
            solve(problem_of(case), EXACT)
        return
    found = solve(problem_of(case), EXACT)
    assert found.objective == pytest.approx(expected, abs=1e-9)
    assert found.bound >= expected - 1e-9
    built, signed = oracle_design(case, found)
    weights = naive.row_weights(case, built, signed)
    for requirement, reached in zip(case["requirements"], found.coverage, strict=True):
        assert reached == pytest.approx(naive.coverage(*requirement["cells"], weights), abs=1e-12)
    assert found.cost_mjpy == pytest.approx(naive.cost(case, built, signed))
    assert found.cost_mjpy <= case["budget"] + 1e-9


@pytest.mark.parametrize("seed", range(100, 124))
def test_least_cost_equals_exhaustive_search(seed):
    case = random_case(seed, minimise_cost=True)
    expected = naive.best(case)
    if expected is None:
        with pytest.raises(InfeasibleError):
            solve(problem_of(case), EXACT)
        return
    found = solve(problem_of(case), EXACT)
    assert found.objective == pytest.approx(expected, abs=1e-9)
    assert found.bound <= expected + 1e-9
    assert found.coverage[0] >= case["requirements"][0]["at_least"] - 1e-9


def test_the_cases_cover_what_they_should():
    cases = [random_case(seed) for seed in range(48)]
    assert sum(naive.best(case) is None for case in cases) >= 2
    assert sum(naive.best(case) is not None for case in cases) >= 30
    assert any(any(case["in_force"]) for case in cases)
    assert any(len(case["opening"]) for case in cases)
    assert any(len(case["requirements"]) > 1 for case in cases)


@pytest.mark.parametrize("seed", [1, 2, 5, 9])
def test_one_shot_model_agrees(seed):
    case = random_case(seed, floors=1)
    expected = naive.best(case)
    if expected is None:
        pytest.skip("no design meets the floor")
    _, objective, bound, _ = solve_monolith(problem_of(case), gap=1e-9, time_limit_s=60.0)
    assert objective == pytest.approx(expected, abs=1e-7)
    assert bound == pytest.approx(expected, abs=1e-6)


def test_same_seed_gives_the_same_answer_and_history():
    problem = problem_of(random_case(3))
    first, second = (solve(problem, Effort(gap=1e-4, time_limit_s=60.0, seed=7)) for _ in range(2))
    assert first.chosen == second.chosen
    assert (first.objective, first.bound, first.nodes) == (
        second.objective, second.bound, second.nodes
    )  # fmt: skip
    assert [(m.lower, m.upper, m.nodes, m.cuts) for m in first.history] == [
        (m.lower, m.upper, m.nodes, m.cuts) for m in second.history
    ]


def test_interrupt_keeps_the_best_answer_and_an_honest_bound():
    case = random_case(11, floors=0)
    problem = problem_of(case)
    pressed = []

    def interrupt(moment):
        if not pressed:
            pressed.append(moment)
            raise KeyboardInterrupt

    found = solve(problem, Effort(gap=0.0, time_limit_s=60.0), progress=interrupt)
    assert found.status == "interrupted"
    assert found.objective <= naive.best(case) <= found.bound
    assert not found.proven


def test_time_limit_returns_what_there_is():
    case = random_case(11, floors=0)
    found = solve(problem_of(case), Effort(gap=0.0, time_limit_s=0.0))
    assert found.status == "time_limit"
    assert found.objective <= naive.best(case) <= found.bound


def test_the_same_cuts_serve_every_budget_and_each_answer_is_optimal():
    case = random_case(8, floors=0)
    problem, pool = problem_of(case), CutPool()
    reached = []
    for budget in (0.0, 5.0, 12.0, 20.0):
        point = search(problem.with_budget(budget), EXACT, pool=pool)
        expected = naive.best({**case, "budget": budget})
        assert point.objective == pytest.approx(expected, abs=1e-9)
        reached.append(point.objective)
    assert all(np.diff(reached) >= 0)


def test_another_price_gives_another_answer_from_the_same_cuts():
    case = random_case(8, floors=0)
    dearer = {**case, "cost": case["cost"][::-1].copy()}
    problem = problem_of(case)
    repriced = problem.with_costs(dearer["cost"], dearer["opening"], dearer["fee"])
    found = solve(repriced, EXACT)
    assert found.objective == pytest.approx(naive.best(dearer), abs=1e-9)


def test_floor_out_of_reach_names_it_and_how_far_it_goes():
    case = random_case(4, floors=1)
    case["requirements"][1]["at_least"] = 0.99
    with pytest.raises(
        InfeasibleError, match=r"floor 0: at least 0\.99 .* whatever the budget; lower the floor"
    ):
        solve(problem_of(case), EXACT)


def test_floor_beyond_the_budget_names_both_limits_before_any_search(monkeypatch):
    monkeypatch.setattr(Builder, "traded", None)  # its root alone refuses the floor
    case = random_case(4, floors=1)
    problem = problem_of(case)
    most = naive.best({**case, "requirements": [{**case["requirements"][1], "at_least": 0.0}]})
    everything = naive.best(
        {**case, "budget": np.inf, "requirements": [{**case["requirements"][1], "at_least": 0.0}]}
    )
    assert most < everything
    floor = dataclasses.replace(problem.floors[0], at_least=(most + everything) / 2)
    with pytest.raises(InfeasibleError, match=rf"floor 0: .* at most {most:.3f}.*can be reached"):
        solve(dataclasses.replace(problem, floors=(floor,)), EXACT)


def test_no_candidate_affordable_names_the_cheapest():
    problem = problem_of(random_case(5, floors=0)).with_budget(0.1)
    with pytest.raises(Exception, match=r"no candidate is affordable: the cheapest option, \w+"):
        solve(problem, EXACT)


def test_budget_zero_is_the_network_as_it_is():
    found = solve(problem_of(random_case(5, floors=0)).with_budget(0.0), EXACT)
    assert found.chosen == ()
    assert found.cost_mjpy == 0.0
