"""Answers do not hang on the order in which lanes, warps and blocks run.

What one lane leaves for another in shared memory, or in a queue, needs a barrier or must not care.
A device runs them in any order; the emulator in two, the last first and the first first.
"""

from datetime import datetime

import numpy as np
import pytest

from emulator import EmulatedDevice
from kansoku import network
from kansoku.config import DesignSection, NetworkSection, TargetsSection
from kansoku.coverage.collect import collect
from kansoku.coverage.gaps import TrackTimes
from kansoku.coverage.gaps_on_device import gaps_on
from kansoku.coverage.stretch import Demand
from kansoku.design.terms import on_device
from kansoku.design.terms.count import ROW_UNIT
from kansoku.design.terms.on_device import Sums
from kansoku.design.terms.tiles import tiles_in_windows
from kansoku.ephemeris.grid import time_grid
from kansoku.targets import reference
from kansoku.visibility.limits import default_limits
from strict import strict

DEMAND = Demand(21600.0, 7200.0, default_limits())


def devices():
    return [EmulatedDevice(backwards=backwards) for backwards in (False, True)]


@pytest.mark.slow
def test_tracks_and_their_starts():
    """More contributors than a block holds at a time, orbits of every kind."""
    sensors = network.load(
        NetworkSection(), DesignSection(budget_mjpy=0.0, horizon_fy=2036)
    ).sensors
    every = reference.load(TargetsSection())
    targets = every.take(np.linspace(0, len(every) - 1, 24).astype(np.intp))
    grids = [time_grid(datetime(2024, 7, 5), 12.0, 60.0)]
    assert len(sensors) > 128
    one, other = (
        collect(strict, targets, sensors, grids, DEMAND, 30.0, device=device)
        for device in devices()
    )
    np.testing.assert_array_equal(one.tracks, other.tracks)
    np.testing.assert_array_equal(one.error, other.error)
    (here,), (there,) = one.times, other.times
    for name in ("contributor", "target", "start_s"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
    assert len(here.start_s) > 1000


def test_gaps():
    rng = np.random.default_rng(0)
    times = [TrackTimes(rng.integers(0, 5, 300), rng.integers(0, 4, 300), rng.random(300) * 86400)]
    clear = rng.random((33, 5, 4)) < 0.5
    one, other = (gaps_on(device, times, clear, 4, 86400.0, 21600.0) for device in devices())
    for name in ("longest_s", "p95_s", "mean_s"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("part", [1, 3])
@pytest.mark.parametrize("credit", [(5,), (5, 3), (5, 3, 1)])
def test_cuts(credit, part, monkeypatch):
    """Of whole rows in one pass, and of thirds of them in two."""
    monkeypatch.setattr(on_device, "BLOCKS", 2)
    rng = np.random.default_rng(len(credit))
    tracks = rng.integers(0, 3, (150, 1200, 4)).astype(np.uint8)
    clear = rng.random((3, 150, 4)) < 0.6
    weight, units = rng.integers(1, 4, 1200), rng.integers(0, 2, 150) * (ROW_UNIT // part)
    one, other = (
        Sums(device, tiles_in_windows(tracks, clear, weight), np.array(credit)).cut(units)
        for device in devices()
    )
    assert one[0] == other[0] > 0
    np.testing.assert_array_equal(one[1], other[1])
