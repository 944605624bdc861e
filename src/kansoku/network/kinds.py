"""What a row of either sensor table is: its kind, and whether it can be a contributor."""

from __future__ import annotations

from kansoku.network.tables import Row

RADAR_TYPES = frozenset({"radar_tracking", "radar_fence", "phased_array"})


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


def _span_deg(row: Row) -> float:
    low, high = row.number("az_min_deg"), row.number("az_max_deg")
    return high - low if high >= low else high - low + 360.0
