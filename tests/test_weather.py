"""Weather and outage draws: seeded, shared where they must be, independent where they must be."""

import math

import numpy as np
import pytest

from kansoku.visibility.weather import working_windows
from sensor_rows import HEMISPHERE, RADAR_ROW, sensors_of

HOUR = np.timedelta64(3600, "s")


def windows(start, count, hours=6):
    return np.datetime64(start, "ms") + np.arange(count) * hours * HOUR


def draw(rows, clear, starts, ids=None, hours=6, scenarios=400, seed=1):
    sensors = sensors_of(rows)
    names = np.array([f"S{i}" for i in range(len(rows))] if ids is None else ids)
    fraction = np.broadcast_to(np.asarray(clear, float)[:, None], (len(rows), 12))
    return working_windows(names, sensors, fraction, starts, hours * 3600.0, scenarios, seed)


def within_four_sigma(found, expected, draws):
    return abs(found - expected) <= 4.0 * math.sqrt(expected * (1.0 - expected) / draws)


def test_the_same_seed_gives_the_same_weather_and_another_seed_another():
    starts = windows("2024-03-20", 8)
    first = draw([HEMISPHERE], [0.5], starts)
    np.testing.assert_array_equal(first, draw([HEMISPHERE], [0.5], starts))
    assert (first != draw([HEMISPHERE], [0.5], starts, seed=2)).any()


def test_telescopes_of_one_site_share_their_sky_and_neighbours_do_not():
    rows = [HEMISPHERE, HEMISPHERE | {"limit": 16.0}, HEMISPHERE | {"latitude": 35.1}]
    found = draw(rows, [0.5, 0.5, 0.5], windows("2024-03-20", 4))
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    assert 0.3 < (found[:, 0] != found[:, 2]).mean() < 0.7


def test_adding_or_reordering_sensors_changes_no_other_draw():
    rows = [HEMISPHERE | {"availability": 0.8}, RADAR_ROW | {"availability": 0.7}]
    starts = windows("2024-03-20", 4)
    alone = draw(rows, [0.6, 1.0], starts, ids=["A", "B"])
    extra = HEMISPHERE | {"latitude": -30.0}
    among = draw([extra, *rows[::-1]], [0.4, 1.0, 0.6], starts, ids=["X", "B", "A"])
    np.testing.assert_array_equal(among[:, [2, 1]], alone)


def test_adding_scenarios_or_windows_keeps_the_earlier_draws():
    few = draw([HEMISPHERE], [0.5], windows("2024-03-20", 4), scenarios=5)
    many = draw([HEMISPHERE], [0.5], windows("2024-03-20", 12), scenarios=50)
    np.testing.assert_array_equal(many[:5, :, :4], few)


def test_frequencies_are_the_clear_fractions_of_the_month():
    fraction = np.linspace(0.1, 0.9, 12)[None, :]
    starts = np.array([f"2024-{month:02d}-15" for month in range(1, 13)], dtype="datetime64[ms]")
    found = working_windows(
        np.array(["A"]), sensors_of([HEMISPHERE]), fraction, starts, 21_600.0, 1000, 5
    )
    for month in range(12):
        assert within_four_sigma(found[:, 0, month].mean(), fraction[0, month], 1000)


def test_clear_sky_and_outages_are_independent():
    row = HEMISPHERE | {"availability": 0.8}
    found = draw([row], [0.5], windows("2024-03-20", 40, hours=24), hours=24)
    assert within_four_sigma(found.mean(), 0.4, found.size)


def test_radars_heed_outages_and_no_weather():
    rows = [RADAR_ROW, RADAR_ROW | {"availability": 0.7}]
    found = draw(rows, [0.0, 0.0], windows("2024-03-20", 40, hours=24), hours=24)
    assert found[:, 0].all()
    assert within_four_sigma(found[:, 1].mean(), 0.7, found[:, 1].size)


def test_sensors_of_one_site_fail_independently():
    row = RADAR_ROW | {"availability": 0.5}
    found = draw([row, row], [1.0, 1.0], windows("2024-03-20", 40, hours=24), hours=24)
    assert 0.4 < (found[:, 0] != found[:, 1]).mean() < 0.6


@pytest.mark.parametrize("longitude", [0.0, 135.0, -155.0])
def test_a_night_keeps_its_weather_from_window_to_window(longitude):
    """Windows of one hour over three days: the draw changes at local noon alone."""
    row = HEMISPHERE | {"longitude": longitude, "availability": 0.8}
    starts = windows("2024-06-01", 72, hours=1)
    found = draw([row], [0.5], starts, hours=1)[:, 0]
    changes = np.flatnonzero((found[:, 1:] != found[:, :-1]).any(axis=0))
    local_hour = (changes + 1 + 0.5 + longitude / 15.0) % 24.0  # middle of the first new window
    assert len(changes) == 3
    assert ((local_hour >= 12.0) & (local_hour < 13.0)).all()


def test_clouds_stop_lasers_as_they_stop_telescopes_and_nothing_else():
    laser, receiver = HEMISPHERE | {"kind": "laser"}, HEMISPHERE | {"kind": "passive_rf"}
    found = draw([HEMISPHERE, laser, receiver, RADAR_ROW], [0.5] * 4, windows("2024-03-20", 4))
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    assert not found[:, 1].all()
    assert found[:, 2:].all()
