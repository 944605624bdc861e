"""Which generic sensor type stands in for what is not public about an existing sensor."""

from __future__ import annotations

import math

from kansoku.errors import NetworkError
from kansoku.network.kinds import is_fan, is_laser, is_optical, is_radar, is_receiver
from kansoku.network.tables import Row, Tables

WIDE_FIELD_TYPES = frozenset({"T-OPT-1M-WF"})
TRACKING_TYPES = frozenset({"T-OPT-07T", "T-OPT-1M"})
SURVEY_TYPES = frozenset({"T-OPT-05W", "T-OPT-1M", "T-OPT-2M", "T-OPT-35"})
"""Single-telescope types; the array of eight small tubes stands for no single telescope."""

MILITARY_FENCE, OTHER_FENCE = "T-RAD-SPF", "T-RAD-LL-S"

CLUSTER_TYPES = frozenset({"T-RAD-DSR", "T-RAD-DARC"})
"""Types that are whole groups of dishes: their dishes are not counted again (A-NET-CLUSTER)."""


def generic_type(row: Row, tables: Tables) -> Row:
    """Generic type whose minimum track, tracks an hour and availability a sensor takes.

    Telescopes go by aperture among the wide-field, survey or tracking types, as their field of
    view says; radars by the range at which 1 m^2 is detected, among the types of like geometry;
    fences whose field is a plane by whether they are military; lasers and receivers by aperture.
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

    Raises
    ------
    NetworkError
        When sensor_types.csv has lost every type that could stand in.
    """
    alike = [kind for kind in tables.sensor_types if _alike(row, kind, tables)]
    if not alike:
        raise NetworkError(
            f"{row.where}: {row.text('id')}: no generic type in sensor_types.csv is of its class; "
            "restore the type that was removed, or remove this sensor"
        )
    distance = _reach_ratio if is_radar(row) else _aperture_ratio
    return min(alike, key=lambda kind: distance(row, kind))


def _alike(row: Row, kind: Row, tables: Tables) -> bool:
    if is_optical(row):
        return _same_optics(row, kind, tables)
    if is_laser(row):
        return is_laser(kind)
    if is_receiver(row):
        return is_receiver(kind)
    return is_radar(kind) and _same_geometry(row, kind)


def _same_optics(row: Row, kind: Row, tables: Tables) -> bool:
    field_deg = row.optional("fov_deg")
    names = SURVEY_TYPES
    if field_deg is not None and field_deg >= tables.assumption("A-NET-CLASS-FIELD-WIDE"):
        names = WIDE_FIELD_TYPES
    elif field_deg is not None and field_deg < tables.assumption("A-NET-CLASS-FIELD-NARROW"):
        names = TRACKING_TYPES
    return kind.text("id") in names


def _same_geometry(row: Row, kind: Row) -> bool:
    if is_fan(row):
        # reach does not tell fences apart: the commercial class sees as far as the Space Fence
        military = row.text("owner_class") == "military"
        return kind.text("id") == (MILITARY_FENCE if military else OTHER_FENCE)
    return kind.text("type") == row.text("type") and not is_fan(kind)


def _aperture_ratio(row: Row, kind: Row) -> float:
    mine, theirs = row.optional("aperture_m"), kind.number("aperture_m")
    return 0.0 if mine is None else abs(math.log(mine / theirs))


def _reach_ratio(row: Row, kind: Row) -> float:
    return abs(_log_reach(row) - _log_reach(kind))


def _log_reach(row: Row) -> float:
    """Logarithm of the range at which 1 m^2 is detected: range scales with RCS^(1/4)."""
    return math.log(row.number("ref_range_km")) - 0.25 * math.log(row.number("ref_rcs_m2"))
