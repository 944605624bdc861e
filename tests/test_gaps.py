"""Revisit gaps against loops."""

import numpy as np
import pytest

from kansoku.coverage.gaps import TrackTimes, gaps_of
from naive import gaps as naive

STRETCH_S, WINDOW_S = 86_400.0, 21_600.0


def stretch(rng, count, contributors, targets):
    return TrackTimes(
        rng.integers(0, contributors, count),
        rng.integers(0, targets, count),
        rng.uniform(0.0, STRETCH_S, count),
    )


@pytest.mark.parametrize("seed", range(4))
def test_gaps_are_those_of_the_loops(seed):
    rng = np.random.default_rng(seed)
    contributors, targets, scenarios = 5, 8, 3
    times = [stretch(rng, count, contributors, targets) for count in (60, 0, 200)]
    clear = rng.random((scenarios, contributors, 12)) < 0.5
    found = gaps_of(times, clear, targets, STRETCH_S, WINDOW_S)
    as_lists = [
        list(zip(t.contributor.tolist(), t.target.tolist(), t.start_s.tolist(), strict=True))
        for t in times
    ]
    for s in range(scenarios):
        for n in range(targets):
            lengths = naive.gaps(as_lists, clear[s], n, STRETCH_S, WINDOW_S)
            longest, p95, mean = naive.statistics(lengths)
            assert found.longest_s[s, n] == pytest.approx(longest, abs=1e-6)
            assert found.p95_s[s, n] == pytest.approx(p95, abs=1e-6)
            assert found.mean_s[s, n] == pytest.approx(mean, abs=1e-6)


def test_a_target_that_is_never_seen_has_one_gap_as_long_as_the_stretch():
    nothing = TrackTimes(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    found = gaps_of([nothing, nothing], np.ones((1, 1, 8), bool), 2, STRETCH_S, WINDOW_S)
    for each in (found.longest_s, found.p95_s, found.mean_s):
        np.testing.assert_array_equal(each, STRETCH_S)


def test_a_track_in_a_cloudy_window_closes_no_gap():
    one = TrackTimes(np.array([0]), np.array([0]), np.array([30_000.0]))
    clear = np.array([[[True, True, True, True]], [[True, False, True, True]]])
    found = gaps_of([one], clear, 1, STRETCH_S, WINDOW_S)
    assert found.longest_s[:, 0].tolist() == [STRETCH_S - 30_000.0, STRETCH_S]


def test_a_track_that_starts_with_the_last_sample_belongs_to_the_last_window():
    one = TrackTimes(np.array([0]), np.array([0]), np.array([STRETCH_S]))
    clear = np.array([[[False, False, False, True]]])
    found = gaps_of([one], clear, 1, STRETCH_S, WINDOW_S)
    assert found.longest_s[0, 0] == STRETCH_S
    assert found.mean_s[0, 0] == STRETCH_S / 2
