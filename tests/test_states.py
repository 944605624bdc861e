"""Frames, blocks of Earth-fixed states, and interpolation between their nodes."""

from datetime import datetime

import numpy as np
import pytest
from skyfield.api import EarthSatellite, wgs84
from skyfield.framelib import itrs

from kansoku.backend import to_numpy
from kansoku.ephemeris.almanac import almanac, skyfield_time
from kansoku.ephemeris.frames import SIDEREAL_RATE_RAD_S, horizon_axes, itrf_of_geodetic
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.interpolation import hermite
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import representative, state_block
from orbits import catalogue, elements_of, of_every_regime, verification_set
from strict import strict

START = datetime(2024, 7, 5)


@pytest.fixture(scope="module")
def grid():
    return time_grid(START, 6.0, 60.0)


@pytest.fixture(scope="module")
def mixed(shared_data):
    return of_every_regime(catalogue(shared_data, "2024-07-05"), 40, seed=11)


def block_of(xp, satrecs, grid):
    satellites = prepare(xp, elements_of(satrecs))
    return state_block(xp, satellites, grid, 0, len(satrecs))


def test_geodetic_places_against_skyfield():
    latitude, longitude = np.array([-77.8, 0.0, 35.6, 90.0]), np.array([166.7, -50.0, 139.7, 0.0])
    altitude = np.array([10.0, 0.0, 4200.0, -5.0])
    ours = itrf_of_geodetic(np, np.radians(latitude), np.radians(longitude), altitude)
    for k in range(4):
        theirs = wgs84.latlon(latitude[k], longitude[k], altitude[k]).itrs_xyz.m
        np.testing.assert_allclose(ours[:, k], theirs, atol=1e-6)


def test_horizon_axes_are_the_rates_of_the_place():
    latitude, longitude = np.array([-1.2, 0.3]), np.array([2.5, -0.4])
    east, north, up = horizon_axes(np, latitude, longitude)
    step, altitude = 1e-5, np.zeros(2)

    def rate(lat, lon, alt):
        moved = itrf_of_geodetic(np, latitude + lat, longitude + lon, altitude + alt)
        back = itrf_of_geodetic(np, latitude - lat, longitude - lon, altitude - alt)
        return (moved - back) / np.sqrt(((moved - back) ** 2).sum(axis=0))

    np.testing.assert_allclose(east, rate(0.0, step, 0.0), atol=1e-8)
    np.testing.assert_allclose(north, rate(step, 0.0, 0.0), atol=1e-8)
    np.testing.assert_allclose(up, rate(0.0, 0.0, 1.0), atol=1e-8)
    np.testing.assert_allclose(np.cross(east, north, axis=0), up, atol=1e-15)


def test_positions_against_skyfield(mixed, grid):
    block = block_of(np, mixed, grid)
    some = np.arange(0, len(grid), 60)
    time = skyfield_time(grid.jd_utc[some], grid.fraction_utc[some] * 86400.0)
    worst = 0.0
    for row, satrec in enumerate(mixed):
        satellite = EarthSatellite.from_satrec(satrec, almanac().timescale)
        expected = satellite.at(time).frame_xyz(itrs).m
        worst = max(worst, np.abs(block.position_itrf_m[:, row, some] - expected).max())
    print(f"Earth-fixed positions against Skyfield: worst {worst:.1e} m")
    # Skyfield passes through GCRS and back with matrices in float64
    assert worst < 0.01
    assert block.usable.all()
    assert (block.error == 0).all()


def test_velocity_is_the_rate_of_the_position_on_the_turning_earth(mixed):
    fine = time_grid(START, 10.0 / 3600.0, 1.0)
    block = block_of(np, mixed, fine)
    p = block.position_itrf_m
    # Fourth-order central difference over 1 s
    rate = (8.0 * (p[:, :, 6] - p[:, :, 4]) - (p[:, :, 7] - p[:, :, 3])) / 12.0
    apart = np.sqrt(((rate - block.velocity_itrf_m_s[:, :, 5]) ** 2).sum(axis=0))
    circular = np.array([each.method == "n" and each.ecco < 0.02 for each in mixed])
    worst = apart[circular].max(), apart[~circular].max()
    print(f"velocity against differences: {worst[0]:.3f} m/s, not near-circular {worst[1]:.3f} m/s")
    # SGP4's velocity leaves out the rates of some periodic terms, which grow with eccentricity
    assert worst[0] < 0.1
    assert worst[1] < 5.0
    assert 6.3e6 * SIDEREAL_RATE_RAD_S > 400.0  # what a missing rotation would leave in LEO


def test_block_slices_agree_with_the_whole(mixed, grid):
    satellites = prepare(np, elements_of(mixed))
    whole = state_block(np, satellites, grid, 0, len(mixed))
    part = state_block(np, satellites, grid, 7, 23)
    np.testing.assert_array_equal(part.position_itrf_m, whole.position_itrf_m[:, 7:23])
    np.testing.assert_array_equal(part.usable, whole.usable[7:23])
    assert (part.start, part.stop) == (7, 23)


def test_strict_arrays_stay_on_their_device(mixed, grid):
    ours, theirs = block_of(strict, mixed, grid), block_of(np, mixed, grid)
    np.testing.assert_array_equal(to_numpy(ours.position_itrf_m), theirs.position_itrf_m)
    np.testing.assert_array_equal(to_numpy(ours.velocity_itrf_m_s), theirs.velocity_itrf_m_s)
    row, seconds = np.array([3, 17, 3]), np.array([0.0, 61.5, 21600.0])
    position, velocity = hermite(
        strict, ours, strict.asarray(row), strict.asarray(seconds), grid.step_s
    )
    expected = hermite(np, theirs, row, seconds, grid.step_s)
    np.testing.assert_array_equal(to_numpy(position), expected[0])
    np.testing.assert_array_equal(to_numpy(velocity), expected[1])


def test_errors_and_sunk_orbits_are_unusable():
    (falling,) = (each for each, _ in verification_set() if each.satnum == 28872)
    epoch = falling.jdsatepoch + falling.jdsatepochF
    start = np.datetime64("2000-01-01T12:00:00") + np.timedelta64(
        round((epoch - 2451545.0) * 86400.0), "s"
    )
    block = block_of(np, [falling], time_grid(start.item(), 6.0, 60.0))
    assert block.error.tolist() == [6]
    assert block.usable[0, :10].all()
    bad = np.isnan(block.position_itrf_m[0])
    assert bad.any()
    assert not block.usable[bad].any()
    radius = np.sqrt((block.position_itrf_m**2).sum(axis=0))
    sunk = radius < 6378137.0
    assert not block.usable[sunk].any()
    assert (block.usable == ~(bad | sunk)).all()


def test_a_state_past_every_orbit_is_unusable(shared_data, grid):
    # Ten days after its epoch SGP4 puts this decayed object at 1e8 km, without an error code
    (satrec,) = (each for each in catalogue(shared_data, "2024-07-05") if each.satnum == 12279)
    elements = elements_of([satrec])
    elements.epoch_jd[:] = grid.jd_utc[0] - 10.0
    block = state_block(np, prepare(np, elements), grid, 0, 1)
    radius_m = np.sqrt((block.position_itrf_m**2).sum(axis=0))
    assert (radius_m > 1e11).all()
    assert not block.usable.any()
    assert block.error.tolist() == [0]


def test_nan_elements_are_unusable_and_alone(mixed, grid):
    elements = elements_of(mixed)
    clean = state_block(np, prepare(np, elements), grid, 0, len(mixed))
    elements.argp_rad[12] = np.nan
    block = state_block(np, prepare(np, elements), grid, 0, len(mixed))
    assert block.error[12] == 7
    assert not block.usable[12].any()
    others = np.arange(len(mixed)) != 12
    np.testing.assert_array_equal(
        block.position_itrf_m[:, others], clean.position_itrf_m[:, others]
    )


def test_old_elements_are_representative(mixed, grid):
    elements = elements_of(mixed)
    elements.epoch_jd[:] = grid.jd_utc[0] - 10.0
    elements.epoch_fraction[:] = 0.0
    elements.epoch_jd[3] = grid.jd_utc[0] - 30.0  # passes 30 d within the 6 h
    elements.epoch_jd[4] = grid.jd_utc[0] + 31.0
    elements.epoch_jd[5] = grid.jd_utc[0] + 30.0  # 30 d at the first instant, then nearer
    old = representative(elements, grid, 30.0)
    assert np.flatnonzero(old).tolist() == [3, 4]


@pytest.mark.parametrize(("step_s", "round_m", "other_m"), [(60.0, 3.0, 25.0), (120.0, 12.0, 50.0)])
def test_interpolation_keeps_its_stated_error(shared_data, step_s, round_m, other_m):
    satrecs = catalogue(shared_data, "2024-07-05")[::40]
    coarse = block_of(np, satrecs, time_grid(START, 3.0, step_s))
    fine = block_of(np, satrecs, time_grid(START, 3.0, step_s / 4.0))
    row, node = (x.ravel() for x in np.indices(fine.usable.shape))
    position, velocity = hermite(np, coarse, row, node * step_s / 4.0, step_s)
    deep = np.array([each.method == "d" or each.ecco > 0.02 for each in satrecs])
    worst = []
    for ours, theirs in (
        (position, fine.position_itrf_m),
        (velocity, fine.velocity_itrf_m_s),
    ):
        apart = np.sqrt(((ours.reshape(theirs.shape) - theirs) ** 2).sum(axis=0))
        apart[~fine.usable] = 0.0
        np.testing.assert_allclose(apart[:, ::4], 0.0, atol=1e-6)  # exact at the nodes
        worst.append((apart[~deep].max(), apart[deep].max()))
    print(f"{step_s:.0f} s: round LEO and others {np.round(worst, 2).tolist()} m, m/s")
    assert worst[0][0] < round_m
    assert worst[0][1] < other_m
    assert worst[1][0] < 1.0
    assert worst[1][1] < 5.0
