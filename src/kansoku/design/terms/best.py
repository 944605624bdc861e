"""Form (c): only the K best tracks of a cell count, each by what it is worth.

f_d is the sum of the K largest alpha among the active tracks of the cell. It is the least of a few
linear functions, one for each price pi in {0, alpha_1, alpha_2, ...} of a place among the K,

    f_d(w) = min_pi  K pi + sum_j v_jd [ (alpha_j - pi)^+ - (alpha_below(j) - pi)^+ ] w_j

and the price that attains it is the alpha at which the running sum of tracks in falling alpha
reaches K: cut (iv) of the formulation. One contributor received at nested tiers is one track, worth
the best tier that is active: its rows carry increments, alpha_below is the alpha of the next poorer
row of the same contributor, 0 for the poorest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT, quantised_credit
from kansoku.design.terms.percell import Bound, Layer, PerCell, layer_of
from kansoku.errors import DesignError

IntArray = npt.NDArray[np.int64]


class Best(PerCell):
    """Form (c): F = sum_d omega_d (sum of the K largest alpha among active tracks) / (K Omega).

    Tracks of `cells.base` are worth 1. Rows of a contributor received at nested tiers need step
    profiles (`Problem.row_profile`: 0 below their tier, 1 from it on), and are lost together.

    Parameters
    ----------
    name : str
    cells : Cells
    alpha : (n,) sequence
        Worth of a track of each row of `cells`, 0 to 1.
    places : int
        K.
    problem_rows : int
        J, the number of rows of the problem.
    contributor : (n,) sequence, optional
        Which contributor each row of `cells` is; rows of the same are its tiers. All different
        when left out.
    xp, block_cells
        As for `Count`.

    Raises
    ------
    DesignError
        When alpha or places are out of range, tiers of a contributor see different tracks, or sums
        would not be exact.
    """

    def __init__(
        self,
        name: str,
        cells: Cells,
        alpha: Sequence[float],
        places: int,
        problem_rows: int,
        contributor: Sequence[object] | None = None,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        worth = np.asarray(alpha, dtype=float)
        _check(name, worth, places, len(cells.rows))
        whole, self._one = quantised_credit(np.append(worth, 1.0))
        below = _below(name, cells, whole[:-1], contributor)
        self._places, self.full = places, places * self._one
        on_base = whole[-1:] if cells.base.any() else whole[:0]
        self._prices = np.unique(np.concatenate([[0], whole[:-1], on_base]))[::-1]
        every = layer_of(cells, problem_rows).on(xp)
        self.counted = tuple(
            _above(every, cells, whole[:-1], below, price) for price in self._prices.tolist()
        )
        deepest = places + int(cells.base.max(initial=0))
        self.check_exact(deepest * self._one, 1)

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Cut (iv): each cell at the price that makes it least, the highest of equals."""
        xp, base = self.xp, self._base[block]
        constants = [
            base * max(self._one - price, 0) + self._places * price
            for price in self._prices.tolist()
        ]
        least, chosen = constants[0] * ROW_UNIT + counts[0], xp.zeros(len(base), dtype=xp.int8)
        for k in range(1, len(constants)):
            value = constants[k] * ROW_UNIT + counts[k]
            chosen = xp.where(value < least, k, chosen)
            least = xp.minimum(value, least)
        slopes = [(chosen == k).astype(float) for k in range(len(constants))]
        return sum(c * s for c, s in zip(constants, slopes, strict=True)), slopes


def _above(every: Layer, cells: Cells, alpha: IntArray, below: IntArray, price: int) -> Layer:
    """Return the layer of what the tracks of each row add at a price."""
    factor = np.zeros_like(every.factor)
    factor[cells.rows] = np.maximum(alpha - price, 0) - np.maximum(below - price, 0)
    groups = tuple(group for group in every.groups if factor[group.rows].any())
    return replace(every, groups=groups, factor=factor)


def _below(
    name: str, cells: Cells, alpha: IntArray, contributor: Sequence[object] | None
) -> IntArray:
    """Return alpha of the next poorer row of the same contributor, 0 for the poorest, (n,)."""
    below = np.zeros_like(alpha)
    if contributor is None:
        return below
    if len(contributor) != len(alpha):
        raise DesignError(
            f"{name}: got {len(contributor)} contributors for {len(alpha)} rows; give one a row"
        )
    last: dict[object, int] = {}
    for row in np.argsort(alpha, kind="stable").tolist():
        poorer = last.get(contributor[row])
        if poorer is not None:
            if not np.array_equal(cells.planes[:, row], cells.planes[:, poorer]):
                raise DesignError(
                    f"{name}: rows {poorer} and {row} are tiers of contributor "
                    f"{contributor[row]!r} but see different tracks; give every tier the tracks "
                    "of the sensor, or make them contributors of their own"
                )
            below[row] = alpha[poorer]
        last[contributor[row]] = row
    return below


def _check(name: str, alpha: npt.NDArray[np.float64], places: int, rows: int) -> None:
    if len(alpha) != rows or not ((alpha >= 0) & (alpha <= 1)).all():
        raise DesignError(
            f"{name}: got alpha {alpha.tolist()} for {rows} rows; give each row one number from 0 "
            "to 1, the worth of one of its tracks"
        )
    if places < 1:
        raise DesignError(f"{name}: got {places} places, must be 1 or more")
