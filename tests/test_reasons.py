"""Why a target is never seen: one constructed case a reason."""

import math

import numpy as np
import pytest

from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.mask import Limits
from kansoku.visibility.reasons import REASONS, reached, reason_of
from kansoku.visibility.watch import Scene, sky_of, watch_of
from naive import visibility as naive
from sensor_rows import HEMISPHERE, RADAR_ROW, sensors_of

LIMITS = Limits(math.radians(12.0), "conical")
TELESCOPE = HEMISPHERE | {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
RADAR = RADAR_ROW | {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
# The Sun just under the horizon of (0, 0): dark there, and only what is low is in shadow
DUSK = (-math.sin(math.radians(20.0)), math.cos(math.radians(20.0)), 0.0)
NOON, BEHIND = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
HIGH, LOW, ELSEWHERE = (4.2e7, 0.0, 0.0), (7.0e6, 0.0, 0.0), (-4.2e7, 0.0, 0.0)


def bits_of(rows, position, sun, diameter=1.0, rcs=1.0, usable=True):
    """How far one target standing still gets with some sensors."""
    steps = 4
    still = np.repeat(np.array(position)[:, None, None], steps, axis=2)
    block = StateBlock(
        0, 1, still, np.zeros_like(still), np.full((1, steps), usable), np.zeros(1, np.int8)
    )

    class Grid:
        sun_itrf_m = np.repeat(np.array(sun)[:, None] * 1.496e11, steps, axis=1)
        seconds = np.arange(steps) * 60.0
        step_s = 60.0

    watch = watch_of(np, sensors_of(rows))
    sky = sky_of(np, watch, Grid, LIMITS.sun_depression_rad)
    scene = Scene(np.array([diameter]), np.array([0.2]), np.array([rcs]))
    return reached(np, watch, scene, sky, LIMITS, block)


BOTH = [TELESCOPE, RADAR]
CASES = {
    "lost by the propagator": (BOTH, HIGH, DUSK, {"usable": False}),
    "never in any field of regard": (BOTH, ELSEWHERE, DUSK, {}),
    "out of radar range, in no telescope's field": ([RADAR], HIGH, DUSK, {}),
    "never sunlit above a dark telescope, in no radar's field": ([TELESCOPE], HIGH, NOON, {}),
    "too faint for the telescopes, in no radar's field": (
        [TELESCOPE], HIGH, DUSK, {"diameter": 0.01},
    ),
    "out of radar range, never sunlit above a dark telescope": (BOTH, HIGH, NOON, {}),
    "out of radar range, too faint for the telescopes": (BOTH, HIGH, DUSK, {"diameter": 0.01}),
    "in view too briefly for a track": (BOTH, HIGH, DUSK, {"diameter": 10.0}),
}  # fmt: skip


@pytest.mark.parametrize("reason", CASES)
def test_each_reason(reason):
    rows, position, sun, thing = CASES[reason]
    assert reason_of(bits_of(rows, position, sun, **thing)).tolist() == [reason]


def test_every_reason_has_a_case():
    assert set(CASES) == set(REASONS.values())


def test_the_shadow_of_the_earth_hides_a_low_target_at_midnight():
    assert not naive.is_sunlit(LOW, tuple(1.496e11 * s for s in BEHIND), "conical")
    found = reason_of(bits_of([TELESCOPE], LOW, BEHIND))
    assert found.tolist() == ["never sunlit above a dark telescope, in no radar's field"]
