"""Arguments that several commands share, read once and in one way."""

from __future__ import annotations

import os
import re
import tempfile
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kansoku.errors import KansokuError


class OnBadRecord(StrEnum):
    """Choices of --on-bad-record."""

    error = "error"
    skip = "skip"


BadRecords = Annotated[
    OnBadRecord, typer.Option(help="Stop at a record that cannot be read, or leave it out.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")
]
CatalogueFile = Annotated[
    Path,
    typer.Option(
        help="TLE, 3LE or OMM (CSV, JSON, XML, KVN), plain or gzip.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


def examples(*invocations: str) -> str:
    """Epilog of a help text: real invocations, one a line."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in invocations)))


def utc(text: str) -> datetime:
    """Read an instant given on the command line; without an offset it is UTC."""
    from kansoku.configfields import read_utc

    try:
        return read_utc(text)
    except ValueError as cause:
        raise typer.BadParameter(f"got {text!r}, {cause}") from cause


def catalogue_ids(text: str) -> list[int]:
    """Read catalogue numbers separated by commas."""
    numbers = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch("[0-9]{1,9}", number) for number in numbers):
        raise typer.BadParameter(
            f"got {text!r}, must be catalogue numbers separated by commas, such as 25544,20580"
        )
    return [int(number) for number in numbers]


def require_writable(folder: Path, *, make: bool = False) -> None:
    """Refuse, before hours of work, a folder that takes no file.

    Parameters
    ----------
    folder : Path
        Where results will go.
    make : bool
        Whether to make the folder where it is missing.

    Raises
    ------
    KansokuError
        Names the folder and what the system says.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".kansoku-")
        os.close(handle)
        os.unlink(name)
    except OSError as cause:
        raise KansokuError(
            f"{folder}: cannot write there ({cause.strerror}); "
            "choose another place with --out, or mend this one"
        ) from cause
