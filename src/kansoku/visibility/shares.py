"""Targets a few at a time, so that what is computed of them stays in a cache."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np


def shares(xp: ModuleType, targets: int, steps: int, samples: int) -> Iterator[slice]:
    """Cut targets into slices of so many samples; a device takes all at once.

    Parameters
    ----------
    targets : int
        One slice even where there are none.
    steps : int
        Samples of a target.
    samples : int
        Of one slice.
    """
    size = max(1, samples // max(steps, 1)) if xp is np else max(targets, 1)
    for start in range(0, max(targets, 1), size):
        yield slice(start, min(start + size, targets))
