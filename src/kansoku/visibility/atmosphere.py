"""What the air does to light from above: path length, extinction, and refraction where wanted."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import DEG

UNDOING_ROUNDS = 12
"""Each round leaves at most a quarter of the error before it."""


def airmass(xp: ModuleType, sine_elevation: Array) -> Array:
    """Path through the atmosphere, in units of that at the zenith.

    Parameters
    ----------
    sine_elevation : array
        Sine of the true elevation: refraction is in the fit. Below the horizon the value of the
        horizon is returned. [unitless]

    Returns
    -------
    array
        1.0000 at the zenith to 31.73 at the horizon; within 0.0037 of an integration through the
        standard atmosphere everywhere. [unitless]

    References
    ----------
    .. [1] A. T. Young, "Air mass and refraction", Applied Optics 33 (1994), 1108-1110.
    """
    s = xp.maximum(sine_elevation, 0.0)
    above = (1.002432 * s + 0.148386) * s + 0.0096467
    below = ((s + 0.149864) * s + 0.0102963) * s + 0.000303978
    return above / below


def extinction_mag(airmass: Array, extinction_mag_per_airmass: Array) -> Array:
    """Dimming of a target seen through some airmasses. [mag]"""
    return extinction_mag_per_airmass * airmass


def refraction_rad(xp: ModuleType, elevation_rad: Array) -> Array:
    """Lift of a target by refraction, to be added to its true elevation.

    Parameters
    ----------
    elevation_rad : array
        True (geometric) elevation, not below -1 deg. [rad]

    Returns
    -------
    array
        For 1010 hPa and 10 degrees C, to 0.1 arcmin: 29 arcmin at the horizon, 5.3 at 10 deg, 1.7
        at 30 deg. A target inside the atmosphere would be lifted less. [rad]

    References
    ----------
    .. [1] T. Saemundsson, Sky and Telescope 72 (1986), 70; as in J. Meeus, Astronomical
       Algorithms, 2nd ed., 1998, equation 16.4.
    """
    degrees = elevation_rad / DEG
    argument = (degrees + 10.3 / (degrees + 5.11)) * DEG
    # The formula passes through zero 0.1 deg before the zenith: no lowering there.
    return xp.maximum((1.02 / 60.0 * DEG) / xp.tan(xp.minimum(argument, math.pi / 2.0)), 0.0)


def true_elevation_rad(xp: ModuleType, apparent_rad: Array) -> Array:
    """True elevation of what stands at an apparent one: `refraction_rad` undone.

    Parameters
    ----------
    apparent_rad : array
        Not below -0.5 deg; lower ones are returned as they are. [rad]

    Returns
    -------
    array
        To 1e-3 arcsec. [rad]
    """
    true_rad = apparent_rad
    for _ in range(UNDOING_ROUNDS):
        true_rad = apparent_rad - refraction_rad(xp, xp.maximum(true_rad, -1.5 * DEG))
    return xp.where(apparent_rad >= -0.5 * DEG, true_rad, apparent_rad)
