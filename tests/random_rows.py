"""Sensors of every kind with every kind of limit, their parameters drawn widely."""

import math

from sensor_rows import FAN_ROW, HEMISPHERE, LASER_ROW, RADAR_ROW, RECEIVER_ROW

EVERY_ROW = (HEMISPHERE, HEMISPHERE, RADAR_ROW, FAN_ROW, LASER_ROW, RECEIVER_ROW)


def random_row(rng):
    """A sensor with every kind of limit, its parameters drawn widely."""
    base = EVERY_ROW[rng.integers(len(EVERY_ROW))]
    row = base | {
        "latitude": rng.uniform(-89, 89),
        "longitude": rng.uniform(-180, 180),
        "altitude": rng.uniform(0, 4000),
        "elevation_min": rng.choice([rng.uniform(-5, 30), rng.uniform(30, 60)], p=[0.8, 0.2]),
        "elevation_max": rng.choice([60.0, 85.0, 90.0, 105.0]),
        "boresight_azimuth": rng.uniform(0, 360),
        "boresight_elevation": rng.uniform(30, 90),
        "cone": rng.choice([40.0, 70.0, 180.0]),
    }
    if rng.random() < 0.5:
        row |= {"azimuth_min": rng.uniform(0, 360), "azimuth_max": rng.uniform(0, 360)}
    if rng.random() < 0.4:
        wall = rng.uniform(-2, 40, 361)
        wall[-1] = wall[0]
        row["horizon"] = wall.tolist()
    return row | OF_KIND.get(row["kind"], lambda rng: {})(rng)


def random_telescope(rng):
    seeing, sky = rng.uniform(0.6, 4.0), rng.uniform(18.0, 22.0)
    as_stated = rng.random() < 0.3
    return {
        "limit": rng.uniform(5, 20),
        "aperture": 10 ** rng.uniform(-1, 0.5),
        "exposure": 10 ** rng.uniform(-1, 1.3),
        "reference_exposure": 10 ** rng.uniform(-1, 1.3),
        "snr": rng.uniform(3, 10),
        "read_noise": rng.uniform(1, 15),
        "pixel": rng.uniform(0.5, 10),
        "seeing": seeing,
        "reference_seeing": seeing if as_stated else rng.uniform(0.6, 4.0),
        "sky": sky,
        "reference_sky": sky if as_stated else rng.uniform(18.0, 22.0),
        "extinction": rng.uniform(0.08, 0.6),
        "follows": bool(rng.random() < 0.5),
        "fastest": 10 ** rng.uniform(-3, 1.2),
        "moon_exclusion": rng.uniform(0, 40),
        "sun_exclusion": rng.uniform(0, 60),
    }


def random_radar(rng):
    return {
        "reference_range": 10 ** rng.uniform(5.5, 7.5),
        "reference_snr": rng.uniform(8, 20),
        "false_alarm": 10 ** rng.uniform(-9, -3),
        "wavelength": 10 ** rng.uniform(-1.5, 0.5),
    }


def random_fan(rng):
    return random_radar(rng) | {
        "fan_plane_azimuth": rng.uniform(0, 360),
        "fan_tilt": rng.uniform(40, 90),
        "fan_half_thickness": rng.uniform(1, 40),
    }


def random_laser(rng):
    debris = rng.random() < 0.7
    return {
        "largest_range": 10 ** rng.uniform(5.8, 7.6),
        "debris_range": 10 ** rng.uniform(5.8, 7.6) if debris else math.nan,
        "debris_diameter": 0.5 if debris else math.nan,
        "sun_exclusion": rng.uniform(0, 60),
    }


OF_KIND = {
    "optical": random_telescope,
    "radar": random_radar,
    "fan": random_fan,
    "laser": random_laser,
    "passive_rf": lambda rng: {"largest_range": 10 ** rng.uniform(5.8, 7.6)},
}
