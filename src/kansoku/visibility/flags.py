"""Where flags are set, if few of many are."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from kansoku.backend import Array

WORD = 8
"""Truth values that are looked at together."""


def places_set(xp: ModuleType, flags: Array) -> Array:
    """Indices of the true ones of (K,) truth values, contiguous in memory.

    As `flatnonzero`, which looks at each; here whole words of them are passed over. A device looks
    at all at once, and reads words only where their size divides the address.
    """
    if xp is not np:
        return xp.flatnonzero(flags)
    whole = len(flags) // WORD * WORD
    words = flags[:whole].view(xp.uint64)
    word = xp.flatnonzero(words != 0)
    place = xp.flatnonzero(words[word].view(bool))
    tail = whole + xp.flatnonzero(flags[whole:])
    return xp.concatenate([word[place // WORD] * WORD + place % WORD, tail])
