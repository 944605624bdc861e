"""Rows kept on disk by site until all targets are searched: they come by target, and leave by site.

Worker processes share the file: each reserves the place of what it found, then writes there.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Value
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from kansoku.passes.rows import Rows


@dataclass(frozen=True)
class Shelf:
    """Where the rows of one range of targets stand in the spool.

    Attributes
    ----------
    first : int
        Number of its first row in the file.
    bounds : (S + 1,) array
        Where the rows of each site begin behind that, and the end.
    text_bytes : (S,) array
        Length of the rows of each site as text; zeros where no text is wanted.
    """

    first: int
    bounds: npt.NDArray[np.int64]
    text_bytes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.bounds[-1])


@dataclass(frozen=True)
class Spool:
    """A file of rows of one kind that several processes fill and read."""

    kind: np.dtype[np.void]
    file: IO[bytes]
    end: Any

    def add(
        self, bounds: npt.NDArray[np.int64], rows: Rows, text_bytes: npt.NDArray[np.int64]
    ) -> Shelf:
        """Append the rows of a range of targets, sorted by site."""
        with self.end.get_lock():
            first = self.end.value
            self.end.value = first + len(rows)
        write_at(self.file, first * self.kind.itemsize, rows)
        return Shelf(first, bounds, text_bytes)

    def of_site(self, shelf: Shelf, site: int) -> Rows:
        """Read the rows of one site on a shelf."""
        start, stop = shelf.bounds[site : site + 2].tolist()
        rows = np.empty(stop - start, self.kind)
        read_at(self.file, (shelf.first + start) * self.kind.itemsize, rows)
        return rows


@contextmanager
def open_spool(folder: Path, kind: np.dtype[np.void]) -> Iterator[Spool]:
    """Open a spool of rows of a kind in a folder, gone when the work ends."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        yield Spool(kind, file, Value("q", 0))


def reserve(file: IO[bytes], size: int) -> None:
    """Take the room that a file will need, so that a full disk is told before the work.

    Pages that are there already are also written to a third faster, by several processes.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)


def write_at(file: IO[bytes], offset: int, values: npt.NDArray[Any]) -> None:
    """Write an array at a place of a file, whatever other processes do with the file."""
    data = memoryview(values.data).cast("B") if values.size else memoryview(b"")
    while data:
        written = os.pwrite(file.fileno(), data, offset)
        data, offset = data[written:], offset + written


def read_at(file: IO[bytes], offset: int, values: npt.NDArray[Any]) -> None:
    """Fill an array from a place of a file."""
    data = values.view(np.uint8).data if values.size else memoryview(b"")
    while data:
        read = os.preadv(file.fileno(), [data], offset)
        if not read:
            raise EOFError("the spool of passes ends too early")
        data, offset = data[read:], offset + read
