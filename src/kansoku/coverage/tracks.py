"""Tracks: runs of visibility long enough to be useful, and crossings of fans.

The samples bound a run: it begins between the last unseen sample before it and its first seen
sample, and ends likewise. Where these bounds decide whether it is long enough, and in which
window it starts, nothing more is computed; every other run has its edges bisected on the
interpolated states until they do. Runs that hide between two unseen samples are looked for where
`views` finds them possible. A fan's plane is crossed where the out-of-plane distance changes sign.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from types import ModuleType
from typing import TypeVar

import numpy as np

from kansoku.backend import Array
from kansoku.visibility.criteria import out_of_plane_m, seen_at
from kansoku.visibility.geometry import dot
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage
from kansoku.visibility.views import Samples, views

# Halvings of a step when an edge is bisected: 60 s / 2^8 = 0.2 s.
EDGE_HALVINGS = 8

# Samples between two unseen ones where a run may hide: every 3 s at a step of 60 s.
POCKET_SAMPLES = 20


@dataclass(frozen=True)
class Tracks:
    """Tracks that can be taken, (K,) arrays: who, of which target row, from when [s]."""

    contributor: Array
    row: Array
    start_s: Array


@dataclass(frozen=True)
class Runs:
    """Runs of visibility with brackets about their edges, (R,) arrays, instants in seconds.

    The target is seen from `begin_s` to `end_s`, and unseen at `before_s` and `after_s`; at an
    end of the stretch both instants are that end.
    """

    contributor: Array
    row: Array
    before_s: Array
    begin_s: Array
    end_s: Array
    after_s: Array

    def where(self, keep: Array) -> Runs:
        """Return some of the runs."""
        return Runs(*(getattr(self, field.name)[keep] for field in fields(self)))


Columns = TypeVar("Columns", Runs, Tracks)


def _joined(xp: ModuleType, parts: list[Columns]) -> Columns:
    """Put the rows of several tables of one kind behind each other."""
    kind = type(parts[0])
    names = [field.name for field in fields(kind)]
    return kind(*(xp.concatenate([getattr(part, name) for part in parts]) for name in names))


def tracks_of(stage: Stage, window_s: float, longest_s: float) -> Tracks:
    """Tracks that contributors can take of a block.

    Parameters
    ----------
    stage : Stage
    window_s : float
        Length of a demand window: a track belongs to the window that contains its start. [s]
    longest_s : float
        A run longer than this counts as successive tracks of this length each. [s]

    Returns
    -------
    Tracks
    """
    xp, runs = stage.xp, [_no_runs(stage.xp)]
    pockets, crossings = [_no_tracks(xp)], [_no_tracks(xp)]
    for view in views(stage):
        crossings.append(_at_samples(stage, view.crossings))
        runs.append(_sampled_runs(stage, view.visible))
        # No run between two samples is longer than a step.
        if stage.watch.host.shortest_track_s[view.pockets.contributor] < stage.sky.step_s:
            pockets.append(_at_samples(stage, view.pockets))
    every = _joined(xp, [*runs, _hidden_runs(stage, _joined(xp, pockets))])
    minimum_s = stage.watch.sensors.shortest_track_s[every.contributor]
    every = _refined(stage, every, minimum_s, window_s, longest_s)
    long_enough = _length(every) >= minimum_s
    volumes = _split(xp, every.where(long_enough), minimum_s[long_enough], longest_s)
    return _joined(xp, [volumes, _in_fan(stage, _joined(xp, crossings))])


def _no_runs(xp: ModuleType) -> Runs:
    whole, real = xp.zeros(0, dtype=np.int64), xp.zeros(0)
    return Runs(whole, whole, real, real, real, real)


def _no_tracks(xp: ModuleType) -> Tracks:
    whole = xp.zeros(0, dtype=np.int64)
    return Tracks(whole, whole, xp.zeros(0))


def _sampled_runs(stage: Stage, seen: Samples) -> Runs:
    """Runs of consecutive visible samples, with the unseen samples on both sides."""
    xp, step_s, count = stage.xp, stage.sky.step_s, seen.row.shape[0]
    new = xp.ones(count, dtype=bool)
    new[1:] = seen.step[1:] != seen.step[:-1] + 1
    new[1:] |= seen.row[1:] != seen.row[:-1]
    first = xp.flatnonzero(new)
    last = xp.concatenate([first[1:], xp.full(min(count, 1), count)]) - 1
    begin_s, end_s = seen.step[first] * step_s, seen.step[last] * step_s
    return Runs(
        xp.full(first.shape[0], seen.contributor),
        seen.row[first],
        xp.maximum(begin_s - step_s, 0.0),
        begin_s,
        end_s,
        xp.minimum(end_s + step_s, stage.end_s),
    )


def _hidden_runs(stage: Stage, pockets: Tracks) -> Runs:
    """Runs between two unseen samples, with the nearest instants found unseen on both sides."""
    xp, count = stage.xp, pockets.row.shape[0]
    spacing_s = stage.sky.step_s / (POCKET_SAMPLES + 1)
    seconds = pockets.start_s[:, None] + (xp.arange(POCKET_SAMPLES) + 1) * spacing_s
    each = xp.repeat(xp.arange(count), POCKET_SAMPLES)
    seen = seen_at(stage, pockets.contributor[each], pockets.row[each], seconds.ravel())
    seen = seen.reshape(count, POCKET_SAMPLES)
    found = xp.flatnonzero(seen.any(axis=1))
    seen, seconds, at = seen[found], seconds[found], xp.arange(found.shape[0])
    begin_s = seconds[at, seen.argmax(axis=1)]
    end_s = seconds[at, POCKET_SAMPLES - 1 - seen[:, ::-1].argmax(axis=1)]
    contributor, row = pockets.contributor[found], pockets.row[found]
    return Runs(contributor, row, begin_s - spacing_s, begin_s, end_s, end_s + spacing_s)


def _refined(stage: Stage, runs: Runs, minimum_s: Array, window_s: float, longest_s: float) -> Runs:
    """Halve the brackets of undecided runs until the bounds decide or are as fine as wanted."""
    xp = stage.xp
    before, begin, end, after = (
        edge.copy() for edge in (runs.before_s, runs.begin_s, runs.end_s, runs.after_s)
    )
    active = xp.arange(before.shape[0])
    for _ in range(EDGE_HALVINGS):
        now = Runs(
            runs.contributor[active],
            runs.row[active],
            *(edge[active] for edge in (before, begin, end, after)),
        )
        active = active[_undecided(xp, now, minimum_s[active], window_s, longest_s)]
        if active.shape[0] == 0:
            break
        _halve(stage, runs, active, (before, begin), (after, end))
    return Runs(runs.contributor, runs.row, before, begin, end, after)


def _undecided(
    xp: ModuleType, runs: Runs, minimum_s: Array, window_s: float, longest_s: float
) -> Array:
    """Whether the number of tracks, or the window of one, depends on where the edges are."""
    shortest, longest = runs.end_s - runs.begin_s, runs.after_s - runs.before_s
    fewest = xp.floor((shortest - minimum_s) / longest_s)
    most = xp.floor((longest - minimum_s) / longest_s)
    # Track k starts k longest_s after the first: it passes from one window to the next only where
    # the first passes a multiple of what divides both lengths.
    divisor_s = math.gcd(round(1000.0 * window_s), round(1000.0 * longest_s)) / 1000.0
    period_s = xp.where(most > 0.0, divisor_s, window_s)
    moves = xp.floor(runs.before_s / period_s) != xp.floor(runs.begin_s / period_s)
    return ((fewest != most) | moves) & (most >= 0.0) & (longest > shortest)


def _halve(
    stage: Stage,
    runs: Runs,
    active: Array,
    rising: tuple[Array, Array],
    setting: tuple[Array, Array],
) -> None:
    """Look at the middle of both brackets of the active runs, and move one side of each there."""
    xp, size = stage.xp, active.shape[0]
    middle = xp.concatenate(
        [0.5 * (unseen[active] + seen[active]) for unseen, seen in (rising, setting)]
    )
    both = xp.concatenate([active, active])
    visible = seen_at(stage, runs.contributor[both], runs.row[both], middle)
    for part, (unseen, seen) in ((slice(0, size), rising), (slice(size, None), setting)):
        seen[active] = xp.where(visible[part], middle[part], seen[active])
        unseen[active] = xp.where(visible[part], unseen[active], middle[part])


def _length(runs: Runs) -> Array:
    """Duration of each run, edges at the middle of their brackets. [s]."""
    return 0.5 * (runs.end_s + runs.after_s - runs.begin_s - runs.before_s)


def _split(xp: ModuleType, runs: Runs, minimum_s: Array, longest_s: float) -> Tracks:
    """Successive tracks of long runs; the last one needs the minimum duration too."""
    further = xp.floor((_length(runs) - minimum_s) / longest_s)
    pieces = 1 + xp.maximum(further, 0.0).astype(np.int64)
    ends = xp.cumsum(pieces)
    total = int(ends[-1].item()) if ends.shape[0] else 0
    # CuPy's repeat takes no array of counts; a search over the running total does the same.
    source = xp.searchsorted(ends, xp.arange(total), side="right")
    number = xp.arange(total) - (ends - pieces)[source]
    begin_s = 0.5 * (runs.before_s + runs.begin_s)
    return Tracks(runs.contributor[source], runs.row[source], begin_s[source] + number * longest_s)


def _at_samples(stage: Stage, samples: Samples) -> Tracks:
    """Samples, before the next one of which something may happen, as if tracks started there."""
    contributor = stage.xp.full(samples.row.shape[0], samples.contributor)
    return Tracks(contributor, samples.row, samples.step * stage.sky.step_s)


def _in_fan(stage: Stage, before: Tracks) -> Tracks:
    """Crossings inside the field and range of the fan, with enough dwell in its plane."""
    xp, sensors = stage.xp, stage.watch.sensors
    c, row = before.contributor, before.row
    seconds = _crossing_instants(stage, before)
    _, speed_m_s, range_m = _out_of_plane(stage, c, row, seconds)
    thickness_m = 2.0 * sensors.fan_half_thickness_rad[c] * range_m
    # Dwell is thickness / speed; comparing products spares a division by a speed of zero.
    dwells = thickness_m >= sensors.shortest_track_s[c] * xp.abs(speed_m_s)
    keep = seen_at(stage, c, row, seconds) & dwells
    return Tracks(c[keep], row[keep], seconds[keep])


def _out_of_plane(
    stage: Stage, contributor: Array, row: Array, seconds: Array
) -> tuple[Array, Array, Array]:
    """Distance from the plane [m], its rate [m/s] and the range [m]."""
    sight = Sight(stage, contributor, row, seconds=seconds)
    rate_m_s = dot(sight.at_site(stage.watch.fan_normal_itrf), sight.velocity_itrf_m_s)
    return out_of_plane_m(sight), rate_m_s, sight.range_m


def _crossing_instants(stage: Stage, before: Tracks) -> Array:
    """Instants at which the out-of-plane distance is zero: chord, then two Newton steps. [s]."""
    xp, first_s = stage.xp, before.start_s
    last_s = first_s + stage.sky.step_s
    at_first = _out_of_plane(stage, before.contributor, before.row, first_s)[0]
    at_last = _out_of_plane(stage, before.contributor, before.row, last_s)[0]
    seconds = first_s + xp.clip(at_first / (at_first - at_last), 0.0, 1.0) * stage.sky.step_s
    for _ in range(2):
        value, rate, _ = _out_of_plane(stage, before.contributor, before.row, seconds)
        seconds = xp.clip(seconds - value / xp.where(rate == 0.0, 1.0, rate), first_s, last_s)
    return seconds


def count_by_window(
    xp: ModuleType, tracks: Tracks, window_s: float, shape: tuple[int, int, int]
) -> Array:
    """Tracks by contributor, target and window, (C, n, W) uint8, saturating at 255."""
    contributors, targets, windows = shape
    window = xp.clip((tracks.start_s / window_s).astype(np.int64), 0, windows - 1)
    cell = (tracks.contributor * targets + tracks.row) * windows + window
    counted = xp.bincount(cell, minlength=contributors * targets * windows)
    return xp.minimum(counted, 255).astype(np.uint8).reshape(shape)
