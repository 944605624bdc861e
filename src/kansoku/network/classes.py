"""Which generic sensor type stands in for what is not public about an existing sensor."""

from __future__ import annotations

import math

from kansoku.network.sensors import is_fan, is_optical
from kansoku.network.tables import Row, Tables

WIDE_FIELD_TYPE = "T-OPT-1M-WF"
TRACKING_TYPES = frozenset({"T-OPT-07T", "T-OPT-1M"})
SURVEY_TYPES = frozenset({"T-OPT-05W", "T-OPT-1M", "T-OPT-2M", "T-OPT-35"})
"""Single-telescope types; the array of eight small tubes stands for no single telescope."""

CLUSTER_TYPES = frozenset({"T-RAD-DSR", "T-RAD-DARC"})
"""Types that are whole groups of dishes: their dishes are not counted again (A-NET-CLUSTER)."""


def generic_type(row: Row, tables: Tables) -> Row:
    """Generic type whose minimum track, tracks an hour and availability a sensor takes.

    Telescopes go by aperture among the wide-field, survey or tracking types, as their field of
    view says; radars by the range at which 1 m^2 is detected, among the types of like geometry.
    Assumptions A-NET-CLASS, A-NET-CLASS-FIELD-WIDE and A-NET-CLASS-FIELD-NARROW.

    Parameters
    ----------
    row : Row
        A row of sensors_existing.csv that can be modelled.
    tables : Tables

    Returns
    -------
    Row
        A row of sensor_types.csv.
    """
    if is_optical(row):
        alike = _telescope_types(row, tables)
        return min(alike, key=lambda kind: _ratio(row, kind, "aperture_m"))
    alike = [kind for kind in tables.sensor_types if _same_geometry(row, kind)]
    return min(alike, key=lambda kind: abs(_log_reach(row) - _log_reach(kind)))


def _telescope_types(row: Row, tables: Tables) -> list[Row]:
    field_deg = row.optional("fov_deg")
    names = set(SURVEY_TYPES)
    if field_deg is not None and field_deg >= tables.assumption("A-NET-CLASS-FIELD-WIDE"):
        names = {WIDE_FIELD_TYPE}
    elif field_deg is not None and field_deg < tables.assumption("A-NET-CLASS-FIELD-NARROW"):
        names = set(TRACKING_TYPES)
    return [kind for kind in tables.sensor_types if kind.text("id") in names]


def _same_geometry(row: Row, kind: Row) -> bool:
    if is_fan(row):
        return kind.text("type") == "radar_fence" and is_fan(kind)
    return kind.text("type") == row.text("type") and not is_fan(kind)


def _ratio(row: Row, kind: Row, column: str) -> float:
    mine, theirs = row.optional(column), kind.number(column)
    return 0.0 if mine is None else abs(math.log(mine / theirs))


def _log_reach(row: Row) -> float:
    """Logarithm of the range at which 1 m^2 is detected: range scales with RCS^(1/4)."""
    return math.log(row.number("ref_range_km")) - 0.25 * math.log(row.number("ref_rcs_m2"))
