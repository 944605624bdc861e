"""Samples, who looks at which target when, and what follows from that, computed once if at all.

Everything that decides visibility asks a `Sight`: grids, edges and explanations. A quantity is
computed when it is first asked for and kept; `take` keeps it for some of the samples, so the cheap
criteria come first and the dear ones see what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kansoku.backend import Array
from kansoku.ephemeris.interpolation import hermite
from kansoku.visibility.geometry import Look, dot
from kansoku.visibility.illumination import sine_of_sun_elevation, site_dark, sunlit
from kansoku.visibility.moonlight import twilight_nl
from kansoku.visibility.photometry import cosine_of_phase_angle
from kansoku.visibility.stage import Stage

SAME_SITE = frozenset(
    {
        "row", "step", "flat", "seconds", "position_itrf_m", "velocity_itrf_m_s", "sight_m",
        "range_m", "up_m", "east_m", "north_m", "sun_itrf_m", "moon_direction", "moon_sine",
        "twilight_nl", "lit", "dark", "phase_cosine", "moon_illuminance",
    }
)  # fmt: skip
"""What another contributor at the same place shares."""


class quantity:  # noqa: N801 - reads as the decorator that it is
    """What follows from a sample: computed when first asked for, or taken from a larger sight."""

    def __init__(self, compute: Callable[[Any], Array]) -> None:
        self._compute, self._name = compute, compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, sight: Sight, _: type[Sight] | None = None) -> Array:
        """Look it up, here and in what this sight was taken from, before computing it."""
        known = sight._known.get(self._name)
        if known is None and sight._source is not None:
            known = sight.known(self._name)
        if known is None:
            known = sight.keep(self._name, self._compute(sight))
        return known


class Sight:
    """Samples: who looks, at which target rows of a block, when; (M,) arrays or (3, M) vectors.

    Parameters
    ----------
    stage : Stage
    contributor : int or (M,) int array
        One for all samples, whose parameters are then plain numbers, or one for each.
    row : (M,) int array
    step : (M,) int array, optional
        Sample of the grid; give this or `seconds`.
    seconds : (M,) array, optional
        Any instant since the grid's first. [s]
    """

    def __init__(
        self,
        stage: Stage,
        contributor: Array | int,
        row: Array,
        step: Array | None = None,
        seconds: Array | None = None,
    ) -> None:
        self.stage, self.contributor, self._size = stage, contributor, int(row.shape[0])
        self.on_grid = step is not None
        self._source: Sight | None = None
        self._index: Array | None = None
        given = {"row": row, "step": step, "seconds": seconds}
        self._known: dict[str, Array] = {
            name: each for name, each in given.items() if each is not None
        }

    def __len__(self) -> int:
        return self._size

    @property
    def one(self) -> bool:
        """Whether one contributor looks at all samples."""
        return isinstance(self.contributor, int)

    def take(self, index: Array) -> Sight:
        """Return some of the samples; what is known about them is taken when it is asked for."""
        # `take` is much faster than an index in brackets
        who = self.contributor if self.one else self.stage.xp.take(self.contributor, index)
        return self._derived(who, index, int(index.shape[0]))

    def of(self, contributor: Array | int) -> Sight:
        """Let other contributors at the same places look."""
        return self._derived(contributor, None, self._size)

    def _derived(self, contributor: Array | int, index: Array | None, size: int) -> Sight:
        other = object.__new__(Sight)
        other.stage, other.contributor, other._size = self.stage, contributor, size
        other.on_grid, other._source, other._index = self.on_grid, self, index
        other._known = {}
        return other

    def known(self, name: str) -> Array | None:
        """Return a quantity if it is known here or in what this was taken from."""
        value = self._known.get(name)
        if value is not None or self._source is None:
            return value
        if self._index is None:
            return self._source.known(name) if name in SAME_SITE else None
        value = self._source.known(name)
        return None if value is None else self.keep(name, self._taken(value))

    def _taken(self, value: Array) -> Array:
        return self.stage.xp.take(value, self._index, axis=-1)

    def keep(self, name: str, value: Array) -> Array:
        """Remember a quantity."""
        self._known[name] = value
        return value

    def per_sensor(self, name: str) -> Array:
        """Return a field of the contributor of each sample."""
        return self.each(getattr(self.stage.watch.sensors, name))

    def each(self, values: Array) -> Array:
        """Return the entries of the contributors in a (C,) array; of one, a plain number."""
        found = values[self.contributor]
        return found.item() if self.one else found

    def reach_m(self) -> Array:
        """Farthest range at which each target may be detected. [m]"""
        if self.one:
            return self.stage.reach_m[self.contributor][self.row]
        return self.stage.reach_m[self.contributor, self.row]

    def at_site(self, vectors: Array) -> Array:
        """Return the column of each sample's contributor, (3, C) to (3, M), or to (3, 1) of one."""
        if self.one:
            return vectors[:, self.contributor][:, None]
        return self.stage.xp.take(vectors, self.contributor, axis=1)

    @quantity
    def row(self) -> Array:
        """Target row in the block: every sight is made with its rows."""
        raise AttributeError("a sight is made with its rows")

    @quantity
    def step(self) -> Array:
        """Sample of the grid: a sight on the grid is made with its steps."""
        raise AttributeError("these instants are no samples of the grid")

    @quantity
    def seconds(self) -> Array:
        """Since the grid's first instant. [s]"""
        return self.stage.sky.seconds[self.step]

    @quantity
    def flat(self) -> Array:
        """Samples of a grid as indices into (n, T)."""
        return self.row * self.stage.steps + self.step

    @quantity
    def position_itrf_m(self) -> Array:
        """Target; nan where the propagator gives no state, or none that is an orbit. [m]"""
        if not self.on_grid:
            return self._interpolated()[0]
        position = self.stage.block.position_itrf_m.reshape(3, -1)
        return self.stage.xp.take(position, self.flat, axis=1)

    @quantity
    def velocity_itrf_m_s(self) -> Array:
        """Its rate in the rotating frame. [m/s]"""
        if not self.on_grid:
            return self._interpolated()[1]
        velocity = self.stage.block.velocity_itrf_m_s.reshape(3, -1)
        return self.stage.xp.take(velocity, self.flat, axis=1)

    def _interpolated(self) -> tuple[Array, Array]:
        """Position and velocity between samples: one interpolation gives both, both are kept."""
        stage = self.stage
        states = hermite(stage.xp, stage.block, self.row, self.seconds, stage.sky.step_s)
        self.keep("position_itrf_m", states[0])
        self.keep("velocity_itrf_m_s", states[1])
        return states

    @quantity
    def sight_m(self) -> Array:
        """From the site to the target, Earth-fixed. [m]"""
        return self.position_itrf_m - self.at_site(self.stage.watch.site_itrf_m)

    @quantity
    def range_m(self) -> Array:
        """[m]"""
        return self.stage.xp.sqrt(dot(self.sight_m, self.sight_m))

    @property
    def up(self) -> Array:
        """The site's vertical, (3, M) or (3, 1). [unitless]"""
        return self.at_site(self.stage.watch.up)

    @quantity
    def up_m(self) -> Array:
        """Height over the horizon plane. [m]"""
        return dot(self.sight_m, self.up)

    @quantity
    def east_m(self) -> Array:
        """[m]"""
        return dot(self.sight_m, self.at_site(self.stage.watch.east))

    @quantity
    def north_m(self) -> Array:
        """[m]"""
        return dot(self.sight_m, self.at_site(self.stage.watch.north))

    @property
    def look(self) -> Look:
        """The line of sight in the site's east-north-up frame."""
        return Look(self.east_m, self.north_m, self.up_m, self.range_m)

    @quantity
    def sun_itrf_m(self) -> Array:
        """Geocentric Sun. [m]"""
        return self._between_samples(self.stage.sky.sun_itrf_m)

    @quantity
    def moon_direction(self) -> Array:
        """Unit vector from the site to the Moon. [unitless]"""
        if self.on_grid:
            table = self.stage.sky.moon_direction
            return self.stage.xp.take(table, self._mount_and_step, axis=1)
        moon_itrf_m = self._between_samples(self.stage.sky.moon_itrf_m)
        moon_m = moon_itrf_m - self.at_site(self.stage.watch.site_itrf_m)
        return moon_m / self.stage.xp.sqrt(dot(moon_m, moon_m))

    @quantity
    def moon_sine(self) -> Array:
        """Sine of the Moon's elevation. [unitless]"""
        if self.on_grid:
            return self.stage.xp.take(self.stage.sky.moon_sine, self._mount_and_step)
        return dot(self.up, self.moon_direction)

    @quantity
    def twilight_nl(self) -> Array:
        """Luminance that the Sun adds to the sky. [nL]"""
        if self.on_grid:
            return self.stage.xp.take(self.stage.sky.twilight_nl, self._mount_and_step)
        return twilight_nl(self.stage.xp, sine_of_sun_elevation(self.up, self.sun_itrf_m))

    @property
    def _mount_and_step(self) -> Array:
        """Samples of a grid as indices into the mounts' tables, flat."""
        return self.each(self.stage.watch.mount_of) * self.stage.steps + self.step

    @quantity
    def moon_illuminance(self) -> Array:
        """Light of the Moon outside the atmosphere. [foot-candle]"""
        return self._between_samples(self.stage.sky.moon_illuminance[None])[0]

    def _between_samples(self, vector_m: Array) -> Array:
        """Value of a vector that is known on the grid; between samples it is linear.

        Sun and Moon turn 0.25 deg a minute with the Earth: the chord is short by 3e-4 deg in
        length alone, its direction is off by less than 1e-9 rad.
        """
        if self.on_grid:
            return self.stage.xp.take(vector_m, self.step, axis=1)
        sky, xp = self.stage.sky, self.stage.xp
        last = sky.seconds.shape[0] - 2
        node = xp.clip((self.seconds / sky.step_s).astype(np.int64), 0, last)
        share = (self.seconds - sky.seconds[node]) / sky.step_s
        return vector_m[:, node] * (1.0 - share) + vector_m[:, node + 1] * share

    @quantity
    def lit(self) -> Array:
        """Whether the target is in sunlight."""
        if self.on_grid:
            return self.stage.xp.take(self.stage.lit, self.flat)
        shadow = self.stage.limits.shadow
        return sunlit(self.stage.xp, self.position_itrf_m, self.sun_itrf_m, shadow)

    @quantity
    def dark(self) -> Array:
        """Whether the site is dark."""
        sky = self.stage.sky
        if self.on_grid:
            return self.stage.xp.take(sky.dark.reshape(-1), self._mount_and_step)
        sine = sine_of_sun_elevation(self.up, self.sun_itrf_m)
        return site_dark(sine, self.stage.limits.sun_depression_rad)

    @quantity
    def phase_cosine(self) -> Array:
        """Cosine of the Sun-target-observer angle."""
        to_sun_m = self.sun_itrf_m - self.position_itrf_m
        return cosine_of_phase_angle(self.stage.xp, self.sight_m, self.range_m, to_sun_m)
