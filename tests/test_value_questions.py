"""Shadow prices, regret and commonality: against exhaustive search, and by hand."""

from dataclasses import replace

import numpy as np
import pytest

from design_cases import counted, problem_of, random_case
from kansoku.design.cases import Answers, Case
from kansoku.design.frontier import sweep
from kansoku.design.portfolio import Effort
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.programme.search import solve as solve_programme
from kansoku.design.search import solve
from kansoku.design.terms import Floor
from kansoku.design.value import commonality as common
from kansoku.design.value import regret as regrets
from kansoku.design.value import shadow
from kansoku.errors import DesignError
from naive import design as naive
from programme_cases import programme_of
from programme_examples import agreed, of_partner, of_sensors, sensor

EXACT = Effort(gap=1e-9, time_limit_s=60.0)
LOOSE = Effort(gap=0.3, time_limit_s=60.0)
WITH_AN_ANSWER = range(12)


def answered(problem, effort=EXACT):
    return solve(problem, effort)


def plain(costs, sees, budget, floors=(), offers=()):
    """Candidates that each see their own part of a demand of 10, and partners likewise."""
    rows, partners = len(costs) + len(offers), len(offers)
    sees = [*sees, *(offer["sees"] for offer in offers)]
    cells = (np.eye(rows, dtype=int), np.zeros(rows), np.array(sees), 10, (1.0,))
    own = np.array([*range(len(costs)), *[-1] * partners])
    return Problem(
        budget_mjpy=budget,
        candidates=Candidates(
            tuple(f"c{i}" for i in range(len(costs))),
            np.array(costs, dtype=float),
            np.full(len(costs), -1),
        ),
        sites=Sites((), np.zeros(0)),
        partners=tuple(f"p{k}" for k in range(partners)),
        arrangements=Arrangements(
            tuple(f"r{k}" for k in range(partners)),
            np.arange(partners),
            np.array([offer["tier"] for offer in offers], dtype=np.intp),
            np.array([offer["cost"] for offer in offers], dtype=float),
            np.zeros(partners, dtype=bool),
        ),
        tier_credit=np.array([offer["worth"] for offer in offers], dtype=float).reshape(-1, 5),
        row_candidate=own,
        row_partner=np.array([*[-1] * len(costs), *range(partners)]),
        objective=counted("coverage", *cells),
        floors=tuple(Floor(counted(name, *rest), level) for name, rest, level in floors),
    )


# --- shadow prices


@pytest.mark.parametrize("effort", [EXACT, LOOSE])
@pytest.mark.parametrize("seed", WITH_AN_ANSWER)
def test_the_price_of_money_holds_the_truth(seed, effort):
    case = random_case(seed)
    more = {**case, "budget": case["budget"] + 5.0}
    now = solve(problem_of(case), effort)
    truth = naive.best(more) - naive.best(case)
    question = replace(problem_of(case), budget_mjpy=more["budget"])
    found, then = shadow.asked_again("more", question, now, lambda q: solve(q, effort))
    assert found.low - 1e-9 <= truth <= found.high + 1e-9
    assert found.low >= 0.0
    assert then.objective <= naive.best(more) + 1e-9


def test_exact_answers_give_a_price_without_width():
    # 3 of 10 for 2, then 6 of 10 for 5: with 5 the second, with 7 both
    problem = plain([2.0, 5.0], [3, 6], 5.0)
    now = answered(problem)
    found, _ = shadow.asked_again("2 more", problem.with_budget(7.0), now, answered)
    assert (found.low, found.high) == pytest.approx((0.3, 0.3), abs=1e-8)
    tighter, _ = shadow.asked_again("3 less", problem.with_budget(2.0), now, answered, "tighter")
    assert (tighter.low, tighter.high) == pytest.approx((-0.3, -0.3), abs=1e-8)


def test_gaps_widen_a_price_but_not_beyond_what_direction_allows():
    class Reached:
        def __init__(self, objective, bound):
            self.objective, self.bound = objective, bound

    now, then = Reached(0.50, 0.54), Reached(0.52, 0.55)
    assert vars(shadow.price("p", now, then)) == pytest.approx(
        {"label": "p", "low": -0.02, "high": 0.05}, abs=1e-12
    )
    assert shadow.price("p", now, then, "looser").low == 0.0
    assert shadow.price("p", now, then, "tighter").high == 0.0


def test_one_point_less_of_a_floor():
    # the owner's floor asks for c0 (3 of 10 for 5); without it c1 (6 of 10 for 5) is taken
    own = (np.eye(2, dtype=int), np.zeros(2), np.array([3, 0]), 10, (1.0,))
    problem = plain([5.0, 5.0], [3, 6], 5.0, floors=[("autonomy", own, 0.3)])
    now = answered(problem)
    assert now.objective == pytest.approx(0.3)
    found, _ = shadow.asked_again("1 point", shadow.less_of(problem, "autonomy"), now, answered)
    assert found.low == pytest.approx(0.0, abs=1e-8)  # 0.29 still asks for c0
    freed = shadow.less_of(problem, "autonomy", by=0.3)
    assert shadow.asked_again("all", freed, now, answered)[0].low == pytest.approx(0.3, abs=1e-8)


def test_one_tier_more():
    offer = {"sees": 5, "tier": 3, "cost": 1.0, "worth": [0, 0.2, 0.6, 1.0, 1.0]}
    problem = plain([9.0], [3], 1.0, offers=[offer])
    now = answered(problem)
    found, _ = shadow.asked_again("tier", shadow.one_tier_more(problem, "p0"), now, answered)
    assert found.low == pytest.approx(0.5 * 0.4, abs=1e-8)


def test_the_slope_of_the_relaxation_is_the_dual_of_the_budget():
    # by worth per yen: c0 (0.3 for 2), then part of c1 (0.6 for 5): 0.12 a million
    assert shadow.budget_slope(plain([2.0, 5.0], [3, 6], 5.0)) == pytest.approx(0.12, rel=1e-4)
    assert shadow.budget_slope(plain([2.0, 5.0], [3, 6], 9.0)) == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(DesignError, match="within a finite budget"):
        shadow.budget_slope(plain([2.0], [3], np.inf))


def test_the_billion_that_a_study_asks_for_is_not_asked_again():
    problem = plain([500.0, 900.0], [3, 6], 500.0)
    now, more = answered(problem), answered(problem.with_budget(1500.0))
    asked = Answers(now, (), (), Case("more", 1500.0, more))
    found = shadow.next_billion(asked)
    assert (found.low, found.high) == pytest.approx((0.6, 0.6), abs=1e-8)
    assert shadow.next_billion(replace(asked, next_billion=Case("more", 1.0, None))) is None


def test_prices_over_years():
    # A sees 6, B 4 of 10 a year; each costs 4000 now, and there is money for one
    both = of_sensors(
        sensor(payments=[4000.0, 0.0]),
        sensor(payments=[4000.0, 0.0]),
        purse={"budget": [7500.0, 0.0]},
    )
    programme = programme_of(both)
    now = solve_programme(programme, EXACT)
    assert now.objective == pytest.approx(1.2)
    more = shadow.richer(programme, "f0", 2027)
    found, _ = shadow.asked_again("billion", more, now, lambda q: solve_programme(q, EXACT))
    assert (found.low, found.high) == pytest.approx((0.8, 0.8), abs=1e-7)
    late = shadow.richer(programme, "f0", 2028)  # B then serves one year
    found, _ = shadow.asked_again("later", late, now, lambda q: solve_programme(q, EXACT))
    assert (found.low, found.high) == pytest.approx((0.0, 0.0), abs=1e-7)


def test_one_tier_more_over_years():
    case = of_partner(agreed(received=[3, 0]))
    case["rows"][0]["profile"] = [0.0, 0.2, 0.6, 1.0, 1.0]
    programme = programme_of(case)
    now = solve_programme(programme, EXACT)
    changed = shadow.one_tier_more(programme, "p0")
    found, _ = shadow.asked_again("tier", changed, now, lambda q: solve_programme(q, EXACT))
    assert (found.low, found.high) == pytest.approx((0.4, 0.4), abs=1e-7)


def test_a_floor_over_years_is_lowered_in_every_year():
    case = of_sensors(sensor())
    for aim in case["aims"]:
        aim["floor"] = 0.5
    programme = programme_of(case)
    lower = shadow.less_of(programme, "aim 0")
    assert [aim.at_least for aim in lower.aims] == pytest.approx([0.49, 0.5])


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda p, y: shadow.less_of(p, "none"), "floor none: .* it has none"),
        (lambda p, y: shadow.less_of(y, "none"), "floor none: .* it has none"),
        (lambda p, y: shadow.one_tier_more(p, "x"), "partner x: unknown"),
        (lambda p, y: shadow.one_tier_more(y, "x"), "partner x: unknown; partners are p0, p1"),
        (lambda p, y: shadow.richer(y, "f9", 2027), "purses are f0, years 2027 to 2028"),
        (lambda p, y: shadow.richer(y, "f0", 2040), "purse f0, FY2040"),
    ],
)
def test_what_cannot_be_changed_is_named(ask, words):
    with pytest.raises(DesignError, match=words):
        ask(plain([1.0], [3], 1.0), programme_of(of_sensors(sensor())))


# --- regret


def profiles_of(weights, budget=5.0):
    """Three sensors of one price; each profile weighs what they see in its own way."""
    problems = []
    for sees in weights:
        cells = (np.eye(3, dtype=int), np.zeros(3), np.array(sees), 10, (1.0,))
        problems.append(
            replace(plain([5.0] * 3, [1, 1, 1], budget), objective=counted("coverage", *cells))
        )
    return problems


def table_of(problems, effort=EXACT):
    answers = [solve(one, effort) for one in problems]

    def value(answer, k):
        return problems[k].objective.value(problems[k].row_weights(answer.design))

    return regrets.regret(("security", "economy", "environment"), answers, value), answers


def test_regret_by_hand():
    # best alone: c0, c1, c2; c2 is nearly as good for all
    found, answers = table_of(profiles_of([(6, 1, 4), (1, 6, 5), (0, 2, 5)]))
    assert [one.chosen for one in answers] == [("c0",), ("c1",), ("c2",)]
    assert found.value == pytest.approx(np.array([[6, 1, 0], [1, 6, 2], [4, 5, 5]]) / 10)
    expected = np.array([[0, 5, 5], [5, 0, 3], [2, 1, 0]]) / 10
    assert found.low == pytest.approx(expected)
    assert found.high == pytest.approx(expected, abs=1e-8)
    assert found.minimax == 2
    assert found.worst[1] == pytest.approx([0.5, 0.5, 0.2], abs=1e-8)
    assert found.settled


def test_gaps_make_regret_an_interval():
    class Reached:
        def __init__(self, objective, bound):
            self.objective, self.bound = objective, bound

    values = np.array([[0.50, 0.40], [0.48, 0.45]])
    answers = [Reached(0.50, 0.52), Reached(0.45, 0.49)]
    found = regrets.regret(("a", "b"), answers, lambda one, k: values[answers.index(one), k])
    assert found.low == pytest.approx(np.array([[0.0, 0.05], [0.02, 0.0]]))
    assert found.high == pytest.approx(np.array([[0.02, 0.09], [0.04, 0.04]]))
    assert found.minimax == 1
    assert found.settled  # the other has 0.05 at least, this one 0.04 at most
    wide = [Reached(0.50, 0.52), Reached(0.45, 0.51)]
    assert not regrets.regret(("a", "b"), wide, lambda one, k: values[wide.index(one), k]).settled
    better = [Reached(0.50, 0.52), Reached(0.40, 0.49)]  # another's answer is better than its own
    found = regrets.regret(("a", "b"), better, lambda one, k: values[better.index(one), k])
    assert found.low[1, 1] == 0.0


def test_an_answer_that_misses_a_floor_elsewhere_has_boundless_regret():
    class Reached:
        objective = bound = 0.5

    answers = [Reached(), Reached()]
    values = [[0.5, -np.inf], [0.4, 0.5]]
    found = regrets.regret(("a", "b"), answers, lambda one, k: values[answers.index(one)][k])
    assert found.high[0, 1] == np.inf
    assert found.minimax == 1


def test_regret_needs_one_answer_a_profile():
    with pytest.raises(DesignError, match="got 0 answers for 2 profiles"):
        regrets.regret(("a", "b"), [], lambda answer, k: 0.0)


# --- commonality


def test_words_by_share():
    answers = [{"a", "b"}, {"a", "b", "c"}, {"a"}, {"a"}, {"a", "b"}]
    found = {one.name: one.word for one in common.commonality("abcd", answers)}
    assert found == {"a": "always", "b": "often", "c": "sometimes", "d": "never"}
    half = common.commonality("ab", [{"a"}, {"b"}])
    assert [one.word for one in half] == ["often", "often"]


def test_over_a_front():
    # per yen c0 is best and always there; c2 never; c1 with money for two
    problem = plain([2.0, 5.0, 9.0], [3, 6, 1], 0.0)
    front = sweep(problem, EXACT, [2.0, 3.0, 7.0])
    found = {one.name: (one.times, one.word) for one in common.of_frontier(problem, front)}
    assert found == {"c0": (2, "always"), "c1": (1, "often"), "c2": (0, "never")}


def test_over_plans_the_year_does_not_matter():
    case = of_sensors(sensor(), sensor(), purse={"budget": [4.0, 4.0]})
    programme = programme_of(case)
    plan = solve_programme(programme, EXACT)
    swapped = replace(plan.decision, ordered=plan.decision.ordered[::-1].copy())
    found = common.of_plans(programme, [plan, replace(plan, decision=swapped)])
    assert {one.name: one.word for one in found} == {"i0": "always", "i1": "always"}


def test_no_answer_has_nothing_in_common():
    with pytest.raises(DesignError, match="got no answer to compare"):
        common.commonality("ab", [])
