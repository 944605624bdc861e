"""Earth-fixed states of a block of targets on a time grid."""

from __future__ import annotations

from dataclasses import dataclass

from kansoku.backend import Array


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
        False where the propagator reports an error, or the radius is below the Earth's surface.
    error : (n,) int8 array
        First SGP4 error code of each target over the grid; 0 when there is none.
    """

    start: int
    stop: int
    position_itrf_m: Array
    velocity_itrf_m_s: Array
    usable: Array
    error: Array
