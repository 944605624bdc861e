"""A real catalogue as the arrays that the reference population is derived from.

Objects are read, sized and sorted into regimes by kansoku itself, as a study would. Their elements
are brought to one epoch with the secular rates of J2, so that node, perigee and longitude of
different objects can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, REGIMES, WGS72_MU_M3_S2
from kansoku.targets import MeanElements, load
from kansoku.targets.reference import EPOCH, EPOCH_JD, mean_elements
from kansoku.targets.regimes import regime, semi_major_axis_m

FloatArray = npt.NDArray[np.float64]

CATALOGUE, SATCAT = "catalogue-2024-07-05.tle.gz", "satcat-2025-03-06.csv.gz"

EARTH_RADIUS_KM = EARTH_EQUATORIAL_RADIUS_M / 1000
# WGS 72 (Hoots and Roehrich, Spacetrack Report 3)
EARTH_RADIUS_WGS72_KM = 6378.135
J2 = 0.001082616


@dataclass(frozen=True)
class CatalogueObjects:
    """Objects of a real catalogue at `EPOCH`; (N,) arrays."""

    regime: npt.NDArray[np.str_]
    object_type: npt.NDArray[np.str_]
    inclination_deg: FloatArray
    semi_major_km: FloatArray
    eccentricity: FloatArray
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
    def perigee_km(self) -> FloatArray:
        """Height of perigee, in kilometres."""
        return self.semi_major_km * (1 - self.eccentricity) - EARTH_RADIUS_KM

    @property
    def apogee_km(self) -> FloatArray:
        """Height of apogee, in kilometres."""
        return self.semi_major_km * (1 + self.eccentricity) - EARTH_RADIUS_KM

    def take(self, index: npt.NDArray[np.intp]) -> CatalogueObjects:
        """Return some of the objects, in the order of `index`."""
        return CatalogueObjects(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def read(folder: Path) -> CatalogueObjects:
    """Read the catalogue with its SATCAT from a folder."""
    targets = load(TargetsSection(catalogue=CATALOGUE, satcat=SATCAT), folder)
    elements = targets.elements
    raan, argp, anomaly = _at_epoch(elements)
    return CatalogueObjects(
        regime=np.array(REGIMES)[targets.regime],
        object_type=targets.object_type,
        inclination_deg=np.degrees(elements.inclination_rad),
        semi_major_km=_semi_major_km(elements),
        eccentricity=elements.eccentricity,
        raan_deg=raan,
        argp_deg=argp,
        mean_anomaly_deg=anomaly,
        longitude_deg=(raan + argp + anomaly - greenwich_sidereal_deg(EPOCH)) % 360,
        node_rate_deg_day=_node_rate_deg_day(elements),
        rcs_m2=targets.rcs_m2,
        bstar=elements.bstar,
    )


def _semi_major_km(elements: MeanElements) -> FloatArray:
    """Semi-major axis by a cube root rounded from extended precision.

    Processors' own cube roots differ in the last bit, and then two objects of the same mean motion
    are one point of the distribution on one machine and two on another.
    """
    mean_motion_rad_s = elements.mean_motion_rad_min / 60.0
    cube = (WGS72_MU_M3_S2 / mean_motion_rad_s**2).astype(np.longdouble)
    return np.cbrt(cube).astype(np.float64) / 1000


def regime_of(perigee_km: FloatArray, apogee_km: FloatArray) -> npt.NDArray[np.str_]:
    """Regime of orbits given by their altitudes."""
    rest = ("inclination_deg", "raan_deg", "argp_deg", "mean_anomaly_deg", "bstar")
    columns = {name: np.zeros(len(perigee_km)) for name in rest}
    columns |= {"perigee_km": perigee_km, "apogee_km": apogee_km}
    return np.array(REGIMES)[regime(mean_elements(columns))]


def greenwich_sidereal_deg(instant: datetime) -> float:
    """Greenwich mean sidereal time (Aoki and others 1982, A&A 105, 359), UT1 taken as UTC."""
    centuries = (instant - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400 / 36525
    seconds = 67310.54841 + (876600 * 3600 + 8640184.812866) * centuries + 0.093104 * centuries**2
    return seconds / 240 % 360


def _j2_rate_deg_day(elements: MeanElements) -> FloatArray:
    """(3/2) J2 (R/p)^2 n, the scale of the secular rates of J2."""
    semi_latus_km = semi_major_axis_m(elements) / 1000 * (1 - elements.eccentricity**2)
    motion_deg_day = np.degrees(elements.mean_motion_rad_min) * 1440
    return 1.5 * J2 * (EARTH_RADIUS_WGS72_KM / semi_latus_km) ** 2 * motion_deg_day


def _node_rate_deg_day(elements: MeanElements) -> FloatArray:
    """Secular drift of the node (Vallado, 4th ed., eq. 9-37)."""
    return -_j2_rate_deg_day(elements) * np.cos(elements.inclination_rad)


def _at_epoch(elements: MeanElements) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Node, argument of perigee and mean anomaly at `EPOCH` in degrees.

    Vallado, 4th ed., eqs. 9-37 and 9-39. The published mean motion already holds the secular rate
    of the mean anomaly.
    """
    days = EPOCH_JD - elements.epoch_jd - elements.epoch_fraction
    perigee_rate = _j2_rate_deg_day(elements) * (2 - 2.5 * np.sin(elements.inclination_rad) ** 2)
    motion_deg_day = np.degrees(elements.mean_motion_rad_min) * 1440
    return (
        (np.degrees(elements.raan_rad) + _node_rate_deg_day(elements) * days) % 360,
        (np.degrees(elements.argp_rad) + perigee_rate * days) % 360,
        (np.degrees(elements.mean_anomaly_rad) + motion_deg_day * days) % 360,
    )
