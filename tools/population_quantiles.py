"""Which quantile of its group each row takes.

Every candidate lies midway between two neighbouring order statistics of a group. Rows choose in
turn, each the candidate that brings the weighted distribution of the regime closest to the real
one (error diffusion), so a quantity keeps its distribution although no object keeps its value.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

GRID = 400
"""Quantiles of a regime at which the two distributions are compared."""

SWEEPS = 4
"""Times that every row chooses; the first choice of all is made knowing only earlier rows."""


def candidates(values: FloatArray) -> FloatArray:
    """Midpoints of neighbouring order statistics: (M,) values give (M - 1,) candidates."""
    ordered = np.sort(values)
    return (ordered[:-1] + ordered[1:]) / 2


def circular_candidates(angles_deg: FloatArray) -> FloatArray:
    """As `candidates`, in degrees on the circle opened at the widest gap between the angles."""
    ordered = np.sort(angles_deg)
    gaps = np.diff(ordered, append=ordered[0] + 360)
    start = ordered[(np.argmax(gaps) + 1) % len(ordered)]
    return (start + candidates((angles_deg - start) % 360)) % 360


def grid(values: FloatArray) -> FloatArray:
    """Values of a regime's objects, evenly spaced in rank."""
    return np.unique(np.quantile(values, np.linspace(0, 1, GRID), method="inverted_cdf"))


def choose(
    members: Sequence[FloatArray], options: Sequence[FloatArray], objects: Sequence[int]
) -> Index:
    """Choose one option for every row so that all quantities keep their distribution.

    Parameters
    ----------
    members : K arrays (M, Q)
        Q quantities of the objects of each row's group.
    options : K arrays (J, Q)
        What may stand for each group.
    objects : (K,) ints
        Objects that each row stands for.

    Returns
    -------
    (K,) int array
        Option chosen for each row.
    """
    at = [grid(column) for column in np.concatenate(members).T]
    real = [at_or_below(group, at).mean(axis=0) for group in members]
    chosen = np.full(len(options), -1)
    total = np.zeros(len(real[0]))
    for sweep in range(SWEEPS):
        for k, group in enumerate(options):
            excess = objects[k] * (at_or_below(group, at) - real[k])
            if sweep:
                total -= excess[chosen[k]]
            chosen[k] = np.argmin(((total + excess) ** 2).sum(axis=1))
            total += excess[chosen[k]]
    return chosen


def at_or_below(values: FloatArray, at: Sequence[FloatArray]) -> FloatArray:
    """1 where a value (J, Q) is at or below a grid point of its quantity: (J, points of all Q)."""
    columns = zip(values.T, at, strict=True)
    return np.hstack([column[:, None] <= points for column, points in columns]).astype(float)
