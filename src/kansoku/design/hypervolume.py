"""How much of the space of outcomes a front reaches: one number to compare fronts by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def hypervolume(points: FloatArray, reference: FloatArray) -> float:
    """Return the exact volume that points dominate beyond a reference point.

    Slices along the last objective: between two of its values the volume is the hypervolume of
    the points above, in one objective less.

    Parameters
    ----------
    points : (n, k) array
        Objectives, all to be maximised.
    reference : (k,) array
        Points that are not better than it in every objective add nothing.

    Returns
    -------
    float
        In the product of the units of the objectives.

    References
    ----------
    .. [1] L. While, P. Hingston, L. Barone and S. Huband, A faster algorithm for calculating
       hypervolume, IEEE Transactions on Evolutionary Computation 10 (2006), 29-38.
    """
    excess = np.asarray(points, dtype=float).reshape(-1, len(reference)) - reference
    return _sliced(excess[(excess > 0).all(axis=1)])


def _sliced(excess: FloatArray) -> float:
    if len(excess) == 0:
        return 0.0
    if excess.shape[1] == 1:
        return float(excess.max())
    falling = excess[np.argsort(-excess[:, -1], kind="stable")]
    height = falling[:, -1] - np.append(falling[1:, -1], 0.0)
    return float(
        sum(_sliced(falling[: k + 1, :-1]) * h for k, h in enumerate(height.tolist()) if h > 0)
    )
