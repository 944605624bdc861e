"""Stages for tests: targets as dicts, states given outright, and a sky whose bodies turn."""

import math

import numpy as np

from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.limits import Limits
from kansoku.visibility.stage import Stage
from kansoku.visibility.watch import Scene, sky_of, watch_of
from naive.visibility import Rules, site_ecef
from sensor_rows import sensors_of

SUN_DISTANCE_M = 1.496e11
MOON_DISTANCE_M = 3.844e8
LIMITS = Limits(math.radians(12.0), "conical")

SETTINGS = {
    "as configured": {},
    "penumbra, in most cases": {"shadow": "penumbra", "detection_probability": 0.9},
    "cylinder, now and then": {"shadow": "cylindrical", "detection_probability": 0.1},
    "refraction": {"refraction": True},
}

THING = {
    "diameter": 1.0,
    "albedo": 0.2,
    "rcs": 0.5,
    "rcs_measured": True,
    "standard_magnitude": math.nan,
    "magnitude_sigma": 0.0,
    "retroreflector": False,
    "emits": False,
}


def rules_of(limits):
    """The same limits as the oracle reads them."""
    return Rules(
        -math.degrees(limits.sun_depression_rad),
        limits.shadow,
        limits.detection_probability,
        limits.refraction,
    )


def scene_for(xp, things):
    """Appearance of targets, one dict each."""

    def column(name):
        return xp.asarray(np.array([thing[name] for thing in things]))

    return Scene(
        diameter_m=column("diameter"),
        albedo=column("albedo"),
        rcs_m2=column("rcs"),
        rcs_measured=column("rcs_measured"),
        standard_magnitude=column("standard_magnitude"),
        magnitude_sigma=column("magnitude_sigma"),
        retroreflector=column("retroreflector"),
        emits=column("emits"),
        any_standard=any(math.isfinite(thing["standard_magnitude"]) for thing in things),
    )


def random_thing(rng):
    """A target of any size, known by any of the ways that a catalogue may know it."""
    standard = rng.uniform(2.0, 14.0) if rng.random() < 0.3 else math.nan
    return {
        "diameter": 10 ** rng.uniform(-1, 1),
        "albedo": rng.uniform(0.05, 0.5),
        "rcs": 10 ** rng.uniform(-3, 1),
        "rcs_measured": bool(rng.random() < 0.5),
        "standard_magnitude": standard,
        "magnitude_sigma": rng.uniform(0.0, 1.5),
        "retroreflector": bool(rng.random() < 0.4),
        "emits": bool(rng.random() < 0.5),
    }


def random_direction(rng, size):
    """Unit vectors, (3, size)."""
    vector = rng.normal(size=(3, size))
    return vector / np.linalg.norm(vector, axis=0)


def in_the_sky(row, azimuth_deg, elevation_deg, range_m):
    """Earth-fixed place of a target in a direction from a sensor, or (3, n) of several. [m]"""
    lat, lon = np.radians(row["latitude"]), np.radians(row["longitude"])
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    axes = np.array(
        [
            [-sin_lon, -sin_lat * cos_lon, cos_lat * cos_lon],
            [cos_lon, -sin_lat * sin_lon, cos_lat * sin_lon],
            [0.0, cos_lat, sin_lat],
        ]
    )
    az, up = np.radians(azimuth_deg), np.radians(elevation_deg)
    rays = np.stack([np.cos(up) * np.sin(az), np.cos(up) * np.cos(az), np.sin(up)])
    site = site_ecef(row["latitude"], row["longitude"], row["altitude"])
    return (site + range_m * (axes @ rays).T).T


class Grid:
    """The part of a time grid that a sky needs: `sun` and `moon` are functions of seconds."""

    def __init__(self, steps, step_s, sun, moon):
        self.step_s = step_s
        self.seconds = np.arange(steps) * step_s
        self.sun_itrf_m = np.array([sun(t) for t in self.seconds]).T
        self.moon_itrf_m = np.array([moon(t) for t in self.seconds]).T


def block_of(xp, position_m, velocity_m_s, usable=None):
    """States of (3, n, T) arrays; a state with nan cannot be used."""
    usable = ~np.isnan(position_m).any(axis=0) if usable is None else usable
    count = usable.shape[0]
    states = (xp.asarray(np.ascontiguousarray(each)) for each in (position_m, velocity_m_s))
    errors = xp.asarray(np.zeros(count, dtype=np.int8))
    return StateBlock(0, count, *states, xp.asarray(usable), errors)


def stage_for(xp, rows, things, block, grid, limits=LIMITS):
    """Everything the code under test needs."""
    watch = watch_of(xp, sensors_of(rows), limits)
    sky = sky_of(xp, watch, grid, limits.sun_depression_rad)
    return Stage(xp, watch, scene_for(xp, things), sky, limits, block)
