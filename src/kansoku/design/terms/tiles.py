"""Demand cells as tiles of words, laid out for gpu/value.cu: one weight a word, one window a tile.

Every binary digit of the tracks of every row is a bit row of its own, v = sum_p 2^p plane_p, and so
is every digit of the always-on tracks. A tile is 32 words of all bit rows behind each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells

ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]
WordArray = npt.NDArray[np.uint32]

WORD_CELLS = 32
TILE_WORDS = 32
WARP_ROWS = 26
BLOCK_ROWS = 8 * WARP_ROWS
ALWAYS = -1
"""Row of the digits of the always-on tracks."""

HEAVIEST = 2**32 - 1
"""Of a cell that a word can weigh."""


@dataclass(frozen=True)
class Sky:
    """Which bit rows are up, by weather draw and window.

    Attributes
    ----------
    window : (T,) int32 array
        Window of all cells of a tile.
    clear : (S, W, B) bool array
    """

    window: npt.NDArray[np.int32]
    clear: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tiles:
    """Cells of one requirement.

    Attributes
    ----------
    bits : (T, P, 32) uint32 array
        P bit rows, a multiple of `BLOCK_ROWS`; the first B of them hold anything. Bit k of a word
        is its cell k.
    weight : (T, 32) uint32 array
        Demand weight of each cell of a word.
    row : (B,) intp array
        Row of the requirement that each bit row belongs to, or `ALWAYS`.
    worth : (B,) int64 array
        2^p, tracks that a set bit stands for.
    sky : Sky, optional
        Every row is always up without.
    """

    bits: WordArray
    weight: WordArray
    row: IndexArray
    worth: IntArray
    sky: Sky | None = None


def tiles_of(cells: Cells) -> Tiles:
    """Lay out merged cells.

    Cells are sorted by weight and words filled up with cells that nobody sees. Of weights that few
    cells have, filling up would multiply the cells: such a cell stands once in each power of two of
    its weight instead, which adds up to the same.
    """
    cell, weight = by_weight(cells.weight)
    depth, rows = cells.planes.shape[:2]
    packed = [cells.planes[p, j] for j in range(rows) for p in range(depth)]
    worth = np.append(np.tile(1 << np.arange(depth), rows), 1 << np.arange(8))
    row = np.append(np.repeat(np.arange(rows), depth), np.full(8, ALWAYS))
    packed += [np.packbits(cells.base >> p & 1) for p in range(8)]
    used = np.flatnonzero([bits.any() for bits in packed])
    tiles = -(-len(cell) // (WORD_CELLS * TILE_WORDS))
    bits = np.zeros((tiles, padded(len(used)), TILE_WORDS), dtype=np.uint32)
    for b, k in enumerate(used):
        bits[:, b] = words(np.unpackbits(packed[k], count=len(cells)), cell).reshape(tiles, -1)
    return Tiles(bits, weight, row[used], worth[used])


def by_weight(weight: IntArray) -> tuple[IndexArray, WordArray]:
    """Put cells of equal weight together in words.

    Parameters
    ----------
    weight : (D,) int64 array
        From 0 to `HEAVIEST`.

    Returns
    -------
    cell : (32 n,) intp array
        The cell at each place, D for a place that is filled up.
    weight : (ceil(n / 32), 32) uint32 array
        Of each word.
    """
    each, number, count = np.unique(weight, return_inverse=True, return_counts=True)
    copies = count * (np.bitwise_count(each).astype(np.int64) - 1)
    is_split = (copies < -count % WORD_CELLS)[number]
    cell, worth = [np.flatnonzero(~is_split & (weight > 0))], [weight[~is_split & (weight > 0)]]
    for digit in range(32):
        has = np.flatnonzero(is_split & (weight >> digit & 1 == 1))
        cell.append(has)
        worth.append(np.full(len(has), 1 << digit))
    return _filled(np.concatenate(cell), np.concatenate(worth), len(weight))


def _filled(cell: IndexArray, weight: IntArray, filler: int) -> tuple[IndexArray, WordArray]:
    """Sort places by weight, and fill up the words of each weight."""
    order = np.argsort(weight, kind="stable")
    each, count = np.unique(weight, return_counts=True)
    size = -(-count // WORD_CELLS)
    filled = np.full(int(size.sum()) * WORD_CELLS, filler, dtype=np.intp)
    begin = np.repeat(np.cumsum(size) - size, count) * WORD_CELLS
    within = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    filled[begin + within] = cell[order]
    by_word = np.repeat(each, size).astype(np.uint32)
    tiles = -(-len(by_word) // TILE_WORDS)
    return filled, np.pad(by_word, (0, tiles * TILE_WORDS - len(by_word))).reshape(
        tiles, TILE_WORDS
    )


def words(seen: ByteArray, cell: IndexArray) -> WordArray:
    """Pack one bit row in the order of `by_weight`, filled up to whole tiles.

    Parameters
    ----------
    seen : (D,) uint8 array
        0 or 1 by cell.
    cell : (32 n,) intp array

    Returns
    -------
    (32 ceil(n / 32),) uint32 array
    """
    bits = np.packbits(np.append(seen, np.uint8(0))[cell], bitorder="little").view("<u4")
    return np.pad(bits, (0, -len(bits) % TILE_WORDS))


def padded(rows: int) -> int:
    """Bit rows that so many take in memory."""
    return max(-(-rows // BLOCK_ROWS), 1) * BLOCK_ROWS


def tiles_in_windows(tracks: ByteArray, clear: npt.NDArray[np.bool_], weight: IntArray) -> Tiles:
    """Lay out every target in every window, for all draws of the weather at once.

    A cell is a target in a window; the draws share it. Every contributor is a row.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Of one cell of each target.

    Returns
    -------
    Tiles
    """
    cell, by_word = by_weight(weight)
    used = [(c, p) for c in range(len(tracks)) for p in range(8) if (tracks[c] >> p & 1).any()]
    windows, per_window = tracks.shape[2], len(by_word)
    bits = np.zeros((windows, per_window, padded(len(used)), TILE_WORDS), dtype=np.uint32)
    for b, (c, p) in enumerate(used):
        for w in range(windows):
            seen = (tracks[c, :, w] >> p & 1).astype(np.uint8)
            bits[w, :, b] = words(seen, cell).reshape(per_window, -1)
    row, digit = np.array(used, dtype=np.intp).reshape(-1, 2).T
    return Tiles(
        bits.reshape(-1, *bits.shape[2:]),
        np.tile(by_word, (windows, 1)),
        row,
        1 << digit,
        Sky(
            np.repeat(np.arange(windows, dtype=np.int32), per_window),
            clear[:, row].swapaxes(1, 2),
        ),
    )
