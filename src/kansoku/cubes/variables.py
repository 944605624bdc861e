"""How a variable of a cube is made: dims, values, and the attributes each one must have."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

CHOSEN, TODAY = "chosen", "today"
DESIGNS = (CHOSEN, TODAY)
"""The portfolio, and the network that does nothing new."""

COVERAGE, AUTONOMY = "coverage", "autonomy"
REQUIREMENTS = (COVERAGE, AUTONOMY)
"""Coverage by every contributor, and by sensors of the owner alone."""

Variables = dict[str, xr.Variable]
Dims = tuple[str, ...]


def variable(
    dims: Dims, values: npt.ArrayLike, long_name: str, units: str = "1", **attributes: Any
) -> xr.Variable:
    """Return a variable with its long name and units.

    Parameters
    ----------
    dims : tuple of str
    values : array
    long_name : str
    units : str
        '1' where there is none.
    **attributes
        More of them, such as `cell_methods`.

    Returns
    -------
    xarray.Variable
    """
    return xr.Variable(dims, values, {"long_name": long_name, "units": units, **attributes})


def text(dims: Dims, values: Any, long_name: str) -> xr.Variable:
    """Return a variable of words, which has no units."""
    return xr.Variable(dims, np.asarray(values, dtype=object), {"long_name": long_name})


def fraction(dims: Dims, values: npt.ArrayLike, long_name: str, **attributes: Any) -> xr.Variable:
    """Return a share between 0 and 1."""
    limits = np.array([0.0, 1.0])
    return variable(dims, values, long_name, "1", valid_range=limits, **attributes)


def money(dims: Dims, values: npt.ArrayLike, long_name: str, **attributes: Any) -> xr.Variable:
    """Return an amount at the price base of the study. [million JPY]"""
    return variable(dims, np.asarray(values, dtype=float), long_name, "MJPY", **attributes)


def switch(dims: Dims, values: npt.ArrayLike, long_name: str, **attributes: Any) -> xr.Variable:
    """Return a yes or no as 1 or 0."""
    flags = np.asarray(values).astype(np.int8)
    meaning = {"flag_values": np.array([0, 1], dtype=np.int8), "flag_meanings": "no yes"}
    return xr.Variable(dims, flags, {"long_name": long_name, **meaning, **attributes})
