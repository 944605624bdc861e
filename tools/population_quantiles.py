"""Which quantile of its group each representative takes.

Every candidate lies midway between two neighbouring order statistics of a group. Groups choose in
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
"""Times that every group chooses; the first choice of all is made knowing only earlier groups."""


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


def excess(candidate: FloatArray, members: FloatArray, at: FloatArray) -> FloatArray:
    """Objects at or below each grid value, group as one candidate less group as it is.

    Parameters
    ----------
    candidate : (M - 1,) array
        What could stand for the group.
    members : (M,) array
        The group.
    at : (G,) array
        Ascending grid.

    Returns
    -------
    (M - 1, G) array
    """
    real = np.searchsorted(np.sort(members), at, side="right")
    return len(members) * (candidate[:, None] <= at) - real.astype(float)


def choose(options: Sequence[FloatArray]) -> Index:
    """Choose one row of every group's excess so that their sum stays near zero.

    Parameters
    ----------
    options : K arrays (candidates, G)
        `excess` of each group; a row of nan may not be chosen.

    Returns
    -------
    (K,) int array
        Row chosen by each group.
    """
    chosen = np.full(len(options), -1)
    total = np.zeros(options[0].shape[1])
    for _ in range(SWEEPS):
        for group, rows in enumerate(options):
            if chosen[group] >= 0:
                total -= rows[chosen[group]]
            chosen[group] = np.nanargmin(((total + rows) ** 2).sum(axis=1))
            total += rows[chosen[group]]
    return chosen
