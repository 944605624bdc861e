"""One sensor at any place: what a question about one object needs."""

from __future__ import annotations

import math

import numpy as np

from kansoku.constants import DEG
from kansoku.network import contributors, sensors
from kansoku.network.contributors import RADAR, Sensors
from kansoku.network.names import require_known
from kansoku.network.tables import Row, Tables, load_tables
from kansoku.network.terrain import masks_of, under_masks

BARE_ELEVATION_DEG = 10.0


def sensor_at(
    sensor_type: str,
    latitude_deg: float,
    longitude_deg: float,
    altitude_m: float,
    tables: Tables | None = None,
    site: str = "",
) -> Sensors:
    """Place one sensor of a type anywhere, whatever the sites it suits.

    Parameters
    ----------
    sensor_type : str
        Id in sites/sensor_types.csv.
    latitude_deg, longitude_deg : float
        Geodetic, WGS 84, east positive. [deg]
    altitude_m : float
        Above the ellipsoid. [m]
    tables : Tables, optional
    site : str, optional
        Id of the candidate site or existing sensor there, for its horizon mask.

    Returns
    -------
    Sensors
        One row.

    Raises
    ------
    NetworkError
        When the type is unknown.
    """
    tables = load_tables() if tables is None else tables
    types = {row.text("id"): row for row in tables.sensor_types}
    require_known("--sensor", [sensor_type], types, "sensor type")
    place = {"lat_deg": latitude_deg, "lon_deg": longitude_deg, "alt_m": altitude_m}
    row = Row("--site", {column: repr(value) for column, value in place.items()})
    alone = sensors.stack([sensors.candidate(row, types[sensor_type], tables)])
    return under_masks(alone, [site], masks_of(tables))


def bare_sensor(latitude_deg: float, longitude_deg: float, altitude_m: float) -> Sensors:
    """Return a sensor that sees everything above 10 degrees, however small and far.

    Parameters
    ----------
    latitude_deg, longitude_deg : float
        Geodetic, WGS 84, east positive. [deg]
    altitude_m : float
        Above the ellipsoid. [m]

    Returns
    -------
    Sensors
        One row, of the kind whose criteria the sky does not decide.
    """
    column = {
        "kind": RADAR,
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
        "reference_range_m": math.inf,
        "reference_rcs_m2": 1.0,
        "reference_snr_db": 13.0,
        "wavelength_m": 0.1,
        "false_alarm_probability": 1e-6,
        "minimum_track_s": 0.0,
        "tracks_per_hour": math.inf,
        "availability": 1.0,
    }
    return contributors.sensors_of({name: np.array([value]) for name, value in column.items()})
