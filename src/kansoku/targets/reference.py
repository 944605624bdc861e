"""The embedded reference population: weighted representative orbits, no element set among them.

How it is derived, and how well it matches the catalogue it stands for: docs/population.md.
"""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, datetime
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.constants import DEG, EARTH_EQUATORIAL_RADIUS_M, M_PER_KM, REGIMES, WGS72_MU_M3_S2
from kansoku.targets.emitters import emits
from kansoku.targets.epochs import midnight_jd
from kansoku.targets.objects import FloatArray, MeanElements, ReadCounts, Targets
from kansoku.targets.sizes import equivalent_diameter_m, magnitude_sigma

EPOCH = datetime(2024, 7, 5, tzinfo=UTC)
"""Common epoch of the population; far from it the elements are representative."""

EPOCH_JD = midnight_jd(EPOCH)

ASSUMED_RCS_M2 = (0.03, 0.3, 3.0)
"""Cross-sections that the derivation assumed by class or type.

A row with one of them stands for objects that were never measured.
"""

TEXT_COLUMNS = ("id", "regime", "object_type", "size_class")
"""Every other column of the file is a number, with its unit in the name."""


def load(section: TargetsSection) -> Targets:
    """Load the embedded population.

    Parameters
    ----------
    section : TargetsSection
        Gives what is assumed of sizes, albedo, magnitudes and emitters; everything else comes with
        the population.

    Returns
    -------
    Targets
        About 2,000 targets numbered from 1, each with the catalogue objects it stands for as its
        multiplicity. None carries retro-reflectors: a representative is no satellite that does.
    """
    content = (files("kansoku.sites") / "reference_population.csv").read_bytes()
    text, number = _columns(content)
    total = len(text["id"])
    measured = ~np.isin(number["rcs_m2"], ASSUMED_RCS_M2)
    return Targets(
        norad_cat_id=np.arange(1, total + 1, dtype=np.int64),
        name=text["id"],
        elements=mean_elements(number),
        multiplicity=number["objects"],
        diameter_m=equivalent_diameter_m(section, number["rcs_m2"]),
        rcs_m2=number["rcs_m2"],
        rcs_measured=measured,
        albedo=np.full(total, section.albedo),
        standard_magnitude=np.full(total, np.nan),
        magnitude_sigma=magnitude_sigma(section, number["rcs_m2"]),
        retroreflector=np.zeros(total, dtype=bool),
        emits=emits(section, np.full(total, ""), text["object_type"]),
        regime=np.array([REGIMES.index(name) for name in text["regime"]], dtype=np.int8),
        object_type=text["object_type"],
        owner=np.full(total, ""),
        source="reference",
        sha256=hashlib.sha256(content).hexdigest(),
        counts=ReadCounts(records=total, kept=total, rcs_measured=int(measured.sum())),
    )


def _columns(content: bytes) -> tuple[dict[str, npt.NDArray[np.str_]], dict[str, FloatArray]]:
    lines = [line for line in content.decode().splitlines() if not line.startswith("#")]
    header, *rows = csv.reader(lines)
    by_name = dict(zip(header, zip(*rows, strict=True), strict=True))
    text = {name: np.array(by_name.pop(name)) for name in TEXT_COLUMNS}
    return text, {name: np.array(column, dtype=np.float64) for name, column in by_name.items()}


def mean_elements(number: dict[str, FloatArray]) -> MeanElements:
    """Mean elements from altitudes that were computed from published mean motions.

    Both directions take a = (mu / n^2)^(1/3) with the Kozai mean motion n and WGS-72 mu, as
    `targets.regimes` does, so a mean motion comes back as published.

    Parameters
    ----------
    number : dict of str to (N,) array
        Columns of the file: inclination_deg, perigee_km and apogee_km (altitudes above the
        equatorial radius), raan_deg, argp_deg, mean_anomaly_deg, bstar.

    Returns
    -------
    MeanElements
        At the common epoch.
    """
    perigee_m, apogee_m = (
        M_PER_KM * number[name] + EARTH_EQUATORIAL_RADIUS_M for name in ("perigee_km", "apogee_km")
    )
    semi_major_m = (perigee_m + apogee_m) / 2
    total = len(semi_major_m)
    return MeanElements(
        epoch_jd=np.full(total, EPOCH_JD),
        epoch_fraction=np.zeros(total),
        mean_motion_rad_min=60.0 * np.sqrt(WGS72_MU_M3_S2 / semi_major_m**3),
        eccentricity=(apogee_m - perigee_m) / (apogee_m + perigee_m),
        inclination_rad=number["inclination_deg"] * DEG,
        raan_rad=number["raan_deg"] * DEG,
        argp_rad=number["argp_deg"] * DEG,
        mean_anomaly_rad=number["mean_anomaly_deg"] * DEG,
        bstar=number["bstar"],
    )
