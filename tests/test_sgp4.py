"""Our SGP4 against the published verification set and the `sgp4` package on whole catalogues."""

import numpy as np
import pytest
from sgp4.api import SatrecArray

from kansoku.backend import to_numpy
from kansoku.ephemeris.sgp4 import minutes_since_epoch, prepare, propagate
from kansoku.ephemeris.states import DIVERGED_AT_AXES
from orbits import PACKAGE, catalogue, elements_of, verification_set
from strict import strict

TOLERANCE_KM = 1e-6


def published_states():
    """Minutes, positions [km] and velocities [km/s] of tcppver.out by case, in file order."""
    cases = []
    for line in (PACKAGE / "tcppver.out").read_text().splitlines():
        if line.endswith("xx"):
            cases.append([])
        elif line.strip():
            cases[-1].append([float(word) for word in line.split()[:7]])
    return [np.array(case) for case in cases]


def times_of(second_line):
    """Minutes that a case of the verification set asks for: start, stop and step on line 2."""
    start, stop, step = (float(word) for word in second_line[69:].split())
    minutes = np.arange(start, stop + 1e-9, step)
    return np.append(minutes, stop) if minutes[-1] < stop else minutes


def test_the_published_verification_set():
    cases = verification_set()
    satellites = prepare(np, elements_of([satellite for satellite, _ in cases]))
    published = published_states()
    assert len(published) == len(cases) == 33
    worst_km = worst_near_km = worst_km_s = 0.0
    refused = []
    for row, states in enumerate(published):
        minutes = states[None, :, 0]
        position, velocity, error = propagate(np, satellites, row, row + 1, minutes)
        refused += [(cases[row][0].satnum, code) for code in error[error != 0].tolist()]
        apart = (position[:, 0].T - states[:, 1:4])[error[0] == 0]
        worst_km = max(worst_km, np.abs(apart).max(initial=0.0))
        near = np.abs(minutes[0][error[0] == 0]) < 1e5
        worst_near_km = max(worst_near_km, np.abs(apart[near]).max(initial=0.0))
        apart = (velocity[:, 0].T - states[:, 4:7])[error[0] == 0]
        worst_km_s = max(worst_km_s, np.abs(apart).max(initial=0.0))
    print(f"verification set: worst {worst_km:.1e} km, {worst_km_s:.1e} km/s")
    # 33334 fails at its epoch; the state printed for it is left over from another case
    assert refused == [(33334, 3)]
    # Printed to 1e-8 km and 1e-9 km/s. The published Kepler iteration leaves up to 1e-12 rad, ours
    # less: 4e-8 km in GEO. The package itself is 1.2e-7 km off after 1,281 days.
    assert worst_km < TOLERANCE_KM
    assert worst_near_km < 5e-8
    assert worst_km_s < 2e-9


def test_error_codes_of_the_verification_set():
    cases = verification_set()
    satellites = prepare(np, elements_of([satellite for satellite, _ in cases]))
    seen = set()
    for row, (satellite, second_line) in enumerate(cases):
        minutes = times_of(second_line)
        _, _, error = propagate(np, satellites, row, row + 1, minutes[None])
        expected = [satellite.sgp4_tsince(t)[0] for t in minutes]
        np.testing.assert_array_equal(error[0], expected)
        seen |= set(expected)
    assert seen == {0, 1, 3, 4, 6}


def compare_with_package(satrecs, jd, fraction):
    """Error codes (n, T) of both, distance (n, T) [km], and whether a state is an orbit at all."""
    elements = elements_of(satrecs)
    satellites = prepare(np, elements)
    minutes = minutes_since_epoch(
        satellites.epochs(0, len(satrecs)), slice(None), jd, fraction
    )  # fmt: skip
    position, _, error = propagate(np, satellites, 0, len(satrecs), minutes)
    codes, expected, _ = SatrecArray(satrecs).sgp4(jd, fraction)
    apart = np.sqrt(((position - np.moveaxis(expected, 2, 0)) ** 2).sum(axis=0))
    axis_km = np.array([each.a for each in satrecs])[:, None] * 6378.135
    orbit = np.sqrt((expected**2).sum(axis=2)) < DIVERGED_AT_AXES * axis_km
    return error, codes, apart, orbit


@pytest.mark.slow
@pytest.mark.parametrize("date", ["2024-07-05", "2022-01-22"])
def test_every_object_of_a_catalogue(shared_data, date):
    satrecs = catalogue(shared_data, date)
    rng = np.random.default_rng(20240705)
    middle = np.floor(np.median([each.jdsatepoch for each in satrecs])) + 0.5
    days = rng.uniform(-10.0, 10.0, 20)
    jd, fraction = middle + np.floor(days), days - np.floor(days)
    error, codes, apart, orbit = compare_with_package(satrecs, jd, fraction)
    np.testing.assert_array_equal(error, codes)
    assert np.isnan(apart[codes != 0]).all()
    good = (codes == 0) & orbit
    apart_km = np.where(good, apart, 0.0)
    row, _ = np.unravel_index(np.argmax(apart_km), apart_km.shape)
    print(
        f"{date}: {len(satrecs)} objects x 20 times, worst {apart_km.max():.2e} km for "
        f"{satrecs[row].satnum}; {(codes != 0).sum()} error codes, all equal"
    )
    assert apart_km.max() < TOLERANCE_KM
    # Drag polynomials that ran away put a few objects past the Moon without an error code: there
    # 16 digits are no longer 1e-6 km, and the state is refused as unusable
    assert ((codes == 0) & ~orbit).mean() < 2e-3
    far = (codes == 0) & ~orbit
    assert far.any()


@pytest.mark.slow
def test_months_from_epoch(shared_data):
    satrecs = [each for each in catalogue(shared_data, "2024-07-05")[::10] if each.bstar < 1e-3]
    rng = np.random.default_rng(3)
    days = rng.uniform(-400.0, 400.0, 10)
    jd, fraction = satrecs[0].jdsatepoch + np.floor(days), days - np.floor(days)
    error, codes, apart, orbit = compare_with_package(satrecs, jd, fraction)
    np.testing.assert_array_equal(error, codes)
    apart_km = apart[(codes == 0) & orbit]
    print(f"400 days: median {np.median(apart_km):.1e} km, worst {apart_km.max():.1e} km")
    assert np.quantile(apart_km, 0.999) < TOLERANCE_KM


@pytest.fixture(scope="module")
def cases():
    return [satellite for satellite, _ in verification_set()]


def test_one_nan_harms_nobody(cases):
    elements = elements_of(cases)
    minutes = np.linspace(-1000.0, 3000.0, 9)[None] * np.ones((len(cases), 1))
    clean = propagate(np, prepare(np, elements), 0, len(cases), minutes)
    for k, name in enumerate(vars(elements)):
        getattr(elements, name)[3 * k] = np.nan if k % 2 else np.inf
    bad = np.arange(len(cases)) % 3 == 0
    bad[3 * len(vars(elements)) :] = False
    position, velocity, error = propagate(np, prepare(np, elements), 0, len(cases), minutes)
    assert (error[bad] == 7).all()
    assert np.isnan(position[:, bad]).all()
    assert np.isnan(velocity[:, bad]).all()
    np.testing.assert_array_equal(error[~bad], clean[2][~bad])
    np.testing.assert_array_equal(position[:, ~bad], clean[0][:, ~bad])


def test_a_result_does_not_depend_on_its_neighbours(cases):
    satellites = prepare(np, elements_of(cases))
    minutes = np.linspace(-5000.0, 5000.0, 101)[None] * np.ones((len(cases), 1))
    together, _, _ = propagate(np, satellites, 0, len(cases), minutes)
    for row in range(len(cases)):
        alone, _, _ = propagate(np, satellites, row, row + 1, minutes[row : row + 1])
        np.testing.assert_array_equal(alone[:, 0], together[:, row])


def test_switched_off_drag_is_an_orbit_with_bstar_zero(cases):
    elements = elements_of(cases)
    minutes = np.full((len(cases), 1), 2000.0)
    drag = np.arange(len(cases)) % 2 == 0
    mixed, _, _ = propagate(np, prepare(np, elements, drag), 0, len(cases), minutes)
    with_drag, _, _ = propagate(np, prepare(np, elements), 0, len(cases), minutes)
    elements.bstar[:] = 0.0
    without, _, _ = propagate(np, prepare(np, elements), 0, len(cases), minutes)
    np.testing.assert_array_equal(mixed[:, drag], with_drag[:, drag])
    np.testing.assert_array_equal(mixed[:, ~drag], without[:, ~drag])
    assert not np.array_equal(with_drag[:, ~drag], without[:, ~drag], equal_nan=True)


def test_nothing_is_converted_to_numpy_on_the_way(cases):
    minutes = np.linspace(-3000.0, 3000.0, 12)[None] * np.ones((len(cases), 1))
    expected = propagate(np, prepare(np, elements_of(cases)), 0, len(cases), minutes)
    got = propagate(
        strict, prepare(strict, elements_of(cases)), 0, len(cases), strict.asarray(minutes)
    )
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_array_equal(to_numpy(ours), theirs)


def test_an_empty_catalogue_gives_empty_states():
    satellites = prepare(np, elements_of([]))
    position, _, error = propagate(np, satellites, 0, 0, np.empty((0, 5)))
    assert position.shape == (3, 0, 5)
    assert error.shape == (0, 5)
