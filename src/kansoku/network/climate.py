"""Clear nights and sky brightness of telescopes, from the candidate sites."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG
from kansoku.network.columns import MONTHS
from kansoku.network.tables import Row

FloatArray = npt.NDArray[np.float64]


def clear_fraction(site: Row) -> FloatArray:
    """Share of dark time usable by month, (12,) array. [unitless]"""
    return np.array([site.number(f"clear_{month}") for month in MONTHS])


def sky_brightness(site: Row) -> float:
    """Zenith, moonless V. [mag/arcsec^2]"""
    return site.number("sky_brightness_mag_arcsec2")


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
