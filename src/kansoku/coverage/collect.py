"""Coverage of a whole study: every stretch, every block of targets, never the whole cube."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.coverage.gaps import TrackTimes, joined
from kansoku.coverage.stretch import (
    BLOCK_TARGETS,
    BlockTracks,
    Demand,
    Stretch,
    Work,
    over_blocks,
    stage_of,
    stretch_of,
    windows_of,
)
from kansoku.coverage.tracks import Tracks, count_by_window, tracks_of
from kansoku.device.device import Device
from kansoku.device.fleet import Fleet
from kansoku.ephemeris.states import representative
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets


@dataclass(frozen=True)
class Coverage:
    """What every contributor can see of every target in every window.

    Attributes
    ----------
    tracks : (C, N, W) uint8 array
        Tracks that can be taken, under a clear sky. Saturates at 255.
    times : list of TrackTimes
        When each of them starts, one entry a stretch.
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
    times: list[TrackTimes]
    window_start: npt.NDArray[np.datetime64]
    window_s: float
    error: npt.NDArray[np.int8]
    representative: npt.NDArray[np.bool_]
    tests_requested: int


def count_block(stretch: Stretch, start: int, stop: int) -> BlockTracks:
    """Propagate targets `start` to `stop`, look at them, and count their tracks by window."""
    stage, demand = stage_of(stretch, start, stop), stretch.demand
    tracks = tracks_of(stage, demand.window_s, demand.longest_s)
    shape = (len(stretch.watch.host), stop - start, stretch.windows)
    counted = count_by_window(stretch.xp, tracks, demand.window_s, shape)
    times = _times(tracks, start)
    return BlockTracks(start, stop, to_numpy(counted), times, to_numpy(stage.block.error))


def _times(tracks: Tracks, first_target: int) -> TrackTimes:
    """Starts of tracks in ten bytes each: a study may hold 10^8 of them."""
    return TrackTimes(
        to_numpy(tracks.contributor).astype(np.int16),
        (to_numpy(tracks.row) + first_target).astype(np.int32),
        to_numpy(tracks.start_s).astype(np.float32),
    )


def _blocks(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grid: TimeGrid,
    demand: Demand,
    max_age_days: float,
    workers: int,
    device: Device | None,
) -> Iterator[BlockTracks]:
    """Count all targets of one stretch here, block after block."""
    stretch, _ = stretch_of(xp, targets, sensors, grid, demand, max_age_days, device)
    count, size = counter_of(stretch)
    yield from over_blocks(count, stretch, workers, size)


def counter_of(stretch: Stretch) -> tuple[Work[BlockTracks], int]:
    """Return what counts a block of a stretch, and how many targets a block has."""
    if stretch.device is None:
        return count_block, BLOCK_TARGETS
    from kansoku.coverage import device_block

    return device_block.counter_of(stretch)


def collect(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grids: list[TimeGrid],
    demand: Demand,
    max_age_days: float,
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
    device: Device | None = None,
    fleet: Fleet | None = None,
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
        Called with (targets done, targets in all), of all stretches.
    device : Device, optional
        Counts blocks by kernels.
    fleet : Fleet, optional
        Several devices that share the blocks out, each in a process of its own.

    Returns
    -------
    Coverage
    """
    done = 0
    parts, times, errors = [], [], np.zeros(len(targets), dtype=np.int8)
    aged_ever = np.zeros(len(targets), dtype=bool)
    for number, grid in enumerate(grids):
        aged_ever |= representative(targets.elements, grid, max_age_days)
        starts: list[TrackTimes] = []
        shape = (len(sensors), len(targets), windows_of(grid, demand.window_s))
        part = np.zeros(shape, dtype=np.uint8)
        if fleet is None:
            found = _blocks(xp, targets, sensors, grid, demand, max_age_days, workers, device)
        else:
            from kansoku.coverage.over_fleet import Task, blocks_over

            found = blocks_over(fleet, Task(targets, sensors, grids, demand, max_age_days), number)
        for block in found:
            part[:, block.start : block.stop] = block.tracks
            starts.append(block.times)
            window_errors = errors[block.start : block.stop]
            errors[block.start : block.stop] = np.where(window_errors, window_errors, block.error)
            done += block.stop - block.start
            if progress is not None:
                progress(done, len(targets) * len(grids))
        parts.append(part)
        times.append(joined(starts))
    return Coverage(
        tracks=np.concatenate(parts, axis=2),
        times=times,
        window_start=np.concatenate([_window_starts(grid, demand.window_s) for grid in grids]),
        window_s=demand.window_s,
        error=errors,
        representative=aged_ever,
        tests_requested=sum(len(sensors) * len(targets) * len(grid) for grid in grids),
    )


def _window_starts(grid: TimeGrid, window_s: float) -> npt.NDArray[np.datetime64]:
    """UTC at the beginning of each window of a stretch."""
    offset = (np.arange(windows_of(grid, window_s)) * window_s * 1000.0).astype("timedelta64[ms]")
    return np.asarray(grid.utc[0].astype("datetime64[ms]") + offset)
