"""Demand cells against loops over targets, windows and weather draws."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.constants import REGIMES
from kansoku.coverage.demand import TOTAL_WEIGHT, Rows, cells_of, demand_weights
from kansoku.coverage.value import stepped_credit, value_of
from kansoku.design.terms import Count
from kansoku.errors import CoverageError
from naive import demand as naive
from target_rows import targets_of

CREDIT = (1.0, 0.6, 0.3)


def case(seed, contributors=9, targets=7, windows=3, scenarios=4):
    """Random tracks, some of them many, and random working windows."""
    rng = np.random.default_rng(seed)
    tracks = rng.choice([0, 0, 0, 1, 2, 3, 9, 255], size=(contributors, targets, windows)).astype(
        np.uint8
    )
    clear = rng.random((scenarios, contributors, windows)) < 0.6
    return tracks, clear, rng.integers(1, 50, targets)


def rows_of(members, most, always):
    return Rows(
        tuple(np.array(m, dtype=np.intp) for m in members),
        np.array(most, dtype=np.intp),
        np.array(always, dtype=np.intp),
    )


def counts_of(cells):
    """Tracks of each row in each merged cell, (J, D)."""
    digits = np.unpackbits(cells.planes, axis=2, count=len(cells)).astype(int)
    return sum(digits[p] << p for p in range(len(digits)))


@pytest.mark.parametrize("seed", range(5))
def test_cells_are_the_counts_of_every_target_window_and_draw(seed):
    tracks, clear, weight = case(seed)
    members, most, always = [[0], [3], [4, 5, 6], [8]], [3, 3, 7, 3], [1, 2]
    cells = cells_of(
        tracks, clear, weight, rows_of(members, most, always), 3, np.array([5, 0, 2, 9])
    )
    expected = Counter()
    for s in range(clear.shape[0]):
        for n in range(len(weight)):
            for w in range(tracks.shape[2]):
                by_row, base = naive.tracks_by_row(tracks, clear, members, always, s, n, w)
                clipped = (min(a, b) for a, b in zip(by_row, most, strict=True))
                expected[(min(base, 3), *clipped)] += int(weight[n])
    patterns = zip(cells.base.tolist(), *counts_of(cells).tolist(), strict=True)
    found = dict(zip(patterns, cells.weight.tolist(), strict=True))
    assert len(found) == len(cells), "two cells of one pattern were not merged"
    assert found == dict(expected)
    assert cells.total_weight == sum(expected.values())
    assert cells.rows.tolist() == [5, 0, 2, 9]


def test_cells_without_rows_keep_what_is_always_on():
    tracks, clear, weight = case(3)
    cells = cells_of(tracks, clear, weight, rows_of([], [], [0, 1, 2]), 3, np.arange(0))
    assert cells.weight.sum() == cells.total_weight
    assert set(cells.base.tolist()) <= {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(8))
def test_merged_cells_give_the_value_of_the_network_they_came_from(seed):
    """The identity that the answer rests on: the planner's F is the F of the cubes."""
    rng = np.random.default_rng(100 + seed)
    tracks, clear, weight = case(seed, contributors=12, targets=9)
    members, always = [[0], [3], [4, 5], [7], [8, 9, 10]], [1, 2]
    partner = np.array([0.9, 0.855, 0.72])[rng.integers(3, size=2)]
    most = [3, 3, int(np.ceil(3 / partner[0])), 3, int(np.ceil(3 / partner[1]))]
    row_weight = np.array(
        [rng.integers(2), rng.integers(2), partner[0], rng.integers(2), partner[1]], dtype=float
    )
    cells = cells_of(tracks, clear, weight, rows_of(members, most, always), 3, np.arange(5))

    credit = np.zeros(12)
    credit[always] = 1.0
    for one, worth in zip(members, row_weight, strict=True):
        credit[one] = worth
    targets = targets_of(np.zeros(9))
    found = value_of(tracks, clear, credit, targets, weight, CREDIT)
    expected, covered = naive.value(tracks, clear, members, always, row_weight, weight, CREDIT)
    assert found.credited.mean() == pytest.approx(expected, abs=1e-12)
    assert found.covered.mean() == pytest.approx(covered, abs=1e-12)

    count = cells.base + row_weight @ counts_of(cells)
    merged = stepped_credit(count, CREDIT) @ cells.weight / (cells.total_weight * sum(CREDIT))
    assert merged == pytest.approx(expected, abs=1e-12)
    if set(row_weight) <= {0.0, 1.0}:
        assert Count("c", cells, CREDIT, 5).value(row_weight) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_autonomy_floor_is_plain_coverage_by_own_sensors(seed):
    tracks, clear, weight = case(seed)
    own, always = [[0], [4]], [2]
    cells = cells_of(tracks, clear, weight, rows_of(own, [1, 1], always), 1, np.array([0, 4]))
    assert counts_of(cells).max() == 1
    design = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    credit = np.zeros(9)
    credit[[0, 2, 4]] = 1.0
    found = value_of(tracks, clear, credit, targets_of(np.zeros(7)), weight, CREDIT)
    assert Count("c", cells, (1.0,), 5).value(design) == pytest.approx(
        found.covered.mean(), abs=1e-12
    )


def test_values_by_regime_and_by_target_are_means_of_their_own_cells():
    tracks, clear, weight = case(11, targets=6)
    targets = targets_of([0, 0, 2, 2, 2, 3])
    credit = np.linspace(0.0, 1.0, 9)
    found = value_of(tracks, clear, credit, targets, weight, CREDIT)
    rows = [[c] for c in range(9)]
    for index in (0, 2, 3):
        inside = targets.regime == index
        credited, covered = naive.value(
            tracks[:, inside], clear, rows, [], credit, weight[inside], CREDIT
        )
        assert found.covered_group[:, index].mean() == pytest.approx(covered, abs=1e-12)
        assert found.credited_group[:, index].mean() == pytest.approx(credited, abs=1e-12)
    assert np.isnan(found.covered_group[:, [1, 4]]).all()
    for n in range(6):
        _, covered = naive.value(tracks[:, [n]], clear, rows, [], credit, [1], CREDIT)
        assert found.covered_target[n] == pytest.approx(covered, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 8), st.floats(0.01, 1.0))
def test_coverage_never_falls_when_a_sensor_is_added(seed, added, worth):
    tracks, clear, weight = case(seed, targets=4, windows=2, scenarios=2)
    credit = np.random.default_rng(seed).choice([0.0, 0.9, 1.0], size=9)
    credit[added] = 0.0
    targets = targets_of(np.zeros(4))
    before = value_of(tracks, clear, credit, targets, weight, CREDIT)
    credit[added] = worth
    after = value_of(tracks, clear, credit, targets, weight, CREDIT)
    assert (after.covered >= before.covered - 1e-15).all()
    assert (after.credited >= before.credited - 1e-15).all()


def test_weights_keep_the_share_of_each_regime_and_of_each_object():
    targets = targets_of([0, 0, 0, 2, 2, 3], multiplicity=[1.0, 5.0, 4.0, 2.0, 2.0, 7.0])
    asked = {"LEO": 0.5, "GEO": 0.3, "HEO": 0.2}
    weight = demand_weights(targets, asked, windows=4, scenarios=8)
    assert weight.dtype == np.int64
    total = weight.sum()
    assert total * 4 * 8 == pytest.approx(TOTAL_WEIGHT, rel=1e-6)
    for regime, share in asked.items():
        inside = targets.regime == REGIMES.index(regime)
        assert weight[inside].sum() / total == pytest.approx(share, rel=1e-6)
        each = weight[inside] / targets.multiplicity[inside]
        np.testing.assert_allclose(each, each[0], rtol=1e-5)


def test_the_share_of_a_regime_without_targets_goes_to_the_others():
    weight = demand_weights(targets_of([0, 2]), {"LEO": 0.3, "GEO": 0.1, "MEO": 0.6}, 1, 1)
    assert weight[0] / weight[1] == pytest.approx(3.0, rel=1e-6)
    assert weight.sum() == pytest.approx(TOTAL_WEIGHT, rel=1e-6)


def test_targets_without_a_share_weigh_nothing():
    assert demand_weights(targets_of([0, 2]), {"LEO": 1.0}, 2, 3)[1] == 0


def test_no_target_in_any_weighted_regime_is_an_error():
    with pytest.raises(CoverageError, match=r"no target lies in a regime with a weight above 0"):
        demand_weights(targets_of([2, 2]), {"LEO": 1.0}, 2, 3)


def test_weights_too_fine_for_integers_are_an_error():
    targets = targets_of([0, 0], multiplicity=[1.0, 1e7])
    with pytest.raises(CoverageError, match="less than one unit of weight a cell; use fewer draws"):
        demand_weights(targets, {"LEO": 1.0}, windows=1000, scenarios=100)
