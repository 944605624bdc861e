"""How bright a sunlit target looks: the diffuse sphere."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import SUN_MAGNITUDE
from kansoku.visibility.geometry import dot


def cosine_of_phase_angle(
    xp: ModuleType, line_of_sight_m: Array, range_m: Array, target_to_sun_m: Array
) -> Array:
    """Cosine of the Sun-target-observer angle.

    Parameters
    ----------
    line_of_sight_m : (3, M) array
        From the site to the target. [m]
    range_m : (M,) array
        Its length. [m]
    target_to_sun_m : (3, M) array
        From the target to the Sun. [m]
    """
    sun_distance_m = xp.sqrt(dot(target_to_sun_m, target_to_sun_m))
    return -dot(line_of_sight_m, target_to_sun_m) / (range_m * sun_distance_m)


def diffuse_sphere_phase(xp: ModuleType, cosine: Array, albedo: Array) -> Array:
    """Phase function of a Lambertian sphere, ``2 a / (3 pi^2) (sin p + (pi - p) cos p)``.

    Parameters
    ----------
    cosine : array
        Cosine of the phase angle. [unitless]
    albedo : array
        Diffuse albedo. [unitless]

    Returns
    -------
    array
        Reflected over incident flux, per geometric cross-section over range squared. [1/sr]

    References
    ----------
    .. [1] W. E. Krag, MIT Lincoln Laboratory Technical Report TR-496, 1974.
    """
    cosine = xp.clip(cosine, -1.0, 1.0)
    phase_rad = xp.arccos(cosine)
    sine = xp.sqrt(1.0 - cosine * cosine)
    return 2.0 * albedo / (3.0 * math.pi**2) * (sine + (math.pi - phase_rad) * cosine)


def diffuse_sphere_magnitude(
    xp: ModuleType, diameter_m: Array, albedo: Array, range_m: Array, cosine: Array
) -> Array:
    """Apparent visual magnitude of a sunlit diffuse sphere, above the atmosphere.

    Parameters
    ----------
    diameter_m : array
        Diameter of the sphere. [m]
    albedo : array
        Diffuse albedo. [unitless]
    range_m : array
        Distance from the observer. [m]
    cosine : array
        Cosine of the phase angle. [unitless]

    Returns
    -------
    array
        Infinite at a phase angle of 180 degrees. [mag]

    Notes
    -----
    The distance to the Sun is taken as one astronomical unit (0.04 mag).
    """
    flux = (math.pi / 4.0) * diameter_m**2 * diffuse_sphere_phase(xp, cosine, albedo) / range_m**2
    tiny = 1e-300  # log10(0) would warn; a magnitude near 724 is as invisible as infinity
    return SUN_MAGNITUDE - 2.5 * xp.log10(xp.maximum(flux, tiny))
