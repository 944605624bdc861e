"""Tracks: runs of visibility long enough to be useful, and crossings of fans.

A run of L samples lasts between L - 1 and L + 1 steps. Where the shorter bound already reaches
the sensor's minimum, the samples decide; every other run has its edges bisected on the
interpolated states first. Passes that hide between samples are looked for around the closest
approach, and a fan's plane is crossed where the out-of-plane distance changes sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from kansoku.backend import Array
from kansoku.ephemeris.interpolation import hermite
from kansoku.ephemeris.states import StateBlock
from kansoku.network.contributors import FAN
from kansoku.visibility.geometry import dot
from kansoku.visibility.mask import Limits, Samples, visible_at
from kansoku.visibility.views import View
from kansoku.visibility.watch import Scene, Sky, Watch

# Halvings of a step when an edge is bisected: 60 s / 2^7 = 0.5 s.
EDGE_HALVINGS = 7

# Samples across the two steps around a closest approach: every 2 s at a step of 60 s.
NEAREST_SAMPLES = 61


@dataclass(frozen=True)
class Stage:
    """A block of targets under the sky of one stretch, seen by a watch: all a track needs."""

    xp: ModuleType
    watch: Watch
    scene: Scene
    sky: Sky
    limits: Limits
    block: StateBlock

    @property
    def steps(self) -> int:
        """Samples of the stretch."""
        return int(self.block.usable.shape[1])

    @property
    def end_s(self) -> float:
        """Length of the stretch. [s]"""
        return (self.steps - 1) * self.sky.step_s

    def seen(self, contributor: int, row: Array, seconds: Array) -> Array:
        """Whether targets are visible to a contributor at arbitrary instants."""
        samples = Samples(self.xp.full(row.shape[0], contributor), row, seconds)
        return visible_at(
            self.xp, self.watch, self.scene, self.sky, self.limits, self.block, samples
        )


@dataclass(frozen=True)
class Runs:
    """Stretches of visibility: target row, first and last instant [s], (R,) arrays."""

    row: Array
    begin_s: Array
    end_s: Array

    def where(self, keep: Array) -> Runs:
        """Return some of the runs."""
        return Runs(self.row[keep], self.begin_s[keep], self.end_s[keep])


def tracks_of(stage: Stage, view: View, window_s: float, longest_s: float) -> tuple[Array, Array]:
    """Tracks that one contributor can take of a block.

    Parameters
    ----------
    stage : Stage
    view : View
        What the contributor sees on the grid.
    window_s : float
        Length of a demand window: a track belongs to the window that contains its start. [s]
    longest_s : float
        A run longer than this counts as successive tracks of this length each. [s]

    Returns
    -------
    row, start_s : (K,) arrays
        Target row within the block, and the instant at which the track starts. [s]
    """
    minimum_s = float(stage.watch.host.minimum_track_s[view.contributor])
    if stage.watch.host.kind[view.contributor] == FAN:
        return _crossings(stage, view, minimum_s)
    runs = _refined(stage, view, _sampled_runs(stage, view), minimum_s, window_s)
    hidden = _hidden_runs(stage, view)
    both = Runs(
        *(
            stage.xp.concatenate([a, b])
            for a, b in zip(
                (runs.row, runs.begin_s, runs.end_s),
                (hidden.row, hidden.begin_s, hidden.end_s),
                strict=True,
            )
        )
    )
    return _split(
        stage.xp, both.where(both.end_s - both.begin_s >= minimum_s), minimum_s, longest_s
    )


def _sampled_runs(stage: Stage, view: View) -> Runs:
    """Runs of consecutive visible samples, from the first sample to the last."""
    xp, flat, steps = stage.xp, view.visible, stage.steps
    count = flat.shape[0]
    new = xp.ones(count, dtype=bool)
    new[1:] = (flat[1:] != flat[:-1] + 1) | (flat[1:] % steps == 0)
    first = xp.flatnonzero(new)
    last = xp.concatenate([first[1:], xp.full(min(count, 1), count)]) - 1
    row = flat[first] // steps
    offset = row * steps
    step_s = stage.sky.step_s
    return Runs(row, (flat[first] - offset) * step_s, (flat[last] - offset) * step_s)


def _refined(stage: Stage, view: View, runs: Runs, minimum_s: float, window_s: float) -> Runs:
    """Move the edges of the runs that the samples do not decide to where visibility changes."""
    xp, step_s = stage.xp, stage.sky.step_s
    earliest_s = xp.maximum(runs.begin_s - step_s, 0.0)
    doubtful = (runs.end_s - runs.begin_s < minimum_s) | (
        xp.floor(earliest_s / window_s) != xp.floor(runs.begin_s / window_s)
    )
    begins = xp.flatnonzero(doubtful & (runs.begin_s > 0.0))
    ends = xp.flatnonzero(doubtful & (runs.end_s < stage.end_s))
    begin_s, end_s = runs.begin_s.copy(), runs.end_s.copy()
    inside = begin_s[begins]
    begin_s[begins] = _edge(stage, view, runs.row[begins], inside - step_s, inside)
    inside = end_s[ends]
    end_s[ends] = _edge(stage, view, runs.row[ends], inside + step_s, inside)
    return Runs(runs.row, begin_s, end_s)


def _edge(stage: Stage, view: View, row: Array, unseen_s: Array, seen_s: Array) -> Array:
    """Instant between an unseen and a seen one at which visibility changes. [s]"""
    for _ in range(EDGE_HALVINGS if row.shape[0] else 0):
        middle_s = 0.5 * (unseen_s + seen_s)
        seen = stage.seen(view.contributor, row, middle_s)
        seen_s = stage.xp.where(seen, middle_s, seen_s)
        unseen_s = stage.xp.where(seen, unseen_s, middle_s)
    return 0.5 * (unseen_s + seen_s)


def _hidden_runs(stage: Stage, view: View) -> Runs:
    """Longest run between the unseen samples on both sides of each closest approach."""
    xp, steps, step_s = stage.xp, stage.steps, stage.sky.step_s
    row = view.nearest // steps
    centre_s = (view.nearest - row * steps) * step_s
    spacing_s = 2.0 * step_s / (NEAREST_SAMPLES - 1)
    offset_s = (xp.arange(NEAREST_SAMPLES) - (NEAREST_SAMPLES - 1) // 2) * spacing_s
    seconds = centre_s[:, None] + offset_s[None, :]
    seen = stage.seen(view.contributor, xp.repeat(row, NEAREST_SAMPLES), seconds.ravel()).reshape(
        -1, NEAREST_SAMPLES
    )
    any_seen = xp.flatnonzero(seen.any(axis=1))
    seen, row, seconds = seen[any_seen], row[any_seen], seconds[any_seen]
    # One pass rises and sets once around its closest approach: first to last seen is the run.
    first = seen.argmax(axis=1)
    last = NEAREST_SAMPLES - 1 - seen[:, ::-1].argmax(axis=1)
    at = xp.arange(any_seen.shape[0])
    half = 0.5 * spacing_s  # on average an edge lies half a spacing beyond the outermost sample
    return Runs(row, seconds[at, first] - half, seconds[at, last] + half)


def _split(xp: ModuleType, runs: Runs, minimum_s: float, longest_s: float) -> tuple[Array, Array]:
    """Successive tracks of long runs; the last one needs the minimum duration too."""
    further = xp.floor((runs.end_s - runs.begin_s - minimum_s) / longest_s)
    pieces = 1 + xp.maximum(further, 0.0).astype(np.int64)
    row, begin_s = _repeat(xp, runs.row, pieces), _repeat(xp, runs.begin_s, pieces)
    total = int(pieces.sum())
    before = xp.cumsum(pieces) - pieces
    number = xp.arange(total) - _repeat(xp, before, pieces)
    return row, begin_s + number * longest_s


def _repeat(xp: ModuleType, values: Array, times: Array) -> Array:
    """Repeat each value its own number of times (CuPy's repeat takes no array of counts)."""
    ends = xp.cumsum(times)
    total = int(ends[-1]) if ends.shape[0] else 0
    return values[xp.searchsorted(ends, xp.arange(total), side="right")]


def _crossings(stage: Stage, view: View, minimum_dwell_s: float) -> tuple[Array, Array]:
    """Crossings of a fan's plane inside its field, within range, with enough dwell."""
    xp, steps = stage.xp, stage.steps
    row = view.crossings // steps
    before_s = (view.crossings - row * steps) * stage.sky.step_s
    distance = _out_of_plane(stage, view.contributor)
    seconds = _crossing_instants(xp, distance, row, before_s, before_s + stage.sky.step_s)
    _, speed_m_s, range_m = distance(row, seconds)
    half = stage.watch.host.fan_half_thickness_rad[view.contributor]
    dwell_s = 2.0 * half * range_m / xp.maximum(xp.abs(speed_m_s), 1e-6)
    keep = stage.seen(view.contributor, row, seconds) & (dwell_s >= minimum_dwell_s)
    return row[keep], seconds[keep]


def _out_of_plane(
    stage: Stage, contributor: int
) -> Callable[[Array, Array], tuple[Array, Array, Array]]:
    """Function giving distance from the plane [m], its rate [m/s] and the range [m]."""
    normal = stage.watch.fan_normal_itrf[:, contributor : contributor + 1]
    site = stage.watch.site_itrf_m[:, contributor : contributor + 1]

    def distance(row: Array, seconds: Array) -> tuple[Array, Array, Array]:
        position, velocity = hermite(stage.xp, stage.block, row, seconds, stage.sky.step_s)
        line_of_sight_m = position - site
        range_m = stage.xp.sqrt(dot(line_of_sight_m, line_of_sight_m))
        return dot(normal, line_of_sight_m), dot(normal, velocity), range_m

    return distance


def _crossing_instants(
    xp: ModuleType,
    distance: Callable[[Array, Array], tuple[Array, Array, Array]],
    row: Array,
    before_s: Array,
    after_s: Array,
) -> Array:
    """Instants at which the out-of-plane distance is zero: false position, then Newton. [s]"""
    at_before, at_after = distance(row, before_s)[0], distance(row, after_s)[0]
    share = at_before / (at_before - at_after)
    seconds = before_s + xp.clip(share, 0.0, 1.0) * (after_s - before_s)
    for _ in range(2):
        value, rate, _ = distance(row, seconds)
        seconds = xp.clip(seconds - value / xp.where(rate == 0.0, 1.0, rate), before_s, after_s)
    return seconds


def count_by_window(
    xp: ModuleType, row: Array, start_s: Array, window_s: float, shape: tuple[int, int]
) -> Array:
    """Tracks of each target in each window, (n, W) uint8, saturating at 255."""
    targets, windows = shape
    window = xp.clip((start_s / window_s).astype(np.int64), 0, windows - 1)
    counted = xp.bincount(row * windows + window, minlength=targets * windows)
    return xp.minimum(counted, 255).astype(np.uint8).reshape(targets, windows)
