"""A study as one labelled cube."""

from __future__ import annotations

import xarray as xr

from kansoku.cubes import (
    beneficiaries,
    coverage,
    fiscal,
    industry,
    losses,
    money,
    parts,
    search,
    values,
    whatif,
)
from kansoku.cubes.attributes import attributes
from kansoku.cubes.coordinates import coordinates
from kansoku.cubes.findings import Findings, PortfolioFindings, ProgrammeFindings
from kansoku.cubes.variables import Variables


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
    axes, variables = _of_the_question(found)
    return xr.Dataset(
        {
            **coverage.inputs(found),
            **coverage.results(found),
            **coverage.load(found),
            **variables,
            **search.search(found),
        },
        coords={**coordinates(found), **axes},
        attrs=attributes(found),
    )


def _of_the_question(found: Findings) -> tuple[Variables, Variables]:
    """Coordinates and variables that only one of the two questions has."""
    if isinstance(found, ProgrammeFindings):
        axes = {
            **fiscal.axes(found),
            **losses.axes(found),
            **beneficiaries.axes(found),
            **industry.axes(found),
            **parts.axes(found),
            **whatif.axes(found),
        }
        return axes, {
            **fiscal.choices(found),
            **fiscal.payments(found),
            **losses.losses(found),
            **losses.pairs(found),
            **losses.gains(found),
            **beneficiaries.beneficiaries(found),
            **industry.purchases(found),
            **parts.parts(found),
            **whatif.answers(found),
            **values.by_contributor(found),
        }
    assert isinstance(found, PortfolioFindings)
    return money.axes(found), {
        **money.choices(found),
        **money.payments(found),
        **money.cases(found),
        **values.values(found),
    }
