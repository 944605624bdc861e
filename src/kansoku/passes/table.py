"""The table of passes as users read it: columns, units, order, CSV and Parquet.

Sorted by site in the order given, then by catalogue number, then by rise. Text is written by
several processes side by side: the length of every piece is known before it is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.errors import KansokuError, MissingExtraError
from kansoku.passes import text
from kansoku.passes.rows import ANGLE_UNITS, Rows
from kansoku.passes.spool import Shelf, Spool, reserve, write_at
from kansoku.progress import Progress
from kansoku.resources import map_in_order
from kansoku.wholefile import whole_file

COLUMNS = (
    "norad_cat_id", "name", "site", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "culmination_elevation_deg",
    "set_azimuth_deg", "starts_before", "ends_after",
)  # fmt: skip

SUFFIXES = (".csv", ".parquet")

# Rows that are turned to text together: their bytes should stay in the second-level cache
TEXT_ROWS = 4_000
# Rows that a worker process writes before it reports, and rows of one group of a Parquet file
BATCH_ROWS = 60_000


@dataclass(frozen=True)
class Labels:
    """What the rows of a table are called: numbers and names of targets, arguments of sites."""

    norad_cat_id: npt.NDArray[np.int64]
    name: npt.NDArray[np.str_]
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """Some shelves of one site, and the place of their rows in a text file."""

    site: int
    shelves: tuple[Shelf, ...]
    place: int


def is_text(out: Path) -> bool:
    """Whether a table is written as text."""
    return out.suffix.lower() == ".csv"


def require_suffix(out: Path) -> None:
    """Refuse a file name that says neither CSV nor Parquet, and Parquet without its extra."""
    if out.suffix.lower() not in SUFFIXES:
        raise KansokuError(
            f"--out: got {str(out)!r}, must end in .csv or .parquet; rename the file"
        )
    if not is_text(out):
        _pyarrow()


def unwritable(path: Path, cause: OSError) -> KansokuError:
    """Say that a result cannot be written, and how to mend it."""
    return KansokuError(
        f"--out: {path}: cannot be written ({cause.strerror}); "
        "choose an existing folder that you may write to"
    )


def write(
    out: Path,
    spool: Spool,
    shelves: Sequence[Shelf],
    labels: Labels,
    workers: int,
    progress: Progress,
) -> None:
    """Write the table under a temporary name, then rename it.

    Parameters
    ----------
    shelves : sequence of Shelf
        By rising targets.
    workers : int
        Processes that write text.

    Raises
    ------
    KansokuError
        When the file cannot be written.
    """
    try:
        with whole_file(out) as unfinished:
            if is_text(out):
                _write_text(unfinished, spool, shelves, labels, workers, progress)
            else:
                _write_parquet(unfinished, spool, shelves, labels, progress)
    except OSError as cause:
        raise unwritable(out, cause) from cause


def _write_text(
    path: Path,
    spool: Spool,
    shelves: Sequence[Shelf],
    labels: Labels,
    workers: int,
    progress: Progress,
) -> None:
    header = (",".join(COLUMNS) + "\n").encode()
    names = text.names_of(labels.norad_cat_id, labels.name, labels.sites)
    batches = list(_batches(shelves, len(labels.sites), len(header)))
    with path.open("r+b", buffering=0) as file:
        file.write(header)
        reserve(file, len(header) + sum(int(shelf.text_bytes.sum()) for shelf in shelves))

        def work(batch: Batch) -> None:
            place = batch.place
            for shelf in batch.shelves:
                rows = spool.of_site(shelf, batch.site)
                for start in range(0, len(rows), TEXT_ROWS):
                    lines = text.text_of(names, batch.site, rows[start : start + TEXT_ROWS])
                    write_at(file, place, lines)
                    place += len(lines)

        for done, _ in enumerate(map_in_order(work, batches, workers), start=1):
            progress("table", done, len(batches))


def _batches(shelves: Sequence[Shelf], sites: int, place: int) -> Iterator[Batch]:
    """Cut the table into pieces of some `BATCH_ROWS`, in its order, from a place in the file on."""
    for site in range(sites):
        held: list[Shelf] = []
        rows, size = 0, 0
        for shelf in shelves:
            held.append(shelf)
            rows += int(shelf.bounds[site + 1] - shelf.bounds[site])
            size += int(shelf.text_bytes[site])
            if rows >= BATCH_ROWS:
                yield Batch(site, tuple(held), place)
                held, rows, place, size = [], 0, place + size, 0
        if rows:
            yield Batch(site, tuple(held), place)
        place += size


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as cause:
        raise MissingExtraError(
            "--out: writing Parquet needs pyarrow, which is not installed; run "
            "pip install 'kansoku[parquet]', or write .csv"
        ) from cause
    return pyarrow, pyarrow.parquet


def _write_parquet(
    path: Path, spool: Spool, shelves: Sequence[Shelf], labels: Labels, progress: Progress
) -> None:
    """Write the same columns and values: numbers as numbers, instants as the text of the CSV."""
    pyarrow, parquet = _pyarrow()
    names = pyarrow.array(labels.name.tolist(), pyarrow.string())
    schema = _schema(pyarrow)
    batches = list(_batches(shelves, len(labels.sites), 0))
    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        for done, batch in enumerate(batches, start=1):
            rows = np.concatenate([spool.of_site(shelf, batch.site) for shelf in batch.shelves])
            values = _columns(pyarrow, rows)
            values["norad_cat_id"] = labels.norad_cat_id[rows["target"]]
            values["name"] = names.take(pyarrow.array(rows["target"]))
            values["site"] = pyarrow.repeat(labels.sites[batch.site], len(rows))
            writer.write_table(pyarrow.table(values, schema=schema))
            progress("table", done, len(batches))


def _schema(pyarrow: Any) -> Any:
    kinds = {
        "norad_cat_id": pyarrow.int64(),
        "starts_before": pyarrow.int8(),
        "ends_after": pyarrow.int8(),
    }
    texts = {"name", "site", "rise_utc", "culmination_utc", "set_utc"}
    return pyarrow.schema(
        [
            (name, pyarrow.string() if name in texts else kinds.get(name, pyarrow.float64()))
            for name in COLUMNS
        ]
    )


def _columns(pyarrow: Any, rows: Rows) -> dict[str, Any]:
    """Columns of numbers and instants."""
    values = {"duration_s": (rows["set_ms"] - rows["rise_ms"]) / 1000.0}
    for edge in ("rise", "culmination", "set"):
        values[f"{edge}_utc"] = _iso(pyarrow, rows[f"{edge}_ms"])
    for name in (*text.AZIMUTHS, "culmination_elevation"):
        values[f"{name}_deg"] = rows[name] / ANGLE_UNITS
    values["starts_before"] = (rows["clipped"] >> 1).astype(np.int8)
    values["ends_after"] = (rows["clipped"] & 1).astype(np.int8)
    return values


def _iso(pyarrow: Any, utc_ms: npt.NDArray[np.int64]) -> Any:
    """ISO 8601 with milliseconds and Z, as an array of strings."""
    characters = text.instants(utc_ms)
    ends = np.arange(len(utc_ms) + 1, dtype=np.int32) * characters.shape[1]
    return pyarrow.StringArray.from_buffers(
        len(utc_ms), pyarrow.py_buffer(ends), pyarrow.py_buffer(characters)
    )
