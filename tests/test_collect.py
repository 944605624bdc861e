"""Coverage of a whole study: blocks, processes, windows over days, a second look, reasons."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from kansoku.config import TargetsSection
from kansoku.coverage import collect as collect_module
from kansoku.coverage import stretch
from kansoku.coverage.collect import collect
from kansoku.coverage.second_look import reached_by
from kansoku.coverage.stretch import Demand
from kansoku.ephemeris.grid import time_grid
from kansoku.targets import reference
from kansoku.visibility.limits import Limits
from sensor_rows import FAN_ROW, HEMISPHERE, RADAR_ROW, sensors_of

DEMAND = Demand(7200.0, 3600.0, Limits(math.radians(12.0), "conical"))
ROWS = [
    HEMISPHERE,
    HEMISPHERE | {"latitude": -31.0, "longitude": 149.0},
    RADAR_ROW | {"reference_range": 4e6},
    FAN_ROW | {"reference_range": 3e6},
]


@pytest.fixture(scope="module")
def targets():
    return reference.load(TargetsSection()).take(np.arange(0, 2000, 17))


@pytest.fixture(scope="module")
def grids():
    days = (datetime(2024, 7, 5, 10, tzinfo=UTC), datetime(2024, 12, 21, 10, tzinfo=UTC))
    return [time_grid(day, 4.0, 60.0) for day in days]


def collected(targets, grids, workers=1, rows=ROWS, progress=None):
    return collect(
        np, targets, sensors_of(rows), grids, DEMAND, 30.0, workers=workers, progress=progress
    )


@pytest.fixture(scope="module")
def covered(targets, grids):
    return collected(targets, grids)


def test_shapes_and_labels(covered, targets, grids):
    assert covered.tracks.shape == (len(ROWS), len(targets), 4)
    assert covered.tracks.any(axis=(1, 2)).all()
    assert covered.window_start.astype("datetime64[m]").astype(str).tolist() == [
        "2024-07-05T10:00",
        "2024-07-05T12:00",
        "2024-12-21T10:00",
        "2024-12-21T12:00",
    ]
    assert covered.tests_requested == len(ROWS) * len(targets) * sum(map(len, grids))


def test_several_processes_count_the_same_tracks_in_the_same_order(covered, targets, grids):
    np.testing.assert_array_equal(collected(targets, grids, workers=2).tracks, covered.tracks)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_size_of_a_block_changes_nothing(covered, targets, grids, size, monkeypatch):
    few = targets.take(np.arange(30))
    monkeypatch.setattr(stretch.blocks, "__defaults__", (size,))
    np.testing.assert_array_equal(collected(few, grids).tracks, covered.tracks[:, :30])


def test_progress_counts_targets_up_to_all(targets, grids, monkeypatch):
    monkeypatch.setattr(collect_module, "BLOCK_TARGETS", 50)
    told, count = [], len(targets)
    collected(targets, grids, progress=lambda done, whole: told.append((done, whole)))
    ends = [min(end, count) for end in range(50, count + 50, 50)]
    assert told == [(done, 2 * count) for done in (*ends, *(count + end for end in ends))]


def test_a_faulty_target_is_counted_and_changes_no_other(covered, targets, grids):
    faulty = targets.take(np.arange(len(targets)))
    faulty.elements.eccentricity[5] = 1.5
    faulty.elements.mean_motion_rad_min[9] = np.nan
    found = collected(faulty, grids)
    others = np.setdiff1d(np.arange(len(targets)), [5, 9])
    np.testing.assert_array_equal(found.tracks[:, others], covered.tracks[:, others])
    np.testing.assert_array_equal(found.error[others], covered.error[others])
    assert found.tracks[:, [5, 9]].sum() == 0
    assert found.error[9] > 0


def test_old_elements_are_flagged_as_representative(targets, grids):
    old = targets.take(np.arange(10))
    old.elements.epoch_jd[:] = grids[0].jd_utc[0]
    old.elements.epoch_jd[3] -= 31.0
    found = collected(old, grids[:1])
    assert np.flatnonzero(found.representative).tolist() == [3]
    assert collected(old, grids).representative.all(), "in December all of them are old"


def test_every_track_that_is_counted_has_its_start(covered):
    again = np.zeros_like(covered.tracks)
    for number, each in enumerate(covered.times):
        window = np.minimum((each.start_s // DEMAND.window_s).astype(int), 1) + 2 * number
        np.add.at(again, (each.contributor, each.target, window), 1)
    assert covered.tracks.sum() > 100
    np.testing.assert_array_equal(again, covered.tracks)


def test_what_has_a_track_was_seen_and_what_was_not_seen_has_none(covered, targets, grids):
    radars = [RADAR_ROW | {"reference_range": 4e6}]
    bits = reached_by(np, targets, sensors_of(radars), grids, DEMAND, 30.0, workers=1)
    tracked = covered.tracks[2].any(axis=1)
    unseen = (bits & 16) == 0
    assert unseen.any()
    assert tracked.any()
    assert ((bits & 16) > 0)[tracked].mean() > 0.95  # the rest passes between two samples


def test_without_sensors_or_targets_nothing_is_looked_at(targets, grids):
    nobody = sensors_of(ROWS).take(np.zeros(0, dtype=int))
    bits = reached_by(np, targets, nobody, grids, DEMAND, 30.0, workers=1)
    assert (bits == 1).all()
