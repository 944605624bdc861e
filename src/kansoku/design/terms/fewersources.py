"""Form (d) at some weights, and again with some rows fallen: only cells that change are looked at.

`contingency` does the same for counts of tracks, and `sourced` gives values alone. Here a loss also
gets its cut, which is that of `Distinct.cuts` number by number: constants and slopes are sums of
integers, so what the cells that change bring before and after is exchanged without rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.design.terms.contingency import Contingency
from kansoku.design.terms.count import ROW_UNIT, Count, rounded
from kansoku.design.terms.distinct import Distinct
from kansoku.design.terms.percell import Bound, Layer
from kansoku.design.terms.term import Cut

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def begun(term: Count | Distinct, weights: FloatArray) -> Contingency | SourcesLost:
    """Return a count, of tracks or of sources, at row weights (J,) from which some may fall."""
    return Contingency(term, weights) if isinstance(term, Count) else SourcesLost(term, weights)


class SourcesLost:
    """A count of sources at row weights, from which values and cuts at smaller weights follow.

    Parameters
    ----------
    term : Distinct
    weights : (J,) array

    Attributes
    ----------
    cut : Cut
        Of the count at the weights themselves.
    """

    def __init__(self, term: Distinct, weights: FloatArray) -> None:
        self.term, self._units = term, rounded(weights)
        self._parts = [
            _Part(k, layer, layer.tables(term.xp, self._units)[0])
            for k, whole in enumerate(term.counted)
            for layer in whole.apart()
        ]
        xp, size = term.xp, len(term.cells)
        self._counts = [xp.zeros(size) for _ in term.counted]
        for part in self._parts:
            self._counts[part.number] += xp.take(part.table, part.codes)
        constants, slopes = term.bound(self._counts, slice(None))
        self._constant = int((constants * term.weight).sum().item())
        self._sums = [
            self._histogram(part, slopes[part.number] * term.weight, slice(None))
            for part in self._parts
        ]
        self.cut = self._closed(self._units, self._constant, self._sums)

    def value(self, weights: FloatArray) -> float:
        """Return the coverage at weights (J,) that are nowhere larger, to 1e-12.

        Raises
        ------
        ValueError
            When a weight is larger.
        """
        term, change = self.term, self._fallen(rounded(weights))
        had = term.reached(change.before, term.bound(change.before, change.cells))
        left = term.reached(change.after, term.bound(change.after, change.cells))
        lost = float(((had - left) * term.weight[change.cells]).sum().item())
        return self.cut.value - lost / (float(term.scale) * ROW_UNIT)

    def cut_at(self, weights: FloatArray) -> Cut:
        """Return the cut at weights (J,) that are nowhere larger: that of `Distinct.cuts` exactly.

        Raises
        ------
        ValueError
            When a weight is larger.
        """
        units = rounded(weights)
        change, term = self._fallen(units), self.term
        had, left = (term.bound(each, change.cells) for each in (change.before, change.after))
        weight = term.weight[change.cells]
        constant = self._constant + int(((left[0] - had[0]) * weight).sum().item())
        return self._closed(units, constant, self._exchanged(had, left, change.cells, weight))

    def _exchanged(self, had: Bound, left: Bound, cells: Array, weight: Array) -> list[Array]:
        """Return the histograms with the slopes of some cells put in place of those before."""
        more = [(new - old) * weight for old, new in zip(had[1], left[1], strict=True)]
        return [
            sums + self._histogram(part, more[part.number], cells)
            for part, sums in zip(self._parts, self._sums, strict=True)
        ]

    def _fallen(self, units: IntArray) -> _Change:
        """Return the cells that rows with less weight reach, and their sums before and after."""
        term, xp = self.term, self.term.xp
        now, then = units[term.rows], self._units[term.rows]
        if (now > then).any():
            raise ValueError("a row weighs more than at the point that the contingency begins from")
        seen = np.bitwise_or.reduce(term.cells.planes[:, now < then], axis=(0, 1))
        cells = xp.asarray(np.flatnonzero(np.unpackbits(seen, count=len(term.cells))))
        before = [count[cells] for count in self._counts]
        after = [count.copy() for count in before]
        for part in self._parts:
            rows = part.layer.groups[0].rows
            if (units[rows] < self._units[rows]).any():
                less = part.table - part.layer.tables(xp, units)[0]
                after[part.number] -= xp.take(less, part.codes[cells])
        return _Change(cells, before, after)

    def _histogram(self, part: _Part, slope: Array, some: slice | Array) -> Array:
        """Return what the slopes of some cells add up to for each pattern of a part."""
        size = len(part.layer.groups[0].patterns)
        return self.term.xp.bincount(part.codes[some], weights=slope, minlength=size)

    def _closed(self, units: IntArray, constant: int, sums: list[Array]) -> Cut:
        slopes, xp = np.zeros(self.term.problem_rows), self.term.xp
        for part, by_code in zip(self._parts, sums, strict=True):
            constant += int(part.layer.constant(xp, [by_code], units).item())
            slopes += part.layer.by_row(xp, [by_code], units)
        return self.term.closed(units, constant, slopes)


@dataclass(frozen=True)
class _Part:
    """The rows of a layer that are coded together, and what each of their patterns counts."""

    number: int
    layer: Layer
    table: Array

    @property
    def codes(self) -> Array:
        return self.layer.groups[0].codes


@dataclass(frozen=True)
class _Change:
    """Cells that may count less, and their sums by layer before and after."""

    cells: Array
    before: list[Array]
    after: list[Array]
