"""Sensors straight from the cells of the tables, in degrees and metres, as the oracle reads them.

Imports nothing from kansoku.
"""

import csv
from functools import cache
from pathlib import Path

from naive import detection
from naive import visibility as naive

TABLES = Path(__file__).parent.parent / "sites"
LIGHT_M_S = 299_792_458.0


@cache
def table(name):
    """Rows of a table by id, as dicts of text."""
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def assumed(name):
    return float(table("assumptions.csv")[name]["value"])


def type_rows():
    """Every sensor type that may be built."""
    return table("sensor_types.csv")


def number(row, column):
    return float(row[column] or "nan")


def nearest_sky(latitude, longitude):
    """Candidate site for telescopes that is nearest to a place."""

    def apart(site):
        where = float(site["lon_deg"]), float(site["lat_deg"])
        return naive.angle_between(naive.direction(longitude, latitude), naive.direction(*where))

    return min((s for s in table("sites.csv").values() if s["suits"] != "radar"), key=apart)


def kind_of(row):
    if row["type"] == "slr":
        return "laser"
    if row["type"] == "passive_rf":
        return "radar" if row["ref_range_km"] else "passive_rf"
    return (
        "optical" if row["type"] == "optical" else "fan" if row["for_shape"] == "fan" else "radar"
    )


def sensor_of(row, latitude, longitude, altitude, horizon=-90.0):
    """A type at a place, under the sky of the nearest site."""
    kind = kind_of(row)
    lowest = float(row["el_min_deg"])
    geometry = {
        "kind": kind,
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude,
        "azimuth_min": float(row["az_min_deg"]),
        "azimuth_max": float(row["az_max_deg"]),
        "elevation_min": lowest,
        "elevation_max": float(row["el_max_deg"]),
        "boresight_azimuth": 0.0,
        "boresight_elevation": 90.0,
        "cone": 90.0 - lowest if row["for_shape"] == "cone" else 180.0,
        "fan_plane_azimuth": 90.0,
        "fan_tilt": 90.0,
        "fan_half_thickness": number(row, "fan_half_thickness_deg"),
        "horizon": horizon,
        "sun_exclusion": 0.0,
        "moon_exclusion": 0.0,
    }
    of_kind = {"optical": telescope, "laser": laser, "passive_rf": receiver}.get(kind, radar)
    return geometry | of_kind(row, latitude, longitude, altitude)


def telescope(row, latitude, longitude, altitude):
    sky = nearest_sky(latitude, longitude)
    seeing = assumed("A-NET-OPT-SEEING")
    return {
        "limit": float(row["limiting_mag_v"]),
        "aperture": float(row["aperture_m"]),
        "exposure": float(row["limiting_mag_exposure_s"]),
        "reference_exposure": float(row["limiting_mag_exposure_s"]),
        "snr": float(row["limiting_mag_snr"]),
        "read_noise": assumed("A-NET-OPT-READ-NOISE"),
        "pixel": float(row["pixel_arcsec"]),
        "seeing": float(sky["seeing_arcsec"] or seeing),
        "reference_seeing": seeing,
        "sky": float(sky["sky_brightness_mag_arcsec2"]),
        "reference_sky": assumed("A-NET-OPT-SKY"),
        "extinction": detection.extinction(altitude),
        "follows": row["follows"] == "target",
        "fastest": float(row["slew_deg_s"]),
        "moon_exclusion": assumed("A-NET-OPT-MOON"),
        "sun_exclusion": assumed("A-NET-OPT-SUN"),
    }


def radar(row, *_):
    return {
        "reference_range": float(row["ref_range_km"]) * 1000.0,
        "reference_rcs": float(row["ref_rcs_m2"]),
        "reference_snr": float(row["ref_snr_db"]),
        "wavelength": LIGHT_M_S / float(row["frequency_hz"]),
        "false_alarm": assumed("A-NET-RADAR-FALSE-ALARM"),
    }


def laser(row, *_):
    return {
        "largest_range": number(row, "largest_range_km") * 1000.0,
        "debris_range": number(row, "debris_range_km") * 1000.0,
        "debris_diameter": number(row, "debris_diameter_m"),
        "moon_exclusion": assumed("A-NET-LASER-MOON"),
        "sun_exclusion": assumed("A-NET-LASER-SUN"),
    }


def receiver(_, *__):
    return {"largest_range": assumed("A-NET-PRF-RANGE") * 1000.0}
