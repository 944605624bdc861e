"""Form (d) at weights that recur, and a little below them: only cells of fallen rows are looked at.

`contingency` does the same for counts of tracks, and `fewersources` for terms that also give cuts.
The tracks of every source are kept by cell; where rows fall, their cells get what is left.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells
from kansoku.coverage.value import stepped_credit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


class SourcedContingency:
    """Coverage by independent sources at row weights, from which that at smaller ones follows.

    Parameters
    ----------
    cells : Cells
        J rows, without a base.
    of : (J,) intp array
        Source of each row.
    counts : (H,) array
        beta: what each source counts.
    credit : (K,) tuple
    weights : (J,) array

    """

    def __init__(
        self,
        cells: Cells,
        of: IndexArray,
        counts: FloatArray,
        credit: tuple[float, ...],
        weights: FloatArray,
    ) -> None:
        self.cells, self.of, self.counts, self.credit = cells, of, counts, credit
        self._weights = weights
        self._tracks = np.zeros((len(counts), len(cells)))
        for row in np.flatnonzero(weights):
            self._tracks[of[row]] += weights[row] * self._of_row(int(row))
        self._together = counts @ np.minimum(self._tracks, 1.0)
        self._earned = self._credited(self._together, slice(None))

    def value(self, weights: FloatArray) -> float:
        """Return the coverage at weights (J,) that are nowhere larger.

        Raises
        ------
        ValueError
            When a weight is larger.
        """
        if (weights > self._weights).any():
            raise ValueError("a row weighs more than at the point that the contingency begins from")
        lost = np.zeros(len(self.cells))
        for h, rows in self._fallen(weights).items():
            gone = np.zeros(len(self.cells))
            for row in rows:
                gone += (self._weights[row] - weights[row]) * self._of_row(row)
            some = np.flatnonzero(gone)
            before, after = self._tracks[h, some], self._tracks[h, some] - gone[some]
            lost[some] += self.counts[h] * (np.minimum(before, 1.0) - np.minimum(after, 1.0))
        some = np.flatnonzero(lost)
        before = self._together[some]
        less = self._credited(before, some) - self._credited(before - lost[some], some)
        return (self._earned - less) / (float(self.cells.total_weight) * sum(self.credit))

    def _fallen(self, weights: FloatArray) -> dict[int, list[int]]:
        """Group the rows that weigh less by their source."""
        fallen: dict[int, list[int]] = {}
        for row in np.flatnonzero(weights < self._weights).tolist():
            fallen.setdefault(int(self.of[row]), []).append(row)
        return fallen

    def _credited(self, together: FloatArray, some: IndexArray | slice) -> float:
        """Return what the sources of some cells are worth, M (n,)."""
        return float(stepped_credit(together, self.credit) @ self.cells.weight[some])

    def _of_row(self, row: int) -> npt.NDArray[np.uint8]:
        """Return the tracks of one row in each cell, (D,)."""
        tracks = np.zeros(len(self.cells), dtype=np.uint8)
        for digit, plane in enumerate(self.cells.planes[:, row]):
            if plane.any():
                tracks |= np.unpackbits(plane, count=len(tracks)) << np.uint8(digit)
        return tracks
