"""Revisit gaps from gpu/gaps.cu: those of NumPy bit by bit, and those of the loops."""

import numpy as np
import pytest

from emulator import EmulatedDevice
from kansoku.coverage.gaps import TrackTimes, gaps_of
from kansoku.coverage.gaps_on_device import gaps_on, packed
from naive import gaps as naive

STRETCH_S, WINDOW_S = 86_400.0, 21_600.0


def stretch(rng, count, contributors, targets, starts=None):
    starts = rng.uniform(0.0, STRETCH_S, count) if starts is None else rng.choice(starts, count)
    return TrackTimes(rng.integers(0, contributors, count), rng.integers(0, targets, count), starts)


def both(times, clear, targets):
    given = (times, clear, targets, STRETCH_S, WINDOW_S)
    return gaps_on(EmulatedDevice(), *given), gaps_of(*given)


def assert_same(found, expected):
    np.testing.assert_array_equal(found.longest_s, expected.longest_s)
    np.testing.assert_array_equal(found.p95_s, expected.p95_s)
    np.testing.assert_allclose(found.mean_s, expected.mean_s, rtol=1e-12, atol=0)


@pytest.mark.parametrize("draws", [1, 3, 32, 33])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_gaps_are_those_of_the_host(draws, share):
    rng = np.random.default_rng(draws)
    times = [stretch(rng, count, 5, 4) for count in (300, 0, 31)]
    assert_same(*both(times, rng.random((draws, 5, 12)) < share, 4))


@pytest.mark.parametrize("free", [1, 30_000, 100_000])
def test_targets_take_turns_where_memory_is_little(free):
    rng = np.random.default_rng(3)
    times = [stretch(rng, count, 5, 7) for count in (300, 0, 31)]
    given = (times, rng.random((33, 5, 12)) < 0.5, 7, STRETCH_S, WINDOW_S)
    device = EmulatedDevice(free=free)
    assert_same(gaps_on(device, *given), gaps_of(*given))
    assert len(device.launched) == {1: 7, 30_000: 3, 100_000: 1}[free]


@pytest.mark.parametrize("count", [*range(18, 23), 31, 32, 33, 64, 65, 700])
def test_the_rank_of_the_percentile_is_exact(count):
    rng = np.random.default_rng(count)
    found, expected = both([stretch(rng, count, 1, 1)], np.ones((1, 1, 4), bool), 1)
    assert_same(found, expected)


@pytest.mark.parametrize(
    "starts",
    [
        [0.0],
        [STRETCH_S],
        [0.0, STRETCH_S],
        [43_200.0],
        np.arange(0.0, STRETCH_S, 600.0),
        [1.0, np.nextafter(1.0, 2.0), np.nextafter(1.0, 0.0), 5e-324, 1e-300],
        STRETCH_S * 0.5 ** np.arange(60),
        [WINDOW_S, np.nextafter(WINDOW_S, 0.0), 2 * WINDOW_S, 3 * WINDOW_S],
    ],
)
def test_equal_and_nearly_equal_gaps(starts):
    rng = np.random.default_rng(1)
    times = [stretch(rng, count, 3, 2, starts) for count in (120, 7)]
    assert_same(*both(times, rng.random((4, 3, 8)) < 0.7, 2))


def test_a_target_that_is_never_seen_has_one_gap_as_long_as_the_stretch():
    nothing = TrackTimes(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    found, _ = both([nothing, nothing], np.ones((2, 1, 8), bool), 3)
    for each in (found.longest_s, found.p95_s, found.mean_s):
        np.testing.assert_array_equal(each, np.full((2, 3), STRETCH_S))


def test_gaps_are_those_of_the_loops():
    rng = np.random.default_rng(7)
    times = [stretch(rng, count, 4, 3) for count in (90, 40)]
    clear = rng.random((2, 4, 8)) < 0.6
    found, _ = both(times, clear, 3)
    lists = [
        list(zip(t.contributor.tolist(), t.target.tolist(), t.start_s.tolist(), strict=True))
        for t in times
    ]
    for s, n in np.ndindex(2, 3):
        longest, p95, mean = naive.statistics(naive.gaps(lists, clear[s], n, STRETCH_S, WINDOW_S))
        assert (found.longest_s[s, n], found.p95_s[s, n]) == (longest, p95)
        assert found.mean_s[s, n] == pytest.approx(mean, rel=1e-12)


def test_draws_are_bits_of_words():
    rng = np.random.default_rng(0)
    clear = rng.random((40, 3, 5)) < 0.5
    words = packed(clear)
    for s, c, w in np.ndindex(40, 3, 5):
        assert words[c * 5 + w, s // 32] >> (s % 32) & 1 == clear[s, c, w]


def test_single_precision_starts_are_taken_as_they_are():
    rng = np.random.default_rng(3)
    times = stretch(rng, 80, 2, 2)
    single = TrackTimes(times.contributor, times.target, times.start_s.astype(np.float32))
    assert_same(*both([single], rng.random((3, 2, 4)) < 0.8, 2))
