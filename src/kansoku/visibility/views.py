"""What every contributor sees of a block of targets, on the grid and between its samples.

Candidates come from one product a class of sensors, and are judged by the criteria that also
serve edges and explanations; contributors at one place share their geometry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kansoku.backend import Array
from kansoku.network.contributors import FAN, OPTICAL
from kansoku.visibility import criteria
from kansoku.visibility.brightness import margin_mag
from kansoku.visibility.candidates import candidates
from kansoku.visibility.detection import within_reach
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage

# Near a closest approach, parabolas through three samples a minute apart are off by a few per cent
# of what height and range change in a step; the slacks keep every doubtful case for the exact test.
SINE_SLACK, RANGE_SLACK = 0.03, 0.03
PEAK_SLACK = 0.1  # steps

# What a target may brighten between two samples before it fades or leaves the field again
MAGNITUDE_SLACK = 1.0


@dataclass(frozen=True)
class Samples:
    """Samples of the grid: (M,) numbers of contributors, target rows and steps.

    Those of one contributor and target stand together, in time's order.
    """

    contributor: Array
    row: Array
    step: Array

    def where(self, keep: Array) -> Samples:
        """Return some of the samples."""
        return Samples(self.contributor[keep], self.row[keep], self.step[keep])


@dataclass(frozen=True)
class View:
    """What some contributors see of some targets.

    Attributes
    ----------
    visible : Samples
        At which a target is visible; none of a FAN when looking between samples.
    pockets : Samples
        At which a target is not in view, nor at the next one, but between which it may be.
    crossings : Samples
        FAN only: after which the target passes the plane before the next sample.
    """

    visible: Samples
    pockets: Samples
    crossings: Samples


def visible_samples(stage: Stage) -> Iterator[Samples]:
    """All that is visible on the grid, part by part."""
    for sight in _sights(stage, between=False):
        yield _samples(sight, criteria.visible_among(sight))


def views(stage: Stage) -> Iterator[View]:
    """Look at a block of targets, and note where something may happen between samples."""
    for sight in _sights(stage, between=True):
        yield _Between(sight).view()


def packed(stage: Stage) -> Array:
    """Visibility bits, (C, n, ceil(T / 8)) uint8, most significant bit first."""
    xp, contributors = stage.xp, len(stage.watch.host)
    bits = xp.zeros((contributors, stage.targets, stage.steps), dtype=bool)
    for seen in visible_samples(stage):
        bits[seen.contributor, seen.row, seen.step] = True
    return xp.packbits(bits, axis=2)


def every_sight(stage: Stage) -> Iterator[Sight]:
    """All samples that may be in a field of regard, however dark or far."""
    return _sights(stage, between=False, culled=False)


def _sights(stage: Stage, between: bool, culled: bool = True) -> Iterator[Sight]:
    """Candidates of all contributors, single; each sight has one contributor of a group at most."""
    members = _members(stage)
    for group, sight in candidates(stage.single, between, culled):
        _ = sight.range_m, sight.up_m  # before the contributors of a group part
        for column in members:
            contributor = column[group]
            if (chosen := stage.xp.flatnonzero(contributor >= 0)).shape[0] == len(sight):
                yield sight.of(contributor)
            elif chosen.shape[0]:
                yield sight.take(chosen).of(contributor[chosen])


def _members(stage: Stage) -> list[Array]:
    """The first, second, ... contributor of every group, -1 where it has no more."""
    groups = stage.watch.groups
    most = max((len(group.members) for group in groups), default=0)
    table = np.full((most, len(groups)), -1, dtype=np.int64)
    for number, group in enumerate(groups):
        table[: len(group.members), number] = group.members
    return [stage.xp.asarray(column) for column in table]


def _samples(sight: Sight, index: Array) -> Samples:
    return Samples(sight.contributor[index], sight.row[index], sight.step[index])


class _Between:
    """One sight with what happens between its samples."""

    def __init__(self, sight: Sight) -> None:
        self.xp, self.sight = sight.stage.xp, sight
        self.optical = sight.per_sensor("kind") == OPTICAL
        self.fan = sight.per_sensor("kind") == FAN
        self.seen = self.xp.zeros(len(sight), dtype=bool)
        self.seen[criteria.visible_among(sight)] = True

    def view(self) -> View:
        """Visible samples, pockets, and crossings of fans."""
        xp = self.xp
        visible = xp.flatnonzero(self.seen & ~self.fan)
        return View(
            _samples(self.sight, visible),
            _samples(self.sight, self._pockets()),
            _samples(self.sight, self._crossings()),
        )

    @cached_property
    def adjacent(self) -> Array:
        """Whether the next sample is the next one of the same target and contributor."""
        s = self.sight
        return (
            (s.flat[1:] == s.flat[:-1] + 1)
            & (s.row[1:] == s.row[:-1])
            & (s.contributor[1:] == s.contributor[:-1])
        )

    def _pockets(self) -> Array:
        """Pairs of adjacent unseen samples that are doubtful, or at a peak that may be seen.

        A criterion that changes once between two samples holds at one of them where it holds in
        between. Elevation and range alone turn round within a step, near the closest approach;
        there the azimuth may also run through a sector.
        """
        xp = self.xp
        high = criteria.elevation(self.sight)
        doubtful = self.adjacent & ~_either(self.seen) & ~self.fan[1:] & self._possible(high)
        peaks = self._peaks_in_reach()
        at = xp.flatnonzero(doubtful)
        doubtful[at] = self._in_field_at_either(at)
        peaks = peaks[~_either(self.seen)[peaks] & self._light_possible(peaks)]
        doubtful[peaks] = True
        at = xp.flatnonzero(doubtful)
        return at[self._bright_enough(at)]

    def _possible(self, high: Array) -> Array:
        """Each criterion holds at one of both samples; for telescopes, not all at one."""
        s = self.sight
        reached = within_reach(s)
        ready = high & s.dark & s.lit
        light = _either(s.dark) & _either(s.lit) & ~(ready[:-1] & ready[1:])
        return _either(high) & self.xp.where(self.optical[1:], light, _either(reached))

    def _light_possible(self, pairs: Array) -> Array:
        """Whether it is dark at one sample of each pair at least, and lit at one, if need be."""
        s = self.sight
        light = (s.dark[pairs] | s.dark[pairs + 1]) & (s.lit[pairs] | s.lit[pairs + 1])
        return light | ~self.optical[pairs]

    def _in_field_at_either(self, pairs: Array) -> Array:
        limited = self.sight.stage.watch.limited[self.sight.contributor[pairs]]
        inside = ~limited
        some = self.xp.flatnonzero(limited)
        one, other = (criteria.azimuth(self.sight.take(pairs[some] + shift)) for shift in (0, 1))
        inside[some] = one | other
        return inside

    def _bright_enough(self, pairs: Array) -> Array:
        """Whether no sample of a telescope's pair is fainter than its limit by the slack."""
        bright = self.xp.ones(pairs.shape[0], dtype=bool)
        some = self.xp.flatnonzero(self.optical[pairs])
        for shift in (0, 1):
            sight = self.sight.take(pairs[some] + shift)
            ready = criteria.elevation(sight) & sight.dark & sight.lit
            at = self.xp.flatnonzero(ready)
            faint = margin_mag(sight.take(at)) < -MAGNITUDE_SLACK
            bright[some[at[faint]]] = False
        return bright

    def _peaks_in_reach(self) -> Array:
        """Pairs between which a target comes closest, high enough and near enough to be seen."""
        pairs, up_m, range_m = self._peaks()
        s, watch = self.sight.take(pairs), self.sight.stage.watch
        high = up_m >= (watch.sine_lowest[s.contributor] - SINE_SLACK) * range_m
        reach_m = s.stage.reach_m[s.contributor, s.row]
        near = self.optical[pairs] | (range_m <= (1.0 + RANGE_SLACK) * reach_m)
        return pairs[high & near & ~self.fan[pairs]]

    def _peaks(self) -> tuple[Array, Array, Array]:
        """Pairs with a closest approach in between, with height and range there.

        Range squared and height are parabolas through three samples. A peak near the middle one
        belongs to the pairs on both sides of it.
        """
        distance, join = self.sight.range_m, self.xp.concatenate
        middle = self.adjacent[:-1] & self.adjacent[1:]
        middle &= (distance[1:-1] <= distance[:-2]) & (distance[1:-1] < distance[2:])
        at = self.xp.flatnonzero(middle) + 1
        shift, up_m, range_m = self._parabola_peak(at)
        before, after = shift < PEAK_SLACK, shift > -PEAK_SLACK
        return (
            join([at[before] - 1, at[after]]),
            join([up_m[before], up_m[after]]),
            join([range_m[before], range_m[after]]),
        )

    def _parabola_peak(self, at: Array) -> tuple[Array, Array, Array]:
        """Place of the least range in steps from the middle sample, height and range there."""
        up = self.sight.up_m
        before, here, after = (self.sight.range_m[at + shift] ** 2 for shift in (-1, 0, 1))
        bend = self.xp.maximum(before - 2.0 * here + after, 1e-9)
        shift = 0.5 * (before - after) / bend
        least = here - 0.125 * (before - after) ** 2 / bend
        slope, curve = 0.5 * (up[at + 1] - up[at - 1]), up[at - 1] - 2.0 * up[at] + up[at + 1]
        return (
            shift,
            up[at] + slope * shift + 0.5 * curve * shift**2,
            self.xp.sqrt(self.xp.maximum(least, 1.0)),
        )

    def _crossings(self) -> Array:
        """Samples after which the out-of-plane distance changes sign before the next one."""
        xp = self.xp
        fans = xp.flatnonzero(self.fan)
        if not fans.shape[0]:
            return fans
        some = self.sight.take(fans)
        side = criteria.out_of_plane_m(some) >= 0.0
        change = (side[1:] != side[:-1]) & (fans[1:] == fans[:-1] + 1) & self.adjacent[fans[:-1]]
        # Positions move less than the chord between samples, so its nearer end bounds the range.
        reach_m = some.stage.reach_m[some.contributor, some.row]
        speed_m = 12_000.0 * some.stage.sky.step_s
        near = xp.minimum(some.range_m[1:], some.range_m[:-1]) <= reach_m[1:] + speed_m
        return fans[:-1][change & near]


def _either(holds: Array) -> Array:
    """Whether a criterion holds at a sample or at the one after it."""
    return holds[:-1] | holds[1:]
