"""Groups of similar objects: cells by regime and type, each split by rank like a k-d tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from catalogue_objects import CatalogueObjects

Index = npt.NDArray[np.intp]

SMALLEST_GROUP = 5
"""A row is a statistic of at least this many objects, so that it describes none of them."""

GROUP_SIZE = {"LEO": 28, "MEO": 5, "GEO": 6, "HEO": 8, "OTHER": 5}
"""Objects a group by regime: small where a regime has few, so that each keeps its shape."""

ROWS_A_GROUP = {"LEO": 1, "MEO": 3, "GEO": 2, "HEO": 1, "OTHER": 3}
"""Rows that share a group: several where so few groups would make coverage coarse."""

SUN_RATE_DEG_DAY = 360 / 365.2422
SYNCHRONOUS_WITHIN_DEG_DAY = 0.1
"""Nodes that keep up with the Sun this well hold their local time for months."""

LONGITUDE_CUT_DEG = 200.0
"""East longitude where the circle is opened: the emptiest stretch of the GEO belt."""


@dataclass(frozen=True)
class Cell:
    """Objects of one regime and type, and the axes along which they are split."""

    regime: str
    object_type: str
    members: Index
    axes: tuple[str, ...]


def cells(objects: CatalogueObjects) -> list[Cell]:
    """Cells by regime and type; Sun-synchronous LEO apart, because there local time matters."""
    found = []
    for regime in GROUP_SIZE:
        in_regime = objects.regime == regime
        kinds, count = np.unique(objects.object_type[in_regime], return_counts=True)
        largest = {k: c for k, c in zip(kinds, count, strict=True) if c >= SMALLEST_GROUP}
        # A type too rare for a group of its own joins the fragments.
        kind = np.where(np.isin(objects.object_type, list(largest)), objects.object_type, "DEB")
        for object_type in sorted(largest):
            of_type = in_regime & (kind == object_type)
            found += _cells_of(objects, regime, object_type, of_type)
    return found


def _cells_of(
    objects: CatalogueObjects, regime: str, object_type: str, chosen: npt.NDArray[np.bool_]
) -> list[Cell]:
    axes = ("inclination_deg", "perigee_km", "apogee_km", "rcs_m2")
    if regime != "LEO":
        extra = {"GEO": ("longitude_deg",), "HEO": ("argp_deg",)}.get(regime, ())
        return [Cell(regime, object_type, np.flatnonzero(chosen), axes + extra)]
    synchronous = chosen & (
        np.abs(objects.node_rate_deg_day - SUN_RATE_DEG_DAY) < SYNCHRONOUS_WITHIN_DEG_DAY
    )
    apart = [
        Cell(regime, object_type, np.flatnonzero(chosen & ~synchronous), axes),
        Cell(regime, object_type, np.flatnonzero(synchronous), (*axes, "raan_deg")),
    ]
    if min(len(cell.members) for cell in apart) < SMALLEST_GROUP:
        return [Cell(regime, object_type, np.flatnonzero(chosen), axes)]
    return apart


def groups(objects: CatalogueObjects, cell: Cell) -> list[Index]:
    """Split a cell into groups of nearly equal size, in an order that keeps neighbours together."""
    ranks = np.stack([_rank(_opened(objects, axis)[cell.members]) for axis in cell.axes], axis=1)
    leaves = max(1, len(cell.members) // GROUP_SIZE[cell.regime])
    return [cell.members[leaf] for leaf in _split(ranks, np.arange(len(ranks)), leaves)]


def _opened(objects: CatalogueObjects, axis: str) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = getattr(objects, axis)
    return (values - LONGITUDE_CUT_DEG) % 360 if axis == "longitude_deg" else values


def _rank(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Average rank scaled to 0 to 1, equal values sharing one."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[place] / len(values)


def _split(ranks: npt.NDArray[np.float64], members: Index, leaves: int) -> list[Index]:
    """Cut the axis of the widest spread in two, and each half again, until `leaves` remain."""
    if leaves == 1:
        return [members]
    axis = int(np.argmax(np.ptp(ranks[members], axis=0)))
    ordered = members[np.argsort(ranks[members, axis], kind="stable")]
    left = leaves // 2
    cut = round(len(members) * left / leaves)
    return _split(ranks, ordered[:cut], left) + _split(ranks, ordered[cut:], leaves - left)
