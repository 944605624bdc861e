"""What a satellite catalogue (SATCAT) knows of an object beside its orbit."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kansoku.errors import TargetsError
from kansoku.targets.content import Content
from kansoku.targets.emitters import OPERATIONAL, SILENT
from kansoku.targets.epochs import midnight_jd
from kansoku.targets.objects import FloatArray, IntArray
from kansoku.targets.records import Problem, catalogue_number, listing, published_number, short_text
from kansoku.targets.sizes import SIZE_CLASSES

# The names of CelesTrak's satcat.csv, of Space-Track's, and of joined tables, in lower case
_COLUMNS = {
    "norad_cat_id": ("norad_cat_id",),
    "name": ("object_name", "satname"),
    "object_type": ("object_type",),
    "owner": ("owner", "country", "country_code"),
    "size_class": ("rcs_size",),
    "rcs_m2": ("rcs_m2", "rcs"),
    "decay": ("decay_date", "decay"),
    "standard_magnitude": ("standard_magnitude", "std_mag", "stdmag"),
    "status": ("ops_status_code",),
}
_TYPES = {
    "PAY": "PAY", "PAYLOAD": "PAY", "R/B": "R/B", "ROCKET BODY": "R/B", "DEB": "DEB",
    "DEBRIS": "DEB", "UNK": "UNK", "UNKNOWN": "UNK", "TBA": "UNK", "OTHER": "UNK", "": "",
}  # fmt: skip
_STATUS = {code: code for code in (*OPERATIONAL, *SILENT, "")}
_BRIGHTEST_MAG, _FAINTEST_MAG = -10.0, 30.0  # beyond these no satellite at 1,000 km is
_T = TypeVar("_T")
_Entry = tuple[str, str, str, str, str, float, float, float]
"""Name, type, owner, size class, status; cross-section, decay, standard magnitude."""


@dataclass(frozen=True)
class Satcat:
    """One entry an object, sorted by catalogue number, each number once.

    Attributes
    ----------
    norad_cat_id : (M,) int64 array
    name, object_type, owner, size_class, status : (M,) array of str
        Empty where it is not known; `status` is CelesTrak's operational status code.
    rcs_m2 : (M,) array
        nan where it is not known. [m^2]
    decay_jd : (M,) array
        Midnight of the day of decay, infinity for an object in orbit. [d]
    standard_magnitude : (M,) array
        At 1,000 km and a phase angle of 90 deg, nan where it is not known. [mag]
    sha256 : str
        Hash of the input bytes.
    """

    norad_cat_id: IntArray
    name: npt.NDArray[np.str_]
    object_type: npt.NDArray[np.str_]
    owner: npt.NDArray[np.str_]
    size_class: npt.NDArray[np.str_]
    status: npt.NDArray[np.str_]
    rcs_m2: FloatArray
    decay_jd: FloatArray
    standard_magnitude: FloatArray
    sha256: str = ""

    def of(self, norad_cat_id: IntArray) -> Satcat:
        """Return the entries of some objects in their order, unknown ones left blank."""
        place = np.searchsorted(self.norad_cat_id, norad_cat_id)
        place = np.minimum(place, len(self.norad_cat_id) - 1)
        found = self.norad_cat_id[place] == norad_cat_id
        words = {
            column: np.where(found, getattr(self, column)[place], "")
            for column in ("name", "object_type", "owner", "size_class", "status")
        }
        return Satcat(
            norad_cat_id=norad_cat_id,
            rcs_m2=np.where(found, self.rcs_m2[place], np.nan),
            decay_jd=np.where(found, self.decay_jd[place], np.inf),
            standard_magnitude=np.where(found, self.standard_magnitude[place], np.nan),
            sha256=self.sha256,
            **words,
        )


def unknown(norad_cat_id: IntArray) -> Satcat:
    """Return blank entries, for a catalogue without SATCAT."""
    blank = np.full(len(norad_cat_id), "", dtype=np.str_)
    nothing = np.full(len(norad_cat_id), np.nan)
    never = np.full(len(norad_cat_id), np.inf)
    return Satcat(norad_cat_id, blank, blank, blank, blank, blank, nothing, never, nothing)


def read(content: Content) -> tuple[Satcat, tuple[Problem, ...]]:
    """Read a SATCAT-like CSV with a header line.

    Parameters
    ----------
    content : Content
        Columns are found by name, in either case: norad_cat_id (the only one needed), object_name,
        object_type (PAY, R/B, DEB, UNK or in words), owner or country, rcs_m2 or rcs [m^2],
        rcs_size (SMALL, MEDIUM, LARGE), decay_date, ops_status_code (CelesTrak's + - P B S X D ?),
        standard_magnitude, std_mag or stdmag (at 1,000 km and half illuminated, as amateur lists
        give it; neither CelesTrak's nor Space-Track's table has one). Others are ignored.

    Returns
    -------
    Satcat
        Of two rows with the same number the later one counts.
    problems : tuple of Problem
        One for every row that cannot be read; such rows are left out.

    Raises
    ------
    TargetsError
        When the file has no catalogue numbers at all.
    """
    table = csv.DictReader(io.StringIO(content.text))
    try:
        names = _names_in(table.fieldnames or (), content.label)
        return _collect(((table.line_num, row) for row in table), names, content)
    except csv.Error as cause:
        raise TargetsError(
            f"{content.label}:{table.line_num + 1}: not CSV ({cause}); fetch the file again"
        ) from cause


def _names_in(header: Iterable[str], label: str) -> dict[str, str]:
    """Match our columns with the header's spelling."""
    spelling = {name.strip().lower(): name for name in header}
    found = {
        column: next((spelling[name] for name in aliases if name in spelling), "")
        for column, aliases in _COLUMNS.items()
    }
    if not found["norad_cat_id"]:
        listed = ", ".join(spelling.values())[:120] or "nothing"
        raise TargetsError(
            f"{label}:1: not a SATCAT table: the first line must name a column NORAD_CAT_ID, "
            f"got {listed!r}; name a CSV file such as CelesTrak's satcat.csv"
        )
    return {column: name for column, name in found.items() if name}


def _collect(
    rows: Iterable[tuple[int, Mapping[str, str | None]]], names: Mapping[str, str], content: Content
) -> tuple[Satcat, tuple[Problem, ...]]:
    entries: dict[int, _Entry] = {}
    problems = []
    for line, row in rows:
        try:
            number, entry = _entry({c: (row[name] or "").strip() for c, name in names.items()})
            entries[number] = entry
        except ValueError as cause:
            problems.append(Problem(line, f"{cause}; correct the row or remove it"))
    if not entries:
        listed = "".join(f"{line}\n" for line in listing(content.label, problems))
        raise TargetsError(
            f"{listed}{content.label}: the SATCAT table has no usable rows; name another file"
        )
    return _satcat(entries, content.sha256), tuple(problems)


def _entry(cell: Mapping[str, str]) -> tuple[int, _Entry]:
    """Read one row, ValueError naming the cell that cannot be read."""
    size_class = cell.get("size_class", "").upper()
    return catalogue_number(cell["norad_cat_id"]), (
        short_text("object_name", cell.get("name", "")),
        _read("object_type", cell.get("object_type", ""), lambda text: _TYPES[text.upper()]),
        short_text("owner", cell.get("owner", "")),
        size_class if size_class in SIZE_CLASSES else "",
        _read("ops_status_code", cell.get("status", ""), lambda text: _STATUS[text.upper()]),
        _read("rcs", cell.get("rcs_m2", ""), _rcs_m2),
        _read("decay_date", cell.get("decay", ""), _julian_date),
        _read("standard_magnitude", cell.get("standard_magnitude", ""), _standard_magnitude),
    )


def _read(column: str, text: str, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(text)
    except (ValueError, KeyError) as cause:
        raise ValueError(f"{column}: got {text!r}, {_EXPECTED[column]}") from cause


_EXPECTED = {
    "object_type": "must be PAY, R/B, DEB or UNK",
    "rcs": "must be a number of square metres, 0 or more, or empty",
    "decay_date": "must be a date such as 2024-07-05, or empty",
    "ops_status_code": f"must be one of {' '.join((*OPERATIONAL, *SILENT))}, or empty",
    "standard_magnitude": (
        f"must be a magnitude from {_BRIGHTEST_MAG:g} to {_FAINTEST_MAG:g}, or empty"
    ),
}


def _rcs_m2(text: str) -> float:
    """Cross-section; 0 is what a catalogue prints for one too small to print, so not known."""
    if text in ("", "N/A"):
        return math.nan
    value = published_number(text)
    if not 0.0 <= value < math.inf:
        raise ValueError(text)
    return value or math.nan


def _standard_magnitude(text: str) -> float:
    if text in ("", "N/A"):
        return math.nan
    value = published_number(text)
    if not _BRIGHTEST_MAG <= value <= _FAINTEST_MAG:
        raise ValueError(text)
    return value


def _julian_date(text: str) -> float:
    if not text:
        return math.inf
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?", text) is None:
        raise ValueError(text)
    return midnight_jd(date.fromisoformat(text[:10]))


def _satcat(entries: Mapping[int, _Entry], sha256: str) -> Satcat:
    number = np.array(sorted(entries), dtype=np.int64)
    columns = list(zip(*(entries[k] for k in number.tolist()), strict=True))
    name, object_type, owner, size_class, status = (
        np.array(column, dtype=np.str_) for column in columns[:5]
    )
    rcs_m2, decay_jd, standard_magnitude = (
        np.array(column, dtype=np.float64) for column in columns[5:]
    )
    return Satcat(
        number, name, object_type, owner, size_class, status, rcs_m2, decay_jd,
        standard_magnitude, sha256,
    )  # fmt: skip
