"""One representative a group: every value a statistic of the group, none an object's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from catalogue_objects import EARTH_RADIUS_KM, CatalogueObjects, greenwich_sidereal_deg, regime_of
from population_groups import GROUP_SIZE, cells, groups
from population_quantiles import candidates, choose, circular_candidates

from kansoku.targets.reference import EPOCH

FloatArray = npt.NDArray[np.float64]
Group = tuple[str, CatalogueObjects]
"""Type and members of a group."""

ANGLE_DECIMALS, ALTITUDE_DECIMALS, RCS_DIGITS = 3, 2, 3
"""What is published; far coarser than element sets, which hold 0.0001 deg and about 1 m."""

SMALL_BELOW_M2, LARGE_ABOVE_M2 = 0.1, 1.0
"""Size classes of SATCAT."""


@dataclass(frozen=True)
class Representative:
    """One row of the population, in the units and digits that are published."""

    id: str
    regime: str
    object_type: str
    size_class: str
    objects: int
    inclination_deg: float
    perigee_km: float
    apogee_km: float
    raan_deg: float
    argp_deg: float
    mean_anomaly_deg: float
    rcs_m2: float
    bstar: float


def representatives(objects: CatalogueObjects) -> list[Representative]:
    """Derive the population: one row a group, numbered within its regime."""
    grouped: dict[str, list[Group]] = {regime: [] for regime in GROUP_SIZE}
    for cell in cells(objects):
        members = groups(objects, cell)
        grouped[cell.regime] += [(cell.object_type, objects.take(group)) for group in members]
    return [row for regime, of_regime in grouped.items() for row in _rows(regime, of_regime)]


def _rows(regime: str, grouped: list[Group]) -> list[Representative]:
    members = [group for _, group in grouped]
    perigee_km, apogee_km = _altitudes(regime, members)
    inclination = _linear("inclination_deg", members)
    raan, argp = _circular("raan_deg", members), _circular("argp_deg", members)
    anomaly = _anomaly(regime, members, raan + argp)
    rcs_m2 = _rcs_m2(members)
    return [
        Representative(
            id=f"REF-{regime}-{k + 1:04d}",
            regime=regime,
            object_type=object_type,
            size_class=_size_class(rcs_m2[k]),
            objects=len(group),
            inclination_deg=inclination[k],
            perigee_km=perigee_km[k],
            apogee_km=apogee_km[k],
            raan_deg=raan[k],
            argp_deg=argp[k],
            mean_anomaly_deg=anomaly[k],
            rcs_m2=rcs_m2[k],
            bstar=float(f"{np.median(group.bstar):.3g}"),
        )
        for k, (object_type, group) in enumerate(grouped)
    ]


def _linear(quantity: str, members: list[CatalogueObjects]) -> FloatArray:
    values = [getattr(group, quantity) for group in members]
    return _chosen(values, [candidates(v).round(ANGLE_DECIMALS) for v in values])


def _circular(quantity: str, members: list[CatalogueObjects]) -> FloatArray:
    values = [getattr(group, quantity) for group in members]
    return _chosen(values, [circular_candidates(v).round(ANGLE_DECIMALS) % 360 for v in values])


def _rcs_m2(members: list[CatalogueObjects]) -> FloatArray:
    """Midpoints of the logarithms, because RCS spans five decades."""
    values = [group.rcs_m2 for group in members]
    middle = [10 ** candidates(np.log10(v)) for v in values]
    return _chosen(values, [np.array([float(f"{x:.{RCS_DIGITS}g}") for x in m]) for m in middle])


def _chosen(values: list[FloatArray], options: list[FloatArray]) -> FloatArray:
    rows = choose([v[:, None] for v in values], [o[:, None] for o in options])
    return np.array([option[row] for option, row in zip(options, rows, strict=True)])


def _altitudes(regime: str, members: list[CatalogueObjects]) -> tuple[FloatArray, FloatArray]:
    """Perigee and apogee from the group's sizes and shapes, so that periods keep their spread."""
    altitudes = [(group.perigee_km, group.apogee_km) for group in members]
    real = [np.stack([low, high, (low + high) / 2], axis=1) for low, high in altitudes]
    options = [_altitude_options(regime, group) for group in members]
    rows = choose(real, options)
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


def _anomaly(
    regime: str, members: list[CatalogueObjects], node_to_perigee_deg: FloatArray
) -> FloatArray:
    """Mean anomaly; near GEO the one that puts the object at a longitude of its group."""
    if regime not in ("GEO", "OTHER"):
        return _circular("mean_anomaly_deg", members)
    longitude_deg = _circular("longitude_deg", members)
    right_ascension_deg = longitude_deg + greenwich_sidereal_deg(EPOCH)
    return (right_ascension_deg - node_to_perigee_deg).round(ANGLE_DECIMALS) % 360


def _size_class(rcs_m2: float) -> str:
    if rcs_m2 < SMALL_BELOW_M2:
        return "SMALL"
    return "LARGE" if rcs_m2 > LARGE_ABOVE_M2 else "MEDIUM"
