"""Tracks by dense search: every second, one verdict after the other, in plain Python.

Imports nothing from kansoku. `at` is a function from seconds to the `visibility.Moment` of a target
under the sky. Edges of runs and crossings of planes are bisected to a hundredth of a second.
"""

import functools
import math

from naive import visibility

EDGE_S = 0.01


@functools.lru_cache
def placed(latitude, longitude, altitude):
    """Position of a site and the unit vector along its vertical."""
    lat, lon = math.radians(latitude), math.radians(longitude)
    up = (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
    return visibility.site_ecef(latitude, longitude, altitude), up


def sees(sensor, thing, moment):
    """Whether every criterion passes; those below the horizon plane are out at once."""
    site, up = placed(sensor["latitude"], sensor["longitude"], sensor["altitude"])
    height = sum(u * (t - s) for u, t, s in zip(up, moment.target, site, strict=True))
    if height < 0 <= sensor["elevation_min"]:
        return False
    return visibility.decided_by(sensor, thing, moment) is None


def bisected(holds, before, after):
    """Instant at which a condition changes between two instants."""
    first = holds(before)
    while after - before > EDGE_S:
        middle = (before + after) / 2
        if holds(middle) == first:
            before = middle
        else:
            after = middle
    return (before + after) / 2


def runs(sensor, thing, at, end, step=1.0):
    """Begin and end of every stretch of visibility."""

    def holds(t):
        return sees(sensor, thing, at(t))

    found, begin, before = [], None, 0.0
    seen_before = holds(0.0)
    if seen_before:
        begin = 0.0
    for index in range(1, round(end / step) + 1):
        now = index * step
        seen = holds(now)
        if seen and not seen_before:
            begin = bisected(holds, before, now)
        if seen_before and not seen:
            found.append((begin, bisected(holds, before, now)))
        before, seen_before = now, seen
    if seen_before:
        found.append((begin, end))
    return found


def tracks(found, minimum, longest):
    """Start of every track: runs of the minimum at least, long ones cut into successive tracks."""
    starts = []
    for begin, end in found:
        while end - begin >= minimum:
            starts.append(begin)
            begin += longest
    return starts


def crossings(sensor, thing, at, end, step=1.0):
    """Instant and dwell of every passage through a fan's plane inside its field."""

    def angle(t):
        place = (sensor["latitude"], sensor["longitude"], sensor["altitude"])
        azimuth, elevation, _ = visibility.azimuth_elevation_range(*place, at(t).target)
        return visibility.out_of_plane(sensor, azimuth, elevation)

    found, before = [], angle(0.0)
    for index in range(1, round(end / step) + 1):
        now = index * step
        after = angle(now)
        if (before >= 0) != (after >= 0):
            instant = bisected(lambda t: angle(t) >= 0, now - step, now)
            if sees(sensor, thing, at(instant)):
                rate = abs(angle(instant + 0.05) - angle(instant - 0.05)) / 0.1
                found.append((instant, 2 * sensor["fan_half_thickness"] / rate))
        before = after
    return found


def by_window(starts, window, windows):
    """Tracks in each window, by the instant at which they start."""
    counted = [0] * windows
    for start in starts:
        counted[min(int(start // window), windows - 1)] += 1
    return counted
