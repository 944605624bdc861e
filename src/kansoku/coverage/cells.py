"""Merged demand cells: what one requirement asks of the contributors, as packed bit planes.

Two cells that every row sees the same number of times and that start from the same always-on
tracks are one cell with the sum of their weights: no coverage value changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.bitplanes import WORD_ROWS, rows_by_word, words_by_cell

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
    by bit, so the result is lossless. Where two patterns share a hash (at 10^7 cells some dozens
    do, below 10^6 hardly any) some of their cells may stay apart. Cells of weight 0 are dropped.
    Beside the result it takes about 40 bytes a cell, whatever the number of rows.

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
    used = np.flatnonzero([bits.any() for bits in bit_rows])  # high digits are mostly empty
    groups = [used[start : start + WORD_ROWS] for start in range(0, len(used), WORD_ROWS)]
    order = _by_hash(bit_rows, groups, base)
    kept, merged_weight = _first_of_each(order, _starts(order, bit_rows, groups, base), weight)
    merged = np.zeros((len(bit_rows), -(-len(kept) // 8)), dtype=np.uint8)
    for rows in groups:
        words = words_by_cell(bit_rows[rows], len(weight))
        merged[rows] = rows_by_word(words[kept])[: len(rows)]
    return merged.reshape(*planes.shape[:2], merged.shape[1]), base[kept], merged_weight


def _by_hash(bit_rows: ByteArray, groups: list[IndexArray], base: ByteArray) -> WordArray:
    """Return the cells in the order of a hash of pattern and base; equal cells in rising order.

    Hash and number of a cell share one word, which sorts three times as fast as an index does.
    """
    pattern = _mixed(base.astype(np.uint64))  # else base 3 would meet the first two rows
    for rows in groups:
        pattern = _mixed(pattern ^ words_by_cell(bit_rows[rows], len(base)))
    digits = np.uint64(max(len(base) - 1, 0).bit_length())
    pattern = (pattern >> digits << digits) | np.arange(len(base), dtype=np.uint64)
    pattern.sort()
    return pattern & np.uint64((1 << int(digits)) - 1)


def _mixed(pattern: WordArray) -> WordArray:
    """Scatter each 64-bit value: one round of the MurmurHash3 finaliser (Appleby 2011)."""
    pattern = (pattern + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
    return pattern ^ (pattern >> np.uint64(33))


def _starts(
    order: WordArray, bit_rows: ByteArray, groups: list[IndexArray], base: ByteArray
) -> IndexArray:
    """Return where a cell in the given order differs from the one before it."""
    new = np.ones(len(order), dtype=bool)
    new[1:] = _steps(base[order])
    for rows in groups:
        new[1:] |= _steps(words_by_cell(bit_rows[rows], len(order))[order])
    return np.flatnonzero(new)


def _steps(values: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
    """Return where a value differs from the one before it, (n - 1,)."""
    return np.asarray(values[1:] != values[:-1])


def _first_of_each(
    order: WordArray, starts: IndexArray, weight: IntArray
) -> tuple[IndexArray, IntArray]:
    """Return the first cell of each run that weighs anything, in rising order, and its weight."""
    if not len(order):
        return starts, weight
    first = order[starts].astype(np.intp)
    merged = np.add.reduceat(weight[order], starts)
    rising = np.argsort(first)
    rising = rising[merged[rising] > 0]
    return first[rising], merged[rising]
