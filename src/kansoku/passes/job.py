"""A catalogue, sites and a span in, a table of passes out.

Ranges of targets run one after the other, or side by side on processes; what they find waits on
disk, because the table is sorted by site and blocks are not. So memory does not grow with the
catalogue, the sites or the span's passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

import kansoku
from kansoku.backend import name_of, select
from kansoku.configfields import read_utc
from kansoku.constants import DEG, SECONDS_PER_HOUR
from kansoku.ephemeris.frames import horizon_axes, itrf_of_geodetic
from kansoku.errors import KansokuError, TargetsError
from kansoku.network.sites import site_position
from kansoku.network.tables import load_tables
from kansoku.passes import blocks, table
from kansoku.passes.batches import Labels, Table
from kansoku.passes.rows import row_type
from kansoku.passes.spool import Spool, open_spool
from kansoku.passes.text import Names, names_of
from kansoku.progress import Progress, Stopwatch, silent
from kansoku.targets import Targets, content, formats
from kansoku.targets.catalogue import load_file
from kansoku.visibility.horizon import Horizons

MOST_HOURS = 8784.0


@dataclass(frozen=True)
class PassesSummary:
    """What became of a search for passes.

    Attributes
    ----------
    rows : int
        Passes written.
    objects : int
        Objects searched.
    sites : tuple of str
        As given.
    refused : int
        Objects that the propagator refuses somewhere on the span: no passes from there on.
    decayed : int
        Objects left out because the catalogue shows that they have decayed.
    warnings : tuple of str
        One sentence a bad record that was left out.
    seconds : dict of str to float
        Wall time by stage. [s]
    out : Path
    """

    rows: int
    objects: int
    sites: tuple[str, ...]
    refused: int
    decayed: int
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    out: Path

    def __str__(self) -> str:
        """Say it in a few lines for the terminal."""
        lines = [
            f"{self.rows} passes of {_counted(self.objects, 'object')} over "
            f"{_counted(len(self.sites), 'site')} written to {self.out}"
        ]
        if self.refused:
            lines.append(
                f"{_counted(self.refused, 'object')} refused by the propagator: "
                "no passes from the first refused instant on"
            )
        if self.decayed:
            lines.append(f"{_counted(self.decayed, 'object')} left out as decayed")
        if self.warnings:
            lines.append(f"{_counted(len(self.warnings), 'bad record')} left out:")
            lines.extend(self.warnings)
        lines.append(", ".join(f"{stage} {spent:.1f} s" for stage, spent in self.seconds.items()))
        return "\n".join(lines)


def run(
    catalogue: Path,
    ids: list[int] | None,
    sites: list[str],
    start: datetime,
    hours: float,
    min_elevation_deg: float,
    out: Path,
    on_bad_record: str = "error",
    progress: Progress = silent,
    *,
    backend: str = "auto",
    threads: int = 0,
) -> PassesSummary:
    """Find all passes of catalogue objects over sites, and write them as a table.

    Elements are propagated as published, drag included, however old they are: the table holds
    what this element set says, and its age is for the reader to judge. (A study instead turns
    old elements into representatives.) Elevations are geometric: no refraction, no light time.

    Parameters
    ----------
    catalogue : Path
        TLE, 3LE or OMM file, plain or gzip.
    ids : list of int or None
        Catalogue numbers; None for all.
    sites : list of str
        LAT,LON,ALT_M, or ids of sites or existing sensors. The table repeats them as given.
    start : datetime
        First instant; without an offset it is UTC.
    hours : float
        Length of the span. Passes are clipped to it. [h]
    min_elevation_deg : float
        Mask, between -90 and 90. [deg]
    out : Path
        Ends in .csv, .nc or .parquet; written under a temporary name, then renamed.
    on_bad_record : {'error', 'skip'}
        What to do with a record that cannot be read.
    progress : callable, optional
        Told how many objects are done.
    backend : {'auto', 'numpy', 'cupy'}
    threads : int
        Processes of the NumPy path; 0 takes one a core.

    Returns
    -------
    PassesSummary

    Raises
    ------
    KansokuError
        With what is wrong, where, and how to mend it.
    """
    watch = Stopwatch()
    _require(hours, min_elevation_deg, sites, out)
    xp = select(backend, progress)
    horizons = _horizons(xp, sites)
    objects, decayed = _objects(catalogue, ids, on_bad_record)
    watch.ended("catalogue")
    families = blocks.families(xp, objects, read_utc(start), hours)
    watch.ended("ephemeris")
    about = _about(catalogue, start, hours, min_elevation_deg, xp)
    start_ms = round(1000.0 * read_utc(start).timestamp())
    labels = Labels(objects.norad_cat_id, objects.name, tuple(sites), start_ms, about)
    workers = blocks.workers(xp, threads)

    def search(spool: Spool, names: Names | None) -> Iterator[blocks.Found]:
        hunt = blocks.Hunt(xp, families, horizons, min_elevation_deg * DEG, spool, names)
        return blocks.passes_of(hunt, workers)

    rows, refused = _written(
        out, labels, row_type(hours * SECONDS_PER_HOUR), search, workers, watch, progress
    )
    return PassesSummary(
        rows=rows,
        objects=len(objects),
        sites=tuple(sites),
        refused=refused,
        decayed=decayed,
        warnings=objects.warnings,
        seconds=watch.seconds,
        out=out,
    )


def _about(
    catalogue: Path, start: datetime, hours: float, min_elevation_deg: float, xp: ModuleType
) -> dict[str, str | float]:
    """Say what the table was made from."""
    return {
        "title": "Passes over sites",
        "source": f"kansoku {kansoku.__version__}: SGP4 on element sets as published, airless",
        "kansoku_version": kansoku.__version__,
        "kansoku_backend": name_of(xp),
        "kansoku_catalogue": catalogue.name,
        "kansoku_start_utc": read_utc(start).isoformat().replace("+00:00", "Z"),
        "kansoku_hours": hours,
        "kansoku_min_elevation_deg": min_elevation_deg,
    }


def _written(
    out: Path,
    labels: Labels,
    kind: np.dtype[np.void],
    search: Callable[[Spool, Names | None], Iterator[blocks.Found]],
    workers: int,
    watch: Stopwatch,
    progress: Progress,
) -> tuple[int, int]:
    """Write what a search finds; count the passes, and the objects that are refused."""
    names = None
    if table.is_text(out):
        names = names_of(labels.norad_cat_id, labels.name, labels.sites, labels.start_ms)
    refused, shelves = 0, []
    folder = out.absolute().parent
    try:
        with open_spool(folder, kind) as spool:
            for found in search(spool, names):
                shelves.append(found.shelf)
                refused += found.refused
                progress("passes", found.stop, len(labels.norad_cat_id))
            watch.ended("passes")
            table.write(out, Table(spool, tuple(shelves), labels), workers, progress)
    except OSError as cause:
        raise table.unwritable(folder, cause) from cause
    watch.ended("table")
    return sum(map(len, shelves)), refused


def _require(hours: float, min_elevation_deg: float, sites: list[str], out: Path) -> None:
    """Refuse what no catalogue can mend, before one is read."""
    if not 0.0 < hours <= MOST_HOURS:
        raise KansokuError(
            f"--hours: got {hours}, must be above 0 and at most {MOST_HOURS:.0f} (a year); "
            "give the length of the span in hours"
        )
    if not -90.0 < min_elevation_deg < 90.0:
        raise KansokuError(
            f"--min-elevation: got {min_elevation_deg}, must be between -90 and 90 [deg]; "
            "give the elevation above which a pass counts"
        )
    if not sites:
        raise KansokuError("--site: none given; add --site LAT,LON,ALT_M or --site ID")
    table.require_suffix(out)
    folder = out.absolute().parent
    if not folder.is_dir():
        raise KansokuError(f"--out: no folder {folder}; create it, or choose another file")


def _horizons(xp: ModuleType, sites: list[str]) -> Horizons:
    """Resolve the sites, in the order given."""
    tables = load_tables()
    places = np.array([site_position(site, tables)[1:] for site in sites])
    latitude_rad, longitude_rad = xp.asarray(places[:, 0] * DEG), xp.asarray(places[:, 1] * DEG)
    east, north, up = horizon_axes(xp, latitude_rad, longitude_rad)
    position = itrf_of_geodetic(xp, latitude_rad, longitude_rad, xp.asarray(places[:, 2]))
    return Horizons(position_itrf_m=position, east=east, north=north, up=up)


def _objects(catalogue: Path, ids: list[int] | None, on_bad_record: str) -> tuple[Targets, int]:
    """Read the objects to search, by rising catalogue number; also how many have decayed."""
    objects = load_file(catalogue, cast("Literal['error', 'skip']", on_bad_record))
    objects = objects.take(np.argsort(objects.norad_cat_id, kind="stable"))
    if ids is None:
        return objects, objects.counts.decayed
    wanted = np.unique(np.array(ids, dtype=np.int64))
    missing = np.setdiff1d(wanted, objects.norad_cat_id)
    if len(missing):
        _require_listed(catalogue, missing)
    return objects.take(np.flatnonzero(np.isin(objects.norad_cat_id, wanted))), len(missing)


def _require_listed(catalogue: Path, missing: npt.NDArray[np.int64]) -> None:
    """Refuse numbers that the file does not list; those that it lists were left out as decayed."""
    listed = formats.read(content.read(catalogue)).sets.norad_cat_id
    unknown = np.setdiff1d(missing, listed)
    if len(unknown):
        numbers = ", ".join(str(number) for number in unknown)
        raise TargetsError(
            f"--ids: not in {catalogue}: {numbers}; "
            "correct the numbers, or leave them out (kansoku catalogue info lists what is there)"
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
