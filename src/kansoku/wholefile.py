"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
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


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Lend an empty folder, whose files take their places in `folder` once all are written.

    Parameters
    ----------
    folder : Path
        Made when it is missing. Its other files stay; none is replaced when the work fails.

    Yields
    ------
    Path
        Where to write, inside `folder`.

    Raises
    ------
    OSError
        When the folder cannot be written, or holds a folder where a file must go or the reverse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".results.", suffix=".part", dir=folder))
    try:
        yield part
        made = sorted(path.relative_to(part) for path in part.rglob("*"))
        for name in made:
            if (folder / name).exists() and (folder / name).is_dir() != (part / name).is_dir():
                raise FileExistsError(errno.EEXIST, f"{name} is in the way", str(folder / name))
        for name in made:
            if (part / name).is_dir():
                (folder / name).mkdir(exist_ok=True)
            else:
                (part / name).replace(folder / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
