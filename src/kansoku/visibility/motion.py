"""How fast a target crosses the sky, as seen by a mount at rest and against the stars."""

from __future__ import annotations

from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_ROTATION_RAD_S


def angular_rate_rad_s(
    xp: ModuleType, line_of_sight_m: Array, range_m: Array, velocity_m_s: Array
) -> Array:
    """Angular rate of a target relative to the axes of its velocity.

    Parameters
    ----------
    line_of_sight_m : (3, ...) array
        From the site to the target. [m]
    range_m : array
        Its length. [m]
    velocity_m_s : (3, ...) array
        Of the target relative to the site, Earth-fixed: the rate that a mount must follow. [m/s]

    Returns
    -------
    array
        Speed across the line of sight over the range. [rad/s]
    """
    # The cross product, not v^2 - v_radial^2: that difference cancels for a target that approaches.
    x, y, z = line_of_sight_m[0], line_of_sight_m[1], line_of_sight_m[2]
    u, v, w = velocity_m_s[0], velocity_m_s[1], velocity_m_s[2]
    a, b, c = y * w - z * v, z * u - x * w, x * v - y * u
    return xp.sqrt(a * a + b * b + c * c) / (range_m * range_m)


def star_rate_rad_s(
    xp: ModuleType, line_of_sight_m: Array, range_m: Array, velocity_itrf_m_s: Array
) -> Array:
    """Angular rate of a target against the stars: how fast it trails when the mount follows them.

    Parameters
    ----------
    line_of_sight_m : (3, ...) array
        From the site to the target, Earth-fixed. [m]
    range_m : array
        Its length. [m]
    velocity_itrf_m_s : (3, ...) array
        Of the target, relative to the turning Earth. [m/s]

    Returns
    -------
    array
        15.04 arcsec/s times the cosine of the declination for a target at rest. [rad/s]

    Notes
    -----
    Site and target both gain omega x r in an inertial frame, so their difference gains
    omega x (line of sight). Precession and polar motion (below 1e-11 rad/s) are neglected.
    """
    turning = (
        velocity_itrf_m_s[0] - EARTH_ROTATION_RAD_S * line_of_sight_m[1],
        velocity_itrf_m_s[1] + EARTH_ROTATION_RAD_S * line_of_sight_m[0],
        velocity_itrf_m_s[2],
    )
    return angular_rate_rad_s(xp, line_of_sight_m, range_m, turning)
