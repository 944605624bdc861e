"""Revisit gaps on a GPU: those of `gaps`, the mean to rounding."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.gaps import PERCENTILE, Gaps, TrackTimes
from kansoku.device.device import Device, blocks_of
from kansoku.device.memory import SHARE_USED

LANES = 32

BYTES_A_TRACK = 160
"""Starts, columns, owners and what sorting them takes, with room for uneven parts. [B]"""

FloatArray = npt.NDArray[np.float64]


def gaps_on(
    device: Device,
    stretches: list[TrackTimes],
    clear: npt.NDArray[np.bool_],
    targets: int,
    stretch_s: float,
    window_s: float,
) -> Gaps:
    """Gaps between the starts of successive tracks, as `gaps_of` finds them.

    Parameters
    ----------
    device : Device
    stretches, clear, targets, stretch_s, window_s
        As of `gaps_of`; tracks start within their stretch.

    Returns
    -------
    Gaps
        Longest and percentile the same bits; the mean within a relative 1e-12.
    """
    count = sum(len(times.start_s) for times in stretches)
    parts = math.ceil(count * BYTES_A_TRACK / (SHARE_USED * device.free_bytes()))
    edges = np.linspace(0, targets, max(min(parts, targets), 1) + 1).round().astype(int)
    found = [
        _gaps_of_some(
            device, _of_targets(stretches, low, high), clear, high - low, stretch_s, window_s
        )
        for low, high in itertools.pairwise(edges.tolist())
    ]
    return Gaps(*(np.concatenate(each, axis=1) for each in zip(*found, strict=True)))


def _of_targets(stretches: list[TrackTimes], low: int, high: int) -> list[TrackTimes]:
    """Tracks of targets `low` to `high`, which then count from 0."""
    some = [times.where((times.target >= low) & (times.target < high)) for times in stretches]
    return [replace(times, target=times.target - low) for times in some]


def _gaps_of_some(
    device: Device,
    stretches: list[TrackTimes],
    clear: npt.NDArray[np.bool_],
    targets: int,
    stretch_s: float,
    window_s: float,
) -> tuple[FloatArray, ...]:
    xp, draws = device.xp, len(clear)
    start_s, column, first = _sorted_tracks(device, stretches, clear, targets, window_s)
    found = [xp.empty((draws, targets), dtype=np.float64) for _ in range(3)]
    warps = targets * -(-draws // LANES)
    blocks = blocks_of("gaps", "gaps", warps * LANES)
    device.launch(
        "gaps", "gaps", blocks, start_s, column, first, xp.asarray(packed(clear)), targets,
        len(stretches), draws, stretch_s, PERCENTILE, *found,
    )  # fmt: skip
    return tuple(to_numpy(each) for each in found)


def _sorted_tracks(
    device: Device,
    stretches: list[TrackTimes],
    clear: npt.NDArray[np.bool_],
    targets: int,
    window_s: float,
) -> tuple[Array, Array, Array]:
    """Return starts and columns of `clear`, by target, stretch and time, and where each begins."""
    xp, windows = device.xp, clear.shape[2] // len(stretches)
    starts, columns, owners = [], [], []
    for number, times in enumerate(stretches):
        start_s = xp.asarray(times.start_s.astype(np.float64))
        window = xp.clip((start_s / window_s).astype(np.int64), 0, windows - 1)
        contributor = xp.asarray(times.contributor.astype(np.int64))
        starts.append(start_s)
        columns.append(contributor * clear.shape[2] + number * windows + window)
        owners.append(xp.asarray(times.target.astype(np.int64)) * len(stretches) + number)
    start_s, column, owner = (xp.concatenate(parts) for parts in (starts, columns, owners))
    order = xp.lexsort(xp.stack([start_s, owner.astype(np.float64)]))
    first = xp.searchsorted(owner[order], xp.arange(targets * len(stretches) + 1))
    # a track more than there are: an empty array has no address
    last = xp.zeros(1)
    return (
        xp.concatenate([start_s[order], last]),
        xp.concatenate([column[order], last.astype(np.int64)]).astype(np.int32),
        first.astype(np.int64),
    )


def packed(clear: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """Pack weather draws (S, C, W) to words of 32 draws, (C W, ceil(S / 32))."""
    draws = -(-len(clear) // LANES) * LANES
    padded = np.zeros((clear.shape[1] * clear.shape[2], draws), dtype=bool)
    padded[:, : len(clear)] = clear.reshape(len(clear), -1).T
    return np.packbits(padded, axis=1, bitorder="little").view("<u4")
