"""Cells as codes: few different patterns in each group of rows, looked up instead of counted.

Neighbouring rows (sensors of one site, sites of one region) see much the same cells, so a group of
20 to 40 rows shows only some thousand different patterns: a cell then is one 16-bit code a group.
Counts are a table look-up by code and cut coefficients a histogram over codes, each about 2 ns a
cell and group, whatever the number of bit planes. At 117,000 cells and 115 rows that is 5 groups;
bits row by row would be 115 passes, a sparse matrix 1.8 million entries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.coverage.bitplanes import ROWS, by_cell
from kansoku.coverage.cells import Cells

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
CodeArray = npt.NDArray[np.uint16]

FEWEST_PATTERNS = 256
MOST_PATTERNS = 1 << 14  # a table of 128 KiB stays in the second-level cache


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


def encoded(cells: Cells) -> list[Group]:
    """Group neighbouring rows while their joint patterns stay few enough for a small table."""
    return joined(_words(cells), len(cells))


def joined(groups: list[Group], cells: int) -> list[Group]:
    """Join neighbours of some groups over the same cells while their patterns stay few enough."""
    limit = int(np.clip(cells // 16, FEWEST_PATTERNS, MOST_PATTERNS))
    few: list[Group] = []
    for group in groups:
        pair = _joined(few[-1], group, limit) if few else None
        if pair is None:
            few.append(group)
        else:
            few[-1] = pair
    return few


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
    word = _code(np.stack([cells.planes[p, row] for row, p in bits]), len(cells))
    present = np.flatnonzero(np.bincount(word, minlength=1 << len(bits)))
    patterns = np.zeros((len(present), len(rows)))
    for k, (row, p) in enumerate(bits):
        patterns[:, rows.index(row)] += ((present >> k) & 1) << p
    return Group(np.array(rows, dtype=np.intp), patterns, _ranks(present, 1 << len(bits))[word])


def _code(bit_rows: npt.NDArray[np.uint8], cells: int) -> CodeArray:
    """Gather up to 16 packed bit rows into one code a cell, row k as bit k."""
    code = by_cell(bit_rows[:ROWS], cells).astype(np.uint16)
    if len(bit_rows) > ROWS:
        code |= by_cell(bit_rows[ROWS:], cells).astype(np.uint16) << np.uint16(ROWS)
    return code


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
