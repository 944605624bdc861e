"""Orbital regimes from mean elements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, REGIMES, WGS72_MU_M3_S2
from kansoku.targets.objects import FloatArray, MeanElements

_LEO_APOGEE_M = 2.0e6
_GEO_SEMI_MAJOR_AXIS_M = 4.2164e7
_GEO_WIDTH_M = 1.0e6
_MEO_APOGEE_M = 3.5286e7
_NEARLY_CIRCULAR = 0.1


def semi_major_axis_m(elements: MeanElements) -> FloatArray:
    """Semi-major axis from the published mean motion by Kepler's third law.

    The Kozai mean motion is taken as it is: removing its J2 part moves the axis by at most about
    10 km, which no regime's limit notices.

    Returns
    -------
    (N,) array
        [m]
    """
    mean_motion_rad_s = elements.mean_motion_rad_min / 60.0
    return np.asarray(np.cbrt(WGS72_MU_M3_S2 / mean_motion_rad_s**2))


def perigee_altitude_m(elements: MeanElements) -> FloatArray:
    """Height of perigee above the equatorial radius, (N,) array. [m]"""
    return semi_major_axis_m(elements) * (1.0 - elements.eccentricity) - EARTH_EQUATORIAL_RADIUS_M


def apogee_altitude_m(elements: MeanElements) -> FloatArray:
    """Height of apogee above the equatorial radius, (N,) array. [m]"""
    return semi_major_axis_m(elements) * (1.0 + elements.eccentricity) - EARTH_EQUATORIAL_RADIUS_M


def regime(elements: MeanElements) -> npt.NDArray[np.int8]:
    """Regime of each target, the first of these that holds.

    LEO: apogee at most 2,000 km. GEO: semi-major axis within 1,000 km of 42,164 km and
    eccentricity below 0.1. MEO: perigee above 2,000 km, apogee below 35,286 km, eccentricity below
    0.1. HEO: eccentricity at least 0.1. OTHER: the rest, mostly graveyard orbits near GEO.

    Parameters
    ----------
    elements : MeanElements

    Returns
    -------
    (N,) int8 array
        Index into `constants.REGIMES`.
    """
    axis_m, apogee_m = semi_major_axis_m(elements), apogee_altitude_m(elements)
    nearly_circular = elements.eccentricity < _NEARLY_CIRCULAR
    membership = {
        "LEO": apogee_m <= _LEO_APOGEE_M,
        "GEO": nearly_circular & (np.abs(axis_m - _GEO_SEMI_MAJOR_AXIS_M) <= _GEO_WIDTH_M),
        "MEO": nearly_circular
        & (perigee_altitude_m(elements) > _LEO_APOGEE_M)
        & (apogee_m < _MEO_APOGEE_M),
        "HEO": ~nearly_circular,
    }
    index = [np.int8(REGIMES.index(name)) for name in membership]
    return np.select(list(membership.values()), index, np.int8(REGIMES.index("OTHER")))
