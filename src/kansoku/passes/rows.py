"""Passes as rows of a table: whole numbers of milliseconds and of ten thousandths of a degree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.constants import DEG
from kansoku.ephemeris.grid import TimeGrid
from kansoku.visibility.passes import Passes

ANGLE_DECIMALS = 4
ANGLE_UNITS = 10**ANGLE_DECIMALS
"""Units of a stored angle in a degree."""
TURN_UNITS = 360 * ANGLE_UNITS

ROW = np.dtype(
    [
        ("rise_ms", "i8"),
        ("culmination_ms", "i8"),
        ("set_ms", "i8"),
        ("target", "i4"),
        ("rise_azimuth", "i4"),
        ("culmination_azimuth", "i4"),
        ("culmination_elevation", "i4"),
        ("set_azimuth", "i4"),
        ("clipped", "i4"),
    ]
)
"""One pass of one site: UTC in milliseconds since 1970, row of the target, angles in 1e-4 deg;
`clipped` is 2 if it starts before the span, plus 1 if it ends after it."""

AZIMUTHS = ("rise_azimuth", "culmination_azimuth", "set_azimuth")
"""Fields of azimuths."""

Rows = npt.NDArray[np.void]


def rows_of(passes: Passes, targets: npt.NDArray[np.intp], grid: TimeGrid) -> Rows:
    """Turn the passes of a block into the units of the table.

    Parameters
    ----------
    passes : Passes
    targets : (n,) array
        Row in the table's catalogue of each row in the catalogue that the block was cut from.
    grid : TimeGrid
    """
    rows = np.empty(len(passes), ROW)
    rows["target"] = targets[to_numpy(passes.target)]
    for edge in ("rise", "culmination", "set"):
        rows[f"{edge}_ms"] = _utc_ms(to_numpy(getattr(passes, f"{edge}_s")), grid)
        azimuth = _units(to_numpy(getattr(passes, f"{edge}_azimuth_rad")))
        rows[f"{edge}_azimuth"] = np.where(azimuth < TURN_UNITS, azimuth, 0.0)
    rows["culmination_elevation"] = _units(to_numpy(passes.culmination_elevation_rad))
    rows["clipped"] = 2 * to_numpy(passes.starts_before) + to_numpy(passes.ends_after)
    return rows


def _units(angle_rad: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    units: npt.NDArray[np.float64] = np.rint(angle_rad * (ANGLE_UNITS / DEG))
    return units


def _utc_ms(seconds: npt.NDArray[np.float64], grid: TimeGrid) -> npt.NDArray[np.int64]:
    """UTC in milliseconds since 1970; a leap second is spread over the step that holds it."""
    utc_ms = grid.utc.astype(np.int64)
    elapsed_ms = (utc_ms - utc_ms[0]).astype(np.float64)
    if np.abs(elapsed_ms - 1000.0 * grid.seconds).max() < 1.0:  # no leap second
        elapsed = 1000.0 * seconds
    else:
        elapsed = np.interp(seconds, grid.seconds, elapsed_ms)
    whole: npt.NDArray[np.int64] = np.rint(elapsed).astype(np.int64) + utc_ms[0]
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
    return np.concatenate([each.view(np.uint8) for each in parts]).view(ROW)


def _sorted_by(site: npt.NDArray[np.int64], target: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Order by site, then target; short integers are sorted by their digits, and stably."""
    first = target.min(initial=np.iinfo(target.dtype).max)
    span = int(target.max(initial=-1)) - int(first) + 1
    key = site * span + (target - first)
    if key.max(initial=0) < 1 << 16:
        key = key.astype(np.uint16)
    return np.argsort(key, kind="stable")
