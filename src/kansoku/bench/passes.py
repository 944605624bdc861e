"""All passes of a catalogue over 100 sites in a day, and brahe on a sample of it.

Both are timed in turn, several times. The unit of work is a site-object-day.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansoku import passes
from kansoku.backend import name_of, select
from kansoku.bench import brahe_peer, machine
from kansoku.bench.catalogue import midnight_before, reference_omm
from kansoku.bench.record import Record
from kansoku.errors import MissingExtraError
from kansoku.network.sites import listing
from kansoku.passes.blocks import step_s
from kansoku.progress import Progress, silent
from kansoku.targets import Targets
from kansoku.targets.catalogue import load_file

SITES = 100
HOURS = 24.0
MIN_ELEVATION_DEG = 10.0
SEED = 20240705
REPEATS = 3
SAMPLE = 300
"""Objects that the peer is given, in all repeats together."""
SAME_S = 1.0
"""Edges that differ by less belong to the same pass."""


@dataclass(frozen=True)
class Task:
    """What both codes are asked for."""

    catalogue: Path
    objects: Targets
    sites: tuple[str, ...]
    start: datetime


@dataclass(frozen=True)
class Agreement:
    """How the passes of two codes compare.

    Attributes
    ----------
    both : int
        Passes that both have, with both edges the same.
    moved : int
        Passes of ours that overlap one of theirs, with an edge that differs.
    clipped : int
        Of those, passes that the span cuts.
    ours_alone, theirs_alone : int
        Passes without a counterpart.
    longest_alone_s : float
        Length of the longest of those. [s]
    theirs : int
        All of theirs.
    ours : int
        All of ours.
    """

    both: int
    moved: int
    clipped: int
    ours_alone: int
    theirs_alone: int
    longest_alone_s: float
    ours: int
    theirs: int

    @property
    def matched_fraction(self) -> float:
        """Share of all passes, of either code, that both have."""
        return 2.0 * self.both / max(self.ours + self.theirs, 1)

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.both} passes the same; {self.moved} with an edge that differs by more than "
            f"{SAME_S:g} s ({self.clipped} cut by the span); {self.ours_alone} only ours, "
            f"{self.theirs_alone} only theirs, the longest of them {self.longest_alone_s:.0f} s"
        )


def run(
    catalogue: Path | None = None,
    *,
    backend: str = "numpy",
    sample: int = SAMPLE,
    repeats: int = REPEATS,
    settings: dict[str, float] | None = None,
    progress: Progress = silent,
) -> Record:
    """Time the search of a whole catalogue, its table included, and brahe on a sample.

    Parameters
    ----------
    catalogue : Path, optional
        TLE, 3LE or OMM; the embedded population when left out.
    backend : {'numpy', 'cupy', 'auto'}
    sample : int
        Objects given to brahe in all; each repeat takes its share. 0 leaves it out.
    settings : dict, optional
        Of brahe's search; its defaults when left out.

    Returns
    -------
    Record
        `tests` are site-object-days, `steps` the nodes of a day at the shortest step, and
        `executed_tests` the nodes tested against a site's mask.
    """
    with tempfile.TemporaryDirectory() as name, machine.MemoryWatch() as memory:
        task = _task(catalogue, Path(name))
        shares = _shares(len(task.objects), sample, repeats)
        found, reason = _peer(sample)
        times = []
        for number, share in enumerate(shares):
            times.append(_timed(task, backend, Path(name) / "all.nc"))
            progress(f"kansoku, whole catalogue: {times[-1]:.2f} s")
            if found is not None:
                some = task.objects.take(share)
                before = found.seconds
                brahe_peer.windows(
                    found, some, task.sites, task.start, HOURS, MIN_ELEVATION_DEG, settings
                )
                progress(f"brahe, {len(some)} objects: {found.seconds - before:.2f} s")
            progress("repeats", number + 1, repeats)
        matched = None
        if found is not None:
            agreement = _agreement(task, np.concatenate(shares), found, Path(name))
            progress(f"{agreement}; brahe refuses {len(found.refused)} objects")
            matched = agreement.matched_fraction
    steps = np.ceil(HOURS * 3600.0 / step_s(task.objects.elements)).astype(int) + 1
    return Record(
        name="passes",
        backend=name_of(select(backend)),
        machine=machine.measure(),
        contributors=len(task.sites),
        objects=len(task.objects),
        steps=int(steps.max()),
        tests=len(task.sites) * len(task.objects),
        executed_tests=len(task.sites) * int(steps.sum()),
        seconds=statistics.median(times),
        peak_memory_bytes=memory.peak_bytes,
        peer=found.peer() if found is not None and found.pairs else None,
        peer_reason=reason,
        matched_fraction=matched,
    )


def _peer(sample: int) -> tuple[brahe_peer.Windows | None, str | None]:
    """Room for what brahe finds, or why there is none."""
    if not sample:
        return None, "no objects were given to brahe"
    try:
        brahe_peer.version()
    except MissingExtraError as missing:
        return None, str(missing)
    return brahe_peer.Windows({}, set()), None


def _task(catalogue: Path | None, folder: Path) -> Task:
    """Read the catalogue; the day begins at midnight before the median epoch."""
    if catalogue is None:
        catalogue = folder / "reference.csv"
        catalogue.write_text(reference_omm(), encoding="utf-8")
    objects = load_file(catalogue, "skip")
    objects = objects.take(np.argsort(objects.norad_cat_id, kind="stable"))
    places = [row["id"] for row in listing() if row["alt_m"] is not None]
    return Task(catalogue, objects, tuple(places[:SITES]), midnight_before(objects.elements))


def _shares(objects: int, sample: int, repeats: int) -> list[npt.NDArray[np.intp]]:
    """Draw the sample without replacement, and deal it out to the repeats."""
    drawn = np.random.default_rng(SEED).permutation(objects)[: min(sample, objects)]
    return [np.sort(drawn[first::repeats]) for first in range(repeats)]


def _timed(task: Task, backend: str, out: Path, ids: list[int] | None = None) -> float:
    """Wall time of the job behind `kansoku passes`, from the files to a new table. [s]"""
    out.unlink(missing_ok=True)
    began = time.perf_counter()
    passes.run(
        task.catalogue, ids, list(task.sites), task.start, HOURS, MIN_ELEVATION_DEG, out, "skip",
        backend=backend,
    )  # fmt: skip
    return time.perf_counter() - began


def _agreement(
    task: Task, rows: npt.NDArray[np.intp], theirs: brahe_peer.Windows, folder: Path
) -> Agreement:
    """Compare with the windows of brahe, but for objects that it refuses."""
    ids = sorted(set(task.objects.norad_cat_id[rows].tolist()) - theirs.refused)
    _timed(task, "numpy", folder / "sample.csv", ids)
    ours = _read(folder / "sample.csv", task)
    counts, longest_s = np.zeros(5, dtype=np.int64), 0.0
    for key in set(ours) | set(theirs.found):
        counts_of_key, alone_s = _compared(ours.get(key, []), theirs.found.get(key, []))
        counts += counts_of_key
        longest_s = max(longest_s, alone_s)
    both, moved, clipped, ours_alone, theirs_alone = counts.tolist()
    return Agreement(
        both=both,
        moved=moved,
        clipped=clipped,
        ours_alone=ours_alone,
        theirs_alone=theirs_alone,
        longest_alone_s=longest_s,
        ours=sum(map(len, ours.values())),
        theirs=sum(map(len, theirs.found.values())),
    )


def _read(table: Path, task: Task) -> dict[tuple[int, int], list[brahe_peer.Window]]:
    """Passes of a table, as brahe's windows are kept."""
    number = {site: place for place, site in enumerate(task.sites)}
    found: dict[tuple[int, int], list[brahe_peer.Window]] = {}
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            edges = tuple(
                (datetime.fromisoformat(row[name][:-1]) - task.start) / timedelta(seconds=1)
                for name in ("rise_utc", "set_utc")
            )
            key = (number[row["site"]], int(row["norad_cat_id"]))
            found.setdefault(key, []).append((edges[0], edges[1]))
    return found


def _compared(
    ours: list[brahe_peer.Window], theirs: list[brahe_peer.Window]
) -> tuple[npt.NDArray[np.int64], float]:
    """Count both, moved, clipped, ours alone, theirs alone; and the longest pass that is alone."""
    left = list(theirs)
    counts = np.zeros(5, dtype=int)
    longest_s = 0.0
    for rise_s, set_s in ours:
        near = [one for one in left if one[0] < set_s + SAME_S and one[1] > rise_s - SAME_S]
        if not near:
            counts[3] += 1
            longest_s = max(longest_s, set_s - rise_s)
            continue
        one = min(near, key=lambda each: abs(each[0] - rise_s) + abs(each[1] - set_s))
        left.remove(one)
        if abs(one[0] - rise_s) <= SAME_S and abs(one[1] - set_s) <= SAME_S:
            counts[0] += 1
        else:
            counts[1] += 1
            counts[2] += rise_s <= 0.0 or set_s >= HOURS * 3600.0
    counts[4] += len(left)
    return counts, max([longest_s, *(end - begin for begin, end in left)])
