"""From the degrees and kilometres of the tables to the SI and radians of `Sensors`.

Rules where the tables leave a choice, each an assumption in sites/assumptions.csv:

- A `fan` with a limited azimuth range is a RADAR sector (A-NET-FAN-SECTOR); any other fan is a
  plane, vertical and east-west unless the row says otherwise (A-NET-FAN-TILT, -AZIMUTH), and its
  shortest useful dwell is A-NET-FAN-DWELL.
- A `cone` opens from its boresight, overhead unless given, down to `el_min_deg` on the low side:
  half-angle = boresight elevation - el_min.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kansoku.constants import DEG
from kansoku.network.contributors import NEUTRAL, Sensors, sensors_of
from kansoku.network.detection import detection, simultaneous_tracks, track_rule
from kansoku.network.kinds import is_fan, kind_of
from kansoku.network.tables import Row, Tables

HOURS_PER_DAY = 24.0
NOT_A_CONE_DEG = 180.0

Record = dict[str, float]
"""One contributor: the value of each field of `Sensors`."""


def candidate(site: Row, kind: Row, tables: Tables) -> Record:
    """Record of a sensor type built at a site, one unit."""
    return {
        **NEUTRAL,
        **_position(site),
        **_field_of_regard(kind),
        **_cone(kind),
        **_fan(kind, kind, tables),
        **detection(kind, kind, site, tables),
        **track_rule(kind, kind, tables),
        "simultaneous_tracks": simultaneous_tracks(kind, 1.0),
        "minimum_track_s": _minimum_track_s(kind, kind, tables),
        "tracks_per_hour": kind.number("targets_per_hour"),
        "availability": kind.number("availability_excl_weather"),
    }


def existing(row: Row, generic: Row, units: float, share: float, tables: Tables) -> Record:
    """Record of an existing sensor; what its row lacks comes from a generic type.

    Parameters
    ----------
    row : Row
        A row of sensors_existing.csv with position and performance.
    generic : Row
        Its generic type (`classes.generic_type`).
    units : float
        Instruments that work separately; they multiply the tracks an hour.
    share : float
        Share of its up time that counts, 0 to 1; multiplies the availability.
    tables : Tables
    """
    tracks_per_day = row.optional("tracks_per_day")
    tracks_per_hour = (
        units * generic.number("targets_per_hour")
        if tracks_per_day is None
        else tracks_per_day / HOURS_PER_DAY
    )
    return {
        **NEUTRAL,
        **_position(row),
        **_field_of_regard(row),
        **_cone(row),
        **_fan(row, generic, tables),
        **detection(row, generic, row, tables),
        **track_rule(row, generic, tables),
        "simultaneous_tracks": simultaneous_tracks(generic, units),
        "minimum_track_s": _minimum_track_s(row, generic, tables),
        "tracks_per_hour": tracks_per_hour,
        "availability": share * generic.number("availability_excl_weather"),
    }


def stack(records: Sequence[Record]) -> Sensors:
    """Join records into arrays over contributor C, in their order."""
    names = records[0].keys()
    return sensors_of({name: np.array([record[name] for record in records]) for name in names})


def _position(row: Row) -> Record:
    return {
        "latitude_rad": row.number("lat_deg") * DEG,
        "longitude_rad": row.number("lon_deg") * DEG,
        "altitude_m": row.number("alt_m"),
    }


def _field_of_regard(row: Row) -> Record:
    return {
        "kind": kind_of(row),
        "azimuth_min_rad": row.number("az_min_deg") * DEG,
        "azimuth_max_rad": row.number("az_max_deg") * DEG,
        "elevation_min_rad": row.number("el_min_deg") * DEG,
        "elevation_max_rad": row.number("el_max_deg") * DEG,
    }


def _cone(row: Row) -> Record:
    azimuth_deg = row.given("boresight_az_deg", 0.0)
    elevation_deg = row.given("boresight_el_deg", 90.0)
    half_angle_deg = NOT_A_CONE_DEG
    if row.text("for_shape") == "cone":
        half_angle_deg = elevation_deg - row.number("el_min_deg")
    return {
        "boresight_azimuth_rad": azimuth_deg * DEG,
        "boresight_elevation_rad": elevation_deg * DEG,
        "cone_half_angle_rad": half_angle_deg * DEG,
    }


def _fan(row: Row, generic: Row, tables: Tables) -> Record:
    names = ("fan_plane_azimuth_rad", "fan_tilt_rad", "fan_half_thickness_rad")
    if not is_fan(row):
        return dict.fromkeys(names, np.nan)
    azimuth_deg = row.given("fan_plane_az_deg", tables.assumption("A-NET-FAN-AZIMUTH"))
    tilt_deg = row.given("boresight_el_deg", tables.assumption("A-NET-FAN-TILT"))
    values_deg = (azimuth_deg, tilt_deg, generic.number("fan_half_thickness_deg"))
    return {name: value * DEG for name, value in zip(names, values_deg, strict=True)}


def _minimum_track_s(row: Row, generic: Row, tables: Tables) -> float:
    if is_fan(row):
        return tables.assumption("A-NET-FAN-DWELL")
    return generic.number("min_track_duration_s")
