"""What each kind of sensor needs to detect: from the tables, whole for every row of both."""

import itertools
import math

import numpy as np
import pytest

from kansoku.network import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR, load_tables, sensors
from kansoku.network.classes import generic_type
from kansoku.network.climate import extinction_mag
from kansoku.network.contributors import NEUTRAL
from kansoku.network.kinds import is_modelled, is_optical, is_radar
from kansoku.network.single import sensor_at

TABLES = load_tables()
EXISTING = {row.text("id"): row for row in TABLES.sensors_existing}
TYPES = {row.text("id"): row for row in TABLES.sensor_types}
SITES = {row.text("id"): row for row in TABLES.sites}


def existing(name, units=1.0):
    row = EXISTING[name]
    return sensors.existing(row, generic_type(row, TABLES), units, 1.0, TABLES)


def candidate(site, kind):
    return sensors.candidate(SITES[site], TYPES[kind], TABLES)


def test_a_candidate_telescope_by_hand():
    got = candidate("S-AU-SSO", "T-OPT-05W")
    assert got["aperture_m"] == 0.5
    assert got["exposure_s"] == got["reference_exposure_s"] == 5.0
    assert got["required_snr"] == 5.0
    assert got["read_noise_e"] == 3.0
    assert got["pixel_arcsec"] == 2.0
    assert got["seeing_arcsec"] == SITES["S-AU-SSO"].number("seeing_arcsec")
    assert (got["reference_sky_mag_arcsec2"], got["reference_seeing_arcsec"]) == (21.5, 1.5)
    assert got["zenith_sky_mag_arcsec2"] == 21.7
    assert got["follows"] == 1.0
    assert got["fastest_rad_s"] == pytest.approx(math.radians(8))
    assert got["moon_exclusion_rad"] == pytest.approx(math.radians(10))
    assert got["sun_exclusion_rad"] == pytest.approx(math.radians(45))
    assert got["minimum_detections"] == 3.0
    assert got["detection_interval_s"] == 7.0  # 5 s and 2 s of read-out
    assert got["simultaneous_tracks"] == math.inf  # whatever the field holds


def test_an_existing_telescope_keeps_what_is_published_of_it():
    got = existing("JP-SEIMEI")  # of the class of the 1 m tracking telescope
    assert got["aperture_m"] == 3.8
    assert got["exposure_s"] == got["reference_exposure_s"] == 10.0
    assert got["fastest_rad_s"] == pytest.approx(math.radians(3))
    assert got["detection_interval_s"] == 12.0
    assert got["pixel_arcsec"] == 0.7


def test_what_is_not_published_of_a_telescope_comes_from_its_class():
    got = existing("JP-BSGC-1M")  # its exposure is not stated
    assert got["exposure_s"] == got["reference_exposure_s"] == 5.0
    assert existing("JP-NAYORO")["fastest_rad_s"] == pytest.approx(math.radians(5))


def test_an_existing_telescope_has_the_sky_of_the_nearest_site():
    bisei = SITES["S-JP-BISEI"]
    got = existing("JP-BSGC-1M")
    assert got["zenith_sky_mag_arcsec2"] == bisei.number("sky_brightness_mag_arcsec2")
    assert got["seeing_arcsec"] == bisei.number("seeing_arcsec")
    # its published limit is one of practice there
    assert got["reference_sky_mag_arcsec2"] == got["zenith_sky_mag_arcsec2"]
    assert got["reference_seeing_arcsec"] == got["seeing_arcsec"]


def test_one_sensor_placed_at_a_site_is_the_candidate_there():
    site = SITES["S-NZ-MTJOHN"]
    place = [site.number(column) for column in ("lat_deg", "lon_deg", "alt_m")]
    for kind in ("T-OPT-1M", "T-RAD-KSGC", "T-SLR", "T-PRF-TDOA"):
        alone = sensor_at(kind, *place, tables=TABLES)
        stacked = sensors.stack([candidate(site.text("id"), kind)])
        for name in vars(alone):
            assert np.array_equal(getattr(alone, name), getattr(stacked, name), equal_nan=True)


@pytest.mark.parametrize(
    ("name", "follows"),
    [("AU-SST", 0.0), ("JP-KISO-TOMOE", 0.0), ("JP-BSGC-05M", 1.0), ("JP-NAYUTA", 1.0)],
)
def test_wide_surveys_stay_with_the_stars(name, follows):
    got = existing(name)
    assert got["follows"] == follows
    assert math.isinf(got["fastest_rad_s"]) == (not follows)


def test_a_radar_by_hand():
    got = candidate("S-AU-GINGIN", "T-RAD-KSGC")
    assert got["wavelength_m"] == pytest.approx(0.299792458 / 3.2)
    assert got["reference_snr_db"] == 13.0
    assert got["false_alarm_probability"] == 1e-6
    assert got["simultaneous_tracks"] == 30.0
    assert (got["minimum_detections"], got["detection_interval_s"]) == (10.0, 0.0)


def test_units_follow_targets_side_by_side():
    assert existing("JP-KSGC-NEW", units=2.0)["simultaneous_tracks"] == 60.0
    assert existing("US-GEODSS-MAU", units=3.0)["simultaneous_tracks"] == math.inf


@pytest.mark.parametrize(
    ("name", "frequency_hz"),
    [
        ("US-EGLIN", 442e6),
        ("US-SPFENCE", 3.2e9),  # 'S', between 2.7 and 3.7 GHz
        ("JP-DSRADAR", 3.2e9),  # 'S (assumed)'
    ],
)
def test_wavelength_from_the_frequency_or_the_middle_of_the_band(name, frequency_hz):
    assert existing(name)["wavelength_m"] == pytest.approx(299792458.0 / frequency_hz)


@pytest.mark.parametrize(
    ("name", "largest_km", "debris_km", "debris_m"),
    [
        ("JP-TKB-SLR", 40000, math.nan, math.nan),
        ("JP-KOGANEI-SLR", 25000, math.nan, math.nan),  # none in the table
        ("AT-GRAZ", 40000, 1000, 0.5),
        ("AU-EOS-STROMLO", 40000, 1000, 0.1),  # claimed: under 10 cm beyond 1,000 km
    ],
)
def test_a_laser_station(name, largest_km, debris_km, debris_m):
    got = existing(name)
    assert got["kind"] == LASER
    assert got["largest_range_m"] == largest_km * 1e3
    assert got["debris_range_m"] == pytest.approx(debris_km * 1e3, nan_ok=True)
    assert got["debris_diameter_m"] == pytest.approx(debris_m, nan_ok=True)
    assert got["fastest_rad_s"] == pytest.approx(math.radians(10))
    assert got["sun_exclusion_rad"] == pytest.approx(math.radians(15))
    assert got["moon_exclusion_rad"] == 0.0
    assert (got["minimum_detections"], got["simultaneous_tracks"]) == (20.0, 1.0)


def test_a_laser_type_ranges_debris_too():
    got = candidate("S-AU-SSO", "T-SLR")
    assert (got["kind"], got["debris_range_m"], got["debris_diameter_m"]) == (LASER, 1e6, 0.5)


def test_a_receiver_of_what_satellites_emit():
    got = candidate("S-AU-GINGIN", "T-PRF-TDOA")
    assert got["kind"] == PASSIVE_RF
    assert got["largest_range_m"] == 42e6
    assert got["wavelength_m"] == pytest.approx(0.299792458 / 12)
    assert math.isnan(got["reference_range_m"])


@pytest.mark.parametrize(
    ("record", "rcs_m2"),
    [(existing("AU-MWA"), 0.5), (candidate("S-AU-GINGIN", "T-PRF-FM"), 3.0)],
    ids=["AU-MWA", "T-PRF-FM"],
)
def test_a_receiver_of_broadcast_echoes_is_a_radar(record, rcs_m2):
    assert record["kind"] == RADAR
    assert (record["reference_range_m"], record["reference_rcs_m2"]) == (1e6, rcs_m2)
    assert record["wavelength_m"] == pytest.approx(2.99792458)
    assert record["reference_snr_db"] == 13.0
    assert record["cone_half_angle_rad"] == pytest.approx(math.radians(60))
    assert record["simultaneous_tracks"] == math.inf


def test_the_detections_of_a_fan_fit_in_its_dwell():
    got = candidate("S-AU-GINGIN", "T-RAD-LL-S")
    least_s = (got["minimum_detections"] - 1) * got["detection_interval_s"]
    assert 0 < least_s <= got["minimum_track_s"]


@pytest.mark.parametrize(
    ("altitude_m", "published"), [(0.0, 0.28), (500.0, 0.24), (1000.0, 0.21), (2000.0, 0.16)]
)
def test_extinction_for_the_eye(altitude_m, published):
    # D. W. E. Green, ICQ 14 (1992), average extinction at 510 nm, to two decimals
    assert extinction_mag(altitude_m, 0.51) == pytest.approx(published, abs=0.006)


@pytest.mark.parametrize("altitude_m", [2400.0, 2635.0])
def test_extinction_in_v_at_two_observatories(altitude_m):
    # about 0.13 at La Silla (Burki et al., A&AS 112 (1995), 383-400) and at Paranal (Patat et al.,
    # A&A 527 (2011), A91)
    assert extinction_mag(altitude_m) == pytest.approx(0.13, abs=0.02)


def test_extinction_falls_with_altitude():
    steps = [extinction_mag(altitude_m) for altitude_m in range(0, 5000, 250)]
    assert all(higher < lower for lower, higher in itertools.pairwise(steps))


EVERY = ("minimum_detections", "minimum_track_s", "tracks_per_hour", "availability")
OF_KIND = {
    OPTICAL: (
        "limiting_magnitude", "aperture_m", "exposure_s", "reference_exposure_s", "required_snr",
        "read_noise_e", "pixel_arcsec", "seeing_arcsec", "reference_sky_mag_arcsec2",
        "reference_seeing_arcsec",
        "zenith_sky_mag_arcsec2", "extinction_mag", "moon_exclusion_rad", "sun_exclusion_rad",
        "detection_interval_s",
    ),
    RADAR: (
        "reference_range_m", "reference_rcs_m2", "wavelength_m", "false_alarm_probability",
    ),
    FAN: (
        "reference_range_m", "reference_rcs_m2", "wavelength_m", "false_alarm_probability",
        "fan_plane_azimuth_rad", "fan_tilt_rad", "fan_half_thickness_rad", "detection_interval_s",
    ),
    LASER: ("largest_range_m", "fastest_rad_s", "sun_exclusion_rad"),
    PASSIVE_RF: ("largest_range_m", "wavelength_m"),
}  # fmt: skip


def _reach(row):
    """Columns without which an existing sensor is left out."""
    if is_optical(row):
        return ("limiting_mag",)
    return ("ref_range_km", "ref_rcs_m2") if is_radar(row) else ()


def every_record():
    for row in TABLES.sensor_types:
        if is_modelled(row):
            yield row.text("id"), sensors.candidate(SITES["S-AU-SSO"], row, TABLES)
    for row in TABLES.sensors_existing:
        whole = row.text("for_shape") and row.optional("alt_m") is not None
        if is_modelled(row) and whole and all(row.text(column) for column in _reach(row)):
            yield row.text("id"), existing(row.text("id"))


RECORDS = dict(every_record())


@pytest.mark.parametrize("name", RECORDS)
def test_every_row_of_both_tables_has_what_its_kind_needs(name):
    record = RECORDS[name]
    for field in (*EVERY, *OF_KIND[record["kind"]]):
        assert math.isfinite(record[field]), field
        assert record[field] > 0, field
    assert record["simultaneous_tracks"] >= 1


@pytest.mark.parametrize("name", RECORDS)
def test_a_field_of_another_kind_says_nothing(name):
    record = RECORDS[name]
    mine = {*EVERY, *OF_KIND[record["kind"]]}
    for other in {field for fields in OF_KIND.values() for field in fields} - mine:
        if not other.startswith(("detection_interval", "fastest", "sun_", "moon_")):
            same = record[other] == NEUTRAL[other]
            assert same or (math.isnan(record[other]) and math.isnan(NEUTRAL[other])), other


def test_the_tables_were_not_read_in_vain():
    assert len(RECORDS) > 95
