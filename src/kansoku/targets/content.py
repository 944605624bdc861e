"""The text of an input file, plain or gzip, with the hash of its bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from kansoku.errors import TargetsError

MAX_TEXT_BYTES = 1 << 30
"""A catalogue of a million objects is 0.2 GB; more is a mistake or a decompression bomb. [byte]"""

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Content:
    """One input file as text.

    Attributes
    ----------
    label : str
        The file as the user named it; every message about it begins with this.
    text : str
        Without byte order mark; empty when the file is.
    sha256 : str
        Of the bytes as they lie on disk, so that `sha256sum` agrees.
    """

    label: str
    text: str
    sha256: str


def read(path: Path, label: str | None = None) -> Content:
    """Read a text file, decompressing it when its content (not its name) is gzip.

    Parameters
    ----------
    path : Path
    label : str, optional
        How messages name the file; the path when omitted.

    Raises
    ------
    TargetsError
        When the file is missing, a folder, unreadable, a damaged gzip file, or not text.
    """
    label = str(path) if label is None else label
    return of_bytes(_read_bytes(path, label), label)


def of_bytes(stored: bytes, label: str) -> Content:
    """Return the text of bytes that were read or received, plain or gzip."""
    plain = _decompress(stored, label) if stored.startswith(_GZIP_MAGIC) else stored
    return Content(label, _decode(plain, label), hashlib.sha256(stored).hexdigest())


def _read_bytes(path: Path, label: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as cause:
        raise TargetsError(
            f"{label}: no such file; correct the path (relative paths start at the configuration "
            "file), or fetch a catalogue with `kansoku catalogue fetch active --out FILE`"
        ) from cause
    except IsADirectoryError as cause:
        raise TargetsError(f"{label}: is a folder; name one catalogue file in it") from cause
    except OSError as cause:
        raise TargetsError(
            f"{label}: cannot be read ({cause.strerror}); check its permissions"
        ) from cause


def _decompress(stored: bytes, label: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored)) as stream:
            plain = stream.read(MAX_TEXT_BYTES + 1)
    except (EOFError, OSError, zlib.error) as cause:
        raise TargetsError(
            f"{label}: the gzip data are damaged or cut short ({cause}); fetch the file again"
        ) from cause
    if len(plain) > MAX_TEXT_BYTES:
        raise TargetsError(
            f"{label}: holds more than {MAX_TEXT_BYTES} bytes when decompressed; "
            "no catalogue is that large, check where the file comes from"
        )
    return plain


def _decode(plain: bytes, label: str) -> str:
    if b"\0" in plain:
        raise TargetsError(
            f"{label}: holds binary data, not text; expected a TLE, OMM or CSV file in UTF-8"
        )
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = plain.count(b"\n", 0, cause.start) + 1
        raise TargetsError(
            f"{label}:{line}: byte 0x{plain[cause.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from cause
