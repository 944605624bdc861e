"""A block of targets under the sky of one stretch, with all who look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.detection import reach_m
from kansoku.visibility.geometry import dot
from kansoku.visibility.illumination import sunlit
from kansoku.visibility.limits import Limits
from kansoku.visibility.precision import in_single
from kansoku.visibility.watch import Scene, Sky, Watch


@dataclass(frozen=True)
class Stage:
    """A block of targets under the sky of one stretch, seen by a watch."""

    xp: ModuleType
    watch: Watch
    scene: Scene
    sky: Sky
    limits: Limits
    block: StateBlock

    @property
    def targets(self) -> int:
        """Targets of the block."""
        return int(self.block.usable.shape[0])

    @property
    def steps(self) -> int:
        """Samples of the stretch."""
        return int(self.block.usable.shape[1])

    @property
    def end_s(self) -> float:
        """Length of the stretch. [s]."""
        return (self.steps - 1) * self.sky.step_s

    @cached_property
    def lit(self) -> Array:
        """Whether each target is in sunlight at each sample, (n T,) bool."""
        sun_itrf_m = self.sky.sun_itrf_m[:, None, :]
        lit = sunlit(self.xp, self.block.position_itrf_m, sun_itrf_m, self.limits.shadow)
        return lit.reshape(-1)

    @cached_property
    def single(self) -> Stage:
        """The same in single precision, but for who is lit: shadows are edges of their own."""
        scene, block = in_single(self.scene), in_single(self.block)
        single = Stage(self.xp, self.watch.single, scene, self.sky.single, self.limits, block)
        single.__dict__["lit"] = self.lit
        return single

    @cached_property
    def nodes_m(self) -> tuple[Array, Array]:
        """Positions (3, n, T) and geocentric distances (n, T), in single precision. [m]"""
        position = self._usable(self.block.position_itrf_m)
        return position, self.xp.sqrt(dot(position, position))

    @cached_property
    def changes_m(self) -> Array:
        """Velocities times the step, (3, n, T), in single precision. [m]"""
        return self._usable(self.block.velocity_itrf_m_s) * self.sky.step_s

    def _usable(self, states: Array) -> Array:
        """States in single precision, zero where they cannot be used."""
        return self.xp.where(self.block.usable, states.astype(self.xp.float32), 0.0)

    @cached_property
    def reach_m(self) -> Array:
        """Farthest range at which each contributor detects each target at best, (C, n). [m]"""
        return reach_m(self.xp, self.watch, self.scene, self.limits)
