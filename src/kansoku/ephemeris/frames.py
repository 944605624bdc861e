"""Frames: TEME to Earth-fixed, geodetic places, and the axes of a local horizon.

Earth-fixed means the frame that turns with Greenwich mean sidereal time of 1982 at UT1, the one
TEME is defined by. The pole's motion is neglected: it stays below 0.6 arcsec, 18 m on the ground.
"""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING, SECONDS_PER_DAY

Components = tuple[Array, Array, Array]

SIDEREAL_RATE_RAD_S = 1.00273790935 * 2.0 * math.pi / SECONDS_PER_DAY
"""Rate of the sidereal time in use (Aoki et al. 1982); its secular change is neglected. [rad/s]"""


def turn(sine: Array, cosine: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Turn the axes about the pole by an angle: the one place where the Earth rotates."""
    return cosine * x + sine * y, cosine * y - sine * x


def earth_fixed(
    sine: Array, cosine: Array, position: Components, velocity: Components
) -> tuple[Components, Components]:
    """Turn TEME states to the rotating Earth.

    Parameters
    ----------
    sine, cosine : (T,) array
        Of the sidereal angle.
    position, velocity : three (n, T) arrays
        Any length unit, and the same a second.

    Returns
    -------
    position, velocity : three (n, T) arrays
        The velocity is the rate of the position as an observer on the ground sees it.
    """
    x, y = turn(sine, cosine, position[0], position[1])
    vx, vy = turn(sine, cosine, velocity[0], velocity[1])
    rate = SIDEREAL_RATE_RAD_S
    return (x, y, position[2]), (vx + rate * y, vy - rate * x, velocity[2])


def horizon_axes(
    xp: ModuleType, latitude_rad: Array, longitude_rad: Array
) -> tuple[Array, Array, Array]:
    """East, north and up unit vectors of geodetic horizons, Earth-fixed.

    Parameters
    ----------
    latitude_rad, longitude_rad : (S,) array
        Geodetic, WGS 84. [rad]

    Returns
    -------
    east, north, up : (3, S) array
        Up is the outward normal of the ellipsoid. [unitless]
    """
    sin_lat, cos_lat = xp.sin(latitude_rad), xp.cos(latitude_rad)
    sin_lon, cos_lon = xp.sin(longitude_rad), xp.cos(longitude_rad)
    east = xp.stack([-sin_lon, cos_lon, xp.zeros_like(sin_lon)])
    north = xp.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])
    up = xp.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    return east, north, up


def itrf_of_geodetic(
    xp: ModuleType, latitude_rad: Array, longitude_rad: Array, altitude_m: Array
) -> Array:
    """Earth-fixed position of geodetic places.

    Parameters
    ----------
    latitude_rad, longitude_rad : (S,) array
        Geodetic, WGS 84. [rad]
    altitude_m : (S,) array
        Above the ellipsoid. [m]

    Returns
    -------
    (3, S) array
        [m]

    References
    ----------
    .. [1] D. A. Vallado, Fundamentals of Astrodynamics and Applications, 4th ed., 2013,
       section 3.2 (site position).
    """
    e2 = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)
    sin_lat, cos_lat = xp.sin(latitude_rad), xp.cos(latitude_rad)
    normal_m = EARTH_EQUATORIAL_RADIUS_M / xp.sqrt(1.0 - e2 * sin_lat * sin_lat)
    from_axis_m = (normal_m + altitude_m) * cos_lat
    return xp.stack(
        [
            from_axis_m * xp.cos(longitude_rad),
            from_axis_m * xp.sin(longitude_rad),
            ((1.0 - e2) * normal_m + altitude_m) * sin_lat,
        ]
    )
