"""Light on the target and from it: shadow with penumbra, phase laws, standard magnitudes, rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_ROTATION_RAD_S, SUN_RADIUS_M
from kansoku.visibility import illumination, motion, photometry
from naive import optics
from strict import strict

SUN = np.array([1.3335e11, -6.15e10, 2.67e10])  # one astronomical unit away
SUN_M = np.linalg.norm(SUN)
TOWARDS = SUN / SUN_M


def behind_the_earth(height_km, across_km):
    """Targets on the night side, at some distance from the axis of the shadow. (3, M) [m]"""
    side = np.cross(TOWARDS, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    across = np.asarray(across_km, dtype=float) * 1e3
    distance = EARTH_EQUATORIAL_RADIUS_M + height_km * 1e3
    along = np.sqrt(distance**2 - across**2)
    return -TOWARDS[:, None] * along + side[:, None] * across


@pytest.mark.parametrize("height_km", [500.0, 20_000.0, 35_786.0, 380_000.0, 1_600_000.0])
def test_the_share_of_the_sun_agrees_with_counted_rays(height_km):
    edge = EARTH_EQUATORIAL_RADIUS_M / 1e3
    wide = math.sqrt(height_km * (height_km + 2.0 * edge)) * SUN_RADIUS_M / SUN_M
    across_km = np.linspace(max(500.0, edge - 1.2 * wide), edge + 1.2 * wide, 6)
    targets = behind_the_earth(height_km, across_km)
    found = illumination.lit_fraction(np, targets, SUN[:, None])
    for i in range(len(across_km)):
        expected = optics.visible_sun(
            list(targets[:, i]), list(SUN), SUN_RADIUS_M, EARTH_EQUATORIAL_RADIUS_M, 50
        )
        # Montenbruck and Gill take both discs as flat; 7,500 rays count to 0.003
        assert found[i] == pytest.approx(expected, abs=0.004), across_km[i]


def test_penumbra_is_where_part_of_the_sun_is_seen():
    rng = np.random.default_rng(3)
    targets = behind_the_earth(35_786.0, rng.uniform(5_900.0, 6_900.0, 4000))
    share = illumination.lit_fraction(np, targets, SUN[:, None])
    whole = illumination.sunlit(np, targets, SUN[:, None], "penumbra")
    some = illumination.sunlit(np, targets, SUN[:, None], "conical")
    clear = np.abs(share - 0.5) < 0.5 - 1e-9
    np.testing.assert_array_equal(whole, share >= 1.0 - 1e-9)
    np.testing.assert_array_equal(some, share > 1e-9)
    assert 0.2 < clear.mean() < 0.6


def test_the_umbra_at_geo_is_191_km_narrower_than_the_cylinder_and_the_penumbra_wider():
    across_km = np.arange(6_000.0, 6_800.0, 0.5)
    targets = behind_the_earth(35_786.0, across_km)
    last_dark = {
        shadow: across_km[~illumination.sunlit(np, targets, SUN[:, None], shadow)].max()
        for shadow in ("conical", "cylindrical", "penumbra")
    }
    assert last_dark["cylindrical"] - last_dark["conical"] == pytest.approx(191.0, abs=3.0)
    assert last_dark["penumbra"] - last_dark["cylindrical"] == pytest.approx(195.0, abs=3.0)


@given(st.floats(0, math.pi), st.floats(1e3, 1e12), st.floats(1e3, 1e12))
def test_cosine_of_separation(angle, a, b):
    first = np.array([a, 0.0, 0.0])
    second = b * np.array([math.cos(angle), 0.0, math.sin(angle)])
    found = illumination.cosine_of_separation(np, first, second)
    assert found == pytest.approx(math.cos(angle), abs=1e-12)


@pytest.mark.parametrize("phase", [0.0, 30.0, 90.0, 150.0])
def test_the_diffuse_sphere_is_the_sum_of_its_facets(phase):
    expected = optics.lambert_sphere(phase, 60)
    found = photometry.diffuse_sphere_phase(np, np.cos(np.radians(phase)), 1.0)
    assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_sphere_sends_out_what_it_reflects_and_no_more(share):
    phase, step = np.linspace(0.0, math.pi, 20_001, retstep=True)
    brightness = photometry.mixed_sphere_phase(np, np.cos(phase), 0.2, share)
    all_around = (brightness * 2.0 * math.pi * np.sin(phase)).sum() * step
    assert all_around == pytest.approx(0.2, rel=1e-6)


def test_full_phase_of_a_diffuse_sphere_is_pi_times_half_phase_and_a_mirror_has_no_phases():
    full, half = photometry.diffuse_sphere_phase(np, np.array([1.0, 0.0]), 0.2)
    assert full / half == pytest.approx(math.pi)
    mirror = photometry.mixed_sphere_phase(np, np.linspace(-1, 1, 9), 0.2, 1.0)
    assert mirror == pytest.approx(0.2 / (4.0 * math.pi))


def test_a_mirror_ball_of_30_m_like_the_balloons():
    # By hand: flux ratio a d^2 / (16 R^2) at 1,600 km, 0.9 * 900 / (16 * 2.56e12) -> 0.0
    found = photometry.sphere_magnitude(np, 30.0, 0.9, 1.6e6, 0.3, 1.0)
    assert found == pytest.approx(-26.74 - 2.5 * math.log10(0.9 * 900 / (16 * 2.56e12)))
    assert found == pytest.approx(0.02, abs=0.01)


def test_standard_magnitude_at_1600_km_and_half_phase():
    # R. Matson's worked example for satellite observers: 5.5 at 1,600 km, 90 deg is 6.52
    found = photometry.magnitude_from_standard(np, 5.5, 1.6e6, 0.0)
    assert found == pytest.approx(6.52, abs=0.005)


@given(st.floats(-1, 1), st.floats(2e5, 4e8), st.floats(0, 1), st.floats(0.1, 50))
def test_standard_magnitude_of_a_sphere_gives_the_sphere_back(cosine, range_m, share, diameter):
    standard = photometry.sphere_magnitude(np, diameter, 0.2, 1e6, 0.0, share)
    found = photometry.magnitude_from_standard(np, standard, range_m, cosine, share)
    sphere = photometry.sphere_magnitude(np, diameter, 0.2, range_m, cosine, share)
    if sphere < 60.0:  # at 180 deg only rounding is left of a diffuse sphere
        assert found == pytest.approx(sphere, abs=1e-6)
        back = photometry.equivalent_diameter_m(np, sphere, 0.2, range_m, cosine, share)
        assert back == pytest.approx(diameter, rel=1e-6)


def test_an_unknown_standard_magnitude_stays_unknown():
    found = photometry.magnitude_from_standard(np, np.array([np.nan, 6.0]), 1e6, 0.0)
    assert np.isnan(found[0])
    assert found[1] == 6.0


def test_the_capsule_at_the_moon_is_brighter_than_its_sphere():
    # Orion, 2022-11-27: about 16.5 at 427,000 km, 46 deg from the Sun in the sky: phase 134 deg.
    # The capsule is 5 m across, its panels span 19 m.
    cosine = math.cos(math.radians(134.0))
    sphere = photometry.diffuse_sphere_magnitude(np, 5.0, 0.2, 427e6, cosine)
    assert sphere == pytest.approx(19.8, abs=0.1)
    diffuse = photometry.equivalent_diameter_m(np, 16.5, 0.2, 427e6, cosine)
    assert diffuse == pytest.approx(23.0, abs=1.0)
    mixed = photometry.equivalent_diameter_m(np, 16.5, 0.2, 427e6, cosine, 0.3)
    assert 5.0 < mixed < 19.0


def test_rates_agree_with_two_looks_a_moment_apart():
    rng = np.random.default_rng(12)
    for _ in range(50):
        site = rng.normal(size=3)
        site *= 6.37e6 / np.linalg.norm(site)
        target = site * 1.1 + rng.normal(size=3) * rng.choice([5e5, 5e6, 3e7])
        velocity = rng.normal(size=3) * rng.choice([0.0, 3.0, 5000.0])
        line = target - site
        distance = np.linalg.norm(line)
        for formula, spin in (
            (motion.angular_rate_rad_s, 0.0),
            (motion.star_rate_rad_s, EARTH_ROTATION_RAD_S),
        ):
            expected = optics.rate(list(site), list(target), list(velocity), spin, 0.2)
            found = formula(np, line, distance, velocity)
            assert found == pytest.approx(expected, rel=1e-4, abs=1e-13)


def test_a_target_at_rest_trails_with_the_sky_by_its_declination():
    # The sidereal rate: 15.041 arcsec/s on the equator (Explanatory Supplement, 1.00273791 x 15)
    for declination in (0.0, 30.0, -60.0):
        d = math.radians(declination)
        line = 3.6e7 * np.array([math.cos(d), 0.0, math.sin(d)])
        found = motion.star_rate_rad_s(np, line, 3.6e7, np.zeros(3))
        assert np.degrees(found) * 3600 == pytest.approx(15.041 * math.cos(d), abs=5e-4)
        assert motion.angular_rate_rad_s(np, line, 3.6e7, np.zeros(3)) == 0.0


def test_a_satellite_overhead_at_400_km_crosses_a_degree_a_second():
    found = motion.angular_rate_rad_s(
        np, np.array([0.0, 0.0, 4e5]), 4e5, np.array([7.2e3, 0.0, 0.0])
    )
    assert np.degrees(found) == pytest.approx(1.03, abs=0.01)


def test_light_and_motion_run_on_arrays_that_refuse_numpy():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 3, 40)) * 1e7
    size = np.sqrt((a * a).sum(axis=0))
    cosine = rng.uniform(-1, 1, 40)
    targets = behind_the_earth(20_000.0, rng.uniform(6000, 6700, 40))
    sun = np.repeat(SUN[:, None], 40, axis=1)
    cases = (
        (illumination.lit_fraction, targets, sun),
        (lambda xp, t, s: illumination.sunlit(xp, t, s, "penumbra"), targets, sun),
        (illumination.cosine_of_separation, a, b),
        (motion.angular_rate_rad_s, a, size, b),
        (motion.star_rate_rad_s, a, size, b),
        (lambda xp, r, c: photometry.sphere_magnitude(xp, 1.0, 0.2, r, c, 0.3), size, cosine),
        (lambda xp, r, c: photometry.magnitude_from_standard(xp, 6.0, r, c, 0.3), size, cosine),
        (lambda xp, r, c: photometry.equivalent_diameter_m(xp, 16.0, 0.2, r, c), size, cosine),
    )
    for formula, *values in cases:
        found = formula(strict, *(strict.asarray(value) for value in values))
        np.testing.assert_array_equal(found.get(), formula(np, *values))
