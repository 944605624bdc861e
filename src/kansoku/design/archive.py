"""Arrays of an .npz archive from anyone: nothing is run, and nothing is allocated on its word."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from kansoku.errors import DesignError

Arrays = dict[str, npt.NDArray[Any]]

MOST_BYTES = 1 << 34
"""Of all arrays together: 16 GiB, 10^8 cells with a thousand contributors."""

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_arrays(path: Path, names: tuple[str, ...]) -> Arrays:
    """Read some arrays of an archive, those that it has.

    Parameters
    ----------
    path : Path
    names : tuple of str

    Returns
    -------
    dict of str to array
        Members that are not arrays come as bytes.

    Raises
    ------
    DesignError
        When the file is missing or damaged, or declares more than it holds or than `MOST_BYTES`.
    """
    if not path.is_file():
        raise DesignError(f"{path}: no such file; give the path of an instance (.npz)")
    try:
        if zipfile.is_zipfile(path):
            _check_sizes(path, names)
        archive = np.load(path, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ValueError("it holds one array")
        with archive:
            return {name: archive[name] for name in names if name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError, MemoryError) as cause:
        raise DesignError(
            f"{path}: not a readable .npz archive of plain arrays ({cause}); "
            "write it with numpy.savez"
        ) from cause


def _check_sizes(path: Path, names: tuple[str, ...]) -> None:
    """Compare what the arrays declare with what their members hold, before any is made."""
    with zipfile.ZipFile(path) as archive:
        members = [
            info for info in archive.infolist() if info.filename.removesuffix(".npy") in names
        ]
        total = sum(info.file_size for info in members)
        if total > MOST_BYTES:
            raise DesignError(
                f"{path}: the arrays take {total} bytes, must be at most {MOST_BYTES}; "
                "draw a sample of the cells, or split the question"
            )
        for info in members:
            declared = _declared_bytes(archive, info)
            if declared > info.file_size:
                raise ValueError(
                    f"{info.filename} declares {declared} bytes and holds {info.file_size}"
                )


def _declared_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Return the size that the header of an array gives, 0 where it is no array."""
    with archive.open(info) as member:
        if member.read(len(npy.MAGIC_PREFIX)) != npy.MAGIC_PREFIX:
            return 0
        version = tuple(member.read(2))
        if version not in HEADERS:
            raise ValueError(f"{info.filename} is of version {version} of NumPy's format")
        shape, _, dtype = HEADERS[version](member)
    size = dtype.itemsize
    for length in shape:
        size *= length  # Python's integers do not wrap
    return size
