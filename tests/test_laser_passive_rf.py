"""Link budgets of laser ranging and of receivers: by hand, and beside what stations report."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.visibility import laser, passive_rf
from strict import strict

GREEN_M = 532e-9
ARCSEC = math.radians(1 / 3600)

# Graz in 2012: 25 mJ at 532 nm, 0.5 m receiver; divergence and efficiencies as usual for such a
# station (the paper does not state them)
GRAZ = laser.LaserStation(
    pulse_energy_j=0.025,
    wavelength_m=GREEN_M,
    divergence_rad=5 * ARCSEC,
    pointing_error_rad=2 * ARCSEC,
    receiver_area_m2=math.pi * 0.25**2,
    transmitter_efficiency=0.75,
    receiver_efficiency=0.4,
    quantum_efficiency=0.2,
)


def test_the_laser_link_by_hand():
    photons = 0.025 / 3.73392e-19  # h c / 532 nm
    half_beam = 2.424068e-5  # 5 arcsec
    on_target = photons * 0.75 * 2 / (math.pi * (1.2e6 * half_beam) ** 2)  # a square metre
    on_target *= math.exp(-2 * 0.4**2)
    back = on_target * 3.0 / (4 * math.pi * 1.2e6**2)  # of an isotropic scatterer of 3 m^2
    electrons = back * 0.1963495 * 0.4 * 0.2 * 0.7**2
    ours = laser.photo_electrons(np, GRAZ, 3.0, 1.2e6, 0.7)
    assert ours == pytest.approx(electrons, rel=1e-5)


def test_a_beam_sends_out_what_it_has():
    # gain over the sphere of directions must integrate to 4 pi
    width = 1e-4
    angle = (np.arange(4000) + 0.5) / 4000 * 4 * width
    gain = laser.transmitter_gain(np, width, angle)
    whole = (gain * 2 * math.pi * angle).sum() * (angle[1] - angle[0])
    assert whole == pytest.approx(4 * math.pi, rel=1e-5)


def test_graz_ranges_what_graz_reports():
    # Kirchner et al., Advances in Space Research 51 (2013), 21-24: at 1 kHz, targets from 600 km
    # to 2,500 km, of cross-sections from over 15 m^2 down to 0.3 m^2: some returns a second
    large = laser.diffuse_cross_section_m2(math.sqrt(4 * 15 / math.pi), 0.2)
    small = laser.diffuse_cross_section_m2(math.sqrt(4 * 0.3 / math.pi), 0.2)
    for cross_section_m2, range_m in ((large, 2.5e6), (small, 0.8e6)):
        a_second = 1000 * laser.photo_electrons(np, GRAZ, cross_section_m2, range_m, 0.7)
        assert 1.0 < a_second < 100.0


def test_a_corner_cube_is_an_aperture_that_looks_back():
    # gain of the aperture times its area; a cube of LAGEOS is 38.1 mm wide
    area = math.pi * 0.0381**2 / 4
    theirs = 0.93 * area * 4 * math.pi * area / GREEN_M**2
    ours = laser.retroreflector_cross_section_m2(0.0381, GREEN_M, 0.93)
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_a_diffuse_sphere_is_the_sum_of_its_surface():
    # light back along n: each element sends reflectivity / pi cos cos; over a half sphere
    theta = (np.arange(20000) + 0.5) / 20000 * math.pi / 2
    ring = 2 * math.pi * 0.5**2 * np.sin(theta) * (theta[1] - theta[0])
    intensity = (0.3 / math.pi * np.cos(theta) ** 2 * ring).sum()
    ours = laser.diffuse_cross_section_m2(1.0, 0.3)
    assert ours == pytest.approx(4 * math.pi * intensity, rel=1e-6)


def test_the_chance_of_a_return_is_poissons():
    assert laser.chance_of_return(np, np.float64(0.01)) == pytest.approx(0.00995, abs=1e-5)
    # 1 - e^-2 (1 + 2 + 2)
    assert laser.chance_of_return(np, np.float64(2.0), 3) == pytest.approx(0.32332, abs=1e-5)


@given(st.floats(1e5, 5e6), st.floats(1e-5, 10.0), st.floats(0.1, 50.0))
def test_the_laser_range_limit_is_where_the_light_suffices(range_m, needed, cross_section_m2):
    here = laser.photo_electrons(np, GRAZ, cross_section_m2, range_m, 0.7)
    limit_m = laser.range_limit_m(here, range_m, needed)
    there = laser.photo_electrons(np, GRAZ, cross_section_m2, limit_m, 0.7)
    assert there == pytest.approx(needed, rel=1e-9)


def test_debris_of_a_quarter_of_the_size_is_ranged_to_half_the_range():
    limits_m = laser.debris_range_limit_m(2e6, 1.0, np.array([1.0, 0.25, 4.0]))
    assert limits_m.tolist() == [2e6, 1e6, 4e6]
    by_light = laser.range_limit_m(laser.diffuse_cross_section_m2(0.25, 0.2), 2e6,
                                   laser.diffuse_cross_section_m2(1.0, 0.2))  # fmt: skip
    assert limits_m[1] == pytest.approx(by_light)
    assert not (laser.debris_range_limit_m(np.nan, np.nan, np.float64(1.0)) >= 1.0)


def test_the_downlink_of_a_television_satellite_by_hand():
    # 50 dBW from 38,000 km at 12 GHz into G/T 15 dB/K and 27 MHz, 1 dB lost; path loss 205.6 dB
    wavelength_m = 299792458.0 / 12e9
    ours = passive_rf.carrier_to_noise_db(np, 50.0, 15.0, wavelength_m, 27e6, 1.0, 3.8e7)
    by_hand = 50.0 + 15.0 - 1.0 - 205.63 + 228.60 - 74.31
    assert ours == pytest.approx(by_hand, abs=0.02)


@given(st.floats(-10, 60), st.floats(-20, 40), st.floats(0.01, 3.0), st.floats(1.0, 1e8))
def test_the_range_limit_of_a_link_is_where_the_carrier_suffices(eirp, g_over_t, length, width):
    limit_m = passive_rf.range_limit_m(eirp, g_over_t, length, width, 2.0, 7.0)
    found = passive_rf.carrier_to_noise_db(np, eirp, g_over_t, length, width, 2.0, limit_m)
    assert found == pytest.approx(7.0, abs=1e-9)


def test_runs_on_arrays_that_refuse_numpy():
    rng = np.random.default_rng(5)
    values = [rng.uniform(0.5, 2.0, 6) for _ in range(11)]

    def link(xp, *a):
        return laser.photo_electrons(xp, laser.LaserStation(*a[:8]), *a[8:])

    for function, count in (
        (link, 11),
        (laser.chance_of_return, 1),
        (lambda xp, *a: laser.debris_range_limit_m(*a), 3),
        (lambda xp, *a: laser.range_limit_m(*a), 3),
        (passive_rf.carrier_to_noise_db, 6),
        (lambda xp, *a: passive_rf.range_limit_m(*a), 6),
    ):
        device = function(strict, *[strict.asarray(a) for a in values[:count]])
        assert np.array_equal(device.get(), function(np, *values[:count]))
