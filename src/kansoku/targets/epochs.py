"""Calendar dates as two-part UTC Julian dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from kansoku.constants import ORDINAL_ZERO_JD, SECONDS_PER_DAY

_SECONDS_PER_DAY = int(SECONDS_PER_DAY)  # an integer, so that a fraction is rounded only once

_ISO = re.compile(
    r"(?P<year>[0-9]{4})-(?:(?P<month>[0-9]{2})-(?P<day>[0-9]{2})|(?P<day_of_year>[0-9]{3}))"
    r"[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?:\.(?P<decimals>[0-9]{0,12}))?Z?"
)


def midnight_jd(day: date) -> float:
    """Return the Julian date at the start of a day. [d]"""
    return day.toordinal() + ORDINAL_ZERO_JD


def of_iso(text: str) -> tuple[float, float]:
    """Return midnight and fraction of day of an epoch as OMM writes it.

    The fraction is the nearest float64 to the published decimals, so that an epoch given in
    microseconds equals the same epoch given as a TLE's decimal day. A leap second (second 60)
    falls on the first second of the next day, as in every Julian date of UTC.

    Parameters
    ----------
    text : str
        '2024-07-05T11:49:29.368128', with month and day or the day of the year, 'Z' allowed.

    Raises
    ------
    ValueError
        When it is no such epoch.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"epoch {text!r} is not ISO 8601")
    hour, minute, second = (int(match[part]) for part in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"epoch {text!r} has no such time of day")
    decimals = match["decimals"] or ""
    scale = 10 ** len(decimals)
    ticks = (hour * 3600 + minute * 60 + second) * scale + int(decimals or 0)
    return midnight_jd(_day(match)), ticks / (_SECONDS_PER_DAY * scale)


def to_iso(jd: float, fraction: float) -> str:
    """Return midnight and fraction of day as ISO 8601 with milliseconds and Z."""
    milliseconds = round(fraction * _SECONDS_PER_DAY * 1000)
    midnight = datetime.fromordinal(round(jd - ORDINAL_ZERO_JD))
    moment = midnight + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _day(match: re.Match[str]) -> date:
    if match["day_of_year"] is None:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    first = date(int(match["year"]), 1, 1)
    day = first + timedelta(days=int(match["day_of_year"]) - 1)
    if day.year != first.year:
        raise ValueError(f"{first.year} has no day {match['day_of_year']}")
    return day
