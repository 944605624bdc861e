"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Lend an empty file under a temporary name, which takes its own name once it is written.

    Parameters
    ----------
    path : Path
        The file to make or to replace; its folder must exist. It stays as it was when the work
        inside fails.

    Yields
    ------
    Path
        Where to write, in the same folder.

    Raises
    ------
    OSError
        When the folder takes no file; before any work is done.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.touch()
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
