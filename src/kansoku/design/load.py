"""Tracks that a design would ask of each sensor, against what the sensor can take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.backend import to_numpy
from kansoku.coverage.collect import Coverage
from kansoku.coverage.stretch import Demand
from kansoku.ephemeris.grid import TimeGrid
from kansoku.network.contributors import OPTICAL, Network
from kansoku.targets.objects import Targets
from kansoku.visibility.watch import sky_of, watch_of

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
    hours = sum(_working_hours(network, grid, demand) for grid in grids)
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


def _working_hours(network: Network, grid: TimeGrid, demand: Demand) -> FloatArray:
    """Hours of a stretch in which each contributor can work: telescopes in the dark only."""
    watch = watch_of(np, network.sensors)
    dark = to_numpy(sky_of(np, watch, grid, demand.limits.sun_depression_rad).dark)
    hours = np.full(len(network), float(grid.seconds[-1]) / 3600.0)
    for number, mount in enumerate(watch.mounts):
        optical = mount[network.sensors.kind[mount] == OPTICAL]
        hours[optical] *= dark[number].mean()
    return hours
