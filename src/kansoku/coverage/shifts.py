"""Shifts: each window of each weather draw with who sees which objects, and the slots there are.

A sensor can take only so many tracks in a shift, so the demand of one shift hangs together where
cells of plain coverage do not. Objects that every contributor sees alike and that are worth the
same are one cell with a number of objects; no assignment is lost by that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Shift:
    """Demand and supply of one window in one weather draw.

    Attributes
    ----------
    row : (E,) int16 array
    cell : (E,) int32 array
        Row of the problem and cell of each entry, sorted by row.
    tracks : (E,) uint8 array
        Tracks of one object of the cell that the row can take.
    objects : (D,) array
        Number of objects of each cell; each needs its own slot for each track.
    worth : (D,) array
        Demand weight of one object, omega.
    slots : (J,) array
        Tracks that each row can take in the shift.
    """

    row: npt.NDArray[np.int16]
    cell: npt.NDArray[np.int32]
    tracks: npt.NDArray[np.uint8]
    objects: FloatArray
    worth: FloatArray
    slots: FloatArray


def shifts_of(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    objects: FloatArray,
    slots: FloatArray,
    most: npt.NDArray[np.intp],
) -> tuple[Shift, ...]:
    """Lay out the shifts of a study; each contributor is a row of the problem.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
        Which contributor works in which window of which draw.
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    objects : (N,) array
        Objects that each target stands for.
    slots : (C, W) array
        Tracks that a contributor can take in a window when it works.
    most : (C,) intp array
        Tracks of one object beyond this add nothing; 0 leaves a contributor out.

    Returns
    -------
    tuple of Shift
        Draw by draw, window by window.
    """
    worth = weight / np.maximum(objects, 1e-300)
    return tuple(
        _shift(tracks[:, :, w], of_draw[:, w] & (most > 0), worth, objects, slots[:, w], most)
        for of_draw in clear
        for w in range(tracks.shape[2])
    )


def _shift(
    tracks: npt.NDArray[np.uint8],
    working: npt.NDArray[np.bool_],
    worth: FloatArray,
    objects: FloatArray,
    slots: FloatArray,
    most: npt.NDArray[np.intp],
) -> Shift:
    """Merge the objects of one shift."""
    members = np.flatnonzero(working & (slots > 0))
    seen = np.minimum(tracks[members], most[members, None]).astype(np.uint8)
    first, counts = _merged(seen, worth, objects)
    entry, cell = np.nonzero(seen[:, first])
    return Shift(
        members[entry].astype(np.int16),
        cell.astype(np.int32),
        seen[:, first][entry, cell],
        counts,
        worth[first],
        np.where(working, slots, 0.0),
    )


def _merged(
    seen: npt.NDArray[np.uint8], worth: FloatArray, objects: FloatArray
) -> tuple[IndexArray, FloatArray]:
    """Return the first target of each kind, and how many objects are of that kind.

    Kinds are told apart by a 64-bit hash, and what was joined is then compared: no loss.

    Raises
    ------
    RuntimeError
        When two different kinds share a hash.
    """
    kind = worth.view(np.uint64).copy()
    for of_one in seen:
        kind = (kind ^ of_one) * _ODD
        kind ^= kind >> np.uint64(29)
    _, first, member = np.unique(kind, return_index=True, return_inverse=True)
    if (seen != seen[:, first][:, member]).any() or (worth != worth[first][member]).any():
        raise RuntimeError("two different kinds of object share a 64-bit hash; change the factor")
    counts: FloatArray = np.bincount(member, objects, len(first)).astype(float)
    visible = seen[:, first].any(axis=0)
    return first[visible], counts[visible]
