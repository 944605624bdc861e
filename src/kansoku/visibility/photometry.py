"""How bright a sunlit target looks: spheres that scatter and mirror, and standard magnitudes."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import SUN_MAGNITUDE
from kansoku.visibility.geometry import dot

STANDARD_RANGE_M = 1.0e6
"""Range of a standard magnitude, whose phase angle is 90 deg."""

FAINTEST_FLUX = 1e-37
"""log10(0) would warn; a magnitude of 66 is as invisible as infinity, and fits single precision."""


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
    return sphere_magnitude(xp, diameter_m, albedo, range_m, cosine, 0.0)


def mixed_sphere_phase(
    xp: ModuleType, cosine: Array, albedo: Array, specular_share: Array
) -> Array:
    """Phase function of a sphere that mirrors a share of what it reflects and scatters the rest.

    Parameters
    ----------
    cosine : array
        Cosine of the phase angle. [unitless]
    albedo : array
        Reflected over incident light, both shares together. [unitless]
    specular_share : array
        0 is a Lambertian sphere, 1 a mirror ball, which is equally bright from all sides:
        ``a / (4 pi)``. [unitless]

    Returns
    -------
    array
        As `diffuse_sphere_phase`. [1/sr]

    References
    ----------
    .. [1] M. D. Hejduk, "Specular and diffuse components in spherical satellite photometric
       modeling", AMOS Technical Conference, 2011.
    .. [2] G. A. McCue, J. G. Williams and J. M. Morford, "Optical characteristics of artificial
       satellites", Planetary and Space Science 19 (1971), 851-868.
    """
    diffuse = diffuse_sphere_phase(xp, cosine, albedo)
    return diffuse + specular_share * (albedo / (4.0 * math.pi) - diffuse)


def sphere_magnitude(
    xp: ModuleType,
    diameter_m: Array,
    albedo: Array,
    range_m: Array,
    cosine: Array,
    specular_share: Array,
) -> Array:
    """Apparent visual magnitude of a sunlit sphere, above the atmosphere.

    Parameters as in `diffuse_sphere_magnitude` and `mixed_sphere_phase`. [mag]
    """
    phase = mixed_sphere_phase(xp, cosine, albedo, specular_share)
    flux = (math.pi / 4.0) * diameter_m**2 * phase / range_m**2
    return SUN_MAGNITUDE - 2.5 * xp.log10(xp.maximum(flux, FAINTEST_FLUX))


def magnitude_from_standard(
    xp: ModuleType,
    standard_magnitude: Array,
    range_m: Array,
    cosine: Array,
    specular_share: Array = 0.0,
) -> Array:
    """Apparent visual magnitude of a target whose standard magnitude is known.

    Parameters
    ----------
    standard_magnitude : array
        At a range of 1,000 km and a phase angle of 90 deg; nan stays nan. [mag]
    range_m, cosine, specular_share : array
        As in `sphere_magnitude`.

    Returns
    -------
    array
        Above the atmosphere; it fades with phase as the sphere does, from 90 deg. [mag]
    """
    at_standard = (1.0 - specular_share) * 2.0 / (3.0 * math.pi**2) + specular_share / (
        4.0 * math.pi
    )
    phase = mixed_sphere_phase(xp, cosine, 1.0, specular_share)
    flux = phase / at_standard * (STANDARD_RANGE_M / range_m) ** 2
    return standard_magnitude - 2.5 * xp.log10(xp.maximum(flux, FAINTEST_FLUX))


def equivalent_diameter_m(
    xp: ModuleType,
    magnitude: Array,
    albedo: Array,
    range_m: Array,
    cosine: Array,
    specular_share: Array = 0.0,
) -> Array:
    """Diameter of the sphere that looks as bright as a target was seen: `sphere_magnitude` solved.

    A large flat panel or a tumbling stage is then watched as a sphere of its own light. [m]
    """
    phase = mixed_sphere_phase(xp, cosine, albedo, specular_share)
    flux = 10.0 ** (0.4 * (SUN_MAGNITUDE - magnitude))
    return range_m * xp.sqrt(flux / ((math.pi / 4.0) * phase))
