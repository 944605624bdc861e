"""Tracks of a catalogue over 100 sensors on the GPU, beside the NumPy path of the same machine.

The unit of work is a test: whether one contributor sees one target at one sample.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from kansoku import __version__
from kansoku.backend import device_of, name_of, select
from kansoku.bench import kernels
from kansoku.bench.catalogue import midnight_before
from kansoku.bench.machine import MemoryWatch, measure
from kansoku.bench.record import Peer, Record
from kansoku.bench.visibility import CONTRIBUTORS, MAX_AGE_DAYS, sensors_of, targets_of
from kansoku.coverage.collect import Coverage, collect
from kansoku.coverage.stretch import BLOCK_TARGETS, Demand, stretch_of
from kansoku.device.device import Device
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.progress import Progress, silent
from kansoku.resources import usable_cores
from kansoku.targets.objects import Targets
from kansoku.visibility.limits import default_limits

WINDOW_S, LONGEST_S = 21600.0, 7200.0
PEER_OBJECTS_A_CORE = BLOCK_TARGETS
"""So that NumPy has a block for every core."""


@dataclass(frozen=True)
class Work:
    """What both paths are asked for."""

    sensors: Sensors
    grid: TimeGrid
    demand: Demand

    def tracks(self, targets: Targets, device: Device | None) -> Coverage:
        """Count by kernels, or by NumPy on all cores."""
        xp = np if device is None else device.xp
        return collect(
            xp, targets, self.sensors, [self.grid], self.demand, MAX_AGE_DAYS, device=device
        )


def run(
    catalogue: Path | None = None,
    *,
    device: Device | None = None,
    contributors: int = CONTRIBUTORS,
    hours: float = 24.0,
    objects: int | None = None,
    repeats: int = 3,
    progress: Progress = silent,
) -> Record:
    """Time the count of all tracks of a stretch on a GPU, then of a sample with NumPy.

    Parameters
    ----------
    catalogue : Path, optional
        Element sets; the embedded population without one.
    device : Device, optional
        The GPU that CuPy has made current when left out.
    contributors : int
        Spread evenly over the packaged network.
    hours : float
        From the midnight before the median epoch, at 60 s. [h]
    objects : int, optional
        Spread evenly over the catalogue; all when left out.
    repeats : int
        After a first one that compiles.

    Returns
    -------
    Record
        `seconds` by the device's clock, from the first launch to the last result.

    Raises
    ------
    BackendError
        When no GPU answers.
    """
    device = device or device_of(select("cupy"))
    assert device is not None
    every = _some(targets_of(catalogue), objects)
    grid = time_grid(midnight_before(every.elements), hours, 60.0)
    work = Work(sensors_of(contributors), grid, Demand(WINDOW_S, LONGEST_S, default_limits()))
    stretch, _ = stretch_of(device.xp, every, work.sensors, grid, work.demand, MAX_AGE_DAYS, device)
    with MemoryWatch() as memory:
        kernels.count(device, stretch)
        counted = []
        for number in range(repeats):
            progress("gpu", number, repeats)
            counted.append(kernels.count(device, stretch))
        peer, alike = _peer(work, _some(every, PEER_OBJECTS_A_CORE * usable_cores()), device)
    return Record(
        name="gpu",
        backend=name_of(device.xp),
        machine=measure(),
        contributors=contributors,
        objects=len(every),
        steps=len(grid),
        tests=counted[0].tests,
        executed_tests=counted[0].tests,
        seconds=median(each.seconds for each in counted),
        peak_memory_bytes=memory.peak_bytes,
        peer=peer,
        matched_fraction=alike,
    )


def _some(targets: Targets, count: int | None) -> Targets:
    """Targets spread evenly over a catalogue."""
    chosen = np.linspace(0, len(targets) - 1, min(count or len(targets), len(targets)))
    return targets.take(chosen.astype(np.intp))


def _peer(work: Work, few: Targets, device: Device) -> tuple[Peer, float]:
    """NumPy on a sample, and the share of windows in which both count the same."""
    began = time.perf_counter()
    by_arrays = work.tracks(few, None)
    seconds = time.perf_counter() - began
    tests = len(work.sensors) * len(few) * len(work.grid)
    by_kernels = work.tracks(few, device)
    alike = float((by_arrays.tracks == by_kernels.tracks).mean())
    return Peer("kansoku with NumPy", __version__, seconds, tests / seconds), alike
