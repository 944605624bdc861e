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


@dataclass(frozen=True)
class View:
    """What one contributor sees of a block.

    Attributes
    ----------
    contributor : int
    visible : (M,) int array
        Sorted flat samples ``row * T + t`` at which the target is visible.
    nearest_row : (K,) int array
    nearest_s : (K,) array
        Target row and instant [s] of closest approaches at which a target may be in view although
        it is at none of the samples around. Empty for a FAN.
    crossings : (X,) int array or None
        FAN only: flat samples after which the target passes the plane before the next sample.
    """

    contributor: int
    visible: Array
    nearest_row: Array
    nearest_s: Array
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
    """Flat samples that may be above the lowest elevation of a mount.

    For elevations of zero and more that is the half space above the horizon plane; a dip d
    below it admits what is down to r sin d beneath the plane, r the farthest target.
    """
    first, lowest_rad = int(mount[0]), float(watch.host.elevation_min_rad[mount].min())
    up, site = watch.up[:, first], watch.site_itrf_m[:, first]
    height_m = up @ position - (up @ site)
    floor_m = 0.0
    if lowest_rad < 0.0:
        farthest_m = 1e9  # beyond the Moon: generous, since negative limits are rare
        floor_m = math.sin(lowest_rad) * farthest_m
    return xp.flatnonzero((height_m > floor_m) & usable)


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
        target_itrf_m = position[:, above]
        at_first = slice(first, first + 1)
        self.look = look_from(xp, watch, at_first, target_itrf_m)
        self.apart = self._closest_approaches(steps)
        self.peak_up_m, self.peak_range_m, self.peak_shift = self._parabola_peak()
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
        self.bright = xp.flatnonzero(
            sky.dark[number][self.time]
            & lit[self.flat]
            & (self.look.up_m >= math.sin(lowest) * self.look.range_m)
        )
        self.is_bright = xp.zeros(self.flat.shape[0], dtype=bool)
        self.is_bright[self.bright] = True
        self.bright_look = self.look.take(self.bright)
        self.magnitude = magnitude_of(
            xp,
            self.scene,
            self.row[self.bright],
            watch.site_itrf_m[:, at_first],
            target_itrf_m[:, self.bright],
            self.bright_look.range_m,
            sky.sun_itrf_m[:, self.time[self.bright]],
        )

    def _closest_approaches(self, steps: int) -> Array:
        """Positions in `flat` whose two neighbours in time are above the horizon and farther."""
        flat, distance = self.flat, self.look.range_m
        middle = (flat[1:-1] - flat[:-2] == 1) & (flat[2:] - flat[1:-1] == 1)
        middle &= (self.time[1:-1] > 0) & (self.time[1:-1] < steps - 1)
        middle &= (distance[1:-1] <= distance[:-2]) & (distance[1:-1] < distance[2:])
        return self.xp.flatnonzero(middle) + 1

    def view_of(self, c: int) -> View:
        """What contributor `c` of this mount sees."""
        xp = self.xp
        seen = xp.zeros(self.flat.shape[0], dtype=bool)
        if self.watch.host.kind[c] == OPTICAL:
            seen[self.bright] = self._in_field(c, self.bright_look) & (
                self.magnitude <= self.watch.sensors.limiting_magnitude[c]
            )
        else:
            seen = self._in_field(c, self.look) & self._in_radar_range(c, self.look.range_m)
        crossings = None
        if self.watch.host.kind[c] == FAN:
            crossings = self._crossings(c)
            seen = seen & within_fan(xp, self.watch, slice(c, c + 1), self.look)
        return View(c, self.flat[seen], *self._nearest(c, seen), crossings)

    def rows_in_field(self, c: int) -> Array:
        """Target rows of the samples inside a contributor's field of regard."""
        return self.row[self._in_field(c, self.look)]

    def rows_lit(self, c: int) -> Array:
        """Target rows of the samples that a telescope has in its field, in the dark and sunlit."""
        return self.row[self.bright[self._in_field(c, self.bright_look)]]

    def _in_field(self, c: int, view: Look) -> Array:
        """Elevation first; azimuth, top and cone only for fields that have such limits."""
        host, one = self.watch.host, slice(c, c + 1)
        inside = geometry.above_lowest_elevation(
            self.xp, view, self.watch.sensors.elevation_min_rad[one]
        )
        whole_circle = host.azimuth_max_rad[c] - host.azimuth_min_rad[c] >= geometry.TWO_PI - 1e-12
        whole_top = host.elevation_max_rad[c] >= math.pi / 2.0
        if whole_circle and whole_top and host.cone_half_angle_rad[c] >= math.pi:
            return inside
        chosen = self.xp.flatnonzero(inside)
        inside[chosen] = within_azimuth(self.xp, self.watch, one, view.take(chosen))
        return inside

    def _in_radar_range(self, c: int, range_m: Array) -> Array:
        rows = self.xp.arange(self.scene.rcs_m2.shape[0])
        limit_m = range_limit_m(self.watch, self.scene, slice(c, c + 1), rows)
        return range_m <= limit_m[self.row]

    def _nearest(self, c: int, seen: Array) -> tuple[Array, Array]:
        """Closest approaches where a short pass may hide between unseen samples.

        Range squared and height are parabolas near the closest approach to within some per cent
        of a step's curvature; the slack keeps every doubtful case for the exact test.
        """
        host, at = self.watch.host, self.apart
        possible = ~(seen[at - 1] | seen[at] | seen[at + 1])
        lowest = math.sin(float(host.elevation_min_rad[c])) - 0.03
        possible &= self.peak_up_m >= lowest * self.peak_range_m
        if host.kind[c] == FAN:
            possible &= False
        elif host.kind[c] == OPTICAL:
            possible &= self.is_bright[at - 1] | self.is_bright[at] | self.is_bright[at + 1]
        else:
            limit_m = range_limit_m(self.watch, self.scene, slice(c, c + 1), self.row[at])
            possible &= self.peak_range_m <= 1.03 * limit_m
        at, shift = at[possible], self.peak_shift[possible]
        return self.row[at], (self.time[at] + shift) * self.step_s

    def _parabola_peak(self) -> tuple[Array, Array, Array]:
        """Height, range and place [steps] of the least range, by parabolas through 3 samples."""
        at, up = self.apart, self.look.up_m
        before, here, after = (self.look.range_m[at + k] ** 2 for k in (-1, 0, 1))
        bend = self.xp.maximum(before - 2.0 * here + after, 1e-9)
        shift = 0.5 * (before - after) / bend
        least = here - 0.125 * (before - after) ** 2 / bend
        slope, curve = 0.5 * (up[at + 1] - up[at - 1]), up[at - 1] - 2.0 * up[at] + up[at + 1]
        return (
            up[at] + slope * shift + 0.5 * curve * shift**2,
            self.xp.sqrt(self.xp.maximum(least, 1.0)),
            shift,
        )

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


def packed(xp: ModuleType, view: View, targets: int, steps: int) -> Array:
    """Visibility bits of one contributor, (n, ceil(T/8)) uint8, most significant bit first."""
    bits = xp.zeros(targets * steps, dtype=bool)
    bits[view.visible] = True
    return xp.packbits(bits.reshape(targets, steps), axis=1)
