"""Earth-fixed states of a block of targets on a time grid."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, M_PER_KM
from kansoku.ephemeris.frames import earth_fixed
from kansoku.ephemeris.sgp4 import Satellites, minutes_since_epoch, pieces
from kansoku.ephemeris.sgp4_initial import RADIUS_KM
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.targets.objects import MeanElements

DIVERGED_AT_AXES = 2.5
"""Distance, in semi-major axes at epoch, past which a state is no orbit.

An ellipse stays within 2. The drag polynomials of SGP4 run away long after a decay (or long
before an epoch) and then report no error: some objects of a real catalogue end up past the Moon.
"""


@dataclass(frozen=True)
class StateBlock:
    """States of targets `start` to `stop` of a catalogue, component first.

    Attributes
    ----------
    start, stop : int
        The block's slice of target N.
    position_itrf_m : (3, n, T) array
        Earth-fixed. nan where the propagator gives none. [m]
    velocity_itrf_m_s : (3, n, T) array
        Rate of `position_itrf_m` in the rotating frame. [m/s]
    usable : (n, T) bool array
        False where the propagator reports an error, or the radius is below the Earth's surface
        or beyond any orbit with the target's elements.
    error : (n,) int8 array
        First SGP4 error code of each target over the grid; 0 when there is none.
    """

    start: int
    stop: int
    position_itrf_m: Array
    velocity_itrf_m_s: Array
    usable: Array
    error: Array


def state_block(
    xp: ModuleType, satellites: Satellites, grid: TimeGrid, start: int, stop: int
) -> StateBlock:
    """Propagate targets `start` to `stop` over a grid, and turn them with the Earth."""
    n, times = stop - start, len(grid)
    position, velocity = xp.empty((3, n, times)), xp.empty((3, n, times))
    usable = xp.empty((n, times), dtype=bool)
    error = xp.zeros(n, dtype=xp.int8)
    jd, fraction = xp.asarray(grid.jd_utc), xp.asarray(grid.fraction_utc)
    angle = xp.asarray(grid.sidereal_rad)
    sine, cosine = xp.sin(angle), xp.cos(angle)
    farthest_km = DIVERGED_AT_AXES * RADIUS_KM * satellites.semi_major_axis[start:stop, None]
    epochs = satellites.epochs(start, stop)

    def minutes_of(rows: Array | slice, columns: slice) -> Array:
        return minutes_since_epoch(epochs, rows, jd[columns], fraction[columns])

    for piece in pieces(xp, satellites, start, stop, times, minutes_of):
        rows, columns = piece.rows, piece.columns
        usable[rows, columns] = _usable(piece.position_teme_km, farthest_km[rows])
        r, v = earth_fixed(
            sine[columns], cosine[columns], piece.position_teme_km, piece.velocity_teme_km_s
        )
        for k in range(3):
            position[k, rows, columns] = M_PER_KM * r[k]
            velocity[k, rows, columns] = M_PER_KM * v[k]
        error[rows] = _first_error(xp, error[rows], piece.error)
    return StateBlock(start, stop, position, velocity, usable, error)


def _usable(position_km: tuple[Array, Array, Array], farthest_km: Array) -> Array:
    """Whether a state lies between the surface and the farthest orbit; a nan does not."""
    x, y, z = position_km
    square = x * x + y * y + z * z
    return (square >= (EARTH_EQUATORIAL_RADIUS_M / M_PER_KM) ** 2) & (square <= farthest_km**2)


def _first_error(xp: ModuleType, before: Array, codes: Array) -> Array:
    """First code of each row that is not 0, unless one was found before."""
    first = codes[xp.arange(codes.shape[0]), xp.argmax(codes != 0, axis=1)]
    return xp.where(before == 0, first, before)


def representative(
    elements: MeanElements, grid: TimeGrid, max_age_days: float
) -> npt.NDArray[np.bool_]:
    """Whether elements are farther than `max_age_days` from any instant of a grid, (N,).

    Such elements stand for a population, not for a place: their drag terms are switched off.
    """
    ends = np.array([0, -1])
    age = (grid.jd_utc[ends, None] - elements.epoch_jd) + (
        grid.fraction_utc[ends, None] - elements.epoch_fraction
    )
    return np.asarray((np.abs(age) > max_age_days).any(axis=0))
