"""Coverage of a design and the cut that it gives, exactly, in one pass over the cells.

All sums are sums of integers: weights are integers,
credits are multiples of 1/credit_scale and row weights multiples of 1/ROW_UNIT, both decimal so
that 0.9 stays 0.9. The integers travel in float64 and stay below 2^53, where every order of
summation gives the same bits; so a cut does not depend on the block size or on the backend.

Cells are held dictionary-encoded. Neighbouring rows (sensors of one site, sites of one region)
see much the same cells, so a group of 20 to 40 rows shows only some thousand different patterns:
a cell then is one 16-bit code a group. Counts are a table look-up by code and cut coefficients a
histogram over codes, each about 2 ns a cell and group, whatever the number of bit planes. At
117,000 cells and 115 rows that is 5 groups; bits row by row would be 115 passes, a sparse matrix
1.8 million entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.cells import Cells, pack_words
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
CodeArray = npt.NDArray[np.uint16]

ROW_UNIT = 1_000_000  # a row weight is an integer number of these shares
EXACT_BELOW = 2**53  # integers that float64 holds without a gap
FEWEST_PATTERNS = 256
MOST_PATTERNS = 1 << 14  # a table of 128 KiB stays in the second-level cache
BLOCK_CELLS = 1 << 16


@dataclass(frozen=True)
class Group:
    """Rows that are looked up together.

    Attributes
    ----------
    rows : (n,) intp array
        Positions among the rows of the requirement.
    patterns : (U, n) float64 array
        Tracks by pattern and row.
    codes : (D,) uint16 array
        The pattern of each cell.
    """

    rows: IndexArray
    patterns: Array
    codes: Array


@dataclass(frozen=True)
class Cut:
    """theta <= (constant + slopes . w) / scale, valid for every w in [0, 1] and tight at one.

    `slopes` are over the rows of the problem; `value` is the coverage where the cut is tight.
    """

    constant: int
    slopes: npt.NDArray[np.int64]
    scale: int
    value: float

    def at(self, weights: FloatArray) -> float:
        """Return the upper bound that the cut gives at row weights (J,)."""
        return float((self.constant + self.slopes @ weights) / self.scale)


@dataclass(frozen=True)
class Demand:
    """The cells of one requirement, ready for evaluation on one backend.

    Attributes
    ----------
    groups : tuple of Group
    rows : (n,) intp array
        Row of the problem of each local row.
    problem_rows : int
        J, the number of rows of the problem.
    base : (D,) float64 array
        Always-on tracks.
    weight : (D,) float64 array
    credit : (K + 1,) int64 array
        Credit in units of 1/credit_scale, with a closing 0.
    scale : int
        Value of full coverage in the same units.
    """

    groups: tuple[Group, ...]
    rows: IndexArray
    problem_rows: int
    base: Array
    weight: Array
    credit: npt.NDArray[np.int64]
    scale: int

    def __len__(self) -> int:
        return len(self.weight)


def demand_of(xp: ModuleType, cells: Cells, problem_rows: int) -> Demand:
    """Encode the cells of one requirement for evaluation.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    cells : Cells
    problem_rows : int
        J, the number of rows of the problem.

    Raises
    ------
    DesignError
        When the weights are so large that sums would not be exact.
    """
    credit, unit = quantised_credit(cells.credit)
    scale = cells.total_weight * int(credit.sum())
    deepest = len(credit) + int(cells.base.max(initial=0))
    if cells.total_weight * int(credit.max(initial=1)) * deepest >= EXACT_BELOW:
        raise DesignError(
            f"demand weights sum to {cells.total_weight}, too large for exact sums with credit in "
            f"steps of 1/{unit}; divide the weights, or round the credit to fewer digits"
        )
    groups = tuple(
        Group(group.rows, xp.asarray(group.patterns), xp.asarray(group.codes))
        for group in encoded(cells)
    )
    return Demand(
        groups,
        cells.rows,
        problem_rows,
        xp.asarray(cells.base.astype(np.float64)),
        xp.asarray(cells.weight.astype(np.float64)),
        np.append(credit, 0),
        max(scale, 1),
    )


def quantised_credit(credit: FloatArray) -> tuple[npt.NDArray[np.int64], int]:
    """Return credit as integers and their unit: the smallest power of ten up to 10^6 that is exact.

    Credits with more than six decimals are rounded to six.
    """
    for digits in range(7):
        unit = 10**digits
        whole = np.rint(credit * unit)
        if np.abs(whole - credit * unit).max(initial=0.0) < 1e-9 * unit:
            break
    return whole.astype(np.int64), unit


def encoded(cells: Cells) -> list[Group]:
    """Group neighbouring rows while their joint patterns stay few enough for a small table."""
    limit = int(np.clip(len(cells) // 16, FEWEST_PATTERNS, MOST_PATTERNS))
    groups: list[Group] = []
    for word in _words(cells):
        joined = _joined(groups[-1], word, limit) if groups else None
        if joined is None:
            groups.append(word)
        else:
            groups[-1] = joined
    return groups


def _words(cells: Cells) -> list[Group]:
    """Return the rows as groups of at most 12 bit planes, empty planes left out."""
    planes_used = np.asarray(cells.planes.any(axis=2))
    words: list[Group] = []
    rows: list[int] = []
    bits: list[tuple[int, int]] = []
    for row in np.flatnonzero(np.asarray(planes_used.any(axis=0))):
        digits = [(int(row), int(p)) for p in np.flatnonzero(planes_used[:, row])]
        if len(bits) + len(digits) > 12:
            words.append(_word(cells, rows, bits))
            rows, bits = [], []
        rows.append(int(row))
        bits += digits
    return [*words, _word(cells, rows, bits)] if rows else words


def _word(cells: Cells, rows: list[int], bits: list[tuple[int, int]]) -> Group:
    """Encode some bit planes of some rows; the code of a pattern is its rank."""
    word = pack_words(np.stack([cells.planes[p, row] for row, p in bits]), len(cells))
    present = np.flatnonzero(np.bincount(word, minlength=1 << len(bits)))
    patterns = np.zeros((len(present), len(rows)))
    for k, (row, p) in enumerate(bits):
        patterns[:, rows.index(row)] += ((present >> k) & 1) << p
    return Group(np.array(rows, dtype=np.intp), patterns, _ranks(present, 1 << len(bits))[word])


def _ranks(present: IndexArray, size: int) -> CodeArray:
    """Return the table that turns the values in `present` into 0, 1, 2, ..."""
    ranks = np.zeros(size, dtype=np.uint16)
    ranks[present] = np.arange(len(present), dtype=np.uint16)
    return ranks


def _joined(left: Group, right: Group, limit: int) -> Group | None:
    """Return both groups as one, or None when that has more than `limit` patterns."""
    width = len(right.patterns)
    pair = left.codes.astype(np.int64) * width + right.codes
    if len(np.unique(pair[:: max(len(pair) // 65_536, 1)])) > limit:
        return None
    size = len(left.patterns) * width
    seen = np.zeros(size, dtype=bool)
    seen[pair] = True
    present = np.flatnonzero(seen)
    if len(present) > limit:
        return None
    patterns = np.hstack([left.patterns[present // width], right.patterns[present % width]])
    return Group(np.append(left.rows, right.rows), patterns, _ranks(present, size)[pair])


def rounded(weights: FloatArray) -> npt.NDArray[np.int64]:
    """Return row weights as integers in units of 1/ROW_UNIT."""
    return np.rint(np.clip(weights, 0.0, 1.0) * ROW_UNIT).astype(np.int64)


def cut(xp: ModuleType, demand: Demand, weights: FloatArray, block_cells: int = BLOCK_CELLS) -> Cut:
    """Return the cut at row weights, and with it the exact coverage there.

    Parameters
    ----------
    xp : module
        NumPy or CuPy, as in `demand_of`.
    demand : Demand
    weights : (J,) array
        Row weights in [0, 1]; rounded to multiples of 1/ROW_UNIT.
    block_cells : int
        Cells in work at a time; changes no result.

    Returns
    -------
    Cut
        Slope of each cell: the right derivative of f, so at a binary point a slope is what one
        more track would add.
    """
    units = rounded(weights)[demand.rows]
    slope = xp.empty(len(demand))
    constant = xp.zeros(())
    tables = [
        group.patterns @ xp.asarray(units[group.rows], dtype=float) for group in demand.groups
    ]
    for start in range(0, len(demand), block_cells):
        block = slice(start, start + block_cells)
        steps = _full_tracks(xp, demand, tables, block)
        slope[block], part = _slope_and_constant(xp, demand, steps, block)
        constant += part
    local = _histograms(xp, demand, slope, block_cells)
    return _closed(demand, units, int(constant.item()), local)


def value(xp: ModuleType, demand: Demand, weights: FloatArray) -> float:
    """Return the exact coverage at row weights (J,)."""
    return cut(xp, demand, weights).value


def _full_tracks(xp: ModuleType, demand: Demand, tables: list[Array], block: slice) -> Array:
    """Return how many whole tracks each cell of the block has, at most K."""
    count = demand.base[block] * ROW_UNIT
    for group, table in zip(demand.groups, tables, strict=True):
        count += xp.take(table, group.codes[block])
    steps = (count >= ROW_UNIT).astype(xp.int8)
    for m in range(2, len(demand.credit)):
        steps += count >= m * ROW_UNIT
    return steps


def _slope_and_constant(
    xp: ModuleType, demand: Demand, steps: Array, block: slice
) -> tuple[Array, Array]:
    """Return weighted slopes of a block, and its share of the constant of the cut."""
    credit = demand.credit
    beyond = np.maximum(credit[:-1, None] - credit[None, :], 0).sum(axis=0)
    weight = demand.weight[block]
    slope = xp.take(xp.asarray(credit, dtype=float), steps) * weight
    constant = xp.take(xp.asarray(beyond, dtype=float), steps) * weight + slope * demand.base[block]
    return slope, constant.sum()


def _histograms(
    xp: ModuleType, demand: Demand, slope: Array, block_cells: int
) -> npt.NDArray[np.int64]:
    """Return sum_d slope_d v_jd for each local row."""
    local = np.zeros(len(demand.rows), dtype=np.int64)
    for group in demand.groups:
        size = len(group.patterns)
        step = max(block_cells, 8 * size)  # a histogram costs its table once a block
        by_code = xp.zeros(size)
        for start in range(0, len(demand), step):
            block = slice(start, start + step)
            by_code += xp.bincount(group.codes[block], weights=slope[block], minlength=size)
        local[group.rows] = to_numpy(by_code @ group.patterns).astype(np.int64)
    return local


def _closed(
    demand: Demand,
    units: npt.NDArray[np.int64],
    constant: int,
    local: npt.NDArray[np.int64],
) -> Cut:
    """Spread local slopes over the rows of the problem; the cut is tight, so it gives the value."""
    reached = constant * ROW_UNIT + sum(
        int(g) * int(u) for g, u in zip(local[units > 0], units[units > 0], strict=True)
    )
    slopes = np.zeros(demand.problem_rows, dtype=np.int64)
    slopes[demand.rows] = local
    return Cut(constant, slopes, demand.scale, reached / (demand.scale * ROW_UNIT))
