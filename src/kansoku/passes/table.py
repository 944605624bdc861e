"""The table of passes as users read it: columns, units, formats, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from kansoku.errors import KansokuError, MissingExtraError
from kansoku.wholefile import whole_file

COLUMNS = (
    "norad_cat_id", "name", "site", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "culmination_elevation_deg",
    "set_azimuth_deg", "starts_before", "ends_after",
)  # fmt: skip

SUFFIXES = (".csv", ".parquet")

ROW = np.dtype(
    [
        ("target", "i8"),
        ("rise_ms", "i8"),
        ("culmination_ms", "i8"),
        ("set_ms", "i8"),
        ("rise_azimuth_deg", "f8"),
        ("culmination_azimuth_deg", "f8"),
        ("culmination_elevation_deg", "f8"),
        ("set_azimuth_deg", "f8"),
        ("starts_before", "i1"),
        ("ends_after", "i1"),
    ]
)
"""One pass of one site: row of the target, UTC in milliseconds since 1970, degrees, 0 or 1."""

Rows = npt.NDArray[np.void]

# Rows that are formatted together: some 10 MB of Python objects
BATCH_ROWS = 20_000
ANGLE_DECIMALS = 4


@dataclass(frozen=True)
class Labels:
    """What the rows of a table are called: numbers and names of targets, arguments of sites."""

    norad_cat_id: npt.NDArray[np.int64]
    name: npt.NDArray[np.str_]
    sites: tuple[str, ...]


@dataclass
class Spool:
    """Rows kept on disk by site until all blocks are done: blocks come by target."""

    file: IO[bytes]
    segments: list[list[tuple[int, int]]]
    rows: int = 0
    _end: int = field(default=0, repr=False)

    def add(self, site: npt.NDArray[np.int64], rows: Rows) -> None:
        """Append the rows of a block, which are sorted by site."""
        self.file.write(rows.tobytes())
        bounds = np.searchsorted(site, np.arange(len(self.segments) + 1))
        for segments, start, stop in zip(self.segments, bounds, bounds[1:], strict=False):
            if stop > start:
                segments.append((self._end + int(start), int(stop - start)))
        self._end += len(rows)
        self.rows += len(rows)

    def of_site(self, site: int) -> Iterator[Rows]:
        """Yield the rows of one site in batches, in the order they were added."""
        batch, held = [], 0
        for start, count in self.segments[site]:
            self.file.seek(start * ROW.itemsize)
            batch.append(np.frombuffer(self.file.read(count * ROW.itemsize), ROW))
            held += count
            if held >= BATCH_ROWS:
                yield np.concatenate(batch)
                batch, held = [], 0
        if batch:
            yield np.concatenate(batch)


class Sink(Protocol):
    """Takes finished rows."""

    def write(self, site: str, rows: Rows) -> None:
        """Append rows of one site."""

    def close(self) -> None:
        """Finish the file."""


@contextmanager
def spool(folder: Path, sites: int) -> Iterator[Spool]:
    """Open a spool in the folder of the result, gone when the work ends."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield Spool(file, [[] for _ in range(sites)])
    except OSError as cause:
        raise unwritable(folder, cause) from cause


def require_suffix(out: Path) -> None:
    """Refuse a file name that says neither CSV nor Parquet, and Parquet without its extra."""
    if out.suffix.lower() not in SUFFIXES:
        raise KansokuError(
            f"--out: got {str(out)!r}, must end in .csv or .parquet; rename the file"
        )
    if out.suffix.lower() == ".parquet":
        _pyarrow()


def unwritable(path: Path, cause: OSError) -> KansokuError:
    """Say that a result cannot be written, and how to mend it."""
    return KansokuError(
        f"--out: {path}: cannot be written ({cause.strerror}); "
        "choose an existing folder that you may write to"
    )


def write(out: Path, spool: Spool, labels: Labels) -> None:
    """Write the table under a temporary name, then rename it.

    Sorted by site in the order given, then as the blocks came: by catalogue number, then rise.

    Raises
    ------
    KansokuError
        When the file cannot be written.
    """
    try:
        with whole_file(out) as unfinished, closing(_sink(out, unfinished, labels)) as sink:
            for number, site in enumerate(labels.sites):
                for rows in spool.of_site(number):
                    sink.write(site, rows)
    except OSError as cause:
        raise unwritable(out, cause) from cause


def _sink(out: Path, unfinished: Path, labels: Labels) -> Sink:
    if out.suffix.lower() == ".parquet":
        return _Parquet(unfinished, labels)
    return _Csv(unfinished, labels)


def _iso(milliseconds: npt.NDArray[np.int64]) -> list[str]:
    """ISO 8601 with milliseconds and Z."""
    stamps = np.datetime_as_string(milliseconds.astype("datetime64[ms]"), unit="ms")
    return [f"{stamp}Z" for stamp in stamps.tolist()]


def _azimuths(degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round, so that 359.99999 becomes 0 and never 360."""
    return np.round(degrees, ANGLE_DECIMALS) % 360.0


class _Csv:
    """UTF-8 text, quoted where a name or a position holds a comma."""

    def __init__(self, path: Path, labels: Labels) -> None:
        self.labels = labels
        self.file = path.open("w", encoding="utf-8", newline="")
        self.file.write(",".join(COLUMNS) + "\n")
        # A number and a name belong together in every row of a target: quoted once
        self.objects = [
            f"{number},{_quoted(name)}"
            for number, name in zip(labels.norad_cat_id.tolist(), labels.name.tolist(), strict=True)
        ]

    def write(self, site: str, rows: Rows) -> None:
        where = _quoted(site)
        # Literal text stands for %s of the site: a percent sign in it must survive
        line = (
            f"%s,{where.replace('%', '%%')},%s,%s,%s,%.3f,"
            f"%.{ANGLE_DECIMALS}f,%.{ANGLE_DECIMALS}f,%.{ANGLE_DECIMALS}f,%.{ANGLE_DECIMALS}f,"
            "%d,%d\n"
        )
        columns = zip(
            [self.objects[target] for target in rows["target"].tolist()],
            _iso(rows["rise_ms"]),
            _iso(rows["culmination_ms"]),
            _iso(rows["set_ms"]),
            ((rows["set_ms"] - rows["rise_ms"]) / 1000.0).tolist(),
            _azimuths(rows["rise_azimuth_deg"]).tolist(),
            _azimuths(rows["culmination_azimuth_deg"]).tolist(),
            rows["culmination_elevation_deg"].tolist(),
            _azimuths(rows["set_azimuth_deg"]).tolist(),
            rows["starts_before"].tolist(),
            rows["ends_after"].tolist(),
            strict=True,
        )
        self.file.write("".join([line % row for row in columns]))

    def close(self) -> None:
        self.file.close()


def _quoted(text: str) -> str:
    """One CSV field."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text])
    return line.getvalue()


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


class _Parquet:
    """The same columns and values; numbers as numbers, instants as the text of the CSV."""

    def __init__(self, path: Path, labels: Labels) -> None:
        self.pyarrow, parquet = _pyarrow()
        self.labels = labels
        kinds = {
            "norad_cat_id": self.pyarrow.int64(),
            "starts_before": self.pyarrow.int8(),
            "ends_after": self.pyarrow.int8(),
        }
        texts = {"name", "site", "rise_utc", "culmination_utc", "set_utc"}
        self.schema = self.pyarrow.schema(
            [
                (
                    column,
                    self.pyarrow.string()
                    if column in texts
                    else kinds.get(column, self.pyarrow.float64()),
                )
                for column in COLUMNS
            ]
        )
        self.file = parquet.ParquetWriter(path, self.schema)

    def write(self, site: str, rows: Rows) -> None:
        values = {
            "norad_cat_id": self.labels.norad_cat_id[rows["target"]],
            "name": self.labels.name[rows["target"]].tolist(),
            "site": [site] * len(rows),
            "rise_utc": _iso(rows["rise_ms"]),
            "culmination_utc": _iso(rows["culmination_ms"]),
            "set_utc": _iso(rows["set_ms"]),
            "duration_s": (rows["set_ms"] - rows["rise_ms"]) / 1000.0,
            "rise_azimuth_deg": _azimuths(rows["rise_azimuth_deg"]),
            "culmination_azimuth_deg": _azimuths(rows["culmination_azimuth_deg"]),
            "culmination_elevation_deg": np.round(
                rows["culmination_elevation_deg"], ANGLE_DECIMALS
            ),
            "set_azimuth_deg": _azimuths(rows["set_azimuth_deg"]),
            "starts_before": rows["starts_before"],
            "ends_after": rows["ends_after"],
        }
        self.file.write_table(self.pyarrow.table(values, schema=self.schema))

    def close(self) -> None:
        self.file.close()
