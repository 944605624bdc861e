"""Two-line element sets, with or without a name line.

Columns as in F. R. Hoots and R. L. Roehrich, Spacetrack Report No. 3 (1980), and D. A. Vallado and
P. J. Cefola, Two-Line Element Sets: Practice and Use, IAC-12-A6.6.11 (2012).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.targets.objects import FloatArray, IntArray
from kansoku.targets.records import LONGEST_TEXT, Problem, PublishedSets, ReadSets, catalogue_number

COLUMNS = 69
_SHORTEST_ELEMENT_LINE = 41  # no published name is that long; a line "1 ..." beyond it is elements

Bytes2D = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class _Field:
    """One field of a line: 0-based columns [start, stop), what it must look like, an example."""

    title: str
    start: int
    stop: int
    pattern: str
    example: str


def _padded(width: int) -> str:
    """Pattern of an unsigned integer right-aligned in `width` columns."""
    return "(?:" + "|".join(f" {{{width - n}}}[0-9]{{{n}}}" for n in range(width, 0, -1)) + ")"


_ID = f"(?:{_padded(5)}|[A-HJ-NP-Z][0-9]{{4}})"
_ANGLE = _padded(3) + r"\.[0-9]{4}"
_DAY_OF_YEAR = "(?:[ 0]{2}[1-9]|[ 0][1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"
_POWER = rf"[ +-]{_padded(5)}[ +-][0-9]"
_BLANK = " "

_LINE_1 = (
    _Field("line number", 0, 2, "1 ", "1 "),
    _Field("catalogue number", 2, 7, _ID, "00005"),
    _Field("classification and blank", 7, 9, "[A-Z ] ", "U "),
    _Field("designator", 9, 17, "[0-9A-Za-z ]{8}", "58002B  "),
    _Field("blank", 17, 18, _BLANK, " "),
    _Field("epoch year", 18, 20, "[0-9]{2}", "24"),
    _Field("epoch day", 20, 32, _DAY_OF_YEAR + r"\.[0-9]{8}", "187.49270102"),
    _Field("blank", 32, 33, _BLANK, " "),
    _Field("mean motion derivative", 33, 43, r"[ +0-]\.[0-9]{8}", " .00000872"),
    _Field("blank", 43, 44, _BLANK, " "),
    _Field("mean motion second derivative", 44, 52, _POWER, " 00000-0"),
    _Field("blank", 52, 53, _BLANK, " "),
    _Field("B*", 53, 61, _POWER, " 11018-2"),
    _Field("blank", 61, 62, _BLANK, " "),
    # Type 4 is SGP4-XP, other elements in the same columns: SGP4 would put them kilometres off.
    _Field("ephemeris type", 62, 63, "[0-3 ]", "0"),
    _Field("blank", 63, 64, _BLANK, " "),
    _Field("element set number", 64, 68, "[ 0-9]{4}", " 999"),
    _Field("checksum", 68, 69, "[0-9]", "7"),
)
_LINE_2 = (
    _Field("line number", 0, 2, "2 ", "2 "),
    _Field("catalogue number", 2, 7, _ID, "00005"),
    _Field("blank", 7, 8, _BLANK, " "),
    _Field("inclination", 8, 16, _ANGLE, " 34.2494"),
    _Field("blank", 16, 17, _BLANK, " "),
    _Field("right ascension of the node", 17, 25, _ANGLE, "350.7565"),
    _Field("blank", 25, 26, _BLANK, " "),
    _Field("eccentricity", 26, 33, _padded(7), "1842018"),
    _Field("blank", 33, 34, _BLANK, " "),
    _Field("argument of perigee", 34, 42, _ANGLE, "170.0536"),
    _Field("blank", 42, 43, _BLANK, " "),
    _Field("mean anomaly", 43, 51, _ANGLE, "194.2361"),
    _Field("blank", 51, 52, _BLANK, " "),
    _Field("mean motion", 52, 63, _padded(2) + r"\.[0-9]{8}", "10.85456480"),
    _Field("revolution number", 63, 68, "[ 0-9]{5}", "36591"),
    _Field("checksum", 68, 69, "[0-9]", "1"),
)
_MATCH_1 = re.compile("".join(field.pattern for field in _LINE_1))
_MATCH_2 = re.compile("".join(field.pattern for field in _LINE_2))

# The very powers that C's pow gives, so that B* is bit for bit that of the sgp4 package.
_POWERS_OF_TEN = np.array([10.0**k for k in range(-9, 10)])


@dataclass(frozen=True)
class _Pair:
    """Two element lines and their name; `line` is where line 1 stands, `line_2` where line 2."""

    name: str
    line: int
    line_2: int
    text: str
    text_2: str


def read(text: str) -> ReadSets:
    """Read a TLE or 3LE file.

    Blank lines, comment lines (``#``), CRLF and the ``0 `` before a name are accepted. Checksums,
    columns and the agreement of both catalogue numbers are verified.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    ReadSets
        The readable sets in file order, and a problem for every other record.
    """
    pairs, problems = _pairs(text)
    legible = []
    for pair in pairs:
        problem = _illegible(pair)
        if problem is None:
            legible.append(pair)
        else:
            problems.append(problem)
    return _verified(legible, problems)


def has_element_lines(text: str) -> bool:
    """Tell whether any line looks like line 1 or 2 of an element set."""
    return re.search(r"^[12] .{5}", text, re.MULTILINE) is not None


def _pairs(text: str) -> tuple[list[_Pair], list[Problem]]:
    """Walk the lines: a name or nothing, line 1, line 2."""
    stripped = [line.rstrip() for line in text.split("\n")]
    at = [k for k, line in enumerate(stripped) if line and not line.startswith("#")]
    lines = [stripped[k] for k in at]
    pairs: list[_Pair] = []
    problems: list[Problem] = []
    name, k = "", 0
    while k < len(lines):
        if _is_line_1(lines, k):
            if k + 1 < len(lines) and lines[k + 1][:2] in ("2 ", "2"):
                pair = _Pair(name, at[k] + 1, at[k + 1] + 1, lines[k], lines[k + 1])
                pairs.append(pair)
                k += 1
            else:
                problems.append(Problem(at[k] + 1, _WITHOUT_LINE_2))
            name = ""
        elif lines[k].startswith("2 ") and len(lines[k]) >= _SHORTEST_ELEMENT_LINE:
            problems.append(Problem(at[k] + 1, _WITHOUT_LINE_1))
            name = ""
        elif len(lines[k]) <= LONGEST_TEXT and k + 1 < len(lines) and _is_line_1(lines, k + 1):
            name = lines[k].removeprefix("0 ").strip()
        else:
            problems.append(Problem(at[k] + 1, _stray(lines[k])))
        k += 1
    return pairs, problems


def _is_line_1(lines: Sequence[str], k: int) -> bool:
    """Tell line 1 from a name that begins with '1 ': the name has a full line 1 after it."""
    if lines[k][:2] not in ("1 ", "1"):
        return False
    if len(lines[k]) >= _SHORTEST_ELEMENT_LINE or k + 1 == len(lines):
        return True
    return not (lines[k + 1].startswith("1 ") and len(lines[k + 1]) >= _SHORTEST_ELEMENT_LINE)


_WITHOUT_LINE_2 = (
    "line 1 of an element set has no line 2 after it; the file may be cut short, fetch it again"
)
_WITHOUT_LINE_1 = "line 2 of an element set has no line 1 before it; add it or remove the line"


def _stray(line: str) -> str:
    return (
        f"got {line[:40]!r}, which is neither an element line nor a name with element lines after "
        "it; remove the line, or fetch the file again if it was cut short"
    )


def _illegible(pair: _Pair) -> Problem | None:
    """Say what is wrong with the columns of a pair, if anything is."""
    if _MATCH_1.fullmatch(pair.text) is None:
        return Problem(pair.line, _wrong_columns(pair.text, _LINE_1))
    if _MATCH_2.fullmatch(pair.text_2) is None:
        return Problem(pair.line_2, _wrong_columns(pair.text_2, _LINE_2))
    return None


def _wrong_columns(line: str, line_fields: Sequence[_Field]) -> str:
    if len(line) != COLUMNS:
        return (
            f"element line has {len(line)} columns, must have {COLUMNS} (the last is the "
            "checksum); fetch the file again"
        )
    for field in line_fields:
        found = line[field.start : field.stop]
        if re.fullmatch(field.pattern, found) is None:
            break
    if field.title == "ephemeris type" and found == "4":
        return "ephemeris type 4 (SGP4-XP) is not SGP4; fetch the object's SGP4 elements"
    return (
        f"{field.title} (columns {field.start + 1} to {field.stop}): got {found!r}, must look like "
        f"{field.example!r}; correct the line or fetch it again"
    )


def _verified(pairs: Sequence[_Pair], problems: list[Problem]) -> ReadSets:
    """Check sums and numbers of legible pairs, and read their elements."""
    lines_1 = _as_bytes([pair.text for pair in pairs])
    lines_2 = _as_bytes([pair.text_2 for pair in pairs])
    number, number_2 = (_catalogue_numbers(lines) for lines in (lines_1, lines_2))
    wrong_1, wrong_2 = (_checksum(lines) != _stated(lines) for lines in (lines_1, lines_2))
    bad = wrong_1 | wrong_2 | (number != number_2)
    for k in np.flatnonzero(bad).tolist():
        if wrong_1[k]:
            problems.append(_wrong_sum(pairs[k].line, lines_1[k : k + 1]))
        elif wrong_2[k]:
            problems.append(_wrong_sum(pairs[k].line_2, lines_2[k : k + 1]))
        else:
            problems.append(_disagreement(pairs[k], int(number[k]), int(number_2[k])))
    good = [pair for pair, refused in zip(pairs, bad, strict=True) if not refused]
    return ReadSets(_elements(good, number[~bad], lines_1[~bad], lines_2[~bad]), tuple(problems))


def _wrong_sum(line: int, content: Bytes2D) -> Problem:
    stated, tallied = int(_stated(content)[0]), int(_checksum(content)[0])
    text = f"checksum: column 69 says {stated}, the line tallies to {tallied}; fetch it again"
    return Problem(line, text)


def _disagreement(pair: _Pair, number: int, number_2: int) -> Problem:
    text = (
        f"catalogue number is {number} in line 1 and {number_2} in line 2; "
        "the lines belong to different objects, fetch the file again"
    )
    return Problem(pair.line, text)


def _as_bytes(lines: Sequence[str]) -> Bytes2D:
    """Lines of 69 ASCII characters as an (N, 69) array."""
    return np.frombuffer("".join(lines).encode("ascii"), np.uint8).reshape(-1, COLUMNS)


def _checksum(lines: Bytes2D) -> IntArray:
    """Sum of the digits of columns 1 to 68, a minus sign counting 1, modulo 10."""
    body = lines[:, :-1]
    is_digit = (body >= ord("0")) & (body <= ord("9"))
    digits = np.where(is_digit, body - np.uint8(ord("0")), 0).sum(axis=1, dtype=np.int64)
    minus_signs = (body == ord("-")).sum(axis=1, dtype=np.int64)
    return np.asarray((digits + minus_signs) % 10)


def _stated(lines: Bytes2D) -> IntArray:
    return lines[:, -1].astype(np.int64) - ord("0")


def _column(lines: Bytes2D, start: int, stop: int) -> npt.NDArray[np.bytes_]:
    """Columns [start, stop) of every line as one string each."""
    return np.ascontiguousarray(lines[:, start:stop]).view(f"S{stop - start}").ravel()


def _number(lines: Bytes2D, start: int, stop: int) -> FloatArray:
    return _column(lines, start, stop).astype(np.float64)


def _catalogue_numbers(lines: Bytes2D) -> IntArray:
    written = _column(lines, 2, 7).astype(str)
    return np.array([catalogue_number(text) for text in written], dtype=np.int64)


def _elements(
    pairs: Sequence[_Pair], number: IntArray, lines_1: Bytes2D, lines_2: Bytes2D
) -> PublishedSets:
    epoch_jd, epoch_fraction = _epoch(lines_1)
    return PublishedSets(
        line=np.array([pair.line for pair in pairs], dtype=np.int64),
        norad_cat_id=number,
        name=np.array([pair.name for pair in pairs], dtype=np.str_),
        epoch_jd=epoch_jd,
        epoch_fraction=epoch_fraction,
        mean_motion_rev_day=_number(lines_2, 52, 63),
        eccentricity=_number(lines_2, 26, 33) / 1e7,
        inclination_deg=_number(lines_2, 8, 16),
        raan_deg=_number(lines_2, 17, 25),
        argp_deg=_number(lines_2, 34, 42),
        mean_anomaly_deg=_number(lines_2, 43, 51),
        bstar=_decimal_power(lines_1, 53),
    )


def _epoch(lines: Bytes2D) -> tuple[FloatArray, FloatArray]:
    """Two-part Julian date of the epoch, the fraction being exactly the published decimals.

    Two-digit years below 57 are of this century (the first satellite flew in 1957). One year in
    four is a leap year throughout 1957 to 2056, so the Julian calendar's rule is enough.
    """
    year = _number(lines, 18, 20)
    year += np.where(year < 57, 2000, 1900)
    day = _number(lines, 20, 23)
    midnight = year * 365 + (year - 1) // 4 + day + 1721044.5
    return midnight, _number(lines, 24, 32) / 1e8


def _decimal_power(lines: Bytes2D, start: int) -> FloatArray:
    """Read '-18194-3' as -0.18194e-3."""
    mantissa = _number(lines, start + 1, start + 6) / 1e5
    exponent = _number(lines, start + 7, start + 8).astype(np.int64)
    exponent[lines[:, start + 6] == ord("-")] *= -1
    sign = np.where(lines[:, start] == ord("-"), -1.0, 1.0)
    return np.asarray(sign * mantissa * _POWERS_OF_TEN[exponent + 9])
