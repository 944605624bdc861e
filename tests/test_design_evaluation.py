"""Coverage and cuts: exact values, validity everywhere, the same bits whatever the blocks."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from design_cases import cells_of, counted, random_case
from kansoku.coverage.cells import merge_identical
from kansoku.design.terms import Count, encoding
from kansoku.design.terms.count import quantised_credit
from kansoku.errors import DesignError
from naive import design as naive
from strict import strict


def requirement(seed):
    case = random_case(seed, floors=0)
    cells = case["requirements"][0]["cells"]
    return cells, counted("coverage", *cells)


def weights_of(rng, rows, binary):
    if binary:
        return rng.integers(0, 2, rows).astype(float)
    return np.round(rng.random(rows), 6) * (rng.random(rows) < 0.7)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("binary", [True, False])
def test_value_equals_the_formula(seed, binary):
    plain, term = requirement(seed)
    weights = weights_of(np.random.default_rng(seed), len(plain[0]), binary)
    assert term.value(weights) == pytest.approx(naive.coverage(*plain, weights), abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_cut_is_valid_at_every_design_and_tight_at_its_own(seed):
    plain, term = requirement(seed)
    rows = len(plain[0])
    rng = np.random.default_rng(seed)
    corners = [np.array(c, dtype=float) for c in itertools.product((0, 1), repeat=rows)]
    others = [weights_of(rng, rows, False) for _ in range(30)]
    for at in [weights_of(rng, rows, binary) for binary in (True, False) for _ in range(3)]:
        (found,) = term.cuts(at)
        assert found.at(at) == pytest.approx(found.value, abs=1e-12)
        assert found.value == pytest.approx(naive.coverage(*plain, at), abs=1e-12)
        for weights in corners + others:
            assert found.at(weights) >= term.value(weights) - 1e-12


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_block_size_changes_no_bit(seed, block_cells):
    plain, term = requirement(seed % 20)
    weights = weights_of(np.random.default_rng(seed), len(plain[0]), False)
    (whole,) = term.cuts(weights)
    (blocked,) = counted("coverage", *plain, block_cells=block_cells).cuts(weights)
    assert (whole.constant, whole.value) == (blocked.constant, blocked.value)
    assert whole.slopes.tolist() == blocked.slopes.tolist()


@pytest.mark.parametrize("limit", [1, 8, 1 << 14])
def test_grouping_of_rows_changes_no_bit(monkeypatch, limit):
    plain, term = requirement(7)
    weights = weights_of(np.random.default_rng(1), len(plain[0]), False)
    (expected,) = term.cuts(weights)
    monkeypatch.setattr(encoding, "FEWEST_PATTERNS", limit)
    monkeypatch.setattr(encoding, "MOST_PATTERNS", limit)
    (found,) = counted("coverage", *plain).cuts(weights)
    assert (found.constant, found.slopes.tolist()) == (expected.constant, expected.slopes.tolist())


def test_device_arrays_give_the_same_bits():
    plain, term = requirement(3)
    weights = weights_of(np.random.default_rng(3), len(plain[0]), False)
    (expected,) = term.cuts(weights)
    (found,) = counted("coverage", *plain, xp=strict).cuts(weights)
    assert (found.constant, found.value) == (expected.constant, expected.value)
    assert found.slopes.tolist() == expected.slopes.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_coverage_never_falls_when_a_contributor_is_added(seed):
    plain, term = requirement(seed % 24)
    rng = np.random.default_rng(seed)
    fewer = weights_of(rng, len(plain[0]), True)
    more = np.maximum(fewer, weights_of(rng, len(plain[0]), True))
    assert term.value(more) >= term.value(fewer)


@pytest.mark.parametrize("seed", range(4))
def test_merging_identical_cells_changes_no_value(seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 3, (3, 500))
    base, weight = rng.integers(0, 2, 500).astype(np.uint8), rng.integers(0, 9, 500)
    planes = np.stack([np.packbits((values >> p) & 1, axis=1) for p in range(2)])
    merged, merged_base, merged_weight = merge_identical(planes, base, weight)
    assert len(merged_weight) <= 54
    assert merged_weight.sum() == weight.sum()
    digits = np.unpackbits(merged, axis=2, count=len(merged_weight)).astype(int)
    patterns = np.vstack([digits[0] + 2 * digits[1], merged_base])
    assert len(np.unique(patterns, axis=1).T) == len(merged_weight)
    for pattern, total in zip(patterns.T, merged_weight, strict=True):
        same = (values == pattern[:3, None]).all(axis=0) & (base == pattern[3])
        assert total == weight[same].sum()


def test_credits_are_exact_in_the_smallest_decimal_unit():
    whole, unit = quantised_credit(np.array([1.0, 0.6, 0.35]))
    assert (whole.tolist(), unit) == ([100, 60, 35], 100)


def test_weights_too_large_for_exact_sums_are_refused():
    cells = cells_of(np.ones((1, 1), dtype=int), np.zeros(1), np.array([2**52]), 2**52)
    with pytest.raises(DesignError, match=r"too large for exact sums .* divide the weights"):
        Count("coverage", cells, (1.0, 0.5), 1)
