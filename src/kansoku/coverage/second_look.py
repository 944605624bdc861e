"""A second look with a chosen network alone: when tracks start, and what stays unseen."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.coverage.collect import Coverage, track_times
from kansoku.coverage.gaps import TrackTimes
from kansoku.coverage.stretch import Demand, Stretch, over_blocks, stage_of, stretch_of
from kansoku.ephemeris.grid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility.reasons import PROPAGATED, reached


def times_of(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    active: npt.NDArray[np.intp],
    grids: list[TimeGrid],
    demand: Demand,
    max_age_days: float,
    workers: int,
) -> list[TrackTimes]:
    """Starts of all tracks of some contributors, one entry a stretch.

    `contributor` of the result indexes the whole network, not the active ones.
    """
    found = []
    for grid in grids:
        stretch, _ = stretch_of(xp, targets, sensors.take(active), grid, demand, max_age_days)
        times = track_times(stretch, workers)
        found.append(replace(times, contributor=active[times.contributor]))
    return found


def times_by_window(
    seen: Coverage, active: npt.NDArray[np.intp], stretches: int
) -> list[TrackTimes]:
    """Return one track in the middle of each window that has any: what is known without a look."""
    found = []
    for part in np.split(seen.tracks[active], stretches, axis=2):
        contributor, target, window = np.nonzero(part)
        found.append(
            TrackTimes(
                active[contributor], target, (window.astype(np.float64) + 0.5) * seen.window_s
            )
        )
    return found


def reached_by(
    xp: ModuleType,
    targets: Targets,
    sensors: Sensors,
    grids: list[TimeGrid],
    demand: Demand,
    max_age_days: float,
    workers: int,
) -> npt.NDArray[np.uint8]:
    """How far each target gets with a network in any stretch (`visibility.reasons`), (N,)."""
    if not len(targets) or not len(sensors):
        return np.full(len(targets), PROPAGATED, dtype=np.uint8)
    bits = np.zeros(len(targets), dtype=np.uint8)
    for grid in grids:
        stretch, _ = stretch_of(xp, targets, sensors, grid, demand, max_age_days)
        bits |= np.concatenate(list(over_blocks(_reached_block, stretch, workers)))
    return bits


def _reached_block(stretch: Stretch, start: int, stop: int) -> npt.NDArray[np.uint8]:
    stage = stage_of(stretch, start, stop)
    bits = reached(stretch.xp, stretch.watch, stage.scene, stage.sky, stage.limits, stage.block)
    return to_numpy(bits)
