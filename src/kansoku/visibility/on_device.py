"""Who watches, at what and in which light, as tables for the kernels; and visibility by them.

`Lookout` holds what stays for a stretch of time, `Sighting` a block of targets in front of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.device import sources
from kansoku.device.device import Device, blocks_of, bytes_of
from kansoku.network.contributors import OPTICAL
from kansoku.visibility.geometry import TWO_PI, dot
from kansoku.visibility.moonlight import LN10
from kansoku.visibility.telescope import Detector, noise_variance
from kansoku.visibility.watch import Scene, Sky, Watch

LANES = 32
"""Samples of a word of bits, and contributors that a warp keeps."""

WORDS_BY_WARP = 4
"""That a warp of `visible_bits` takes one after the other, to spare filling shared memory."""

NO_LIMIT = 2.0
"""Above any sine or cosine."""

Table = npt.NDArray[np.void]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lookout:
    """A watch under the sky of a stretch, as the kernels read it; structures as bytes.

    Attributes
    ----------
    device : Device
    contributors, padded : int
        How many watch, and the next multiple of 32: tables are filled up with rows that nothing
        is in reach of.
    words : int
        Of 32 samples in the stretch.
    sensors32, sensors64 : bytes
        (padded,) structures Sensor of gpu/sensor.cuh.
    horizon : (padded, 361) float32 array
        Terrain by azimuth. [rad]
    dark : (words, padded) uint32 array
        Whether the site of a contributor is dark, bit t % 32 of word t / 32.
    lights : bytes
        (T,) structures Light in single precision.
    """

    device: Device
    contributors: int
    padded: int
    words: int
    sensors32: Array
    sensors64: Array
    horizon: Array
    dark: Array
    lights: Array


def lookout_of(device: Device, watch: Watch, sky: Sky) -> Lookout:
    """Pack a watch and a sky, both in double precision, for the device."""
    xp, count = device.xp, len(watch.host)
    padded = -(-count // LANES) * LANES
    sensors = sensor_table(watch, padded)
    horizon = np.zeros((padded, watch.host.horizon_rad.shape[1]), dtype=np.float32)
    horizon[:count] = watch.host.horizon_rad
    dark = xp.zeros((-(-sky.dark.shape[1] // LANES), padded), dtype=xp.uint32)
    dark[:, :count] = words_of(xp, sky.dark)[watch.mount_of].T
    return Lookout(
        device=device,
        contributors=count,
        padded=padded,
        words=int(dark.shape[0]),
        sensors32=bytes_of(xp, sensors.astype(sources.structure("sensor.cuh", "Sensor", "float"))),
        sensors64=bytes_of(xp, sensors),
        horizon=xp.asarray(horizon),
        dark=dark,
        lights=_lights(xp, sky),
    )


@dataclass(frozen=True)
class Sighting:
    """A block of targets in front of a lookout.

    Parameters
    ----------
    lookout : Lookout
    scene : Scene
        In double precision.
    reach_m : (C, n) array
        Farthest range of detection (`detection.reach_m`), in double precision. [m]
    """

    lookout: Lookout
    scene: Scene
    reach_m: Array

    @cached_property
    def targets(self) -> Array:
        """(n,) structures Target, as bytes."""
        xp = self.lookout.device.xp
        return self.scene.retroreflector.astype(xp.int32).view(xp.uint8)

    @cached_property
    def reach64(self) -> Array:
        """(n, padded) array; nothing is in reach of the contributors that fill up. [m]"""
        xp, look = self.lookout.device.xp, self.lookout
        reach = xp.zeros((self.reach_m.shape[1], look.padded), dtype=xp.float64)
        reach[:, : look.contributors] = self.reach_m.T
        return reach

    @cached_property
    def reach32(self) -> Array:
        """The same in single precision. [m]"""
        return self.reach64.astype(self.lookout.device.xp.float32)

    def no_bits(self) -> Array:
        """Room for the bits of the whole stretch, (n, words, padded) uint32, all 0."""
        look = self.lookout
        shape = (self.reach_m.shape[1], look.words, look.padded)
        return look.device.xp.zeros(shape, dtype=look.device.xp.uint32)

    def nothing_near(self) -> Array:
        """Room for who may see a target near each word, (n, words, padded / 32) uint32, all 0."""
        look = self.lookout
        shape = (self.reach_m.shape[1], look.words, look.padded // LANES)
        return look.device.xp.zeros(shape, dtype=look.device.xp.uint32)

    def see(
        self, bits: Array, near: Array, states: Array, lit: Array, first: int, samples: int
    ) -> None:
        """Write the visibility bits of a chunk of samples.

        Parameters
        ----------
        bits : (n, words, padded) uint32 array
            Of the whole stretch: bit t % 32 of word t / 32 of each contributor. Those of FAN
            contributors become 0: their tracks are crossings.
        near : (n, words, padded / 32) uint32 array
            Bit c % 32: whether contributor c may see the target at a sample of the word, or between
            one and the sample after it.
        states : (6, n, stride) float32 array
            Earth-fixed positions and velocities, nan where a target has none. [m, m/s]
        lit : (n, ceil(samples / 32) or more) uint32 array
            Whether targets are in sunlight.
        first : int
            First sample of the chunk, at which a word begins.
        samples : int
            Of the chunk; the last word is filled up with 0.
        """
        look = self.lookout
        if first % LANES:
            raise ValueError(f"a chunk begins at a whole word, not at sample {first}")
        targets, stride, lit_words = int(states.shape[1]), int(states.shape[2]), int(lit.shape[1])
        threads = targets * -(-samples // LANES) * LANES
        look.device.launch(
            "bits", "visible_bits", blocks_of("bits", "visible_bits", threads // WORDS_BY_WARP),
            states, lit, look.sensors32, self.targets, self.reach32, look.horizon, look.dark,
            look.lights, bits, near, targets, samples, stride, lit_words, look.padded, look.words,
            first // LANES,
        )  # fmt: skip


def words_of(xp: ModuleType, holds: Array) -> Array:
    """Pack (..., T) flags into (..., ceil(T / 32)) uint32, the first in the lowest bit."""
    count = holds.shape[-1]
    words = -(-count // LANES)
    flags = xp.zeros((*holds.shape[:-1], words * LANES), dtype=xp.uint32)
    flags[..., :count] = holds
    places = xp.arange(LANES, dtype=xp.uint32)
    by_word = flags.reshape(*holds.shape[:-1], words, LANES) << places
    return by_word.sum(axis=-1, dtype=xp.uint32)


def _lights(xp: ModuleType, sky: Sky) -> Array:
    sun_m = xp.sqrt(dot(sky.sun_itrf_m, sky.sun_itrf_m))
    rows = [sky.sun_itrf_m, sun_m[None], sky.moon_itrf_m, sky.moon_illuminance[None]]
    by_sample = xp.ascontiguousarray(xp.concatenate(rows).T.astype(xp.float32))
    return by_sample.view(xp.uint8).reshape(-1)


def sensor_table(watch: Watch, padded: int) -> Table:
    """Put each contributor of a watch in a structure Sensor, in double precision; then zeros."""
    count = len(watch.host)
    table = np.zeros(padded, dtype=sources.structure("sensor.cuh", "Sensor", "double"))
    columns = {
        **_of_site(watch),
        **_of_field(watch),
        **_of_light(watch),
        **_of_telescope(watch),
    }
    assert set(columns) == set(table.dtype.names or ())
    for name, values in columns.items():
        table[name][:count] = values
    return table


def _of_site(watch: Watch) -> dict[str, npt.NDArray[np.generic]]:
    vectors = {
        "site_itrf_m": watch.site_itrf_m,
        "up": watch.up,
        "east": watch.east,
        "north": watch.north,
        "fan_normal": watch.fan_normal_itrf,
    }
    found = {name: to_numpy(values).T for name, values in vectors.items()}
    radius_m = np.sqrt((found["site_itrf_m"] ** 2).sum(axis=1))
    along_radius = (found["up"] * found["site_itrf_m"]).sum(axis=1) / radius_m
    dip_rad = watch.host.elevation_min_rad - np.arccos(np.minimum(along_radius, 1.0))
    return found | {
        "radius_m": radius_m,
        "dip_cosine": np.cos(dip_rad),
        "dip_sine": np.sin(dip_rad),
        "mount": to_numpy(watch.mount_of),
        "kind": watch.host.kind,
        "shortest_track_s": watch.host.shortest_track_s,
    }


def _of_field(watch: Watch) -> dict[str, npt.NDArray[np.generic]]:
    host, sine = watch.host, to_numpy(watch.sine_lowest)
    top, cone = host.elevation_max_rad, host.cone_half_angle_rad
    flat = np.cos(host.boresight_elevation_rad)
    boresight = (
        (flat * np.sin(host.boresight_azimuth_rad)) * to_numpy(watch.east)
        + (flat * np.cos(host.boresight_azimuth_rad)) * to_numpy(watch.north)
        + np.sin(host.boresight_elevation_rad) * to_numpy(watch.up)
    )
    return _of_sector(watch) | {
        "lowest": sine * np.abs(sine),
        "sine_top": np.where(top < math.pi / 2.0, np.sin(top), NO_LIMIT),
        "sine_over": np.where(top > math.pi / 2.0, np.sin(math.pi - top), NO_LIMIT),
        "boresight": boresight.T,
        "cosine_cone": np.where(cone < math.pi, np.cos(cone), -NO_LIMIT),
        "sine_thickness": np.sin(host.fan_half_thickness_rad),
        "sine_terrain": np.sin(host.horizon_rad.max(axis=1).astype(np.float64)),
        "limited": to_numpy(watch.limited),
        "walled": to_numpy(watch.walled),
    }


def _of_sector(watch: Watch) -> dict[str, npt.NDArray[np.generic]]:
    """Half-planes clockwise of the one edge and before the other: both hold, or one if wide."""
    first, last = watch.host.azimuth_min_rad, watch.host.azimuth_max_rad
    part = (last - first < TWO_PI - 1e-12)[:, None]
    return {
        "after": np.where(part, np.stack([np.cos(first), -np.sin(first)], axis=1), 0.0),
        "before": np.where(part, np.stack([-np.cos(last), np.sin(last)], axis=1), 0.0),
        "wide": (last - first) % TWO_PI > math.pi,
    }


def _of_light(watch: Watch) -> dict[str, npt.NDArray[np.generic]]:
    host, sun_blinds = watch.host, to_numpy(watch.sun_blinds)
    keeps_off_moon = host.moon_exclusion_rad > 0.0
    fields_limited = to_numpy(watch.limited) | to_numpy(watch.walled)
    return {
        "cosine_sun": np.cos(host.sun_exclusion_rad),
        "cosine_moon": np.cos(host.moon_exclusion_rad),
        "sun_blinds": sun_blinds,
        "keeps_off_moon": keeps_off_moon,
        "judged": (host.kind == OPTICAL) | fields_limited | sun_blinds | keeps_off_moon,
    }


def _of_telescope(watch: Watch) -> dict[str, npt.NDArray[np.generic]]:
    """Noise over the signal of a target that is just detected at the moonless zenith."""
    of_watch = watch.detector
    d = Detector(**{f.name: to_numpy(getattr(of_watch, f.name)) for f in fields(Detector)})
    zenith_nl, snr2 = to_numpy(watch.zenith_nl), d.required_snr**2
    still = noise_variance(np, d, np.arange(len(snr2)), zenith_nl, 0.0)
    signal = 0.5 * snr2 + np.sqrt(snr2 * (0.25 * snr2 + still))
    decay = 0.4 * LN10 * d.extinction_mag
    over_best_mag = to_numpy(watch.best_limit) - to_numpy(watch.worst_limit)
    return {
        "zenith_nl": zenith_nl * np.exp(decay),
        "decay": decay,
        "half_snr2": 0.5 * snr2 / signal,
        "sky_per_nl": d.image_area_arcsec2 * d.sky_electrons_per_nl / signal,
        "read": d.image_area_arcsec2 * d.read_variance / signal,
        "dimmest": 10.0 ** (0.4 * over_best_mag),
        "trail_s": d.trail_s,
        "followed_rad_s": d.followed_rad_s,
        "trails": to_numpy(watch.trails),
        "follows": watch.host.follows,
    }
