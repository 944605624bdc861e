"""One sensor at any place: what a question about one object needs."""

from __future__ import annotations

import math

import numpy as np

from kansoku.constants import DEG
from kansoku.errors import NetworkError
from kansoku.network import sensors
from kansoku.network.contributors import RADAR, Sensors
from kansoku.network.names import require_known
from kansoku.network.tables import Row, Tables, load_tables

BARE_ELEVATION_DEG = 10.0


def sensor_at(
    sensor_type: str,
    latitude_deg: float,
    longitude_deg: float,
    altitude_m: float,
    tables: Tables | None = None,
) -> Sensors:
    """Place one sensor of a type anywhere.

    Raises
    ------
    NetworkError
        When the type is unknown, or not yet modelled (laser ranging, passive RF).
    """
    tables = tables or load_tables()
    by_id = {row.text("id"): row for row in tables.sensor_types}
    require_known("--sensor", [sensor_type], by_id, "sensor type")
    kind = by_id[sensor_type]
    if not (sensors.is_optical(kind) or sensors.is_radar(kind)):
        raise NetworkError(
            f"--sensor: {sensor_type} is of type {kind.text('type')!r}, which is not modelled yet; "
            "choose a telescope or a radar"
        )
    place = {"lat_deg": latitude_deg, "lon_deg": longitude_deg, "alt_m": altitude_m}
    site = Row("--site", {column: repr(value) for column, value in place.items()})
    return sensors.stack([sensors.candidate(site, kind, tables)])


def bare_sensor(latitude_deg: float, longitude_deg: float, altitude_m: float) -> Sensors:
    """Return a sensor that sees everything above 10 degrees, however small and far."""
    column = {
        "latitude_rad": latitude_deg * DEG,
        "longitude_rad": longitude_deg * DEG,
        "altitude_m": altitude_m,
        "azimuth_min_rad": 0.0,
        "azimuth_max_rad": 2.0 * math.pi,
        "elevation_min_rad": BARE_ELEVATION_DEG * DEG,
        "elevation_max_rad": math.pi / 2.0,
        "boresight_azimuth_rad": 0.0,
        "boresight_elevation_rad": math.pi / 2.0,
        "cone_half_angle_rad": math.pi,
        "fan_plane_azimuth_rad": math.nan,
        "fan_tilt_rad": math.nan,
        "fan_half_thickness_rad": math.nan,
        "limiting_magnitude": math.nan,
        "reference_range_m": math.inf,
        "reference_rcs_m2": 1.0,
        "minimum_track_s": 0.0,
        "tracks_per_hour": math.inf,
        "availability": 1.0,
    }
    rows = {name: np.array([value]) for name, value in column.items()}
    return Sensors(kind=np.array([RADAR], dtype=np.int8), **rows)
