"""Why a target is never seen: one constructed case a reason."""

import math

import numpy as np
import pytest

from kansoku.visibility.reasons import REASONS, reached, reason_of
from naive import visibility as naive
from sensor_rows import HEMISPHERE, RADAR_ROW
from stages import SUN_DISTANCE_M, THING, Grid, block_of, stage_for

TELESCOPE = HEMISPHERE | {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
RADAR = RADAR_ROW | {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}
# The Sun just under the horizon of (0, 0): dark there, and only what is low is in shadow
DUSK = (-math.sin(math.radians(20.0)), math.cos(math.radians(20.0)), 0.0)
NOON, BEHIND = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
MOON = np.array([0.0, 0.0, -3.844e8])
HIGH, LOW, ELSEWHERE = (4.2e7, 0.0, 0.0), (7.0e6, 0.0, 0.0), (-4.2e7, 0.0, 0.0)


def bits_of(rows, position, sun, usable=True, **thing):
    """How far one target standing still gets with some sensors."""
    steps = 4
    still = np.repeat(np.array(position)[:, None, None], steps, axis=2)
    block = block_of(np, still, np.zeros_like(still), np.full((1, steps), usable))
    grid = Grid(steps, 60.0, lambda t: np.array(sun) * SUN_DISTANCE_M, lambda t: MOON)
    return reached(stage_for(np, rows, [THING | {"rcs": 1.0} | thing], block, grid))


BOTH = [TELESCOPE, RADAR]
CASES = {
    "lost by the propagator": (BOTH, HIGH, DUSK, {"usable": False}),
    "never in any field of regard": (BOTH, ELSEWHERE, DUSK, {}),
    "out of range, in no telescope's field": ([RADAR], HIGH, DUSK, {}),
    "never sunlit above a dark telescope, in no other field": ([TELESCOPE], HIGH, NOON, {}),
    "too faint for the telescopes, in no other field": (
        [TELESCOPE], HIGH, DUSK, {"diameter": 0.01},
    ),
    "out of range, never sunlit above a dark telescope": (BOTH, HIGH, NOON, {}),
    "out of range, too faint for the telescopes": (BOTH, HIGH, DUSK, {"diameter": 0.01}),
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
    assert found.tolist() == ["never sunlit above a dark telescope, in no other field"]
