"""Every coverage function: its value, its cuts, the same bits everywhere, and what it refuses."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from design_cases import cells_of
from design_terms_cases import FORMS, is_concave, random_form, random_joined, random_seen, term_of
from kansoku.design.terms import (
    AllOf,
    Best,
    Capacity,
    Count,
    Distinct,
    Miss,
    Strict,
    encoding,
    steps_of,
)
from kansoku.errors import DesignError
from naive import terms as naive
from strict import strict

ROWS, TIERS = 6, ((3, 4),)
SEEDS = range(10)


def requirement(form, seed, cells=25):
    """A form by name, or some joined ones."""
    rng = np.random.default_rng([seed, len(form)])
    seen = random_seen(rng, ROWS, cells)
    if form == "joined":
        return random_joined(rng, seen, tiers=TIERS, depth=2)
    return random_form(rng, form, seen, TIERS)


def nested(weights):
    """Row weights under which a richer tier is never had without the poorer one."""
    for nest in TIERS:
        weights[list(nest)] = -np.sort(-weights[list(nest)])
    return weights


def designs():
    corners = (np.array(c, dtype=float) for c in itertools.product((0, 1), repeat=ROWS))
    return [w for w in corners if w[3] >= w[4]]


def between(rng):
    return nested(np.round(rng.random(ROWS), 6) * (rng.random(ROWS) < 0.8))


@pytest.mark.parametrize("form", [*FORMS, "joined"])
@pytest.mark.parametrize("seed", SEEDS)
def test_value_equals_the_formula_at_every_design(form, seed):
    plain = requirement(form, seed)
    term = term_of(plain)
    for weights in designs():
        assert term.value(weights) == pytest.approx(naive.value(plain, weights), abs=1e-11)


@pytest.mark.parametrize("form", [*FORMS, "joined"])
@pytest.mark.parametrize("seed", SEEDS)
def test_value_between_designs_equals_the_formula(form, seed):
    plain, rng = requirement(form, seed), np.random.default_rng(seed)
    term = term_of(plain)
    for weights in (between(rng) for _ in range(10)):
        assert term.value(weights) == pytest.approx(naive.value(plain, weights), abs=1e-11)


@pytest.mark.parametrize("form", [*FORMS, "joined"])
@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_hold_at_every_design_and_the_first_is_tight_at_its_own(form, seed):
    plain, rng = requirement(form, seed), np.random.default_rng(seed)
    term = term_of(plain)
    known = [(w, naive.value(plain, w)) for w in designs()]
    if is_concave(plain):
        known += [(w, naive.value(plain, w)) for w in (between(rng) for _ in range(20))]
    points = [*(known[k][0] for k in rng.integers(0, len(known), 6)), between(rng), between(rng)]
    for at in points:
        cuts = term.cuts(at)
        assert cuts[0].at(at) == pytest.approx(cuts[0].value, abs=1e-11)
        assert len({cut.value for cut in cuts}) == 1
        for cut in cuts:
            assert (cut.slopes >= 0).all()
            short = [reached - cut.at(w) for w, reached in known]
            assert max(short) <= 1e-12


@pytest.mark.parametrize("form", [*FORMS, "joined"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_cut_bounds_the_concave_value_between_designs(form, seed):
    plain, rng = requirement(form, seed), np.random.default_rng(seed)
    term = term_of(plain)
    others = [between(rng) for _ in range(20)]
    at = designs()[int(rng.integers(48))]
    last = term.cuts(at)[-1]
    if plain["form"] != "least" and not (plain["form"] == "mean" and not is_concave(plain)):
        for weights in others:
            assert last.at(weights) >= term.value(weights) - 1e-12


def same(found, expected):
    assert [(c.constant, c.value, c.scale) for c in found] == [
        (c.constant, c.value, c.scale) for c in expected
    ]
    assert [c.slopes.tolist() for c in found] == [c.slopes.tolist() for c in expected]


EXACT = ("count", "best", "distinct", "strict", "all_of")


def exact_requirement(form, seed):
    """A requirement in whole numbers alone."""
    plain = requirement(form, seed)
    parts = plain.get("parts", [plain])
    return plain if all(part["form"] != "miss" for part in parts) else None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(EXACT), st.integers(0, 40), st.integers(1, 40), st.booleans())
def test_block_size_changes_no_bit(form, seed, block_cells, binary):
    plain, rng = exact_requirement(form, seed), np.random.default_rng(seed)
    if plain is None:
        return
    at = designs()[int(rng.integers(48))] if binary else between(rng)
    blocked = term_of(plain, block_cells=block_cells)
    blocked.cells_a_pattern = 0  # else a histogram asks for larger blocks
    same(blocked.cuts(at), term_of(plain).cuts(at))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(4))
def test_device_arrays_give_the_same_bits(form, seed):
    plain, rng = requirement(form, seed), np.random.default_rng(seed)
    for at in (between(rng), designs()[int(rng.integers(48))]):
        same(term_of(plain, xp=strict).cuts(at), term_of(plain).cuts(at))


def test_a_form_of_real_numbers_agrees_whatever_the_blocks():
    plain, at = requirement("miss", 1, cells=300), between(np.random.default_rng(1))
    (expected,) = term_of(plain).cuts(at)
    blocked = term_of(plain, block_cells=7)
    blocked.cells_a_pattern = 0
    (found,) = blocked.cuts(at)
    assert found.slopes == pytest.approx(expected.slopes, rel=1e-12)
    assert found.value == pytest.approx(expected.value, rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([*FORMS, "joined"]), st.integers(0, 10_000))
def test_coverage_never_falls_when_a_contributor_is_added(form, seed):
    rng = np.random.default_rng(seed)
    term = term_of(requirement(form, seed % 20))
    fewer, more = (designs()[int(k)] for k in rng.integers(0, 48, 2))
    assert term.value(np.maximum(fewer, more)) >= term.value(fewer) - 1e-15


@pytest.mark.parametrize("seed", SEEDS)
def test_one_tier_alone_is_a_best_form_of_one_step(seed):
    plain = requirement("strict", seed)
    cells = cells_of(plain["values"], plain["base"], plain["weight"], plain["total_weight"])
    best = Best("best", cells, [1.0] * ROWS, 2, ROWS)
    count = Count("count", cells, (1.0, 1.0), ROWS)
    for weights in designs():
        assert best.value(weights) == count.value(weights)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_track_in_full_is_one_look_for_strict_count_and_all_of(seed):
    plain = requirement("strict", seed) | {"tracks": 1}
    count = plain | {"form": "count", "credit": (1.0,)}
    both = plain | {"form": "all_of", "parts": [plain, count]}
    for weights in designs():
        values = {term_of(term).value(weights) for term in (plain, count, both)}
        assert len(values) == 1


def test_strict_cuts_count_what_is_missing():
    values = np.array([[2, 0], [0, 1], [3, 3]])
    cells = cells_of(values, np.zeros(2), np.array([10, 20]), 30)
    tight, _ = Strict("strict", cells, 3, 3).cuts(np.array([1.0, 0.0, 0.0]))
    # cell 0 lacks 1 track: row 2 brings it, once; cell 1 lacks 3: row 1 a third, row 2 all
    assert (tight.constant, (tight.slopes / 6).tolist()) == (0, [0.0, 20 / 3, 30.0])
    assert tight.scale == 30 * 6


def test_cells_of_eight_tracks_in_ten_steps_are_exact():
    values = np.array([[8], [3], [1]])
    strict_ten = Strict("ten", cells_of(values, np.zeros(1), np.array([7]), 7), 10, 3)
    assert [strict_ten.value(np.array(w, dtype=float)) for w in ((1, 1, 0), (1, 0, 1))] == [1, 0]


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.95, 1.0])
def test_steps_give_back_the_probability_and_cap_it_below_one(probability):
    steps = int(steps_of(np.array(probability), STEP_OF_LAMBDA))
    back = -np.expm1(-STEP_OF_LAMBDA * steps)
    assert steps <= 255
    assert back == pytest.approx(min(probability, back if probability == 1.0 else 1.0), abs=0.01)
    assert back < 1.0


STEP_OF_LAMBDA = 0.02


def small(base=0, weight=1):
    return cells_of(np.ones((2, 1), dtype=int), np.array([base]), np.array([weight]), weight)


REFUSED = {
    "alpha 1.5": (lambda: Best("t", small(), [1.5, 1.0], 2, 2), r"got alpha .*from 0 to 1"),
    "no places": (lambda: Best("t", small(), [1.0, 1.0], 0, 2), r"got 0 places"),
    "too few contributors": (
        lambda: Best("t", small(), [1.0, 1.0], 2, 2, [0]),
        r"got 1 contributors for 2 rows",
    ),
    "tiers that see different tracks": (
        lambda: Best(
            "t",
            cells_of(np.array([[1], [2]]), np.zeros(1), np.ones(1), 1),
            [0.5, 1.0],
            1,
            2,
            ["a", "a"],
        ),
        r"tiers of contributor 'a' but see different tracks",
    ),
    "groups of a base": (
        lambda: Distinct("t", small(base=1), (1.0,), "ab", 2),
        r"group is not known \(base\); give contributors that are always on rows of their own",
    ),
    "group missing": (lambda: Distinct("t", small(), (1.0,), "a", 2), r"1 groups for 2 rows"),
    "strange beta": (
        lambda: Distinct("t", small(), (1.0,), "ab", 2, {"c": 2.0}),
        r"groups that occur",
    ),
    "negative beta": (
        lambda: Distinct("t", small(), (1.0,), "ab", 2, {"a": -2.0}),
        r"numbers of 0 or more",
    ),
    "rising credit": (
        lambda: Distinct("t", small(), (0.5, 1.0), "ab", 2),
        r"never rise.*sort the credit, or use Strict",
    ),
    "no step": (lambda: Miss("t", small(), 0.0, 2), r"step of 0.0 .* must be above 0"),
    "probability above 1": (lambda: steps_of(np.array([0.5, 1.5]), 0.1), r"got 1\.5, must lie"),
    "no tracks": (lambda: Strict("t", small(), 0, 2), r"got 0 tracks"),
    "weights too large": (
        lambda: Strict("t", small(weight=2**50), 4, 2),
        r"too large for exact sums; divide the weights, or round credits",
    ),
    "weights too large for best": (
        lambda: Best("t", small(weight=2**50), [0.25, 0.5], 3, 2),
        r"too large for exact sums",
    ),
    "weights too large together": (
        lambda: AllOf(
            "t",
            (Strict("a", small(weight=2**44), 7, 2), Count("b", small(weight=2**44), (0.37,), 2)),
        ),
        r"too large for exact sums",
    ),
    "all of nothing": (lambda: AllOf("t", ()), r"all of no terms"),
    "all of other cells": (
        lambda: AllOf("t", (Strict("a", small(), 1, 2), Strict("b", small(weight=2), 1, 2))),
        r"a has 1 cells of weight 1, b 1 of 2; .*merge the cells once",
    ),
    "all of a capacity": (
        lambda: AllOf("t", (Strict("a", small(), 1, 2), _capacity())),
        r"b is a Capacity, which is not a sum over cells.*use Least",
    ),
}


def _capacity():
    term = Capacity.__new__(Capacity)
    term.name = "b"
    return term


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_a_coverage_function_is_refused_with_a_way_out(what):
    build, message = REFUSED[what]
    with pytest.raises(DesignError, match=message):
        build()


GUIDE = {
    # docs/optimiser.md: value, constant and slopes of the first cut at (1, 0, 0)
    "count": (0.5125, 0.325, [0.1875, 0.375, 0.0]),
    "best": (0.45, 0.2, [0.25, 0.32, 0.0]),
    "distinct": (0.35, 0.35, [0.0, 0.4, 0.1]),
    "miss": (0.4024, 0.1595, [0.2429, 0.3838, 0.0345]),
    "strict": (0.2, 0.2, [0.0, 0.65, 0.0]),
    "all_of": (0.35, 0.1, [0.25, 0.4, 0.1]),
}


def guide_terms():
    tracks, weight = np.array([[1, 0, 2], [1, 1, 0], [0, 0, 1]]), np.array([5, 3, 2])
    cells = cells_of(tracks, np.zeros(3), weight, 10)
    looks = cells_of(7 * tracks, np.zeros(3), weight, 10, planes=8)
    sites = Distinct("distinct", cells, (0.5, 0.5), "xyy", 3)
    return {
        "count": Count("count", cells, (1.0, 0.6), 3),
        "best": Best("best", cells, (1.0, 0.8, 0.5), 2, 3),
        "distinct": sites,
        "miss": Miss("miss", looks, 0.1, 3),
        "strict": Strict("strict", cells, 2, 3),
        "all_of": AllOf("all", (Count("two", cells, (0.5, 0.5), 3), sites)),
    }


@pytest.mark.parametrize("form", GUIDE)
def test_the_example_of_the_guide_is_what_comes_out(form):
    value, constant, slopes = GUIDE[form]
    cut = guide_terms()[form].cuts(np.array([1.0, 0.0, 0.0]))[0]
    assert cut.value == pytest.approx(value, abs=5e-5)
    assert cut.constant / cut.scale == pytest.approx(constant, abs=5e-5)
    assert (cut.slopes / cut.scale) == pytest.approx(slopes, abs=5e-5)


@pytest.mark.parametrize("limit", [1, 1 << 14])
@pytest.mark.parametrize("seed", range(4))
def test_groups_too_wide_for_one_code_are_counted_cell_by_cell(monkeypatch, limit, seed):
    rng = np.random.default_rng(seed)
    seen = random_seen(rng, 40, 60, most=1)
    plain = random_form(rng, "distinct", seen) | {"group": ["one"] * 30 + ["two", "six"] * 5}
    plain["beta"] = {"one": 2.0, "six": 0.5}
    monkeypatch.setattr(encoding, "FEWEST_PATTERNS", limit)
    monkeypatch.setattr(encoding, "MOST_PATTERNS", limit)
    term = term_of(plain)
    assert len(term.counted) == (2 if limit == 1 else 1)
    points = [np.round(rng.random(40) * 0.1, 6), (rng.random(40) < 0.1).astype(float)]
    others = [np.round(rng.random(40) * 0.3, 6) for _ in range(20)]
    for at in points:
        (cut,) = term.cuts(at)
        assert cut.value == pytest.approx(naive.value(plain, at), abs=1e-12)
        assert cut.at(at) == pytest.approx(cut.value, abs=1e-12)
        assert min(cut.at(w) - naive.value(plain, w) for w in others) >= -1e-12
        same(term_of(plain, xp=strict).cuts(at), (cut,))
