"""The table of passes as Parquet: the columns and values of the CSV, numbers as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.errors import MissingExtraError
from kansoku.passes import text
from kansoku.passes.batches import Table
from kansoku.passes.rows import ANGLE_UNITS, AZIMUTHS, Rows
from kansoku.passes.to_csv import COLUMNS
from kansoku.progress import Progress


def require_pyarrow() -> tuple[Any, Any]:
    """Import what writes Parquet; an extra of the package.

    Raises
    ------
    MissingExtraError
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as cause:
        raise MissingExtraError(
            "--out: writing Parquet needs pyarrow, which is not installed; run "
            "pip install 'kansoku[parquet]', or write .csv or .nc"
        ) from cause
    return pyarrow, pyarrow.parquet


def write(path: Path, table: Table, workers: int, progress: Progress) -> None:
    """Fill a file with the table; instants are the text of the CSV."""
    pyarrow, parquet = require_pyarrow()
    labels, batches = table.labels, table.batches()
    names = pyarrow.array(labels.name.tolist(), pyarrow.string())
    schema = _schema(pyarrow)
    with path.open("wb") as file, parquet.ParquetWriter(file, schema) as writer:
        for done, batch in enumerate(batches, start=1):
            rows = batch.rows(table.spool)
            values = _columns(pyarrow, rows, labels.start_ms)
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


def _columns(pyarrow: Any, rows: Rows, start_ms: int) -> dict[str, Any]:
    """Columns of numbers and instants."""
    values = {"duration_s": (rows["set_ms"] - rows["rise_ms"]) / 1000.0}
    for edge in ("rise", "culmination", "set"):
        values[f"{edge}_utc"] = _iso(pyarrow, rows[f"{edge}_ms"] + np.int64(start_ms))
    for name in (*AZIMUTHS, "culmination_elevation"):
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
