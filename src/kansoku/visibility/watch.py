"""The contributors of a network, placed and ready for compute."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.ephemeris.frames import horizon_axes, itrf_of_geodetic
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import OPTICAL, Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility import moonlight, telescope
from kansoku.visibility.atmosphere import airmass, true_elevation_rad
from kansoku.visibility.geometry import TWO_PI, dot, fan_normal
from kansoku.visibility.illumination import (
    cosine_of_separation,
    sine_of_sun_elevation,
    site_dark,
)
from kansoku.visibility.limits import Limits, default_limits
from kansoku.visibility.precision import in_single

FASTEST_RAD_S = 0.1
"""Above the angular rate of any target that stays 80 km away. [rad/s]"""


@dataclass(frozen=True)
class Group:
    """Contributors at one place that all need a dark sky, or do not.

    Attributes
    ----------
    members : (c,) int array
        By rising number.
    needs_dark : bool
        They are telescopes.
    lowest_rad : float
        Lowest elevation in any of their fields. [rad]
    """

    members: npt.NDArray[np.intp]
    needs_dark: bool
    lowest_rad: float


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
    mount_of : (C,) int array
        Number of each contributor's mount.
    sine_lowest : (C,) array
        Sine of the lowest elevation of each field. [unitless]
    limited, walled : (C,) bool array
        Whether a field is less than the whole sky above its lowest elevation; whether terrain
        stands higher than that anywhere.
    groups : tuple of Group
        Mounts, split by whether darkness is needed.
    detector : Detector
    zenith_nl : (C,) array
        Luminance of the moonless zenith. [nL]
    best_limit, worst_limit : (C,) array
        Limiting magnitude at the moonless zenith for a target that does not trail, and under the
        brightest sky and the fastest target that the sensor may meet. [mag]
    trails : (C,) bool array
        Whether targets may cross a telescope's image during an exposure.
    sun_blinds : (C,) bool array
        Whether a telescope can point too near the Sun though its site is dark, and a laser at all.
    """

    host: Sensors
    sensors: Sensors
    site_itrf_m: Array
    east: Array
    north: Array
    up: Array
    fan_normal_itrf: Array
    mounts: tuple[npt.NDArray[np.intp], ...]
    mount_of: Array
    sine_lowest: Array
    limited: Array
    walled: Array
    groups: tuple[Group, ...]
    detector: telescope.Detector
    zenith_nl: Array
    best_limit: Array
    worst_limit: Array
    trails: Array
    sun_blinds: Array

    @cached_property
    def single(self) -> Watch:
        """The same in single precision."""
        return in_single(self)


@dataclass(frozen=True)
class Sky:
    """What depends on time and site alone.

    Attributes
    ----------
    sun_itrf_m, moon_itrf_m : (3, T) array
        [m]
    moon_illuminance : (T,) array
        [foot-candle]
    dark : (G, T) bool array
        Whether mount G is dark.
    twilight_nl : (G T,) array
        Luminance that the Sun adds to its zenith. [nL]
    moon_direction : (3, G T) array
        Unit vector from mount G to the Moon, Earth-fixed. [unitless]
    moon_sine : (G T,) array
        Sine of the Moon's elevation. [unitless]
    seconds : (T,) array
        [s]
    step_s : float
        [s]
    """

    sun_itrf_m: Array
    moon_itrf_m: Array
    moon_illuminance: Array
    dark: Array
    twilight_nl: Array
    moon_direction: Array
    moon_sine: Array
    seconds: Array
    step_s: float

    @cached_property
    def single(self) -> Sky:
        """The same in single precision."""
        return in_single(self)


@dataclass(frozen=True)
class Scene:
    """What a block's targets look like, (n,) arrays as in `Targets`.

    `any_standard` says whether any of them has a standard magnitude.
    """

    diameter_m: Array
    albedo: Array
    rcs_m2: Array
    rcs_measured: Array
    standard_magnitude: Array
    magnitude_sigma: Array
    retroreflector: Array
    emits: Array
    any_standard: bool = False


def watch_of(xp: ModuleType, sensors: Sensors, limits: Limits | None = None) -> Watch:
    """Place sensors on the Earth, on the chosen backend.

    Where the limits ask for refraction, the lowest elevations and the terrain are apparent ones:
    what is refracted to them stands lower, and is seen too.
    """
    limits = limits or default_limits()
    sensors = _refracted(sensors) if limits.refraction else sensors
    device = Sensors(**{f.name: xp.asarray(getattr(sensors, f.name)) for f in fields(Sensors)})
    east, north, up = horizon_axes(xp, device.latitude_rad, device.longitude_rad)
    normal = fan_normal(xp, device.fan_plane_azimuth_rad, device.fan_tilt_rad)
    mounts, everyone = _mounts(sensors), xp.arange(len(sensors))
    detector = telescope.detector_of(xp, device, device.reference_seeing_arcsec)
    zenith_nl = moonlight.nanolamberts(xp, device.zenith_sky_mag_arcsec2)
    number = np.zeros(len(sensors), dtype=np.int64)
    for mount, members in enumerate(mounts):
        number[members] = mount
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
        mounts=mounts,
        mount_of=xp.asarray(number),
        sine_lowest=xp.sin(device.elevation_min_rad),
        limited=xp.asarray(_limited(sensors)),
        walled=xp.asarray(_walled(sensors)),
        groups=tuple(group for mount in mounts for group in _groups(sensors, mount)),
        detector=detector,
        zenith_nl=zenith_nl,
        best_limit=telescope.limiting_magnitude(xp, detector, everyone, zenith_nl),
        worst_limit=_worst_limit(xp, device, detector, zenith_nl, limits),
        trails=xp.asarray(~sensors.follows | (sensors.fastest_rad_s < FASTEST_RAD_S)),
        sun_blinds=xp.asarray(_sun_blinds(sensors, limits)),
    )


def _worst_limit(
    xp: ModuleType,
    sensors: Sensors,
    detector: telescope.Detector,
    zenith_nl: Array,
    limits: Limits,
) -> Array:
    """Limiting magnitude under every bound at once: a proven pass for what is brighter."""
    full_moon = moonlight.moon_illuminance(xp, xp.zeros(1))
    glare = moonlight.brightest_scattering(xp, sensors.moon_exclusion_rad)
    # Dark sky: its path is at most 5. Of moonlight all reaches the air and all is scattered.
    dusk_nl = moonlight.twilight_nl(xp, xp.full(1, -math.sin(limits.sun_depression_rad)))
    sky_nl = 5.0 * zenith_nl + full_moon * glare + dusk_nl
    return telescope.limiting_magnitude(
        xp,
        detector,
        xp.arange(len(sensors)),
        sky_nl,
        FASTEST_RAD_S,
        airmass(xp, xp.sin(sensors.elevation_min_rad)),
    )


def _refracted(sensors: Sensors) -> Sensors:
    """Lower elevations by what the air lifts a target that stands on them."""
    horizon = sensors.horizon_rad.astype(np.float64)
    lifted = true_elevation_rad(np, np.maximum(horizon, 0.0))
    return replace(
        sensors,
        elevation_min_rad=true_elevation_rad(np, sensors.elevation_min_rad),
        horizon_rad=np.where(horizon >= 0.0, lifted, horizon).astype(np.float32),
    )


def _limited(sensors: Sensors) -> npt.NDArray[np.bool_]:
    whole_circle = sensors.azimuth_max_rad - sensors.azimuth_min_rad >= TWO_PI - 1e-12
    whole_top = sensors.elevation_max_rad >= np.pi / 2.0
    return ~(whole_circle & whole_top & (sensors.cone_half_angle_rad >= np.pi))


def _walled(sensors: Sensors) -> npt.NDArray[np.bool_]:
    return np.asarray(sensors.horizon_rad.max(axis=1) > sensors.elevation_min_rad)


def _sun_blinds(sensors: Sensors, limits: Limits) -> npt.NDArray[np.bool_]:
    """Whether the field comes nearer to the Sun than the telescope may point."""
    by_night_rad = limits.sun_depression_rad + sensors.elevation_min_rad
    nearest_rad = np.where(sensors.kind == OPTICAL, by_night_rad, 0.0)
    return np.asarray(sensors.sun_exclusion_rad > nearest_rad)


def _groups(sensors: Sensors, mount: npt.NDArray[np.intp]) -> list[Group]:
    """Split a mount into telescopes and the rest."""
    optical = sensors.kind[mount] == OPTICAL
    parts = ((mount[optical], True), (mount[~optical], False))
    return [
        Group(members, needs_dark, float(sensors.elevation_min_rad[members].min()))
        for members, needs_dark in parts
        if len(members)
    ]


def _mounts(sensors: Sensors) -> tuple[npt.NDArray[np.intp], ...]:
    """Group contributors by position, in order of first appearance."""
    place = np.stack([sensors.latitude_rad, sensors.longitude_rad, sensors.altitude_m])
    _, first, member = np.unique(place, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return tuple(np.flatnonzero(member.ravel() == group) for group in order)


def sky_of(xp: ModuleType, watch: Watch, grid: TimeGrid, sun_depression_rad: float) -> Sky:
    """Sun and darkness over every mount for a time grid."""
    sun_itrf_m, moon_itrf_m = xp.asarray(grid.sun_itrf_m), xp.asarray(grid.moon_itrf_m)
    first = [int(mount[0]) for mount in watch.mounts]
    up = watch.up[:, xp.asarray(np.array(first))][:, :, None]
    sine = sine_of_sun_elevation(up, sun_itrf_m[:, None, :])
    site_m = watch.site_itrf_m[:, xp.asarray(np.array(first))]
    moon_m = moon_itrf_m[:, None, :] - site_m[:, :, None]
    direction = moon_m / xp.sqrt(dot(moon_m, moon_m))
    return Sky(
        sun_itrf_m=sun_itrf_m,
        moon_itrf_m=moon_itrf_m,
        moon_illuminance=_moon_illuminance(xp, sun_itrf_m, moon_itrf_m),
        dark=xp.ascontiguousarray(site_dark(sine, sun_depression_rad)),
        twilight_nl=xp.ascontiguousarray(moonlight.twilight_nl(xp, sine)).reshape(-1),
        moon_direction=xp.ascontiguousarray(direction).reshape(3, -1),
        moon_sine=xp.ascontiguousarray(dot(up, direction)).reshape(-1),
        seconds=xp.asarray(grid.seconds),
        step_s=grid.step_s,
    )


def _moon_illuminance(xp: ModuleType, sun_itrf_m: Array, moon_itrf_m: Array) -> Array:
    """Light of the Moon; the observer's place changes its phase by less than a degree."""
    cosine = cosine_of_separation(xp, sun_itrf_m - moon_itrf_m, -moon_itrf_m)
    return moonlight.moon_illuminance(xp, xp.arccos(cosine))


def scene_of(xp: ModuleType, targets: Targets, start: int, stop: int) -> Scene:
    """Take the appearance of targets `start` to `stop` to the compute device."""
    per_target = [field.name for field in fields(Scene) if field.name != "any_standard"]
    columns = {name: xp.asarray(getattr(targets, name)[start:stop]) for name in per_target}
    known = np.isfinite(targets.standard_magnitude[start:stop])
    return Scene(**columns, any_standard=bool(known.any()))
