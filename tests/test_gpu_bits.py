"""The kernel of visibility bits, run on the host, against the bits of NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from emulator import ON_CUDA, EmulatedDevice
from kansoku.coverage.stretch import stage_of
from kansoku.network.contributors import FAN
from kansoku.visibility import criteria
from kansoku.visibility.on_device import LANES, Sighting, lookout_of, words_of
from kansoku.visibility.sight import Sight
from kansoku.visibility.views import packed
from random_rows import random_row
from sensor_rows import RADAR_ROW
from stages import (
    LIMITS,
    MOON_DISTANCE_M,
    SETTINGS,
    SUN_DISTANCE_M,
    THING,
    Grid,
    block_of,
    random_direction,
    stage_for,
)
from strict import strict
from test_culling import instruments, moving_stage, turning
from test_flips import stretch  # noqa: F401 - a fixture
from test_gpu_criteria import MARGINS, off_threshold


def stages(seed, rows, targets, steps, limits=LIMITS):
    """One stage twice: of plain arrays, and of arrays that refuse NumPy."""
    return tuple(
        moving_stage(xp, np.random.default_rng(seed), rows, targets, steps, limits=limits)
        for xp in (np, strict)
    )


def chunk_of(stage, first, samples):
    """States and light of some samples as the kernel reads them; rubbish beyond the last."""
    stride, some = (-(-samples // LANES) + 1) * LANES, slice(first, first + samples)
    states = np.full((6, stage.targets, stride), 7e6, dtype=np.float32)
    states[:3, :, :samples] = stage.block.position_itrf_m[:, :, some]
    states[3:, :, :samples] = stage.block.velocity_itrf_m_s[:, :, some]
    lit = np.full((stage.targets, stride // LANES), 0xFFFFFFFF, dtype=np.uint32)
    lit[:, :-1] = words_of(np, stage.lit.reshape(stage.targets, -1)[:, some])
    return strict.asarray(states), strict.asarray(lit)


def bits_by_kernel(plain, strict_stage, chunk):
    """Bits of a stretch, a chunk of samples at a time."""
    stage = strict_stage
    lookout = lookout_of(EmulatedDevice(), stage.watch, stage.sky)
    sighting = Sighting(lookout, stage.scene, stage.reach_m)
    bits, near = sighting.no_bits() + strict.uint32(0xFFFFFFFF), sighting.nothing_near()
    for first in range(0, plain.steps, chunk):
        samples = min(chunk, plain.steps - first)
        sighting.see(bits, near, *chunk_of(plain, first, samples), first, samples)
    return bits.get()


def unpacked(bits):
    """Words (n, words, padded) as truth values (padded, n, samples)."""
    flags = bits[..., None] >> np.arange(LANES, dtype=np.uint32) & 1 != 0
    return flags.transpose(2, 0, 1, 3).reshape(bits.shape[2], bits.shape[0], -1)


def assert_seen_alike(plain, bits):
    """Bits are those of NumPy but within rounding of a threshold; there are no others."""
    seen = unpacked(bits)
    count, steps = len(plain.watch.host), plain.steps
    assert not seen[count:].any()
    assert not seen[:, :, steps:].any()
    seen, fans = seen[:count, :, :steps], plain.watch.host.kind == FAN
    assert not seen[fans].any()
    expected = np.unpackbits(packed(plain), axis=2, count=steps).astype(bool)
    expected[fans] = False
    changed = np.nonzero(seen != expected)
    assert len(changed[0]) <= 5e-6 * seen.size
    if len(changed[0]):
        off = list(off_threshold(Sight(plain, *changed), MARGINS["float32"]).values())
        assert (np.nanmin(off, axis=0) <= 1.0).all()
    return expected


@pytest.mark.parametrize("setting", SETTINGS)
def test_bits_of_every_kind_of_sensor_are_those_of_numpy(setting):
    rows = instruments(np.random.default_rng(3))
    pair = stages(5, rows, 24, 500, replace(LIMITS, **SETTINGS[setting]))
    assert pair[0].steps % LANES
    expected = assert_seen_alike(pair[0], bits_by_kernel(*pair, 500))
    for kind in np.unique(pair[0].watch.host.kind):
        assert kind == FAN or expected[pair[0].watch.host.kind == kind].sum() > 100


@pytest.mark.slow
@pytest.mark.skipif(ON_CUDA, reason="its tables are plain arrays")
def test_bits_of_the_packaged_network_and_the_real_catalogue(stretch):  # noqa: F811
    """Hundreds of sensors, orbits of every kind, a day of minutes in three chunks."""
    plain = stage_of(stretch, 0, 60)
    device = EmulatedDevice(np)
    sighting = Sighting(lookout_of(device, plain.watch, plain.sky), plain.scene, plain.reach_m)
    bits, near = sighting.no_bits(), sighting.nothing_near()
    for first in range(0, plain.steps, 512):
        samples = min(512, plain.steps - first)
        states, lit = (each.get() for each in chunk_of(plain, first, samples))
        sighting.see(bits, near, states, lit, first, samples)
    assert assert_seen_alike(plain, bits).sum() > 100_000


def odd_arcs(rng, targets, steps):
    """Paths of every length and bend in a word, near and far, some of them with gaps."""
    stays = random_direction(rng, targets)[:, :, None]
    wanders = rng.normal(size=(3, targets, steps)).cumsum(axis=2)
    jumps = random_direction(rng, targets * steps).reshape(3, targets, steps)
    share = rng.choice([0.0, 1e-7, 1e-3, 0.1, 1.0, 10.0], size=(targets, 1))
    path = stays + share * np.where(rng.random((targets, 1)) < 0.2, jumps, 0.3 * wanders)
    turn = rng.choice([0.0, 1e-3, 0.01, 0.06, 0.2, 1.0], size=(targets, 1)) * np.arange(steps)
    side = np.cross(stays[..., 0], random_direction(rng, targets), axis=0)[:, :, None]
    side /= np.linalg.norm(side, axis=0)
    path = path * np.cos(turn) + side * np.linalg.norm(path, axis=0) * np.sin(turn)
    radius = 10 ** rng.choice([6.81, 6.85, 6.9, 7.4, 7.62, 8.5], size=(targets, 1))
    radius = radius * (1.0 + rng.choice([0.0, 0.01, 0.5], (targets, 1)) * rng.random((1, steps)))
    place = radius * path / np.linalg.norm(path, axis=0)
    gaps = rng.choice([0.0, 0.5, 0.97], size=(targets, 1), p=[0.6, 0.2, 0.2])
    place[:, rng.random((targets, steps)) < gaps] = np.nan
    return place


@pytest.mark.parametrize("seed", range(4))
def test_no_arc_is_passed_over_that_a_site_may_see(seed):
    """Every sample against every site: what the arcs spare must hold nothing."""
    rng, steps, places = np.random.default_rng(seed), 320, 96
    anywhere = [
        {
            "latitude": np.degrees(np.arcsin(rng.uniform(-1, 1))),
            "longitude": rng.uniform(-180, 180),
            "altitude": rng.choice([-400.0, 0.0, 5000.0]),
            "elevation_min": rng.choice([-5.0, -1.0, 0.0, 5.0, 15.0, 45.0, 80.0]),
            "reference_range": 10 ** rng.choice([5.8, 6.3, 7.0, 7.6, 12.0]),
        }
        for _ in range(places)
    ]
    place = odd_arcs(rng, 150, steps)
    grid = Grid(steps, 60.0, turning(SUN_DISTANCE_M, 24.0), turning(-MOON_DISTANCE_M, 24.8, 0.3))
    plain, strict_stage = (
        stage_for(
            xp,
            [RADAR_ROW | each for each in anywhere],
            [THING] * place.shape[1],
            block_of(xp, place, np.zeros_like(place)),
            grid,
        )
        for xp in (np, strict)
    )
    found = unpacked(bits_by_kernel(plain, strict_stage, steps))[:places, :, :steps]
    row, step = np.nonzero(plain.block.usable)
    changed = 0
    for c in range(places):
        sight = Sight(plain, c, row, step)
        told = criteria.elevation(sight) & criteria.within_reach(sight)
        some = np.flatnonzero(told != found[c, row, step])
        changed += len(some)
        each = Sight(plain, np.full(len(some), c), row[some], step[some])
        assert (off_threshold(each, MARGINS["float32"])["high_and_near"] <= 1.0).all()
    assert changed < 1e-5 * found.size
    assert 0.01 < found.mean() < 0.5


def test_chunks_join_to_the_bits_of_the_whole_stretch():
    rows = instruments(np.random.default_rng(4))
    pair = stages(6, rows, 7, 300)
    whole = bits_by_kernel(*pair, 300)
    assert whole.any()
    for chunk in (32, 96, 160, 256):
        np.testing.assert_array_equal(bits_by_kernel(*pair, chunk), whole)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 300])
def test_any_number_of_contributors_and_samples(count):
    """Down to one sensor or sample, up to more contributors than shared memory holds at once."""
    rng = np.random.default_rng(count)
    rows = [random_row(rng) for _ in range(count)]
    for steps in (1, 31, 96, 129):
        pair = stages(count, rows, 5, steps)
        assert_seen_alike(pair[0], bits_by_kernel(*pair, 640))


def test_a_chunk_begins_at_a_whole_word():
    pair = stages(1, [random_row(np.random.default_rng(1))], 2, 64)
    lookout = lookout_of(EmulatedDevice(), pair[1].watch, pair[1].sky)
    sighting = Sighting(lookout, pair[1].scene, pair[1].reach_m)
    bits, near = sighting.no_bits(), sighting.nothing_near()
    with pytest.raises(ValueError, match="whole word"):
        sighting.see(bits, near, *chunk_of(pair[0], 16, 32), 16, 32)


def test_words_have_the_first_flag_in_the_lowest_bit():
    flags = np.zeros((2, 35), dtype=bool)
    flags[0, [0, 31, 32]] = flags[1, 34] = True
    words = words_of(strict, strict.asarray(flags)).get()
    assert words.tolist() == [[1 | 1 << 31, 1], [0, 4]]
    assert words.dtype == np.uint32
