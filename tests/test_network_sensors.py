"""From table rows to SI and radians, and the generic type behind each existing sensor."""

import math

import numpy as np
import pytest

from kansoku.config import DesignSection, NetworkSection
from kansoku.network import FAN, LASER, OPTICAL, RADAR, load, load_tables, sensors
from kansoku.network.classes import generic_type

TABLES = load_tables()
EXISTING = {row.text("id"): row for row in TABLES.sensors_existing}
TYPES = {row.text("id"): row for row in TABLES.sensor_types}
SITES = {row.text("id"): row for row in TABLES.sites}


def existing(name):
    row = EXISTING[name]
    return sensors.existing(row, generic_type(row, TABLES), 1.0, 1.0, TABLES)


def candidate(site, kind):
    return sensors.candidate(SITES[site], TYPES[kind], TABLES)


def test_position_and_field_of_regard_of_a_telescope():
    got = candidate("S-AU-SSO", "T-OPT-05W")
    assert got["kind"] == OPTICAL
    assert got["latitude_rad"] == pytest.approx(math.radians(-31.2733))
    assert got["longitude_rad"] == pytest.approx(math.radians(149.0644))
    assert got["altitude_m"] == 1165.0
    assert got["azimuth_min_rad"] == 0.0
    assert got["azimuth_max_rad"] == pytest.approx(2 * math.pi)
    assert got["elevation_min_rad"] == pytest.approx(math.radians(15))
    assert got["limiting_magnitude"] == 18.0
    assert got["minimum_track_s"] == 20.0
    assert got["tracks_per_hour"] == 150.0
    assert got["cone_half_angle_rad"] == pytest.approx(math.pi)
    assert np.isnan([got["reference_range_m"], got["reference_rcs_m2"], got["fan_tilt_rad"]]).all()


def test_a_sector_through_north_keeps_its_order():
    got = existing("US-BEALE")
    assert got["azimuth_min_rad"] == pytest.approx(math.radians(126))
    assert got["azimuth_max_rad"] == pytest.approx(math.radians(6))
    assert got["azimuth_min_rad"] > got["azimuth_max_rad"]


def test_a_radar_may_look_beyond_the_zenith():
    assert existing("US-EGLIN")["elevation_max_rad"] == pytest.approx(math.radians(105))


def test_radar_reference_pair_in_metres():
    got = existing("US-SPFENCE")
    assert got["reference_range_m"] == pytest.approx(1930e3)
    assert got["reference_rcs_m2"] == 0.00785
    assert np.isnan(got["limiting_magnitude"])


@pytest.mark.parametrize(
    ("name", "plane_deg", "tilt_deg", "half_thickness_deg"),
    [("US-SPFENCE", 90, 90, 1.0), ("NZ-KSR", 77, 70, 0.5), ("LL-MSR", 71, 90, 0.5)],
)
def test_existing_fan(name, plane_deg, tilt_deg, half_thickness_deg):
    got = existing(name)
    assert got["kind"] == FAN
    assert got["fan_plane_azimuth_rad"] == pytest.approx(math.radians(plane_deg))
    assert got["fan_tilt_rad"] == pytest.approx(math.radians(tilt_deg))
    assert got["fan_half_thickness_rad"] == pytest.approx(math.radians(half_thickness_deg))
    assert got["minimum_track_s"] == 0.2


def test_a_fan_type_without_a_plane_stands_east_west_and_upright():
    got = candidate("S-AU-GINGIN", "T-RAD-LL-S")
    assert got["kind"] == FAN
    assert got["fan_plane_azimuth_rad"] == pytest.approx(math.pi / 2)
    assert got["fan_tilt_rad"] == pytest.approx(math.pi / 2)
    assert got["minimum_track_s"] == 0.2


def test_a_fan_with_azimuth_limits_is_a_sector():
    got = existing("FR-GRAVES-TX")
    assert got["kind"] == RADAR
    assert got["azimuth_min_rad"] == pytest.approx(math.radians(90))
    assert got["azimuth_max_rad"] == pytest.approx(math.radians(270))
    assert got["elevation_max_rad"] == pytest.approx(math.radians(40))
    assert np.isnan(got["fan_plane_azimuth_rad"])
    assert got["minimum_track_s"] == 20.0


@pytest.mark.parametrize(
    ("name", "half_angle_deg", "boresight_deg"), [("JP-MURADAR", 30, 90), ("LL-PFISR", 29, 74)]
)
def test_a_cone_opens_from_the_boresight_down_to_its_lowest_elevation(
    name, half_angle_deg, boresight_deg
):
    got = existing(name)
    assert got["cone_half_angle_rad"] == pytest.approx(math.radians(half_angle_deg))
    assert got["boresight_elevation_rad"] == pytest.approx(math.radians(boresight_deg))


def test_a_cone_type_looks_overhead():
    got = candidate("S-AU-GINGIN", "T-RAD-LL-UHF")
    assert got["cone_half_angle_rad"] == pytest.approx(math.radians(60))
    assert got["boresight_elevation_rad"] == pytest.approx(math.pi / 2)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("JP-BSGC-1M", "T-OPT-1M"),  # 1 m, 3 deg
        ("JP-KISO-TOMOE", "T-OPT-1M-WF"),  # 9 deg
        ("JP-SEIMEI", "T-OPT-1M"),  # 3.8 m but 0.2 deg: it tracks, it does not survey
        ("AU-SST", "T-OPT-35"),
        ("JP-DSRADAR", "T-RAD-DSR"),
        ("DARC-1", "T-RAD-DARC"),
        ("AU-CBAND", "T-RAD-CBAND"),
        ("JP-KSGC-NEW", "T-RAD-KSGC"),
        ("IT-BIRALES", "T-RAD-LL-S"),
        ("US-EGLIN", "T-RAD-LL-UHF"),
        ("US-SPFENCE", "T-RAD-SPF"),
        ("NZ-KSR", "T-RAD-LL-S"),
        ("FR-GRAVES-TX", "T-RAD-GRAVES"),
        ("JP-TKB-SLR", "T-SLR"),
        ("AU-MWA", "T-PRF-FM"),
        ("COM-SAFRAN", "T-PRF-TDOA"),
    ],
)
def test_generic_type(name, kind):
    assert generic_type(EXISTING[name], TABLES).text("id") == kind


def test_units_multiply_tracks_but_dishes_of_one_cluster_do_not():
    network = load(NetworkSection(), DesignSection(budget_mjpy=0))
    rate = dict(zip(network.id, network.sensors.tracks_per_hour, strict=True))
    assert rate["US-GEODSS-MAU"] == 3 * 100  # three telescopes of the 1 m class
    assert rate["JP-DSRADAR"] == 20  # six dishes, one radar
    assert rate["AU-CBAND"] == 300 / 24  # its own published tracks a day


def test_arrays_are_complete_and_finite_where_they_must_be():
    network = load(NetworkSection(), DesignSection(budget_mjpy=0))
    s = network.sensors
    optical, fan = s.kind == OPTICAL, s.kind == FAN
    always = (
        "latitude_rad", "longitude_rad", "altitude_m", "azimuth_min_rad", "azimuth_max_rad",
        "elevation_min_rad", "elevation_max_rad", "boresight_azimuth_rad",
        "boresight_elevation_rad", "cone_half_angle_rad", "minimum_track_s", "tracks_per_hour",
        "availability",
    )  # fmt: skip
    for name in always:
        assert np.isfinite(getattr(s, name)).all(), name
    assert np.array_equal(np.isfinite(s.limiting_magnitude), optical)
    assert np.array_equal(np.isfinite(s.reference_range_m), fan | (s.kind == RADAR))
    assert np.array_equal(np.isfinite(s.largest_range_m), s.kind == LASER)
    assert np.array_equal(np.isfinite(s.fan_tilt_rad), fan)
    assert (np.abs(s.latitude_rad) <= math.pi / 2).all()
    assert set(s.kind) == {OPTICAL, RADAR, FAN, LASER}
