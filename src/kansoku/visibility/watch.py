"""The contributors of a network, placed and ready for compute."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.ephemeris.frames import horizon_axes, itrf_of_geodetic
from kansoku.ephemeris.grid import TimeGrid
from kansoku.network.contributors import Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility.geometry import fan_normal
from kansoku.visibility.illumination import sine_of_sun_elevation, site_dark


@dataclass(frozen=True)
class Watch:
    """Sensors with their sites' frames.

    Attributes
    ----------
    host : Sensors
        NumPy copy: decides which formula applies to which row.
    sensors : Sensors
        The same on the compute device.
    site_itrf_m, east, north, up : (3, C) array
        Site positions [m] and unit vectors of their geodetic horizons, Earth-fixed.
    fan_normal_itrf : (3, C) array
        Unit normal of each fan's plane; nan for other kinds.
    mounts : tuple of (c,) int array
        Contributors that share a position, so that geometry is computed once for all of them.
    """

    host: Sensors
    sensors: Sensors
    site_itrf_m: Array
    east: Array
    north: Array
    up: Array
    fan_normal_itrf: Array
    mounts: tuple[npt.NDArray[np.intp], ...]


@dataclass(frozen=True)
class Sky:
    """What depends on time and site alone.

    Attributes
    ----------
    sun_itrf_m : (3, T) array
        [m]
    dark : (G, T) bool array
        Whether mount G is dark.
    seconds : (T,) array
        [s]
    step_s : float
        [s]
    """

    sun_itrf_m: Array
    dark: Array
    seconds: Array
    step_s: float


@dataclass(frozen=True)
class Scene:
    """What a block's targets look like, (n,) arrays: diameter [m], albedo, RCS [m^2]."""

    diameter_m: Array
    albedo: Array
    rcs_m2: Array


def watch_of(xp: ModuleType, sensors: Sensors) -> Watch:
    """Place sensors on the Earth, on the chosen backend."""
    device = Sensors(**{f.name: xp.asarray(getattr(sensors, f.name)) for f in fields(Sensors)})
    east, north, up = horizon_axes(xp, device.latitude_rad, device.longitude_rad)
    normal = fan_normal(xp, device.fan_plane_azimuth_rad, device.fan_tilt_rad)
    return Watch(
        host=sensors,
        sensors=device,
        site_itrf_m=itrf_of_geodetic(
            xp, device.latitude_rad, device.longitude_rad, device.altitude_m
        ),
        east=east,
        north=north,
        up=up,
        fan_normal_itrf=normal[0] * east + normal[1] * north + normal[2] * up,
        mounts=_mounts(sensors),
    )


def _mounts(sensors: Sensors) -> tuple[npt.NDArray[np.intp], ...]:
    """Group contributors by position, in order of first appearance."""
    place = np.stack([sensors.latitude_rad, sensors.longitude_rad, sensors.altitude_m])
    _, first, member = np.unique(place, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return tuple(np.flatnonzero(member.ravel() == group) for group in order)


def sky_of(xp: ModuleType, watch: Watch, grid: TimeGrid, sun_depression_rad: float) -> Sky:
    """Sun and darkness over every mount for a time grid."""
    sun_itrf_m = xp.asarray(grid.sun_itrf_m)
    first = [int(mount[0]) for mount in watch.mounts]
    up = watch.up[:, xp.asarray(np.array(first))][:, :, None]
    sine = sine_of_sun_elevation(up, sun_itrf_m[:, None, :])
    return Sky(
        sun_itrf_m=sun_itrf_m,
        dark=site_dark(sine, sun_depression_rad),
        seconds=xp.asarray(grid.seconds),
        step_s=grid.step_s,
    )


def scene_of(xp: ModuleType, targets: Targets, start: int, stop: int) -> Scene:
    """Take the appearance of targets `start` to `stop` to the compute device."""
    return Scene(
        diameter_m=xp.asarray(targets.diameter_m[start:stop]),
        albedo=xp.asarray(targets.albedo[start:stop]),
        rcs_m2=xp.asarray(targets.rcs_m2[start:stop]),
    )
