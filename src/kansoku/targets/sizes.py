"""Type, radar cross-section and size of each target: as catalogued, else by assumption."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.targets.objects import FloatArray

OBJECT_TYPES = ("PAY", "R/B", "DEB", "UNK")
SIZE_CLASSES = ("SMALL", "MEDIUM", "LARGE")
"""Space-Track's classes by radar cross-section (`size_class_of`)."""

SMALL_BELOW_M2, LARGE_ABOVE_M2 = 0.1, 1.0

_UNNAMED = ("TBA", "UNKNOWN", "OBJECT ")
_FRAGMENT = re.compile(r"\bDEB(?:RIS)?\b")  # a whole word: DEBUT (ORIZURU) is a payload
_CLASS_OF_TYPE = {"PAY": "LARGE", "R/B": "LARGE", "DEB": "SMALL", "UNK": "MEDIUM"}


@dataclass(frozen=True)
class Sizes:
    """Size of each target.

    Attributes
    ----------
    rcs_m2 : (N,) array
        [m^2]
    diameter_m : (N,) array
        Of the equivalent sphere. [m]
    measured, classed : (N,) bool array
        Whether the cross-section was catalogued, or only its class; neither: assumed by type.
    """

    rcs_m2: FloatArray
    diameter_m: FloatArray
    measured: npt.NDArray[np.bool_]
    classed: npt.NDArray[np.bool_]


def type_from_name(name: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Object type as the catalogue's naming habits tell it.

    'R/B' marks a rocket body and 'DEB' a fragment; 'TBA', 'UNKNOWN', 'OBJECT A' and no name at all
    an object not yet identified; anything else is a payload.

    Returns
    -------
    (N,) array of str
        PAY, R/B, DEB or UNK.
    """
    return np.array([_type_of(text) for text in np.char.upper(name).tolist()], dtype=np.str_)


def _type_of(name: str) -> str:
    if _FRAGMENT.search(name):
        return "DEB"
    if "R/B" in name:
        return "R/B"
    return "UNK" if not name or name.startswith(_UNNAMED) else "PAY"


def equivalent_diameter_m(rcs_m2: FloatArray) -> FloatArray:
    """Diameter of the sphere with the given radar cross-section.

    Optical region only, where a sphere's cross-section is its disc: rcs = pi D^2 / 4. That holds
    for circumferences of several wavelengths (D above 0.4 m at UHF). Smaller objects are in the
    resonance and Rayleigh regions; their treatment depends on the radar's wavelength and comes
    with the sensor physics. Until then their diameter is a lower bound.

    Parameters
    ----------
    rcs_m2 : (N,) array
        [m^2]

    Returns
    -------
    (N,) array
        [m]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, section 2.7.
    """
    return np.asarray(np.sqrt(4.0 * rcs_m2 / np.pi))


def size_class_of(rcs_m2: FloatArray) -> npt.NDArray[np.str_]:
    """Size class of each cross-section: SMALL below 0.1 m^2, LARGE above 1 m^2, else MEDIUM.

    Parameters
    ----------
    rcs_m2 : (N,) array
        [m^2]

    Returns
    -------
    (N,) array of str
    """
    return np.select(
        [rcs_m2 < SMALL_BELOW_M2, rcs_m2 > LARGE_ABOVE_M2], ["SMALL", "LARGE"], "MEDIUM"
    )


def magnitude_sigma(section: TargetsSection, rcs_m2: FloatArray) -> FloatArray:
    """Spread of each object's magnitude about the model, by its size class.

    Shape and attitude alone spread the magnitudes of one type of large satellite by 0.6 mag about
    a diffuse sphere fitted to it [1]_; of smaller objects albedo and size are less certain too.

    Parameters
    ----------
    section : TargetsSection
        Holds the standard deviation of each class.
    rcs_m2 : (N,) array
        [m^2]

    Returns
    -------
    (N,) array
        Standard deviation. [mag]

    References
    ----------
    .. [1] Diffuse and specular brightness models applied to LEO satellites. Case study: the OneWeb
       constellation, arXiv:2603.21859, 2026.
    """
    sigma_mag = {
        "SMALL": section.magnitude_sigma_small,
        "MEDIUM": section.magnitude_sigma_medium,
        "LARGE": section.magnitude_sigma_large,
    }
    size_class = size_class_of(rcs_m2)
    return np.select(
        [size_class == name for name in SIZE_CLASSES], [sigma_mag[name] for name in SIZE_CLASSES]
    )


def sizes(
    section: TargetsSection,
    rcs_m2: FloatArray,
    size_class: npt.NDArray[np.str_],
    object_type: npt.NDArray[np.str_],
) -> Sizes:
    """Take the catalogued cross-section, else the assumption for its class, else for its type.

    Parameters
    ----------
    section : TargetsSection
        Holds the assumed cross-section of each class.
    rcs_m2 : (N,) array
        Catalogued cross-section, nan where there is none. [m^2]
    size_class : (N,) array of str
        SMALL, MEDIUM or LARGE; empty where it is not known.
    object_type : (N,) array of str
        PAY, R/B, DEB or UNK.

    Returns
    -------
    Sizes
    """
    assumed_m2 = {
        "SMALL": section.rcs_small_m2,
        "MEDIUM": section.rcs_medium_m2,
        "LARGE": section.rcs_large_m2,
    }
    measured = np.isfinite(rcs_m2)
    classed = ~measured & np.isin(size_class, SIZE_CLASSES)
    of_type = np.select(
        [object_type == name for name in OBJECT_TYPES],
        [_CLASS_OF_TYPE[name] for name in OBJECT_TYPES],
        _CLASS_OF_TYPE["UNK"],
    )
    class_taken = np.where(classed, size_class, of_type)
    by_class_m2 = np.select(
        [class_taken == name for name in SIZE_CLASSES], [assumed_m2[n] for n in SIZE_CLASSES]
    )
    taken_m2 = np.where(measured, rcs_m2, by_class_m2)
    return Sizes(taken_m2, equivalent_diameter_m(taken_m2), measured, classed)
