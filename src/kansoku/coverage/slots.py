"""Slots: how many tracks each contributor can take in each window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.constants import SECONDS_PER_HOUR
from kansoku.coverage.stretch import Demand, windows_of
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import OPTICAL, Sensors
from kansoku.visibility.watch import sky_of, watch_of

FloatArray = npt.NDArray[np.float64]


def working_hours(sensors: Sensors, grids: list[TimeGrid], demand: Demand) -> FloatArray:
    """Return the hours of each window in which a contributor can work.

    Parameters
    ----------
    sensors : Sensors
        C contributors.
    grids : list of TimeGrid
        The stretches, one after the other.
    demand : Demand
        Length of a window, and the depression of the Sun at which a telescope's night begins.

    Returns
    -------
    (C, W) array
        Of a window of the last stretch's end, what lies inside it. Telescopes work in the dark
        only; weather and outages are not in it. [h]
    """
    return np.hstack([_of_stretch(sensors, grid, demand) for grid in grids])


def slots_of(sensors: Sensors, grids: list[TimeGrid], demand: Demand) -> FloatArray:
    """Return the tracks that each contributor can take in each window when it works, (C, W)."""
    return sensors.tracks_per_hour[:, None] * working_hours(sensors, grids, demand)


def _of_stretch(sensors: Sensors, grid: TimeGrid, demand: Demand) -> FloatArray:
    windows = windows_of(grid, demand.window_s)
    window = np.minimum(grid.seconds // demand.window_s, windows - 1).astype(np.intp)
    # Each sample stands for the step after it; the last one ends the stretch
    step_hours = np.diff(grid.seconds, append=grid.seconds[-1]) / SECONDS_PER_HOUR
    whole = np.bincount(window, step_hours, windows).astype(float)
    hours: FloatArray = np.tile(whole, (len(sensors), 1))
    watch = watch_of(np, sensors)
    dark = to_numpy(sky_of(np, watch, grid, demand.limits.sun_depression_rad).dark)
    for number, mount in enumerate(watch.mounts):
        optical = mount[sensors.kind[mount] == OPTICAL]
        hours[optical] = np.bincount(window, step_hours * dark[number], windows)
    return hours
