"""Merged demand cells: what one requirement asks of the contributors, as packed bit planes.

Two cells that every row sees the same number of times and that start from the same always-on
tracks are one cell with the sum of their weights: no coverage value changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.bitplanes import ROWS, by_cell, by_row

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]
HashArray = npt.NDArray[np.uint64]

BLOCK_CELLS = 1 << 16  # in work at a time while patterns are hashed; a multiple of 8


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

    Cells are sorted by a 64-bit hash of their pattern and neighbours that are joined are compared
    bit by bit, so the result is lossless. Cells of weight 0 are dropped. Beside the result it
    takes about 30 bytes a cell, whatever the number of rows.

    Parameters
    ----------
    planes : (P, J, ceil(D/8)) uint8 array
    base : (D,) uint8 array
    weight : (D,) int64 array

    Returns
    -------
    planes, base, weight
        The same three for the distinct cells, in the order in which they first appear.

    Raises
    ------
    RuntimeError
        When two different patterns share a hash (about 1 in 10^6 for 3.5 million cells).
    """
    bit_rows = planes.reshape(-1, planes.shape[-1])
    used = np.flatnonzero([bits.any() for bits in bit_rows])  # high digits are mostly empty
    eights = [used[start : start + ROWS] for start in range(0, len(used), ROWS)]
    order, starts = _sorted_runs(_hashed(bit_rows, eights, base))
    kept, merged_weight = _first_of_each(order, starts, weight)
    joined = np.ones(len(order), dtype=bool)
    joined[starts] = False
    _check_equal(base[order], joined)
    merged = np.zeros((len(bit_rows), -(-len(kept) // 8)), dtype=np.uint8)
    for rows in eights:
        words = by_cell(bit_rows[rows], len(weight))
        _check_equal(words[order], joined)
        merged[rows] = by_row(words[kept])[: len(rows)]
    return merged.reshape(*planes.shape[:2], merged.shape[1]), base[kept], merged_weight


def _hashed(bit_rows: ByteArray, eights: list[IndexArray], base: ByteArray) -> HashArray:
    """Return a 64-bit hash of each cell's pattern and base, (D,)."""
    pattern = _mixed(base.astype(np.uint64))  # or base 3 would meet rows 0 and 1
    for start in range(0, len(pattern), BLOCK_CELLS):
        block = pattern[start : start + BLOCK_CELLS]
        packed = slice(start // 8, (start + BLOCK_CELLS) // 8)
        for rows in eights:
            block[:] = _mixed(block ^ by_cell(bit_rows[rows, packed], len(block)))
    return pattern


def _mixed(pattern: HashArray) -> HashArray:
    """Scatter each 64-bit value: one round of the MurmurHash3 finaliser (Appleby 2011)."""
    pattern = (pattern + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
    return pattern ^ (pattern >> np.uint64(33))


def _sorted_runs(pattern: HashArray) -> tuple[IndexArray, IndexArray]:
    """Return the cells sorted by hash, and where each run of equal hashes starts among them."""
    order = np.argsort(pattern)
    pattern = pattern[order]
    new = np.ones(len(order), dtype=bool)
    np.not_equal(pattern[1:], pattern[:-1], out=new[1:])
    return order, np.flatnonzero(new)


def _first_of_each(
    order: IndexArray, starts: IndexArray, weight: IntArray
) -> tuple[IndexArray, IntArray]:
    """Return the first cell of each run that weighs anything, in rising order, and its weight."""
    if not len(order):
        return order, weight
    first = np.minimum.reduceat(order, starts)
    merged = np.add.reduceat(weight[order], starts)
    rising = np.argsort(first)
    rising = rising[merged[rising] > 0]
    return first[rising], merged[rising]


def _check_equal(sorted_values: ByteArray, joined: npt.NDArray[np.bool_]) -> None:
    """Make sure that each value equals the one before it wherever the two cells are joined."""
    if ((sorted_values[1:] != sorted_values[:-1]) & joined[1:]).any():
        raise RuntimeError("two different cell patterns share a 64-bit hash; change the multiplier")
