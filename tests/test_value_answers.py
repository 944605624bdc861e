"""What parts of an answer are worth, against loops written from the formulation."""

import itertools

import numpy as np
import pytest

from design_cases import problem_of
from design_cases import random_case as random_question
from kansoku.design.problem import Design
from kansoku.design.programme.valuing import Evaluator
from kansoku.design.value import OneBudget, Part, Years
from kansoku.design.value.answer import of_kind
from kansoku.design.value.game import by_label, game_of, one_each
from kansoku.design.value.marginal import marginal_values
from kansoku.design.value.shapley import shapley
from kansoku.errors import DesignError
from naive import games
from naive import programme as naive
from programme_cases import decision_of, programme_of, random_case
from programme_examples import agreed, of_partner, own, question, sensor, theirs


def one_answer(seed):
    """A question of one budget with everything built and every second arrangement signed."""
    case = random_question(seed)
    problem = problem_of(case)
    signed = {r for r in range(len(case["fee"])) if r % 2 == seed % 2}
    built = set(range(len(case["cost"]))) - {seed % 3}
    design = Design(
        np.isin(np.arange(len(case["cost"])), list(built)),
        problem.arrangements.in_force | np.isin(np.arange(len(case["fee"])), list(signed)),
    )
    return case, built, signed, OneBudget(problem, design)


def left_of(case, built, signed, gone):
    """What the oracle says of an answer without some parts."""
    of = {kind: {p.index for p in gone if p.kind == kind} for kind in ("sensor", "arrangement")}
    caps = {}
    for part in gone:
        if part.kind == "tier":
            caps[part.index] = min(caps.get(part.index, 5), part.tier - 1)
    absent = {p.index for p in gone if p.kind == "partner"}
    absent |= {p for p, tier in caps.items() if tier == 0}
    return games.one_budget(case, built - of["sensor"], signed - of["arrangement"], absent, caps)


@pytest.mark.parametrize("seed", range(40))
def test_one_budget_without_any_of_its_parts(seed):
    case, built, signed, answer = one_answer(seed)
    rng = np.random.default_rng(seed)
    for _ in range(12):
        gone = frozenset(part for part in answer.parts if rng.random() < 0.4)
        expected = left_of(case, built, signed, gone)
        assert answer.measured(gone) == pytest.approx(expected, abs=1e-9)


def decisions_of(case, count, seed):
    found = [d for d in itertools.islice(naive.decisions(case), 400) if naive.allowed(case, d)]
    rng = np.random.default_rng(seed)
    busy = sorted(found, key=lambda d: -sum(map(sum, d["in_force"])) - len(d["ordered"]))
    return [busy[int(k)] for k in rng.integers(0, len(busy), count)] if busy else []


def over_years_without(case, decision, gone):
    of = {
        kind: {p.index for p in gone if p.kind == kind}
        for kind in ("sensor", "arrangement", "partner")
    }
    caps = {}
    for part in gone:
        if part.kind == "tier":
            caps[part.index] = min(caps.get(part.index, 5), part.tier - 1)
    left = games.without(case, decision, of["sensor"], of["arrangement"], of["partner"])
    return games.over_years(case, left, of["partner"], caps)


@pytest.mark.parametrize("seed", range(40))
def test_years_without_any_of_its_parts(seed):
    case = random_case(seed)
    programme = programme_of(case)
    rng = np.random.default_rng(seed)
    for decision in decisions_of(case, 4, seed):
        answer = Years(programme, decision_of(case, decision))
        for _ in range(6):
            gone = frozenset(part for part in answer.parts if rng.random() < 0.4)
            expected = over_years_without(case, decision, gone)
            assert answer.measured(gone)[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_years_whole_are_worth_what_the_search_says(seed):
    case = random_case(seed)
    programme = programme_of(case)
    for decision in decisions_of(case, 3, seed):
        own_decision = decision_of(case, decision)
        answer, valued = Years(programme, own_decision), Evaluator(programme)(own_decision)
        measured = answer.measured(frozenset())
        assert measured[0] == pytest.approx(valued.objective, abs=1e-12)
        assert measured[1:] == pytest.approx(valued.coverage, abs=1e-12)
        quick = Years(programme, own_decision, floors=False)
        assert quick.measured(frozenset())[0] == measured[0]
        assert len(quick.measured(frozenset())) == len(quick.measures) <= len(answer.measures)
        spent = Evaluator(programme).consequences.spent_mjpy(own_decision).sum()
        assert answer.cost_mjpy(frozenset()) == pytest.approx(spent)


@pytest.mark.parametrize("seed", range(8))
def test_shapley_values_of_sensors_against_every_order(seed):
    case, built, signed, answer = one_answer(seed)
    sensors = of_kind(answer.parts, "sensor")[:5]

    def worth(players):
        gone = {sensors[i].index for i in range(len(sensors)) if i not in players}
        return games.one_budget(case, built - gone, signed)[0]

    found = shapley(game_of(answer, one_each(sensors)))
    assert found.value == pytest.approx(games.shapley(len(sensors), worth), abs=1e-9)


# --- worked by hand, in docs/value.md too


def two_sensors():
    """Of ten cells A sees 1 to 6 and B sees 4 to 9."""
    sees = np.zeros((2, 10), dtype=int)
    sees[0, :6] = sees[1, 3:9] = 1
    case = question([own(0), own(1)], [1, 1], sensors=[sensor(), sensor()])
    for aim in case["aims"]:
        aim["cells"] = (sees, np.zeros(10), np.ones(10, dtype=int), 10, (1.0,))
    case["aims"] = case["aims"][:1]
    none = [False, False]
    decision = {"ordered": [0, 0], "kept": [none, none], "in_force": [], "tasked": []}
    return Years(programme_of(case), decision_of(case, decision))


def test_two_sensors_that_stand_in_for_each_other():
    answer = two_sensors()
    assert [one.lost[0] for one in marginal_values(answer)] == pytest.approx([0.3, 0.3])
    assert shapley(game_of(answer, one_each(answer.parts))).value == pytest.approx([0.45, 0.45])


def test_a_pool_and_the_agreement_that_it_needs():
    answer = chain_answer()
    both = one_each(of_kind(answer.parts, "arrangement"))
    assert shapley(game_of(answer, both)).value == pytest.approx([0.7, 0.3])


def chain():
    """A bilateral agreement brings tier 2; a pool that needs it tier 4; a partner sees 5 of 10."""
    bilateral = agreed(received=[2, 0], setup=1.0)
    pool = agreed(received=[4, 0], needs=[[0]], fee=2.0)
    case = of_partner(bilateral, pool)
    case["rows"][0]["profile"] = [0.0, 0.4, 0.6, 1.0, 1.0]
    return case


def chain_answer():
    case = chain()
    decision = {
        "ordered": [],
        "kept": [],
        "in_force": [[True, True], [True, True]],
        "tasked": [],
    }
    return Years(programme_of(case), decision_of(case, decision))


def test_what_needs_an_arrangement_leaves_with_it():
    found = {one.part.name: one for one in marginal_values(chain_answer())}
    # 0.5 a year in two years; without the pool 0.4 x 0.5
    assert found["r1"].lost[0] == pytest.approx(1.0 - 2 * 0.2)
    assert found["r1"].alongside == ()
    assert found["r1"].saved_mjpy == pytest.approx(4.0)
    assert found["r0"].lost[0] == pytest.approx(1.0)
    assert found["r0"].alongside == (Part("arrangement", 1, "r1"),)
    assert found["r0"].saved_mjpy == pytest.approx(1.0 + 2 * 1.0 + 2 * 2.0)
    assert found["p0"].lost[0] == pytest.approx(1.0)


def test_each_step_of_tier_has_its_value():
    found = {one.part.tier: one for one in marginal_values(chain_answer()) if one.part.tier}
    assert sorted(found) == [2, 3, 4]  # tier 1 is worth nothing here
    assert found[4].lost[0] == pytest.approx(2 * 0.5 * 0.4)
    assert found[3].lost[0] == pytest.approx(2 * 0.5 * 0.6)  # nothing above is received either
    assert found[2].lost[0] == pytest.approx(1.0)
    assert found[4].saved_mjpy == 0.0
    game = game_of(chain_answer(), one_each(of_kind(chain_answer().parts, "tier")))
    # v: {2} 0.4, {2,3} 0.6, all 1, else 0 (without step 2 nothing is received)
    assert shapley(game).value == pytest.approx(expected_steps())


def expected_steps():
    worth = {frozenset({0}): 0.4, frozenset({0, 1}): 0.6, frozenset({0, 1, 2}): 1.0}
    worth[frozenset({0, 2})] = 0.4
    return games.shapley(3, lambda players: worth.get(players, 0.0))


def test_a_sensor_abroad_leaves_with_the_arrangement_that_hosts_it():
    host = agreed(received=[0, 0], given=[0, 0], fee=1.0)
    abroad = sensor(host=0, opex=0.5)
    case = question([own(0)], [6], sensors=[abroad], arrangements=[host])
    decision = {"ordered": [0], "kept": [[False, False]], "in_force": [[True, True]], "tasked": []}
    answer = Years(programme_of(case), decision_of(case, decision))
    found = {one.part.name: one for one in marginal_values(answer)}
    assert found["r0"].lost[0] == pytest.approx(1.2)
    assert found["r0"].alongside == (Part("sensor", 0, "i0"),)
    assert found["r0"].saved_mjpy == pytest.approx(2 * 1.0 + 2 * 0.5)  # the order is paid for
    assert found["i0"].lost[0] == pytest.approx(1.2)
    assert found["i0"].saved_mjpy == pytest.approx(4.0 + 2 * 0.5)


def test_another_leaf_meets_a_need_only_where_the_answer_has_it():
    one, other = agreed(received=[1, 0]), agreed(received=[1, 0])
    pool = agreed(received=[4, 0], needs=[[0, 1]])
    case = question([theirs(0)], [5], arrangements=[one, other, pool])
    case["rows"][0]["profile"] = [0.0, 0.0, 0.0, 1.0, 1.0]
    kept = {"ordered": [], "kept": [], "tasked": []}
    single = {**kept, "in_force": [[True, True], [False, False], [True, True]]}
    both = {**kept, "in_force": [[True, True]] * 3}
    lost = []
    for decision in (single, both):
        answer = Years(programme_of(case), decision_of(case, decision))
        lost.append({m.part.name: m.lost[0] for m in marginal_values(answer)}["r0"])
    assert lost == pytest.approx([1.0, 0.0])


def test_what_is_in_force_today_is_no_player_but_leaves_with_its_partner():
    today = agreed(received=[2, 0], in_force=True)
    case = of_partner(today)
    case["rows"][0]["profile"] = [0.0, 0.4, 0.6, 1.0, 1.0]
    decision = {"ordered": [], "kept": [], "in_force": [[True, True]], "tasked": []}
    answer = Years(programme_of(case), decision_of(case, decision))
    assert answer.parts == (Part("partner", 0, "p0"),)
    (only,) = marginal_values(answer)
    assert only.lost[0] == pytest.approx(0.4)


def test_an_answer_without_any_arrangement():
    case = question([own(0)], [6], sensors=[sensor(opex=0.5)])
    decision = {"ordered": [0], "kept": [[False, False]], "in_force": [], "tasked": []}
    (only,) = marginal_values(Years(programme_of(case), decision_of(case, decision)))
    assert only.lost[0] == pytest.approx(1.2)
    assert only.saved_mjpy == pytest.approx(4.0 + 2 * 0.5)


def test_players_are_gathered_by_label():
    _, _, _, answer = one_answer(4)
    sensors = of_kind(answer.parts, "sensor")
    labels = {part.name: ("JPN", "AUS")[k % 2] for k, part in enumerate(sensors)}
    teams = by_label(answer.parts, labels)
    assert list(teams) == ["AUS", "JPN"]
    found = shapley(game_of(answer, teams))
    nobody = answer.measured(frozenset(sensors))[0]
    assert found.value.sum() == pytest.approx(answer.measured(frozenset())[0] - nobody)


def test_a_part_of_another_answer_is_refused():
    _, _, _, answer = one_answer(4)
    with pytest.raises(DesignError, match="JPN holds far away, no part of the answer"):
        game_of(answer, {"JPN": [Part("sensor", 99, "far away")]})
