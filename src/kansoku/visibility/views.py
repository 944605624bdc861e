"""What every contributor sees of a block of targets, on the grid and between its samples.

Candidates come from one product a class of sensors, and are judged by the criteria that also
serve edges and explanations; contributors at one place share their geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kansoku.backend import Array
from kansoku.network.contributors import FAN, OPTICAL
from kansoku.visibility import criteria
from kansoku.visibility.brightness import margin_mag
from kansoku.visibility.candidates import FASTEST_M_S, candidates
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
    """Samples of the grid by one contributor: (M,) target rows and steps, in that order."""

    contributor: int
    row: Array
    step: Array


@dataclass(frozen=True)
class View:
    """What one contributor sees of a block.

    Attributes
    ----------
    visible : Samples
        At which a target is visible; none of a FAN, whose tracks are crossings.
    pockets : Samples
        At which a target is not in view, nor at the next one, but between which it may be.
    crossings : Samples
        FAN only: after which the target passes the plane before the next sample.
    """

    visible: Samples
    pockets: Samples
    crossings: Samples


def visible_samples(stage: Stage) -> Iterator[Samples]:
    """All that is visible on the grid."""
    for sight in _sights(stage, between=False):
        yield _samples(sight, criteria.visible_among(sight))


def views(stage: Stage) -> Iterator[View]:
    """Look at a block of targets, and note where something may happen between samples."""
    for sight in _sights(stage, between=True):
        kind = sight.per_sensor("kind")
        yield {FAN: _fan_view, OPTICAL: _telescope_view}.get(kind, _volume_view)(sight)


def packed(stage: Stage) -> Array:
    """Visibility bits, (C, n, ceil(T / 8)) uint8, most significant bit first."""
    xp, shape = stage.xp, (stage.targets, stage.steps)
    bits = xp.zeros((len(stage.watch.host), shape[0], (shape[1] + 7) // 8), dtype=xp.uint8)
    seen = xp.zeros(shape[0] * shape[1], dtype=bool)  # by one contributor, which fits in a cache
    for samples in visible_samples(stage):
        place = samples.row * stage.steps + samples.step
        seen[place] = True
        bits[samples.contributor] = xp.packbits(seen.reshape(shape), axis=1)
        seen[place] = False
    return bits


def every_sight(stage: Stage) -> Iterator[Sight]:
    """All samples that may be in a field of regard, however dark or far."""
    return _sights(stage, between=False, culled=False)


def _sights(stage: Stage, between: bool, culled: bool = True) -> Iterator[Sight]:
    """Candidates of each contributor, in single precision."""
    for group, sight in candidates(stage.single, between, culled):
        _ = sight.range_m, sight.up_m  # which all contributors of the group share
        for contributor in stage.watch.groups[group].members:
            yield sight.of(int(contributor))


def _samples(sight: Sight, index: Array) -> Samples:
    contributor = sight.contributor
    return Samples(contributor, sight.row[index], sight.step[index])


def _telescope_view(sight: Sight) -> View:
    between = _Between(sight)
    return between.view(between.light_changes(), between.bright_enough)


def _volume_view(sight: Sight) -> View:
    between = _Between(sight)
    return between.view(between.comes_in_reach(), lambda pairs: pairs)


def _fan_view(sight: Sight) -> View:
    nothing = sight.row[:0]
    none = Samples(sight.contributor, nothing, nothing)
    return View(none, none, _samples(sight, _Between(sight).crossings()))


class _Between:
    """One sight with what may happen between its samples."""

    def __init__(self, sight: Sight) -> None:
        self.xp, self.sight = sight.stage.xp, sight

    @cached_property
    def adjacent(self) -> Array:
        """Whether the next sample is the next one of the same target."""
        s = self.sight
        return (s.step[1:] == s.step[:-1] + 1) & (s.row[1:] == s.row[:-1])

    def view(self, doubtful: Array, told_apart: Callable[[Array], Array]) -> View:
        """Join what is visible and what may hide between two samples.

        A criterion that changes once between two samples holds at one of them where it holds in
        between. Elevation and range alone turn round within a step, near the closest approach;
        there the azimuth may also run through a sector.
        """
        xp, visible = self.xp, criteria.visible_among(self.sight)
        seen = xp.zeros(len(self.sight), dtype=bool)
        seen[visible] = True
        unseen = self.adjacent & ~_either(seen)
        pairs = xp.flatnonzero(doubtful & unseen)
        hidden = xp.zeros(unseen.shape[0], dtype=bool)
        hidden[pairs[self._in_field_at_either(pairs)]] = True
        peaks = self._peaks_in_reach()
        hidden[peaks] = unseen[peaks]
        pairs = told_apart(xp.flatnonzero(hidden))
        none = _samples(self.sight, pairs[:0])
        return View(_samples(self.sight, visible), _samples(self.sight, pairs), none)

    def light_changes(self) -> Array:
        """Of telescopes: each criterion holds at one of both samples, but not all at one.

        Terrain alone may hide a target at both.
        """
        s, high = self.sight, criteria.elevation(self.sight)
        ready = high & s.dark & s.lit
        possible = _either(s.dark) & _either(s.lit) & _either(high)
        settled = ready[:-1] & ready[1:]
        if s.each(s.stage.watch.walled):  # a target may show in a valley between two hills
            settled &= _either(criteria.horizon_mask(s))
        return possible & ~settled

    def comes_in_reach(self) -> Array:
        """Of others: high enough at one of both samples, and near enough at one."""
        return _either(criteria.elevation(self.sight)) & _either(within_reach(self.sight))

    def _in_field_at_either(self, pairs: Array) -> Array:
        one, other = (criteria.azimuth(self.sight.take(pairs + shift)) for shift in (0, 1))
        inside = self.xp.ones(pairs.shape[0], dtype=bool)
        return inside & (one | other)

    def bright_enough(self, pairs: Array) -> Array:
        """Pairs with dark and light at one sample each, and none fainter than the slack allows."""
        one, other = (self.sight.take(pairs + shift) for shift in (0, 1))
        possible = (one.dark | other.dark) & (one.lit | other.lit)
        for sight in (one, other):
            ready = self.xp.flatnonzero(criteria.elevation(sight) & sight.dark & sight.lit)
            faint = margin_mag(sight.take(ready)) < -MAGNITUDE_SLACK
            possible[ready[faint]] = False
        return pairs[possible]

    def _peaks_in_reach(self) -> Array:
        """Pairs between which a target comes closest, high enough and near enough to be seen."""
        pairs, up_m, range_m = self._peaks()
        s = self.sight.take(pairs)
        high = up_m >= (s.each(s.stage.watch.sine_lowest) - SINE_SLACK) * range_m
        if s.per_sensor("kind") == OPTICAL:
            return pairs[high]
        return pairs[high & (range_m <= (1.0 + RANGE_SLACK) * s.reach_m())]

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

    def crossings(self) -> Array:
        """Samples after which the out-of-plane distance changes sign before the next one."""
        s = self.sight
        side = criteria.out_of_plane_m(s) >= 0.0
        change = (side[1:] != side[:-1]) & self.adjacent
        # Positions move less than the chord between samples, so its nearer end bounds the range.
        reach_m = s.reach_m()[1:] + FASTEST_M_S * s.stage.sky.step_s
        return self.xp.flatnonzero(
            change & (self.xp.minimum(s.range_m[1:], s.range_m[:-1]) <= reach_m)
        )


def _either(holds: Array) -> Array:
    """Whether a criterion holds at a sample or at the one after it."""
    return holds[:-1] | holds[1:]
