"""Blocks and chunks that fit a device's memory."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.device.memory import ENOUGH_TARGETS, LEAST_CHUNK, SHARE_USED, WORD, Need, plan
from kansoku.errors import BackendError

GB = 10**9
YEAR = 525_601
NEEDS = st.builds(
    Need,
    fixed=st.integers(0, GB),
    by_target=st.integers(1, 30_000_000),
    by_state=st.floats(1.0, 100.0),
)


@given(st.integers(0, 200 * GB), NEEDS, st.integers(0, 10**7), st.integers(1, 10**7))
def test_what_is_planned_fits_or_is_refused(free, need, targets, samples):
    try:
        found = plan(free, need, targets, samples)
    except BackendError:
        shortest = min(-(-samples // WORD) * WORD, LEAST_CHUNK)
        assert need.bytes(1, shortest) > 0.999 * SHARE_USED * free
        return
    assert 1 <= found.targets <= max(targets, 1)
    assert found.chunk % WORD == 0
    assert found.chunk >= min(samples, LEAST_CHUNK)
    assert need.bytes(found.targets, found.chunk) <= SHARE_USED * free * (1 + 1e-9)


@given(NEEDS, st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_memory_never_means_less(need, targets, samples):
    sizes = [GB * 2**k for k in range(8)]
    plans = []
    for free in sizes:
        try:
            plans.append(plan(free, need, targets, samples))
        except BackendError:
            assert not plans
    for less, more in itertools.pairwise(plans):
        assert more.chunk >= less.chunk
        assert more.targets * more.chunk >= less.targets * less.chunk - more.chunk


def test_a_year_of_the_catalogue_goes_in_blocks_of_whole_years():
    need = Need(fixed=GB, by_target=15_000_000, by_state=24.125)
    found = plan(139 * GB, need, 26_389, YEAR)
    assert found.chunk >= YEAR
    assert found.targets > ENOUGH_TARGETS


def test_a_small_device_takes_shorter_chunks():
    need = Need(fixed=GB, by_target=15_000_000, by_state=24.125)
    found = plan(16 * GB, need, 26_389, YEAR)
    assert LEAST_CHUNK < found.chunk < YEAR
    assert found.targets >= ENOUGH_TARGETS


def test_what_cannot_fit_is_said():
    with pytest.raises(
        BackendError, match=r"0\.10 GB of the device's memory are free.*fewer hours"
    ):
        plan(GB // 10, Need(0, GB, 24.0), 5, 1441)
