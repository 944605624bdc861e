"""Air and sky: extinction, refraction, moonlight and twilight beside their sources."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.visibility import atmosphere, moonlight
from naive import optics
from strict import strict


def sine(degrees):
    return np.sin(np.radians(degrees))


def cosine(degrees):
    return np.cos(np.radians(degrees))


def test_airmass_agrees_with_another_fit_at_the_refracted_elevation():
    for elevation in (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0, 90.0):
        lift = math.degrees(atmosphere.refraction_rad(np, math.radians(elevation)))
        expected = optics.airmass_kasten_young(elevation + lift)
        found = atmosphere.airmass(np, sine(elevation))
        assert found == pytest.approx(expected, rel=0.01), elevation


def test_airmass_is_one_overhead_falls_with_elevation_and_is_bounded_below():
    found = atmosphere.airmass(np, sine(np.linspace(-30.0, 90.0, 500)))
    assert found[-1] == pytest.approx(1.0, abs=1e-4)
    assert found[0] == pytest.approx(31.73, abs=0.01)  # Young 1994: 31.7 at the horizon
    assert (np.diff(found) <= 0.0).all()
    assert atmosphere.extinction_mag(2.0, 0.16) == pytest.approx(0.32)


def test_refraction_of_the_setting_sun():
    # Meeus, Astronomical Algorithms, example 16.a: upper limb at a true altitude of 33.246 arcmin
    found = atmosphere.refraction_rad(np, np.radians(33.246 / 60.0))
    assert np.degrees(found) * 60.0 == pytest.approx(24.618, abs=0.001)
    assert atmosphere.refraction_rad(np, math.pi / 2) == pytest.approx(0.0, abs=1e-15)


def test_full_moon_ninety_degrees_away_gives_the_published_luminance():
    # Both paths are those of the zenith, which no real sky has at 90 deg: the formulas' own check.
    light = moonlight.moon_illuminance(np, 0.0)
    found = moonlight.moonlight_nl(np, light, 1.0, 1.0, cosine(90.0), 0.172)
    assert found == pytest.approx(912.73, abs=0.01)


def test_moonlight_agrees_with_the_published_figure_of_an_independent_program():
    # specsim.atmosphere.krisciunas_schaefer(20 deg, 70 deg, 50 deg, 0.25, 0.15): 19.855
    light = moonlight.moon_illuminance(np, 0.25 * math.pi)
    found = moonlight.moonlight_nl(np, light, sine(20.0), sine(70.0), cosine(50.0), 0.15)
    assert moonlight.surface_magnitude(np, found) == pytest.approx(19.855, abs=5e-4)


def test_the_dark_zenith_of_mauna_kea_in_nanolamberts():
    # Krisciunas and Schaefer (1991), section 2: V = 21.587 is 79.0 nL
    assert moonlight.nanolamberts(np, 21.587) == pytest.approx(79.0, abs=0.05)


@pytest.mark.parametrize("xp", [np, strict], ids=["numpy", "strict"])
def test_moonlight_and_dark_sky_agree_with_the_paper_everywhere(xp):
    rng = np.random.default_rng(5)
    count = 500
    phase = rng.uniform(0, 180, count)
    moon, line = rng.uniform(-20, 90, count), rng.uniform(0, 90, count)
    apart = np.concatenate([rng.uniform(0, 20, count // 2), rng.uniform(0, 180, count // 2)])
    k = rng.uniform(0.1, 0.4, count)

    def device(values):
        return xp.asarray(values)

    light = moonlight.moon_illuminance(xp, device(np.radians(phase)))
    of_moon = moonlight.moonlight_nl(
        xp, light, device(sine(moon)), device(sine(line)), device(cosine(apart)), device(k)
    )
    total = moonlight.sky_brightness_mag_arcsec2(
        xp, device(np.full(count, 21.5)), device(sine(line)), device(k), of_moon
    )
    found = total if xp is np else total.get()
    for i in range(count):
        expected = optics.moonlight(phase[i], 90 - moon[i], 90 - line[i], apart[i], k[i])
        expected += optics.dark_sky(optics.nanolamberts(21.5), 90 - line[i], k[i])
        assert found[i] == pytest.approx(optics.surface_magnitude(expected), abs=1e-6), i


def test_the_aureole_joins_the_outer_sky_at_ten_degrees_with_the_step_of_the_paper():
    inside, outside = moonlight.scattering_function(np, cosine(np.array([9.999, 10.001])))
    assert inside / outside == pytest.approx(0.862, abs=0.001)
    near = moonlight.scattering_function(np, cosine(np.array([0.0, 0.1, 0.25, 1.0, 3.0, 9.0])))
    assert near[0] == pytest.approx(near[2], rel=1e-3)
    assert (np.diff(near[2:]) < 0).all()


def test_no_angle_beyond_a_separation_scatters_more_than_its_bound():
    # Just inside 10 deg the sum is smaller than outside; past 90 deg the Rayleigh term rises again
    degrees = np.sort(np.concatenate([np.linspace(0.0, 180.0, 1801), [9.999, 10.001]]))
    light = moonlight.scattering_function(np, cosine(degrees))
    farther = np.maximum.accumulate(light[::-1])[::-1]
    found = moonlight.brightest_scattering(np, np.radians(degrees))
    assert (found >= farther * (1.0 - 1e-9)).all()
    assert found == pytest.approx(farther, rel=0.02)


@given(st.floats(0, 180), st.floats(-90, 0), st.floats(0, 90), st.floats(0, 180))
def test_a_moon_below_the_horizon_adds_nothing(phase, moon, line, apart):
    light = moonlight.moon_illuminance(np, math.radians(phase))
    assert moonlight.moonlight_nl(np, light, sine(moon), sine(line), cosine(apart), 0.2) == 0.0


@given(st.floats(15, 24))
def test_luminance_and_magnitude_are_inverse(magnitude):
    back = moonlight.surface_magnitude(np, moonlight.nanolamberts(np, magnitude))
    assert back == pytest.approx(magnitude, abs=1e-12)


def test_twilight_is_the_fit_over_paranal_until_it_meets_the_night():
    depression = np.array([5.0, 8.0, 10.0, 12.0, 15.0])
    beyond = depression - 5.0
    expected = 11.84 + 1.518 * beyond - 0.057 * beyond**2  # Patat et al. 2006, table 1, V
    light = moonlight.twilight_nl(np, -sine(depression))
    found = moonlight.surface_magnitude(np, light + moonlight.nanolamberts(np, 21.6))
    assert found == pytest.approx(expected, abs=1e-9)
    # "The night sky brightness level is reached at 105 to 106 deg" (their section 4)
    darker = moonlight.twilight_nl(np, -sine(np.array([15.5, 16.0, 18.0, 40.0, 90.0])))
    assert darker[0] > 0.0
    assert (darker[1:] == 0.0).all()
    everywhere = moonlight.twilight_nl(np, -sine(np.linspace(0.0, 90.0, 300)))
    assert (np.diff(everywhere) <= 0.0).all()


def test_air_and_twilight_run_on_arrays_that_refuse_numpy():
    degrees = np.linspace(1.0, 80.0, 50)
    for formula, given_values in (
        (atmosphere.airmass, sine(degrees)),
        (atmosphere.refraction_rad, np.radians(degrees)),
        (moonlight.twilight_nl, -sine(degrees)),
    ):
        found = formula(strict, strict.asarray(given_values)).get()
        np.testing.assert_array_equal(found, formula(np, given_values))
