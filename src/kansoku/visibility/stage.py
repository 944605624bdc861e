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
from kansoku.visibility.shares import shares
from kansoku.visibility.watch import Scene, Sky, Watch

SAMPLES_AT_ONCE = 23_000
"""Samples of a few targets, a dozen arrays of which stay in the second-level cache."""


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
        xp, position_itrf_m = self.xp, self.block.position_itrf_m
        sun_itrf_m = self.sky.sun_itrf_m[:, None, :]
        lit = xp.empty((self.targets, self.steps), dtype=bool)
        for some in shares(xp, self.targets, self.steps, SAMPLES_AT_ONCE):
            lit[some] = sunlit(xp, position_itrf_m[:, some], sun_itrf_m, self.limits.shadow)
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
        states = states.astype(self.xp.float32, copy=False)
        if self.block.usable.all().item():
            return states
        return self.xp.where(self.block.usable, states, 0.0)

    @cached_property
    def columns_m(self) -> Array:
        """Room for the factor of a product with sites (`candidates`), (6, n, T + 1). [m]

        Rows are position, two that each class of sensors fills in, and -1. The last column of a
        target scores about -6.4e6 m everywhere, below any mask, and keeps targets apart. One walk
        over the candidates of a stage uses it at a time.
        """
        columns = self.xp.full((6, self.targets, self.steps + 1), -1.0, dtype=self.xp.float32)
        columns[:3, :, :-1] = self.nodes_m[0]
        return columns

    @cached_property
    def reach_m(self) -> Array:
        """Farthest range at which each contributor detects each target at best, (C, n). [m]"""
        return reach_m(self.xp, self.watch, self.scene, self.limits)
