r"""Cells that no design may miss, as covering rows: a floor close to everything is decided there.

A floor F >= eta leaves (1 - eta) Omega of credit to lose. Where cell d would lose more than that
with m - 1 tracks, every design that holds the floor has m tracks there:

    base_d + sum_j v_jd w_j >= m      if  omega_d sum_{n >= m} phi_n > (1 - eta) Omega - lost

with `lost` the weight that nobody sees, and v_jd clipped to m - base_d. It holds for rows that
count whole. At eta = 1 these are the rows of set covering. One cut on the sum of all cells has a
far weaker relaxation: scp61 of the OR-Library took 19 s with cuts alone, 2.7 s
with these rows, 2.4 s where bounds are rounded to whole costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.problem import Problem
from kansoku.design.terms import Count, Floor
from kansoku.design.valuing import REACHED

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

MOST_REQUIRED = 3000  # rows; more would slow each linear program more than they help
MOST_ENTRIES = 50_000_000  # rows of contributors x cells to unpack
EQUAL = 1e-12  # relative, of a price and its decimal digits


@dataclass(frozen=True)
class Required:
    """tracks @ w >= least over the rows of the problem: tracks (n, J), least (n,)."""

    tracks: FloatArray
    least: FloatArray


def required(problem: Problem) -> Required:
    """Return the cells that every design must cover, of all floors together.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Required
        No rows where nothing is required, or too much to help.
    """
    parts = [_of_floor(problem, floor) for floor in problem.requirements if floor.at_least > 0]
    rows = len(problem.row_candidate)
    tracks = np.concatenate([np.zeros((0, rows)), *(part.tracks for part in parts)])
    least = np.concatenate([np.zeros(0), *(part.least for part in parts)])
    if len(least) > MOST_REQUIRED:
        return Required(np.zeros((0, rows)), np.zeros(0))
    return Required(tracks, least)


def _of_floor(problem: Problem, floor: Floor) -> Required:
    nothing = Required(np.zeros((0, len(problem.row_candidate))), np.zeros(0))
    term = floor.term
    if not isinstance(term, Count) or not _whole(problem, term.rows):
        return nothing
    cells = term.cells
    need = _tracks_needed(term, floor.at_least) - cells.base.astype(np.int64)
    which = np.flatnonzero(need > 0)
    if not 0 < len(which) <= MOST_REQUIRED or cells.planes.size * 8 > MOST_ENTRIES:
        return nothing
    digits = np.unpackbits(cells.planes, axis=2, count=len(cells))[:, :, which]
    seen = np.tensordot(2.0 ** np.arange(len(digits)), digits, axes=1).T
    tracks = np.zeros((len(which), len(problem.row_candidate)))
    tracks[:, cells.rows] = np.minimum(seen, need[which, None])
    return Required(tracks, need[which].astype(float))


def _tracks_needed(term: Count, at_least: float) -> IndexArray:
    """Return the least whole number of tracks in each cell of any design that holds a floor."""
    cells, credit = term.cells, np.asarray(term.credit, dtype=float)
    credit = credit / credit.sum()
    missed = cells.total_weight - int(cells.weight.sum())
    to_lose = (1.0 - at_least + REACHED) * cells.total_weight - missed
    lost = np.cumsum(credit[::-1])[::-1]  # by a cell with m - 1 tracks, m = 1, 2, ...
    margin = REACHED * cells.total_weight  # of the arithmetic here
    return np.asarray((cells.weight[:, None] * lost > to_lose + margin).sum(axis=1))


def _whole(problem: Problem, rows: IndexArray) -> bool:
    return bool(np.isin(problem.row_profile[rows], (0.0, 1.0)).all())


def cost_step(problem: Problem) -> float:
    """Return a step of which every cost is a multiple, so that costs in between cannot occur.

    0 where the prices have no common step of 10^-6 or more.
    """
    prices = np.concatenate(
        [problem.candidates.cost_mjpy, problem.sites.opening_mjpy, problem.arrangement_prices()]
    )
    for digits in range(7):
        whole = np.rint(prices * 10**digits)
        if (np.abs(whole - prices * 10**digits) <= EQUAL * np.maximum(whole, 1.0)).all():
            return float(np.gcd.reduce(whole.astype(np.int64))) / 10.0**digits
    return 0.0
