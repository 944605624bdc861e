"""Demand cells: every target in every window of every weather draw, with its weight.

Cells are built window by window, merged at once and merged again over windows, so the whole
cube of scenarios is never held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.constants import REGIMES
from kansoku.coverage.cells import Cells, merge_identical
from kansoku.errors import CoverageError
from kansoku.targets.objects import Targets

# All weights together: sums of weight x credit x row weight must stay exact integers in the
# evaluation (design/terms/count.py), which leaves 29 bits for the weights.
TOTAL_WEIGHT = 1 << 29


@dataclass(frozen=True)
class Rows:
    """Which contributors each row of a requirement adds up.

    Attributes
    ----------
    members : tuple of (c,) int arrays
        Contributors of each row: one for a candidate, all sensors of one partner for a partner.
    most : (J,) int array
        Tracks beyond this add nothing to the row.
    always : (c,) int array
        Contributors that are always on.
    """

    members: tuple[npt.NDArray[np.intp], ...]
    most: npt.NDArray[np.intp]
    always: npt.NDArray[np.intp]


def demand_weights(
    targets: Targets, weights: dict[str, float], windows: int, scenarios: int
) -> npt.NDArray[np.int64]:
    """Weight of one cell of each target, as an integer.

    The share of a regime is spread evenly over its catalogue objects, all windows and all weather
    draws. Shares of regimes without targets are lost to none: the rest is scaled up.

    Parameters
    ----------
    targets : Targets
        N targets; `multiplicity` counts the objects that each stands for.
    weights : dict of str to float
        Share of the demand by regime, in any common unit.
    windows, scenarios : int
        Cells a target.

    Returns
    -------
    (N,) int64 array

    Raises
    ------
    CoverageError
        When no target lies in a regime with a weight, or weights are too fine for integers.
    """
    share = np.zeros(len(targets))
    for index, regime in enumerate(REGIMES):
        inside = targets.regime == index
        objects = targets.multiplicity[inside].sum()
        if objects > 0:
            share[inside] = weights.get(regime, 0.0) * targets.multiplicity[inside] / objects
    if share.sum() <= 0:
        raise CoverageError(
            f"coverage.weights: no target lies in a regime with a weight above 0 ({weights}); "
            "give a weight to a regime that the catalogue has"
        )
    unit = TOTAL_WEIGHT / (share.sum() * windows * scenarios)
    whole: npt.NDArray[np.int64] = np.round(share * unit).astype(np.int64)
    if ((whole == 0) & (share > 0)).any():
        raise CoverageError(
            f"coverage: {len(targets)} targets x {windows} windows x {scenarios} weather draws "
            "leave less than one unit of weight a cell; use fewer draws or longer windows, or "
            "raise the smallest of coverage.weights"
        )
    return whole


def cells_of(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    rows: Rows,
    most_always: int,
    problem_rows: npt.NDArray[np.intp],
) -> Cells:
    """Merge the demand cells of one requirement.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Of one cell of each target.
    rows : Rows
        J rows.
    most_always : int
        Always-on tracks beyond this add nothing.
    problem_rows : (J,) intp array
        Where each row stands in the design problem.

    Returns
    -------
    Cells
    """
    planes_needed = int(max([most_always, *rows.most.tolist()])).bit_length()
    merged = [
        merge_identical(*_window_cells(tracks, clear, weight, rows, most_always, w, planes_needed))
        for w in range(tracks.shape[2])
    ]
    planes, base, merged_weight = merge_identical(*_joined(merged))
    return Cells(
        planes=planes,
        base=base,
        weight=merged_weight,
        total_weight=int(weight.sum()) * tracks.shape[2] * clear.shape[0],
        rows=problem_rows,
    )


def _window_cells(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    rows: Rows,
    most_always: int,
    window: int,
    planes_needed: int,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Planes, base and weight of one window's cells, all draws side by side, (S N) cells."""
    scenarios = clear.shape[0]
    cells = scenarios * tracks.shape[1]
    planes = np.zeros((planes_needed, len(rows.members), -(-cells // 8)), dtype=np.uint8)
    for j, (members, most) in enumerate(zip(rows.members, rows.most, strict=True)):
        count = _counted(tracks, clear, members, window, int(most))
        for p in range(planes_needed):
            planes[p, j] = np.packbits((count >> p) & 1)
    base = _counted(tracks, clear, rows.always, window, most_always)
    return planes, base, np.tile(weight, scenarios)


def _counted(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    members: npt.NDArray[np.intp],
    window: int,
    most: int,
) -> npt.NDArray[np.uint8]:
    """Tracks that some contributors take together in one window, (S N) clipped at `most`."""
    total = np.zeros((clear.shape[0], tracks.shape[1]), dtype=np.uint16)
    for c in members:
        total += tracks[c, :, window][None, :] * clear[:, c, window][:, None]
    return np.minimum(total, most).astype(np.uint8).ravel()


def _joined(
    parts: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.int64]]],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Put the cells of all windows side by side."""
    depth, rows = parts[0][0].shape[:2]
    weight = np.concatenate([part[2] for part in parts])
    planes = np.empty((depth, rows, -(-len(weight) // 8)), dtype=np.uint8)
    for p in range(depth):
        for j in range(rows):
            planes[p, j] = np.packbits(np.concatenate(list(_bits(parts, p, j))))
    return planes, np.concatenate([part[1] for part in parts]), weight


def _bits(
    parts: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.int64]]],
    p: int,
    j: int,
) -> Iterator[npt.NDArray[np.uint8]]:
    """Unpacked bits of one plane and row, window by window."""
    for planes, _, weight in parts:
        yield np.unpackbits(planes[p, j], count=len(weight))
