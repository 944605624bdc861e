"""The UTC time grid of one stretch of observation."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kansoku.constants import (
    ORDINAL_ZERO_JD,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    UNIX_EPOCH_JD,
)
from kansoku.ephemeris.almanac import (
    almanac,
    sidereal_rad,
    skyfield_time,
    sun_and_moon_itrf_m,
    tai_minus_utc_s,
)
from kansoku.ephemeris.timegrid import TimeGrid

if TYPE_CHECKING:
    from kansoku.config import TimeSection


def time_grid(start: datetime, hours: float, step_s: float) -> TimeGrid:
    """Lay a grid from `start` over `hours`, both ends included.

    Parameters
    ----------
    start : datetime
        First instant; UTC unless it says otherwise.
    hours : float
        Length in SI hours. When it is no multiple of the step, the last instant is the first one
        past the end. [h]
    step_s : float
        [s]

    Raises
    ------
    EphemerisError
        When the stretch leaves the table of Sun and Moon (1899 to 2053).
    """
    # Rounding in hours x 3600 / step must not add a step
    steps = math.ceil(hours * SECONDS_PER_HOUR / step_s - 1e-9)
    seconds = np.arange(steps + 1, dtype=np.float64) * step_s
    jd_utc, second_of_day = _utc_days(_in_utc(start), seconds)
    sidereal = sidereal_rad(skyfield_time(jd_utc, second_of_day))
    sun, moon = sun_and_moon_itrf_m(jd_utc, second_of_day, seconds, sidereal)
    return TimeGrid(
        jd_utc=jd_utc,
        fraction_utc=second_of_day / SECONDS_PER_DAY,
        seconds=seconds,
        step_s=float(step_s),
        sidereal_rad=sidereal,
        sun_itrf_m=sun,
        moon_itrf_m=moon,
        utc=_labels(jd_utc, second_of_day),
    )


def _in_utc(moment: datetime) -> datetime:
    """Drop the offset, after moving to UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _second_of_day(utc: datetime) -> float:
    return utc.hour * SECONDS_PER_HOUR + utc.minute * 60.0 + utc.second + utc.microsecond * 1e-6


def _utc_days(
    start: datetime, seconds: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Split SI seconds after `start` into UTC days and seconds of the day (up to 86401)."""
    first_jd = start.toordinal() + ORDINAL_ZERO_JD
    days = first_jd + np.arange(2.0 + math.ceil(seconds[-1] / SECONDS_PER_DAY))
    offset_s = tai_minus_utc_s(days)
    # Seconds from the first midnight to each later one, leap seconds in between counted
    midnight_s = (days - first_jd) * SECONDS_PER_DAY + (offset_s - offset_s[0])
    since_midnight_s = _second_of_day(start) + seconds
    day = np.searchsorted(midnight_s, since_midnight_s, side="right") - 1
    return days[day], since_midnight_s - midnight_s[day]


def _labels(
    jd_utc: npt.NDArray[np.float64], second_of_day: npt.NDArray[np.float64]
) -> npt.NDArray[np.datetime64]:
    day_ms = np.rint((jd_utc - UNIX_EPOCH_JD) * SECONDS_PER_DAY * 1e3)
    return (day_ms + np.rint(second_of_day * 1e3)).astype(np.int64).astype("datetime64[ms]")


def representative_days(time: TimeSection) -> list[datetime]:
    """First instant of every stretch, naive UTC.

    Each of `time.days` in the year of `time.start`, at its time of day; `time.start` alone when
    there are none. The configuration has seen to it that the days exist in that year.
    """
    start = _in_utc(time.start)
    if not time.days:
        return [start]
    days = (tuple(int(part) for part in each.split("-")) for each in time.days)
    return [start.replace(month=month, day=day) for month, day in days]


def earth_orientation_warning(grid: TimeGrid) -> str | None:
    """Say in one sentence that the Earth's rotation is extrapolated; None when it is not."""
    last_jd = almanac().last_orientation_jd
    if grid.jd_utc[-1] <= last_jd:
        return None
    last = _labels(np.array([last_jd]), np.zeros(1))[0].astype("datetime64[D]")
    return (
        f"Earth rotation after {last} is extrapolated, because the table in skyfield-data ends "
        "there; update skyfield-data."
    )
