"""Credit that falls from track to track, per cell: forms (a) and (b) in the pass of all forms."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT, quantised_credit
from kansoku.design.terms.percell import Bound, PerCell, layer_of
from kansoku.errors import DesignError


class Credit:
    """f(N) = sum_m phi_m clip(N - m + 1, 0, 1) as integers: slopes, and what is left above them.

    Attributes
    ----------
    whole : (K,) int64 array
        phi as whole numbers.
    full : int
        f where all steps are had.
    """

    def __init__(self, name: str, credit: Sequence[float]) -> None:
        given = np.asarray(credit, dtype=float)
        if not len(given) or (given < 0).any() or (np.diff(given) > 0).any() or given[0] <= 0:
            raise DesignError(
                f"{name}: got credit {list(credit)}, must start above 0 and never rise: a later "
                "track that is worth more than an earlier one has no bound in closed form; sort "
                "the credit, or use Strict for all or nothing"
            )
        self.whole, _ = quantised_credit(given)
        self.full = int(self.whole.sum())
        self._slope = np.append(self.whole, 0)
        self._beyond = np.maximum(self.whole[:, None] - self._slope, 0).sum(axis=0)

    def steps(self, xp: ModuleType, count: Array, unit: int) -> Array:
        """Return how many steps are had whole at counts (b,) in units of 1/unit, at most K."""
        had = (count >= unit).astype(xp.intp)
        for m in range(2, len(self.whole) + 1):
            had += count >= m * unit
        return had

    def slope_and_beyond(self, xp: ModuleType, steps: Array) -> tuple[Array, Array]:
        """Return lam_d = phi of the next step, and sum_m (phi_m - lam_d)^+, (b,) each."""
        slope = xp.take(xp.asarray(self._slope.astype(float)), steps)
        return slope, xp.take(xp.asarray(self._beyond.astype(float)), steps)


class Steps(PerCell):
    """Forms (a), (b): what `Count` is, cell by cell, for forms that are made of others.

    Parameters
    ----------
    name, cells, credit, problem_rows, xp, block_cells
        As for `Count`.
    """

    def __init__(
        self,
        name: str,
        cells: Cells,
        credit: Sequence[float],
        problem_rows: int,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        self.credit = Credit(name, credit)
        self.full = self.credit.full
        self.counted = (layer_of(cells, problem_rows).on(xp),)
        most = int(self.credit.whole.max(initial=1))
        self.check_exact(most * (len(self.credit.whole) + int(cells.base.max(initial=0))), most)

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Cut (ii): lam_d is the credit of the next track, the right derivative."""
        base = self._base[block]
        steps = self.credit.steps(self.xp, counts[0] + base * ROW_UNIT, ROW_UNIT)
        slope, beyond = self.credit.slope_and_beyond(self.xp, steps)
        return beyond + slope * base, [slope]
