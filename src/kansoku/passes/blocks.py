"""Blocks of a search for passes: which targets share a grid, what fits in cache, in what order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.backend import to_numpy
from kansoku.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import Satellites, prepare
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.ephemeris.uniform import uniform_states
from kansoku.passes.rows import by_site, rows_of
from kansoku.passes.spool import Shelf, Spool
from kansoku.passes.text import Names, text_bytes
from kansoku.resources import map_in_order, worker_count
from kansoku.targets import MeanElements, Targets
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.passes import Passes, find_passes

STEPS_S = (120.0, 240.0, 480.0)
"""Steps between nodes that a target may have, by how fast it turns at perigee."""

STEP_ANGLE_RAD = 0.29
"""Largest angle about the Earth's centre in one step, unless the shortest step is longer.

The polynomial between nodes then errs by 2 m in low orbit and 1 m at the perigee of a transfer
orbit. To that SGP4's velocity adds, which is off the rate of its position: by up to 0.3 m/s in low
orbit, 4 m/s on eccentric ones, over a seventh of a step: 10 m and 70 m.
"""

# Nodes of the targets that are propagated and searched in one go
NODES_IN_BLOCK = 310_000
# Work between two reports of a process; what it finds is sorted in memory
PAIR_DAYS_IN_RANGE = 50_000.0


@dataclass(frozen=True)
class Found:
    """What came of a range of targets.

    Attributes
    ----------
    stop : int
        End of the range.
    shelf : Shelf
        Where the passes are kept.
    refused : int
        Targets that the propagator refuses.
    """

    stop: int
    shelf: Shelf
    refused: int


@dataclass(frozen=True)
class Hunt:
    """What every range of targets is searched with, and for.

    Attributes
    ----------
    families : tuple of Family
        The targets, each in one family.
    min_elevation_rad : float
        [rad]
    names : Names or None
        For the length of the text of what is found; None where no text is wanted.
    """

    xp: ModuleType
    families: tuple[Family, ...]
    horizons: Horizons
    min_elevation_rad: float
    spool: Spool
    names: Names | None


@dataclass(frozen=True)
class Family:
    """Targets that share a grid, by rising catalogue number.

    Attributes
    ----------
    rows : (n,) array
        Their rows among the targets of the search, rising.
    """

    rows: npt.NDArray[np.intp]
    satellites: Satellites
    grid: TimeGrid


def step_s(elements: MeanElements) -> npt.NDArray[np.float64]:
    """Step between nodes for each target: the longest that turns little enough at perigee.

    Parameters
    ----------
    elements : MeanElements
        N element sets.

    Returns
    -------
    (N,) array
        One of `STEPS_S`. [s]
    """
    e = np.clip(elements.eccentricity, 0.0, 0.999)
    rate_rad_s = elements.mean_motion_rad_min / 60.0 * (1.0 + e) ** 2 / (1.0 - e**2) ** 1.5
    longest_s = STEP_ANGLE_RAD / np.maximum(rate_rad_s, 1e-9)
    number = np.searchsorted(np.array(STEPS_S), longest_s, side="right") - 1
    return np.array(STEPS_S)[np.maximum(number, 0)]


def families(xp: ModuleType, objects: Targets, start: datetime, hours: float) -> tuple[Family, ...]:
    """Share the targets out to grids of their step."""
    steps = step_s(objects.elements)
    families = []
    for step in np.unique(steps):
        rows = np.flatnonzero(steps == step)
        satellites = prepare(xp, objects.elements.take(rows), None)
        families.append(Family(rows, satellites, _grid(start, hours, float(step))))
    return tuple(families)


def _grid(start: datetime, hours: float, step: float) -> TimeGrid:
    """Lay nodes over the span, both ends included, at most a step apart."""
    intervals = max(1, math.ceil(hours * SECONDS_PER_HOUR / step - 1e-9))
    return time_grid(start, hours, hours * SECONDS_PER_HOUR / intervals)


def passes_of(hunt: Hunt, workers: int) -> Iterator[Found]:
    """Search all targets in ranges, side by side; give what each range gave, in order.

    Parameters
    ----------
    workers : int
        Processes.
    """
    objects = sum(len(family.rows) for family in hunt.families)
    ranges = _cut(0, objects, _at_once(hunt, PAIR_DAYS_IN_RANGE))
    with threadpool_limits(limits=1):  # the processes already fill the cores
        yield from map_in_order(lambda part: search(hunt, *part), ranges, workers)


def _at_once(hunt: Hunt, pair_days: float) -> int:
    """Targets whose search is so much work."""
    span_s = max((float(family.grid.seconds[-1]) for family in hunt.families), default=0.0)
    days = max(span_s / SECONDS_PER_DAY, 1e-3)
    return max(1, int(pair_days / (len(hunt.horizons) * days)))


def _cut(start: int, stop: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, stop)) for first in range(start, stop, size)]


def search(hunt: Hunt, start: int, stop: int) -> Found:
    """Search one range of targets, and put what is found into the spool."""
    parts, refused = [], 0
    for family in hunt.families:
        first, last = np.searchsorted(family.rows, (start, stop)).tolist()
        for passes in _passes_of_family(hunt, family, first, last):
            refused += int(to_numpy(passes.refused).sum())
            site = to_numpy(passes.site).astype(np.int64)
            parts.append((site, rows_of(passes, family.rows, family.grid, hunt.spool.kind)))
    sites = len(hunt.horizons)
    bounds, rows = by_site(parts, sites)
    lengths = np.zeros(sites, np.int64)
    if hunt.names is not None:
        lengths = text_bytes(hunt.names, bounds, rows)
    return Found(stop, hunt.spool.add(bounds, rows, lengths), refused)


def _passes_of_family(hunt: Hunt, family: Family, start: int, stop: int) -> Iterator[Passes]:
    """Propagate targets `start` to `stop` of a family, and find their passes block by block."""
    xp, grid = hunt.xp, family.grid
    for block in _cut(start, stop, max(1, NODES_IN_BLOCK // len(grid))):
        states = uniform_states(xp, family.satellites, grid, *block)
        yield find_passes(xp, states, grid, hunt.horizons, hunt.min_elevation_rad)


def workers(xp: ModuleType, threads: int) -> int:
    """Processes of the NumPy path: as asked, else one a core; a device has its own."""
    return worker_count(threads) if xp is np else 1
