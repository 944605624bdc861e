"""What a decision orders or signs late without need is moved; the oracle says what is possible."""

import itertools

import numpy as np
import pytest

from kansoku.design.programme.parts import NONE
from kansoku.design.programme.sooner import sooner
from kansoku.design.programme.valuing import Evaluator
from naive import programme as naive
from programme_cases import decision_of, programme_of, random_case
from programme_examples import EXAMPLES

A_CASE = 12  # decisions of one case


def told(decision):
    """Return a Decision as the oracle's."""
    return {
        "ordered": [None if tau == NONE else tau for tau in decision.ordered.tolist()],
        "kept": decision.kept.tolist(),
        "in_force": decision.in_force.tolist(),
        "tasked": {tuple(place) for place in np.argwhere(decision.tasked).tolist()},
    }


def earlier_orders(case, decision):
    for i, year in enumerate(decision["ordered"]):
        for tau in range(year or 0):
            ordered = [*decision["ordered"][:i], tau, *decision["ordered"][i + 1 :]]
            if naive.possible_order(case, i, tau):
                yield {**decision, "ordered": ordered}


def some_decisions(case, seed):
    known = {}
    kept = [d for d in itertools.islice(naive.decisions(case), 4_000)
            if naive.score(case, d, known) is not None]  # fmt: skip
    chance = np.random.default_rng(seed)
    return [kept[k] for k in chance.permutation(len(kept))[:A_CASE]]


@pytest.mark.parametrize("seed", range(12))
def test_no_order_can_be_moved_forward_any_more(seed):
    case = random_case(seed)
    evaluate, known = Evaluator(programme_of(case)), {}
    for begin in some_decisions(case, seed):
        found = sooner(evaluate, evaluate(decision_of(case, begin)), lambda: True)
        after = told(found.decision)
        score = naive.score(case, after, known)
        assert naive.allowed(case, after)
        assert score >= naive.score(case, begin, known) - 1e-12
        assert score == pytest.approx(found.score, abs=1e-9)
        better = [
            one for one in earlier_orders(case, after)
            if naive.allowed(case, one) and (naive.score(case, one, known) or 0.0) > score + 1e-9
        ]  # fmt: skip
        assert better == []


def test_what_waits_without_need_moves():
    """Two years, a sensor that sees 6 of 10: ordered in year 1 0.6, in year 0 twice that."""
    case = EXAMPLES["one_sensor_a_mount"].case
    late = {"ordered": [1, None], "kept": [[False] * 2] * 2, "in_force": [], "tasked": set()}
    evaluate = Evaluator(programme_of(case))
    waits = evaluate(decision_of(case, late))
    found = sooner(evaluate, waits, lambda: True)
    assert found.decision.ordered.tolist() == [0, NONE]
    assert (waits.score, found.score) == pytest.approx((0.6, 1.2))
    assert sooner(evaluate, waits, lambda: False) is waits
