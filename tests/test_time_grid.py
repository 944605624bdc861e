"""Time scales, the Earth's angle, Sun and Moon: against Skyfield and formulas of other sources."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from skyfield.framelib import itrs

from kansoku.config import TimeSection
from kansoku.ephemeris.almanac import almanac
from kansoku.ephemeris.grid import (
    earth_orientation_warning,
    representative_days,
    time_grid,
)
from kansoku.errors import EphemerisError

START = datetime(2024, 7, 5, 6, 30)


def skyfield_times(start, seconds):
    """Skyfield's own reading of the calendar, then SI seconds in TT."""
    ts = almanac().timescale
    first = ts.utc(start.year, start.month, start.day, start.hour, start.minute, start.second)
    return ts.tt_jd(first.whole, first.tt_fraction + seconds / 86400.0)


def test_both_ends_are_samples():
    grid = time_grid(START, 24.0, 60.0)
    assert len(grid) == 1441
    assert grid.utc[0] == np.datetime64("2024-07-05T06:30")
    assert grid.utc[-1] == np.datetime64("2024-07-06T06:30")
    assert grid.seconds[-1] == 86400.0
    assert (np.diff(grid.seconds) == 60.0).all()
    # No multiple of the step: the last sample is the first past the end
    assert time_grid(START, 1.0, 7.0).seconds[-1] == 3605.0
    # 0.1 h x 3600 / 0.36 is 1000.0000000000001 in floating point
    assert len(time_grid(START, 0.1, 0.36)) == 1001


def test_two_part_dates_follow_the_calendar():
    grid = time_grid(START, 24.0, 60.0)
    days = (grid.utc - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D")
    np.testing.assert_allclose(grid.jd_utc - 2451545.0 + grid.fraction_utc, days, atol=1e-9)
    assert (grid.jd_utc % 1.0 == 0.5).all()
    evening = time_grid(datetime(2000, 1, 1, 18), 1.0, 60.0)
    assert (evening.jd_utc[0], evening.fraction_utc[0]) == (2451544.5, 0.75)


def test_an_offset_is_honoured_and_none_means_utc():
    japan = timezone(timedelta(hours=9))
    here = time_grid(datetime(2024, 7, 5, 3, tzinfo=japan), 1.0, 60.0)
    there = time_grid(datetime(2024, 7, 4, 18, tzinfo=UTC), 1.0, 60.0)
    assert (here.utc == there.utc).all()


def test_a_leap_second_is_counted():
    grid = time_grid(datetime(2016, 12, 31, 23, 59, 58), 5.0 / 3600.0, 1.0)
    np.testing.assert_array_equal(grid.seconds, np.arange(6.0))
    second_of_day = grid.fraction_utc * 86400.0
    np.testing.assert_allclose(second_of_day, [86398.0, 86399.0, 86400.0, 0.0, 1.0, 2.0])
    np.testing.assert_array_equal(np.diff(grid.jd_utc), [0.0, 0.0, 1.0, 0.0, 0.0])
    assert [str(label)[11:19] for label in grid.utc] == [
        "23:59:58", "23:59:59", "00:00:00", "00:00:00", "00:00:01", "00:00:02",
    ]  # fmt: skip
    # The Earth turns on through it: SI seconds, not UTC labels
    turned = np.diff(np.unwrap(grid.sidereal_rad))
    np.testing.assert_allclose(turned, 7.2921158e-5, rtol=1e-6)


def test_a_leap_second_inside_a_day_long_grid_shifts_what_follows():
    grid = time_grid(datetime(2016, 12, 31, 12), 24.0, 60.0)
    assert grid.utc[720] == np.datetime64("2017-01-01T00:00:00")
    assert grid.utc[721] == np.datetime64("2017-01-01T00:00:59")
    assert grid.utc[-1] == np.datetime64("2017-01-01T11:59:59")


def test_sidereal_angle_against_the_earth_rotation_angle():
    # Independent formula: Earth rotation angle (IAU 2000) plus the precession in right ascension
    # of IAU 2006, whose difference from the 1982 model stays below 0.1 arcsec in these years
    grid = time_grid(START, 24.0, 600.0)
    ut1 = skyfield_times(START, grid.seconds).ut1 - 2451545.0
    rotation = 2.0 * np.pi * (0.7790572732640 + 1.00273781191135448 * ut1)
    century = ut1 / 36525.0
    precession = (0.014506 + (4612.156534 + 1.3915817 * century) * century) / 3600.0
    expected = rotation + np.radians(precession)
    apart = (grid.sidereal_rad - expected + np.pi) % (2.0 * np.pi) - np.pi
    assert np.abs(apart).max() < np.radians(0.1 / 3600.0)


@pytest.mark.parametrize("body", ["sun", "moon"])
def test_sun_and_moon_against_skyfield(body):
    grid = time_grid(START, 30.0, 60.0)
    some = np.arange(0, len(grid), 97)
    time = skyfield_times(START, grid.seconds[some])
    bodies = almanac().bodies
    expected = bodies["earth"].at(time).observe(bodies[body]).apparent().frame_xyz(itrs).m
    ours = (grid.sun_itrf_m if body == "sun" else grid.moon_itrf_m)[:, some]
    apart_m = np.sqrt(((ours - expected) ** 2).sum(axis=0))
    print(f"{body}: worst {apart_m.max():.3f} m")
    # The spline between hourly nodes, and 5e-14 of rounding at 1 au
    assert apart_m.max() < 0.05


def test_sun_against_the_almanac_formula():
    # Low-precision Sun of the Astronomical Almanac (0.01 deg), in mean equinox of date
    grid = time_grid(START, 24.0, 600.0)
    n = grid.jd_utc - 2451545.0 + grid.fraction_utc
    g = np.radians(357.528 + 0.9856003 * n)
    longitude = np.radians(280.460 + 0.9856474 * n + 1.915 * np.sin(g) + 0.020 * np.sin(2 * g))
    tilt = np.radians(23.439 - 4e-7 * n)
    x, y = np.cos(longitude), np.cos(tilt) * np.sin(longitude)
    angle = grid.sidereal_rad
    expected = np.stack(
        [
            np.cos(angle) * x + np.sin(angle) * y,
            np.cos(angle) * y - np.sin(angle) * x,
            np.sin(tilt) * np.sin(longitude),
        ]
    )
    unit = grid.sun_itrf_m / np.sqrt((grid.sun_itrf_m**2).sum(axis=0))
    apart_deg = np.degrees(np.sqrt(((unit - expected) ** 2).sum(axis=0)).max())
    assert apart_deg < 0.012


def test_representative_days_keep_the_year_and_the_time_of_day():
    section = TimeSection(start=datetime(2024, 7, 5, 6, 30))
    assert representative_days(section) == [
        datetime(2024, month, day, 6, 30) for month, day in ((3, 20), (6, 21), (9, 22), (12, 21))
    ]
    alone = TimeSection(start=datetime(2024, 7, 5, 6, 30, tzinfo=UTC), days=())
    assert representative_days(alone) == [datetime(2024, 7, 5, 6, 30)]
    # The year is that of UTC
    new_york = timezone(timedelta(hours=-5))
    late = TimeSection(start=datetime(2024, 12, 31, 20, tzinfo=new_york), days=("03-20",))
    assert representative_days(late) == [datetime(2025, 3, 20, 1)]


def test_extrapolated_earth_rotation_is_said_in_one_sentence(recwarn):
    assert earth_orientation_warning(time_grid(START, 1.0, 60.0)) is None
    sentence = earth_orientation_warning(time_grid(datetime(2040, 1, 1), 1.0, 60.0))
    assert sentence is not None
    assert sentence.startswith("Earth rotation after 20")
    assert "update skyfield-data" in sentence
    assert not [each for each in recwarn if issubclass(each.category, RuntimeWarning)]


@pytest.mark.parametrize("year", [1850, 2060])
def test_a_year_outside_the_ephemeris_is_refused(year):
    with pytest.raises(EphemerisError, match=r"time\.start \(.*\): .*de421.*choose a start"):
        time_grid(datetime(year, 1, 1), 1.0, 60.0)
