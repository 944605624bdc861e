"""Form (f): all or nothing, a cell counts when it has k tracks.

This is what a floor on a share of targets means. It is not concave, so it is cut tightly only at
designs, cut (vii) of the formulation: with O the rows that are on and r_d = k - N_d tracks missing,

    F <= sum_{d: N_d >= k} omega_d
         + sum_{d: N_d < k} omega_d / r_d sum_{j not in O} min(v_jd, r_d) w_j

A cell is bought whole by its missing tracks, so between designs the cut is weak. There the concave
credit phi = (1/k, ..., 1/k) bounds it: part of the tracks, part of the cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT
from kansoku.design.terms.percell import Bound, Layer, PerCell
from kansoku.design.terms.steps import Steps
from kansoku.errors import DesignError


class Strict(PerCell):
    """Form (f): F = weight of the cells with at least k tracks / weight of all demand.

    Its value between designs is that of its concave bound. Tracks of `cells.base` count.

    Parameters
    ----------
    name : str
    cells : Cells
    tracks : int
        k.
    problem_rows : int
        J, the number of rows of the problem.
    xp, block_cells
        As for `Count`.

    Raises
    ------
    DesignError
        When k is not 1 or more, or sums would not be exact.
    """

    needs_whole_rows = True

    def __init__(
        self,
        name: str,
        cells: Cells,
        tracks: int,
        problem_rows: int,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        if tracks < 1:
            raise DesignError(f"{name}: got {tracks} tracks, must be 1 or more")
        self.tracks = int(tracks)
        self._concave = Steps(name, cells, (1.0,) * tracks, problem_rows, xp, block_cells)
        self.counted = self._concave.counted
        self.full = math.lcm(*range(1, tracks + 1))  # 1/r_d is a whole number of these
        self._missing = tuple(
            replace(self.counted[0], most=r, only_off=True) for r in range(1, tracks + 1)
        )
        self.check_exact(self.full, self.full)

    @property
    def sloped(self) -> tuple[Layer, ...]:
        """Return the rows that are off, with at most 1, 2, ... k tracks each."""
        return self._missing

    @property
    def concave(self) -> PerCell:
        """Return the credit (1/k, ..., 1/k)."""
        return self._concave

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Cut (vii); counts are whole tracks here."""
        missing = self.tracks - self._base[block] - counts[0] / ROW_UNIT
        slopes = [(missing == r) * (self.full / r) for r in range(1, self.tracks + 1)]
        return (missing <= 0) * float(self.full), slopes

    def reached(self, counts: Sequence[Array], bound: Bound) -> Array:
        """Return f_d: the constant, for no row with a slope is on."""
        return bound[0] * ROW_UNIT
