"""The instants of one stretch of observation, with all that depends on time alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class TimeGrid:
    """Uniform instants, with all that depends on time alone.

    Attributes
    ----------
    jd_utc, fraction_utc : (T,) array
        Two-part UTC Julian date of each instant; the fraction passes 1 within a leap second. [d]
    seconds : (T,) array
        SI seconds since the first instant, leap seconds counted. [s]
    step_s : float
        [s]
    sidereal_rad : (T,) array
        Greenwich mean sidereal time of the 1982 model at UT1: rotation from TEME to Earth-fixed.
        [rad]
    sun_itrf_m, moon_itrf_m : (3, T) array
        Apparent geocentric Sun and Moon, Earth-fixed. [m]
    utc : (T,) array of datetime64[ms]
        Labels; 23:59:60 carries the label of the midnight that follows, the nearest it can.
    """

    jd_utc: npt.NDArray[np.float64]
    fraction_utc: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]
    step_s: float
    sidereal_rad: npt.NDArray[np.float64]
    sun_itrf_m: npt.NDArray[np.float64]
    moon_itrf_m: npt.NDArray[np.float64]
    utc: npt.NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.seconds)
