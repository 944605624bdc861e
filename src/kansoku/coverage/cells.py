"""Merged demand cells: what one requirement asks of the contributors, as packed bit planes.

Two cells that every row sees the same number of times and that start from the same always-on
tracks are one cell with the sum of their weights: no coverage value changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]

WORD_BITS = 16


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

    Cells are grouped by a 64-bit hash of their pattern and every pair that was joined is then
    compared bit by bit, so the result is lossless. Cells of weight 0 are dropped.

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
    cells = len(weight)
    bit_rows = planes.reshape(-1, planes.shape[-1])
    used = np.flatnonzero([bits.any() for bits in bit_rows])  # high digits are mostly empty
    words = [base.astype(np.uint16)]
    words += [
        pack_words(bit_rows[used[start : start + WORD_BITS]], cells)
        for start in range(0, len(used), WORD_BITS)
    ]
    first, member = _first_of_each(words)
    merged_weight = np.zeros(len(first), dtype=np.int64)
    np.add.at(merged_weight, member, weight)
    kept = first[merged_weight > 0]
    merged = np.zeros((len(bit_rows), -(-len(kept) // 8)), dtype=np.uint8)
    for row in used:
        merged[row] = np.packbits(np.unpackbits(bit_rows[row], count=cells)[kept])
    return (
        merged.reshape(*planes.shape[:2], merged.shape[1]),
        base[kept],
        merged_weight[merged_weight > 0],
    )


def pack_words(bit_rows: ByteArray, cells: int) -> npt.NDArray[np.uint16]:
    """Gather up to 16 packed bit rows into one word a cell, row k as bit k.

    Parameters
    ----------
    bit_rows : (B, ceil(D/8)) uint8 array
        B at most 16.
    cells : int
        D.

    Returns
    -------
    (D,) uint16 array
    """
    word = np.zeros(cells, dtype=np.uint16)
    for k, bits in enumerate(bit_rows):
        word |= np.unpackbits(bits, count=cells).astype(np.uint16) << np.uint16(k)
    return word


def _first_of_each(words: list[npt.NDArray[np.uint16]]) -> tuple[IndexArray, IndexArray]:
    """Return the first cell of each distinct pattern, in order, and each cell's pattern."""
    pattern = np.zeros(len(words[0]), dtype=np.uint64)
    for word in words:
        pattern = _mixed(pattern ^ word)
    _, first, member = np.unique(pattern, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    first, member = first[order], rank[member]
    if any((word != word[first][member]).any() for word in words):
        raise RuntimeError("two different cell patterns share a 64-bit hash; change the multiplier")
    return first, member


def _mixed(pattern: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter each 64-bit value: one round of the MurmurHash3 finaliser (Appleby 2011)."""
    pattern = (pattern + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
    return pattern ^ (pattern >> np.uint64(33))
