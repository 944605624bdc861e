"""Horizon masks: how high the terrain stands around a site, azimuth by azimuth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG
from kansoku.errors import NetworkError
from kansoku.network.columns import HORIZON_MASKS
from kansoku.network.contributors import HORIZON_AZIMUTHS, Sensors
from kansoku.network.names import unknown_name
from kansoku.network.tables import Row, Tables, checked_rows

Masks = Mapping[str, npt.NDArray[np.float32]]
"""Elevation of the terrain [rad] at HORIZON_AZIMUTHS azimuths, by site or sensor id."""

NORTH_DEG, TURN_DEG = 0.0, 360.0


def masks_of(tables: Tables, file: Path | None = None) -> dict[str, npt.NDArray[np.float32]]:
    """Horizon masks of the tables, and those of a file, which win.

    Parameters
    ----------
    tables : Tables
    file : Path, optional
        A CSV of the form of sites/horizon_masks.csv.

    Returns
    -------
    dict of str to (HORIZON_AZIMUTHS,) float32 array
        By id of a candidate site or an existing sensor, degree by degree from north, the last
        element the first again. [rad]

    Raises
    ------
    NetworkError
        All problems of a table at once, one a line: file:line: column: value found, and how to
        mend it.

    Notes
    -----
    Linear between the rows of a table, and from the last through north to the first. What is
    narrower than a degree is blunted to the degrees beside it.
    """
    masks = _resampled(tables.horizon_masks, tables)
    if file is not None:
        masks |= _resampled(_read(file), tables)
    return masks


def under_masks(sensors: Sensors, sites: Iterable[str], masks: Masks) -> Sensors:
    """Put sensors behind the terrain of their sites.

    Parameters
    ----------
    sensors : Sensors
        C contributors.
    sites : iterable of str
        Site of each, as `Network.site` has it.
    masks : Masks
        Sites without one keep what they have.
    """
    horizon_rad = sensors.horizon_rad.copy()
    for c, site in enumerate(sites):
        if site in masks:
            horizon_rad[c] = masks[site]
    return replace(sensors, horizon_rad=horizon_rad)


def _read(file: Path) -> tuple[Row, ...]:
    problems: list[str] = []
    rows = checked_rows(file, str(file), HORIZON_MASKS, problems)
    if problems:
        raise NetworkError("\n".join(problems))
    return rows


def _resampled(rows: tuple[Row, ...], tables: Tables) -> dict[str, npt.NDArray[np.float32]]:
    by_site: dict[str, list[Row]] = {}
    for row in rows:
        by_site.setdefault(row.text("site"), []).append(row)
    ids = {row.text("id") for row in (*tables.sites, *tables.sensors_existing)}
    problems = [text for site, rows in by_site.items() for text in _problems(site, rows, ids)]
    if problems:
        raise NetworkError("\n".join(problems))
    return {site: _by_degree(rows) for site, rows in by_site.items()}


def _problems(site: str, rows: list[Row], ids: set[str]) -> Iterator[str]:
    if site not in ids:
        kind = "candidate site or existing sensor"
        yield unknown_name(f"{rows[0].where}: site", site, sorted(ids), kind)
    azimuth = [row.number("azimuth_deg") for row in rows]
    for before, after, row in zip(azimuth, azimuth[1:], rows[1:], strict=False):
        if after <= before:
            yield (
                f"{row.where}: azimuth_deg: got {after:g} after {before:g}, must rise from row to "
                f"row of {site}; sort its rows"
            )
    first, last = (row.number("elevation_deg") for row in (rows[0], rows[-1]))
    if (azimuth[0], azimuth[-1]) == (NORTH_DEG, TURN_DEG) and first != last:
        yield (
            f"{rows[-1].where}: elevation_deg: got {last:g} at azimuth 360, but {first:g} at 0, "
            "which is the same; remove one of the rows"
        )


def _by_degree(rows: list[Row]) -> npt.NDArray[np.float32]:
    elevation_deg = np.interp(
        np.arange(HORIZON_AZIMUTHS),
        [row.number("azimuth_deg") for row in rows],
        [row.number("elevation_deg") for row in rows],
        period=TURN_DEG,
    )
    return (elevation_deg * DEG).astype(np.float32)
