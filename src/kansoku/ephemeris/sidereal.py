"""Greenwich mean sidereal time of 1982: the angle between TEME and the rotating Earth."""

from __future__ import annotations

from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import SECONDS_PER_DAY

J2000_JD = 2451545.0
TURN_RAD = 6.283185307179586
DAYS_PER_CENTURY = 36525.0


def gmst_1982_rad(xp: ModuleType, jd_ut1: Array, fraction: Array | float = 0.0) -> Array:
    """Greenwich mean sidereal time from a two-part UT1 Julian date, in [0, 2 pi). [rad]

    References
    ----------
    .. [1] S. Aoki et al., Astronomy and Astrophysics 105 (1982), 359-361; as used by AIAA
       2006-6753, appendix C, for the frame of SGP4.
    """
    centuries = (jd_ut1 - J2000_JD + fraction) / DAYS_PER_CENTURY
    seconds = 67310.54841 + centuries * (
        8640184.812866 + centuries * (0.093104 - 6.2e-6 * centuries)
    )
    turns = jd_ut1 % 1.0 + fraction + seconds / SECONDS_PER_DAY % 1.0
    return turns % 1.0 * TURN_RAD


def gmst_of_epoch_rad(xp: ModuleType, epoch_jd: Array) -> Array:
    """The same angle as SGP4 evaluates it at an epoch: days in one float64, seconds before turns.

    Coarser by 1e-11 rad, which resonance turns into decimetres after a year; so the theory's own
    rounding belongs to the theory (AIAA 2006-6753, appendix C). [rad]
    """
    centuries = (epoch_jd - J2000_JD) / DAYS_PER_CENTURY
    seconds = (
        -6.2e-6 * centuries * centuries * centuries
        + 0.093104 * centuries * centuries
        + (876600.0 * 3600.0 + 8640184.812866) * centuries
        + 67310.54841
    )
    angle = xp.fmod(seconds * (TURN_RAD / 360.0) / 240.0, TURN_RAD)
    return xp.where(angle < 0.0, angle + TURN_RAD, angle)
