"""Clear nights and sky brightness of telescopes, from the candidate sites."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG, M_PER_KM
from kansoku.network.columns import MONTHS
from kansoku.network.tables import Row

FloatArray = npt.NDArray[np.float64]

V_MICROMETRE = 0.55
"""Effective wavelength of the V band (Bessell, ARA&A 43 (2005), 293-336)."""


def clear_fraction(site: Row) -> FloatArray:
    """Share of dark time usable by month, (12,) array. [unitless]"""
    return np.array([site.number(f"clear_{month}") for month in MONTHS])


def sky_brightness(site: Row) -> float:
    """Zenith, moonless V. [mag/arcsec^2]"""
    return site.number("sky_brightness_mag_arcsec2")


def extinction_mag(altitude_m: float, wavelength_um: float = V_MICROMETRE) -> float:
    """Extinction of a clear night at the zenith, by the altitude of the site.

    Parameters
    ----------
    altitude_m : float
        Above sea level. [m]
    wavelength_um : float
        V unless given. [micrometre]

    Returns
    -------
    float
        Sum of Rayleigh scattering, aerosol and ozone. [mag/airmass]

    Notes
    -----
    In V 0.23 at sea level, 0.13 at 2 km, 0.09 at 4 km. Photometric nights of one site scatter by
    some hundredths; dust, smoke and sea salt add more (A-NET-EXTINCTION).

    References
    ----------
    .. [1] D. W. E. Green, International Comet Quarterly 14 (1992), 55-59.
    .. [2] D. S. Hayes and D. W. Latham, Astrophysical Journal 197 (1975), 593-601: Rayleigh term.
    """
    altitude_km = altitude_m / M_PER_KM
    rayleigh = 0.0094977 * _refractivity_term(wavelength_um) ** 2 / wavelength_um**4
    aerosol = 0.05 / math.pow(wavelength_um, 1.3)
    ozone = 0.016
    return (
        rayleigh * math.exp(-altitude_km / 7.996) + aerosol * math.exp(-altitude_km / 1.5) + ozone
    )


def _refractivity_term(wavelength_um: float) -> float:
    """Dispersion of air, 1 near 0.6 micrometres (Hayes and Latham 1975)."""
    wavenumber2 = 1.0 / wavelength_um**2
    return 0.23465 + 107.6 / (146.0 - wavenumber2) + 0.93161 / (41.0 - wavenumber2)


def sky_of(place: Row, sites: tuple[Row, ...]) -> Row:
    """Candidate site whose night sky a place has: its own, or that of `nearest_site`."""
    return place if "sky_brightness_mag_arcsec2" in place.cells else nearest_site(place, sites)


def nearest_site(row: Row, sites: tuple[Row, ...]) -> Row:
    """Candidate site nearest to an existing telescope, among those that suit telescopes.

    Assumption A-NET-CLIMATE (class C): the existing telescopes have no climate of their own.
    """
    suitable = [site for site in sites if site.text("suits") != "radar"]
    return min(suitable, key=lambda site: _separation_rad(row, site))


def _separation_rad(one: Row, other: Row) -> float:
    """Great-circle separation on a sphere; haversine, which is exact for near points."""
    lat1, lon1 = one.number("lat_deg") * DEG, one.number("lon_deg") * DEG
    lat2, lon2 = other.number("lat_deg") * DEG, other.number("lon_deg") * DEG
    half_chord = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * math.asin(math.sqrt(min(1.0, half_chord)))
