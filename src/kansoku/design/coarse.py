"""A large question asked of a sample of its cells first: where a good design is found cheaply.

Local search values hundreds of designs, which at millions of cells takes most of the time. A sample
of some hundred thousand cells ranks designs nearly as all cells do, so its best design is where the
search of the whole begins. Nothing of the sample enters a bound or a value.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells, chosen
from kansoku.design.problem import Problem
from kansoku.design.terms import Count

IndexArray = npt.NDArray[np.intp]

SAMPLED_CELLS = 1 << 18
LARGE = 4  # times the sample: below, the whole question is cheap enough


def coarse_of(problem: Problem, sampled_cells: int = SAMPLED_CELLS) -> Problem | None:
    """Return the same question over a sample of the cells; None where that does not pay.

    Questions with floors are left alone: what a design must just reach, a sample cannot tell.

    Parameters
    ----------
    problem : Problem
    sampled_cells : int
        Draws of a cell; its chance is its weight.

    Returns
    -------
    Problem or None
        The terms keep their names, but cuts made here hold here only.
    """
    term = problem.objective
    if problem.floors or problem.minimises_cost or not isinstance(term, Count):
        return None
    if len(term.cells) < LARGE * sampled_cells:
        return None
    return replace(problem, objective=sampled(term, sampled_cells))


def sampled(term: Count, sampled_cells: int) -> Count:
    """Return the term over cells drawn at even steps of the summed weight."""
    return term.over(sample_of(term.cells, sampled_cells))


def sample_of(cells: Cells, sampled_cells: int) -> Cells:
    """Return cells drawn at even steps of the summed weight."""
    summed = np.cumsum(cells.weight)
    seen = int(summed[-1])
    at = (np.arange(sampled_cells) + 0.5) * (seen / sampled_cells)
    drawn, times = np.unique(np.searchsorted(summed, at, side="right"), return_counts=True)
    whole = round(sampled_cells * cells.total_weight / seen)
    return _with_weight(cells, drawn, times, whole)


def _with_weight(
    cells: Cells, drawn: IndexArray, times: npt.NDArray[np.int64], total_weight: int
) -> Cells:
    """Return some of the cells with other weights."""
    planes = chosen(cells.planes, len(cells), drawn)
    return Cells(planes, cells.base[drawn], times, total_weight, cells.rows)
