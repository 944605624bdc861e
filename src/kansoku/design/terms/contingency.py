"""One count at some weights, and again with some rows fallen: only their cells are looked at.

A floor for each site, country or partner that may be lost asks the same count a hundred times at
nearly the same weights. A sensor is seen by a tenth of the cells, and most candidates are not
built at all, so what is left without them differs in few cells from what there is with them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.design.terms.count import ROW_UNIT, Count, rounded
from kansoku.design.terms.term import Cut

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Contingency:
    """A count at row weights, from which values and cuts at smaller weights follow.

    Parameters
    ----------
    term : Count
    weights : (J,) array

    Attributes
    ----------
    cut : Cut
        Of the count at the weights themselves.
    """

    def __init__(self, term: Count, weights: FloatArray) -> None:
        self.term = term
        self._units = rounded(weights)[term.rows]
        self._tracks = term.tracks(self._units)
        slope, constant = term.slopes(self._tracks, slice(None))
        self._constant = int(constant.item())
        self._local = term.histograms(slope)
        self.cut = term.closed(self._units, self._constant, self._local)

    def value(self, weights: FloatArray) -> float:
        """Return the coverage at weights (J,) that are nowhere larger, to 1e-12.

        Raises
        ------
        ValueError
            When a weight is larger.
        """
        cells, before, after = self._fallen(rounded(weights)[self.term.rows])
        lost = self.term.credited(before, cells) - self.term.credited(after, cells)
        return self.cut.value - float(lost.item()) / (float(self.term.scale) * ROW_UNIT)

    def cut_at(self, weights: FloatArray) -> Cut:
        """Return the cut at weights (J,) that are nowhere larger: that of `Count.cuts` exactly.

        Raises
        ------
        ValueError
            When a weight is larger.
        """
        term, units = self.term, rounded(weights)[self.term.rows]
        cells, before, after = self._fallen(units)
        slope, constant = term.slopes(before, cells)
        slope_left, constant_left = term.slopes(after, cells)
        local = self._local + term.histograms_of(slope_left - slope, cells)
        return term.closed(units, self._constant + int((constant_left - constant).item()), local)

    def _fallen(self, units: IntArray) -> tuple[Array, Array, Array]:
        """Return the cells that rows with less weight reach, and their tracks before and after."""
        if (units > self._units).any():
            raise ValueError("a row weighs more than at the point that the contingency begins from")
        xp, rows = self.term.xp, np.flatnonzero(units < self._units)
        tracks = [self._tracks_of(int(row)) for row in rows]
        seen = np.bitwise_or.reduce(tracks) if tracks else np.zeros(0, dtype=np.uint8)
        cells = np.flatnonzero(seen)
        gone = np.zeros(len(cells))
        for row, of_row in zip(rows, tracks, strict=True):
            gone += of_row[cells] * float(self._units[row] - units[row])
        before = self._tracks[xp.asarray(cells)]
        return xp.asarray(cells), before, before - xp.asarray(gone)

    def _tracks_of(self, row: int) -> npt.NDArray[np.uint8]:
        """Return the tracks of one of the rows in each cell, (D,)."""
        planes, cells = self.term.cells.planes[:, row], len(self.term.cells)
        tracks = np.zeros(cells, dtype=np.uint8)
        for digit, plane in enumerate(planes):
            if plane.any():
                tracks |= np.unpackbits(plane, count=cells) << np.uint8(digit)
        return tracks
