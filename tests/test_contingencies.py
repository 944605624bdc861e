"""Floors on what is left after a loss: the same numbers as one count at a time, the same answer."""

from dataclasses import replace

import numpy as np
import pytest

from design_cases import CREDITS, counted, random_cells
from kansoku.design.coarse import sampled
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Effort
from kansoku.design.programme import contingencies
from kansoku.design.programme.assessment import Assessment
from kansoku.design.programme.search import solve
from kansoku.design.terms import Without
from kansoku.design.terms.contingency import Contingency
from naive import programme as naive
from programme_cases import programme_of, random_case
from strict import strict

SEEDS = range(40)
EXACT = Effort(gap=1e-9, time_limit_s=60.0)
ROWS = 7


def random_count(seed, **options):
    rng = np.random.default_rng(seed)
    cells = random_cells(rng, ROWS, 2, 200, CREDITS[seed % len(CREDITS)])
    return rng, counted("coverage", *cells, **options)


def smaller(rng, weights):
    """The same weights with some rows fallen, in part or altogether."""
    fallen = rng.random(len(weights)) < 0.4
    return np.where(fallen, np.round(weights * rng.choice((0.0, 0.3)), 6), weights)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("whole", [True, False])
def test_what_is_left_is_what_the_count_says_there(seed, whole):
    rng, term = random_count(seed)
    weights = rng.random(ROWS).round(0 if whole else 6)
    before = Contingency(term, weights)
    assert_same(before.cut, term.cuts(weights)[0])
    for _ in range(5):
        left = smaller(rng, weights)
        (expected,) = term.cuts(left)
        assert before.value(left) == pytest.approx(expected.value, abs=1e-12)
        assert_same(before.cut_at(left), expected)


def assert_same(cut, expected):
    """Number by number, not nearly."""
    assert (cut.constant, cut.scale) == (expected.constant, expected.scale)
    assert cut.value == expected.value
    np.testing.assert_array_equal(cut.slopes, expected.slopes)


@pytest.mark.parametrize("seed", range(4))
def test_device_arrays_give_the_same_bits(seed):
    rng, term = random_count(seed)
    _, on_device = random_count(seed, xp=strict)
    weights = rng.random(ROWS).round(6)
    left = smaller(rng, weights)
    here, there = Contingency(term, weights), Contingency(on_device, weights)
    assert_same(there.cut_at(left), here.cut_at(left))
    assert there.value(left) == here.value(left)


def test_a_row_that_weighs_more_is_refused():
    _, term = random_count(0)
    before = Contingency(term, np.full(ROWS, 0.5))
    with pytest.raises(ValueError, match="weighs more"):
        before.value(np.full(ROWS, 0.6))


def with_losses(seed, at_least):
    """A random question with a floor for each row that may fall, for the oracle and for us."""
    case = random_case(seed)
    last = case["years"] - 1
    ours = next(a for a in case["aims"] if a["year"] == last and a["worth"] > 0)
    values, *rest = ours["cells"]
    lost = [j for j, row in enumerate(case["rows"]) if row["sensor"] or row["partner"] is not None]
    floors = []
    for j in lost:
        left = np.array(values)
        left[j] = 0
        floors.append({**ours, "cells": (left, *rest), "worth": 0.0, "floor": at_least})
    first = len(case["aims"])
    case["aims"] = [*case["aims"], *floors]
    programme = programme_of(case)
    count = counted("stress", *ours["cells"])
    aims = [
        *programme.aims[:first],
        *(
            replace(aim, term=Without(f"without row {j}", count, np.array([j])))
            for j, aim in zip(lost, programme.aims[first:], strict=True)
        ),
    ]
    return case, replace(programme, aims=tuple(aims)), range(first, len(aims))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("is_sampled", [False, True])
def test_all_losses_together_say_what_each_says_alone(seed, is_sampled, monkeypatch):
    if is_sampled:
        monkeypatch.setattr(contingencies, "roughly", lambda term: sampled(term, 20))
    _, programme, floors = with_losses(seed, at_least=0.2)
    rng = np.random.default_rng(seed)
    weights = rng.random(len(programme.slots) * len(programme.rows)).round(6)
    together = Assessment(programme)
    assert sum(len(each.cases) for each in together._together) == len(floors)
    for k in floors:
        aim = programme.aims[k]
        block = programme.slots.index((programme.views.index(aim.view), aim.year))
        local = weights.reshape(len(programme.slots), -1)[block]
        (expected,) = aim.term.cuts(local)
        at_decision, at_point = together.values(weights)[k][0], together.cuts(weights)[k][0]
        assert at_decision.value == pytest.approx(expected.value, abs=1e-12)
        assert at_point.at(weights) >= expected.value - 1e-12
        if expected.value < aim.at_least:
            assert at_decision.at(weights) == pytest.approx(expected.value, abs=1e-12)
            assert is_sampled or at_point.at(weights) == pytest.approx(expected.value, abs=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_the_search_keeps_every_floor_and_finds_the_best(seed):
    case, programme, floors = with_losses(seed, at_least=0.05 * (seed % 5))
    best = naive.best(case)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(programme, EXACT)
        return
    plan = solve(programme, EXACT)
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert plan.bound == pytest.approx(best, abs=1e-8)
    assert all(plan.coverage[k] >= programme.aims[k].at_least - 1e-9 for k in floors)
