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

from kansoku.constants import DEG, M_PER_KM
from kansoku.network.contributors import FAN, OPTICAL, RADAR, Sensors, sensors_of
from kansoku.network.tables import Row, Tables

RADAR_TYPES = frozenset({"radar_tracking", "radar_fence", "phased_array"})
HOURS_PER_DAY = 24.0
NOT_A_CONE_DEG = 180.0

Record = dict[str, float]
"""One contributor: the value of each field of `Sensors`."""


def is_optical(row: Row) -> bool:
    """Whether a row of either sensor table is a telescope."""
    return row.text("type") == "optical"


def is_radar(row: Row) -> bool:
    """Whether a row of either sensor table is an active radar."""
    return row.text("type") in RADAR_TYPES


def is_modelled(row: Row) -> bool:
    """Whether a row of either sensor table can become a contributor (not laser or passive RF)."""
    return is_optical(row) or is_radar(row)


def is_fan(row: Row) -> bool:
    """Whether the field of regard is a plane: a fan that turns through all azimuths."""
    return row.text("for_shape") == "fan" and _span_deg(row) >= 360.0


def candidate(site: Row, kind: Row, tables: Tables) -> Record:
    """Record of a sensor type built at a site, one unit."""
    return {
        **_position(site),
        **_field_of_regard(kind),
        **_cone(kind),
        **_fan(kind, kind, tables),
        **_detection(kind, "limiting_mag_v"),
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
        **_position(row),
        **_field_of_regard(row),
        **_cone(row),
        **_fan(row, generic, tables),
        **_detection(row, "limiting_mag"),
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
    kind = OPTICAL if is_optical(row) else FAN if is_fan(row) else RADAR
    return {
        "kind": kind,
        "azimuth_min_rad": row.number("az_min_deg") * DEG,
        "azimuth_max_rad": row.number("az_max_deg") * DEG,
        "elevation_min_rad": row.number("el_min_deg") * DEG,
        "elevation_max_rad": row.number("el_max_deg") * DEG,
    }


def _cone(row: Row) -> Record:
    azimuth_deg = _given(row, "boresight_az_deg", 0.0)
    elevation_deg = _given(row, "boresight_el_deg", 90.0)
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
    azimuth_deg = _given(row, "fan_plane_az_deg", tables.assumption("A-NET-FAN-AZIMUTH"))
    tilt_deg = _given(row, "boresight_el_deg", tables.assumption("A-NET-FAN-TILT"))
    values_deg = (azimuth_deg, tilt_deg, generic.number("fan_half_thickness_deg"))
    return {name: value * DEG for name, value in zip(names, values_deg, strict=True)}


def _detection(row: Row, magnitude_column: str) -> Record:
    if is_optical(row):
        return {
            "limiting_magnitude": row.number(magnitude_column),
            "reference_range_m": np.nan,
            "reference_rcs_m2": np.nan,
        }
    return {
        "limiting_magnitude": np.nan,
        "reference_range_m": row.number("ref_range_km") * M_PER_KM,
        "reference_rcs_m2": row.number("ref_rcs_m2"),
    }


def _minimum_track_s(row: Row, generic: Row, tables: Tables) -> float:
    if is_fan(row):
        return tables.assumption("A-NET-FAN-DWELL")
    return generic.number("min_track_duration_s")


def _given(row: Row, column: str, otherwise: float) -> float:
    """Return a cell, or `otherwise` when it is empty or the table has no such column."""
    value = row.optional(column) if column in row.cells else None
    return otherwise if value is None else value


def _span_deg(row: Row) -> float:
    low, high = row.number("az_min_deg"), row.number("az_max_deg")
    return high - low if high >= low else high - low + 360.0
