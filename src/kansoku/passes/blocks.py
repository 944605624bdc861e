"""Blocks of a search for passes: which targets share a grid, what fits in cache, in what order."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.backend import to_numpy
from kansoku.constants import DEG, SECONDS_PER_HOUR
from kansoku.ephemeris.grid import TimeGrid, time_grid
from kansoku.ephemeris.sgp4 import Satellites, prepare
from kansoku.ephemeris.states import state_block
from kansoku.passes.table import ROW, Rows
from kansoku.resources import usable_cores
from kansoku.targets import MeanElements, Targets
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.passes import Passes, find_passes

STEPS_S = (120.0, 240.0, 480.0)
"""Steps between nodes that a target may have, by how fast it turns at perigee."""

STEP_ANGLE_RAD = 0.145
"""Largest angle about the Earth's centre in one step, unless the shortest step is longer.

A cubic errs by its fourth power times r / 384: 8 m in low orbit, 20 m at the perigee of a transfer
orbit, against ranges of hundreds of kilometres at the mask.
"""

PAIRS_IN_BLOCK = 6400
NODES_IN_BLOCK = 200_000


Found = tuple[npt.NDArray[np.int64], Rows, int]
"""Site of each row, the rows, and how many objects were refused."""


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


def passes_of(
    xp: ModuleType,
    families: tuple[Family, ...],
    horizons: Horizons,
    min_elevation_rad: float,
    threads: int,
) -> Iterator[tuple[int, Found]]:
    """Search all targets in blocks; yield how many are done and what each block gave.

    Parameters
    ----------
    families : tuple of Family
        The targets, each in one family.
    horizons : Horizons
    min_elevation_rad : float
        [rad]
    threads : int
        Blocks side by side on the NumPy path; 0 takes one a core.
    """
    objects = sum(len(family.rows) for family in families)
    search = searcher(xp, families, horizons, min_elevation_rad)
    return in_order(search, blocks(objects, len(horizons), families), workers(xp, threads))


def blocks(objects: int, sites: int, families: tuple[Family, ...]) -> list[tuple[int, int]]:
    """Cut the targets into ranges whose work stays in cache."""
    longest = max((len(family.grid) for family in families), default=1)
    size = max(1, min(PAIRS_IN_BLOCK // sites, NODES_IN_BLOCK // longest))
    return [(first, min(first + size, objects)) for first in range(0, objects, size)]


def searcher(
    xp: ModuleType, families: tuple[Family, ...], horizons: Horizons, min_elevation_rad: float
) -> Callable[[tuple[int, int]], Found]:
    """Return the function that searches one range of targets."""

    def search(block: tuple[int, int]) -> Found:
        found, refused = [], 0
        for family in families:
            start, stop = np.searchsorted(family.rows, block).tolist()
            if start == stop:
                continue
            states = state_block(xp, family.satellites, family.grid, start, stop)
            passes = find_passes(xp, states, family.grid, horizons, min_elevation_rad)
            refused += int(to_numpy(passes.refused).sum())
            found.append(_rows(passes, family))
        site = np.concatenate([each[0] for each in found])
        rows = np.concatenate([each[1] for each in found])
        order = np.lexsort([rows["rise_ms"], rows["target"], site])
        return site[order], rows[order], refused

    return search


def _rows(passes: Passes, family: Family) -> tuple[npt.NDArray[np.int64], Rows]:
    """Passes in the units of the table."""
    rows = np.empty(len(passes), ROW)
    rows["target"] = family.rows[to_numpy(passes.target)]
    for edge in ("rise", "culmination", "set"):
        rows[f"{edge}_ms"] = _utc_ms(to_numpy(getattr(passes, f"{edge}_s")), family.grid)
        azimuth_rad = to_numpy(getattr(passes, f"{edge}_azimuth_rad"))
        rows[f"{edge}_azimuth_deg"] = azimuth_rad / DEG
    rows["culmination_elevation_deg"] = to_numpy(passes.culmination_elevation_rad) / DEG
    rows["starts_before"] = to_numpy(passes.starts_before)
    rows["ends_after"] = to_numpy(passes.ends_after)
    return to_numpy(passes.site).astype(np.int64), rows


def _utc_ms(seconds: npt.NDArray[np.float64], grid: TimeGrid) -> npt.NDArray[np.int64]:
    """UTC in milliseconds since 1970; a leap second is spread over the step that holds it."""
    first = grid.utc[0].astype(np.int64)
    elapsed_ms = (grid.utc.astype(np.int64) - first).astype(np.float64)
    utc_ms: npt.NDArray[np.int64] = (
        np.rint(np.interp(seconds, grid.seconds, elapsed_ms)).astype(np.int64) + first
    )
    return utc_ms


def workers(xp: ModuleType, threads: int) -> int:
    """Threads of the NumPy path: as asked, else one a core; a device has its own."""
    return (threads or usable_cores()) if xp is np else 1


def in_order(
    search: Callable[[tuple[int, int]], Found], blocks: list[tuple[int, int]], workers: int
) -> Iterator[tuple[int, Found]]:
    """Search blocks side by side; yield how many targets are done and what each block gave.

    A few blocks at most are ahead of the one that is awaited, so results do not pile up.
    """
    with threadpool_limits(limits=1), ThreadPoolExecutor(workers) as pool:
        ahead: deque[tuple[int, Future[Found]]] = deque()
        try:
            for block in blocks:
                ahead.append((block[1], pool.submit(search, block)))
                if len(ahead) > 2 * workers:
                    done, future = ahead.popleft()
                    yield done, future.result()
            while ahead:
                done, future = ahead.popleft()
                yield done, future.result()
        finally:
            for _, future in ahead:
                future.cancel()
