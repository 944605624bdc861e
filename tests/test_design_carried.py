"""What one search hands to the next: answers as without it, in any order of the questions."""

from dataclasses import replace

import numpy as np
import pytest

from design_cases import counted, problem_of, random_case
from kansoku.design.branching import Pseudocosts
from kansoku.design.carried import Carried, differs_in_budget_alone, with_counts
from kansoku.design.columns import point_of
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.root import tighten
from kansoku.design.search import search
from kansoku.design.valuing import Evaluator
from naive import design as naive

EXACT = Effort(gap=1e-9, time_limit_s=120.0)
BUDGETS = (0.0, 2.0, 3.0, 5.0, 6.0, 8.0, 9.0, 11.0, 14.0, 20.0)


def most_covered(case, budget, floor=None, level=0.0):
    """Coverage of the best of all designs, None where none meets budget and level."""
    best = None
    for built, signed in naive.designs(case):
        weights = naive.row_weights(case, built, signed)
        if naive.cost(case, built, signed) > budget + 1e-9:
            continue
        if floor and naive.coverage(*floor, weights) < level - 1e-11:
            continue
        covered = naive.coverage(*case["requirements"][0]["cells"], weights)
        best = covered if best is None else max(best, covered)
    return best


def answer(problem, carried, start=None):
    """Coverage reached, None where no design meets the floors; gap and budget are checked here."""
    try:
        found = search(problem, EXACT, start=start, carried=carried)
    except InfeasibleError:
        return None, None
    assert found.proven
    assert found.cost_mjpy <= problem.budget_mjpy + 1e-9
    return found.coverage[0], found.design


@pytest.mark.parametrize("seed", range(700, 712))
def test_budgets_in_any_order_are_answered_as_by_exhaustive_search(seed):
    case = random_case(seed, floors=0)
    problem, carried = problem_of(case), Carried()
    for budget in np.random.default_rng(seed).permutation(BUDGETS):
        reached, _ = answer(problem.with_budget(float(budget)), carried)
        assert reached == pytest.approx(most_covered(case, budget), abs=1e-9)


@pytest.mark.parametrize("seed", range(720, 728))
def test_budgets_and_levels_in_any_order_are_answered_as_by_exhaustive_search(seed):
    case = random_case(seed, floors=1)
    cells = case["requirements"].pop()["cells"]
    problem, floor, carried = problem_of(case), counted("autonomy", *cells), Carried()
    chance = np.random.default_rng(seed)
    asked = [(b, level) for level in (0.0, 0.2, 0.4) for b in BUDGETS[::3]]
    for k in chance.permutation(len(asked)):
        budget, level = asked[k]
        one = replace(problem.with_budget(budget), floors=(floor >= level,))
        expected = most_covered(case, budget, cells, level)
        assert answer(one, carried)[0] == (expected and pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize("seed", range(730, 736))
def test_a_start_from_a_neighbour_changes_no_answer(seed):
    case = random_case(seed, floors=0)
    problem, carried, design = problem_of(case), Carried(), None
    for budget in BUDGETS:
        reached, design = answer(problem.with_budget(budget), carried, design)
        assert reached == pytest.approx(most_covered(case, budget), abs=1e-9)


def test_the_same_questions_give_the_same_answers_twice():
    problem = problem_of(random_case(740, floors=0))

    def run():
        carried = Carried()
        found = [search(problem.with_budget(b), EXACT, carried=carried) for b in BUDGETS]
        return [(one.chosen, one.bound, one.nodes, one.cuts) for one in found]

    assert run() == run()


@pytest.mark.parametrize("seed", range(750, 756))
def test_a_kept_program_under_another_budget_equals_a_new_one(seed):
    problem = problem_of(random_case(seed, floors=1)).with_budget(9.0)
    carried = Carried()
    kept, cuts_at = carried.relaxation(problem), Evaluator(problem).cuts_at
    nothing = kept.padded(point_of(problem, problem.nothing()))
    tighten(problem.exact, kept, cuts_at, nothing, lambda solved: True)
    for budget in (4.0, 0.0, 17.0):
        other = problem.with_budget(budget)
        again, new = carried.relaxation(other), with_counts(other)
        assert again is kept
        assert again.cut_count > 0
        scores = []
        for one in (again, new):
            solved = tighten(other, one, cuts_at, nothing, lambda solved: True)
            scores.append(solved and solved.score)
        assert scores[0] == (scores[1] and pytest.approx(scores[1], rel=3e-4))


def test_other_prices_begin_a_new_program():
    problem = problem_of(random_case(760, floors=0)).with_budget(9.0)
    dear = replace(
        problem,
        candidates=replace(problem.candidates, cost_mjpy=problem.candidates.cost_mjpy * 2.0),
    )
    carried = Carried()
    first = carried.relaxation(problem)
    assert carried.holds(problem.with_budget(3.0))
    assert not carried.holds(dear)
    assert carried.relaxation(dear) is not first


def test_only_a_finite_budget_may_differ():
    problem = problem_of(random_case(761, floors=1)).with_budget(9.0)
    raised = replace(problem, floors=tuple(f.term >= f.at_least + 0.01 for f in problem.floors))
    assert differs_in_budget_alone(problem, problem.with_budget(2.0))
    assert not differs_in_budget_alone(problem, problem.with_budget(np.inf))
    assert not differs_in_budget_alone(problem, raised)
    assert not differs_in_budget_alone(problem, replace(problem, floors=()))
    assert not differs_in_budget_alone(problem, replace(problem, min_coverage=0.1))


def test_what_is_remembered_of_branching_keeps_its_averages_and_counts_for_less():
    costs = Pseudocosts(2)
    for loss in range(20):
        costs.observe(0, True, 0.5, float(loss))
        costs.observe(0, False, 0.5, 1.0)
    aged, both, half = costs.aged(4.0), np.array([0, 1]), np.array([0.5, 0.5])
    assert aged.merit(both, half)[0] == pytest.approx(costs.merit(both, half)[0])
    assert not costs.unreliable(both, 8)[0]
    assert aged.unreliable(both, 8)[0]
