"""The table of passes as CSV, written by several processes side by side.

The length of every piece is known before it is made (`text.text_bytes`).
"""

from __future__ import annotations

from pathlib import Path

from kansoku.passes import text
from kansoku.passes.batches import Batch, Table
from kansoku.passes.spool import reserve, write_at
from kansoku.progress import Progress
from kansoku.resources import map_in_order

COLUMNS = (
    "norad_cat_id", "name", "site", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "culmination_elevation_deg",
    "set_azimuth_deg", "starts_before", "ends_after",
)  # fmt: skip

# Rows that are turned to text together: their bytes should stay in the second-level cache
TEXT_ROWS = 4_000


def write(path: Path, table: Table, workers: int, progress: Progress) -> None:
    """Fill a file with the table as text."""
    header = (",".join(COLUMNS) + "\n").encode()
    labels, batches = table.labels, table.batches()
    names = text.names_of(labels.norad_cat_id, labels.name, labels.sites, labels.start_ms)
    with path.open("r+b", buffering=0) as file:
        file.write(header)
        reserve(file, len(header) + sum(int(shelf.text_bytes.sum()) for shelf in table.shelves))

        def work(batch: Batch) -> None:
            place = len(header) + batch.text_before
            for shelf in batch.shelves:
                rows = table.spool.of_site(shelf, batch.site)
                for start in range(0, len(rows), TEXT_ROWS):
                    lines = text.text_of(names, batch.site, rows[start : start + TEXT_ROWS])
                    write_at(file, place, lines)
                    place += len(lines)

        for done, _ in enumerate(map_in_order(work, batches, workers), start=1):
            progress("table", done, len(batches))
