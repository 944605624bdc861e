"""One pass over the cells that every closed form shares: count, bound each cell, sum up by row.

A form looks at a cell through some sums of its tracks, N_d = sum_j factor_j min(v_jd, most) w_j (a
`Layer`): all rows, the rows of one site, the rows better than a tier. From them alone it says how
the cell is bounded, f_d(w) <= constant_d + sum_layers slope_d N_d(w), and the pass adds up

    C = sum_d omega_d constant_d       G_j = factor_j sum_d omega_d slope_d min(v_jd, most)

block by block, so it needs no more memory than the codes of the cells. Sums of integers are exact
(see `count`) and therefore the same bits whatever the block size or the backend. Forms that are
not sums of integers agree to 1e-12, and their bounds are rounded outward by as much.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import EXACT_BELOW, ROW_UNIT, rounded
from kansoku.design.terms.encoding import Group, encoded
from kansoku.design.terms.term import Cut, Term
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OUTWARD = 1e-12
"""Relative; 2^16 rounding errors of 1e-16 add up to 3e-14 as a rule."""

SPARSE = 0.5  # share of a block below which a histogram is taken over the cells that matter

Bound = tuple[Array, list[Array]]
"""Constant of each cell of a block, and its slope in each layer, (b,) each."""


@dataclass(frozen=True)
class Layer:
    """One sum over rows by cell.

    Attributes
    ----------
    groups : tuple of Group
        Encoded rows; `Group.rows` are rows of the problem.
    factor : (J,) int64 array
        What a track of each row counts.
    most : int, optional
        Tracks of a row beyond this many do not count.
    only_off : bool
        Rows that are on at the point of a cut get no slope.
    """

    groups: tuple[Group, ...]
    factor: IntArray
    most: int | None = None
    only_off: bool = False

    def on(self, xp: ModuleType) -> Layer:
        """Return the layer with its arrays held by an array module."""
        groups = tuple(
            Group(g.rows, xp.asarray(g.patterns), xp.asarray(g.codes)) for g in self.groups
        )
        return replace(self, groups=groups)

    def apart(self) -> tuple[Layer, ...]:
        """Return one layer a group, whose sums add up to those of this one."""
        return tuple(replace(self, groups=(group,)) for group in self.groups)

    def tables(self, xp: ModuleType, units: IntArray) -> list[Array]:
        """Return the sum of each pattern of each group at integer row weights (J,)."""
        counted = (units * self.factor).astype(float)
        return [self._tracks(xp, group) @ xp.asarray(counted[group.rows]) for group in self.groups]

    def counts(self, xp: ModuleType, tables: list[Array], block: slice, size: int) -> Array:
        """Return N_d of the cells of a block, (size,), in units of 1/ROW_UNIT."""
        if not self.groups:
            return xp.zeros(size)
        total = xp.take(tables[0], self.groups[0].codes[block])
        for group, table in zip(self.groups[1:], tables[1:], strict=True):
            total += xp.take(table, group.codes[block])
        return total

    def sums(self, xp: ModuleType) -> list[Array]:
        """Return an empty histogram for each group."""
        return [xp.zeros(len(group.patterns)) for group in self.groups]

    def add(self, xp: ModuleType, sums: list[Array], block: slice, slope: Array) -> None:
        """Add weighted slopes of a block to the histograms."""
        if not self.groups:
            return
        some = xp.flatnonzero(slope)
        sparse = len(some) < SPARSE * len(slope)
        if sparse:
            slope = slope[some]
        for k, group in enumerate(self.groups):
            codes = group.codes[block][some] if sparse else group.codes[block]
            sums[k] += xp.bincount(codes, weights=slope, minlength=len(group.patterns))

    def by_row(self, xp: ModuleType, sums: list[Array], units: IntArray) -> FloatArray:
        """Return G_j over the rows of the problem, (J,)."""
        slopes = np.zeros(len(self.factor))
        for group, by_code in zip(self.groups, sums, strict=True):
            slopes[group.rows] = to_numpy(by_code @ self._tracks(xp, group))
        slopes *= self.factor
        return np.where(units > 0, 0.0, slopes) if self.only_off else slopes

    def constant(self, xp: ModuleType, sums: list[Array], units: IntArray) -> Array:
        """Return what the histograms add to the constant of the cut."""
        return xp.zeros(())

    def _tracks(self, xp: ModuleType, group: Group) -> Array:
        return group.patterns if self.most is None else xp.minimum(group.patterns, self.most)


def layer_of(cells: Cells, problem_rows: int) -> Layer:
    """Return the layer, on the host, that counts every track of every row of some cells."""
    groups = tuple(
        Group(cells.rows[group.rows], group.patterns, group.codes) for group in encoded(cells)
    )
    factor = np.zeros(problem_rows, dtype=np.int64)
    factor[cells.rows] = 1
    return Layer(groups, factor)


class PerCell(Term):
    """A coverage function F = sum_d omega_d f_d(w) / Omega in closed form.

    Attributes
    ----------
    cells : Cells
    full : int
        Value of f_d where nothing is left to gain, in the unit of `bound`; Omega is `full` times
        the weight of all demand.
    counted, sloped : tuple of Layer
        Sums that `bound` looks at, and sums that its slopes belong to: mostly the same.
    whole : bool
        Whether constants and slopes are whole numbers.
    largest : tuple of int
        The largest constant and the largest slope of a cell, where they are whole numbers.
    weight : (D,) float64 array
        omega, where the cells are held.
    """

    full: int
    counted: tuple[Layer, ...]
    largest: tuple[int, int]
    whole = True
    cells_a_pattern = 8  # a histogram costs its table once a block

    def __init__(
        self, name: str, cells: Cells, problem_rows: int, xp: ModuleType, block_cells: int
    ) -> None:
        self.name, self.cells, self.rows = name, cells, cells.rows
        self.problem_rows = problem_rows
        self.xp, self._block_cells = xp, block_cells
        self._none = np.zeros(problem_rows)
        self._base = xp.asarray(cells.base.astype(np.float64))
        self.weight = xp.asarray(cells.weight.astype(np.float64))

    @abstractmethod
    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Return how the cells of a block are bounded, tight at counts in units of 1/ROW_UNIT."""

    @property
    def sloped(self) -> tuple[Layer, ...]:
        """Return the sums that the slopes belong to."""
        return self.counted

    @property
    def concave(self) -> PerCell:
        """Return a concave function nowhere below this one: itself, or its relaxation."""
        return self

    def reached(self, counts: Sequence[Array], bound: Bound) -> Array:
        """Return f_d at the point of a bound, in units of 1/ROW_UNIT."""
        constant, slopes = bound
        return constant * ROW_UNIT + sum(s * n for s, n in zip(slopes, counts, strict=True))

    @property
    def scale(self) -> int:
        """Return Omega."""
        return max(self.cells.total_weight * self.full, 1)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return len(self.cells) * sum(len(layer.groups) + 1 for layer in self.counted)

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cut at row weights (J,), rounded to multiples of 1/ROW_UNIT.

        Where a form is not concave it is cut tightly at weights of 0 and 1, and its relaxation is
        cut everywhere.
        """
        units = rounded(weights)
        if self.concave is self:
            return (self._cut(units),)
        relaxed = self.concave._cut(units)
        if ((units[self.rows] != 0) & (units[self.rows] != ROW_UNIT)).any():
            return (relaxed,)
        tight = self._cut(units)
        return (tight, replace(relaxed, value=tight.value))

    def _cut(self, units: IntArray) -> Cut:
        xp = self.xp
        tables = [layer.tables(xp, units) for layer in self.counted]
        sums = [layer.sums(xp) for layer in self.sloped]
        constant = xp.zeros(())
        for block in self._blocks():
            weight = self.weight[block]
            counts = [
                layer.counts(xp, table, block, len(weight))
                for layer, table in zip(self.counted, tables, strict=True)
            ]
            constants, slopes = self.bound(counts, block)
            constant += (constants * weight).sum()
            for layer, into, slope in zip(self.sloped, sums, slopes, strict=True):
                layer.add(xp, into, block, slope * weight)
        by_row = []
        for layer, into in zip(self.sloped, sums, strict=True):
            constant += layer.constant(xp, into, units)
            by_row.append(layer.by_row(xp, into, units))
        return self.closed(units, float(constant.item()), np.sum([self._none, *by_row], axis=0))

    def _blocks(self) -> list[slice]:
        tables = [len(group.patterns) for layer in self.sloped for group in layer.groups]
        size = max(self._block_cells, self.cells_a_pattern * max(tables, default=0))
        return [slice(start, start + size) for start in range(0, len(self.cells), size)]

    def closed(self, units: IntArray, constant: float, slopes: FloatArray) -> Cut:
        """Return the cut; it is tight, so it gives the value."""
        if not self.whole:
            value = (constant + slopes @ (units / ROW_UNIT)) / self.scale
            outward = 1.0 + OUTWARD
            return Cut(constant * outward, slopes * outward, self.scale, float(value))
        on = np.flatnonzero(units)
        reached = int(constant) * ROW_UNIT + sum(int(slopes[j]) * int(units[j]) for j in on)
        return Cut(int(constant), slopes, self.scale, reached / (self.scale * ROW_UNIT))

    def check_exact(self, constant: int, slope: int, reached: int = 0) -> None:
        """Refuse sums that float64 would not hold exactly.

        Parameters
        ----------
        constant, slope : int
            The largest constant and the largest slope of a cell.
        reached : int
            The largest value that is looked at beside the counts, before it is cut off at `full`.

        Raises
        ------
        DesignError
        """
        self.largest = (constant, slope)
        deepest = 1 << len(self.cells.planes)
        counted = max((int(layer.factor.sum()) for layer in self.counted), default=0) * deepest
        factor = max((int(layer.factor.max(initial=0)) for layer in self.sloped), default=0)
        summed = self.cells.total_weight * max(constant, slope * factor * deepest)
        looked_at = max(counted + constant, self.full, reached) * ROW_UNIT
        if max(summed, looked_at) >= EXACT_BELOW:
            raise DesignError(
                f"{self.name}: demand weights sum to {self.cells.total_weight} and a cell counts "
                f"in steps of 1/{self.full}, too large for exact sums; divide the weights, or "
                "round credits and shares to fewer digits"
            )
