"""Elevations of many satellites by brute force: every sample in float64, nothing culled.

Positions come from the `sgp4` package, the Earth's rotation from Skyfield; imports nothing from
the code under test.
"""

import numpy as np
from sgp4.api import Satrec, SatrecArray
from skyfield.api import load, wgs84
from skyfield.sgp4lib import theta_GMST1982

TIMESCALE = load.timescale(builtin=True)


class Samples:
    """One dense set of times, and the Earth's angle at each."""

    def __init__(self, start, hours, step_s):
        self.seconds = np.append(np.arange(0.0, hours * 3600.0, step_s), hours * 3600.0)
        first = TIMESCALE.from_datetime(start)
        times = TIMESCALE.tt_jd(first.whole, first.tt_fraction + self.seconds / 86400.0)
        # sgp4 wants UTC; no leap second falls into the span
        begin = start.toordinal() + 1721424.5
        day_s = start.hour * 3600.0 + start.minute * 60.0 + start.second
        self.jd = np.full(len(self.seconds), begin)
        self.fraction = (day_s + self.seconds) / 86400.0
        self.angle = np.array([theta_GMST1982(ut1)[0] for ut1 in times.ut1])


def positions_km(lines, samples):
    """Earth-fixed positions (N, 3, T), nan from a satellite's first error on."""
    satellites = SatrecArray([Satrec.twoline2rv(one, two) for one, two in lines])
    error, teme, _ = satellites.sgp4(samples.jd, samples.fraction)
    teme[np.cumsum(error != 0, axis=1) > 0] = np.nan
    cosine, sine = np.cos(samples.angle), np.sin(samples.angle)
    x, y, z = np.moveaxis(teme, 2, 0)
    return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=1)


def elevation_deg(position_km, latitude_deg, longitude_deg, altitude_m):
    """Elevation above the geodetic horizon of one site, of positions (.., 3, T)."""
    place = wgs84.latlon(latitude_deg, longitude_deg, elevation_m=altitude_m)
    latitude, longitude = np.radians([latitude_deg, longitude_deg])
    up = np.array(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
    sight = position_km - place.itrs_xyz.km[:, None]
    range_km = np.sqrt((sight**2).sum(axis=-2))
    return np.degrees(np.arcsin(np.einsum("...it,i->...t", sight, up) / range_km))
