"""Element sets as published, the limits they must keep, and what is done with those that do not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG, MINUTES_PER_DAY
from kansoku.errors import TargetsError
from kansoku.targets.objects import FloatArray, IntArray, MeanElements

LONGEST_TEXT = 120
"""Names beyond this are no names; arrays of them would take as much memory for every object."""

LISTED_PROBLEMS = 20
"""Bad records named in one error; the others are counted."""

_ALPHA5_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O are left out, they look like digits
_NUMBER = re.compile(r"([0-9]{1,9})|([A-HJ-NP-Z])([0-9]{4})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RAD_MIN_OF_REV_DAY = MINUTES_PER_DAY / (2.0 * math.pi)  # divided by, as the sgp4 package does


@dataclass(frozen=True)
class Problem:
    """Why one record cannot be used, and the line where it stands."""

    line: int
    text: str

    def at(self, label: str) -> str:
        """Return the sentence for the user, which begins with file and line."""
        return f"{label}:{self.line}: {self.text}"


@dataclass(frozen=True)
class PublishedSets:
    """Element sets in the units of TLE and OMM, one entry a record.

    Attributes
    ----------
    line : (N,) int64 array
        Line of the file where the record stands, for messages.
    norad_cat_id : (N,) int64 array
    name : (N,) array of str
        Empty where the file gives none.
    epoch_jd, epoch_fraction : (N,) array
        Two-part UTC Julian date: midnight (ends in .5) and the fraction of the day. [d]
    mean_motion_rev_day : (N,) array
        Kozai mean motion. [rev/d]
    eccentricity : (N,) array
        [unitless]
    inclination_deg, raan_deg, argp_deg, mean_anomaly_deg : (N,) array
        [deg]
    bstar : (N,) array
        [1/Earth radii]
    """

    line: IntArray
    norad_cat_id: IntArray
    name: npt.NDArray[np.str_]
    epoch_jd: FloatArray
    epoch_fraction: FloatArray
    mean_motion_rev_day: FloatArray
    eccentricity: FloatArray
    inclination_deg: FloatArray
    raan_deg: FloatArray
    argp_deg: FloatArray
    mean_anomaly_deg: FloatArray
    bstar: FloatArray

    def __len__(self) -> int:
        return len(self.norad_cat_id)

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> PublishedSets:
        """Return some of the sets, in the order of `index`."""
        return PublishedSets(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def mean_elements(self) -> MeanElements:
        """Return the sets in the units of the propagator.

        Multiplications and divisions are those of the `sgp4` package, so that elements read from
        a TLE are bit for bit the ones it would use.
        """
        return MeanElements(
            epoch_jd=self.epoch_jd,
            epoch_fraction=self.epoch_fraction,
            mean_motion_rad_min=self.mean_motion_rev_day / _RAD_MIN_OF_REV_DAY,
            eccentricity=self.eccentricity,
            inclination_rad=self.inclination_deg * DEG,
            raan_rad=self.raan_deg * DEG,
            argp_rad=self.argp_deg * DEG,
            mean_anomaly_rad=self.mean_anomaly_deg * DEG,
            bstar=self.bstar,
        )


@dataclass(frozen=True)
class ReadSets:
    """What a reader found in one file: usable sets, and the problems of the others."""

    sets: PublishedSets
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Limit:
    """Range of one element, closed unless `open_high`."""

    column: str
    title: str
    low: float
    high: float
    words: str
    open_high: bool = False

    def broken_by(self, value: FloatArray) -> npt.NDArray[np.bool_]:
        kept = value >= self.low
        kept &= (value < self.high) if self.open_high else (value <= self.high)
        return np.asarray(~(kept & np.isfinite(value)))  # nan fails every comparison


# Above 20 rev/d the semi-major axis lies inside the Earth: a misplaced decimal point. 1e-8 is the
# least that a TLE can hold.
_LIMITS = (
    _Limit("mean_motion_rev_day", "mean motion", 1e-8, 20.0, "from 1e-8 to 20 rev/d"),
    _Limit("eccentricity", "eccentricity", 0.0, 1.0, "from 0 to below 1", open_high=True),
    _Limit("inclination_deg", "inclination", 0.0, 180.0, "from 0 to 180 deg"),
    _Limit("raan_deg", "right ascension of the node", -360.0, 360.0, "within 360 deg"),
    _Limit("argp_deg", "argument of perigee", -360.0, 360.0, "within 360 deg"),
    _Limit("mean_anomaly_deg", "mean anomaly", -360.0, 360.0, "within 360 deg"),
    _Limit("bstar", "B*", -math.inf, math.inf, "a finite number"),
    _Limit("epoch_jd", "epoch", 2_400_000.5, 2_600_000.5, "a Julian date of 1858 to 2406"),
)


def catalogue_number(text: str) -> int:
    """Return the catalogue number written as 1 to 9 digits or as Alpha-5.

    Alpha-5 counts the letter as 10 to 33 times ten thousand, leaving out I and O: 'T0001' is
    270,001.

    Raises
    ------
    ValueError
        With the sentence for the user, when it is neither.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"catalogue number: got {text.strip()!r}, must be 1 to 9 digits, or a capital letter "
            "other than I and O with 4 digits (Alpha-5)"
        )
    digits, letter, rest = match.groups()
    return int(digits) if digits else (_ALPHA5_LETTERS.index(letter) + 10) * 10_000 + int(rest)


def published_number(text: str) -> float:
    """Return a decimal number as catalogues write it.

    Raises
    ------
    ValueError
        When it is none; Python's own digit grouping ('1_000') is none.
    """
    if "_" in text:
        raise ValueError(text)
    return float(text)


def short_text(title: str, text: str) -> str:
    """Return a name or code.

    Raises
    ------
    ValueError
        With the sentence for the user, when it is too long to be one, or no file can hold it.
    """
    if _SURROGATE.search(text):  # JSON can escape one half of a character
        raise ValueError(f"{title}: got {text!r}, must be text")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{title}: has {len(text)} characters, must have at most {LONGEST_TEXT}")
    return text


def within_limits(read: ReadSets) -> ReadSets:
    """Move sets with an element out of its range, or not finite, to the problems."""
    bad = np.zeros(len(read.sets), dtype=bool)
    problems = list(read.problems)
    for limit in _LIMITS:
        value = getattr(read.sets, limit.column)
        for k in np.flatnonzero(limit.broken_by(value) & ~bad):
            problems.append(_out_of_range(read.sets, int(k), limit, float(value[k])))
            bad[k] = True
    problems.sort(key=lambda problem: problem.line)
    return ReadSets(read.sets.take(~bad), tuple(problems))


def _out_of_range(sets: PublishedSets, k: int, limit: _Limit, value: float) -> Problem:
    text = (
        f"object {sets.norad_cat_id[k]}: {limit.title}: got {value:.10g}, must be {limit.words}; "
        "correct the record or fetch it again"
    )
    return Problem(int(sets.line[k]), text)


def refusal(label: str, problems: Sequence[Problem], records: int, remedy: str) -> TargetsError:
    """Return the one error that lists all bad records of a file."""
    counted = f"{label}: {len(problems)} of {records} records cannot be used; {remedy}"
    return TargetsError("\n".join((*listing(label, problems), counted)))


def listing(label: str, problems: Sequence[Problem]) -> Iterator[str]:
    """Yield a line for each of the first problems, and one that counts the others."""
    yield from (problem.at(label) for problem in problems[:LISTED_PROBLEMS])
    if len(problems) > LISTED_PROBLEMS:
        yield f"... and {len(problems) - LISTED_PROBLEMS} more"
