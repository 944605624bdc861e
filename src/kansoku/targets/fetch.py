"""A current catalogue from CelesTrak or a mirror of it, when the user asks for one by name.

CelesTrak publishes new data every two hours and blocks those who ask more often or ignore its
refusals (https://celestrak.org/usage-policy.php); so every answer is kept, a copy younger than two
hours is used instead of a request, and a refusal is remembered until it ends.
"""

from __future__ import annotations

import difflib
import os
import re
import urllib.parse
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from kansoku.errors import TargetsError
from kansoku.targets import content, formats, satcat
from kansoku.targets.catalogue import judged
from kansoku.targets.download import Answer, check_scheme, get
from kansoku.targets.fetch_record import Record, Store, default_folder, write_whole
from kansoku.targets.records import within_limits

How = Literal["fetched", "not modified", "kept copy"]

DEFAULT_URL = "https://celestrak.org"
URL_VARIABLE = "KANSOKU_CATALOGUE_URL"
PATIENCE = timedelta(hours=2)
"""Shortest time between two requests, and how long a refusal without Retry-After holds."""
MAX_BYTES = 256 << 20
"""The whole public catalogue as OMM CSV is about 5 MB. [byte]"""

SATCAT = "satcat"
GROUPS = (
    "active", "stations", "last-30-days", "visual", "analyst",
    "cosmos-1408-debris", "cosmos-2251-debris", "fengyun-1c-debris", "iridium-33-debris",
    "geo", "gpz", "gpz-plus", "intelsat", "ses", "eutelsat", "telesat",
    "starlink", "oneweb", "kuiper", "qianfan", "hulianwang", "iridium-next", "orbcomm",
    "globalstar",
    "gnss", "gps-ops", "glo-ops", "galileo", "beidou", "sbas",
    "weather", "resource", "planet", "spire", "argos", "sarsat", "dmc", "tdrss", "amateur",
    "science", "geodetic", "engineering", "education", "military", "radar", "cubesat",
)  # fmt: skip
"""Groups of CelesTrak's GP service."""

_SPECIAL = ("gpz", "gpz-plus")
_REFUSALS = {403: "refused (403)", 429: "asked for fewer requests (429)", 503: "is busy (503)"}
_OF_WHOLE_HOST = (429, 503)  # 403 is CelesTrak's answer to one query repeated too soon


@dataclass(frozen=True)
class Fetched:
    """What `fetch` wrote.

    Attributes
    ----------
    path : Path
    url : str
    how : {'fetched', 'not modified', 'kept copy'}
        Sent by the source; confirmed by the source; taken from the kept copy without a request.
    objects : int
        Element sets in the file (rows, of a SATCAT).
    checked_utc : datetime
        When the source last sent or confirmed these data.
    warnings : tuple of str
        A sentence for each bad record, with `on_bad_record` 'skip'.
    """

    path: Path
    url: str
    how: How
    objects: int
    checked_utc: datetime
    warnings: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what happened, for the terminal."""
        moment = f"{self.checked_utc:%Y-%m-%d %H:%M} UTC"
        reason = {
            "fetched": f"fetched {moment} from {self.url}",
            "not modified": f"unchanged at {self.url}, checked {moment}",
            "kept copy": f"kept copy of {moment}; no request within 2 h of the last one",
        }[self.how]
        return f"{self.path}: {self.objects} objects, {reason}"


def fetch(
    name: str,
    out: Path,
    *,
    base_url: str | None = None,
    cache: Path | None = None,
    now: datetime | None = None,
    timeout_s: float = 60.0,
    max_bytes: int = MAX_BYTES,
    on_bad_record: Literal["error", "skip"] = "error",
) -> Fetched:
    """Write a current catalogue to a file, asking its source at most once in two hours.

    Parameters
    ----------
    name : str
        One of `GROUPS`, 'satcat', or a catalogue number.
    out : Path
        File to write: OMM CSV, or SATCAT CSV. Replaced only by a complete, readable catalogue.
    base_url : str, optional
        A mirror with CelesTrak's paths; default KANSOKU_CATALOGUE_URL, else CelesTrak.
    cache : Path, optional
        Folder of kept copies; default KANSOKU_CACHE, else the user's cache folder.
    now : datetime, optional
        The current time, with a time zone.
    timeout_s : float
        Longest wait for the connection and each piece of the answer. [s]
    max_bytes : int
        Largest answer accepted. [byte]
    on_bad_record : {'error', 'skip'}
        Whether one bad record makes the whole answer unusable.

    Raises
    ------
    TargetsError
        When the name is unknown, the source refuses or is not to be asked yet, or what it sends
        is incomplete or no catalogue. `out` is then untouched.
    """
    now = now or datetime.now(UTC)
    url = address(name, base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL)
    store = Store(cache or default_folder(), name.lower(), url)
    known = store.of_address()
    if known.checked_utc and timedelta(0) <= now - known.checked_utc < PATIENCE:
        return _deliver(store, known, "kept copy", known.checked_utc, out)
    for record in (known, store.of_host()):
        _respect(record, now, known)
    answer = get(url, _conditions(known), timeout_s, max_bytes)
    if answer.status == 304 and known.sha256:
        known = store.keep(replace(known, checked_utc=now, not_before_utc=None, refusal=""))
        return _deliver(store, known, "not modified", now, out)
    if answer.status in _REFUSALS:
        raise _refused(answer, known, now, store)
    if answer.status != 200:
        raise TargetsError(_unexpected(url, answer))
    objects, warnings = _verify(name, url, answer.body, on_bad_record)
    record = Record(
        url=url,
        checked_utc=now,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        objects=objects,
    )
    delivered = _deliver(store, store.keep(record, answer.body), "fetched", now, out)
    return replace(delivered, warnings=warnings)


def address(name: str, base_url: str) -> str:
    """Return the address of a named catalogue.

    Raises
    ------
    TargetsError
        When the name is unknown, or the base is not http or https.
    """
    check_scheme(base_url)
    base, key = base_url.rstrip("/"), name.lower()
    if key == SATCAT:
        return f"{base}/pub/satcat.csv"
    if re.fullmatch("[0-9]{1,9}", key):
        query = {"CATNR": str(int(key))}
    elif key in GROUPS:
        query = {"SPECIAL" if key in _SPECIAL else "GROUP": key}
    else:
        raise TargetsError(_unknown_name(name))
    return f"{base}/NORAD/elements/gp.php?{urllib.parse.urlencode({**query, 'FORMAT': 'csv'})}"


def _unknown_name(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), (*GROUPS, SATCAT), n=3)
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return (
        f"catalogue name {name!r} is unknown{meant} Names: {', '.join(GROUPS)}, {SATCAT}, "
        "or a catalogue number"
    )


def _respect(record: Record, now: datetime, known: Record) -> None:
    """Refuse to ask again before a refusal ends."""
    if record.not_before_utc and now < record.not_before_utc:
        raise TargetsError(
            f"{record.url}: {record.refusal}; nothing is asked before "
            f"{record.not_before_utc:%Y-%m-%d %H:%M:%S} UTC{_of_copy(known)}"
        )


def _of_copy(known: Record) -> str:
    if known.checked_utc is None:
        return ", try again then"
    return (
        f", try again then (a file fetched {known.checked_utc:%Y-%m-%d %H:%M} UTC stays as it is)"
    )


def _conditions(known: Record) -> dict[str, str]:
    """Headers that let the source answer 'not modified'."""
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {key: value for key, value in headers.items() if value and known.sha256}


def _refused(answer: Answer, known: Record, now: datetime, store: Store) -> TargetsError:
    """Remember a refusal, and return it in words."""
    until = _retry_after(answer.headers.get("retry-after", ""), now)
    said = " ".join(answer.body.decode("utf-8", "replace").split())[:160]
    words = f"the source {_REFUSALS[answer.status]}" + (f", saying {said!r}" if said else "")
    record = replace(known, not_before_utc=until, refusal=words)
    if answer.status in _OF_WHOLE_HOST:
        store.keep_host(record)
    else:
        store.keep(record)
    return TargetsError(
        f"{known.url}: {words}; nothing is asked before {until:%Y-%m-%d %H:%M:%S} UTC"
        f"{_of_copy(known)}"
    )


def _unexpected(url: str, answer: Answer) -> str:
    target = answer.headers.get("location")
    where = f" and a redirect to {target!r} that is not followed" if target else ""
    return f"{url}: answered with status {answer.status}{where}; check the name and the address"


def _retry_after(text: str, now: datetime) -> datetime:
    """Read Retry-After, seconds or an HTTP date (RFC 9110, section 10.2.3)."""
    if re.fullmatch("[0-9]{1,9}", text.strip()):
        return now + timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return now + PATIENCE
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _verify(
    name: str, url: str, body: bytes, on_bad_record: Literal["error", "skip"]
) -> tuple[int, tuple[str, ...]]:
    """Count the objects of an answer, refusing one that is no catalogue."""
    try:
        source = content.of_bytes(body, url)
        if name.lower() == SATCAT:
            known, problems = satcat.read(source)
            usable = len(known.norad_cat_id)
        else:
            found = within_limits(formats.read(source))
            usable, problems = len(found.sets), found.problems
        warnings = judged(url, problems, usable + len(problems), on_bad_record)
    except TargetsError as cause:
        raise TargetsError(f"{cause}\n{url}: nothing was written") from cause
    if usable == 0:
        raise TargetsError(f"{url}: sent a catalogue without objects; nothing was written")
    return usable, warnings


def _deliver(store: Store, record: Record, how: How, checked_utc: datetime, out: Path) -> Fetched:
    write_whole(out, store.read_copy())
    return Fetched(out, record.url, how, record.objects, checked_utc)
