"""`kansoku bench visibility`: tests a second with every criterion on, propagation included."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from kansoku import network
from kansoku import targets as targets_package
from kansoku.bench.catalogue import midnight_before
from kansoku.bench.machine import MemoryWatch, measure
from kansoku.bench.record import Peer, Record
from kansoku.config import DesignSection, NetworkSection, TargetsSection
from kansoku.coverage.stretch import Demand, Stretch, blocks, stage_of, stretch_of
from kansoku.ephemeris.grid import time_grid
from kansoku.network.contributors import Sensors
from kansoku.progress import Progress, silent
from kansoku.resources import map_in_order
from kansoku.targets.objects import Targets
from kansoku.visibility.candidates import candidates
from kansoku.visibility.limits import default_limits
from kansoku.visibility.views import packed

CONTRIBUTORS = 100
REPEATS = 3
MAX_AGE_DAYS = 30.0
PEER_BLOCKS = 4
"""Blocks that the peer is timed on, evenly spread: it is several times slower."""


def run(
    catalogue: Path | None = None,
    satcat: Path | None = None,
    contributors: int = CONTRIBUTORS,
    hours: float = 24.0,
    step_s: float = 60.0,
    copies: int = 1,
    repeats: int = REPEATS,
    progress: Progress = silent,
) -> Record:
    """Time visibility bits of a catalogue over sensors of the packaged network.

    The peer is plain NumPy on the same states and cores: positions relative to each site, turned
    into its horizon, elevation against the mask, and nothing of light, range or azimuth.

    Parameters
    ----------
    catalogue : Path, optional
        Element sets; the embedded population without one.
    satcat : Path, optional
        Sizes.
    contributors : int
        Taken evenly from all that the packaged tables hold.
    hours, step_s : float
        Length and step of the grid, from the midnight before the median epoch. [h], [s]
    copies : int
        Times the catalogue is repeated, each copy a little behind the one before.
    repeats : int
        The work and its peer are timed so often in turns; medians are reported.
    progress : callable, optional
    """
    targets = _repeated(targets_of(catalogue, satcat), copies)
    stretch = stretch_over(targets, sensors_of(contributors), hours, step_s)
    machine, ranges = measure(), blocks(len(targets))
    sample = ranges[:: max(1, len(ranges) // PEER_BLOCKS)][:PEER_BLOCKS]
    ours, theirs = [], []
    with MemoryWatch() as memory:
        for number in range(repeats):
            progress("visibility", number, repeats)
            ours.append(seconds_of(stretch))
            theirs.append(_seconds(lambda bounds: _plain(stretch, *bounds), sample))
    judged = map_in_order(lambda bounds: _judged(stretch, *bounds), ranges)
    steps, watching = len(stretch.grid), len(stretch.watch.host)
    peer_tests = watching * steps * sum(stop - start for start, stop in sample)
    peer = Peer(
        "NumPy, elevation only", np.__version__, median(theirs), peer_tests / median(theirs)
    )
    return Record(
        name="visibility",
        backend="numpy",
        machine=machine,
        contributors=watching,
        objects=len(targets),
        steps=steps,
        tests=watching * len(targets) * steps,
        executed_tests=sum(judged),
        seconds=median(ours),
        peak_memory_bytes=memory.peak_bytes,
        peer=peer,
    )


def stretch_over(targets: Targets, sensors: Sensors, hours: float, step_s: float) -> Stretch:
    """Prepare a stretch from the midnight before the median epoch of some targets."""
    grid = time_grid(midnight_before(targets.elements), hours, step_s)
    demand = Demand(window_s=21600.0, longest_s=7200.0, limits=default_limits())
    return stretch_of(np, targets, sensors, grid, demand, MAX_AGE_DAYS)[0]


def seconds_of(stretch: Stretch) -> float:
    """Wall time of all visibility bits of a stretch, on all cores, propagation included. [s]"""
    ranges = blocks(len(stretch.targets))
    return _seconds(lambda bounds: _visible(stretch, *bounds), ranges)


def _visible(stretch: Stretch, start: int, stop: int) -> int:
    """Compute the bits of a block; only their number travels between processes."""
    return int(np.bitwise_count(packed(stage_of(stretch, start, stop))).sum())


def _judged(stretch: Stretch, start: int, stop: int) -> int:
    """Samples of a block that are left for the criteria, each contributor's counted."""
    stage = stage_of(stretch, start, stop)
    return sum(
        len(sight) * len(stage.watch.groups[group].members)
        for group, sight in candidates(stage.single, between=False)
    )


def _plain(stretch: Stretch, start: int, stop: int) -> int:
    """Elevation of every target from every sensor at every sample, the obvious way."""
    stage = stage_of(stretch, start, stop)
    position, watch, visible = stage.block.position_itrf_m.reshape(3, -1), stage.watch, 0
    for c in range(len(watch.host)):
        sight = position - watch.site_itrf_m[:, c, None]
        axes = np.stack([watch.east[:, c], watch.north[:, c], watch.up[:, c]])
        local = axes @ sight
        elevation = np.arcsin(local[2] / np.sqrt((sight**2).sum(axis=0)))
        visible += int((elevation >= watch.host.elevation_min_rad[c]).sum())
    return visible


def _seconds(work: Callable[[tuple[int, int]], int], ranges: list[tuple[int, int]]) -> float:
    began = time.perf_counter()
    list(map_in_order(work, ranges))
    return time.perf_counter() - began


def targets_of(catalogue: Path | None, satcat: Path | None = None) -> Targets:
    """Read a catalogue, or take the embedded population."""
    section = TargetsSection(
        catalogue="reference" if catalogue is None else str(catalogue.absolute()),
        satcat=None if satcat is None else str(satcat.absolute()),
        on_bad_record="skip",
    )
    return targets_package.load(section, Path())


def sensors_of(count: int) -> Sensors:
    """Sensors spread evenly over the packaged network."""
    every = network.load(NetworkSection(), DesignSection(budget_mjpy=0.0, horizon_fy=2036)).sensors
    return every.take(np.linspace(0, len(every) - 1, count).astype(np.intp))


def _repeated(catalogue: Targets, copies: int) -> Targets:
    """Targets several times over, each copy a tenth of a turn behind."""
    if copies == 1:
        return catalogue
    many = catalogue.take(np.tile(np.arange(len(catalogue)), copies))
    behind = np.repeat(np.arange(copies), len(catalogue)) * 0.2 * np.pi
    elements = replace(
        many.elements, mean_anomaly_rad=(many.elements.mean_anomaly_rad - behind) % (2.0 * np.pi)
    )
    return replace(many, elements=elements)
