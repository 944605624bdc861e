"""A second look at what a network never tracks: how near it comes to being seen."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.coverage.stretch import Demand, Stretch, over_blocks, stage_of, stretch_of
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility.reasons import PROPAGATED, reached


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
    return to_numpy(reached(stage_of(stretch, start, stop)))
