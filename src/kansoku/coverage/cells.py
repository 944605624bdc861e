"""Merged demand cells: what one requirement asks of the contributors, as packed bit planes.

Two cells that every row sees the same number of times and that start from the same always-on
tracks are one cell with the sum of their weights: no coverage value changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from kansoku.coverage.bitplanes import WORD_ROWS, rows_by_word, words_by_cell
from kansoku.coverage.patterns import by_hash, mixed, run_starts

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]
WordArray = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Cells:
    """Merged demand cells of one requirement.

    Attributes
    ----------
    planes : (P, J, ceil(D/8)) uint8 array
        Binary digit p of the number of tracks of row j in cell d, v = sum_p 2^p plane_p, packed
        along cells, most significant bit first (`numpy.packbits`).
    base : (D,) uint8 array
        Tracks of the sensors that are always on.
    weight : (D,) int64 array
        Demand weight omega.
    total_weight : int
        Weight of all demand, the cells that nobody can see included: the denominator of coverage,
        so blind spots show.
    rows : (J,) intp array
        Row of the design problem that each row of `planes` is.
    """

    planes: ByteArray
    base: ByteArray
    weight: IntArray
    total_weight: int
    rows: IndexArray

    def __len__(self) -> int:
        return len(self.weight)


def merge_identical(
    planes: ByteArray, base: ByteArray, weight: IntArray
) -> tuple[ByteArray, ByteArray, IntArray]:
    """Join cells with the same tracks by row and the same base; their weights add up.

    Cells are sorted by a hash of their pattern, and neighbours are joined where they are equal bit
    by bit, so the result is lossless; where two patterns share a hash (`by_hash`) some equal cells
    may stay apart. Cells of weight 0 are dropped. Beside the result it takes about 40 bytes a
    cell, whatever the number of rows.

    Parameters
    ----------
    planes : (P, J, ceil(D/8)) uint8 array
    base : (D,) uint8 array
    weight : (D,) int64 array

    Returns
    -------
    planes, base, weight
        The same three for the distinct cells, in the order in which they first appear.
    """
    bit_rows = planes.reshape(-1, planes.shape[-1])
    groups = _groups(bit_rows)
    pattern = mixed(base.astype(np.uint64))  # else base 3 would meet the first two rows
    for words in _words(bit_rows, groups, len(weight)):
        pattern = mixed(pattern ^ words)
    order = by_hash(pattern)
    starts = run_starts(order, chain((base,), _words(bit_rows, groups, len(weight))))
    kept, merged_weight = _first_of_each(order, starts, weight)
    return chosen(planes, len(weight), kept), base[kept], merged_weight


def chosen(planes: ByteArray, cells: int, kept: IndexArray) -> ByteArray:
    """Return the planes of some of the cells.

    Parameters
    ----------
    planes : (P, J, ceil(D/8)) uint8 array
    cells : int
        D.
    kept : (n,) index array

    Returns
    -------
    (P, J, ceil(n/8)) uint8 array
    """
    bit_rows = planes.reshape(-1, planes.shape[-1])
    some = np.zeros((len(bit_rows), -(-len(kept) // 8)), dtype=np.uint8)
    groups = _groups(bit_rows)
    for rows, words in zip(groups, _words(bit_rows, groups, cells), strict=True):
        some[rows] = rows_by_word(words[kept])[: len(rows)]
    return some.reshape(*planes.shape[:2], some.shape[1])


def _groups(bit_rows: ByteArray) -> list[IndexArray]:
    """Return the rows that hold anything, 64 at a time; high digits are mostly empty."""
    used = np.flatnonzero([bits.any() for bits in bit_rows])
    return [used[start : start + WORD_ROWS] for start in range(0, len(used), WORD_ROWS)]


def _words(bit_rows: ByteArray, groups: list[IndexArray], cells: int) -> Iterator[WordArray]:
    """Yield the pattern of each cell, 64 rows at a time; made anew each time to save memory."""
    for rows in groups:
        yield words_by_cell(bit_rows[rows], cells)


def _first_of_each(
    order: IndexArray, starts: IndexArray, weight: IntArray
) -> tuple[IndexArray, IntArray]:
    """Return the first cell of each run that weighs anything, in rising order, and its weight."""
    if not len(order):
        return starts, weight
    first = order[starts]
    merged = np.add.reduceat(weight[order], starts)
    rising = np.argsort(first)
    rising = rising[merged[rising] > 0]
    return first[rising], merged[rising]
