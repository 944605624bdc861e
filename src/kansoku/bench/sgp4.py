"""`kansoku bench sgp4`: states a second by our paths and by others, side by side in one run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.bench.catalogue import midnight_before
from kansoku.bench.machine import MemoryWatch, measure
from kansoku.bench.record import Peer, Record
from kansoku.bench.sgp4_peers import (
    Contender,
    brahe,
    heyoka,
    ours,
    satrecs,
    sgp4_package,
)
from kansoku.config import TargetsSection
from kansoku.ephemeris.frames import earth_fixed
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.sgp4_initial import DEEP_SPACE_PERIOD_MIN
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.ephemeris.uniform import uniform_states
from kansoku.progress import Progress, silent
from kansoku.resources import map_in_order
from kansoku.targets import reference
from kansoku.targets.catalogue import load_file
from kansoku.targets.objects import MeanElements

ROWS = 128
TIMING_S = 1.5
"""Work of one timing on one core: the start of two processes costs a tenth of a second. [s]"""
MATCHED_WITHIN_M = 1.0
PEERS = {"sgp4": sgp4_package, "heyoka": heyoka, "brahe": brahe}
NEAR_EARTH_ONLY = ("heyoka",)
"""Packages that give deep-space orbits the near-Earth theory, thousands of kilometres off."""


@dataclass(frozen=True)
class Timing:
    """One repeat.

    Attributes
    ----------
    states : int
    seconds : float
        From the first block begun to the last one done. [s]
    cpu_seconds : float
        Of all threads and processes. [s]
    """

    states: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Sgp4Record(Record):
    """What the SGP4 benchmark reports.

    The figures of every record are those of near-Earth orbits on two processes, beside the `sgp4`
    package on two (of deep-space orbits, where there are no others).

    Attributes
    ----------
    near_earth, deep_space : dict or None
        The same for each kind, and in `table` a row a contender and number of cores: cores_used is
        CPU time over wall time, refused counts targets that raised an error, spread is the range
        of rates. None where the catalogue has no such orbits.
    """

    near_earth: dict[str, Any] | None = None
    deep_space: dict[str, Any] | None = None

    def facts(self) -> dict[str, Any]:
        """As `kansoku bench --json` prints it."""
        return {**super().facts(), "near_earth": self.near_earth, "deep_space": self.deep_space}

    def rows(self) -> list[dict[str, Any]]:
        """Every contender on one core and on two, near-Earth and deep-space, for a reader."""
        kinds = {"near-Earth": self.near_earth, "deep-space": self.deep_space}
        columns = ("name", "version", "cores", "cores_used", "rate_per_s", "spread", "refused")
        return [
            {"orbits": name, **{column: row[column] for column in columns}}
            for name, kind in kinds.items()
            for row in (kind["table"] if kind else ())
        ]


def run(
    catalogue: Path | None = None,
    *,
    start: datetime | None = None,
    hours: float = 24.0,
    step_s: float = 60.0,
    near_earth: int = 4096,
    deep_space: int = 1024,
    repeats: int = 3,
    progress: Progress = silent,
) -> Sgp4Record:
    """Time SGP4 over a uniform grid, near-Earth and deep-space apart.

    Parameters
    ----------
    catalogue : Path, optional
        TLE, 3LE or OMM; bad records are left out. The embedded population when left out.
    start : datetime, optional
        First instant, UTC; midnight before the median epoch when left out.
    hours, step_s : float
        Length and step of the grid. [h], [s]
    near_earth, deep_space : int
        Most targets of each kind, spread evenly over the catalogue.
    repeats : int
        Every contender is timed so often, in turns; medians are reported.

    Returns
    -------
    Sgp4Record
        `tests` are states: position and velocity of an object at an instant.
    """
    targets = load_file(catalogue, "skip") if catalogue else reference.load(TargetsSection())
    grid = time_grid(start or midnight_before(targets.elements), hours, step_s)
    kinds: dict[str, dict[str, Any]] = {}
    with MemoryWatch() as memory:
        for name, rows in _kinds(targets.elements, near_earth, deep_space).items():
            progress(f"{name.replace('_', '-')}: {len(rows)} objects, {len(grid)} instants")
            some = targets.elements.take(rows)
            kinds[name] = _kind(some, grid, repeats, name == "deep_space", progress)
    first = next(iter(kinds.values()))
    return Sgp4Record(
        name="sgp4",
        backend="numpy",
        machine=measure(),
        contributors=None,
        objects=first["objects"],
        steps=len(grid),
        tests=first["tests"],
        executed_tests=first["tests"],
        seconds=first["seconds"],
        peak_memory_bytes=memory.peak_bytes,
        peer=Peer(**first["peer"]) if first["peer"] else None,
        peer_reason=first["peer_reason"],
        matched_fraction=first["matched_fraction"],
        **kinds,
    )


def _kinds(
    elements: MeanElements, near_earth: int, deep_space: int
) -> dict[str, npt.NDArray[np.intp]]:
    """Places of near-Earth and deep-space targets, evenly spread; kinds without any left out."""
    deep = 2.0 * np.pi / elements.mean_motion_rad_min >= DEEP_SPACE_PERIOD_MIN
    kinds = {}
    for name, chosen, wanted in (
        ("near_earth", ~deep, near_earth),
        ("deep_space", deep, deep_space),
    ):
        rows = np.flatnonzero(chosen)
        if rows.size and wanted:
            spread = np.linspace(0, rows.size - 1, min(wanted, rows.size)).astype(np.intp)
            kinds[name] = rows[spread]
    return kinds


def _kind(
    elements: MeanElements, grid: TimeGrid, repeats: int, is_deep: bool, progress: Progress
) -> dict[str, Any]:
    """Time all contenders on targets of one kind."""
    blocks = [slice(top, min(top + ROWS, len(elements))) for top in range(0, len(elements), ROWS)]
    contenders = ours(elements, grid)
    missing = [name for name in PEERS if find_spec(name) is None]
    for name, make in PEERS.items():
        if name not in missing and not (is_deep and name in NEAR_EARTH_ONLY):
            contenders.append(make(elements, grid, blocks))
    table = _table(contenders, blocks, len(grid), repeats, progress)
    own = _row(table, "kansoku", 2)
    peer = None if "sgp4" in missing else _row(table, "sgp4", 2)
    states = len(elements) * len(grid)
    reason = "the package sgp4 is not installed; install it with: pip install 'kansoku[bench]'"
    return {
        "objects": len(elements),
        "steps": len(grid),
        "tests": states,
        "seconds": states / own["rate_per_s"],
        "rate_per_s": own["rate_per_s"],
        "peer": peer and {k: peer[k] for k in ("name", "version", "seconds", "rate_per_s")},
        "peer_reason": None if peer else reason,
        "ratio": own["rate_per_s"] / peer["rate_per_s"] if peer else None,
        "matched_fraction": _matched_fraction(elements, grid, blocks) if peer else None,
        "missing_peers": missing,
        "table": table,
    }


def _row(table: Sequence[dict[str, Any]], name: str, cores: int) -> dict[str, Any]:
    return next(row for row in table if row["name"] == name and row["cores"] == cores)


def _table(
    contenders: Sequence[Contender],
    blocks: Sequence[slice],
    steps: int,
    repeats: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Medians of every contender on one core and on two, timed in turns."""
    shares = [_share(contender, blocks[:: contender.every]) for contender in contenders]
    timings: dict[tuple[int, int], list[Timing]] = {}
    for number in range(repeats):
        for k, contender in enumerate(contenders):
            for cores in (1, 2):
                found = _timed(contender, shares[k], steps, cores)
                timings.setdefault((k, cores), []).append(found)
        progress("repeats", number + 1, repeats)
    return [
        {
            "name": contenders[k].name,
            "version": contenders[k].version,
            "cores": cores,
            "shared_by": contenders[k].shared if cores > 1 else None,
            "cores_used": median(each.cpu_seconds / each.seconds for each in found),
            "states": found[0].states,
            "refused": sum(contenders[k].refused.values()),
            "seconds": median(each.seconds for each in found),
            "rate_per_s": median(each.states / each.seconds for each in found),
            "rate_per_cpu_s": median(each.states / each.cpu_seconds for each in found),
            "spread": [min(each.states / each.seconds for each in found),
                       max(each.states / each.seconds for each in found)],
        }
        for (k, cores), found in timings.items()
    ]  # fmt: skip


def _share(contender: Contender, blocks: Sequence[slice]) -> list[slice]:
    """Blocks that keep one core busy for `TIMING_S`: some, spread evenly, or all in rounds."""
    contender.propagate(blocks[0])  # whatever is done once is not timed
    begun = time.perf_counter()
    contender.propagate(blocks[-1])
    wanted = max(2, round(TIMING_S / (time.perf_counter() - begun)))
    if wanted < len(blocks):
        return [blocks[k] for k in np.linspace(0, len(blocks) - 1, wanted).astype(int)]
    return list(islice(cycle(blocks), wanted))


def _timed(contender: Contender, blocks: Sequence[slice], steps: int, cores: int) -> Timing:
    """Propagate some blocks on one core, or on two."""

    def work(some: slice) -> tuple[float, float, float]:
        begun, cpu = time.perf_counter(), time.process_time()
        contender.propagate(some)
        return begun, time.perf_counter(), time.process_time() - cpu

    if cores == 1:
        found = _on_one_core(lambda: [work(some) for some in blocks])
    elif contender.shared == "threads":
        found = [work(some) for some in blocks]
    else:
        found = list(map_in_order(work, blocks, cores))
    begun, done, cpu = zip(*found, strict=True)
    refused = contender.refused
    targets = sum(some.stop - some.start - refused.get(some.start, 0) for some in blocks)
    return Timing(targets * steps, max(done) - min(begun), sum(cpu))


def _on_one_core(work: Callable[[], list[tuple[float, float, float]]]) -> Any:
    """Do some work with every thread of this process tied to one core, where Linux allows it."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    with threadpool_limits(limits=1):
        try:
            _tie_threads(set(sorted(before)[-1:]))
            return work()
        finally:
            _tie_threads(before)


def _tie_threads(cores: set[int]) -> None:
    """Tie all threads to some cores, those that a package began earlier too."""
    threads = Path("/proc/self/task")
    if cores and threads.is_dir():
        for thread in threads.iterdir():
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.sched_setaffinity(int(thread.name), cores)


def _matched_fraction(elements: MeanElements, grid: TimeGrid, blocks: Sequence[slice]) -> float:
    """Share of states with the package's error code and, where usable, within 1 m of it."""
    arrays = import_module("sgp4.api").SatrecArray
    satellites, made = prepare(np, elements), satrecs(elements)
    turn = np.sin(grid.sidereal_rad), np.cos(grid.sidereal_rad)
    matched = 0
    for some in blocks:
        codes, position, velocity = arrays(made[some]).sgp4(grid.jd_utc, grid.fraction_utc)
        theirs, _ = earth_fixed(*turn, *(tuple(np.moveaxis(x, 2, 0)) for x in (position, velocity)))
        block = uniform_states(np, satellites, grid, some.start, some.stop)
        apart_m = np.sqrt(((block.position_itrf_m - 1e3 * np.stack(theirs)) ** 2).sum(axis=0))
        nothing = np.isnan(block.position_itrf_m[0])
        near = (apart_m <= MATCHED_WITHIN_M) | ~block.usable
        matched += int(np.count_nonzero(near & (nothing == (codes != 0))))
    return matched / (len(elements) * len(grid))
