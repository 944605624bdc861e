"""Demanded against available tracks, by hand."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from kansoku.coverage.collect import Coverage
from kansoku.coverage.stretch import Demand
from kansoku.design.load import load_of
from kansoku.ephemeris.grid import time_grid
from kansoku.visibility.limits import Limits
from naive import visibility as naive
from network_rows import network_of
from sensor_rows import HEMISPHERE, RADAR_ROW
from target_rows import targets_of

DEMAND = Demand(6 * 3600.0, 7200.0, Limits(math.radians(12.0), "conical"))
RADAR = RADAR_ROW | {"tracks_per_hour": 40.0, "availability": 0.9}
TELESCOPE = HEMISPHERE | {"tracks_per_hour": 10.0, "availability": 0.5}
ARCTIC = TELESCOPE | {"latitude": 78.0, "longitude": 15.0}


def loads(tracks, multiplicity, days=("2024-03-20", "2024-06-21")):
    rows = [RADAR, TELESCOPE, ARCTIC]
    count = len(rows)
    network = network_of(
        rows, ["own"] * 3, [""] * 3, ["x"] * 3, ["JPN"] * 3, [(0, 0, 0)] * count, {}, []
    )
    grids = [time_grid(datetime.fromisoformat(day).replace(tzinfo=UTC), 24, 60.0) for day in days]
    seen = Coverage(
        np.asarray(tracks, dtype=np.uint8),
        [],
        np.zeros(8, dtype="datetime64[ms]"),
        DEMAND.window_s,
        np.zeros(2, dtype=np.int8),
        np.zeros(2, dtype=bool),
        0,
    )
    targets = targets_of([0, 0], multiplicity=multiplicity)
    return load_of(network, seen, targets, grids, DEMAND, (1.0, 0.6, 0.3)), grids


def test_a_radar_is_asked_for_useful_tracks_of_every_object_at_all_hours():
    tracks = np.zeros((3, 2, 8))
    tracks[0] = [[1, 2, 3, 4, 0, 0, 0, 0], [0, 0, 0, 0, 255, 0, 0, 1]]
    load, _ = loads(tracks, [1.0, 10.0])
    # Three tracks a window at most: 1 + 2 + 3 + 3 of one object, (3 + 1) x 10 of the others
    assert load.demanded[0] == pytest.approx((9 + 40) / 48.0)
    assert load.available.tolist() == [36.0, 5.0, 5.0]


def test_a_telescope_works_in_the_dark_alone():
    tracks = np.zeros((3, 2, 8))
    tracks[1, 0] = 2
    load, grids = loads(tracks, [1.0, 1.0])
    dark = 0
    for grid in grids:
        for sun in grid.sun_itrf_m.T[:-1]:  # the last sample ends the stretch
            place = TELESCOPE["latitude"], TELESCOPE["longitude"], TELESCOPE["altitude"]
            dark += naive.sun_elevation(*place, tuple(sun)) <= -12.0
    hours = dark / (2 * 1440) * 48.0
    assert 15.0 < hours < 20.0
    assert load.demanded[1] == pytest.approx(16.0 / hours, rel=1e-9)


def test_a_telescope_without_a_night_is_asked_for_nothing():
    load, _ = loads(np.zeros((3, 2, 8)), [1.0, 1.0], days=("2024-06-21",))
    assert load.demanded.tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(load.demanded).all()
