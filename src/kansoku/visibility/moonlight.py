"""How bright the sky is behind a target: by night, in moonlight, in twilight.

Luminance is in nanolamberts, which add; `surface_magnitude` turns a sum into mag/arcsec2.
"""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import DEG

LAMBERT_SCALE, LAMBERT_ZERO, LAMBERT_SLOPE = 34.08, 20.7233, 0.92104
"""V = (20.7233 - ln(B / 34.08)) / 0.92104, B in nanolamberts: R. H. Garstang, PASP 101 (1989), 306,
in the form of Krisciunas and Schaefer (1991), equation 1."""

LN10 = math.log(10.0)
"""exp(LN10 x) takes a quarter of the time of 10.0 ** x."""

MOON_RADIUS_DEG, AUREOLE_DEG = 0.25, 10.0
PATAT_NIGHT_V = 21.6
"""Zenith of Paranal by night: F. Patat, Astronomy and Astrophysics 400 (2003), 1183."""


def nanolamberts(xp: ModuleType, mag_arcsec2: Array) -> Array:
    """Luminance of a surface brightness in V. [nL]"""
    return LAMBERT_SCALE * xp.exp(LAMBERT_ZERO - LAMBERT_SLOPE * mag_arcsec2)


def surface_magnitude(xp: ModuleType, luminance_nl: Array) -> Array:
    """Surface brightness in V of a luminance, the inverse of `nanolamberts`. [mag/arcsec2]"""
    return (LAMBERT_ZERO - xp.log(luminance_nl / LAMBERT_SCALE)) / LAMBERT_SLOPE


def scattering_path(xp: ModuleType, sine_elevation: Array) -> Array:
    """Airmass of the layer that glows and scatters, X = (1 - 0.96 sin^2 Z)^-1/2.

    1 at the zenith, 5 at the horizon and below it: less than `atmosphere.airmass`, for the sky's
    light comes from all along the way.

    References
    ----------
    .. [1] Krisciunas and Schaefer (1991), equation 3.
    """
    s = xp.maximum(sine_elevation, 0.0)
    return 1.0 / xp.sqrt(0.04 + 0.96 * (s * s))


def moon_illuminance(xp: ModuleType, phase_angle_rad: Array) -> Array:
    """Light of the Moon outside the atmosphere at its mean distance.

    Parameters
    ----------
    phase_angle_rad : array
        Angle Sun-Moon-observer: 0 at full Moon. [rad]

    Returns
    -------
    array
        [foot-candle]

    Notes
    -----
    Within 7 deg of full Moon it is up to 35 % brighter (opposition effect); between apogee and
    perigee it varies by +-12 %; in eclipse it is dark. These are left out.

    References
    ----------
    .. [1] Krisciunas and Schaefer (1991), equation 20.
    """
    degrees = xp.abs(phase_angle_rad) / DEG
    return 10.0 ** (-0.4 * (3.84 + 0.026 * degrees + 4e-9 * degrees**4))


def scattering_function(xp: ModuleType, cosine_separation: Array) -> Array:
    """Share of moonlight that the air sends from an angle off the Moon, f(rho) = f_R + f_M.

    Parameters
    ----------
    cosine_separation : array
        Cosine of the angle between Moon and line of sight. [unitless]

    Returns
    -------
    array
        Rayleigh and Mie scattering; inside 10 deg the Mie term is 6.2e7 / rho^2, which joins the
        outer one with a step of -14 % in the sum. Nearer than 0.25 deg is the Moon's own disc:
        the value of its rim is returned. [nL per foot-candle]

    References
    ----------
    .. [1] Krisciunas and Schaefer (1991), equations 16 to 19.
    """
    cosine = xp.clip(cosine_separation, -1.0, 1.0)
    degrees = xp.arccos(cosine) / DEG
    rayleigh = 10.0**5.36 * (1.06 + cosine * cosine)
    aureole = 6.2e7 / xp.maximum(degrees, MOON_RADIUS_DEG) ** 2
    outer = 10.0**6.15 * xp.exp((-LN10 / 40.0) * degrees)
    return rayleigh + xp.where(degrees < AUREOLE_DEG, aureole, outer)


def brightest_scattering(xp: ModuleType, separation_rad: Array) -> Array:
    """Largest `scattering_function` at an angle off the Moon or any larger one.

    It falls from the Moon on, but for the step at 10 deg and a rise towards the point opposite.

    Parameters
    ----------
    separation_rad : array
        [rad]

    Returns
    -------
    array
        [nL per foot-candle]
    """
    outside_rad = xp.maximum(separation_rad, (AUREOLE_DEG + 1e-9) * DEG)
    near, outer = (scattering_function(xp, xp.cos(a)) for a in (separation_rad, outside_rad))
    return xp.maximum(xp.maximum(near, outer), scattering_function(xp, xp.full(1, -1.0)))


def moonlight_nl(
    xp: ModuleType,
    illuminance: Array,
    sine_moon_elevation: Array,
    sine_elevation: Array,
    cosine_separation: Array,
    extinction_mag_per_airmass: Array,
) -> Array:
    """Luminance that the Moon adds to the sky along a line of sight.

    Parameters
    ----------
    illuminance : array
        `moon_illuminance`. [foot-candle]
    sine_moon_elevation, sine_elevation : array
        Of Moon and line of sight. [unitless]
    cosine_separation : array
        Of the angle between them. [unitless]
    extinction_mag_per_airmass : array
        At the zenith, in V. [mag/airmass]

    Returns
    -------
    array
        0 while the Moon is below the horizon. Accurate to 8 to 23 % by its authors. [nL]

    References
    ----------
    .. [1] K. Krisciunas and B. E. Schaefer, "A model of the brightness of moonlight",
       PASP 103 (1991), 1033-1039, equation 15.
    """
    decay = -0.4 * LN10 * extinction_mag_per_airmass
    reaching = illuminance * xp.exp(decay * scattering_path(xp, sine_moon_elevation))
    scattered = 1.0 - xp.exp(decay * scattering_path(xp, sine_elevation))
    above_horizon = sine_moon_elevation > 0.0
    return above_horizon * reaching * scattered * scattering_function(xp, cosine_separation)


def dark_sky_nl(
    xp: ModuleType, zenith_nl: Array, sine_elevation: Array, extinction_mag_per_airmass: Array
) -> Array:
    """Luminance of the moonless sky along a line of sight.

    Parameters
    ----------
    zenith_nl : array
        At the zenith. [nL]
    sine_elevation : array
        [unitless]
    extinction_mag_per_airmass : array
        [mag/airmass]

    Notes
    -----
    The Milky Way (up to 1 mag brighter), zodiacal light (up to 0.5 mag in the ecliptic) and the
    domes of light over cities are not told apart from the zenith's figure.

    References
    ----------
    .. [1] Krisciunas and Schaefer (1991), equation 2.
    """
    path = scattering_path(xp, sine_elevation)
    decay = -0.4 * LN10 * extinction_mag_per_airmass
    return zenith_nl * path * xp.exp(decay * (path - 1.0))


def twilight_nl(xp: ModuleType, sine_sun_elevation: Array) -> Array:
    """Luminance that the Sun below the horizon adds to the zenith.

    Parameters
    ----------
    sine_sun_elevation : array
        [unitless]

    Returns
    -------
    array
        Measured at zenith distances of the Sun from 95 to 105 deg; 0 beyond 105.85 deg, where the
        fit meets the night. Nearer the horizon than 95 deg it is an extrapolation, above it the
        horizon's figure. [nL]

    Notes
    -----
    In V at the zenith of Paranal (2,635 m), to 0.18 mag; a site near sea level has 30 % more. Away
    from the zenith the sky towards the Sun is brighter, by up to 1 mag at 12 deg of depression.

    References
    ----------
    .. [1] F. Patat, O. S. Ugolnikov and O. V. Postylyakov, "UBVRI twilight sky brightness at
       ESO-Paranal", Astronomy and Astrophysics 455 (2006), 385-393, table 1.
    """
    beyond = xp.arccos(xp.clip(sine_sun_elevation, -1.0, 1.0)) / DEG - 95.0
    # The parabola turns back at 13.3 deg, long after it has met the night; by day it means nothing.
    beyond = xp.clip(beyond, -5.0, 11.0)
    total = nanolamberts(xp, 11.84 + (1.518 - 0.057 * beyond) * beyond)
    night = LAMBERT_SCALE * math.exp(LAMBERT_ZERO - LAMBERT_SLOPE * PATAT_NIGHT_V)
    return xp.maximum(total - night, 0.0)


def sky_brightness_mag_arcsec2(
    xp: ModuleType,
    zenith_mag_arcsec2: Array,
    sine_elevation: Array,
    extinction_mag_per_airmass: Array,
    moon_nl: Array,
    sun_nl: Array = 0.0,
) -> Array:
    """Surface brightness of the sky along a line of sight, everything together.

    Parameters
    ----------
    zenith_mag_arcsec2 : array
        The moonless zenith at night, V. [mag/arcsec2]
    sine_elevation, extinction_mag_per_airmass : array
        As in `dark_sky_nl`.
    moon_nl, sun_nl : array
        `moonlight_nl` and `twilight_nl`. [nL]
    """
    zenith_nl = nanolamberts(xp, zenith_mag_arcsec2)
    dark_nl = dark_sky_nl(xp, zenith_nl, sine_elevation, extinction_mag_per_airmass)
    return surface_magnitude(xp, dark_nl + moon_nl + sun_nl)
