"""The size estimation model: published points, its three regions, and the exact sphere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.targets.size_model import (
    RESONANCE_RCS,
    RESONANCE_SIZE,
    rcs_from_size,
    size_from_rcs,
)
from naive.mie_sphere import backscatter_efficiency
from strict import strict

S_BAND_M = 0.0937


def test_the_table_has_the_published_end_points():
    assert rcs_from_size(np, np.float64(0.10997), 1.0) == pytest.approx(0.001220, rel=1e-12)
    assert rcs_from_size(np, np.float64(1.8975), 1.0) == pytest.approx(2.835, rel=1e-12)
    assert size_from_rcs(np, np.float64(0.001220), 1.0) == pytest.approx(0.10997, rel=1e-12)
    assert size_from_rcs(np, np.float64(2.835), 1.0) == pytest.approx(1.8975, rel=1e-12)
    assert len(RESONANCE_SIZE) == len(RESONANCE_RCS) == 23


def test_published_cross_sections_are_equally_spaced_in_decibels():
    # a wrong digit in a cross-section would break the even steps of the published table
    steps_db = 10.0 * np.diff(np.log10(RESONANCE_RCS))
    assert steps_db == pytest.approx(1.530, abs=0.005)


def test_published_sizes_rise_without_a_kink():
    # a wrong digit in a size would make one slope stand out from both its neighbours
    slope = np.diff(np.log(RESONANCE_RCS)) / np.diff(np.log(RESONANCE_SIZE))
    out_of_line = np.abs(slope[1:-1] - 0.5 * (slope[:-2] + slope[2:])) / slope[1:-1]
    corner = RESONANCE_SIZE.index(0.30537) - 1  # where the curve leaves the first peak
    assert np.delete(out_of_line, corner).max() < 0.12
    assert slope[0] == pytest.approx(5.8, abs=0.1)
    assert slope[-1] == pytest.approx(1.8, abs=0.1)


def test_regions_join_within_the_rounding_of_the_published_points():
    for edge in (RESONANCE_SIZE[0], RESONANCE_SIZE[-1]):
        below, above = rcs_from_size(np, np.array([edge * (1 - 1e-9), edge * (1 + 1e-9)]), 1.0)
        assert above == pytest.approx(below, rel=2e-3)
    for edge in (RESONANCE_RCS[0], RESONANCE_RCS[-1]):
        below, above = size_from_rcs(np, np.array([edge * (1 - 1e-9), edge * (1 + 1e-9)]), 1.0)
        assert above == pytest.approx(below, rel=2e-3)


def test_rayleigh_and_optical_regions_are_a_small_sphere_and_a_disc():
    ka = 0.05
    exact = backscatter_efficiency(ka) * math.pi * (ka / (2 * math.pi)) ** 2
    assert rcs_from_size(np, np.float64(ka / math.pi), 1.0) == pytest.approx(exact, rel=1e-3)
    assert rcs_from_size(np, np.float64(3.0), S_BAND_M) == pytest.approx(math.pi * 9 / 4)


def test_resonance_stays_in_the_envelope_of_the_exact_sphere():
    # while it is small a fragment scatters as the sphere; later the sphere rings and fragments,
    # which have many shapes, do not: they stay between its deepest null and its first peak
    for x in np.linspace(0.11, 1.9, 80):
        sphere = backscatter_efficiency(math.pi * x)
        model = float(rcs_from_size(np, x, 1.0)) / (math.pi * x**2 / 4)
        if x <= 0.25:
            assert model == pytest.approx(sphere, rel=0.17)
        else:
            assert 0.29 < model < 3.66


@given(
    st.lists(st.floats(0.0, 50.0), min_size=2, max_size=50),
    st.floats(0.005, 3.0),
)
def test_neither_direction_ever_falls(sizes, wavelength_m):
    sizes = np.sort(sizes)
    rcs = rcs_from_size(np, sizes, wavelength_m)
    assert (np.diff(rcs) >= -1e-12 * rcs[1:]).all()
    again = size_from_rcs(np, np.sort(rcs), wavelength_m)
    assert (np.diff(again) >= -1e-12 * again[1:]).all()


@given(st.floats(1e-4, 50.0), st.floats(0.005, 3.0))
def test_each_direction_undoes_the_other(diameter_m, wavelength_m):
    rcs = rcs_from_size(np, np.float64(diameter_m), wavelength_m)
    assert size_from_rcs(np, rcs, wavelength_m) == pytest.approx(diameter_m, rel=1.4e-3)


def test_runs_on_arrays_that_refuse_numpy():
    sizes, wavelengths = np.geomspace(1e-3, 30.0, 40), np.array([[0.0937], [0.7], [3.0]])
    for function in (rcs_from_size, size_from_rcs):
        device = function(strict, strict.asarray(sizes), strict.asarray(wavelengths))
        assert np.array_equal(device.get(), function(np, sizes, wavelengths))
