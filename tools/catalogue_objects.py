"""A real catalogue as the arrays that the reference population is derived from.

Elements are brought to one epoch with the secular rates of J2, so that node, perigee and longitude
of different objects can be compared.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.targets.reference import EPOCH

FloatArray = npt.NDArray[np.float64]

# WGS 72, the constants that element sets are made with (Hoots and Roehrich, Spacetrack Report 3)
MU_KM3_S2 = 398600.8
EARTH_RADIUS_WGS72_KM = 6378.135
J2 = 0.001082616
# Regimes and altitudes count from the WGS 84 equator
EARTH_RADIUS_KM = 6378.137
GEOSYNCHRONOUS_KM = 42164.0


@dataclass(frozen=True)
class CatalogueObjects:
    """Objects of a real catalogue at `EPOCH`; (N,) arrays."""

    regime: npt.NDArray[np.str_]
    object_type: npt.NDArray[np.str_]
    inclination_deg: FloatArray
    perigee_km: FloatArray
    apogee_km: FloatArray
    raan_deg: FloatArray
    argp_deg: FloatArray
    mean_anomaly_deg: FloatArray
    longitude_deg: FloatArray
    node_rate_deg_day: FloatArray
    rcs_m2: FloatArray
    bstar: FloatArray

    def __len__(self) -> int:
        return len(self.regime)

    @property
    def semi_major_km(self) -> FloatArray:
        """Semi-major axis. [km]"""
        return EARTH_RADIUS_KM + (self.perigee_km + self.apogee_km) / 2

    @property
    def eccentricity(self) -> FloatArray:
        """Eccentricity. [unitless]"""
        return (self.apogee_km - self.perigee_km) / (2 * self.semi_major_km)

    def take(self, index: npt.NDArray[np.intp]) -> CatalogueObjects:
        """Return some of the objects, in the order of `index`."""
        return CatalogueObjects(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def regime_of(perigee_km: FloatArray, apogee_km: FloatArray) -> npt.NDArray[np.str_]:
    """Regime by mean elements; the first rule that holds decides.

    LEO: apogee at most 2,000 km. GEO: semi-major axis within 1,000 km of 42,164 km, e < 0.1.
    MEO: perigee above 2,000 km, apogee below 35,286 km, e < 0.1. HEO: any other with e >= 0.1.
    """
    semi_major_km = EARTH_RADIUS_KM + (perigee_km + apogee_km) / 2
    round_enough = (apogee_km - perigee_km) / (2 * semi_major_km) < 0.1
    rules = {
        "LEO": apogee_km <= 2000,
        "GEO": (np.abs(semi_major_km - GEOSYNCHRONOUS_KM) <= 1000) & round_enough,
        "MEO": (perigee_km > 2000) & (apogee_km < 35286) & round_enough,
        "HEO": ~round_enough,
    }
    return np.select(list(rules.values()), list(rules), "OTHER")


def greenwich_sidereal_deg(instant: datetime) -> float:
    """Greenwich mean sidereal time (Aoki and others 1982, A&A 105, 359), UT1 taken as UTC."""
    centuries = (instant - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400 / 36525
    seconds = 67310.54841 + (876600 * 3600 + 8640184.812866) * centuries + 0.093104 * centuries**2
    return seconds / 240 % 360


def read(catalogue: Path, satcat: Path) -> CatalogueObjects:
    """Read a three-line catalogue and join size, RCS and type from a SATCAT-like CSV."""
    with gzip.open(catalogue, "rt") as file:
        lines = file.read().splitlines()
    with gzip.open(satcat, "rt", newline="") as file:
        known = {row["norad_cat_id"]: row for row in csv.DictReader(file)}
    names, first, second = lines[0::3], np.array(lines[1::3]), np.array(lines[2::3])
    rows = [known.get(line[2:7].strip().lstrip("0")) for line in second]
    types = [_type(name, row) for name, row in zip(names, rows, strict=True)]
    rcs_m2 = [_rcs_m2(kind, row) for kind, row in zip(types, rows, strict=True)]
    return _at_epoch(first, second, np.array(types), np.array(rcs_m2))


def _type(name: str, row: dict[str, str] | None) -> str:
    if row:
        return row["object_type"]
    if name.startswith("TBA"):
        return "UNK"
    return "DEB" if " DEB" in name else "R/B" if "R/B" in name else "PAY"


def _rcs_m2(object_type: str, row: dict[str, str] | None) -> float:
    """Measured RCS, else that of the size class, else that of the type, as a study assumes them."""
    assumed = TargetsSection()
    by_class = {
        "SMALL": assumed.rcs_small_m2, "MEDIUM": assumed.rcs_medium_m2,
        "LARGE": assumed.rcs_large_m2,
    }  # fmt: skip
    if row and row["rcs_m2"]:
        return float(row["rcs_m2"])
    if row and row["rcs_size"]:
        return by_class[row["rcs_size"]]
    return by_class[{"DEB": "SMALL", "UNK": "MEDIUM"}.get(object_type, "LARGE")]


def _columns(lines: npt.NDArray[np.str_], first: int, last: int) -> npt.NDArray[np.str_]:
    """Columns of fixed-width lines, counted from 1 as in the format's definition."""
    return np.array([line[first - 1 : last].strip() for line in lines])


def _exponent_field(text: npt.NDArray[np.str_]) -> FloatArray:
    """' 11018-2' means 0.11018e-2."""
    mantissa = np.array([float(t[:-2]) for t in text]) * 1e-5
    return mantissa * 10.0 ** np.array([int(t[-2:]) for t in text])


def _days_to_epoch(first: npt.NDArray[np.str_]) -> FloatArray:
    year = _columns(first, 19, 20).astype(int)
    year += np.where(year < 57, 2000, 1900)
    starts = {y: (EPOCH - datetime(y, 1, 1, tzinfo=UTC)).total_seconds() / 86400 for y in {*year}}
    day_of_year = _columns(first, 21, 32).astype(float)
    return np.array([starts[y] for y in year]) - (day_of_year - 1)


def _at_epoch(
    first: npt.NDArray[np.str_],
    second: npt.NDArray[np.str_],
    object_type: npt.NDArray[np.str_],
    rcs_m2: FloatArray,
) -> CatalogueObjects:
    inclination, raan, argp, anomaly = (
        _columns(second, *at).astype(float) for at in ((9, 16), (18, 25), (35, 42), (44, 51))
    )
    eccentricity = _columns(second, 27, 33).astype(float) * 1e-7
    motion_deg_day = _columns(second, 53, 63).astype(float) * 360
    semi_major_km = np.cbrt(MU_KM3_S2 / (np.radians(motion_deg_day) / 86400) ** 2)
    # Secular rates of J2 (Vallado, 4th ed., eqs. 9-37, 9-39); the published mean motion already
    # holds the one of the mean anomaly.
    semi_latus_km = semi_major_km * (1 - eccentricity**2)
    rate = 1.5 * J2 * (EARTH_RADIUS_WGS72_KM / semi_latus_km) ** 2 * motion_deg_day
    cosine = np.cos(np.radians(inclination))
    node_rate, days = -rate * cosine, _days_to_epoch(first)
    raan = (raan + node_rate * days) % 360
    argp = (argp + rate * (2.5 * cosine**2 - 0.5) * days) % 360
    anomaly = (anomaly + motion_deg_day * days) % 360
    perigee_km = semi_major_km * (1 - eccentricity) - EARTH_RADIUS_KM
    apogee_km = semi_major_km * (1 + eccentricity) - EARTH_RADIUS_KM
    return CatalogueObjects(
        regime=regime_of(perigee_km, apogee_km),
        object_type=object_type,
        inclination_deg=inclination,
        perigee_km=perigee_km,
        apogee_km=apogee_km,
        raan_deg=raan,
        argp_deg=argp,
        mean_anomaly_deg=anomaly,
        longitude_deg=(raan + argp + anomaly - greenwich_sidereal_deg(EPOCH)) % 360,
        node_rate_deg_day=node_rate,
        rcs_m2=rcs_m2,
        bstar=_exponent_field(_columns(first, 54, 61)),
    )
