"""Passes by brute force: Skyfield's own satellites and altitudes, sampled densely, then bisected.

Written from the definition of a pass, not from the code under test; imports nothing from it.
"""

from dataclasses import dataclass

import numpy as np
from skyfield.api import EarthSatellite, load, wgs84

BISECTIONS = 13  # 10 s to 1 ms

TIMESCALE = load.timescale(builtin=True)


@dataclass
class Pass:
    rise_s: float
    set_s: float
    highest_s: float
    highest_deg: float
    starts_before: bool
    ends_after: bool


class Sky:
    """What one site sees of satellites, at seconds from a start."""

    def __init__(self, latitude_deg, longitude_deg, altitude_m, start):
        self.site = wgs84.latlon(latitude_deg, longitude_deg, elevation_m=altitude_m)
        self.start = TIMESCALE.from_datetime(start)

    def altitude_deg(self, satellite, seconds):
        times = TIMESCALE.tt_jd(self.start.whole, self.start.tt_fraction + seconds / 86400.0)
        altitude, _, _ = (satellite - self.site).at(times).altaz()
        return altitude.degrees

    def azimuth_deg(self, satellite, seconds):
        times = TIMESCALE.tt_jd(self.start.whole, self.start.tt_fraction + seconds / 86400.0)
        _, azimuth, _ = (satellite - self.site).at(times).altaz()
        return azimuth.degrees


class Samples:
    """Altitudes of satellites over sites on one dense set of times, which Skyfield then shares."""

    def __init__(self, start, hours, step_s):
        self.seconds = np.append(np.arange(0.0, hours * 3600.0, step_s), hours * 3600.0)
        first = TIMESCALE.from_datetime(start)
        self.times = TIMESCALE.tt_jd(first.whole, first.tt_fraction + self.seconds / 86400.0)

    def altitude_deg(self, satellite, sky):
        altitude, _, _ = (satellite - sky.site).at(self.times).altaz()
        return altitude.degrees


def satellite_of(line1, line2):
    return EarthSatellite(line1, line2, ts=TIMESCALE)


def passes(sky, satellite, samples, mask_deg):
    """Every stretch of samples above the mask, with bisected edges; nan counts as below."""
    altitude = samples.altitude_deg(satellite, sky)
    above = np.nan_to_num(altitude, nan=-90.0) >= mask_deg
    change = np.flatnonzero(above[1:] != above[:-1])
    edges = bisected(sky, satellite, samples.seconds, change, above, mask_deg)
    rises, sets = edges[above[change + 1]], edges[~above[change + 1]]
    first = np.flatnonzero(above & ~np.insert(above[:-1], 0, False))
    last = np.flatnonzero(above & ~np.append(above[1:], False))
    found = []
    for begin, end in zip(first, last, strict=True):
        top = begin + np.argmax(altitude[begin : end + 1])
        clipped = begin == 0, end == len(above) - 1
        found.append(
            Pass(
                rise_s=0.0 if clipped[0] else rises[len(found) - int(above[0])],
                set_s=samples.seconds[-1] if clipped[1] else sets[len(found)],
                highest_s=samples.seconds[top],
                highest_deg=altitude[top],
                starts_before=clipped[0],
                ends_after=clipped[1],
            )
        )
    return found


def bisected(sky, satellite, seconds, change, above, mask_deg):
    low, high = seconds[change], seconds[change + 1]
    if not len(change):
        return low
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        as_before = (sky.altitude_deg(satellite, middle) >= mask_deg) == above[change]
        low, high = np.where(as_before, middle, low), np.where(as_before, high, middle)
    return 0.5 * (low + high)
