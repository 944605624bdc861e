"""Where a target stands in a sensor's sky, and whether that is inside the sensor's field.

Vectors are component first, ``(3, ...)``. Sensor parameters may be scalars or arrays that
broadcast against the samples, so one function serves a whole block and scattered instants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array

TWO_PI = 2.0 * math.pi


@dataclass(frozen=True)
class Look:
    """Topocentric position of targets, in the site's east-north-up frame.

    Attributes
    ----------
    east_m, north_m, up_m : array
        Components along the site's unit vectors. [m]
    range_m : array
        Slant range. [m]

    Light time is neglected: at most 0.13 s or 0.4 km for GEO. Refraction is not applied.

    References
    ----------
    .. [1] D. A. Vallado, Fundamentals of Astrodynamics and Applications, 4th ed., 2013,
       section 4.4 (topocentric horizon coordinates).
    """

    east_m: Array
    north_m: Array
    up_m: Array
    range_m: Array


def dot(a: Array, b: Array) -> Array:
    """Scalar product of component-first vectors, ``(3, ...)`` by ``(3, ...)``."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def elevation_rad(xp: ModuleType, view: Look) -> Array:
    """Elevation above the geodetic horizon, negative below it. [rad]"""
    return xp.arcsin(xp.clip(view.up_m / view.range_m, -1.0, 1.0))


def azimuth_rad(xp: ModuleType, view: Look) -> Array:
    """Azimuth clockwise from north, 0 to 2 pi. [rad]"""
    return xp.arctan2(view.east_m, view.north_m) % TWO_PI


def within_sector(azimuth_rad: Array, minimum_rad: Array, maximum_rad: Array) -> Array:
    """Whether an azimuth lies clockwise between two limits; min > max passes through north.

    A sector of 2 pi or more is the whole horizon.
    """
    # Compare the width before the wrap: 0 to 2 pi would wrap to an empty sector.
    whole = (maximum_rad - minimum_rad) >= TWO_PI - 1e-12
    width_rad = (maximum_rad - minimum_rad) % TWO_PI
    return whole | (((azimuth_rad - minimum_rad) % TWO_PI) <= width_rad)


def within_azimuth_and_top(
    xp: ModuleType,
    view: Look,
    azimuth_min_rad: Array,
    azimuth_max_rad: Array,
    elevation_max_rad: Array,
) -> Array:
    """Whether a target is in the sector of azimuths, and below the highest elevation.

    A field whose highest elevation is above 90 degrees reaches over the zenith: there it sees
    the opposite azimuths down to 180 degrees less that elevation.
    """
    azimuth, elevation = azimuth_rad(xp, view), elevation_rad(xp, view)
    before = within_sector(azimuth, azimuth_min_rad, azimuth_max_rad) & (
        elevation <= elevation_max_rad
    )
    opposite = within_sector((azimuth + math.pi) % TWO_PI, azimuth_min_rad, azimuth_max_rad)
    return before | (opposite & (elevation >= math.pi - elevation_max_rad))


def along_boresight_m(
    xp: ModuleType, view: Look, boresight_azimuth_rad: Array, boresight_elevation_rad: Array
) -> Array:
    """Distance of a target along the boresight; over the range, the cosine of the angle off it."""
    flat = xp.cos(boresight_elevation_rad)
    return (
        view.east_m * (flat * xp.sin(boresight_azimuth_rad))
        + view.north_m * (flat * xp.cos(boresight_azimuth_rad))
        + view.up_m * xp.sin(boresight_elevation_rad)
    )


def within_cone(
    xp: ModuleType,
    view: Look,
    boresight_azimuth_rad: Array,
    boresight_elevation_rad: Array,
    half_angle_rad: Array,
) -> Array:
    """Whether a target lies within a cone about the boresight."""
    along_m = along_boresight_m(xp, view, boresight_azimuth_rad, boresight_elevation_rad)
    return along_m >= xp.cos(half_angle_rad) * view.range_m


def fan_normal(xp: ModuleType, plane_azimuth_rad: Array, tilt_rad: Array) -> Array:
    """Unit normal of a fan's plane in east, north, up.

    Parameters
    ----------
    plane_azimuth_rad : array
        Azimuth of the horizontal line in the plane. [rad]
    tilt_rad : array
        Elevation of the steepest line in the plane, which rises on the right-hand side of the
        horizontal line; pi/2 is a vertical plane. [rad]

    Returns
    -------
    (3, ...) array
    """
    # The horizontal line is (sin A, cos A, 0); its right-hand horizontal is (cos A, -sin A, 0).
    return xp.stack(
        [
            xp.sin(tilt_rad) * xp.cos(plane_azimuth_rad),
            -xp.sin(tilt_rad) * xp.sin(plane_azimuth_rad),
            -xp.cos(tilt_rad),
        ]
    )
