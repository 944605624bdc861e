"""Tracks that a design would ask of each sensor, against what the sensor can take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.collect import Coverage
from kansoku.coverage.slots import working_hours
from kansoku.coverage.stretch import Demand
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Network
from kansoku.targets.objects import Targets

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Tracks per hour of operation, (C,) arrays. [1/h].

    Attributes
    ----------
    demanded : array
        Objects x useful tracks (at most one a credit step and window), under a clear sky, over
        the hours in which the sensor can work. Tracks that other sensors take as well are counted
        for each of them.
    available : array
        What the sensor can take.
    """

    demanded: FloatArray
    available: FloatArray


def load_of(
    network: Network,
    seen: Coverage,
    targets: Targets,
    grids: list[TimeGrid],
    demand: Demand,
    credit: tuple[float, ...],
) -> Load:
    """Compare demanded with available tracks for every contributor.

    Parameters
    ----------
    network : Network
        C contributors.
    seen : Coverage
        Clear-sky tracks (C, N, W).
    targets : Targets
        N targets with their multiplicity.
    grids : list of TimeGrid
        The stretches that were looked at.
    demand : Demand
        Holds the depression at which a telescope's night begins.
    credit : (K,) tuple
        Tracks beyond K in a window are not asked for.

    Returns
    -------
    Load
    """
    hours = working_hours(network.sensors, grids, demand).sum(axis=1)
    useful = np.array(
        [
            np.minimum(of_one, len(credit)).sum(axis=1) @ targets.multiplicity
            for of_one in seen.tracks
        ]
    )
    sensors = network.sensors
    return Load(
        demanded=useful / np.maximum(hours, 1e-9),
        available=sensors.tracks_per_hour * sensors.availability,
    )
