"""The table of passes as netCDF: one variable a column, for xarray and whatever reads HDF5.

An indexed ragged array in the words of CF. One process writes it: the work is all copying.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
import numpy.typing as npt

from kansoku.passes.batches import Labels, Table
from kansoku.passes.rows import ANGLE_UNITS, AZIMUTHS, Rows
from kansoku.progress import Progress

Attributes = dict[str, Any]

_ANGLE = {"units": "degree", "scale_factor": 1.0 / ANGLE_UNITS}
_FLAG = {"units": "1", "dtype": "bool"}  # as xarray marks truth values

COLUMNS: dict[str, tuple[str, Attributes]] = {
    "object_index": (
        "i4",
        {"long_name": "entry of the object", "units": "1", "instance_dimension": "object"},
    ),
    "site_index": (
        "i4",
        {"long_name": "entry of the site", "units": "1", "instance_dimension": "site"},
    ),
    "rise_utc": ("", {"long_name": "rise over the mask"}),
    "culmination_utc": ("", {"long_name": "highest elevation"}),
    "set_utc": ("", {"long_name": "set below the mask"}),
    "rise_azimuth_deg": ("i4", {"long_name": "azimuth of the rise", **_ANGLE}),
    "culmination_azimuth_deg": ("i4", {"long_name": "azimuth of the culmination", **_ANGLE}),
    "culmination_elevation_deg": ("i4", {"long_name": "elevation, airless", **_ANGLE}),
    "set_azimuth_deg": ("i4", {"long_name": "azimuth of the set", **_ANGLE}),
    "starts_before": ("i1", {"long_name": "in progress when the span begins", **_FLAG}),
    "ends_after": ("i1", {"long_name": "in progress when the span ends", **_FLAG}),
}
"""Variables of dimension `pass`: type and attributes; those of instants depend on the span."""


def write(path: Path, table: Table, workers: int, progress: Progress) -> None:
    """Fill a file with the table.

    Raises
    ------
    OSError
        When it cannot be written; HDF5 says that as a RuntimeError when it closes the file.
    """
    try:
        _fill(path, table, progress)
    except RuntimeError as cause:
        raise OSError(errno.EIO, str(cause)) from cause


def _fill(path: Path, table: Table, progress: Progress) -> None:
    batches = table.batches()
    with h5netcdf.File(path, "w") as file:
        _lay_out(file, table.labels, len(table), table.spool.kind["rise_ms"])
    with h5py.File(path, "r+") as file:  # many small pieces cost h5netcdf four times as much
        kept = {column: file[column] for column in COLUMNS}
        for done, batch in enumerate(batches, start=1):
            rows = batch.rows(table.spool)
            for column, values in _columns(rows, batch.site).items():
                kept[column][batch.first : batch.first + len(rows)] = values
            progress("table", done, len(batches))


def _lay_out(file: h5netcdf.File, labels: Labels, passes: int, instant: np.dtype[Any]) -> None:
    """Write the coordinates and the attributes, and empty columns."""
    objects, sites = len(labels.norad_cat_id), len(labels.sites)
    file.dimensions = {"object": objects, "site": sites, "pass": passes}
    number = file.create_variable("norad_cat_id", ("object",), data=labels.norad_cat_id)
    number.attrs.update({"long_name": "catalogue number", "units": "1"})
    for name, dimension, values, words in (
        ("name", "object", labels.name, "name in the catalogue"),
        ("site", "site", labels.sites, "site as given"),
    ):
        texts = np.array(values, dtype=object)
        made = file.create_variable(name, (dimension,), h5py.string_dtype(), data=texts)
        made.attrs["long_name"] = words
    begins = np.datetime64(labels.start_ms, "ms")
    since = {"units": f"milliseconds since {begins}", "calendar": "proleptic_gregorian"}
    for column, (kind, attributes) in COLUMNS.items():
        made = file.create_variable(column, ("pass",), kind or instant)
        made.attrs.update({**attributes, **({} if kind else since)})
    file.attrs.update({"Conventions": "CF-1.11", **labels.about})


def _columns(rows: Rows, site: int) -> dict[str, npt.NDArray[Any]]:
    """Cut rows of one site into columns."""
    values = {
        "object_index": rows["target"],
        "site_index": np.full(len(rows), site),
        **{f"{edge}_utc": rows[f"{edge}_ms"] for edge in ("rise", "culmination", "set")},
        **{f"{name}_deg": rows[name] for name in (*AZIMUTHS, "culmination_elevation")},
        "starts_before": rows["clipped"] >> 1,
        "ends_after": rows["clipped"] & 1,
    }
    return {
        column: np.ascontiguousarray(values[column], dtype=kind or None)
        for column, (kind, _) in COLUMNS.items()
    }
