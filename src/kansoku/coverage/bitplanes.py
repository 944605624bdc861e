"""Packed bits turned from rows to cells and back, eight rows at a time.

`numpy.packbits` keeps the bits of one row together. Comparing or coding cells needs the bits of one
cell together: eight rows by eight cells are a matrix of 64 bits, held in one word and transposed by
three exchanges (H. S. Warren, Hacker's Delight, 2nd ed., 2012, section 7-3). Unpacking to a byte a
bit and shifting took six times as long.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ByteArray = npt.NDArray[np.uint8]
WordArray = npt.NDArray[np.uint64]

ROWS = 8
"""Rows that are turned together."""

WORD_ROWS = 64
"""Rows that a word holds."""

BLOCK_CELLS = 1 << 16  # a multiple of 8; the bytes of a block stay in the cache

# Shift and mask of each exchange: within 2 x 2, 4 x 4 and 8 x 8 bits
EXCHANGES = ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0x00000000F0F0F0F0))


def by_cell(bit_rows: ByteArray, cells: int) -> ByteArray:
    """Gather up to eight packed bit rows into one byte a cell, row k as bit k.

    Parameters
    ----------
    bit_rows : (B, ceil(D/8)) uint8 array
        B at most 8; most significant bit first, as `numpy.packbits` writes.
    cells : int
        D.

    Returns
    -------
    (D,) uint8 array
    """
    block = np.zeros((bit_rows.shape[1], ROWS), dtype=np.uint8)
    block[:, : len(bit_rows)] = bit_rows.T
    # The first cell stands in the most significant bits
    return _transposed(block).byteswap(inplace=True).view(np.uint8)[:cells]


def words_by_cell(bit_rows: ByteArray, cells: int) -> WordArray:
    """Gather up to 64 packed bit rows into one word a cell, row k as bit k.

    Parameters
    ----------
    bit_rows : (B, ceil(D/8)) uint8 array
        B at most 64.
    cells : int
        D.

    Returns
    -------
    (D,) uint64 array, little-endian
    """
    words = np.zeros((cells, WORD_ROWS // ROWS), dtype=np.uint8)
    for start in range(0, cells, BLOCK_CELLS):
        block = words[start : start + BLOCK_CELLS]
        packed = bit_rows[:, start // 8 : (start + BLOCK_CELLS) // 8]
        for eight in range(0, len(bit_rows), ROWS):
            block[:, eight // ROWS] = by_cell(packed[eight : eight + ROWS], len(block))
    return words.view("<u8")[:, 0]


def rows_by_word(words: WordArray) -> ByteArray:
    """Undo `words_by_cell`.

    Parameters
    ----------
    words : (D,) uint64 array, little-endian

    Returns
    -------
    (64, ceil(D/8)) uint8 array
    """
    of_cell = words.view(np.uint8).reshape(len(words), WORD_ROWS // ROWS)
    return np.concatenate([by_row(column) for column in of_cell.T])


def by_row(words: ByteArray) -> ByteArray:
    """Undo `by_cell`: bit k of every cell, packed as row k.

    Parameters
    ----------
    words : (D,) uint8 array

    Returns
    -------
    (8, ceil(D/8)) uint8 array
        Bits beyond the last cell are 0.
    """
    block = np.zeros((-(-len(words) // ROWS), ROWS), dtype=np.uint8)
    block.reshape(-1)[: len(words)] = words
    block.view("<u8").byteswap(inplace=True)
    return np.ascontiguousarray(_transposed(block).view(np.uint8).reshape(block.shape).T)


def _transposed(block: ByteArray) -> WordArray:
    """Transpose the 8 x 8 bits of each row of (n, 8) bytes; returns (n,) little-endian words."""
    word = block.view("<u8")[:, 0]
    for shift, mask in EXCHANGES:
        moved = (word ^ (word >> np.uint64(shift))) & np.uint64(mask)
        word = word ^ moved ^ (moved << np.uint64(shift))
    return word.astype("<u8", copy=False)
