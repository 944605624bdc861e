"""The fast path on uniform grids against the `sgp4` package and the exact path.

Within 30 days of the epoch: 1 m of the package, 5 mm/s of the exact path (which agrees with the
package), and the same objects unusable at the same samples.
"""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sgp4.api import SatrecArray

from kansoku.backend import to_numpy
from kansoku.ephemeris.frames import earth_fixed
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import state_block
from kansoku.ephemeris.swift import even_angle, kepler_any, kepler_round, sines, turned_by
from kansoku.ephemeris.thin import filled_in, thinned
from kansoku.ephemeris.uniform import uniform_states
from orbits import catalogue, elements_of, of_every_regime
from strict import strict

DATES = ["2024-07-05", "2022-01-22"]
ROWS = 1024


def blocks(satellites, grid):
    """Fast and exact states of a catalogue, block by block."""
    for start in range(0, len(satellites), ROWS):
        stop = min(start + ROWS, len(satellites))
        yield (
            uniform_states(np, satellites, grid, start, stop),
            state_block(np, satellites, grid, start, stop),
        )


def same_validity(fast, exact):
    np.testing.assert_array_equal(fast.error, exact.error)
    np.testing.assert_array_equal(fast.usable, exact.usable)
    nothing = np.isnan(exact.position_itrf_m)
    np.testing.assert_array_equal(np.isnan(fast.position_itrf_m), nothing)
    np.testing.assert_array_equal(np.isnan(fast.velocity_itrf_m_s), nothing)


def apart(ours, theirs, usable):
    """Distance of two (3, n, T) arrays where states are usable, else 0."""
    return np.where(usable, np.sqrt(((ours - theirs) ** 2).sum(axis=0)), 0.0)


def package_states(satrecs, grid):
    """Error codes and Earth-fixed positions [m] by the package."""
    codes, position, velocity = SatrecArray(satrecs).sgp4(grid.jd_utc, grid.fraction_utc)
    turn = np.sin(grid.sidereal_rad), np.cos(grid.sidereal_rad)
    place, _ = earth_fixed(*turn, tuple(np.moveaxis(position, 2, 0)), np.moveaxis(velocity, 2, 0))
    return codes, 1e3 * np.stack(place)


@pytest.mark.slow
@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize(("step_s", "hours"), [(60.0, 3.0), (60.0, 7.0), (240.0, 24.0)])
def test_every_object_within_30_days(shared_data, date, step_s, hours):
    satrecs = catalogue(shared_data, date)
    satellites = prepare(np, elements_of(satrecs))
    rng = np.random.default_rng([int(step_s), int(date[:4])])
    worst, worst_speed, medians = 0.0, 0.0, []
    start = datetime.fromisoformat(date) + timedelta(days=rng.uniform(-29.0, 29.0))
    grid = time_grid(start, hours, step_s)
    for fast, exact in blocks(satellites, grid):
        codes, position = package_states(satrecs[fast.start : fast.stop], grid)
        same_validity(fast, exact)
        first = codes[np.arange(len(codes)), (codes != 0).argmax(axis=1)]
        np.testing.assert_array_equal(fast.error, first)
        off = apart(fast.position_itrf_m, position, fast.usable)
        worst = max(worst, off.max())
        medians.append(np.median(off[fast.usable]))
        off = apart(fast.velocity_itrf_m_s, exact.velocity_itrf_m_s, fast.usable)
        worst_speed = max(worst_speed, off.max())
    print(
        f"{date}, {step_s:.0f} s: worst {worst:.2f} m, {1e3 * worst_speed:.1f} mm/s, "
        f"median {np.median(medians):.1e} m"
    )
    assert worst < 1.0
    assert worst_speed < 0.005
    assert np.median(medians) < 0.01


def test_the_fast_path_is_taken(shared_data):
    satellites = prepare(np, elements_of(catalogue(shared_data, "2024-07-05")[::20]))
    grid = time_grid(datetime(2024, 7, 5), 2.0, 60.0)
    exact_rows = total = 0
    for fast, exact in blocks(satellites, grid):
        same = (fast.position_itrf_m == exact.position_itrf_m) | np.isnan(exact.position_itrf_m)
        exact_rows += same.all(axis=(0, 2)).sum()
        total += len(same[0])
        same_validity(fast, exact)
        assert apart(fast.position_itrf_m, exact.position_itrf_m, exact.usable).max() < 1.0
    print(f"{exact_rows} of {total} left to the exact path")
    assert 0 < exact_rows < 0.04 * total


@pytest.mark.slow
@pytest.mark.parametrize("days", [-200.0, 90.0, 400.0])
def test_representative_elements_months_away(shared_data, days):
    satrecs = catalogue(shared_data, "2024-07-05")[::8]
    satellites = prepare(np, elements_of(satrecs), np.zeros(len(satrecs), dtype=bool))
    grid = time_grid(datetime(2024, 7, 5) + timedelta(days=days), 24.0, 120.0)
    worst, kept = 0.0, 0
    for fast, exact in blocks(satellites, grid):
        same_validity(fast, exact)
        off = apart(fast.position_itrf_m, exact.position_itrf_m, exact.usable)
        worst = max(worst, off.max())
        kept += (off > 0.0).any(axis=1).sum()
    print(
        f"{days:.0f} days, no drag: worst {worst:.2f} m, {kept} of {len(satrecs)} by the fast path"
    )
    assert worst < 1.0
    assert kept > 0.98 * len(satrecs)


@pytest.mark.parametrize("count", [96, 1441])
def test_instants_between_thinned_ones_follow_slow_waves(count):
    grid = time_grid(datetime(2024, 7, 5), (count - 1) / 60.0, 60.0)
    thin = thinned(np, grid)
    period_min, size_m = np.array([[87.0], [43.5]]), np.array([[6.5e6], [1e4]])

    def wave(instants, first_min):
        minutes = first_min + instants.step_s / 60.0 * np.arange(len(instants))
        return size_m * np.cos(2.0 * np.pi * minutes / period_min + 0.3)

    filled = filled_in(np, thin, wave(thin.instants, -4.0 * thin.every), count)
    np.testing.assert_allclose(filled, wave(grid, 0.0), atol=0.01)
    np.testing.assert_array_equal(filled[:, ::4], wave(grid, 0.0)[:, ::4])
    turned = np.remainder(thin.instants.sidereal_rad[4:-5] - grid.sidereal_rad[::4], 2.0 * np.pi)
    assert np.minimum(turned, 2.0 * np.pi - turned).max() < 1e-10


@pytest.fixture(scope="module")
def mixed(shared_data):
    return elements_of(of_every_regime(catalogue(shared_data, "2024-07-05"), 40, seed=11))


@pytest.fixture(scope="module")
def grid():
    return time_grid(datetime(2024, 7, 5), 6.0, 60.0)


def test_several_days_and_any_step(mixed):
    satellites = prepare(np, mixed)
    for hours, step_s in ((70.0, 300.0), (0.5, 1.0), (24.0, 7.3), (720.0, 60.0)):
        long = time_grid(datetime(2024, 7, 4, 1, 2, 3), hours, step_s)
        ((fast, exact),) = blocks(satellites, long)
        same_validity(fast, exact)
        assert apart(fast.position_itrf_m, exact.position_itrf_m, exact.usable).max() < 1.0


def test_steps_of_the_resonance_may_fall_on_samples(mixed):
    # The theory integrates in steps of 12 h from the epoch, forwards and backwards
    day = time_grid(datetime(2024, 7, 5, 0, 7, 13), 24.0, 240.0)
    broken = {name: values.copy() for name, values in vars(mixed).items()}
    broken["epoch_jd"][:] = day.jd_utc[0] + np.arange(40) % 9 - 4.0
    broken["epoch_fraction"][:] = day.fraction_utc[0] + 0.5 * (np.arange(40) % 2)
    ((fast, exact),) = blocks(prepare(np, type(mixed)(**broken)), day)
    same_validity(fast, exact)
    assert apart(fast.position_itrf_m, exact.position_itrf_m, exact.usable).max() < 1.0


def test_velocity_is_in_the_turning_frame(mixed, grid):
    ((fast, exact),) = blocks(prepare(np, mixed), grid)
    off = apart(fast.velocity_itrf_m_s, exact.velocity_itrf_m_s, exact.usable)
    assert off.max() < 1e-3


def test_neighbours_and_slices_change_nothing_that_shows(mixed, grid):
    satellites = prepare(np, mixed)
    whole = uniform_states(np, satellites, grid, 0, 40)
    part = uniform_states(np, satellites, grid, 7, 23)
    np.testing.assert_allclose(part.position_itrf_m, whole.position_itrf_m[:, 7:23], atol=1e-3)
    assert (part.start, part.stop) == (7, 23)
    empty = uniform_states(np, satellites, grid, 5, 5)
    assert empty.position_itrf_m.shape == (3, 0, len(grid))


@pytest.mark.parametrize(
    ("start", "hours", "step_s"),
    [
        (datetime(2016, 12, 31, 23, 0), 4.0, 60.0),  # a leap second within
        (datetime(2024, 7, 5), 1.0, 60.0),  # too short
        (datetime(2024, 7, 5), 200.0, 3600.0),  # too coarse
    ],
)
def test_other_grids_are_left_to_the_exact_path(mixed, start, hours, step_s):
    ((fast, exact),) = blocks(prepare(np, mixed), time_grid(start, hours, step_s))
    np.testing.assert_array_equal(fast.position_itrf_m, exact.position_itrf_m)
    np.testing.assert_array_equal(fast.velocity_itrf_m_s, exact.velocity_itrf_m_s)
    same_validity(fast, exact)


def test_nan_elements_have_their_code_and_harm_nobody(mixed, grid):
    clean = uniform_states(np, prepare(np, mixed), grid, 0, 40)
    broken = {name: values.copy() for name, values in vars(mixed).items()}
    broken["bstar"][[3, 17]] = np.nan
    block = uniform_states(np, prepare(np, type(mixed)(**broken)), grid, 0, 40)
    assert np.flatnonzero(block.error == 7).tolist() == [3, 17]
    assert not block.usable[[3, 17]].any()
    others = np.delete(np.arange(40), [3, 17])
    np.testing.assert_allclose(
        block.position_itrf_m[:, others], clean.position_itrf_m[:, others], atol=1e-3
    )


def test_strict_arrays_stay_on_their_device(mixed, grid):
    ours = uniform_states(strict, prepare(strict, mixed), grid, 0, 40)
    theirs = uniform_states(np, prepare(np, mixed), grid, 0, 40)
    for name in ("position_itrf_m", "velocity_itrf_m_s", "usable", "error"):
        expected = getattr(theirs, name)
        got = to_numpy(getattr(ours, name))
        if expected.dtype == np.float64:
            np.testing.assert_allclose(got, expected, atol=1e-3)
        else:
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("count", [16, 17, 100, 1441])
def test_even_angles_by_the_addition_theorem(count):
    first, rate = np.array([[0.3], [-2.0]]), np.array([[0.07], [-1.3]])
    angle = first + rate * np.arange(count)
    sine, cosine = sines(np, even_angle(np, first, rate, count), count)
    np.testing.assert_allclose(sine, np.sin(angle), atol=2e-13)
    np.testing.assert_allclose(cosine, np.cos(angle), atol=2e-13)
    lag = np.array([[0.2], [0.1]]), np.array([[1e-6], [0.0]])
    ahead, same = sines(np, even_angle(np, first, rate, count, lag), count)
    np.testing.assert_array_equal(same, cosine)
    np.testing.assert_allclose(
        ahead, np.sin(angle + lag[0] + lag[1] * np.arange(count)), atol=1e-6 * count**0.5
    )


def eccentric_anomaly(mean, e):
    """Kepler's equation by bisection: E - e sin E rises with E."""
    low, high = mean - 1.1, mean + 1.1
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = middle - e * np.sin(middle) > mean
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return 0.5 * (low + high)


@pytest.mark.parametrize("e", [1e-5, 0.01, 0.039, 0.3, 0.72, 0.9])
def test_kepler_against_bisection(e):
    argp, residual = 0.7, np.where(e < 0.04, 0.0005, 0.2)
    mean = np.linspace(-np.pi, np.pi, 2001)[None]
    line = mean + argp - residual
    ax, ay = np.full_like(mean, e * np.cos(argp)), np.full_like(mean, e * np.sin(argp))
    around = np.full_like(mean, residual)
    pair = np.sin(line), np.cos(line)
    expected = eccentric_anomaly(mean, e)
    solutions = [kepler_any(np, pair, around, ax, ay)]
    if e < 0.04:
        solutions.append(kepler_round(pair, around, ax, ay))
    for (sine, cosine), e_sin in solutions:
        np.testing.assert_allclose(sine, np.sin(expected + argp), atol=1e-8)
        np.testing.assert_allclose(cosine, np.cos(expected + argp), atol=1e-8)
        np.testing.assert_allclose(e_sin, e * np.sin(expected), atol=1e-8)


def test_a_small_turn_is_right_to_its_cube():
    angle, small = np.linspace(-3.0, 3.0, 61)[None], np.full((1, 61), 1e-3)
    sine, cosine = turned_by(np.sin(angle), np.cos(angle), small)
    np.testing.assert_allclose(sine, np.sin(angle + small), atol=2e-10)
    np.testing.assert_allclose(cosine, np.cos(angle + small), atol=2e-10)
