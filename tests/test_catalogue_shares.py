"""The shares of the catalogue that the second Kamisaibara radar is published to watch.

Published by JAXA for an older catalogue than ours, objects whose inclination is too low to rise
left out: of 10 cm and more 864 of 864 below 650 km, 4,173 of 6,152 below 1,000 km and 5,411 of
9,007 below 2,000 km; of 30 cm and more 2,434 of 2,434 below 1,000 km and 3,655 of 4,095 below
2,000 km. How we read what is not said there:

- *below*: the mean altitude, semi-major axis less the equatorial radius;
- *left out*: never above the radar's least elevation in ten days;
- *watched*: within range, above the least elevation, at a closest approach in ten days;
- *10 cm and more*: JAXA's criterion equates 10 cm with a cross-section of 0.01 m^2, and so do we,
  for every size by its square; cross-sections are those catalogued.

A second reading sizes every object by the size estimation model, at the frequency that measured it
and at the radar's, and takes the range of the criterion as stated, to an altitude of 650 km at an
elevation of 60 deg, instead of the 650 km of our table. Mixing the two misses below 1,000 and
2,000 km: the model with 650 km watches a quarter too few, cross-sections with 60 deg a fifth too
many. The catalogue is ours of 2019-03-19, every fourth object with a measured cross-section.
"""

import csv
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pytest

from conftest import REPOSITORY
from kansoku import targets
from kansoku.config import TargetsSection
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, SPEED_OF_LIGHT_M_S, WGS72_MU_M3_S2
from kansoku.ephemeris.frames import horizon_axes, itrf_of_geodetic
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import state_block
from kansoku.targets.size_model import rcs_from_size
from kansoku.visibility import radar

CATALOGUE, SATCAT = "catalogue-2019-03-19.tle.gz", "satcat-2025-03-06.csv.gz"
START, DAYS, STEP_S = datetime(2019, 3, 19), 10, 30.0
BLOCK = 48

# (least size [m], below [m]): share published
PUBLISHED = {
    (0.1, 650e3): 864 / 864,
    (0.1, 1000e3): 4173 / 6152,
    (0.1, 2000e3): 5411 / 9007,
    (0.3, 1000e3): 2434 / 2434,
    (0.3, 2000e3): 3655 / 4095,
}


def row_of(table, identifier):
    with (REPOSITORY / "sites" / table).open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["id"] == identifier)


@dataclass
class Station:
    """Site, vertical and least elevation of the radar, Earth-fixed."""

    site: np.ndarray
    up: np.ndarray
    least: float


@dataclass
class Watched:
    """Objects of the catalogue and how near the radar each comes, infinite for never."""

    nearest_m: np.ndarray
    altitude_m: np.ndarray
    rcs_m2: np.ndarray
    diameter_m: np.ndarray


def station_of(row):
    latitude, longitude = (np.radians([float(row[name])]) for name in ("lat_deg", "lon_deg"))
    site = itrf_of_geodetic(np, latitude, longitude, np.array([float(row["alt_m"])]))
    *_, up = horizon_axes(np, latitude, longitude)
    return Station(site, up[:, 0], math.radians(float(row["el_min_deg"])))


def nearest_m(station, block):
    """Least range above the least elevation; targets move straight within half a step."""
    count, times = block.usable.shape
    position = block.position_itrf_m.reshape(3, -1)
    above = np.flatnonzero(block.usable.ravel() & (station.up @ (position - station.site) > 0))
    velocity = block.velocity_itrf_m_s.reshape(3, -1)[:, above]
    path = position[:, above] - station.site
    to_closest_s = -(path * velocity).sum(axis=0) / (velocity**2).sum(axis=0)
    to_closest_s = np.clip(to_closest_s, -STEP_S / 2, STEP_S / 2)
    path = path + velocity * to_closest_s
    range_m = np.linalg.norm(path, axis=0)
    high = station.up @ path >= math.sin(station.least) * range_m
    nearest = np.full(count, np.inf)
    np.minimum.at(nearest, above[high] // times, range_m[high])
    return nearest


@pytest.fixture(scope="module")
def kamisaibara():
    return row_of("sensors_existing.csv", "JP-KSGC-NEW")


@pytest.fixture(scope="module")
def watched(shared_data, kamisaibara):
    section = TargetsSection(catalogue=CATALOGUE, satcat=SATCAT)
    found = targets.load(section, shared_data / "data" / "catalogue")
    motion_rad_s = found.elements.mean_motion_rad_min / 60.0
    altitude_m = np.cbrt(WGS72_MU_M3_S2 / motion_rad_s**2) - EARTH_EQUATORIAL_RADIUS_M
    chosen = np.flatnonzero(found.rcs_measured & (altitude_m < 2000e3))[::4]
    satellites = prepare(np, found.elements.take(chosen))
    station = station_of(kamisaibara)
    nearest = np.full(len(chosen), np.inf)
    for day in range(DAYS):
        grid = time_grid(START + timedelta(days=day), 24.0, STEP_S)
        for start in range(0, len(chosen), BLOCK):
            stop = min(start + BLOCK, len(chosen))
            block = state_block(np, satellites, grid, start, stop)
            nearest[start:stop] = np.minimum(nearest[start:stop], nearest_m(station, block))
    return Watched(nearest, altitude_m[chosen], found.rcs_m2[chosen], found.diameter_m[chosen])


def shares(watched, size_m, range_limit_m):
    """Our share for each published one."""
    rises = np.isfinite(watched.nearest_m)
    seen = watched.nearest_m <= range_limit_m
    found = {}
    for least_m, below_m in PUBLISHED:
        counted = rises & (size_m >= least_m) & (watched.altitude_m < below_m)
        assert counted.sum() > 200
        found[least_m, below_m] = seen[counted].mean()
    return found


@pytest.mark.slow
def test_the_kamisaibara_class_watches_the_published_shares(watched, kamisaibara):
    kind = row_of("sensor_types.csv", "T-RAD-KSGC")
    reference_m, reference_m2 = 1e3 * float(kind["ref_range_km"]), float(kind["ref_rcs_m2"])
    assert (reference_m, reference_m2) == (650e3, 0.01)
    assert kamisaibara["ref_range_km"] == kind["ref_range_km"]
    limit_m = radar.detection_range_m(reference_m, reference_m2, watched.rcs_m2)
    found = shares(watched, np.sqrt(watched.rcs_m2), limit_m)
    assert found == pytest.approx(PUBLISHED, rel=0.15)


@pytest.mark.slow
def test_sized_by_the_model_and_specified_at_60_degrees_it_does_so_too(watched, kamisaibara):
    kind = row_of("sensor_types.csv", "T-RAD-KSGC")
    wavelength_m = SPEED_OF_LIGHT_M_S / float(kind["frequency_hz"])
    rcs_m2 = rcs_from_size(np, watched.diameter_m, wavelength_m)
    # slant range to an altitude of 650 km at an elevation of 60 deg, on a sphere
    earth_m, height_m = 6371e3 + float(kamisaibara["alt_m"]), 650e3 - float(kamisaibara["alt_m"])
    up_m = earth_m * math.sin(math.radians(60.0))
    reference_m = math.sqrt(up_m**2 + 2 * earth_m * height_m + height_m**2) - up_m
    assert reference_m == pytest.approx(738.5e3, abs=100)
    limit_m = radar.detection_range_m(reference_m, float(kind["ref_rcs_m2"]), rcs_m2)
    assert shares(watched, watched.diameter_m, limit_m) == pytest.approx(PUBLISHED, rel=0.15)
