"""Floors that no design meets together: which conflict, and the smallest step back."""

import itertools

import numpy as np
import pytest

from design_cases import counted, problem_of, random_case
from kansoku.design.conflicts import conflict_of, in_words
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.search import search, solve
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=60.0)


def ask(problem, start):
    return search(problem, EXACT, start=start)


def case_of(floors, budget, cost=(4.0, 4.0, 4.0), alpha=(), offers=()):
    """Candidate i covers cell i alone; a floor is (name, weights of the cells, level)."""
    cells = max(len(weight) for _, weight, _ in floors)
    rows = [("candidate", i) for i in range(len(cost))]
    rows += [("partner", p) for p in range(len(alpha))]
    values = np.eye(len(rows), cells, dtype=int)

    def requirement(weight, level):
        weight = np.array(weight)
        return {
            "cells": (values, np.zeros(cells, int), weight, int(weight.sum()), (1.0,)),
            "at_least": level,
        }

    return {
        "budget": budget, "cost": np.array(cost), "site": [-1] * len(cost),
        "opening": np.zeros(0), "partner": [p for p, _, _ in offers],
        "tier": [t for _, t, _ in offers], "fee": np.array([f for _, _, f in offers]),
        "in_force": [False] * len(offers), "alpha": list(alpha), "rows": rows,
        "requirements": [requirement([1] * cells, 0.0)]
        + [requirement(weight, level) for _, weight, level in floors],
        "minimise_cost": False,
    }  # fmt: skip


def problem_with_names(case, floors):
    """The same question, its floors under the planner's names."""
    plain = problem_of(case)
    named = tuple(
        counted(name, *requirement["cells"]) >= requirement["at_least"]
        for (name, _, _), requirement in zip(floors, case["requirements"][1:], strict=True)
    )
    return Problem(**{**vars(plain), "floors": named})


def conflicting_sets(case):
    """Minimal sets of floors (by number) that no design meets, by exhaustive search."""
    floors = case["requirements"][1:]
    found = []
    for size in range(1, len(floors) + 1):
        for chosen in itertools.combinations(range(len(floors)), size):
            if any(set(small) <= set(chosen) for small in found):
                continue
            kept = [case["requirements"][0], *(floors[k] for k in chosen)]
            if naive.best({**case, "requirements": kept}) is None:
                found.append(chosen)
    return found


def most_of(case, number, before):
    """How far one floor can be met beside others at given levels, by exhaustive search."""
    floors = case["requirements"][1:]
    kept = [{**floors[number], "at_least": 0.0}]
    kept += [{**floors[k], "at_least": level} for k, level in before]
    return naive.best({**case, "requirements": kept})


TWO = [("autonomy", [3, 1, 0], 0.7), ("loss of AUS", [0, 1, 4], 0.7)]


def test_two_floors_that_share_one_budget_are_named_with_the_step_back():
    case = case_of(TWO, budget=4.0)
    assert conflicting_sets(case) == [(0, 1)]
    with pytest.raises(InfeasibleError) as raised:
        solve(problem_with_names(case, TWO), EXACT)
    assert str(raised.value) == (
        "autonomy >= 0.7 and loss of AUS >= 0.7 cannot both be met within 4 million JPY; each "
        "alone can; the smallest step back in order of priority: loss of AUS 0.0000 (keeping the "
        "others); or raise the budget"
    )


def test_the_order_of_priority_decides_which_floor_steps_back():
    problem = problem_with_names(case_of(TWO, budget=4.0), TWO)
    found = conflict_of(problem, ask, priority=("loss of AUS",))
    assert [step.floor.name for step in found.steps_back] == ["autonomy"]
    assert found.steps_back[0].reached == 0.0
    assert found.proven
    assert found.minimal


def test_of_three_floors_the_two_that_conflict_are_named():
    floors = [("first", [1, 0, 0], 1.0), ("idle", [1, 1, 1], 0.3), ("third", [0, 0, 1], 1.0)]
    case = case_of(floors, budget=4.0)
    assert conflicting_sets(case) == [(0, 2)]
    found = conflict_of(problem_with_names(case, floors), ask)
    assert [floor.name for floor in found.floors] == ["first", "third"]
    assert "idle" not in in_words(found, 4.0)


def test_three_that_conflict_though_any_two_can_be_met():
    floors = [(name, np.eye(3, dtype=int)[k], 1.0) for k, name in enumerate("abc")]
    case = case_of(floors, budget=8.0)
    assert conflicting_sets(case) == [(0, 1, 2)]
    found = conflict_of(problem_with_names(case, floors), ask)
    assert [floor.name for floor in found.floors] == ["a", "b", "c"]
    assert found.minimal
    assert "cannot all be met" in in_words(found, 8.0)


def test_one_floor_beyond_the_budget_is_named_alone():
    floors = [("autonomy", [1, 1, 1], 1.0)]
    case = case_of(floors, budget=8.0)
    with pytest.raises(InfeasibleError, match=r"autonomy: .* within 8 .* at most 0\.666667"):
        solve(problem_with_names(case, floors), EXACT)


def test_arrangements_that_exclude_each_other_do_not_conflict_where_the_richer_gives_both():
    seen = np.array([[1, 0], [0, 1]])
    none = np.zeros(0)
    near, far = (
        counted(name, seen, np.zeros(2, int), np.array(weight), 1, (1.0,)) >= 1.0
        for name, weight in (("near", [1, 0]), ("far", [0, 1]))
    )
    problem = Problem(
        budget_mjpy=np.inf,
        candidates=Candidates((), none, none.astype(np.intp)),
        sites=Sites((), none),
        partners=("ally",),
        arrangements=Arrangements(
            ("images", "tracks"),
            np.array([0, 0]),
            np.array([1, 2]),
            np.array([1.0, 1.0]),
            np.array([False, False]),
        ),
        tier_credit=np.array([[0.5, 1.0]]),
        row_candidate=np.array([-1, -1]),
        row_partner=np.array([0, 0]),
        objective=counted("coverage", seen, np.zeros(2, int), np.ones(2, int), 2, (1.0,)),
        floors=(near, far),
        row_profile=np.array([[1.0, 1.0], [0.0, 1.0]]),
    )
    assert conflict_of(problem, ask) is None
    poorer = Problem(**{**vars(problem), "budget_mjpy": 0.5})
    found = conflict_of(poorer, ask)
    assert [floor.name for floor in found.floors] == ["near"]
    assert [step.floor.name for step in found.steps_back] == ["near", "far"]


@pytest.mark.parametrize("seed", range(500, 516))
def test_random_conflicts_agree_with_exhaustive_search(seed):
    case = random_case(seed, floors=3)
    for floor in case["requirements"][1:]:
        alone = naive.best({**case, "requirements": [{**floor, "at_least": 0.0}]})
        floor["at_least"] = np.floor(0.9 * alone * 1e4) / 1e4
    found = conflict_of(problem_of(case), ask)
    minimal = conflicting_sets(case)
    if not minimal:
        assert found is None
        return
    numbers = tuple(int(floor.name.split()[1]) for floor in found.floors)
    assert numbers in minimal
    assert found.proven
    assert found.minimal
    before = []
    steps = {step.floor.name: step for step in found.steps_back}
    for number, floor in enumerate(case["requirements"][1:]):
        level = floor["at_least"]
        if f"floor {number}" in steps:
            expected = most_of(case, number, before)
            assert steps[f"floor {number}"].reached == pytest.approx(expected, abs=1e-9)
            level = expected - 1e-9
        before.append((number, level))


def test_random_cases_conflict_often_enough():
    conflicts = 0
    for seed in range(500, 516):
        case = random_case(seed, floors=3)
        for floor in case["requirements"][1:]:
            alone = naive.best({**case, "requirements": [{**floor, "at_least": 0.0}]})
            floor["at_least"] = np.floor(0.9 * alone * 1e4) / 1e4
        conflicts += bool(conflicting_sets(case))
    assert conflicts >= 6


def test_what_was_not_proven_in_time_says_so():
    problem = problem_with_names(case_of(TWO, budget=4.0), TWO)
    found = conflict_of(problem, lambda asked, start: search(asked, Effort(0.0, 0.0), start=start))
    if found is not None and not found.proven:
        assert "not proven in the time given" in in_words(found, 4.0)
