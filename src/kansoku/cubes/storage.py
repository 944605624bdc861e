"""Cubes as netCDF files, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from kansoku.errors import CubeError
from kansoku.wholefile import whole_file

COMPRESSED_ABOVE_BYTES = 4096


def write(dataset: xr.Dataset, path: Path) -> None:
    """Write a cube, under a temporary name until it is whole.

    Parameters
    ----------
    dataset : xarray.Dataset
    path : Path
        netCDF file; its folder is made when it is missing.

    Raises
    ------
    CubeError
        When the folder or the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            counted = _in_seconds(dataset)
            counted.to_netcdf(unfinished, engine="h5netcdf", encoding=_encoding(counted))
    except OSError as cause:
        raise CubeError(
            f"{path}: cannot be written ({cause.strerror or cause}); "
            "free some space there, or choose another folder with --out"
        ) from cause


def read(path: Path) -> xr.Dataset:
    """Read a cube into memory.

    Parameters
    ----------
    path : Path
        netCDF file written by `write`.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    CubeError
        When there is no such file, or it is no cube of kansoku.
    """
    path = Path(path)
    if not path.is_file():
        raise CubeError(f"{path}: there is no such file; give a study.nc that kansoku run wrote")
    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            dataset = opened.load()
    except (OSError, ValueError) as cause:
        raise CubeError(
            f"{path}: cannot be read as netCDF ({cause}); give a study.nc that kansoku run wrote"
        ) from cause
    if "kansoku_version" not in dataset.attrs:
        raise CubeError(
            f"{path}: has no attribute kansoku_version, so it is no cube of kansoku; "
            "give a study.nc that kansoku run wrote"
        )
    return dataset


def _in_seconds(dataset: xr.Dataset) -> xr.Dataset:
    """Count times in seconds ourselves: xarray would write the units with +00:00 for Z."""
    counted = {
        str(name): _seconds(variable)
        for name, variable in dataset.variables.items()
        if variable.dtype.kind == "M"
    }
    return dataset.assign_coords(counted)


def _seconds(variable: xr.Variable) -> xr.Variable:
    units = variable.encoding["units"]
    since = np.datetime64(units.removeprefix("seconds since ").removesuffix("Z"))
    attributes = {**variable.attrs, "units": units, "calendar": "proleptic_gregorian"}
    return xr.Variable(
        variable.dims, (variable.to_numpy() - since) / np.timedelta64(1, "s"), attributes
    )


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Compress what is large; keep nan the only missing value."""
    return {str(name): _stored(variable) for name, variable in dataset.variables.items()}


def _stored(variable: xr.Variable) -> dict[str, Any]:
    stored: dict[str, Any] = {"_FillValue": None}
    if variable.dtype != object and variable.nbytes > COMPRESSED_ABOVE_BYTES:
        stored |= {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": _chunks(variable)}
    return stored


def _chunks(variable: xr.Variable) -> tuple[int, ...]:
    """One chunk for the last two dims: one contributor, or one draw, is read at a time."""
    shape = np.maximum(variable.shape, 1)
    return (*(1 for _ in shape[:-2]), *(int(size) for size in shape[-2:]))
