"""Skyfield and the files of skyfield-data: leap seconds, Earth rotation, Sun and Moon."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from skyfield.api import Loader
from skyfield.data import iers
from skyfield.errors import EphemerisRangeError
from skyfield.framelib import itrs

from kansoku.constants import SECONDS_PER_DAY
from kansoku.ephemeris.frames import turn
from kansoku.ephemeris.sidereal import gmst_1982_rad
from kansoku.errors import EphemerisError

FloatArray = npt.NDArray[np.float64]

TT_MINUS_TAI_S = 32.184
MJD_ZERO_JD = 2400000.5
NODE_S = 3600.0
"""Sun and Moon are splined between hourly nodes: the Moon moves 9 mm off, the Sun less. [s]"""


@dataclass(frozen=True)
class Almanac:
    """What Skyfield holds after loading.

    Attributes
    ----------
    timescale : skyfield.timelib.Timescale
    bodies : skyfield.jpllib.SpiceKernel
    leap_jd : (L,) array
        UTC days that begin just after a leap second. [d]
    leap_offset_s : (L + 1,) array
        TAI - UTC before the first, and from each of these days on. [s]
    last_orientation_jd : float
        Last day of measured or predicted UT1. [d]
    """

    timescale: Any
    bodies: Any
    leap_jd: FloatArray
    leap_offset_s: FloatArray
    last_orientation_jd: float


@cache
def almanac() -> Almanac:
    """Load the files once; skyfield-data's own expiry warning is replaced by a sentence."""
    folder = Path(str(files("skyfield_data"))) / "data"
    loader = Loader(str(folder), verbose=False, expire=False)
    timescale = loader.timescale(builtin=False)
    with (folder / "finals2000A.all").open("rb") as table:
        days_mjd, _ = iers.parse_dut1_from_finals_all(table)
    offsets = np.asarray(timescale.leap_offsets, dtype=np.float64)
    return Almanac(
        timescale=timescale,
        bodies=loader("de421.bsp"),
        leap_jd=np.asarray(timescale.leap_dates, dtype=np.float64),
        leap_offset_s=np.concatenate([[offsets[0] - 1.0], offsets]),
        last_orientation_jd=float(days_mjd[-1]) + MJD_ZERO_JD,
    )


def tai_minus_utc_s(jd: FloatArray) -> FloatArray:
    """TAI - UTC at the start of UTC days. [s]"""
    tables = almanac()
    return tables.leap_offset_s[np.searchsorted(tables.leap_jd, jd, side="right")]


def skyfield_time(jd_utc: FloatArray, second_of_day: FloatArray) -> Any:
    """Skyfield's time at UTC days (ending in .5) and seconds into them, leap second included."""
    tt_s = second_of_day + tai_minus_utc_s(jd_utc) + TT_MINUS_TAI_S
    return almanac().timescale.tt_jd(jd_utc, tt_s / SECONDS_PER_DAY)


def sidereal_rad(time: Any) -> FloatArray:
    """Greenwich mean sidereal time of 1982 at UT1, Skyfield's rotation from TEME. [rad]"""
    angle: FloatArray = gmst_1982_rad(np, time.whole, time.ut1_fraction)
    return angle


def _position_itrf_m(body: str, time: Any) -> FloatArray:
    """Apparent geocentric position of a body at nodes, (3, K). [m]

    Apparent, with the aberration of the Earth's motion (20.5 arcsec): in the frame that moves
    with the Earth, where shadows fall and observers look, this is where the light comes from.
    The astrometric place would shift the terminator by 0.006 deg, 1.4 s of darkness.
    """
    bodies = almanac().bodies
    try:
        place = bodies["earth"].at(time).observe(bodies[body]).apparent()
    except EphemerisRangeError as cause:
        raise EphemerisError(
            "time.start (command line: --start): the stretch around "
            f"{time.utc_iso()[2]} leaves the Sun and Moon table de421 (1899-07-29 to 2053-10-08); "
            "choose a start within it"
        ) from cause
    position: FloatArray = place.frame_xyz(itrs).m
    return position


def sun_and_moon_itrf_m(
    jd_utc: FloatArray, second_of_day: FloatArray, seconds: FloatArray, sidereal: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sun and Moon on a grid, Earth-fixed, (3, T) each. [m]

    Skyfield's nutation costs a microsecond and 10 kB an instant, so it is asked at hourly nodes;
    between them the bodies are splined in a frame that does not turn.
    """
    nodes_s = NODE_S * np.arange(-2.0, np.ceil(seconds[-1] / NODE_S) + 3.0)
    # SI seconds from the first instant, carried by the seconds of its UTC day
    first_tt_s = second_of_day[0] + tai_minus_utc_s(jd_utc[:1])[0] + TT_MINUS_TAI_S
    time = almanac().timescale.tt_jd(
        np.full(nodes_s.shape, jd_utc[0]), (first_tt_s + nodes_s) / SECONDS_PER_DAY
    )
    back = -sidereal_rad(time)
    sine, cosine = np.sin(sidereal), np.cos(sidereal)
    found = []
    for body in ("sun", "moon"):
        x, y, z = _position_itrf_m(body, time)
        steady = np.stack([*turn(np.sin(back), np.cos(back), x, y), z])
        x, y, z = CubicSpline(nodes_s, steady, axis=1)(seconds)
        found.append(np.stack([*turn(sine, cosine, x, y), z]))
    return found[0], found[1]
