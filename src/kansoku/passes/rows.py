"""Passes as rows of a table: whole numbers of milliseconds and of ten thousandths of a degree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.constants import DEG
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.visibility.passes import Passes

ANGLE_DECIMALS = 4
ANGLE_UNITS = 10**ANGLE_DECIMALS
"""Units of a stored angle in a degree."""
TURN_UNITS = 360 * ANGLE_UNITS

INSTANTS = ("rise_ms", "culmination_ms", "set_ms")
"""Fields of instants: UTC in milliseconds since the span begins."""

NUMBERS = (
    "target", "rise_azimuth", "culmination_azimuth", "culmination_elevation", "set_azimuth",
    "clipped",
)  # fmt: skip
"""Fields of other numbers: row of the target, angles in 1e-4 deg; `clipped` is 2 if the pass
starts before the span, plus 1 if it ends after it."""

AZIMUTHS = ("rise_azimuth", "culmination_azimuth", "set_azimuth")
"""Fields of azimuths."""

Rows = npt.NDArray[np.void]


def row_type(span_s: float) -> np.dtype[np.void]:
    """Fields of one pass of one site; instants need eight bytes if the span takes over 24 days."""
    long = 1000.0 * span_s >= np.iinfo(np.int32).max
    instants = [(name, "i8" if long else "i4") for name in INSTANTS]
    return np.dtype([*instants, *((name, "i4") for name in NUMBERS)])


def rows_of(
    passes: Passes, targets: npt.NDArray[np.intp], grid: TimeGrid, kind: np.dtype[np.void]
) -> Rows:
    """Turn the passes of a block into the units of the table.

    Parameters
    ----------
    passes : Passes
    targets : (n,) array
        Row in the table's catalogue of each row in the catalogue that the block was cut from.
    grid : TimeGrid
    kind : dtype
        As of `row_type`.
    """
    rows = np.empty(len(passes), kind)
    rows["target"] = targets[to_numpy(passes.target)]
    for edge in ("rise", "culmination", "set"):
        rows[f"{edge}_ms"] = _elapsed_ms(to_numpy(getattr(passes, f"{edge}_s")), grid)
        azimuth = _units(to_numpy(getattr(passes, f"{edge}_azimuth_rad")))
        rows[f"{edge}_azimuth"] = np.where(azimuth < TURN_UNITS, azimuth, 0.0)
    rows["culmination_elevation"] = _units(to_numpy(passes.culmination_elevation_rad))
    rows["clipped"] = 2 * to_numpy(passes.starts_before) + to_numpy(passes.ends_after)
    return rows


def _units(angle_rad: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    units: npt.NDArray[np.float64] = np.rint(angle_rad * (ANGLE_UNITS / DEG))
    return units


def _elapsed_ms(seconds: npt.NDArray[np.float64], grid: TimeGrid) -> npt.NDArray[np.float64]:
    """UTC since the span begins; a leap second is spread over the step that holds it. [ms]"""
    utc_ms = grid.utc.astype(np.int64)
    elapsed_ms = (utc_ms - utc_ms[0]).astype(np.float64)
    if np.abs(elapsed_ms - 1000.0 * grid.seconds).max() < 1.0:  # no leap second
        elapsed = 1000.0 * seconds
    else:
        elapsed = np.interp(seconds, grid.seconds, elapsed_ms)
    whole: npt.NDArray[np.float64] = np.rint(elapsed)
    return whole


def by_site(
    parts: list[tuple[npt.NDArray[np.int64], Rows]], sites: int
) -> tuple[npt.NDArray[np.int64], Rows]:
    """Join the rows of some blocks, each sorted by target, site and rise; sort by site first.

    Returns
    -------
    bounds : (S + 1,) array
        Where the rows of each site begin, and the end.
    rows : array
        Sorted by site, target, rise.
    """
    site = np.concatenate([each[0] for each in parts])
    rows = joined([each[1] for each in parts])
    order = _sorted_by(site, rows["target"])
    bounds = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=sites))])
    return bounds, np.take(rows, order)


def joined(parts: list[Rows]) -> Rows:
    """Join rows: as bytes, which is a tenth of the work of joining them field by field."""
    return np.concatenate([each.view(np.uint8) for each in parts]).view(parts[0].dtype)


def _sorted_by(site: npt.NDArray[np.int64], target: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Order by site, then target; short integers are sorted by their digits, and stably."""
    first = target.min(initial=np.iinfo(target.dtype).max)
    span = int(target.max(initial=-1)) - int(first) + 1
    key = site * span + (target - first)
    if key.max(initial=0) < 1 << 16:
        key = key.astype(np.uint16)
    return np.argsort(key, kind="stable")
