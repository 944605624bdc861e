"""The radar equation by hand, and what follows from it: ranges, scan time, capacity."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.visibility import radar, scanning
from kansoku.visibility.swerling import detection_probability
from strict import strict

# 100 kW and 20 m^2 at 10 cm, 500 K, losses of 4, on 1 m^2 at 1,000 km for 0.1 s
BY_HAND = {
    "average_power_w": 1e5,
    "aperture_m2": 20.0,
    "wavelength_m": 0.1,
    "system_temperature_k": 500.0,
    "losses": 4.0,
    "dwell_s": 0.1,
    "rcs_m2": 1.0,
    "range_m": 1e6,
}


def test_the_radar_equation_by_hand():
    # received energy: 1e5 W x 0.1 s x gain / (4 pi R^2) x rcs / (4 pi R^2) x 20 m^2
    gain = 4 * 3.14159265 * 20 / 0.01  # 25,132.7
    flux = 1e4 * gain / 1.256637e13  # 2.0e-5 J/m^2 on the target
    echo = flux * 1.0 / 1.256637e13 * 20  # 3.183e-17 J
    noise = 1.380649e-23 * 500 * 4  # 2.7613e-20 J
    assert echo == pytest.approx(3.183e-17, rel=1e-4)
    assert radar.snr_from_power_aperture(**BY_HAND) == pytest.approx(echo / noise, rel=1e-6)
    assert radar.decibels(np, echo / noise) == pytest.approx(30.62, abs=0.005)


def test_gain_and_aperture_are_one_antenna():
    assert radar.aperture_of_gain_m2(25132.741, 0.1) == pytest.approx(20.0, rel=1e-7)


def test_the_pair_is_the_equation_scaled():
    pair = radar.decibels(np, radar.snr_from_power_aperture(**BY_HAND))
    other = BY_HAND | {"rcs_m2": 0.02, "range_m": 2.5e6}
    theirs = radar.decibels(np, radar.snr_from_power_aperture(**other))
    assert radar.snr_db(np, 1e6, 1.0, pair, 0.02, 2.5e6) == pytest.approx(theirs, abs=1e-9)


def test_no_cross_section_gives_no_signal():
    with np.errstate(divide="ignore"):
        assert radar.snr_db(np, 1e6, 1.0, 13.0, np.float64(0.0), 1e6) == -math.inf
    assert radar.detection_range_m(1e6, 1.0, np.float64(0.0)) == 0.0


@given(
    st.floats(0.05, 0.99),
    st.floats(1e-10, 1e-3),
    st.floats(5.0, 30.0),
    st.floats(1e-3, 100.0),
    st.sampled_from([0, 1, 3]),
)
def test_the_range_limit_is_where_the_probability_is_met(probability, noise, pair_db, rcs, case):
    margin = radar.snr_margin(np, np.float64(pair_db), probability, np.float64(noise), case)
    limit_m = radar.detection_range_m(1e6, 0.5, rcs, margin)
    signal = radar.ratio_of(radar.snr_db(np, 1e6, 0.5, pair_db, rcs, limit_m))
    found = detection_probability(np, signal, np.float64(noise), case)
    assert found == pytest.approx(probability, abs=1e-8)


def test_a_pair_of_13_db_is_an_even_chance():
    margin = radar.snr_margin(np, np.float64(13.0), 0.5, np.float64(1e-6))
    assert margin == pytest.approx(10**1.3 / 18.9316, rel=1e-5)  # ln 1e-6 / ln 0.5 - 1 = 18.9316
    assert radar.detection_range_m(650e3, 0.01, 0.01, margin) == pytest.approx(658.6e3, rel=1e-3)


@given(st.floats(1e5, 1e7), st.floats(1e-3, 10.0), st.floats(1e-4, 1e3))
def test_sixteen_times_the_cross_section_doubles_the_range(range_m, reference, rcs):
    once = radar.detection_range_m(range_m, reference, rcs)
    assert radar.detection_range_m(range_m, reference, 16.0 * rcs) == pytest.approx(2.0 * once)


def angles(*degrees):
    return [np.radians(np.float64(value)) for value in degrees]


def counted_solid_angle(azimuth_min, azimuth_max, elevation_min, elevation_max):
    """Share of points spread evenly over the sky that lie in a field, times 4 pi."""
    i = np.arange(200_000)
    elevation = np.degrees(np.arcsin(1 - 2 * (i + 0.5) / len(i)))
    azimuth = (i * 137.50776405) % 360
    width = 360 if azimuth_max - azimuth_min >= 360 else (azimuth_max - azimuth_min) % 360
    inside = ((azimuth - azimuth_min) % 360 <= width) & (elevation <= elevation_max)
    opposite = ((azimuth + 180 - azimuth_min) % 360 <= width) & (elevation >= 180 - elevation_max)
    return 4 * math.pi * ((inside | opposite) & (elevation >= elevation_min)).mean()


@pytest.mark.parametrize(
    "field",
    [(0, 360, 0, 90), (0, 360, 20, 90), (330, 30, 10, 60), (300, 60, 30, 150), (0, 300, 30, 100),
     (60, 120, 20, 175)],
)  # fmt: skip
def test_the_solid_angle_of_a_field_is_its_share_of_the_sky(field):
    ours = scanning.sector_solid_angle_sr(np, *angles(*field))
    assert ours == pytest.approx(counted_solid_angle(*field), rel=2e-3)


def test_a_scan_visits_every_beam_position_once():
    # 1 degree beams over a 120 x 5 degree fence at the horizon: 599.2 positions of 5 ms
    field = scanning.sector_solid_angle_sr(np, *angles(0, 120, 0, 5))
    assert scanning.beams_in_field(np, field, np.radians(1.0)) == pytest.approx(599.2, abs=0.1)
    assert scanning.scan_time_s(np, field, np.radians(1.0), 0.005, 0.5) == pytest.approx(
        5.992, abs=1e-3
    )
    assert scanning.beams_in_field(np, np.float64(1e-6), np.radians(1.0)) == 1.0


def test_search_is_dwells_of_the_radar_equation():
    # beams of solid angle wavelength^2 / A share the time of the scan
    field_sr, scan_s = 0.5, 10.0
    dwell_s = scan_s * (0.1**2 / 20.0) / field_sr
    theirs = radar.snr_from_power_aperture(**BY_HAND | {"dwell_s": dwell_s})
    ours = scanning.snr_in_search(1e5, 20.0, 500.0, 4.0, scan_s, field_sr, 1.0, 1e6)
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_a_target_dwells_in_a_plane_as_long_as_it_is_thick():
    # 2 degrees at 1,000 km are 34.9 km, which 7 km/s cross in 4.99 s
    assert scanning.plane_dwell_s(np.radians(1.0), 1e6, 7e3) == pytest.approx(4.987, abs=1e-3)


def test_detections_in_a_track():
    track_s = np.array([-1.0, 0.0, 9.9, 10.0, 0.3, 25.0])
    interval_s = np.array([10.0, 10.0, 10.0, 10.0, 0.1, 0.0])
    found = scanning.detections_in(np, track_s, interval_s)
    assert found.tolist() == [0.0, 1.0, 1.0, 2.0, 4.0, math.inf]


def test_tracks_an_hour_share_the_channels():
    assert scanning.tracks_per_hour(30.0, 60.0) == 1800.0
    assert scanning.tracks_per_hour(1.0, 50.0, 10.0) == 60.0


def test_runs_on_arrays_that_refuse_numpy():
    device = strict.asarray
    rng = np.random.default_rng(3)
    eight = [rng.uniform(0.5, 2.0, 6) for _ in range(8)]
    chances = [np.full(6, 13.0), np.full(6, 0.5), np.full(6, 1e-6)]
    cases = (
        (lambda xp, *a: radar.snr_from_power_aperture(*a), eight),
        (lambda xp, *a: radar.snr_db(xp, *a), eight[:5]),
        (lambda xp, *a: radar.snr_margin(xp, *a), chances),
        (lambda xp, *a: radar.detection_range_m(*a), eight[:4]),
        (lambda xp, *a: scanning.sector_solid_angle_sr(xp, *a), eight[:4]),
        (lambda xp, *a: scanning.scan_time_s(xp, *a), eight[:4]),
        (lambda xp, *a: scanning.snr_in_search(*a), eight),
        (lambda xp, *a: scanning.detections_in(xp, *a), eight[:2]),
        (lambda xp, *a: scanning.tracks_per_hour(*a), eight[:3]),
    )
    for function, arguments in cases:
        on_device = function(strict, *[device(a) for a in arguments])
        assert np.array_equal(on_device.get(), function(np, *arguments))
