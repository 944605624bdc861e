"""What the Sun lights: the target, and the sky over the site."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, SUN_RADIUS_M
from kansoku.visibility.geometry import dot


def sunlit(xp: ModuleType, target_itrf_m: Array, sun_itrf_m: Array, shadow: str) -> Array:
    """Whether a target is outside the Earth's shadow.

    Parameters
    ----------
    target_itrf_m, sun_itrf_m : (3, ...) array
        Geocentric positions in one frame. [m]
    shadow : {'conical', 'cylindrical'}
        'conical' is the umbra: a target in the penumbra counts as lit. The umbra of 'cylindrical'
        keeps the Earth's radius: at GEO it is 191 km wider than the cone.

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
    if shadow == "conical":
        sine = (SUN_RADIUS_M - EARTH_EQUATORIAL_RADIUS_M) / sun_distance_m
        # Umbra at a distance x behind the centre: (R / sin a - x) tan a.
        radius_m = (EARTH_EQUATORIAL_RADIUS_M + along_m * sine) / xp.sqrt(1.0 - sine * sine)
    in_shadow = (along_m < 0.0) & (radius_m > 0.0) & (dot(across_m, across_m) < radius_m**2)
    return ~in_shadow


def sine_of_sun_elevation(up: Array, sun_itrf_m: Array) -> Array:
    """Sine of the Sun's elevation above a site's geodetic horizon.

    The Sun is taken from the Earth's centre: its parallax of 9 arcsec is neglected.
    """
    return dot(up, sun_itrf_m) / dot(sun_itrf_m, sun_itrf_m) ** 0.5


def site_dark(sine_sun_elevation: Array, depression_rad: float) -> Array:
    """Whether the Sun is at least `depression_rad` below the horizon."""
    return sine_sun_elevation <= -math.sin(depression_rad)
