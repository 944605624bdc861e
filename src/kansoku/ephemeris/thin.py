"""Nearly round orbits at every few instants of a grid, and the instants between from those.

Positions and velocities of such orbits are smooth sums of few waves, all slow against a step of a
few minutes: a polynomial through ten of them gives the instants between to centimetres in the
lowest orbit, at a third of the work of propagating there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.constants import SECONDS_PER_DAY
from kansoku.ephemeris.timegrid import TimeGrid

LONGEST_STEP_S = 240.0
"""The error grows with the tenth power of the step."""
BEFORE, AFTER = 4, 5
"""Instants used before that which begins an interval, and after it."""


@dataclass(frozen=True)
class Instants:
    """Even instants, as far as propagation asks; attributes as of `grid.TimeGrid`."""

    jd_utc: npt.NDArray[np.float64]
    fraction_utc: npt.NDArray[np.float64]
    step_s: float
    sidereal_rad: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.jd_utc)


@dataclass(frozen=True)
class Thinned:
    """Every few instants of a grid, and some beyond its ends.

    Attributes
    ----------
    instants : Instants
        J of them.
    every : int
        Steps of the grid between two.
    weights : (10, every) array
        Of the ten around an interval, for the instants in it.
    """

    instants: Instants
    every: int
    weights: Array


def thinned(xp: ModuleType, grid: TimeGrid) -> Thinned | None:
    """Take every few instants of an even grid; None where its step is too long for that."""
    every = int(LONGEST_STEP_S / grid.step_s + 1e-9)
    if every < 2:
        return None
    intervals = (len(grid) - 1) // every + 1
    step_s = every * grid.step_s
    seconds = step_s * np.arange(-BEFORE, intervals + AFTER)
    instants = Instants(
        np.full(len(seconds), grid.jd_utc[0]),
        grid.fraction_utc[0] + seconds / SECONDS_PER_DAY,
        step_s,
        _prolonged(np.unwrap(grid.sidereal_rad), every),
    )
    return Thinned(instants, every, xp.asarray(_weights(every)))


def _prolonged(angle: npt.NDArray[np.float64], every: int) -> npt.NDArray[np.float64]:
    """Every few of some angles, and on beyond both ends at the rate there."""
    before = angle[0] + every * np.arange(-BEFORE, 0) * (angle[1] - angle[0])
    inside = angle[::every]
    after = inside[-1] + every * np.arange(1, AFTER + 1) * (angle[-1] - angle[-2])
    return np.concatenate([before, inside, after])


def _weights(every: int) -> npt.NDArray[np.float64]:
    """Lagrange's weights of the ten places -4 to 5 at 0, 1 / every, 2 / every and so on."""
    places = np.arange(-BEFORE, AFTER + 1)
    at = np.arange(every) / every
    columns = []
    for place in places:
        others = places[places != place]
        columns.append(np.prod((at[:, None] - others) / (place - others), axis=1))
    return np.array(columns)


def filled_in(xp: ModuleType, thin: Thinned, values: Array, count: int) -> Array:
    """Values at all instants of a grid from those at the thinned ones.

    Parameters
    ----------
    values : (n, J) array
    count : int
        Instants of the grid.

    Returns
    -------
    (n, count) array
    """
    taps = BEFORE + AFTER + 1
    intervals = values.shape[1] - taps + 1
    windows = xp.stack([values[:, k : k + intervals] for k in range(taps)], axis=2)
    filled = xp.matmul(windows.reshape(-1, taps), thin.weights)
    return filled.reshape(values.shape[0], -1)[:, :count]
