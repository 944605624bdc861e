"""What the Sun lights: the target, and the sky over the site."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, SUN_RADIUS_M
from kansoku.visibility.geometry import dot

SHADOW_CONES = {
    "conical": SUN_RADIUS_M - EARTH_EQUATORIAL_RADIUS_M,
    "penumbra": -(SUN_RADIUS_M + EARTH_EQUATORIAL_RADIUS_M),
}
"""Distance to the Sun times the sine of the cone's half-angle; negative where it opens. [m]"""


def sunlit(xp: ModuleType, target_itrf_m: Array, sun_itrf_m: Array, shadow: str) -> Array:
    """Whether a target is outside the Earth's shadow.

    Parameters
    ----------
    target_itrf_m, sun_itrf_m : (3, ...) array
        Geocentric positions in one frame. [m]
    shadow : {'conical', 'penumbra', 'cylindrical'}
        'conical' is the umbra: a target in the penumbra counts as lit. With 'penumbra' it counts
        as dark: a target is lit when it sees the whole Sun. The umbra of 'cylindrical' keeps the
        Earth's radius: at GEO it is 191 km wider than the cone.

    Returns
    -------
    bool array

    Notes
    -----
    The Earth is a sphere of its equatorial radius: a target near a pole's terminator is called
    dark up to 21 km too early. Refraction by the atmosphere (about 1.2 deg at grazing, which
    fills the umbra faintly) is neglected.

    References
    ----------
    .. [1] O. Montenbruck and E. Gill, Satellite Orbits, 2000, section 3.4.2.
    """
    sun_distance_m = xp.sqrt(dot(sun_itrf_m, sun_itrf_m))
    along_m = dot(target_itrf_m, sun_itrf_m) / sun_distance_m
    # The perpendicular vector, not r^2 - along^2: that difference cancels far from the Earth.
    across_m = target_itrf_m - along_m * (sun_itrf_m / sun_distance_m)
    radius_m = EARTH_EQUATORIAL_RADIUS_M
    if shadow in SHADOW_CONES:
        sine = SHADOW_CONES[shadow] / sun_distance_m
        # Umbra at a distance x behind the centre: (R / sin a - x) tan a; the penumbra widens.
        radius_m = (EARTH_EQUATORIAL_RADIUS_M + along_m * sine) / xp.sqrt(1.0 - sine * sine)
    in_shadow = (along_m < 0.0) & (radius_m > 0.0) & (dot(across_m, across_m) < radius_m**2)
    return ~in_shadow


def lit_fraction(xp: ModuleType, target_m: Array, sun_m: Array) -> Array:
    """Share of the Sun's disc that a target sees past the Earth.

    Parameters
    ----------
    target_m, sun_m : (3, ...) array
        Geocentric positions in one frame. [m]

    Returns
    -------
    array
        1 in sunlight, 0 in the umbra; limb darkening and the atmosphere are neglected. A target
        that lies between is dimmed by it; `sunlit` with 'penumbra' is where this is 1. [unitless]

    References
    ----------
    .. [1] O. Montenbruck and E. Gill, Satellite Orbits, 2000, section 3.4.2, equations 3.85 to
       3.94.
    """
    to_sun_m = sun_m - target_m
    to_sun_distance_m, radius_m = xp.sqrt(dot(to_sun_m, to_sun_m)), xp.sqrt(dot(target_m, target_m))
    sun_rad = xp.arcsin(SUN_RADIUS_M / to_sun_distance_m)
    earth_rad = xp.arcsin(xp.minimum(EARTH_EQUATORIAL_RADIUS_M / radius_m, 1.0))
    apart_rad = xp.arccos(-cosine_of_separation(xp, target_m, to_sun_m))
    # Where the discs do not cross, both arcs below clip to a whole disc or none.
    x = (apart_rad**2 + sun_rad**2 - earth_rad**2) / (2.0 * xp.maximum(apart_rad, 1e-12))
    half_chord = xp.sqrt(xp.maximum(sun_rad**2 - x * x, 0.0))
    covered = (
        sun_rad**2 * xp.arccos(xp.clip(x / sun_rad, -1.0, 1.0))
        + earth_rad**2 * xp.arccos(xp.clip((apart_rad - x) / earth_rad, -1.0, 1.0))
        - apart_rad * half_chord
    )
    return xp.clip(1.0 - covered / (math.pi * sun_rad**2), 0.0, 1.0)


def cosine_of_separation(xp: ModuleType, a: Array, b: Array) -> Array:
    """Cosine of the angle between two directions, (3, ...) vectors of any length. [unitless]"""
    return xp.clip(dot(a, b) / xp.sqrt(dot(a, a) * dot(b, b)), -1.0, 1.0)


def sine_of_sun_elevation(up: Array, sun_itrf_m: Array) -> Array:
    """Sine of the Sun's elevation above a site's geodetic horizon.

    The Sun is taken from the Earth's centre: its parallax of 9 arcsec is neglected.
    """
    return dot(up, sun_itrf_m) / dot(sun_itrf_m, sun_itrf_m) ** 0.5


def site_dark(sine_sun_elevation: Array, depression_rad: float) -> Array:
    """Whether the Sun is at least `depression_rad` below the horizon."""
    return sine_sun_elevation <= -math.sin(depression_rad)
