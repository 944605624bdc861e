"""Fronts against exhaustive search, and the hypervolume against inclusion and exclusion."""

import itertools

import numpy as np
import pytest

from design_cases import counted, problem_of, random_case
from kansoku.design import frontier
from kansoku.design.cuts import CutPool
from kansoku.design.frontier import Levels, sweep
from kansoku.design.hypervolume import hypervolume
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.search import search
from kansoku.design.terms import Least, Without
from kansoku.errors import DesignError
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=120.0)
BUDGETS = (0.0, 3.0, 6.0, 9.0, 14.0, 20.0)


def outcomes(case, budget, requirement=None, at_least=0.0):
    """Cost, coverage and one more requirement of every affordable design that meets a level."""
    for built, signed in naive.designs(case):
        spent = naive.cost(case, built, signed)
        if spent > budget + 1e-9:
            continue
        weights = naive.row_weights(case, built, signed)
        covered = naive.coverage(*case["requirements"][0]["cells"], weights)
        more = naive.coverage(*requirement, weights) if requirement else 0.0
        if more >= at_least - 1e-11:
            yield spent, covered, more


def best_of(found):
    """Most coverage, then least cost."""
    found = list(found)
    if not found:
        return None
    most = max(covered for _, covered, _ in found)
    return most, min(spent for spent, covered, _ in found if covered >= most - 1e-10)


@pytest.mark.parametrize("seed", range(600, 612))
def test_front_over_budgets_equals_the_enumerated_one(seed):
    case = random_case(seed, floors=0)
    front = sweep(problem_of(case), EXACT, BUDGETS, exact_cost=True)
    expected = sorted({best_of(outcomes(case, budget))[::-1] for budget in BUDGETS})
    kept = [one for k, one in enumerate(expected) if k == 0 or one[1] > expected[k - 1][1] + 1e-10]
    assert [p.portfolio.cost_mjpy for p in front.points] == pytest.approx([c for c, _ in kept])
    assert [p.portfolio.objective for p in front.points] == pytest.approx([f for _, f in kept])
    boxes = [(20.0 - cost, coverage) for cost, coverage in kept]
    assert front.reference == (20.0, 0.0)
    assert front.hypervolume == pytest.approx(by_inclusion_and_exclusion(boxes))
    assert len(front.points) + len(front.dominated) == len(BUDGETS)


@pytest.mark.parametrize("seed", range(620, 626))
def test_front_over_budgets_and_a_floor_equals_the_enumerated_one(seed):
    case = random_case(seed, floors=1)
    floor = case["requirements"].pop()["cells"]
    levels = (0.0, 0.15, 0.3, 0.45)
    term = counted("autonomy", *floor)
    budgets = BUDGETS[1::2]
    front = sweep(problem_of(case), EXACT, budgets, (Levels(term, levels),))
    asked = {}
    for point in (*front.points, *front.dominated):
        asked[point.budget_mjpy, *point.levels] = point
    assert len(asked) == len(levels) * len(budgets)
    for (budget, level), point in asked.items():
        expected = best_of(outcomes(case, budget, floor, level))
        if expected is None:
            assert point.portfolio is None
            assert "autonomy" in point.reason
        else:
            assert point.portfolio.coverage[0] == pytest.approx(expected[0], abs=1e-9)
            assert point.portfolio.bound >= expected[0] - 1e-9
            assert point.portfolio.coverage[1] >= level - 1e-9
    for one, other in itertools.permutations(front.points, 2):
        assert any(a > b for a, b in zip(one.outcome(), other.outcome(), strict=True))


def test_a_worst_case_is_a_floor_like_any_other():
    case = random_case(611, floors=0)
    problem = problem_of(case)
    losses = [Without(f"without {k}", problem.objective, np.array([k])) for k in range(3)]
    front = sweep(problem, EXACT, (20.0,), (Levels(Least("worst case", losses), (0.0, 0.2)),))
    for point in front.points:
        assert point.portfolio.coverage[1] >= point.levels[0] - 1e-9


@pytest.mark.parametrize("seed", range(600, 604))
def test_without_the_search_for_least_cost_nothing_idle_is_kept(seed):
    case = random_case(seed, floors=0)
    problem = problem_of(case)
    for point in sweep(problem, EXACT, (1000.0,)).points:
        built = {int(name[1:]) for name in point.portfolio.chosen}
        signed = {int(name[1:]) for name in point.portfolio.arrangements}
        for i in built:
            weights = naive.row_weights(case, built - {i}, signed)
            less = naive.coverage(*case["requirements"][0]["cells"], weights)
            assert less < point.portfolio.objective or case["cost"][i] == 0


def test_one_pool_serves_the_sweep():
    pool = CutPool()
    sweep(problem_of(random_case(600, floors=0)), EXACT, BUDGETS, pool=pool)
    assert len(pool) > 0


def test_an_interrupt_keeps_the_points_answered_so_far(monkeypatch):
    searches, pressed = [], []

    def noted(*args, **more):
        searches.append(args)
        return search(*args, **more)

    def interrupt(moment):
        if len(searches) == 3 and not pressed:
            pressed.append(moment)
            raise KeyboardInterrupt

    monkeypatch.setattr(frontier, "search", noted)
    front = sweep(problem_of(random_case(600, floors=0)), EXACT, BUDGETS, progress=interrupt)
    assert len(front.points) + len(front.dominated) == 3


def test_no_budget_and_no_point_are_refused():
    case = random_case(4, floors=1)
    with pytest.raises(DesignError, match="--budgets: got none"):
        sweep(problem_of(case), EXACT, ())
    case["requirements"][1]["at_least"] = 0.99
    with pytest.raises(InfeasibleError, match="floor 0"):
        sweep(problem_of(case), EXACT, (1.0, 2.0))


def by_inclusion_and_exclusion(boxes):
    """Volume of a union of boxes from the origin."""
    total = 0.0
    for size in range(1, len(boxes) + 1):
        for some in itertools.combinations(boxes, size):
            corner = [max(min(sides), 0.0) for sides in zip(*some, strict=True)]
            total += (-1) ** (size + 1) * float(np.prod(corner))
    return total


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_hypervolume_equals_inclusion_and_exclusion(objectives, seed):
    rng = np.random.default_rng(seed)
    points = np.round(rng.uniform(-0.2, 1.0, (8, objectives)), 1)  # ties, and some beyond
    reference = np.full(objectives, 0.05)
    expected = by_inclusion_and_exclusion([tuple(p) for p in points - reference])
    assert hypervolume(points, reference) == pytest.approx(expected, abs=1e-12)


def test_hypervolume_of_nothing_is_none():
    assert hypervolume(np.zeros((0, 2)), np.zeros(2)) == 0.0
    assert hypervolume(np.array([[1.0, 0.0]]), np.zeros(2)) == 0.0
