"""Visibility of one target from one sensor at one instant, by the textbook, in plain Python.

Written from the definitions of the textbooks that the code names; imports nothing from
kansoku. Angles in degrees, lengths in metres, so that a slip in units cannot be shared.
"""

import math
from dataclasses import dataclass

from naive import detection, optics

EARTH_A = 6378137.0
EARTH_F = 1 / 298.257223563
SUN_RADIUS = 6.957e8
EARTH_RATE = 7.292115e-5  # rad/s


def site_ecef(latitude, longitude, altitude):
    """WGS 84 geodetic to Earth-fixed."""
    lat, lon = math.radians(latitude), math.radians(longitude)
    e2 = EARTH_F * (2 - EARTH_F)
    normal = EARTH_A / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    return (
        (normal + altitude) * math.cos(lat) * math.cos(lon),
        (normal + altitude) * math.cos(lat) * math.sin(lon),
        (normal * (1 - e2) + altitude) * math.sin(lat),
    )


def azimuth_elevation_range(latitude, longitude, altitude, target):
    """Rotate the line of sight by longitude, then by colatitude (south, east, zenith)."""
    site = site_ecef(latitude, longitude, altitude)
    dx, dy, dz = (t - s for t, s in zip(target, site, strict=True))
    lat, lon = math.radians(latitude), math.radians(longitude)
    x1 = math.cos(lon) * dx + math.sin(lon) * dy
    east = -math.sin(lon) * dx + math.cos(lon) * dy
    south = math.sin(lat) * x1 - math.cos(lat) * dz
    zenith = math.cos(lat) * x1 + math.sin(lat) * dz
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    azimuth = math.degrees(math.atan2(east, -south)) % 360
    elevation = math.degrees(math.asin(zenith / distance))
    return azimuth, elevation, distance


def angle_between(a, b):
    """Angle of two vectors in degrees."""
    cross = (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
    inner = sum(x * y for x, y in zip(a, b, strict=True))
    return math.degrees(math.atan2(math.sqrt(sum(x * x for x in cross)), inner))


def sun_elevation(latitude, longitude, altitude, sun):
    """Elevation of the Sun, from the Earth's centre."""
    lat, lon = math.radians(latitude), math.radians(longitude)
    up = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
    return 90.0 - angle_between(up, sun)


def is_sunlit(target, sun, shadow):
    """The Earth's disc, seen from the target, does not cover the Sun's, or does not touch it."""
    r = math.sqrt(sum(x * x for x in target))
    to_sun = tuple(s - t for s, t in zip(sun, target, strict=True))
    to_earth = tuple(-t for t in target)
    if shadow != "cylindrical":
        earth_radius = math.degrees(math.asin(min(1.0, EARTH_A / r)))
        sun_radius = math.degrees(math.asin(SUN_RADIUS / math.sqrt(sum(x * x for x in to_sun))))
        # A penumbra begins where the discs touch, the umbra where one covers the other
        least = earth_radius + (sun_radius if shadow == "penumbra" else -sun_radius)
        return angle_between(to_sun, to_earth) > least
    behind = angle_between(target, sun) > 90
    return not (behind and r * math.sin(math.radians(angle_between(target, sun))) < EARTH_A)


def in_sector(azimuth, low, high):
    """Clockwise from low to high; low > high passes through north."""
    if high - low >= 360:
        return True
    if low <= high:
        return low <= azimuth <= high
    return azimuth >= low or azimuth <= high


def direction(azimuth, elevation):
    """Unit vector in east, north, up."""
    az, el = math.radians(azimuth), math.radians(elevation)
    return (math.sin(az) * math.cos(el), math.cos(az) * math.cos(el), math.sin(el))


def out_of_plane(sensor, azimuth, elevation):
    """Angle from a fan's plane, from the plane's two spanning lines, in degrees."""
    along = direction(sensor["fan_plane_azimuth"], 0)
    steepest = direction(sensor["fan_plane_azimuth"] + 90, sensor["fan_tilt"])
    normal = (
        along[1] * steepest[2] - along[2] * steepest[1],
        along[2] * steepest[0] - along[0] * steepest[2],
        along[0] * steepest[1] - along[1] * steepest[0],
    )
    return 90.0 - angle_between(normal, direction(azimuth, elevation))


def refraction(true_elevation):
    """Saemundsson (1986): lift in degrees at a true elevation."""
    angle = true_elevation + 10.3 / (true_elevation + 5.11)
    return max(1.02 / math.tan(math.radians(min(angle, 90.0))), 0.0) / 60


def true_elevation(apparent):
    """What is lifted to an apparent elevation, by bisection; as it is where there is no formula."""
    if apparent < -0.5:
        return apparent
    return optics.bisect(lambda true: true + refraction(true) - apparent, -1.5, 90.0)


def terrain(horizon, azimuth, height):
    """Elevation of the terrain, linear between the heights of whole degrees, and the highest one.

    A number stands for all azimuths; `height` undoes refraction where it is asked for.
    """
    if not isinstance(horizon, (list, tuple)):
        return height(horizon), height(horizon)
    degree = min(int(azimuth), 359)
    left, right = height(horizon[degree]), height(horizon[degree + 1])
    return left + (azimuth - degree) * (right - left), height(max(horizon))


@dataclass(frozen=True)
class Moment:
    """A target above a site at one instant; vectors Earth-fixed in metres, velocity in m/s."""

    target: tuple
    velocity: tuple
    sun: tuple
    moon: tuple


@dataclass(frozen=True)
class Rules:
    """What holds for every sensor: the Sun's elevation, shadow, probability and refraction."""

    dark_below: float = -12.0
    shadow: str = "conical"
    probability: float = 0.5
    refraction: bool = False


USUAL = Rules()


def in_field(sensor, azimuth, elevation):
    """Sector, top, cone and fan; not the lowest elevation."""
    low, high = sensor["azimuth_min"], sensor["azimuth_max"]
    top = sensor["elevation_max"]
    inside = in_sector(azimuth, low, high) and elevation <= top
    inside |= in_sector((azimuth + 180) % 360, low, high) and 180 - elevation <= top
    boresight = direction(sensor["boresight_azimuth"], sensor["boresight_elevation"])
    inside &= angle_between(boresight, direction(azimuth, elevation)) <= sensor["cone"]
    if sensor["kind"] == "fan":
        inside &= abs(out_of_plane(sensor, azimuth, elevation)) <= sensor["fan_half_thickness"]
    return inside


def bright_enough(sensor, thing, moment, rules):
    """The limit of a telescope against sky, air and trail."""
    place = (sensor["latitude"], sensor["longitude"], sensor["altitude"])
    site = site_ecef(*place)
    _, elevation, distance = azimuth_elevation_range(*place, moment.target)
    elevation = max(elevation, 0.0)  # air and sky below the horizon are those at the horizon
    _, moon_elevation, _ = azimuth_elevation_range(*place, moment.moon)
    sight = tuple(t - s for t, s in zip(moment.target, site, strict=True))
    to_moon = tuple(m - s for m, s in zip(moment.moon, site, strict=True))
    moon_to_sun = tuple(s - m for s, m in zip(moment.sun, moment.moon, strict=True))
    phase = angle_between(moon_to_sun, tuple(-m for m in moment.moon))
    moon = (phase, moon_elevation, angle_between(sight, to_moon))
    behind = detection.sky(sensor, elevation, sun_elevation(*place, moment.sun), moon)
    to_sun = tuple(s - t for s, t in zip(moment.sun, moment.target, strict=True))
    seen = detection.magnitude(thing, distance, angle_between(tuple(-x for x in sight), to_sun))
    rates = (
        math.degrees(optics.rate(site, moment.target, moment.velocity, spin))
        for spin in (0.0, EARTH_RATE)
    )
    trailed = detection.trail(sensor, *rates)
    path = detection.airmass(elevation)
    return detection.telescope_detects(
        sensor, thing, seen, behind, path, trailed, rules.probability
    )


def needs_light(sensor, thing):
    """Telescopes; lasers for what carries no reflectors."""
    bare = sensor["kind"] == "laser" and not thing["retroreflector"]
    return sensor["kind"] == "optical" or bare


def decisions(sensor, thing, moment, rules=USUAL):
    """Every criterion by name, as a function that decides it; cheap ones first.

    `sensor` and `thing` are dicts in degrees and metres.
    """
    lowest = sensor["elevation_min"]
    lowest = true_elevation(lowest) if rules.refraction else lowest
    kind, target, sun = sensor["kind"], moment.target, moment.sun
    place = (sensor["latitude"], sensor["longitude"], sensor["altitude"])
    azimuth, elevation, distance = azimuth_elevation_range(*place, target)
    site = site_ecef(*place)
    sight = tuple(t - s for t, s in zip(target, site, strict=True))
    to_moon = tuple(m - s for m, s in zip(moment.moon, site, strict=True))
    light = needs_light(sensor, thing)

    def reached():
        if kind == "laser":
            return detection.laser_ranges(sensor, thing, distance)
        return kind != "passive_rf" or detection.hears(sensor, thing, distance)

    def over_terrain():
        lifted = rules.refraction
        wall, highest = terrain(
            sensor["horizon"], azimuth, lambda h: true_elevation(h) if lifted and h >= 0 else h
        )
        # Terrain that is nowhere above the field's own limit decides nothing
        return highest <= lowest or elevation >= wall

    def echo():
        radar = kind in ("radar", "fan")
        return not radar or detection.radar_detects(sensor, thing, distance, rules.probability)

    return {
        "elevation": lambda: elevation >= lowest,
        "azimuth": lambda: in_field(sensor, azimuth, elevation),
        "range": reached,
        "horizon_mask": over_terrain,
        "site_dark": lambda: not light or sun_elevation(*place, sun) <= rules.dark_below,
        "sun_separation": lambda: angle_between(sight, sun) >= sensor["sun_exclusion"],
        "moon_separation": lambda: angle_between(sight, to_moon) >= sensor["moon_exclusion"],
        "sunlit": lambda: not light or is_sunlit(target, sun, rules.shadow),
        "magnitude": lambda: kind != "optical" or bright_enough(sensor, thing, moment, rules),
        "radar_range": echo,
    }


def verdicts(sensor, thing, moment, rules=USUAL):
    """Every criterion; a target without a state passes none but is asked for one alone."""
    if any(math.isnan(x) for x in moment.target):
        return {"propagation": False}
    asked = decisions(sensor, thing, moment, rules)
    return {"propagation": True} | {name: holds() for name, holds in asked.items()}


def decided_by(sensor, thing, moment, rules=USUAL):
    """Name the first criterion that fails; None where the target is seen."""
    if any(math.isnan(x) for x in moment.target):
        return "propagation"
    asked = decisions(sensor, thing, moment, rules)
    return next((name for name, holds in asked.items() if not holds()), None)
