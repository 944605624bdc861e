"""Blocks of targets shared out to several devices, a process each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from kansoku.coverage import device_block
from kansoku.coverage.stretch import BlockTracks, Demand, Stretch, Work, stretch_of
from kansoku.device.device import Device
from kansoku.device.fleet import Fleet, over_devices
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets

SHARES = 4
"""Parts of the targets for each device and stretch: an uneven end costs a fourth of one at most."""


@dataclass
class Task:
    """What every device counts parts of; it travels to each process once.

    Attributes
    ----------
    targets, sensors, grids, demand, max_age_days
        As `collect` takes them.
    """

    targets: Targets
    sensors: Sensors
    grids: list[TimeGrid]
    demand: Demand
    max_age_days: float
    _ready: dict[int, tuple[Stretch, Work[BlockTracks], int]] = field(default_factory=dict)

    def stretch(self, device: Device, number: int) -> tuple[Stretch, Work[BlockTracks], int]:
        """Return a stretch with what counts its blocks and their size, prepared once a process."""
        if number not in self._ready:
            given = (self.targets, self.sensors, self.grids[number], self.demand, self.max_age_days)
            stretch, _ = stretch_of(device.xp, *given, device)
            self._ready = {number: (stretch, *device_block.counter_of(stretch))}
        return self._ready[number]


def blocks_over(fleet: Fleet, task: Task, number: int) -> Iterator[BlockTracks]:
    """Count all targets of one stretch on several devices; blocks come in order."""
    size = max(1, -(-len(task.targets) // (SHARES * fleet.devices)))
    items = [
        (number, start, min(start + size, len(task.targets)))
        for start in range(0, len(task.targets), size)
    ]
    for part in over_devices(fleet.make_device, partial(count_part, task), items, fleet.devices):
        yield from part


def count_part(task: Task, device: Device, item: tuple[int, int, int]) -> list[BlockTracks]:
    """Count some targets of a stretch, in blocks that fit the device."""
    number, first, last = item
    stretch, count, size = task.stretch(device, number)
    return [count(stretch, start, min(start + size, last)) for start in range(first, last, size)]
