"""Runs of packed bits on a device: which are counted at once, which are queued, in which window.

The oracle walks the samples one by one, and states the rules of tracks in loops.
"""

import math

import numpy as np
import pytest

from emulator import EmulatedDevice
from kansoku.backend import to_numpy
from kansoku.coverage import on_device
from kansoku.device.device import bytes_of, record
from kansoku.device.sources import structure

STEP_S = 60.0
SATURATED = 255


def packed(seen):
    """Bits (n, C, T) as words (n, words, 32 contributors), bit t % 32 of word t / 32."""
    rows, contributors, samples = seen.shape
    words = -(-samples // 32)
    whole = np.zeros((rows, 32 * -(-contributors // 32), 32 * words), dtype=np.uint8)
    whole[:, :contributors, :samples] = seen
    bits = np.packbits(whole.reshape(rows, -1, words, 32), axis=-1, bitorder="little")
    return np.ascontiguousarray(bits.view("<u4")[..., 0].transpose(0, 2, 1))


def stage_of(device, samples, minimum_s, padded):
    """A stage of which only the steps and the shortest tracks are used."""
    xp = device.xp
    sensors = np.zeros(padded, structure("sensor.cuh", "Sensor"))
    sensors["shortest_track_s"][: len(minimum_s)] = minimum_s
    empty = xp.zeros(1, dtype=np.uint8)
    return record(
        device, "stage.cuh", "Stage",
        orbits=empty, deep=empty, deep_of=xp.zeros(1, dtype=np.int32), checkpoints=xp.zeros(1),
        instants=empty, sensors=bytes_of(xp, sensors), horizon=xp.zeros(1, dtype=np.float32),
        targets=empty, reach_m=xp.zeros(1), step_s=STEP_S, end_s=(samples - 1) * STEP_S,
        cone_m=0.0, sine_depression=0.0, first_step=0, steps=0, samples=samples, padded=padded,
    )  # fmt: skip


def settled(seen, minimum_s, window_s, longest_s, windows):
    """Tracks (n, W, C), starts as a set, and queued runs as a set, from a device."""
    device = EmulatedDevice()
    bits = packed(seen)
    rows, _, padded = bits.shape
    stage = stage_of(device, seen.shape[2], minimum_s, padded)
    room = on_device.Room(runs=seen.size, pockets=1, crossings=1, starts=8 * seen.size)
    runs = on_device.Queue(device, room.runs)
    shape = (rows, windows, padded)
    counted = on_device.counting(device, shape, window_s, longest_s, room.starts)
    on_device.settle_runs(device, stage, counted, runs, device.xp.asarray(bits))
    found = int(to_numpy(counted.found)[0])
    columns = (counted.start_contributor, counted.start_row, counted.start_s)
    starts = sorted(zip(*(to_numpy(each)[:found].tolist() for each in columns), strict=True))
    queued = to_numpy(runs.record.arrays["runs"]).view(structure("runs.cuh", "Run"))[: runs.length]
    return to_numpy(counted.tracks)[..., : seen.shape[1]], starts, sorted(queued.tolist())


def undecided(before, begin, end, after, minimum, window, longest):
    """Whether the places of the edges within their brackets decide anything."""
    shortest, longest_run = end - begin, after - before
    if longest_run == shortest or longest_run < minimum:
        return False
    most = math.floor((longest_run - minimum) / longest)
    period = math.gcd(round(1000 * window), round(1000 * longest)) / 1000 if most > 0 else window
    moves = math.floor(before / period) != math.floor(begin / period)
    return moves or math.floor((shortest - minimum) / longest) != most


def by_samples(seen, minimum_s, window_s, longest_s, windows):
    """The same from loops."""
    rows, contributors, samples = seen.shape
    tracks = np.zeros((rows, windows, contributors), dtype=int)
    starts, queued = [], []
    end_of_all = (samples - 1) * STEP_S
    for row, c in np.ndindex(rows, contributors):
        edges = np.flatnonzero(np.diff([0, *seen[row, c].tolist(), 0]))
        for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            begin, end = first * STEP_S, (stop - 1) * STEP_S
            before, after = max(begin - STEP_S, 0.0), min(end + STEP_S, end_of_all)
            if undecided(before, begin, end, after, minimum_s[c], window_s, longest_s):
                queued.append((before, begin, end, after, c, row))
                continue
            length = 0.5 * (end + after - begin - before)
            start = 0.5 * (before + begin)
            while length >= minimum_s[c]:
                starts.append((c, row, start))
                tracks[row, min(int(start // window_s), windows - 1), c] += 1
                start, length = start + longest_s, length - longest_s
    return np.minimum(tracks, SATURATED), sorted(starts), sorted(queued)


def check(seen, minimum_s, window_s=21600.0, longest_s=7200.0):
    windows = max(1, round((seen.shape[2] - 1) * STEP_S / window_s))
    got = settled(seen, minimum_s, window_s, longest_s, windows)
    expected = by_samples(seen, minimum_s, window_s, longest_s, windows)
    np.testing.assert_array_equal(got[0], expected[0])
    assert got[1] == expected[1]
    assert got[2] == expected[2]
    return got


def one_of(*runs, samples):
    """One target and contributor that sees it over some samples (first, last)."""
    seen = np.zeros((1, 1, samples), dtype=np.uint8)
    for first, last in runs:
        seen[0, 0, first : last + 1] = 1
    return seen


@pytest.mark.parametrize("samples", [2, 31, 32, 33, 64, 95, 96, 97, 720, 721])
@pytest.mark.parametrize("minimum", [0.0, 30.0, 60.0, 121.0])
def test_all_ones_none_and_alternating(samples, minimum):
    every, none = np.ones((2, 3, samples)), np.zeros((2, 3, samples))
    odd = np.tile(np.arange(samples) % 2, (2, 3, 1))
    for seen in (every, none, odd, 1 - odd):
        check(seen.astype(np.uint8), np.full(3, minimum))


@pytest.mark.parametrize("first", [0, 1, 30, 31, 32, 33, 62, 63, 64, 358, 359, 360, 361, 388])
@pytest.mark.parametrize("length", [1, 2, 31, 32, 33, 64, 65, 120, 121, 360])
def test_runs_across_the_edges_of_words_and_windows(first, length):
    samples = 1441
    seen = one_of((first, first + length - 1), samples=samples)
    check(seen, np.array([60.0]))
    # The longest track no divisor of the window, so that both lengths decide
    check(seen, np.array([60.0]), window_s=5400.0, longest_s=4000.0)


def test_a_run_that_the_end_of_the_stretch_cuts():
    for samples in (64, 65, 96, 100):
        check(one_of((samples - 7, samples - 1), samples=samples), np.array([60.0]), 1800.0)
        check(one_of((0, 6), (samples - 1, samples - 1), samples=samples), np.array([0.0]), 1800.0)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_random_bits_of_many_contributors(share):
    rng = np.random.default_rng(7)
    seen = (rng.random((3, 45, 1000)) < share).astype(np.uint8)
    minimum_s = rng.choice([0.0, 6.0, 20.0, 59.0, 60.0, 64.0, 120.0, 500.0], size=45)
    tracks, _, queued = check(seen, minimum_s, window_s=3600.0, longest_s=5400.0)
    assert tracks.sum() > 0
    assert queued


def test_counts_saturate():
    odd = (np.arange(1441) % 2).astype(np.uint8)[None, None]
    tracks, starts, _ = check(odd, np.array([0.0]), window_s=86400.0)
    assert tracks.max() == SATURATED
    assert len(starts) == 720


def test_a_queue_without_room_says_what_it_needed():
    device = EmulatedDevice()
    seen = one_of((10, 12), (20, 22), (359, 361), samples=720)
    bits = packed(seen)
    stage = stage_of(device, 720, np.array([150.0]), bits.shape[2])
    runs = on_device.Queue(device, 1)
    counted = on_device.counting(device, (1, 2, bits.shape[2]), 21600.0, 7200.0, 0)
    on_device.settle_runs(device, stage, counted, runs, device.xp.asarray(bits))
    assert runs.length == 3
    none = on_device.Queue(device, 4)
    room = on_device.Room(runs=1, pockets=4, crossings=4, starts=0)
    wider = on_device.widened(room, runs, none, none, counted)
    assert wider == on_device.Room(runs=3, pockets=4, crossings=4, starts=0)
