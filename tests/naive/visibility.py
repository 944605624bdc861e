"""Visibility of one target from one sensor at one instant, by the textbook, in plain Python.

Written from the definitions of the textbooks that the code names; imports nothing from
kansoku. Angles in degrees, lengths in metres, so that a slip in units cannot be shared.
"""

import math

EARTH_A = 6378137.0
EARTH_F = 1 / 298.257223563
SUN_RADIUS = 6.957e8


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
    """Outside the umbra: the Earth's disc, seen from the target, does not cover the Sun's."""
    r = math.sqrt(sum(x * x for x in target))
    to_sun = tuple(s - t for s, t in zip(sun, target, strict=True))
    to_earth = tuple(-t for t in target)
    if shadow == "conical":
        earth_radius = math.degrees(math.asin(min(1.0, EARTH_A / r)))
        sun_radius = math.degrees(math.asin(SUN_RADIUS / math.sqrt(sum(x * x for x in to_sun))))
        return angle_between(to_sun, to_earth) > earth_radius - sun_radius
    behind = angle_between(target, sun) > 90
    return not (behind and r * math.sin(math.radians(angle_between(target, sun))) < EARTH_A)


def magnitude(diameter, albedo, site, target, sun):
    """Lambertian sphere."""
    to_site = tuple(s - t for s, t in zip(site, target, strict=True))
    to_sun = tuple(s - t for s, t in zip(sun, target, strict=True))
    phase = math.radians(angle_between(to_site, to_sun))
    p = 2 * albedo / (3 * math.pi**2) * (math.sin(phase) + (math.pi - phase) * math.cos(phase))
    distance2 = sum(x * x for x in to_site)
    return -26.74 - 2.5 * math.log10(max(math.pi * diameter**2 / 4 * p / distance2, 1e-300))


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


def verdicts(sensor, thing, target, sun, dark_below=-12.0, shadow="conical"):
    """Every criterion by name; `sensor` and `thing` are dicts in degrees and metres."""
    place = (sensor["latitude"], sensor["longitude"], sensor["altitude"])
    azimuth, elevation, distance = azimuth_elevation_range(*place, target)
    low, high = sensor["azimuth_min"], sensor["azimuth_max"]
    top = sensor["elevation_max"]
    inside = in_sector(azimuth, low, high) and elevation <= top
    inside |= in_sector((azimuth + 180) % 360, low, high) and 180 - elevation <= top
    boresight = direction(sensor["boresight_azimuth"], sensor["boresight_elevation"])
    inside &= angle_between(boresight, direction(azimuth, elevation)) <= sensor["cone"]
    if sensor["kind"] == "fan":
        inside &= abs(out_of_plane(sensor, azimuth, elevation)) <= sensor["fan_half_thickness"]
    result = dict.fromkeys(("site_dark", "sunlit", "magnitude", "radar_range"), True)
    result |= {"elevation": elevation >= sensor["elevation_min"], "azimuth": inside}
    if sensor["kind"] == "optical":
        result["site_dark"] = sun_elevation(*place, sun) <= dark_below
        result["sunlit"] = is_sunlit(target, sun, shadow)
        seen = magnitude(thing["diameter"], thing["albedo"], site_ecef(*place), target, sun)
        result["magnitude"] = seen <= sensor["limit"]
    else:
        reach = sensor["reference_range"] * (thing["rcs"] / sensor["reference_rcs"]) ** 0.25
        result["radar_range"] = distance <= reach
    return result
