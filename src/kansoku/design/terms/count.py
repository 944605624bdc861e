"""Forms (a) and (b): credit for the first, second, ... track, in exact integers.

All sums are sums of integers: weights are integers, credits are multiples of 1/credit_scale and
row weights multiples of 1/ROW_UNIT, both decimal so that 0.9 stays 0.9. The integers travel in
float64 and stay below 2^53, where every order of summation gives the same bits; so a cut does not
depend on the block size or on the backend.
"""

from __future__ import annotations

from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.encoding import encoded
from kansoku.design.terms.sharing import Bundle, bundled
from kansoku.design.terms.term import Cut, Term
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROW_UNIT = 1_000_000  # a row weight is an integer number of these shares
EXACT_BELOW = 2**53  # integers that float64 holds without a gap
BLOCK_CELLS = 1 << 16


class Count(Term):
    """Forms (a), (b): F = sum_d omega_d f(N_d) / Omega, f(N) = sum_m phi_m clip(N - m + 1, 0, 1).

    N_d = base_d + sum_j v_jd w_j counts tracks; the weight of a row carries what a track of it is
    worth (form b).

    Parameters
    ----------
    name : str
    cells : Cells
    credit : (K,) sequence
        phi, from the first track on; never rises.
    problem_rows : int
        J, the number of rows of the problem.
    xp : module
        NumPy or CuPy: where the cells are held and evaluated.
    block_cells : int
        Cells in work at a time; changes no result.

    Raises
    ------
    DesignError
        When the weights are so large that sums would not be exact.
    """

    def __init__(
        self,
        name: str,
        cells: Cells,
        credit: tuple[float, ...],
        problem_rows: int,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        self.name, self.cells, self.credit = name, cells, tuple(credit)
        self.rows, self.problem_rows = cells.rows, problem_rows
        self.xp, self._block_cells = xp, block_cells
        whole, unit = quantised_credit(np.asarray(credit, dtype=float))
        whole //= np.gcd.reduce(whole, initial=0) or 1  # plain coverage then counts in ones
        _check_exact(cells, whole, unit)
        self.scale = max(cells.total_weight * int(whole.sum()), 1)
        self._credit = np.append(whole, 0)

    @cached_property
    def _bundles(self) -> tuple[Bundle, ...]:
        return tuple(b.on(self.xp) for b in bundled(encoded(self.cells), len(self.cells)))

    @cached_property
    def _base(self) -> Array:
        return self.xp.asarray(self.cells.base.astype(np.float64))

    @cached_property
    def _weight(self) -> Array:
        return self.xp.asarray(self.cells.weight.astype(np.float64))

    @property
    def whole_credit(self) -> IntArray:
        """Credit of each track as whole numbers, (K,)."""
        return self._credit[:-1]

    def over(self, cells: Cells) -> Count:
        """Return the same requirement over other cells, counted at the same place."""
        return Count(self.name, cells, self.credit, self.problem_rows, self.xp, self._block_cells)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return len(self.cells) * (len(self._bundles) + 1)

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cut at row weights (J,), rounded to multiples of 1/ROW_UNIT.

        The slope of each cell is the right derivative of f, so at a binary point a slope is what
        one more track would add.
        """
        units = rounded(weights)[self.rows]
        slope, constant = self._slopes(units)
        return (self.closed(units, constant, self.histograms(slope)),)

    def _blocks(self, size: int) -> list[slice]:
        return [slice(start, start + size) for start in range(0, len(self.cells), size)]

    def _slopes(self, units: IntArray) -> tuple[Array, int]:
        """Return the weighted slope of each cell, (D,), and the constant of the cut."""
        xp = self.xp
        slope, constant = xp.empty(len(self.cells)), xp.zeros(())
        tables = [bundle.tracks(xp, units) for bundle in self._bundles]
        for block in self._blocks(self._block_cells):
            slope[block], part = self.slopes(self._tracks(tables, block), block)
            constant += part
        return slope, int(constant.item())

    def tracks(self, units: IntArray) -> Array:
        """Return the tracks of each cell at integer weights of `rows`, (D,), in 1/ROW_UNIT."""
        tables = [bundle.tracks(self.xp, units) for bundle in self._bundles]
        return self._tracks(tables, slice(None))

    def _tracks(self, tables: list[Array], block: slice) -> Array:
        xp = self.xp
        count = self._base[block] * ROW_UNIT
        for bundle, table in zip(self._bundles, tables, strict=True):
            count += xp.take(table, bundle.codes[block])
        return count

    def steps(self, tracks: Array) -> Array:
        """Return how many whole tracks there are in each cell, at most K."""
        steps = (tracks >= ROW_UNIT).astype(self.xp.intp)  # what `take` would make of it
        for m in range(2, len(self._credit)):
            steps += tracks >= m * ROW_UNIT
        return steps

    def slopes(self, tracks: Array, some: slice | Array) -> tuple[Array, Array]:
        """Return weighted slopes of some cells, and their share of the constant of the cut."""
        slope, beyond = self._bound(tracks)
        weight = self._weight[some]
        slope = slope * weight
        return slope, beyond @ weight + slope @ self._base[some]

    def credited(self, tracks: Array, some: slice | Array) -> Array:
        """Return what the tracks of some cells are worth together, in 1/(ROW_UNIT scale)."""
        slope, beyond = self._bound(tracks)
        return (beyond * ROW_UNIT + slope * tracks) @ self._weight[some]

    def _bound(self, tracks: Array) -> tuple[Array, Array]:
        """Return slope and constant of the bound of each cell, tight at its tracks."""
        xp, credit, steps = self.xp, self._credit, self.steps(tracks)
        beyond = np.maximum(credit[:-1, None] - credit[None, :], 0).sum(axis=0)
        slope = xp.take(xp.asarray(credit, dtype=float), steps)
        return slope, xp.take(xp.asarray(beyond, dtype=float), steps)

    def histograms(self, slope: Array) -> IntArray:
        """Return sum_d slope_d v_jd for each of `rows`, slope_d of all cells."""
        xp = self.xp
        local = np.zeros(len(self.rows), dtype=np.int64)
        for bundle in self._bundles:
            sums = xp.zeros(bundle.size)
            # a histogram costs its table once a block
            for block in self._blocks(max(self._block_cells, 8 * bundle.size)):
                part = bundle.codes[block]
                sums += xp.bincount(part, weights=slope[block], minlength=bundle.size)
            bundle.by_row(xp, sums, local)
        return local

    def histograms_of(self, slope: Array, some: Array) -> IntArray:
        """Return sum_d slope_d v_jd for each of `rows`, slope_d of some cells alone."""
        local = np.zeros(len(self.rows), dtype=np.int64)
        for bundle in self._bundles:
            bundle.by_row_of_few(self.xp, bundle.codes[some], slope, local)
        return local

    def closed(self, units: IntArray, constant: int, local: IntArray) -> Cut:
        """Spread slopes over the rows of the problem; the cut is tight, so it gives the value."""
        reached = constant * ROW_UNIT + sum(
            int(g) * int(u) for g, u in zip(local[units > 0], units[units > 0], strict=True)
        )
        slopes = np.zeros(self.problem_rows)
        slopes[self.rows] = local
        return Cut(constant, slopes, self.scale, reached / (self.scale * ROW_UNIT))


def quantised_credit(credit: FloatArray) -> tuple[IntArray, int]:
    """Return credit as integers and their unit: the smallest power of ten up to 10^6 that is exact.

    Credits with more than six decimals are rounded to six.
    """
    for digits in range(7):
        unit = 10**digits
        whole = np.rint(credit * unit)
        if np.abs(whole - credit * unit).max(initial=0.0) < 1e-9 * unit:
            break
    return whole.astype(np.int64), unit


def rounded(weights: FloatArray) -> IntArray:
    """Return row weights as integers in units of 1/ROW_UNIT."""
    return np.rint(np.clip(weights, 0.0, 1.0) * ROW_UNIT).astype(np.int64)


def _check_exact(cells: Cells, credit: IntArray, unit: int) -> None:
    """Refuse weights with which a constant or a slope of a cut could leave the exact integers."""
    digits = np.flatnonzero(cells.planes.any(axis=(1, 2)))
    most_tracks = (2 << int(digits[-1])) - 1 if len(digits) else 0
    deepest = max(len(credit) + int(cells.base.max(initial=0)), most_tracks)
    most = (EXACT_BELOW - 1) // (int(credit.max(initial=1)) * deepest)
    if cells.total_weight > most:
        raise DesignError(
            f"demand weights sum to {cells.total_weight}, too large for exact sums with credit in "
            f"steps of 1/{unit} and up to {deepest} tracks a cell: at most {most}; divide the "
            "weights, or round the credit to fewer digits"
        )
