"""Rows that stand for groups: every value a statistic of the group, none an object's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from catalogue_objects import EARTH_RADIUS_KM, CatalogueObjects, greenwich_sidereal_deg, regime_of
from population_groups import GROUP_SIZE, ROWS_A_GROUP, cells, groups
from population_quantiles import candidates, choose, circular_candidates

from kansoku.targets.reference import EPOCH
from kansoku.targets.sizes import size_class_of

FloatArray = npt.NDArray[np.float64]

ANGLE_DECIMALS, ALTITUDE_DECIMALS, RCS_DIGITS = 3, 2, 3
"""What is published; far coarser than element sets, which hold 0.0001 deg and about 1 m."""

"""Size classes of SATCAT."""


@dataclass(frozen=True)
class Representative:
    """One row of the population, in the units and digits that are published."""

    id: str
    regime: str
    object_type: str
    size_class: str
    objects: int
    group_objects: int
    inclination_deg: float
    perigee_km: float
    apogee_km: float
    raan_deg: float
    argp_deg: float
    mean_anomaly_deg: float
    rcs_m2: float
    bstar: float


@dataclass(frozen=True)
class Share:
    """What a row stands for: some objects of a group, and the whole group to learn from."""

    regime: str
    object_type: str
    group: CatalogueObjects
    objects: int


def representatives(objects: CatalogueObjects) -> list[Representative]:
    """Derive the population, numbered within each regime."""
    shares: dict[str, list[Share]] = {regime: [] for regime in GROUP_SIZE}
    for cell in cells(objects):
        for members in groups(objects, cell):
            group = objects.take(members)
            shares[cell.regime] += [
                Share(cell.regime, cell.object_type, group, count)
                for count in _parts(len(group), ROWS_A_GROUP[cell.regime])
            ]
    return [row for of_regime in shares.values() for row in _rows(of_regime)]


def _parts(total: int, parts: int) -> list[int]:
    """Split a whole number as evenly as whole numbers allow."""
    return [(total + k) // parts for k in range(parts)]


def _rows(shares: list[Share]) -> list[Representative]:
    """Rows of one regime."""
    perigee_km, apogee_km = _altitudes(shares)
    inclination = _linear("inclination_deg", shares)
    raan, argp = _circular("raan_deg", shares), _circular("argp_deg", shares)
    anomaly = _anomaly(shares, raan + argp)
    rcs_m2 = _rcs_m2(shares)
    size_class = size_class_of(np.asarray(rcs_m2))
    return [
        Representative(
            id=f"REF-{share.regime}-{k + 1:04d}",
            regime=share.regime,
            object_type=share.object_type,
            size_class=str(size_class[k]),
            objects=share.objects,
            group_objects=len(share.group),
            inclination_deg=inclination[k],
            perigee_km=perigee_km[k],
            apogee_km=apogee_km[k],
            raan_deg=raan[k],
            argp_deg=argp[k],
            mean_anomaly_deg=anomaly[k],
            rcs_m2=rcs_m2[k],
            bstar=float(f"{np.median(share.group.bstar):.3g}"),
        )
        for k, share in enumerate(shares)
    ]


def _linear(quantity: str, shares: list[Share]) -> FloatArray:
    values = [getattr(share.group, quantity) for share in shares]
    return _chosen(shares, values, [candidates(v).round(ANGLE_DECIMALS) for v in values])


def _circular(quantity: str, shares: list[Share]) -> FloatArray:
    values = [getattr(share.group, quantity) for share in shares]
    middle = [circular_candidates(v).round(ANGLE_DECIMALS) % 360 for v in values]
    return _chosen(shares, values, middle)


def _rcs_m2(shares: list[Share]) -> FloatArray:
    """Midpoints of the logarithms, because RCS spans five decades."""
    values = [share.group.rcs_m2 for share in shares]
    middle = [10 ** candidates(np.log10(v)) for v in values]
    digits = [np.array([float(f"{x:.{RCS_DIGITS}g}") for x in m]) for m in middle]
    return _chosen(shares, values, digits)


def _chosen(shares: list[Share], values: list[FloatArray], options: list[FloatArray]) -> FloatArray:
    rows = choose(
        [v[:, None] for v in values],
        [o[:, None] for o in options],
        [share.objects for share in shares],
    )
    return np.array([option[row] for option, row in zip(options, rows, strict=True)])


def _altitudes(shares: list[Share]) -> tuple[FloatArray, FloatArray]:
    """Perigee and apogee from the group's sizes and shapes, so that periods keep their spread."""
    altitudes = [(share.group.perigee_km, share.group.apogee_km) for share in shares]
    real = [np.stack([low, high, (low + high) / 2], axis=1) for low, high in altitudes]
    options = [_altitude_options(share.regime, share.group) for share in shares]
    rows = choose(real, options, [share.objects for share in shares])
    chosen = np.array([option[row] for option, row in zip(options, rows, strict=True)])
    return chosen[:, 0], chosen[:, 1]


def _altitude_options(regime: str, group: CatalogueObjects) -> FloatArray:
    """Altitudes that may stand for the group: the same regime, and within the group's span.

    They are pairs of a middle semi-major axis and a middle eccentricity, and, for groups whose
    members differ too much for that, of a perigee and an apogee of the same quantile. Columns:
    perigee and apogee as published, and the semi-major axis less the Earth's radius. [km]
    """
    semi_major_km, eccentricity = np.meshgrid(
        candidates(group.semi_major_km), candidates(group.eccentricity)
    )
    size_and_shape = [semi_major_km * (1 + side * eccentricity) for side in (-1, 1)]
    perigee_km, apogee_km = (
        np.append(paired.ravel() - EARTH_RADIUS_KM, candidates(alike)).round(ALTITUDE_DECIMALS)
        for paired, alike in zip(size_and_shape, (group.perigee_km, group.apogee_km), strict=True)
    )
    inside = regime_of(perigee_km, apogee_km) == regime
    inside &= _within(perigee_km, group.perigee_km) & _within(apogee_km, group.apogee_km)
    if not inside.any():
        raise ValueError(f"nothing between the members of a {regime} group of {len(group)}")
    return np.stack([perigee_km, apogee_km, (perigee_km + apogee_km) / 2], axis=1)[inside]


def _within(values: FloatArray, span: FloatArray) -> npt.NDArray[np.bool_]:
    lowest, highest = span.min().round(ALTITUDE_DECIMALS), span.max().round(ALTITUDE_DECIMALS)
    return (values >= lowest) & (values <= highest)


def _anomaly(shares: list[Share], node_to_perigee_deg: FloatArray) -> FloatArray:
    """Mean anomaly; near GEO the one that puts the object at a longitude of its group."""
    if shares[0].regime not in ("GEO", "OTHER"):
        return _circular("mean_anomaly_deg", shares)
    right_ascension_deg = _circular("longitude_deg", shares) + greenwich_sidereal_deg(EPOCH)
    return (right_ascension_deg - node_to_perigee_deg).round(ANGLE_DECIMALS) % 360
