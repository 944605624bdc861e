"""What every contributor sees of a block of targets.

The criteria are those of `mask`; here the cheap ones come first. Geometry is computed once a
mount, magnitude, range and azimuth only where the elevation (and for telescopes darkness and
sunlight) already passes: few per cent of the samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.ephemeris.states import StateBlock
from kansoku.network.contributors import FAN, OPTICAL
from kansoku.visibility import geometry
from kansoku.visibility.geometry import Look
from kansoku.visibility.illumination import sunlit
from kansoku.visibility.mask import (
    Limits,
    look_from,
    magnitude_of,
    range_limit_m,
    within_azimuth,
    within_fan,
)
from kansoku.visibility.watch import Scene, Sky, Watch

# Near a closest approach, parabolas through three samples a minute apart are off by a few per cent
# of what height and range change in a step; the slacks keep every doubtful case for the exact test.
SINE_SLACK, RANGE_SLACK = 0.03, 0.03
PEAK_SLACK = 0.1  # steps

# What a target may brighten between two samples before it fades or leaves the field again
MAGNITUDE_SLACK = 1.0


@dataclass(frozen=True)
class View:
    """What one contributor sees of a block.

    Attributes
    ----------
    contributor : int
    visible : (M,) int array
        Sorted flat samples ``row * T + t`` at which the target is visible.
    pockets : (K,) int array
        Flat samples at which a target is not in view, nor at the next one, but between which it
        may be. Empty for a FAN.
    crossings : (X,) int array or None
        FAN only: flat samples after which the target passes the plane before the next sample.
    """

    contributor: int
    visible: Array
    pockets: Array
    crossings: Array | None


def views(
    xp: ModuleType, watch: Watch, scene: Scene, sky: Sky, limits: Limits, block: StateBlock
) -> Iterator[View]:
    """Look at a block of targets from every contributor, mount by mount."""
    for mount, place in mount_scenes(xp, watch, scene, sky, limits, block):
        for contributor in mount:
            yield place.view_of(int(contributor))


def mount_scenes(
    xp: ModuleType, watch: Watch, scene: Scene, sky: Sky, limits: Limits, block: StateBlock
) -> Iterator[tuple[npt.NDArray[np.intp], MountScene]]:
    """Contributors of each mount, with what they share about a block of targets."""
    steps = block.usable.shape[1]
    position = block.position_itrf_m.reshape(3, -1)
    lit = sunlit(xp, block.position_itrf_m, sky.sun_itrf_m[:, None, :], limits.shadow).ravel()
    usable = block.usable.ravel()
    for number, mount in enumerate(watch.mounts):
        above = _above_horizon(xp, watch, mount, position, usable)
        yield mount, MountScene(xp, watch, scene, sky, position, lit, above, number, steps)


def _above_horizon(
    xp: ModuleType, watch: Watch, mount: Array, position: Array, usable: Array
) -> Array:
    """Flat samples that may be above the lowest elevation of a mount, and those beside them.

    For elevations of zero and more that is the half space above the horizon plane; a dip d
    below it admits what is down to r sin d beneath the plane, r the farthest target. The samples
    beside them are the ends of pairs between which a target rises or sets.
    """
    first, lowest_rad = int(mount[0]), float(watch.host.elevation_min_rad[mount].min())
    up, site = watch.up[:, first], watch.site_itrf_m[:, first]
    height_m = up @ position - (up @ site)
    floor_m = 0.0
    if lowest_rad < 0.0:
        farthest_m = 1e9  # beyond the Moon: generous, since negative limits are rare
        floor_m = math.sin(lowest_rad) * farthest_m
    above = height_m > floor_m
    beside = above.copy()
    beside[1:] |= above[:-1]
    beside[:-1] |= above[1:]
    return xp.flatnonzero(beside & usable)


class MountScene:
    """Everything that the contributors of one mount share about a block."""

    def __init__(
        self,
        xp: ModuleType,
        watch: Watch,
        scene: Scene,
        sky: Sky,
        position: Array,
        lit: Array,
        above: Array,
        number: int,
        steps: int,
    ) -> None:
        first = int(watch.mounts[number][0])
        self.xp, self.watch, self.scene, self.step_s = xp, watch, scene, sky.step_s
        self.flat = above
        self.row = above // steps
        self.time = above - self.row * steps
        target_itrf_m = xp.take(position, above, axis=1)
        at_first = slice(first, first + 1)
        self.look = look_from(xp, watch, at_first, target_itrf_m)
        self.adjacent = (above[1:] - above[:-1] == 1) & (self.time[1:] > 0)
        self._prepare_peaks()
        self._prepare_optical(sky, target_itrf_m, lit, number, at_first)

    def _prepare_optical(
        self, sky: Sky, target_itrf_m: Array, lit: Array, number: int, at_first: slice
    ) -> None:
        """Magnitudes where it is dark and the target is lit and above the lowest telescope."""
        xp, watch = self.xp, self.watch
        optical = [c for c in watch.mounts[number] if watch.host.kind[c] == OPTICAL]
        if not optical:
            return
        lowest = float(watch.host.elevation_min_rad[optical].min())
        self.dark, self.lit = sky.dark[number][self.time], lit[self.flat]
        self.bright = xp.flatnonzero(
            self.dark & self.lit & (self.look.up_m >= math.sin(lowest) * self.look.range_m)
        )
        self.bright_look = self.look.take(self.bright)
        self.magnitude = magnitude_of(
            xp,
            self.scene,
            self.row[self.bright],
            watch.site_itrf_m[:, at_first],
            xp.take(target_itrf_m, self.bright, axis=1),
            self.bright_look.range_m,
            xp.take(sky.sun_itrf_m, self.time[self.bright], axis=1),
        )

    def _prepare_peaks(self) -> None:
        """Note the pairs of samples between which a target comes closest, and how close it comes.

        Range squared and height are parabolas through three samples. A peak near the middle one
        belongs to the pairs on both sides of it.
        """
        distance = self.look.range_m
        middle = self.adjacent[:-1] & self.adjacent[1:]
        middle &= (distance[1:-1] <= distance[:-2]) & (distance[1:-1] < distance[2:])
        at = self.xp.flatnonzero(middle) + 1
        shift, up_m, range_m = self._parabola_peak(at)
        before, after = shift < PEAK_SLACK, shift > -PEAK_SLACK
        join = self.xp.concatenate
        self.peak = join([at[before] - 1, at[after]])
        self.peak_up_m = join([up_m[before], up_m[after]])
        self.peak_range_m = join([range_m[before], range_m[after]])

    def _parabola_peak(self, at: Array) -> tuple[Array, Array, Array]:
        """Place of the least range in steps from the middle sample, height and range there."""
        squared, up = self.look.range_m**2, self.look.up_m
        before, here, after = squared[at - 1], squared[at], squared[at + 1]
        bend = self.xp.maximum(before - 2.0 * here + after, 1e-9)
        shift = 0.5 * (before - after) / bend
        least = here - 0.125 * (before - after) ** 2 / bend
        slope, curve = 0.5 * (up[at + 1] - up[at - 1]), up[at - 1] - 2.0 * up[at] + up[at + 1]
        return (
            shift,
            up[at] + slope * shift + 0.5 * curve * shift**2,
            self.xp.sqrt(self.xp.maximum(least, 1.0)),
        )

    def view_of(self, c: int) -> View:
        """What contributor `c` of this mount sees."""
        xp, nothing = self.xp, self.flat[:0]
        seen = xp.zeros(self.flat.shape[0], dtype=bool)
        if self.watch.host.kind[c] == OPTICAL:
            seen[self.bright] = self._in_field(c, self.bright_look) & (
                self.magnitude <= self.watch.sensors.limiting_magnitude[c]
            )
            return View(c, self.flat[seen], self._optical_pockets(c, seen), None)
        in_range = self._in_radar_range(c, self.look.range_m)
        seen = self._in_field(c, self.look) & in_range
        if self.watch.host.kind[c] == FAN:
            seen = seen & within_fan(xp, self.watch, slice(c, c + 1), self.look)
            return View(c, self.flat[seen], nothing, self._crossings(c))
        return View(c, self.flat[seen], self._radar_pockets(c, seen, in_range), None)

    def rows_in_field(self, c: int) -> Array:
        """Target rows of the samples inside a contributor's field of regard."""
        return self.row[self._in_field(c, self.look)]

    def rows_lit(self, c: int) -> Array:
        """Target rows of the samples that a telescope has in its field, in the dark and sunlit."""
        return self.row[self.bright[self._in_field(c, self.bright_look)]]

    def _in_field(self, c: int, view: Look) -> Array:
        """Elevation first; azimuth, top and cone only for fields that have such limits."""
        inside = self._high_enough(c, view)
        if not self._limited(c):
            return inside
        chosen = self.xp.flatnonzero(inside)
        inside[chosen] = within_azimuth(self.xp, self.watch, slice(c, c + 1), view.take(chosen))
        return inside

    def _in_radar_range(self, c: int, range_m: Array) -> Array:
        rows = self.xp.arange(self.scene.rcs_m2.shape[0])
        limit_m = range_limit_m(self.watch, self.scene, slice(c, c + 1), rows)
        return range_m <= limit_m[self.row]

    def _optical_pockets(self, c: int, seen: Array) -> Array:
        """Pairs of samples of which each criterion holds at one at least, but not all at one."""
        xp = self.xp
        high = self._high_enough(c, self.look)
        ready = high & self.dark & self.lit
        faint = xp.zeros(self.flat.shape[0], dtype=bool)
        limit = self.watch.sensors.limiting_magnitude[c] + MAGNITUDE_SLACK
        faint[self.bright] = self.magnitude > limit
        possible = _either(self.dark) & _either(self.lit) & ~_either(faint)
        doubtful = possible & _either(high) & ~(ready[:-1] & ready[1:])
        peaking = self._peak_high_enough(c) & possible[self.peak]
        return self._pockets(c, seen, doubtful, self.peak[peaking])

    def _radar_pockets(self, c: int, seen: Array, in_range: Array) -> Array:
        """Pairs of samples of which each criterion holds at one at least, but not all at one."""
        doubtful = _either(self._high_enough(c, self.look)) & _either(in_range)
        rows = self.row[self.peak]
        limit_m = range_limit_m(self.watch, self.scene, slice(c, c + 1), rows)
        near = self.peak_range_m <= (1.0 + RANGE_SLACK) * limit_m
        return self._pockets(c, seen, doubtful, self.peak[self._peak_high_enough(c) & near])

    def _pockets(self, c: int, seen: Array, doubtful: Array, peaks: Array) -> Array:
        """Pairs of adjacent unseen samples that are doubtful, or at a peak that may be seen.

        A criterion that changes once between two samples holds at one of them where it holds in
        between. Elevation and range alone turn round within a step, near the closest approach;
        there the azimuth may also run through a sector.
        """
        doubtful = doubtful & self.adjacent & ~_either(seen)
        if self._limited(c):
            at = self.xp.flatnonzero(doubtful)
            one = slice(c, c + 1)
            doubtful[at] = within_azimuth(
                self.xp, self.watch, one, self.look.take(at)
            ) | within_azimuth(self.xp, self.watch, one, self.look.take(at + 1))
        doubtful[peaks] = ~_either(seen)[peaks]
        return self.flat[:-1][doubtful]

    def _high_enough(self, c: int, view: Look) -> Array:
        lowest_rad = self.watch.sensors.elevation_min_rad[c : c + 1]
        return geometry.above_lowest_elevation(self.xp, view, lowest_rad)

    def _peak_high_enough(self, c: int) -> Array:
        sine = math.sin(float(self.watch.host.elevation_min_rad[c]))
        return self.peak_up_m >= (sine - SINE_SLACK) * self.peak_range_m

    def _limited(self, c: int) -> bool:
        """Whether more than the least elevation bounds a field of regard."""
        host = self.watch.host
        whole_circle = host.azimuth_max_rad[c] - host.azimuth_min_rad[c] >= geometry.TWO_PI - 1e-12
        whole_top = host.elevation_max_rad[c] >= math.pi / 2.0
        return not (whole_circle and whole_top and host.cone_half_angle_rad[c] >= math.pi)

    def _crossings(self, c: int) -> Array:
        """Samples after which the out-of-plane distance changes sign before the next one."""
        xp, s, one = self.xp, self.watch.sensors, slice(c, c + 1)
        normal = geometry.fan_normal(xp, s.fan_plane_azimuth_rad[one], s.fan_tilt_rad[one])
        side = geometry.out_of_plane_m(normal, self.look) >= 0.0
        change = (side[1:] != side[:-1]) & (self.flat[1:] - self.flat[:-1] == 1)
        change &= self.time[1:] > 0
        # Positions move less than the chord between samples, so its nearer end bounds the range.
        reach_m = range_limit_m(self.watch, self.scene, one, self.row)
        speed_m = 12_000.0 * self.step_s
        near = xp.minimum(self.look.range_m[1:], self.look.range_m[:-1]) <= reach_m[1:] + speed_m
        return self.flat[:-1][change & near]


def _either(holds: Array) -> Array:
    """Whether a criterion holds at a sample or at the one after it in `flat`."""
    return holds[:-1] | holds[1:]


def packed(xp: ModuleType, view: View, targets: int, steps: int) -> Array:
    """Visibility bits of one contributor, (n, ceil(T/8)) uint8, most significant bit first."""
    bits = xp.zeros(targets * steps, dtype=bool)
    bits[view.visible] = True
    return xp.packbits(bits.reshape(targets, steps), axis=1)
