"""Revisit gaps: how long a target goes without a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

PERCENTILE = 0.95
"""Share of the gaps that are no longer than `Gaps.p95_s`."""


@dataclass(frozen=True)
class TrackTimes:
    """Starts of all tracks of one network in one stretch.

    Attributes
    ----------
    contributor, target : (K,) int array
    start_s : (K,) float array
        Since the beginning of the stretch. [s]
    """

    contributor: npt.NDArray[np.signedinteger]
    target: npt.NDArray[np.signedinteger]
    start_s: npt.NDArray[np.floating]

    def where(self, keep: npt.NDArray[np.bool_]) -> TrackTimes:
        """Return some of the tracks."""
        return TrackTimes(self.contributor[keep], self.target[keep], self.start_s[keep])


def joined(parts: list[TrackTimes]) -> TrackTimes:
    """Put the tracks of several blocks behind each other."""
    return TrackTimes(
        np.concatenate([part.contributor for part in parts]),
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.start_s for part in parts]),
    )


@dataclass(frozen=True)
class Gaps:
    """Longest, 95th percentile and mean gap by weather draw and target, (S, N). [s]."""

    longest_s: FloatArray
    p95_s: FloatArray
    mean_s: FloatArray


def gaps_of(
    stretches: list[TrackTimes],
    clear: npt.NDArray[np.bool_],
    targets: int,
    stretch_s: float,
    window_s: float,
) -> Gaps:
    """Gaps between the starts of successive tracks.

    A gap may begin at the start of a stretch or end at its end: a target that is never seen has
    one gap as long as the stretch. Percentile and mean are over all gaps of all stretches.

    Parameters
    ----------
    stretches : list of TrackTimes
    clear : (S, C, W) bool array
        W windows, stretch after stretch; a track counts when its window is clear.
    targets : int
        N.
    stretch_s, window_s : float
        [s]

    Returns
    -------
    Gaps
    """
    windows = clear.shape[2] // len(stretches)
    columns = [
        _one_draw(stretches, clear[s], targets, stretch_s, window_s, windows)
        for s in range(clear.shape[0])
    ]
    longest, p95, mean = (np.stack(parts) for parts in zip(*columns, strict=True))
    return Gaps(longest, p95, mean)


def _one_draw(
    stretches: list[TrackTimes],
    clear: npt.NDArray[np.bool_],
    targets: int,
    stretch_s: float,
    window_s: float,
    windows: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Longest, 95th percentile and mean gap of each target under one weather draw."""
    owners, lengths = [], []
    for number, times in enumerate(stretches):
        window = np.clip((times.start_s / window_s).astype(int), 0, windows - 1)
        kept = clear[times.contributor, number * windows + window]
        owner, length = _gaps(times.target[kept], times.start_s[kept], targets, stretch_s)
        owners.append(owner)
        lengths.append(length)
    return _statistics(np.concatenate(owners), np.concatenate(lengths), targets)


def _gaps(
    target: npt.NDArray[np.signedinteger],
    start_s: npt.NDArray[np.floating],
    targets: int,
    stretch_s: float,
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Target and length of every gap in one stretch, both ends of the stretch included."""
    every = np.arange(targets)
    owner = np.concatenate([every, target, every])
    instant = np.concatenate([np.zeros(targets), start_s, np.full(targets, stretch_s)])
    order = np.lexsort((instant, owner))
    owner, instant = owner[order], instant[order]
    same = owner[1:] == owner[:-1]
    return owner[1:][same], np.diff(instant)[same]


def _statistics(
    owner: npt.NDArray[np.intp], length_s: FloatArray, targets: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Reduce gaps, sorted within each target, to (N,) longest, 95th percentile and mean."""
    order = np.lexsort((length_s, owner))
    owner, length_s = owner[order], length_s[order]
    count = np.bincount(owner, minlength=targets)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    mean = np.bincount(owner, weights=length_s, minlength=targets) / count
    rank95 = first + np.ceil(PERCENTILE * count).astype(int) - 1  # nearest rank
    return length_s[first + count - 1], length_s[rank95], mean
