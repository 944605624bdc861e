"""Rows of the table of passes as CSV, many at a time: whole columns of bytes, no loop over rows.

Every field has a place of fixed width in a matrix of bytes, filled up with zero bytes, which are
then dropped. Digits come from tables. How long a row will be is known from its numbers alone, so
that several processes can write one file, each at its own place.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.passes.rows import ANGLE_UNITS, AZIMUTHS, Rows

MS_PER_DAY = 86_400_000
MS_PER_MINUTE = 60_000
TABLE = 10_000
# Bytes of three instants with their commas, of the fixed parts of five numbers, and of the flags
FIXED_BYTES = 3 * 25 + 5 + 4 * 6 + 4

Bytes = npt.NDArray[np.void]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Names:
    """What numbers stand for in the text.

    Attributes
    ----------
    objects, sites : (n,) array
        Fields that repeat, with their commas, as bytes filled up with zeros.
    start_ms : int
        When the span begins, UTC since 1970. [ms]
    """

    objects: npt.NDArray[np.bytes_]
    sites: npt.NDArray[np.bytes_]
    start_ms: int


def names_of(
    norad_cat_id: npt.NDArray[np.int64],
    name: npt.NDArray[np.str_],
    sites: tuple[str, ...],
    start_ms: int,
) -> Names:
    """Quote what stands for targets and sites."""
    objects = [
        f"{number},{quoted(text)},"
        for number, text in zip(norad_cat_id.tolist(), name.tolist(), strict=True)
    ]
    return Names(_encoded(objects), _encoded([f"{quoted(site)}," for site in sites]), start_ms)


def quoted(text: str) -> str:
    """One CSV field, in quotes where it holds a comma; a zero byte, which fills up, is dropped."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text.replace("\0", "")])
    return line.getvalue()


def _encoded(texts: list[str]) -> npt.NDArray[np.bytes_]:
    return np.array([text.encode() for text in texts], dtype=np.bytes_)


def text_bytes(names: Names, bounds: Integers, rows: Rows) -> Integers:
    """Length of the text of each site's rows, (S,).

    Parameters
    ----------
    bounds : (S + 1,) array
        Where the rows of each site begin, and the end.
    """
    digits = np.zeros(len(rows), dtype=np.uint8)
    for name in AZIMUTHS:
        _count_digits(digits, rows[name], ANGLE_UNITS)
    elevation = rows["culmination_elevation"]
    _count_digits(digits, np.abs(elevation), ANGLE_UNITS)
    _count_digits(digits, rows["set_ms"] - rows["rise_ms"], 1000)
    digits += elevation < 0
    length = np.strings.str_len(names.objects)[rows["target"]] + digits
    ends = np.concatenate([[0], np.cumsum(length)])[bounds]
    per_row = np.strings.str_len(names.sites) + FIXED_BYTES
    per_site: Integers = np.diff(ends) + per_row * np.diff(bounds)
    return per_site


def _count_digits(count: npt.NDArray[np.uint8], numbers: npt.NDArray[Any], unit: int) -> None:
    """Add the digits of the whole units in numbers from 0 on."""
    highest = int(numbers.max(initial=0))
    count += 1
    limit = 10 * unit
    while limit <= highest:
        count += numbers >= limit
        limit *= 10


def text_of(names: Names, site: int, rows: Rows) -> npt.NDArray[np.uint8]:
    """Rows of one site as CSV, line ends included, as bytes."""
    place = names.sites[site]
    matrix = np.empty(len(rows), _layout(names.objects.itemsize, max(len(place), 1)))
    matrix["object"] = names.objects[rows["target"]]
    matrix["site"] = place
    for instant in ("rise", "culmination", "set"):
        _put_instant(matrix, instant, rows[f"{instant}_ms"] + np.int64(names.start_ms))
    seconds, ms = np.divmod(rows["set_ms"] - rows["rise_ms"], 1000)
    high, low = np.divmod(seconds, TABLE)
    matrix["days_of_duration"] = _plain(blank=True)[high]
    matrix["duration"] = np.where(high > 0, _padded()[low], _plain()[low])
    matrix["duration_ms"] = _ends(1000, "{:03d}")[ms]
    for name in (*AZIMUTHS, "culmination_elevation"):
        whole, part = np.divmod(np.abs(rows[name]), ANGLE_UNITS)
        matrix[name] = _plain()[whole]
        matrix[f"{name}_part"] = _ends(ANGLE_UNITS, "{:04d}")[part]
    matrix["sign"] = np.where(rows["culmination_elevation"] < 0, ord("-"), 0)
    matrix["clipped"] = np.array([b"0,0\n", b"0,1\n", b"1,0\n", b"1,1\n"]).view("u4")[
        rows["clipped"]
    ]
    flat = matrix.view(np.uint8)
    kept: npt.NDArray[np.uint8] = flat[flat != 0]
    return kept


def _layout(object_bytes: int, site_bytes: int) -> np.dtype[np.void]:
    """Fields of a line in their order, without gaps."""
    instants = [
        [(f"{name}_day", "V11"), (f"{name}_minute", "V6"), (f"{name}_second", "u8")]
        for name in ("rise", "culmination", "set")
    ]
    angles = [
        [*sign, (name, "u4"), (f"{name}_part", "u8")]
        for sign, name in (
            ([], "rise_azimuth"),
            ([], "culmination_azimuth"),
            ([("sign", "u1")], "culmination_elevation"),
            ([], "set_azimuth"),
        )
    ]
    return np.dtype(
        [
            ("object", f"S{object_bytes}"),
            ("site", f"S{site_bytes}"),
            *instants[0], *instants[1], *instants[2],
            ("days_of_duration", "u4"), ("duration", "u4"), ("duration_ms", "u8"),
            *angles[0], *angles[1], *angles[2], *angles[3],
            ("clipped", "u4"),
        ]
    )  # fmt: skip


def _put_instant(matrix: Bytes, name: str, utc_ms: Integers) -> None:
    """ISO 8601 with milliseconds and Z."""
    if not len(utc_ms):
        return
    first_day, last_day = int(utc_ms.min()) // MS_PER_DAY, int(utc_ms.max()) // MS_PER_DAY
    minute, ms = np.divmod(utc_ms - first_day * MS_PER_DAY, MS_PER_MINUTE)
    day, minute = np.divmod(minute, 1440)
    matrix[f"{name}_day"] = _days(first_day, last_day)[day]
    matrix[f"{name}_minute"] = _minutes()[minute]
    matrix[f"{name}_second"] = _seconds()[ms]


def instants(utc_ms: Integers) -> npt.NDArray[np.uint8]:
    """ISO 8601 with milliseconds and Z, as (n, 24) bytes."""
    layout = np.dtype([("at_day", "V11"), ("at_minute", "V6"), ("at_second", "u8")])
    matrix = np.empty(len(utc_ms), layout)
    _put_instant(matrix, "at", utc_ms)
    characters = matrix.view(np.uint8).reshape(-1, layout.itemsize)
    return np.ascontiguousarray(characters[:, :24])  # without the comma


@cache
def _days(first: int, last: int) -> Bytes:
    """Dates from one day since 1970 to another, with the T."""
    days = np.arange(first, last + 1).astype("datetime64[D]")
    return np.array([f"{day}T".encode() for day in days], dtype="S11").view("V11")


@cache
def _minutes() -> Bytes:
    texts = [f"{hour:02d}:{minute:02d}:".encode() for hour in range(24) for minute in range(60)]
    return np.array(texts, dtype="S6").view("V6")


@cache
def _seconds() -> npt.NDArray[np.uint64]:
    """Milliseconds of a minute, with Z and comma."""
    texts = [f"{s:02d}.{ms:03d}Z,".encode() for s in range(60) for ms in range(1000)]
    return np.array(texts, dtype="S8").view("u8")


@cache
def _plain(*, blank: bool = False) -> npt.NDArray[np.uint32]:
    """Numbers below 10,000, filled up with zero bytes on the left; 0 may be left out."""
    texts = [f"{number}".encode().rjust(4, b"\0") for number in range(TABLE)]
    if blank:
        texts[0] = b"\0\0\0\0"
    return np.frombuffer(b"".join(texts), dtype="u4")


@cache
def _padded() -> npt.NDArray[np.uint32]:
    """Numbers below 10,000 with leading zeros."""
    return np.array([f"{number:04d}".encode() for number in range(TABLE)]).view("u4")


@cache
def _ends(count: int, form: str) -> npt.NDArray[np.uint64]:
    """Decimals with the point before and the comma behind."""
    texts = [f".{form.format(number)},".encode() for number in range(count)]
    return np.array(texts, dtype="S8").view("u8")
