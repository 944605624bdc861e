"""Coverage of a whole study: every stretch, every block of targets, never the whole cube."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from types import ModuleType

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.backend import to_numpy
from kansoku.coverage.tracks import Stage, count_by_window, tracks_of
from kansoku.ephemeris.grid import TimeGrid
from kansoku.ephemeris.sgp4 import Satellites, prepare
from kansoku.ephemeris.states import representative, state_block
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility.mask import Limits
from kansoku.visibility.views import views
from kansoku.visibility.watch import Sky, Watch, scene_of, sky_of, watch_of

# Targets a block: the states of 48 targets over a day at 60 s take 3 MB, near the cache.
BLOCK_TARGETS = 48


@dataclass(frozen=True)
class Demand:
    """How visibility is counted: window and longest track [s], limits of every sensor."""

    window_s: float
    longest_s: float
    limits: Limits


@dataclass(frozen=True)
class Stretch:
    """One stretch of time with its satellites: what a worker needs to count a block."""

    xp: ModuleType
    grid: TimeGrid
    watch: Watch
    sky: Sky
    satellites: Satellites
    targets: Targets
    demand: Demand

    @property
    def windows(self) -> int:
        """Demand windows in the stretch."""
        return max(1, round(float(self.grid.seconds[-1]) / self.demand.window_s))


@dataclass(frozen=True)
class BlockTracks:
    """Tracks of one block of targets: (C, n, W) uint8, and (n,) error codes."""

    start: int
    stop: int
    tracks: npt.NDArray[np.uint8]
    error: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Coverage:
    """What every contributor can see of every target in every window.

    Attributes
    ----------
    tracks : (C, N, W) uint8 array
        Tracks that can be taken, under a clear sky. Saturates at 255.
    window_start : (W,) datetime64[ms] array
        UTC at which each window begins, stretch after stretch.
    window_s : float
        Length of a window. [s]
    error : (N,) int8 array
        First propagation error code in any stretch; 0 where there is none.
    representative : (N,) bool array
        Elements older than the configured age in any stretch: drag terms were off there.
    tests_requested : int
        Contributors x targets x samples.
    """

    tracks: npt.NDArray[np.uint8]
    window_start: npt.NDArray[np.datetime64]
    window_s: float
    error: npt.NDArray[np.int8]
    representative: npt.NDArray[np.bool_]
    tests_requested: int


def stretch_of(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grid: TimeGrid,
    demand: Demand,
    max_age_days: float,
) -> tuple[Stretch, npt.NDArray[np.bool_]]:
    """Prepare one stretch; also say which targets' elements are only representative there."""
    aged = representative(targets.elements, grid, max_age_days)
    watch = watch_of(xp, sensors)
    sky = sky_of(xp, watch, grid, demand.limits.sun_depression_rad)
    satellites = prepare(xp, targets.elements, ~aged)
    return Stretch(xp, grid, watch, sky, satellites, targets, demand), aged


def count_block(stretch: Stretch, start: int, stop: int) -> BlockTracks:
    """Propagate targets `start` to `stop`, look at them, and count their tracks by window."""
    xp, demand = stretch.xp, stretch.demand
    stage = stage_of(stretch, start, stop)
    shape = (stop - start, stretch.windows)
    tracks = np.zeros((len(stretch.watch.host), *shape), dtype=np.uint8)
    for view in views(xp, stretch.watch, stage.scene, stage.sky, demand.limits, stage.block):
        row, start_s = tracks_of(stage, view, demand.window_s, demand.longest_s)
        counted = count_by_window(xp, row, start_s, demand.window_s, shape)
        tracks[view.contributor] = to_numpy(counted)
    return BlockTracks(start, stop, tracks, to_numpy(stage.block.error))


def stage_of(stretch: Stretch, start: int, stop: int) -> Stage:
    """States and appearance of targets `start` to `stop` under the stretch's sky."""
    xp = stretch.xp
    return Stage(
        xp=xp,
        watch=stretch.watch,
        scene=scene_of(xp, stretch.targets, start, stop),
        sky=stretch.sky,
        limits=stretch.demand.limits,
        block=state_block(xp, stretch.satellites, stretch.grid, start, stop),
    )


def blocks(count: int, size: int = BLOCK_TARGETS) -> list[tuple[int, int]]:
    """Start and stop of each block of targets."""
    return [(start, min(start + size, count)) for start in range(0, count, size)]


# A worker process inherits the stretch by fork: arrays are shared, not copied or pickled.
_inherited: Stretch | None = None


def _count_inherited(bounds: tuple[int, int]) -> BlockTracks:
    assert _inherited is not None
    with threadpool_limits(limits=1):
        return count_block(_inherited, *bounds)


def count_stretch(stretch: Stretch, workers: int) -> Iterator[BlockTracks]:
    """Count all blocks of a stretch, in order, on several processes when asked to."""
    bounds = blocks(len(stretch.targets))
    workers = min(worker_count(workers), len(bounds))
    if workers <= 1 or stretch.xp is not np:
        yield from (count_block(stretch, *bound) for bound in bounds)
        return
    global _inherited
    _inherited = stretch
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
            yield from pool.map(_count_inherited, bounds)
    finally:
        _inherited = None


def worker_count(asked: int) -> int:
    """Worker processes: as asked, or one a usable core; one where processes cannot fork."""
    if not hasattr(os, "fork"):
        return 1
    return asked or len(os.sched_getaffinity(0))


def collect(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grids: list[TimeGrid],
    demand: Demand,
    max_age_days: float,
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Coverage:
    """Count the tracks of every contributor, target and window.

    Parameters
    ----------
    xp : module
        Array namespace.
    targets : Targets
        N targets.
    sensors : Sensors
        C contributors.
    grids : list of TimeGrid
        One a stretch of observation.
    demand : Demand
        Window, longest track and limits.
    max_age_days : float
        Elements farther than this from a stretch lose their drag terms there. [d]
    workers : int
        Processes of the NumPy path; 0 takes one a core.
    progress : callable, optional
        Called with (blocks done, blocks in all).

    Returns
    -------
    Coverage
    """
    per_grid, done = len(blocks(len(targets))), 0
    parts, errors = [], np.zeros(len(targets), dtype=np.int8)
    aged_ever = np.zeros(len(targets), dtype=bool)
    for grid in grids:
        stretch, aged = stretch_of(xp, targets, sensors, grid, demand, max_age_days)
        aged_ever |= aged
        part = np.zeros((len(sensors), len(targets), stretch.windows), dtype=np.uint8)
        for block in count_stretch(stretch, workers):
            part[:, block.start : block.stop] = block.tracks
            window_errors = errors[block.start : block.stop]
            errors[block.start : block.stop] = np.where(window_errors, window_errors, block.error)
            done += 1
            if progress is not None:
                progress(done, per_grid * len(grids))
        parts.append(part)
    return Coverage(
        tracks=np.concatenate(parts, axis=2),
        window_start=np.concatenate([_window_starts(grid, demand.window_s) for grid in grids]),
        window_s=demand.window_s,
        error=errors,
        representative=aged_ever,
        tests_requested=sum(len(sensors) * len(targets) * len(grid) for grid in grids),
    )


def _window_starts(grid: TimeGrid, window_s: float) -> npt.NDArray[np.datetime64]:
    """UTC at the beginning of each window of a stretch."""
    windows = max(1, round(float(grid.seconds[-1]) / window_s))
    offset = (np.arange(windows) * window_s * 1000.0).astype("timedelta64[ms]")
    return grid.utc[0].astype("datetime64[ms]") + offset
