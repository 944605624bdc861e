"""The table of passes as users read it: its order, and the kinds of file that hold it.

Sorted by site in the order given, then by catalogue number, then by rise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kansoku.errors import KansokuError
from kansoku.passes import to_csv, to_netcdf, to_parquet
from kansoku.passes.batches import Table
from kansoku.progress import Progress
from kansoku.wholefile import whole_file

Writer = Callable[[Path, Table, int, Progress], None]
"""Fills an empty file; the number is that of worker processes."""

WRITERS: dict[str, Writer] = {
    ".csv": to_csv.write,
    ".nc": to_netcdf.write,
    ".parquet": to_parquet.write,
}
"""By the suffix of the file."""


def is_text(out: Path) -> bool:
    """Whether a table is written as text."""
    return out.suffix.lower() == ".csv"


def require_suffix(out: Path) -> None:
    """Refuse a file name that says no kind of table, and Parquet without its extra."""
    suffix = out.suffix.lower()
    if suffix not in WRITERS:
        raise KansokuError(
            f"--out: got {str(out)!r}, must end in .csv, .nc or .parquet; rename the file"
        )
    if suffix == ".parquet":
        to_parquet.require_pyarrow()


def unwritable(path: Path, cause: OSError) -> KansokuError:
    """Say that a result cannot be written, and how to mend it."""
    return KansokuError(
        f"--out: {path}: cannot be written ({cause.strerror}); "
        "choose an existing folder that you may write to"
    )


def write(out: Path, table: Table, workers: int, progress: Progress) -> None:
    """Write the table under a temporary name, then rename it.

    Parameters
    ----------
    table : Table
    workers : int
        Processes that write.

    Raises
    ------
    KansokuError
        When the file cannot be written.
    """
    try:
        with whole_file(out) as unfinished:
            WRITERS[out.suffix.lower()](unfinished, table, workers, progress)
    except OSError as cause:
        raise unwritable(out, cause) from cause
