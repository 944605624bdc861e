"""How far a laser station ranges a target: retro-reflectors, or the diffuse light of debris.

A cooperative target returns the pulse to where it came from, so a station works day and night,
through clear sky, with predictions alone. A debris target scatters the pulse over half the sky. It
needs a strong laser, and its prediction is too poor to point the narrow beam at it unseen: a
camera must find it first, so the station must be dark and the target sunlit. Ranging of debris by
day, or in the Earth's shadow after earlier ranging, has been shown but is not assumed.

References
----------
.. [1] J. J. Degnan, Millimeter accuracy satellite laser ranging: a review, in Contributions of
   Space Geodesy to Geodynamics: Technology, AGU Geodynamics Series 25 (1993), 133-162.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_S


@dataclass(frozen=True)
class LaserStation:
    """What a station puts into one shot, and what share of the light it keeps; arrays or floats.

    Attributes
    ----------
    pulse_energy_j, wavelength_m : array
        [J], [m]
    divergence_rad : array
        Half-angle at which the beam has 1/e^2 of the intensity on its axis. [rad]
    pointing_error_rad : array
        Of the axis from the target. [rad]
    receiver_area_m2 : array
        Clear aperture of the receiving telescope. [m^2]
    transmitter_efficiency, receiver_efficiency, quantum_efficiency : array
        Of the optics out, of the optics in, and photo-electrons a photon. [unitless]
    """

    pulse_energy_j: Array
    wavelength_m: Array
    divergence_rad: Array
    pointing_error_rad: Array
    receiver_area_m2: Array
    transmitter_efficiency: Array
    receiver_efficiency: Array
    quantum_efficiency: Array


def transmitter_gain(xp: ModuleType, divergence_rad: Array, pointing_error_rad: Array) -> Array:
    """Gain of a Gaussian beam in the direction of the target, over light sent everywhere.

    Parameters
    ----------
    divergence_rad, pointing_error_rad : array
        As in `LaserStation`. [rad]

    Returns
    -------
    array
        [unitless]

    References
    ----------
    .. [1] Degnan (1993), section 3.1.
    """
    off_axis = pointing_error_rad / divergence_rad
    return 8.0 / divergence_rad**2 * xp.exp(-2.0 * off_axis**2)


def photo_electrons(
    xp: ModuleType,
    station: LaserStation,
    cross_section_m2: Array,
    range_m: Array,
    transmission: Array,
) -> Array:
    """Photo-electrons that one shot yields in the mean: the radar equation of laser ranging.

    Parameters
    ----------
    station : LaserStation
    cross_section_m2 : array
        Of the target: `retroreflector_cross_section_m2`, or `diffuse_cross_section_m2`. [m^2]
    range_m : array
        [m]
    transmission : array
        Of the atmosphere and of cirrus, one way, along the line of sight. [unitless]

    Returns
    -------
    array
        [unitless]

    References
    ----------
    .. [1] Degnan (1993), equation 3.1.1.
    """
    photon_j = PLANCK_J_S * SPEED_OF_LIGHT_M_S / station.wavelength_m
    sent = station.pulse_energy_j / photon_j * station.transmitter_efficiency
    gain = transmitter_gain(xp, station.divergence_rad, station.pointing_error_rad)
    spread = (1.0 / (4.0 * math.pi * range_m**2)) ** 2
    kept = station.receiver_area_m2 * station.receiver_efficiency * station.quantum_efficiency
    return sent * gain * cross_section_m2 * spread * kept * transmission**2


def retroreflector_cross_section_m2(
    diameter_m: Array, wavelength_m: Array, reflectivity: Array
) -> Array:
    """Peak cross-section of one perfect corner cube seen face on.

    Parameters
    ----------
    diameter_m, wavelength_m : array
        [m]
    reflectivity : array
        Share of the light that all reflections leave. [unitless]

    Returns
    -------
    array
        An upper bound for a satellite in motion: velocity aberration moves the station 5 to 10
        arcsec off the peak, and costs an unspoiled cube of LAGEOS a factor of some tens; published
        cross-sections of whole arrays hold the effect. [m^2]

    References
    ----------
    .. [1] Degnan (1993), section 6.1.
    """
    return math.pi**3 * reflectivity * diameter_m**4 / (4.0 * wavelength_m**2)


def diffuse_cross_section_m2(diameter_m: Array, reflectivity: Array) -> Array:
    """Cross-section of a diffuse (Lambertian) sphere lit and seen from the same direction.

    Parameters
    ----------
    diameter_m : array
        [m]
    reflectivity : array
        Share of the light that the surface returns. [unitless]

    Returns
    -------
    array
        8/3 of its disc times the reflectivity; the sphere of `photometry` at phase angle zero.
        [m^2]
    """
    return 2.0 / 3.0 * math.pi * reflectivity * diameter_m**2


def chance_of_return(xp: ModuleType, electrons: Array, threshold: int = 1) -> Array:
    """Probability that one shot is answered.

    Parameters
    ----------
    electrons : array
        Photo-electrons a shot in the mean. [unitless]
    threshold : int
        Photo-electrons that make a return; 1 for photon-counting detectors.

    Returns
    -------
    array
        Of a Poisson variable reaching the threshold. [unitless]

    References
    ----------
    .. [1] Degnan (1993), section 3.3.
    """
    term = xp.exp(-electrons)
    fewer = term
    for count in range(1, threshold):
        term = term * electrons / count
        fewer = fewer + term
    return 1.0 - fewer


def range_limit_m(electrons: Array, range_m: Array, electrons_needed: Array) -> Array:
    """Range at which a target gives just enough light, from the light it gives at another.

    Parameters
    ----------
    electrons : array
        Photo-electrons a shot at `range_m`, as `photo_electrons` tells.
    range_m : array
        [m]
    electrons_needed : array
        In the mean a shot: the returns a second that the tracking needs, over the shots a second.

    Returns
    -------
    array
        By the fourth power of the range, with the transmission of the air held. [m]
    """
    return range_m * (electrons / electrons_needed) ** 0.25


def debris_range_limit_m(
    debris_range_m: Array, debris_diameter_m: Array, diameter_m: Array
) -> Array:
    """Range at which a diffuse sphere is just ranged, scaled from one known pair.

    Parameters
    ----------
    debris_range_m, debris_diameter_m : array
        A sphere of `debris_diameter_m` is just ranged at `debris_range_m`; nan for a station that
        ranges cooperative targets alone. [m]
    diameter_m : array
        Of the target. [m]

    Returns
    -------
    array
        The light grows with the disc, D^2, and fades with R^4; nan stays nan, which no range is
        within. [m]
    """
    return debris_range_m * (diameter_m / debris_diameter_m) ** 0.5
