"""Which items are alike: sorted by a hash, then compared with their neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

IndexArray = npt.NDArray[np.intp]
WordArray = npt.NDArray[np.uint64]


def mixed(pattern: WordArray) -> WordArray:
    """Scatter each 64-bit value: one round of the MurmurHash3 finaliser (Appleby 2011)."""
    pattern = (pattern + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xFF51AFD7ED558CCD)
    return pattern ^ (pattern >> np.uint64(33))


def by_hash(pattern: WordArray) -> IndexArray:
    """Return items in the order of their hash, equal hashes in rising order of the items.

    Hash and number of an item share one word: words sort three times as fast as indices. The bits
    that the number takes are lost to the hash, so two different items may stand interleaved (at
    10^7 items some dozens of pairs do, below 10^6 hardly any).

    Parameters
    ----------
    pattern : (D,) uint64 array

    Returns
    -------
    (D,) intp array
    """
    digits = max(len(pattern) - 1, 0).bit_length()
    number = np.arange(len(pattern), dtype=np.uint64)
    keyed = (pattern >> np.uint64(digits) << np.uint64(digits)) | number
    keyed.sort()
    keyed &= np.uint64((1 << digits) - 1)
    return keyed.view(np.intp)


def run_starts(order: IndexArray, columns: Iterable[npt.NDArray[Any]]) -> IndexArray:
    """Return where an item in the given order differs from the one before it.

    Parameters
    ----------
    order : (D,) intp array
    columns : iterable of (D,) arrays
        All that an item is; taken one at a time.

    Returns
    -------
    (U,) intp array
        Positions in `order`; equal items that stand apart start a run each.
    """
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for column in columns:
        sorted_values = column[order]
        new[1:] |= sorted_values[1:] != sorted_values[:-1]
    return np.flatnonzero(new)
