"""Pieces of the table in its order: what worker processes take one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.passes.rows import Rows, joined
from kansoku.passes.spool import Shelf, Spool

# Rows that a worker process writes before it reports, and rows of one group of a Parquet file
BATCH_ROWS = 200_000


@dataclass(frozen=True)
class Labels:
    """What the rows of a table are called, and what it was made from.

    Attributes
    ----------
    norad_cat_id, name : (N,) array
        Of the targets.
    sites : tuple of str
        As given.
    start_ms : int
        When the span begins, UTC since 1970. [ms]
    about : dict
        Attributes of the table, for the kinds of file that hold them.
    """

    norad_cat_id: npt.NDArray[np.int64]
    name: npt.NDArray[np.str_]
    sites: tuple[str, ...]
    start_ms: int
    about: dict[str, str | float]


@dataclass(frozen=True)
class Batch:
    """Some shelves of one site.

    Attributes
    ----------
    first : int
        Number of its first row in the table.
    text_before : int
        Length of the rows before it as text; 0 where no text is wanted.
    """

    site: int
    shelves: tuple[Shelf, ...]
    first: int
    text_before: int

    def rows(self, spool: Spool) -> Rows:
        """Read its rows."""
        return joined([spool.of_site(shelf, self.site) for shelf in self.shelves])


@dataclass(frozen=True)
class Table:
    """All that a table of passes is written from.

    Attributes
    ----------
    shelves : tuple of Shelf
        By rising targets.
    """

    spool: Spool
    shelves: tuple[Shelf, ...]
    labels: Labels

    def __len__(self) -> int:
        return sum(map(len, self.shelves))

    def batches(self) -> list[Batch]:
        """Cut the table into pieces of some `BATCH_ROWS` of one site."""
        return list(_batches(self.shelves, len(self.labels.sites)))


def _batches(shelves: tuple[Shelf, ...], sites: int) -> Iterator[Batch]:
    first = text_before = 0
    for site in range(sites):
        held: list[Shelf] = []
        rows = size = 0
        for number, shelf in enumerate(shelves, start=1):
            held.append(shelf)
            rows += int(shelf.bounds[site + 1] - shelf.bounds[site])
            size += int(shelf.text_bytes[site])
            if rows >= BATCH_ROWS or (rows and number == len(shelves)):
                yield Batch(site, tuple(held), first, text_before)
                first, text_before = first + rows, text_before + size
                held, rows, size = [], 0, 0
