"""States by the kernels, run on the host, against those of the array path.

`state_at` is compared in double precision, before a kernel rounds what it gives to single.
"""

import ctypes
import re
from datetime import datetime
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from emulator import HERE, EmulatedDevice, built
from kansoku.backend import to_numpy
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, M_PER_KM, MINUTES_PER_DAY
from kansoku.device import sources
from kansoku.ephemeris import osculating, sgp4_initial
from kansoku.ephemeris.deep_space import TURN
from kansoku.ephemeris.frames import SIDEREAL_RATE_RAD_S
from kansoku.ephemeris.grid import TimeGrid, time_grid
from kansoku.ephemeris.on_device import Orbits
from kansoku.ephemeris.resonance import SIDEREAL_RAD_MIN
from kansoku.ephemeris.sgp4 import minutes_since_epoch, pieces, prepare
from kansoku.ephemeris.states import representative, state_block
from kansoku.visibility.illumination import SHADOW_CONES, sunlit
from orbits import catalogue, elements_of, of_every_regime, verification_set
from test_sgp4 import times_of

TOLERANCE_M = 1e-3
TOLERANCE_M_S = 1e-6
START = datetime(2024, 7, 5)
CONE_M = SHADOW_CONES["conical"]


@cache
def door():
    return built((HERE / "states.cpp").read_text())


def orbits_of(satellites, grid, start=0, stop=None, cone_m=CONE_M):
    """Tables on the host for all targets, or for a block."""
    stop = len(satellites) if stop is None else stop
    return Orbits(
        EmulatedDevice(), satellites, grid, start, stop, np.zeros(len(grid)), cone_m
    )  # fmt: skip


def in_double(satellites, grid):
    """Position [m], velocity [m/s], codes and usable of `state_at`, as in a StateBlock."""
    tables, shape = orbits_of(satellites, grid), (len(satellites), len(grid))
    names = ("orbits", "deep_of", "deep", "checkpoints")
    orbits, deep_of, deep, checkpoints = (to_numpy(getattr(tables, name)) for name in names)
    instants = to_numpy(tables.instants)
    states, error = np.empty((6, *shape)), np.empty(shape, dtype=np.int32)
    usable = np.empty(shape, dtype=bool)
    given = (orbits, deep_of, deep, checkpoints, tables.first_step, tables.steps, instants, states)
    pointers = [
        ctypes.c_void_p(x.ctypes.data) if isinstance(x, np.ndarray) else x
        for x in (*given, error, usable)
    ]
    door().states_at(*shape, *pointers)
    return SimpleNamespace(r=states[:3], v=states[3:], error=error, usable=usable)


def every_code(satellites, grid):
    """Error codes of the array path, (N, T)."""
    codes = np.empty((len(satellites), len(grid)), dtype=np.int8)
    epochs = satellites.epochs(0, len(satellites))

    def minutes_of(rows, columns):
        jd, fraction = grid.jd_utc[columns], grid.fraction_utc[columns]
        return minutes_since_epoch(epochs, rows, jd, fraction)

    for piece in pieces(np, satellites, 0, len(satellites), len(grid), minutes_of):
        codes[piece.rows, piece.columns] = piece.error
    return codes


def worst_of(satellites, grid):
    """Largest differences of `state_at` [m] and [m/s]; its codes and verdicts are equal."""
    expected = state_block(np, satellites, grid, 0, len(satellites))
    ours, codes = in_double(satellites, grid), every_code(satellites, grid)
    np.testing.assert_array_equal(ours.error, codes)
    usable = expected.usable & (codes == 0)
    np.testing.assert_array_equal(ours.usable, usable)
    apart_m = np.abs(ours.r - expected.position_itrf_m)[:, usable]
    apart_m_s = np.abs(ours.v - expected.velocity_itrf_m_s)[:, usable]
    return apart_m.max(initial=0.0), apart_m_s.max(initial=0.0)


def grid_of(epoch_jd, epoch_fraction, minutes):
    """A grid of any instants, on an Earth that does not turn."""
    none = np.zeros((3, len(minutes)))
    return TimeGrid(
        jd_utc=np.full(len(minutes), epoch_jd),
        fraction_utc=epoch_fraction + minutes / MINUTES_PER_DAY,
        seconds=minutes * 60.0,
        step_s=60.0,
        sidereal_rad=np.zeros(len(minutes)),
        sun_itrf_m=none + 1e11,
        moon_itrf_m=none + 1e8,
        utc=np.zeros(len(minutes), dtype="datetime64[ms]"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SQRT_GM", sgp4_initial.SQRT_GM),
        ("J2", sgp4_initial.J2),
        ("J3", sgp4_initial.J3),
        ("EARTH_RADIUS_KM", sgp4_initial.RADIUS_KM),
        ("SPEED_KM_S", osculating.SPEED_KM_S),
        ("SURFACE_KM", EARTH_EQUATORIAL_RADIUS_M / M_PER_KM),
        ("SIDEREAL_RATE_RAD_S", SIDEREAL_RATE_RAD_S),
        ("SIDEREAL_RAD_MIN", SIDEREAL_RAD_MIN),
        ("TURN", TURN),
    ],
)
def test_constants_are_those_of_the_array_path(name, value):
    (written,) = re.findall(rf"#define {name} (\S+)", sources.text("orbit.cuh"))
    assert float(written) == value


@pytest.fixture(scope="module")
def grid():
    return time_grid(START, 6.0, 60.0)


@pytest.fixture(scope="module")
def mixed(shared_data):
    return of_every_regime(catalogue(shared_data, "2024-07-05"), 40, seed=11)


@pytest.fixture(scope="module")
def satellites(mixed):
    return prepare(np, elements_of(mixed))


def test_the_verification_set():
    seen, worst_m, worst_m_s = set(), [], []
    for satellite, second_line in verification_set():
        alone = prepare(np, elements_of([satellite]))
        minutes = times_of(second_line)
        instants = grid_of(satellite.jdsatepoch, satellite.jdsatepochF, minutes)
        metres, metres_s = worst_of(alone, instants)
        # 16 digits of 1.8 million minutes leave a microsecond
        loose = 10.0 if np.abs(minutes).max() > 1e5 else 1.0
        worst_m.append(metres / loose)
        worst_m_s.append(metres_s / loose)
        seen |= set(every_code(alone, instants).ravel().tolist())
    print(f"verification set: worst {max(worst_m):.1e} m, {max(worst_m_s):.1e} m/s")
    assert max(worst_m) < TOLERANCE_M
    assert max(worst_m_s) < TOLERANCE_M_S
    assert seen == {0, 1, 3, 4, 6}


@pytest.mark.parametrize("date", ["2024-07-05", "2022-01-22"])
def test_a_catalogue_within_ten_days(shared_data, date):
    satrecs = catalogue(shared_data, date)
    middle = np.median([each.jdsatepoch + each.jdsatepochF for each in satrecs])
    days = np.random.default_rng(7).uniform(-10.0, 10.0, 12)
    instants = grid_of(np.floor(middle), 0.5, days * MINUTES_PER_DAY)
    worst_m, worst_m_s = worst_of(prepare(np, elements_of(satrecs)), instants)
    print(f"{date}: {len(satrecs)} objects, worst {worst_m:.1e} m, {worst_m_s:.1e} m/s")
    assert worst_m < TOLERANCE_M
    assert worst_m_s < TOLERANCE_M_S


def test_resonance_over_months_both_ways(shared_data):
    kinds = prepare(np, elements_of(catalogue(shared_data, "2024-07-05")))
    rows = [group.rows[::20] for group in kinds.groups if group.resonant is not None]
    some = kinds.take(np, np.sort(np.concatenate(rows)))
    assert len(rows) == 2
    days = np.random.default_rng(5).uniform(-150.0, 150.0, 30)
    instants = grid_of(np.floor(some.epoch_jd[0]), 0.5, days * MINUTES_PER_DAY)
    worst_m, worst_m_s = worst_of(some, instants)
    print(f"resonant, 150 days: worst {worst_m:.1e} m, {worst_m_s:.1e} m/s")
    assert worst_m < TOLERANCE_M
    assert worst_m_s < TOLERANCE_M_S


def test_one_rounding_to_single_precision(satellites, grid):
    expected = state_block(np, satellites, grid, 0, len(satellites))
    states, _ = orbits_of(satellites, grid).fill(0, len(grid))
    states = to_numpy(states)[:, :, : len(grid)]
    exact = np.concatenate([expected.position_itrf_m, expected.velocity_itrf_m_s])
    assert np.isnan(states[:, ~expected.usable]).all()
    apart = np.abs(states - exact)[:, expected.usable]
    ulp = np.spacing(np.abs(states))[:, expected.usable]
    assert (apart[:3] <= 0.5 * ulp[:3] + TOLERANCE_M).all()
    assert (apart[3:] <= 0.5 * ulp[3:] + TOLERANCE_M_S).all()
    low = np.sqrt((exact[:3] ** 2).sum(axis=0))[expected.usable] < 8.3e6
    print(f"rounding: LEO {apart[:3, low].max():.2f} m, all {apart[:3].max():.2f} m")
    assert apart[:3, low].max() <= 0.26
    assert apart[3:].max() <= 5e-4


@pytest.mark.parametrize("shadow", ["conical", "penumbra", "cylindrical"])
def test_sunlit_bits(satellites, shadow):
    day = time_grid(START, 24.0, 60.0)
    expected = state_block(np, satellites, day, 0, len(satellites))
    cone_m = SHADOW_CONES.get(shadow, 0.0)
    _, words = orbits_of(satellites, day, cone_m=cone_m).fill(0, len(day))
    bits = np.unpackbits(to_numpy(words).view(np.uint8), axis=1, bitorder="little")
    assert not bits[:, len(day) :].any()
    lit = bits[:, : len(day)].astype(bool)
    sun = day.sun_itrf_m[:, None]
    r = expected.position_itrf_m
    away = r / np.sqrt((r * r).sum(axis=0))
    # A metre inward and outward: where these disagree the edge is that near
    sides = [sunlit(np, r + metres * away, sun, shadow) for metres in (-1.0, 1.0)]
    sure = expected.usable & (sides[0] == sides[1])
    theirs = expected.usable & sunlit(np, r, sun, shadow)
    np.testing.assert_array_equal(lit[sure], theirs[sure])
    assert (~theirs & expected.usable).sum() > 100
    assert (sure | ~expected.usable).mean() > 0.999
    assert not lit[~expected.usable].any()


@pytest.mark.parametrize("chunk", [32, 96, 100])
def test_chunks_of_any_size_give_the_same_bits(satellites, grid, chunk):
    whole = orbits_of(satellites, grid)
    states, words = (to_numpy(part) for part in whole.fill(0, len(grid)))
    parts = orbits_of(satellites, grid)
    for first in range(0, len(grid), chunk):
        samples = min(chunk, len(grid) - first)
        some, lit = (to_numpy(part) for part in parts.fill(first, samples))
        np.testing.assert_array_equal(some[..., :samples], states[..., first : first + samples])
        if first % 32 == 0 and samples % 32 == 0:
            place = slice(first // 32, (first + samples) // 32)
            np.testing.assert_array_equal(lit, words[:, place])
    np.testing.assert_array_equal(parts.error, whole.error)


def test_more_samples_than_a_block_takes(satellites):
    long = time_grid(START, 40.0, 60.0)
    some = satellites.take(np, np.array([0, 12, 25, 39]))
    states, _ = orbits_of(some, long).fill(0, len(long))
    expected = state_block(np, some, long, 0, 4)
    states = to_numpy(states)[:3, :, : len(long)]
    assert len(long) > 2048
    np.testing.assert_allclose(states, expected.position_itrf_m, rtol=1e-7, atol=TOLERANCE_M)


def test_a_block_is_a_part_of_the_catalogue(satellites, grid):
    whole, _ = orbits_of(satellites, grid).fill(0, 64)
    part, _ = orbits_of(satellites, grid, 7, 33).fill(0, 64)
    np.testing.assert_array_equal(to_numpy(part), to_numpy(whole)[:, 7:33])


def test_a_leap_second_is_not_counted(mixed):
    elements = elements_of(mixed)
    elements.epoch_jd[:] = 2457753.5  # 2016-12-30
    leap = time_grid(datetime(2016, 12, 31, 23, 59, 30), 1.0 / 60.0, 1.0)
    assert leap.fraction_utc.max() >= 1.0
    worst_m, worst_m_s = worst_of(prepare(np, elements), leap)
    assert worst_m < TOLERANCE_M
    assert worst_m_s < TOLERANCE_M_S


def test_elements_that_are_not_finite_harm_nobody(mixed, grid):
    elements = elements_of(mixed)
    clean, _ = orbits_of(prepare(np, elements), grid).fill(0, len(grid))
    elements.argp_rad[12], elements.epoch_jd[30] = np.nan, np.inf
    orbits = orbits_of(prepare(np, elements), grid)
    states, lit = orbits.fill(0, len(grid))
    bad = np.isin(np.arange(len(mixed)), [12, 30])
    assert np.flatnonzero(orbits.error == 7).tolist() == [12, 30]
    assert np.isnan(to_numpy(states)[:, bad, : len(grid)]).all()
    assert not to_numpy(lit)[bad].any()
    ours, theirs = (to_numpy(each)[:, ~bad, : len(grid)] for each in (states, clean))
    np.testing.assert_array_equal(ours, theirs)


def test_representative_orbits_have_no_drag(mixed, grid):
    elements = elements_of(mixed)
    elements.epoch_jd[::3] -= 900.0
    old = representative(elements, grid, 30.0)
    assert old.any()
    assert not old.all()
    worst_m, worst_m_s = worst_of(prepare(np, elements, ~old), grid)
    assert worst_m < TOLERANCE_M
    assert worst_m_s < TOLERANCE_M_S


def test_first_error_codes():
    falling = [each for each, _ in verification_set()]
    satellites = prepare(np, elements_of(falling))
    seen = set()
    for row, each in enumerate(falling):
        minutes = np.linspace(-5000.0, 5000.0, 75)
        instants = grid_of(each.jdsatepoch, each.jdsatepochF, minutes)
        alone = satellites.take(np, np.array([row]))
        orbits = orbits_of(alone, instants)
        # The later half first: a code belongs to the earliest sample, not to the first filled
        orbits.fill(40, 35)
        orbits.fill(0, 40)
        expected = state_block(np, alone, instants, 0, 1).error
        np.testing.assert_array_equal(orbits.error, expected)
        seen |= set(expected.tolist())
    assert len(seen) > 2


def test_no_target_and_no_deep_space(satellites, grid):
    assert to_numpy(orbits_of(satellites, grid, 5, 5).fill(0, 32)[0]).shape == (6, 0, 32)
    near = satellites.take(np, satellites.groups[0].rows)
    states, _ = orbits_of(near, grid).fill(0, 32)
    assert np.isfinite(to_numpy(states)).all()
