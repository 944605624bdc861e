"""Tracks of whole blocks by the kernels, run on the host, against those of the array path.

States, bits, runs, edges, what hides between samples and crossings of fans: everything but the
device itself. Both know an edge to a fifth of a second; where that decides whether a run is long
enough, they may differ.
"""

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

import fleet_cases
from emulator import EmulatedDevice
from kansoku import network
from kansoku.backend import to_numpy
from kansoku.config import DesignSection, NetworkSection, TargetsSection
from kansoku.coverage import on_device
from kansoku.coverage.collect import collect
from kansoku.coverage.device_block import DeviceBlock, need_of
from kansoku.coverage.stretch import Demand, stretch_of
from kansoku.device.fleet import Fleet
from kansoku.device.memory import SHARE_USED
from kansoku.device.sources import structure
from kansoku.ephemeris.grid import time_grid
from kansoku.network.contributors import FAN, OPTICAL, RADAR
from kansoku.targets import reference
from kansoku.visibility.limits import default_limits
from kansoku.visibility.on_device import lookout_of
from sensor_rows import sensors_of
from strict import strict
from test_tracks import EVERY_KIND

DEMAND = Demand(21600.0, 7200.0, default_limits())
SHORT_WINDOWS = Demand(1800.0, 1500.0, replace(default_limits(), detection_probability=0.9))
START_S = 0.01
"""By which the start of a track moves where the same halvings of a step bracket its edge."""
EDGES_S = 0.5
"""Both edges of a run, each known to 60 s / 2^8. [s]"""
LIMIT_MAG = 0.001
"""Of a trailing target: kernels take the velocity of the theory between samples, arrays the rate of
the position that they interpolate, and the two differ by up to 4 m/s. [mag]"""


def packaged_sensors(count):
    """Sensors spread evenly over the packaged network."""
    every = network.load(NetworkSection(), DesignSection(budget_mjpy=0.0, horizon_fy=2036)).sensors
    return every.take(np.linspace(0, len(every) - 1, count).astype(np.intp))


def some_targets(count, seed=0):
    """Targets of every regime."""
    every = reference.load(TargetsSection())
    return every.take(np.sort(np.random.default_rng(seed).choice(len(every), count, False)))


def a_day(hours=24.0, step_s=60.0):
    return time_grid(datetime(2024, 7, 5), hours, step_s)


def both(targets, sensors, grids, demand=DEMAND):
    """Coverage by arrays, and by kernels."""
    device = EmulatedDevice()
    return (
        collect(np, targets, sensors, grids, demand, 30.0, workers=1),
        collect(strict, targets, sensors, grids, demand, 30.0, device=device),
    )


def assert_alike(by_arrays, by_kernels):
    """Count for count, and start for start."""
    np.testing.assert_array_equal(by_kernels.tracks, by_arrays.tracks)
    np.testing.assert_array_equal(by_kernels.error, by_arrays.error)
    for ours, theirs in zip(
        map(in_order, by_kernels.times), map(in_order, by_arrays.times), strict=True
    ):
        np.testing.assert_array_equal(ours.contributor, theirs.contributor)
        np.testing.assert_array_equal(ours.target, theirs.target)
        np.testing.assert_allclose(ours.start_s, theirs.start_s, rtol=0, atol=START_S)


def in_order(times):
    """Starts of tracks by contributor, target and time: blocks come one after the other."""
    return times.where(np.lexsort((times.start_s, times.target, times.contributor)))


def test_a_day_of_the_packaged_network():
    sensors = packaged_sensors(50)
    by_arrays, by_kernels = both(some_targets(40), sensors, [a_day()])
    assert_alike(by_arrays, by_kernels)
    for kind in (OPTICAL, RADAR, FAN):
        assert by_arrays.tracks[sensors.kind == kind].sum() > 50
    (times,) = by_kernels.times  # of one block: in order, whichever thread found them
    order = np.lexsort((times.start_s, times.target, times.contributor))
    np.testing.assert_array_equal(order, np.arange(len(times.start_s)))


@pytest.mark.slow
def test_a_hundred_thousand_windows():
    """All but one in 10,000 alike; the others where a target is barely seen for long enough."""
    targets, sensors = some_targets(180, seed=1), packaged_sensors(140)
    by_arrays, by_kernels = both(targets, sensors, [a_day()])
    assert by_arrays.tracks.size >= 100_000
    differs = by_kernels.tracks != by_arrays.tracks
    assert differs.mean() < 1e-4
    assert not differs[sensors.kind == FAN].any()
    easier, harder = (
        replace(
            sensors,
            minimum_track_s=np.maximum(sensors.minimum_track_s - sign * EDGES_S, 0.0),
            limiting_magnitude=sensors.limiting_magnitude + sign * LIMIT_MAG,
        )
        for sign in (1.0, -1.0)
    )
    most, least = (
        collect(np, targets, each, [a_day()], DEMAND, 30.0).tracks for each in (easier, harder)
    )
    assert (by_kernels.tracks <= most)[differs].all()
    assert (by_kernels.tracks >= least)[differs].all()


@pytest.mark.parametrize("step_s", [60.0, 30.0, 120.0])
def test_every_kind_of_sensor_in_short_windows(step_s):
    sensors = sensors_of(list(EVERY_KIND.values()))
    grids = [a_day(6.0, step_s), time_grid(datetime(2024, 12, 21, 9), 5.5, step_s)]
    by_arrays, by_kernels = both(some_targets(60, seed=2), sensors, grids, SHORT_WINDOWS)
    assert_alike(by_arrays, by_kernels)
    assert (by_arrays.tracks.sum(axis=(1, 2)) > 0).sum() >= 10


def test_a_leap_second_in_the_stretch():
    grid = time_grid(datetime(2016, 12, 31, 21), 6.0, 60.0)
    assert_alike(*both(some_targets(25, seed=3), packaged_sensors(40), [grid]))


def block_of(targets, sensors, grid, chunk):
    """A block on the device, of all targets."""
    device = EmulatedDevice()
    stretch, _ = stretch_of(strict, targets, sensors, grid, DEMAND, 30.0, device)
    lookout = lookout_of(device, stretch.watch, stretch.sky)
    return DeviceBlock(stretch, lookout, 0, len(targets), chunk)


def test_chunks_of_any_length_give_the_same_tracks():
    targets, sensors, grid = some_targets(20, seed=4), packaged_sensors(40), a_day(12.0)
    whole = block_of(targets, sensors, grid, 4096).counted(listed=False)
    assert to_numpy(whole.tracks).any()
    for chunk in (32, 64, 288):
        part = block_of(targets, sensors, grid, chunk).counted(listed=False)
        np.testing.assert_array_equal(to_numpy(part.tracks), to_numpy(whole.tracks))


def test_too_little_room_is_widened():
    targets, sensors, grid = some_targets(12, seed=5), packaged_sensors(40), a_day(12.0)
    block = block_of(targets, sensors, grid, 4096)
    expected = block.counted(listed=True)
    counting, needed = block._look(on_device.Room(runs=1, pockets=1, crossings=1, starts=1))
    assert int(to_numpy(counting.found)[0]) > 1
    # What is queued further on is known only once there was room before
    while True:
        counting, room = block._look(needed)
        if room == needed:
            break
        needed = room
    np.testing.assert_array_equal(to_numpy(counting.tracks), to_numpy(expected.tracks))


def test_little_memory_takes_more_blocks():
    targets, sensors, grid = some_targets(20, seed=8), packaged_sensors(40), a_day(12.0)
    device = EmulatedDevice()
    stretch, _ = stretch_of(strict, targets, sensors, grid, DEMAND, 30.0, device)
    need = need_of(stretch, lookout_of(device, stretch.watch, stretch.sky))
    expected = collect(strict, targets, sensors, [grid], DEMAND, 30.0, device=device)
    small = EmulatedDevice(free=int(need.bytes(6, 736) / SHARE_USED) + 1)
    found = collect(strict, targets, sensors, [grid], DEMAND, 30.0, device=small)
    assert device.launched.count("find_runs") == 1
    assert small.launched.count("find_runs") == 4
    np.testing.assert_array_equal(found.tracks, expected.tracks)
    np.testing.assert_array_equal(
        np.sort(found.times[0].start_s), np.sort(expected.times[0].start_s)
    )


def test_two_devices_share_a_study_out():
    """A process each; every stretch and every window as on one."""
    targets, sensors = some_targets(20, seed=9), packaged_sensors(40)
    grids = [a_day(6.0), time_grid(datetime(2024, 12, 21), 6.0, 60.0)]
    fleet, told = Fleet(fleet_cases.emulated, 2), []
    expected = collect(np, targets, sensors, grids, DEMAND, 30.0, workers=1)
    found = collect(
        np, targets, sensors, grids, DEMAND, 30.0, fleet=fleet, progress=lambda *at: told.append(at)
    )
    assert_alike(expected, found)
    assert len(told) > 2
    assert told[-1] == (40, 40)


def hidden_runs(block, near):
    """Runs between samples, with or without what the bits say of words that need a look."""
    device = block.device
    pockets, runs = (on_device.Queue(device, 1 << 16) for _ in range(2))
    states, lit = block.orbits.fill(0, block.samples)
    bits, nearby = block.sighting.no_bits(), block.sighting.nothing_near()
    block.sighting.see(bits, nearby, states, lit, 0, block.samples)
    if not near:
        nearby = nearby | strict.uint32(0xFFFFFFFF)
    chunk = block._chunk(states, lit, bits, nearby, 0, (0, block.words))
    on_device.find_pockets(device, chunk, pockets, block.rows * block.words)
    on_device.find_hidden(device, block._stage(), pockets, runs)
    rows = to_numpy(runs.record.arrays["runs"]).view(structure("runs.cuh", "Run"))
    return pockets.length, sorted(rows[: runs.length].tolist())


def test_words_that_nothing_is_near_hide_nothing():
    """Two minutes between samples: a third of the passes of short tracks hide there."""
    sensors = sensors_of([*EVERY_KIND.values()])
    block = block_of(some_targets(80, seed=6), sensors, a_day(24.0, 120.0), 4096)
    (few, found), (many, expected) = hidden_runs(block, near=True), hidden_runs(block, near=False)
    assert len(expected) > 20
    assert found == expected
    assert few <= many


def test_orbits_that_are_lost_are_never_seen():
    targets = some_targets(6, seed=7)
    broken, slow = targets.elements.bstar.copy(), targets.elements.mean_motion_rad_min.copy()
    broken[1], slow[3] = math.nan, 0.1  # an orbit inside the Earth
    elements = replace(targets.elements, bstar=broken, mean_motion_rad_min=slow)
    targets = replace(targets, elements=elements)
    by_arrays, by_kernels = both(targets, packaged_sensors(20), [a_day(6.0)])
    assert_alike(by_arrays, by_kernels)
    assert by_kernels.error[1] == 7
    assert by_kernels.error[3] == 6
