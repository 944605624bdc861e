"""A study as one labelled cube."""

from __future__ import annotations

import xarray as xr

from kansoku.cubes import coverage, money, search, values
from kansoku.cubes.attributes import attributes
from kansoku.cubes.coordinates import coordinates
from kansoku.cubes.findings import Findings


def label(found: Findings) -> xr.Dataset:
    """Give everything a study found its names, units and provenance.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    xarray.Dataset
        One root group; docs/cubes.md lists its names. The same findings give the same data, bit
        for bit.
    """
    return xr.Dataset(
        {
            **coverage.inputs(found),
            **coverage.results(found),
            **coverage.load(found),
            **money.choices(found),
            **money.payments(found),
            **money.cases(found),
            **search.search(found),
            **values.values(found),
        },
        coords=coordinates(found),
        attrs=attributes(found),
    )
