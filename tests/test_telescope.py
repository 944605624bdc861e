"""The limit of a telescope: its anchor, the CCD equation in plain Python, and how it moves."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.config import DesignSection, NetworkSection
from kansoku.network import load
from kansoku.network.contributors import OPTICAL, sensors_of
from kansoku.visibility import atmosphere, moonlight, telescope
from naive import optics
from strict import strict

ARCSEC = math.radians(1.0 / 3600.0)
PLACE = dict.fromkeys(
    (
        "latitude_rad", "longitude_rad", "altitude_m", "azimuth_min_rad", "azimuth_max_rad",
        "elevation_min_rad", "elevation_max_rad", "boresight_azimuth_rad",
        "boresight_elevation_rad", "cone_half_angle_rad", "minimum_track_s", "tracks_per_hour",
        "availability",
    ),
    0.0,
)  # fmt: skip
MEDIUM = {
    "limiting_magnitude": 18.0,
    "aperture_m": 0.5,
    "exposure_s": 5.0,
    "reference_exposure_s": 5.0,
    "required_snr": 5.0,
    "read_noise_e": 5.0,
    "pixel_arcsec": 0.75,
    "seeing_arcsec": 1.5,
    "reference_sky_mag_arcsec2": 21.5,
    "zenith_sky_mag_arcsec2": 21.0,
    "extinction_mag": 0.16,
    "follows": False,
    "fastest_rad_s": math.inf,
}


def sensors(*changes):
    rows = [PLACE | MEDIUM | change for change in changes or ({},)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return sensors_of({"kind": [OPTICAL] * len(rows), **columns})


def random_sensors(rng, count):
    return sensors(
        *(
            {
                "limiting_magnitude": rng.uniform(14, 21),
                "aperture_m": rng.uniform(0.2, 4),
                "exposure_s": rng.uniform(0.5, 20),
                "reference_exposure_s": rng.uniform(0.5, 20),
                "required_snr": rng.uniform(3, 10),
                "read_noise_e": rng.uniform(1, 15),
                "pixel_arcsec": rng.uniform(0.3, 4),
                "seeing_arcsec": rng.uniform(0.7, 3),
                "reference_sky_mag_arcsec2": rng.uniform(20, 22),
                "extinction_mag": rng.uniform(0.1, 0.4),
            }
            for _ in range(count)
        )
    )


def as_naive(all_sensors, i):
    s = all_sensors
    return {
        "aperture": s.aperture_m[i],
        "seeing": s.seeing_arcsec[i],
        "pixel": s.pixel_arcsec[i],
        "read_noise": s.read_noise_e[i],
        "extinction": s.extinction_mag[i],
    }


def test_the_photons_of_a_star_of_magnitude_23_9():
    # J. Huchra's table of Bessell (1979): a flux of one microjansky, 2.42 photons /s/m2 in V
    found = telescope.V_PHOTONS_S_M2 * 10 ** (-0.4 * 23.90)
    assert found == pytest.approx(2.42, abs=0.01)


def test_the_limit_is_the_tabulated_one_at_the_anchor():
    s = random_sensors(np.random.default_rng(1), 200)
    same_exposure = sensors_of(asdict(s) | {"exposure_s": s.reference_exposure_s})
    detector = telescope.detector_of(np, same_exposure)
    every = np.arange(200)
    sky_nl = moonlight.nanolamberts(np, s.reference_sky_mag_arcsec2)
    limit = telescope.limiting_magnitude(np, detector, every, sky_nl)
    np.testing.assert_allclose(limit, s.limiting_magnitude, atol=1e-9)
    ratio = telescope.signal_to_noise(np, detector, every, limit, sky_nl)
    np.testing.assert_allclose(ratio, s.required_snr, rtol=1e-9)


def test_efficiency_limit_and_ratio_agree_with_the_textbook():
    rng = np.random.default_rng(2)
    s = random_sensors(rng, 25)
    detector, efficiency = telescope.detector_of(np, s), telescope.efficiency_of(np, s)
    for i in range(len(s)):
        one, exposure = as_naive(s, i), s.exposure_s[i]
        expected = optics.efficiency(
            one, s.limiting_magnitude[i], s.reference_sky_mag_arcsec2[i],
            s.reference_exposure_s[i], s.required_snr[i],
        )  # fmt: skip
        assert efficiency[i] == pytest.approx(expected, rel=2e-3)
        sky, airmass = rng.uniform(17, 22), rng.uniform(1, 4)
        sky_nl = moonlight.nanolamberts(np, sky)
        found = telescope.limiting_magnitude(np, detector, i, sky_nl, 0.0, airmass)
        limit = optics.limiting_magnitude(
            one, sky, exposure, expected, s.required_snr[i], 0.0, airmass
        )
        assert found == pytest.approx(limit, abs=2e-3)
        bright = telescope.signal_to_noise(np, detector, i, 12.0, sky_nl, 0.0, airmass)
        ratio = optics.signal_to_noise(one, 12.0, sky, exposure, expected, 0.0, airmass)
        assert bright == pytest.approx(ratio, rel=2e-3)


@pytest.mark.parametrize("trail_arcsec", [0.3, 1.0, 2.0, 5.0, 20.0, 100.0, 400.0])
def test_a_trailed_limit_is_that_of_the_drawn_image_to_a_thirtieth_of_a_magnitude(trail_arcsec):
    s = sensors()
    detector, efficiency = telescope.detector_of(np, s), telescope.efficiency_of(np, s)[0]
    rate = trail_arcsec * ARCSEC / s.exposure_s[0]
    sky_nl = moonlight.nanolamberts(np, 21.0)
    found = telescope.limiting_magnitude(np, detector, 0, sky_nl, rate)
    expected = optics.limiting_magnitude(
        as_naive(s, 0), 21.0, s.exposure_s[0], efficiency, 5.0, trail_arcsec
    )
    assert found - expected == pytest.approx(
        0.0175, abs=0.0185
    )  # never too faint by more, nor less


def test_a_telescope_of_one_metre_loses_to_leo_what_the_root_of_the_trail_says():
    s = sensors({"aperture_m": 1.0, "limiting_magnitude": 19.4})
    detector = telescope.detector_of(np, s)
    sky_nl = moonlight.nanolamberts(np, 21.5)
    slow, fast = (
        telescope.limiting_magnitude(np, detector, 0, sky_nl, rate * ARCSEC) for rate in (500, 2000)
    )
    # background-limited: noise goes with the root of the area, so 1.25 lg 4
    assert slow - fast == pytest.approx(1.25 * math.log10(4.0), abs=0.01)


def test_a_mount_that_follows_lets_nothing_trail_up_to_its_fastest_rate():
    s = sensors({"follows": True, "fastest_rad_s": math.radians(2.0)}, {"follows": False})
    detector = telescope.detector_of(np, s)
    sky_nl = moonlight.nanolamberts(np, 21.5)
    rates = np.radians([0.0, 1.0, 2.0, 2.1])
    follows, stares = (telescope.limiting_magnitude(np, detector, c, sky_nl, rates) for c in (0, 1))
    assert follows[:3] == pytest.approx(18.0, abs=1e-9)
    assert follows[3] < 16.0
    assert (np.diff(stares) < 0.0).all()


def test_a_site_sharper_than_the_table_goes_deeper():
    s = sensors({"seeing_arcsec": 0.8}, {"seeing_arcsec": 1.5}, {"seeing_arcsec": 2.5})
    detector = telescope.detector_of(np, s, np.full(3, 1.5))
    sky_nl = moonlight.nanolamberts(np, 21.5)
    limit = telescope.limiting_magnitude(np, detector, np.arange(3), sky_nl)
    assert limit[1] == pytest.approx(18.0, abs=1e-9)
    assert limit[0] > 18.2
    assert limit[2] < 17.6


ROUGH = st.fixed_dictionaries(
    {
        "limiting_magnitude": st.floats(10, 23),
        "aperture_m": st.floats(0.1, 10),
        "exposure_s": st.floats(0.1, 100),
        "read_noise_e": st.floats(0, 50),
        "pixel_arcsec": st.floats(0.1, 10),
        "seeing_arcsec": st.floats(0.4, 10),
    }
)
SKIES = st.floats(16, 22)


@given(ROUGH, SKIES, st.floats(0, 1e-2), st.floats(1, 10))
def test_a_brighter_sky_a_faster_target_and_more_air_never_help(row, sky, rate, airmass):
    detector = telescope.detector_of(np, sensors(row))
    sky_nl = moonlight.nanolamberts(np, sky)

    def limit(*where):
        return telescope.limiting_magnitude(np, detector, 0, *where)

    here = limit(sky_nl, rate, airmass)
    assert math.isfinite(here)
    assert limit(1.5 * sky_nl, rate, airmass) <= here
    assert limit(sky_nl, 1.5 * rate + 1e-6, airmass) <= here
    assert limit(sky_nl, rate, airmass + 0.5) < here
    ratio = telescope.signal_to_noise(np, detector, 0, here, sky_nl, rate, airmass)
    assert ratio == pytest.approx(5.0, rel=1e-9)
    brighter = telescope.signal_to_noise(np, detector, 0, here - 1.0, sky_nl, rate, airmass)
    assert ratio * 1.58 < brighter < ratio * 2.52  # one magnitude: root of the flux, or all of it


@given(ROUGH, SKIES)
def test_a_longer_exposure_of_a_followed_target_never_hurts(row, sky):
    long = row | {"exposure_s": 2.0 * row["exposure_s"]}
    detector = telescope.detector_of(np, sensors(row, long))
    sky_nl = moonlight.nanolamberts(np, sky)
    short, longer = telescope.limiting_magnitude(np, detector, np.arange(2), sky_nl)
    assert 0.37 < longer - short < 0.76  # between the root of the time and the time


def test_a_radar_has_no_limiting_magnitude_and_makes_no_noise_about_it():
    s = sensors_of({"kind": [1], **PLACE})
    detector = telescope.detector_of(np, s)
    assert np.isnan(telescope.limiting_magnitude(np, detector, 0, 200.0))


def test_normal_probability_to_its_stated_error():
    deviations = np.linspace(-8.0, 8.0, 4001)
    expected = [0.5 * math.erfc(-x / math.sqrt(2.0)) for x in deviations]
    found = telescope.normal_probability(np, deviations)
    assert np.abs(found - expected).max() < 1e-7
    assert (np.diff(found) >= 0.0).all()


@given(st.floats(0.001, 0.999), st.floats(0.05, 2.0))
def test_the_margin_of_a_probability_gives_that_probability(probability, sigma):
    margin = telescope.margin_needed_mag(probability, sigma)
    found = telescope.detection_probability(np, np.float64(margin), sigma)
    assert found == pytest.approx(probability, abs=1e-6)


def test_a_half_is_the_limit_itself_and_no_uncertainty_is_a_step():
    assert telescope.margin_needed_mag(0.5, 0.6) == 0.0
    assert telescope.margin_needed_mag(0.9, 0.5) == pytest.approx(0.641, abs=0.001)  # 1.2816 sigma
    margins = np.array([-0.01, 0.0, 0.01])
    found = telescope.detection_probability(np, margins, 0.0)
    assert found == pytest.approx([0.0, 0.5, 1.0], abs=1e-6)


def test_a_telescope_of_43_cm_sees_the_capsule_beside_the_crescent_moon():
    # Virtual Telescope, 2022-11-27: Orion at about V = 16.5 with 0.43 m in single frames of 120 s,
    # 6 deg from a Moon four days old, less than 20 deg high, the mount following.
    s = sensors({"follows": True, "exposure_s": 120.0, "aperture_m": 0.43})
    detector = telescope.detector_of(np, s)
    sine = math.sin(math.radians(18.0))
    light = moonlight.moon_illuminance(np, math.radians(134.0))
    moon_nl = moonlight.moonlight_nl(
        np, light, math.sin(math.radians(20.0)), sine, math.cos(math.radians(6.0)), 0.23
    )
    twilight_nl = moonlight.twilight_nl(np, -math.sin(math.radians(12.0)))
    sky = moonlight.sky_brightness_mag_arcsec2(np, 20.5, sine, 0.23, moon_nl, twilight_nl)
    sky_nl = moonlight.nanolamberts(np, sky)
    air = atmosphere.airmass(np, sine)
    assert telescope.signal_to_noise(np, detector, 0, 16.5, sky_nl, 0.0, air) > 10.0


def test_limits_run_on_arrays_that_refuse_numpy():
    rng = np.random.default_rng(8)
    host = random_sensors(rng, 10)
    device = type(host)(**{name: strict.asarray(value) for name, value in asdict(host).items()})
    contributor = rng.integers(0, 10, 300)
    sky, rate = rng.uniform(100, 900, 300), rng.uniform(0, 0.01, 300)
    here = telescope.detector_of(np, host)
    there = telescope.detector_of(strict, device)
    on_device = [strict.asarray(x) for x in (contributor, sky, rate)]
    expected = telescope.limiting_magnitude(np, here, contributor, sky, rate)
    found = telescope.limiting_magnitude(strict, there, *on_device)
    np.testing.assert_array_equal(found.get(), expected)
    ratio = telescope.signal_to_noise(strict, there, on_device[0], found, *on_device[1:])
    np.testing.assert_allclose(ratio.get(), host.required_snr[contributor], rtol=1e-9)
    margin = telescope.margin_needed_mag(0.8, strict.asarray(rng.uniform(0.1, 1.0, 300)))
    chance = telescope.detection_probability(strict, margin, strict.asarray(np.full(300, 0.5)))
    assert ((chance.get() > 0.5) & (chance.get() < 1.0)).all()


def test_no_type_of_telescope_needs_an_impossible_throughput():
    network = load(NetworkSection(), DesignSection(budget_mjpy=1.0))
    types = (network.role == "candidate") & (network.sensors.kind == OPTICAL)
    seeing_arcsec = np.full(len(network), 1.5)  # limiting_mag_condition in sites/sensor_types.csv
    efficiency = telescope.efficiency_of(np, network.sensors, seeing_arcsec)[types]
    assert types.sum() > 7
    assert efficiency.min() > 0.05
    assert efficiency.max() < 1.0
