"""The objects to be watched, as arrays over target N."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MeanElements:
    """SGP4 mean elements (Brouwer, TEME), one entry a target.

    Attributes
    ----------
    epoch_jd, epoch_fraction : (N,) array
        Epoch as a two-part UTC Julian date: midnight (ends in .5) and the fraction of the day. [d]
    mean_motion_rad_min : (N,) array
        Kozai mean motion as published. [rad/min]
    eccentricity : (N,) array
        [unitless]
    inclination_rad, raan_rad, argp_rad, mean_anomaly_rad : (N,) array
        [rad]
    bstar : (N,) array
        SGP4 drag term. [1/Earth radii]
    """

    epoch_jd: FloatArray
    epoch_fraction: FloatArray
    mean_motion_rad_min: FloatArray
    eccentricity: FloatArray
    inclination_rad: FloatArray
    raan_rad: FloatArray
    argp_rad: FloatArray
    mean_anomaly_rad: FloatArray
    bstar: FloatArray

    def __len__(self) -> int:
        return len(self.epoch_jd)

    def take(self, index: npt.NDArray[np.intp] | slice) -> MeanElements:
        """Return the elements of some targets, in the order of `index`."""
        return MeanElements(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


@dataclass(frozen=True)
class ReadCounts:
    """What became of the records of a catalogue file; printed, and kept in the cube.

    Of those kept, `rcs_measured` have a catalogued cross-section and `rcs_by_class` a size class
    only; the cross-section of the others is assumed by type.
    """

    records: int = 0
    kept: int = 0
    bad: int = 0
    duplicates: int = 0
    decayed: int = 0
    rcs_measured: int = 0
    rcs_by_class: int = 0


@dataclass(frozen=True)
class Targets:
    """What must be watched.

    Attributes
    ----------
    norad_cat_id : (N,) int64 array
        Catalogue number; never passed through a propagator that could refuse it.
    name : (N,) array of str
    elements : MeanElements
    multiplicity : (N,) array
        Catalogue objects that each target stands for: 1 in a real catalogue. [unitless]
    diameter_m : (N,) array
        Diameter of the sphere that reflects sunlight and radio waves in the object's place. [m]
    rcs_m2 : (N,) array
        Radar cross-section. [m^2]
    rcs_measured : (N,) bool array
        The cross-section was catalogued: it holds at every radar's frequency. Elsewhere a radar
        takes the cross-section that a sphere-like object of `diameter_m` has at its own.
    albedo : (N,) array
        Diffuse albedo of the equivalent sphere. [unitless]
    standard_magnitude : (N,) array
        Magnitude at 1,000 km and a phase angle of 90 deg, where catalogued; else nan, and the
        sphere decides. [mag]
    magnitude_sigma : (N,) array
        Standard deviation of the magnitude about its model, by size class. [mag]
    retroreflector, emits : (N,) bool array
        Carries retro-reflectors; transmits.
    regime : (N,) int8 array
        Index into `constants.REGIMES`.
    object_type, owner : (N,) array of str
        As in SATCAT: PAY, R/B, DEB, UNK; owner code, empty when unknown.
    source : str
        File name, or 'reference'.
    sha256 : str
        Hash of the input bytes.
    satcat_sha256 : str
        Hash of the joined SATCAT, empty without one.
    counts : ReadCounts
    warnings : tuple of str
        One sentence a problem that was skipped under the policy, with its line.
    """

    norad_cat_id: IntArray
    name: npt.NDArray[np.str_]
    elements: MeanElements
    multiplicity: FloatArray
    diameter_m: FloatArray
    rcs_m2: FloatArray
    rcs_measured: npt.NDArray[np.bool_]
    albedo: FloatArray
    standard_magnitude: FloatArray
    magnitude_sigma: FloatArray
    retroreflector: npt.NDArray[np.bool_]
    emits: npt.NDArray[np.bool_]
    regime: npt.NDArray[np.int8]
    object_type: npt.NDArray[np.str_]
    owner: npt.NDArray[np.str_]
    source: str = ""
    sha256: str = ""
    satcat_sha256: str = ""
    counts: ReadCounts = field(default_factory=ReadCounts)
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.norad_cat_id)

    def take(self, index: npt.NDArray[np.intp] | slice) -> Targets:
        """Return some of the targets, in the order of `index`."""
        per_target = (
            "norad_cat_id", "name", "multiplicity", "diameter_m", "rcs_m2", "rcs_measured",
            "albedo", "standard_magnitude", "magnitude_sigma", "retroreflector", "emits", "regime",
            "object_type", "owner",
        )  # fmt: skip
        chosen = {name: getattr(self, name)[index] for name in per_target}
        return replace(self, elements=self.elements.take(index), **chosen)
