"""What happens at the nodes of a search for passes, and the curves that join them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.ephemeris.interpolation import snap
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.flags import places_set
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.nodes import survey
from naive import two_body

ORBITS = {  # elements, step [s], largest error of the curve [m]
    "LEO": ((6378e3 + 250e3, 0.001, 0.9, 1.0, 0.5, 2.2), 240.0, 2.5),
    "polar LEO": ((6378e3 + 800e3, 0.002, 1.72, 1.0, 0.5, 2.2), 240.0, 2.0),
    "against the Earth": ((6378e3 + 600e3, 0.01, 2.5, 1.0, 0.5, 2.2), 240.0, 2.5),
    "transfer": ((24_400e3, 0.73, 0.4, 1.0, 3.0, 6.2), 120.0, 2.5),
    "GEO": ((42_164.2e3, 0.0003, 0.02, 1.0, 0.5, 2.2), 480.0, 4.0),
}


def block_of(orbit, seconds):
    position, velocity = (each[:, None] for each in two_body.states(orbit, seconds))
    usable = np.ones(position.shape[1:], dtype=bool)
    return StateBlock(0, 1, position, velocity, usable, np.zeros(1, np.int8))


@pytest.mark.parametrize("name", ORBITS)
def test_curves_follow_the_orbit_between_the_nodes(name):
    orbit, step_s, largest_m = ORBITS[name]
    seconds = np.arange(0.0, 86_400.0, step_s)
    position, east, north, up = (each[:, None] for each in two_body.horizon(35.0, 135.0, 100.0))
    horizons = Horizons(position, east, north, up)
    curves, _, _ = survey(np, block_of(orbit, seconds), horizons, math.sin(0.1), step_s)
    coefficients = curves.quartics.reshape(len(seconds), 5, 3).astype(float)
    worst_m = 0.0
    for tau in (0.25, 0.5, 0.75):
        curve = (coefficients * (tau ** np.arange(5))[:, None]).sum(axis=1)[:-1]
        truth = two_body.states(orbit, seconds[:-1] + tau * step_s)[0].T
        worst_m = max(worst_m, np.linalg.norm(curve - truth, axis=1).max())
    assert worst_m < largest_m


@pytest.mark.parametrize("name", ORBITS)
def test_snap_is_the_fourth_derivative(name):
    orbit = ORBITS[name][0]
    seconds = np.arange(0.0, 86_400.0, 600.0)
    position, velocity = two_body.states(orbit, seconds)
    h = 20.0
    # Third differences of the velocity, whose own digits are good to 1e-9
    beside = [two_body.states(orbit, seconds + k * h)[1] for k in (-2, -1, 1, 2)]
    expected = (beside[3] - 2.0 * beside[2] + 2.0 * beside[1] - beside[0]) / (2.0 * h**3)
    error = np.linalg.norm(snap(np, position, velocity) - expected, axis=0)
    assert (error <= 0.02 * np.linalg.norm(expected, axis=0).max()).all()


@given(st.lists(st.booleans(), max_size=70))
def test_set_flags_are_found_where_they_are(flags):
    flags = np.array(flags, dtype=bool)
    for some in (flags, flags[1:]):  # the second begins at an odd address
        np.testing.assert_array_equal(places_set(np, some), np.flatnonzero(some))
