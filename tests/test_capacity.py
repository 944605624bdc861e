"""Capacity: bounds that hold at every design, assignments that keep every limit."""

import itertools

import numpy as np
import pytest

from kansoku.coverage.shifts import shifts_of
from kansoku.design.terms import Capacity
from naive import assignment as naive

CREDITS = ((1.0,), (1.0, 0.6, 0.3), (1.0, 1.0))


def case(seed, contributors=5, targets=9, windows=2, draws=2):
    """Contributors with few slots, targets of three worths, weather."""
    rng = np.random.default_rng(seed)
    tracks = (rng.random((contributors, targets, windows)) < 0.6) * rng.integers(1, 4, (1,) * 3)
    return {
        "tracks": tracks.astype(np.uint8),
        "clear": rng.random((draws, contributors, windows)) < 0.8,
        "weight": rng.choice([2, 5, 11], targets),
        "slots": rng.integers(0, 6, (contributors, windows)).astype(float),
        "credit": CREDITS[seed % len(CREDITS)],
    }


def term_of(case, objects=None, most=9):
    contributors, targets, windows = case["tracks"].shape
    objects = np.ones(targets) if objects is None else objects
    shifts = shifts_of(
        case["tracks"], case["clear"], case["weight"], objects, case["slots"],
        np.broadcast_to(most, contributors),
    )  # fmt: skip
    total = case["weight"].sum() * windows * len(case["clear"])
    return Capacity("coverage", shifts, case["credit"], total)


def value_of(case, weights):
    """The oracle, shift by shift, as a share of all credit."""
    total = 0.0
    for draw, window in itertools.product(*map(range, case["clear"].shape[::2])):
        working = case["clear"][draw, :, window]
        total += naive.credit(
            case["tracks"][:, :, window] * working[:, None],
            case["weight"],
            case["slots"][:, window],
            case["credit"],
            weights,
        )
    cells = case["clear"].shape[0] * case["clear"].shape[2]
    return total / (case["weight"].sum() * cells * sum(case["credit"]))


def corners(count):
    return [np.array(corner, dtype=float) for corner in itertools.product((0, 1), repeat=count)]


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_holds_everywhere_and_is_tight_where_it_was_made(seed):
    question = case(seed)
    term, rng = term_of(question), np.random.default_rng(seed)
    points = [*corners(5)[::3], *rng.random((4, 5))]
    expected = [value_of(question, point) for point in points]
    for at, reached in zip(points, expected, strict=True):
        term.forget()
        (cut,) = term.cuts(at)
        assert cut.value == pytest.approx(reached, abs=1e-9)
        for point, most in zip(points, expected, strict=True):
            assert cut.at(point) >= most - 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_prices_of_another_network_still_give_a_bound(seed):
    question = case(seed)
    term, rng = term_of(question), np.random.default_rng(seed)
    for at in rng.permutation(corners(5))[:8]:
        (cut,) = term.cuts(at)  # starts from the prices of the network before
        assert cut.value >= value_of(question, at) - 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_an_assignment_never_claims_more_than_the_best_one(seed):
    question = case(seed)
    term = term_of(question)
    for at in corners(5)[::2]:
        best = value_of(question, at)
        assert 0.9 * best - 1e-12 <= term.attained(at) <= best + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_slots_in_use_are_at_most_those_there_are(seed):
    use = term_of(case(seed)).slot_use(np.array([1.0, 1.0, 0.5, 0.0, 1.0]))
    assert use.shape == (4, 5)
    assert (use <= 1.0 + 1e-9).all()
    assert (use >= 0.0).all()
    assert (use[:, 3] == 0.0).all()


def test_without_scarcity_it_is_the_count_of_tracks():
    question = case(1)
    question["slots"] = np.full((5, 2), 1e6)
    at = np.array([1.0, 0.0, 1.0, 1.0, 0.7])
    count = np.einsum("cnw,scw,c->snw", question["tracks"], question["clear"], at)
    steps = np.clip(count[..., None] - np.arange(3), 0.0, 1.0) @ question["credit"]
    mean = (steps * question["weight"][:, None]).sum() / (question["weight"].sum() * 4 * 1.9)
    term = term_of(question)
    assert term.value(at) == pytest.approx(mean, abs=1e-9)
    assert term.attained(at) == pytest.approx(mean, abs=1e-9)


def test_the_worked_example_of_the_guide():
    question = {
        "tracks": np.array([[[1], [1]], [[1], [0]]], dtype=np.uint8),
        "clear": np.ones((1, 2, 1), dtype=bool),
        "weight": np.array([10, 3]),
        "slots": np.array([[2.0], [1.0]]),
        "credit": (1.0,),
    }
    term = term_of(question, objects=np.array([2.0, 1.0]))
    (cut,) = term.cuts(np.array([1.0, 0.0]))
    assert (cut.constant, cut.slopes.tolist(), cut.scale) == (4.0, [6.0, 3.0], 13.0)
    assert cut.value == pytest.approx(10 / 13)
    assert term.attained(np.array([1.0, 0.0])) == pytest.approx(10 / 13)
    assert cut.at(np.ones(2)) == pytest.approx(1.0)  # which both together reach


def test_a_target_that_stands_for_many_objects_needs_as_many_slots():
    question = case(2, targets=4)
    many = {**question, "weight": question["weight"] * 3}
    one_by_one = {
        **question,
        "tracks": np.repeat(question["tracks"], 3, axis=1),
        "weight": np.repeat(question["weight"], 3),
    }
    at = np.ones(5)
    together, apart = term_of(many, objects=np.full(4, 3.0)), term_of(one_by_one)
    assert together.value(at) == pytest.approx(apart.value(at), abs=1e-9)
    assert together.attained(at) == pytest.approx(apart.attained(at), abs=1e-9)


def test_a_contributor_of_no_use_takes_no_part():
    question = case(3)
    use = np.array([9, 9, 0, 9, 0])
    without = {**question, "slots": question["slots"] * (use > 0)[:, None]}
    assert term_of(question, most=use).value(np.ones(5)) == pytest.approx(
        value_of(without, np.ones(5)), abs=1e-9
    )


def test_a_shift_that_nobody_works_in_is_worth_nothing():
    question = case(0)
    question["clear"][:] = False
    term = term_of(question)
    assert (term.value(np.ones(5)), term.attained(np.ones(5))) == (0.0, 0.0)


def test_more_of_anything_is_never_worth_less():
    question = case(4)
    fewer, more = np.array([1.0, 0, 0.4, 0, 1]), np.array([1.0, 1, 0.6, 0, 1])
    assert value_of(question, more) >= value_of(question, fewer)
    assert term_of(question).value(more) >= term_of(question).value(fewer) - 1e-12


def test_prices_are_found_by_a_sample_where_a_shift_is_large(monkeypatch):
    import kansoku.design.terms.market as market

    question = case(5, contributors=6, targets=400, windows=1, draws=1)
    question["slots"] *= 25
    at = np.ones(6)
    whole = term_of(question).value(at)
    monkeypatch.setattr(market, "FEWEST_SAMPLED", 80)
    monkeypatch.setattr(market, "MOST_SAMPLED", 80)
    sampled = term_of(question).value(at)
    assert whole - 1e-12 <= sampled <= 1.05 * whole


def test_same_evaluations_give_the_same_bits():
    first, second = term_of(case(2)), term_of(case(2))
    for at in corners(5)[3::7]:
        one, other = first.cuts(at)[0], second.cuts(at)[0]
        assert one.slopes.tolist() == other.slopes.tolist()
        assert one.value == other.value
