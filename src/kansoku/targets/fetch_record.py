"""What the last request for a catalogue brought, kept so that the next one can be spared."""

from __future__ import annotations

import hashlib
import json
import os
import urllib.parse
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kansoku.errors import TargetsError
from kansoku.wholefile import whole_file


@dataclass(frozen=True)
class Record:
    """State of one address, or of one host.

    Attributes
    ----------
    url : str
    checked_utc : datetime or None
        When the source last confirmed the kept copy, by sending it or by 'not modified'.
    etag, last_modified : str
        As the source sent them, for conditional requests; empty when it did not.
    sha256 : str
        Of the kept copy.
    objects : int
        Element sets (or SATCAT rows) in the kept copy.
    not_before_utc : datetime or None
        A refusal: no request before this.
    refusal : str
        The refusal in words.
    """

    url: str
    checked_utc: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    objects: int = 0
    not_before_utc: datetime | None = None
    refusal: str = ""


class Store:
    """Folder with a record and a copy for each address, and a record for each host."""

    def __init__(self, folder: Path, name: str, url: str) -> None:
        self._folder = folder
        self._url = url
        self._host = urllib.parse.urlsplit(url).netloc
        self._stem = f"{name}-{_digest(url.encode())[:16]}"
        self.copy = folder / f"{self._stem}.csv"

    def of_address(self) -> Record:
        """Return the record of the address; one without a copy when the copy is gone or changed."""
        record = self._load(self._folder / f"{self._stem}.json", self._url)
        if record.sha256 and self.copy.is_file() and _digest(self.read_copy()) == record.sha256:
            return record
        return Record(self._url, not_before_utc=record.not_before_utc, refusal=record.refusal)

    def of_host(self) -> Record:
        """Return the record of the host."""
        return self._load(self._host_path(), self._host)

    def read_copy(self) -> bytes:
        """Return the bytes of the kept copy."""
        return self.copy.read_bytes()

    def keep(self, record: Record, body: bytes | None = None) -> Record:
        """Write the record of the address, with a new copy when there is one."""
        if body is not None:
            record = replace(record, sha256=_digest(body))
            write_whole(self.copy, body)
        self._save(self._folder / f"{self._stem}.json", record)
        return record

    def keep_host(self, record: Record) -> None:
        """Write the record of the host."""
        self._save(self._host_path(), replace(record, url=self._host))

    def _host_path(self) -> Path:
        return self._folder / f"host-{_digest(self._host.encode())[:16]}.json"

    def _save(self, path: Path, record: Record) -> None:
        text = json.dumps(asdict(record), default=datetime.isoformat, indent=1, sort_keys=True)
        write_whole(path, text.encode())

    @staticmethod
    def _load(path: Path, url: str) -> Record:
        if not path.exists():
            return Record(url)
        try:
            fields = json.loads(path.read_bytes())
            for key in ("checked_utc", "not_before_utc"):
                fields[key] = fields[key] and datetime.fromisoformat(fields[key]).astimezone(UTC)
            return Record(**fields)
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise TargetsError(
                f"{path}: the record of earlier requests cannot be read ({cause}); remove the file"
            ) from cause


def default_folder() -> Path:
    """Return where copies are kept: KANSOKU_CACHE, else the user's cache folder."""
    if chosen := os.environ.get("KANSOKU_CACHE"):
        return Path(chosen)
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user_cache) / "kansoku" / "catalogue"


def write_whole(path: Path, body: bytes) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    TargetsError
        When the folder cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as unfinished:
            unfinished.write_bytes(body)
    except OSError as cause:
        raise TargetsError(
            f"{path}: cannot be written ({cause.strerror}); choose a folder you may write to "
            "(--out for the catalogue, KANSOKU_CACHE for kept copies)"
        ) from cause


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
