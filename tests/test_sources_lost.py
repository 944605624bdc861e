"""Floors on counts of independent sources: valued together, with the numbers of one at a time."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from design_cases import cells_of
from kansoku.design.coarse import sample_of
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.programme import contingencies
from kansoku.design.programme.assessment import Assessment
from kansoku.design.programme.pairs import after_two
from kansoku.design.programme.programme import OURS, Lost, Pairs
from kansoku.design.programme.search import solve
from kansoku.design.terms import Distinct, Without
from kansoku.design.terms.fewersources import SourcesLost, begun
from strict import strict
from test_contingencies import EXACT, assert_same, smaller, with_losses

ROWS = 9
CREDIT = (1.0, 0.5, 0.25)


def random_sources(seed, rows=ROWS, **options):
    """Rows of four owners at most, of whom one may count for two."""
    rng = np.random.default_rng([seed, 31])
    values = rng.integers(0, 4, (rows, 300)) * (rng.random((rows, 300)) < 0.4)
    cells = cells_of(values, np.zeros(300), rng.integers(1, 9, 300), 2000)
    of = rng.integers(0, 4, rows).tolist()
    beta = {of[0]: 2.0} if seed % 2 else {}
    every = seed % 3 > 0
    return rng, Distinct("sources", cells, CREDIT, of, rows, beta, every_track=every, **options)


def values_by_loops(term, values, of, beta, weights):
    """Credited coverage of cells, one source after the other."""
    together = np.zeros(values.shape[1])
    for h in set(of):
        tracks = sum(weights[j] * values[j] for j in range(len(of)) if of[j] == h)
        together += beta.get(h, 1.0) * np.minimum(tracks, 1.0)
    steps = [np.clip(together - m, 0.0, 1.0) * phi for m, phi in enumerate(CREDIT)]
    return float(sum(steps) @ term.cells.weight / (term.cells.total_weight * sum(CREDIT)))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("whole", [True, False])
def test_what_is_left_of_sources_is_what_the_term_says_there(seed, whole):
    rng, term = random_sources(seed)
    weights = rng.random(ROWS).round(0 if whole else 6)
    before = begun(term, weights)
    assert isinstance(before, SourcesLost)
    assert_same(before.cut, term.cuts(weights)[0])
    for _ in range(5):
        left = smaller(rng, weights)
        (expected,) = term.cuts(left)
        assert before.value(left) == pytest.approx(expected.value, abs=1e-12)
        assert_same(before.cut_at(left), expected)
    assert before.value(weights) == before.cut.value


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_of_sources_is_that_of_loops_and_its_cut_holds_everywhere(seed):
    rng = np.random.default_rng([seed, 7])
    values = rng.integers(0, 4, (ROWS, 80)) * (rng.random((ROWS, 80)) < 0.5)
    cells = cells_of(values, np.zeros(80), rng.integers(1, 9, 80), 500)
    of, beta = ["j", "j", "u", "u", "a", "e", "e", "j", "u"], {"j": 3.0}
    term = Distinct("sources", cells, CREDIT, of, ROWS, beta, every_track=True)
    weights = rng.random(ROWS).round(6)
    before = SourcesLost(term, weights)
    for _ in range(4):
        left = smaller(rng, weights)
        exact = values_by_loops(term, values, of, beta, left)
        assert before.value(left) == pytest.approx(exact, abs=1e-12)
        cut = before.cut_at(left)
        for _ in range(10):
            point = rng.random(ROWS).round(6)
            assert cut.at(point) >= values_by_loops(term, values, of, beta, point) - 1e-12


def test_rows_of_one_source_in_several_codes_are_added_up():
    """24 rows of one owner with 2 digits each are more than one code holds."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 4, (24, 4000)) * (rng.random((24, 4000)) < 0.1)
    cells = cells_of(values, np.zeros(4000), rng.integers(1, 9, 4000), 30_000)
    of = ["j"] * 20 + ["u"] * 4
    term = Distinct("sources", cells, CREDIT, of, 24, {"j": 3.0}, every_track=True)
    assert len(term.counted) > 1
    weights = rng.random(24).round(6)
    before = SourcesLost(term, weights)
    for _ in range(6):
        left = smaller(rng, weights)
        (expected,) = term.cuts(left)
        assert_same(before.cut_at(left), expected)
        assert before.value(left) == pytest.approx(expected.value, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_device_arrays_give_the_same_bits(seed):
    rng, term = random_sources(seed)
    _, on_device = random_sources(seed, xp=strict)
    weights = rng.random(ROWS).round(6)
    left = smaller(rng, weights)
    here, there = SourcesLost(term, weights), SourcesLost(on_device, weights)
    assert_same(there.cut_at(left), here.cut_at(left))
    assert there.value(left) == here.value(left)


def test_a_row_that_weighs_more_is_refused():
    _, term = random_sources(0)
    before = SourcesLost(term, np.full(ROWS, 0.5))
    with pytest.raises(ValueError, match="weighs more"):
        before.value(np.full(ROWS, 0.6))


def by_sources(seed, at_least):
    """The question of `with_losses` with floors on sources; rows of a partner are one source."""
    case, programme, floors = with_losses(seed, at_least)
    term = programme.aims[floors[0]].term.term
    of = [h % 3 for h in range(len(programme.rows))]
    rows = term.cells.rows.tolist()
    bare = replace(term.cells, base=np.zeros_like(term.cells.base))
    count = Distinct("stress", bare, CREDIT, [of[j] for j in rows], len(of), every_track=True)
    aims = list(programme.aims)
    for k in floors:
        aims[k] = replace(aims[k], term=Without(aims[k].term.name, count, aims[k].term.lost))
    return case, replace(programme, aims=tuple(aims)), floors


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("is_sampled", [False, True])
def test_losses_of_sources_together_say_what_each_says_alone(seed, is_sampled, monkeypatch):
    if is_sampled:
        few = lambda term: term.over(sample_of(term.cells, 20))  # noqa: E731
        monkeypatch.setattr(contingencies, "roughly", few)
    _, programme, floors = by_sources(seed, at_least=0.2)
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


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_is_that_of_floors_one_by_one(seed, monkeypatch):
    _, programme, floors = by_sources(seed, at_least=0.05 * (seed % 5))
    found = outcome(programme)
    monkeypatch.setattr(contingencies, "_taken_apart", lambda term: (None, np.zeros(0)))
    assert not Assessment(programme)._together
    alone = outcome(programme)
    if alone is None:
        assert found is None
        return
    assert found.objective == pytest.approx(alone.objective, abs=1e-9)
    assert all(found.coverage[k] >= programme.aims[k].at_least - 1e-9 for k in floors)


@pytest.mark.parametrize("seed", range(10))
def test_two_losses_of_sources_leave_what_the_term_says(seed):
    rng, term = random_sources(seed)
    weights = rng.random(ROWS)  # not whole units: bounds must hold for what counts make of them
    losses = tuple(Lost(f"row {j}", (j,), OURS) for j in range(ROWS))
    every = {}
    for e, f in combinations(range(ROWS), 2):
        left = weights.copy()
        left[[e, f]] = 0.0
        every[e, f] = term.value(left)
    level = float(np.median(list(every.values())))
    found = after_two(Pairs(term, losses, (0,), level), lambda view: weights[:, None])
    got = {(one.first, one.second): one.left for one in found}
    assert got == pytest.approx({pair: every[pair] for pair in got}, abs=1e-12)
    assert {pair for pair, left in every.items() if left < level - 1e-9} <= set(got)
    assert found[0].left == pytest.approx(min(every.values()), abs=1e-12)


def outcome(programme):
    try:
        return solve(programme, EXACT)
    except InfeasibleError:
        return None
