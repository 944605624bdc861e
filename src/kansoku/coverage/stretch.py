"""One stretch of time, walked in blocks of targets, on one process or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kansoku.coverage.gaps import TrackTimes
from kansoku.device.device import Device
from kansoku.ephemeris.sgp4 import Satellites, prepare
from kansoku.ephemeris.states import representative
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.ephemeris.uniform import uniform_states
from kansoku.network.contributors import Sensors
from kansoku.resources import map_in_order
from kansoku.targets.objects import Targets
from kansoku.visibility.limits import Limits
from kansoku.visibility.stage import Stage
from kansoku.visibility.watch import Sky, Watch, scene_of, sky_of, watch_of

# Targets a block: enough that a contributor's share of one hides the start of its array operations.
BLOCK_TARGETS = 768

Result = TypeVar("Result")
Work = Callable[["Stretch", int, int], Result]


@dataclass(frozen=True)
class Demand:
    """How visibility is counted: window and longest track [s], limits of every sensor."""

    window_s: float
    longest_s: float
    limits: Limits


@dataclass(frozen=True)
class Stretch:
    """One stretch of time with its satellites: what a worker needs to count a block.

    Attributes
    ----------
    xp : module
        Of the arrays below.
    grid, watch, sky, satellites, targets, demand
    device : Device or None
        Where blocks are counted by kernels; None for the array formulas.
    """

    xp: ModuleType
    grid: TimeGrid
    watch: Watch
    sky: Sky
    satellites: Satellites
    targets: Targets
    demand: Demand
    device: Device | None = None

    @property
    def windows(self) -> int:
        """Demand windows in the stretch."""
        return windows_of(self.grid, self.demand.window_s)


@dataclass(frozen=True)
class BlockTracks:
    """Tracks of one block of targets: (C, n, W) uint8, their starts, and (n,) error codes."""

    start: int
    stop: int
    tracks: npt.NDArray[np.uint8]
    times: TrackTimes
    error: npt.NDArray[np.int8]


def windows_of(grid: TimeGrid, window_s: float) -> int:
    """Demand windows in a stretch."""
    return max(1, round(float(grid.seconds[-1]) / window_s))


def stretch_of(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grid: TimeGrid,
    demand: Demand,
    max_age_days: float,
    device: Device | None = None,
) -> tuple[Stretch, npt.NDArray[np.bool_]]:
    """Prepare one stretch; also say which targets' elements are only representative there."""
    aged = representative(targets.elements, grid, max_age_days)
    watch = watch_of(xp, sensors, demand.limits)
    sky = sky_of(xp, watch, grid, demand.limits.sun_depression_rad)
    # Kernels take the constants of orbits from the host
    satellites = prepare(xp if device is None else np, targets.elements, ~aged)
    return Stretch(xp, grid, watch, sky, satellites, targets, demand, device), aged


def stage_of(stretch: Stretch, start: int, stop: int) -> Stage:
    """States and appearance of targets `start` to `stop` under the stretch's sky."""
    xp = stretch.xp
    return Stage(
        xp=xp,
        watch=stretch.watch,
        scene=scene_of(xp, stretch.targets, start, stop),
        sky=stretch.sky,
        limits=stretch.demand.limits,
        block=uniform_states(xp, stretch.satellites, stretch.grid, start, stop),
    )


def blocks(count: int, size: int = BLOCK_TARGETS) -> list[tuple[int, int]]:
    """Start and stop of each block of targets."""
    return [(start, min(start + size, count)) for start in range(0, count, size)]


def over_blocks(
    work: Work[Result], stretch: Stretch, workers: int, size: int = BLOCK_TARGETS
) -> Iterator[Result]:
    """Do some work on every block of targets of a stretch; results come in order.

    Parameters
    ----------
    work : callable
        Takes the stretch, and the start and stop of a block.
    stretch : Stretch
    workers : int
        Processes of the NumPy path; 0 takes one a core. Other backends and devices stay in this
        process.
    size : int
        Targets of a block.
    """
    on_host = stretch.xp is np and stretch.device is None
    return map_in_order(
        lambda bounds: work(stretch, *bounds),
        blocks(len(stretch.targets), size),
        workers if on_host else 1,
    )
