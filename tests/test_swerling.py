"""Detection of fluctuating targets: published values, closed forms, and plain integration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.visibility.swerling import detection_probability, snr_needed
from naive import swerling as naive
from strict import strict


def ratio(db):
    return np.float64(10.0 ** (db / 10.0))


def needed_db(probability, false_alarm, case, looks=1):
    wanted = snr_needed(np, np.float64(probability), np.float64(false_alarm), case, looks)
    return 10.0 * math.log10(wanted)


def test_a_steady_target_needs_what_is_published():
    # M. Hostetter, documentation of sdr.min_snr: square-law detector, Pd 0.9, Pfa 1e-6, one look
    assert needed_db(0.9, 1e-6, 0) == pytest.approx(13.183490056794499, abs=1e-9)


@pytest.mark.parametrize("looks", [1, 3, 10, 30, 100])
@pytest.mark.parametrize("probability", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("false_alarm", [1e-7, 1e-6, 1e-4])
def test_a_steady_target_meets_albersheims_equation(false_alarm, probability, looks):
    # W. J. Albersheim, Proc. IEEE 69 (1981) 839: within 0.2 dB, for a linear
    # detector, which needs up to 0.2 dB less (the equation fails at a probability of 0.1)
    a, b = math.log(0.62 / false_alarm), math.log(probability / (1 - probability))
    slope = 6.2 + 4.54 / math.sqrt(looks + 0.44)
    theirs = -5 * math.log10(looks) + slope * math.log10(a + 0.12 * a * b + 1.7 * b)
    assert needed_db(probability, false_alarm, 0, looks) == pytest.approx(theirs, abs=0.3)


def test_thirteen_decibels_are_an_even_chance_for_a_slow_target():
    assert detection_probability(np, ratio(13.0), 1e-6) == pytest.approx(0.517, abs=5e-4)
    assert needed_db(0.5, 1e-6, 1) == pytest.approx(12.77, abs=0.005)


def test_the_loss_by_fluctuation_is_the_published_one():
    # Skolnik, Introduction to Radar Systems, 3rd ed., 2001, figure 2.23: for a probability of 0.9
    # cases 1 and 2 need some 8 dB, cases 3 and 4 some 4 dB more than a steady target
    steady = needed_db(0.9, 1e-6, 0)
    for case, loss_db in ((1, 8.0), (2, 8.0), (3, 4.0), (4, 4.0)):
        assert needed_db(0.9, 1e-6, case) - steady == pytest.approx(loss_db, abs=0.2)


def upper_gamma(n, t):
    return math.exp(-t) * sum(t**j / math.factorial(j) for j in range(n))


@pytest.mark.parametrize("db", [-3.0, 3.0, 8.0, 13.0, 20.0])
@pytest.mark.parametrize("looks", [2, 5, 20])
def test_slow_and_fast_rayleigh_targets_meet_the_closed_forms(looks, db):
    # Mahafza, Radar Systems Analysis and Design Using MATLAB, 2000, equations 2.76 and 2.77
    t, s = naive.threshold(1e-6, looks), ratio(db)
    part = 1 + 1 / (looks * s)
    first = part ** (looks - 1) * (1 - upper_gamma(looks - 1, t / part))
    slow = upper_gamma(looks - 1, t) + first * math.exp(-t / (1 + looks * s))
    assert detection_probability(np, s, 1e-6, 1, looks) == pytest.approx(slow, abs=1e-12)
    fast = upper_gamma(looks, t / (1 + s))
    assert detection_probability(np, s, 1e-6, 2, looks) == pytest.approx(fast, abs=1e-12)


@pytest.mark.parametrize("db", [-3.0, 3.0, 8.0, 13.0, 20.0])
@pytest.mark.parametrize("looks", [1, 2])
def test_a_slow_target_with_one_large_reflector_meets_the_closed_form(looks, db):
    # Mahafza, 2000, equation 2.81, exact for one and two looks
    t, s = naive.threshold(1e-6, looks), ratio(db)
    half = looks * s / 2
    theirs = math.exp(-t / (1 + half)) * (1 + 1 / half) ** (looks - 2)
    theirs *= 1 + t / (1 + half) - (looks - 2) / half
    assert detection_probability(np, s, 1e-6, 3, looks) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("case", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(("looks", "db"), [(1, 3.0), (1, 13.0), (4, 5.0)])
def test_every_case_is_the_integral_of_its_definition(case, looks, db):
    theirs = naive.detection_probability(float(ratio(db)), 1e-6, case, looks)
    ours = detection_probability(np, ratio(db), np.float64(1e-6), case, looks)
    assert ours == pytest.approx(theirs, abs=5e-6)


chance = st.floats(1e-12, 0.4)
cases, counts = st.integers(0, 5), st.integers(1, 40)


@given(st.floats(0.001, 1e4), chance, cases, counts)
def test_more_signal_never_hides_a_target(snr, false_alarm, case, looks):
    few, many = detection_probability(
        np, np.array([snr, snr * 1.1]), np.float64(false_alarm), case, looks
    )
    assert false_alarm - 1e-12 <= few <= many + 1e-12
    assert many <= 1.0


@given(st.floats(0.05, 0.99), st.floats(1e-12, 1e-2), cases, counts)
def test_the_signal_needed_gives_the_probability_asked_for(probability, false_alarm, case, looks):
    snr = snr_needed(np, np.float64(probability), np.float64(false_alarm), case, looks)
    found = detection_probability(np, snr, np.float64(false_alarm), case, looks)
    assert found == pytest.approx(probability, abs=1e-10)


def test_no_signal_leaves_the_false_alarms():
    for case in range(6):
        assert detection_probability(np, np.float64(0.0), 1e-6, case, 3) == pytest.approx(1e-6)
        assert snr_needed(np, np.float64(1e-7), np.float64(1e-6), case) == 0.0


def test_unknown_cases_and_too_many_looks_are_refused():
    with pytest.raises(ValueError, match="case is 6; it must be one of"):
        detection_probability(np, np.float64(1.0), 1e-6, 6)
    with pytest.raises(ValueError, match="400 looks are summed; it must be 1 to 300"):
        snr_needed(np, np.float64(0.5), np.float64(1e-6), 0, 400)


def test_runs_on_arrays_that_refuse_numpy():
    snr, false_alarm = np.geomspace(0.1, 1e3, 7), np.full(7, 1e-6)
    for case in range(5):
        for looks in (1, 3):
            for function, first in ((detection_probability, snr), (snr_needed, snr / 1001.0)):
                device = function(
                    strict, strict.asarray(first), strict.asarray(false_alarm), case, looks
                )
                assert np.array_equal(device.get(), function(np, first, false_alarm, case, looks))
