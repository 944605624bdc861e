"""Type, radar cross-section and size of each target: as catalogued, else by assumption."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.constants import SPEED_OF_LIGHT_M_S
from kansoku.targets.objects import FloatArray, Targets
from kansoku.targets.size_model import rcs_from_size, size_from_rcs

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
        By the size estimation model. [m]
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


def catalogue_wavelength_m(section: TargetsSection) -> float:
    """Wavelength at which the catalogue's cross-sections count as measured. [m]"""
    frequency_hz = 1e6 * section.rcs_frequency_mhz
    return SPEED_OF_LIGHT_M_S / frequency_hz


def equivalent_diameter_m(section: TargetsSection, rcs_m2: FloatArray) -> FloatArray:
    """Diameter of each object, by the size estimation model, from its catalogued cross-section.

    Most cross-sections of the public catalogue come from phased arrays at 420 to 450 MHz: there
    the model's resonance region reaches from 0.08 to 1.3 m. The class means of a study are taken
    as if they had been measured so too.

    Parameters
    ----------
    section : TargetsSection
        Gives the frequency of the measurements.
    rcs_m2 : (N,) array
        [m^2]

    Returns
    -------
    (N,) array
        [m]
    """
    return np.asarray(size_from_rcs(np, rcs_m2, catalogue_wavelength_m(section)))


def with_diameter(section: TargetsSection, targets: Targets, diameter_m: FloatArray) -> Targets:
    """Return the targets with diameters that are given instead of derived.

    Nothing measured is left: cross-sections are those of the size at the catalogue's frequency,
    radars take them at their own, and brightness is that of the sphere.

    Parameters
    ----------
    section : TargetsSection
        Gives the frequency of the catalogue's cross-sections and the spread of magnitudes.
    targets : Targets
    diameter_m : (N,) array
        [m]

    Returns
    -------
    Targets
    """
    rcs_m2 = np.asarray(rcs_from_size(np, diameter_m, catalogue_wavelength_m(section)))
    return replace(
        targets,
        diameter_m=diameter_m,
        rcs_m2=rcs_m2,
        rcs_measured=np.zeros(len(targets), dtype=bool),
        standard_magnitude=np.full(len(targets), np.nan),
        magnitude_sigma=magnitude_sigma(section, rcs_m2),
    )


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
    return Sizes(taken_m2, equivalent_diameter_m(section, taken_m2), measured, classed)
