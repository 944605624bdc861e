"""What a row of either sensor table is: its kind, and whether it can be a contributor."""

from __future__ import annotations

from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from kansoku.network.tables import Row

RADAR_TYPES = frozenset({"radar_tracking", "radar_fence", "phased_array"})


def is_optical(row: Row) -> bool:
    """Whether a row of either sensor table is a telescope."""
    return row.text("type") == "optical"


def is_radar(row: Row) -> bool:
    """Whether a row is a radar: its own transmitter's, or of the echoes of broadcasts.

    Receivers of broadcast echoes have a reference pair as radars do (A-NET-PASSIVE-RADAR).
    """
    return transmits(row) or (row.text("type") == "passive_rf" and _has_reference_pair(row))


def is_laser(row: Row) -> bool:
    """Whether a row is a laser ranging station."""
    return row.text("type") == "slr"


def is_receiver(row: Row) -> bool:
    """Whether a row receives what satellites emit; a dish without a stated band does not."""
    tuned = row.text("band") != "" or row.optional("frequency_hz") is not None
    return row.text("type") == "passive_rf" and tuned and not _has_reference_pair(row)


def is_modelled(row: Row) -> bool:
    """Whether a row of either sensor table is of a kind that can become a contributor."""
    return is_optical(row) or is_radar(row) or is_laser(row) or is_receiver(row)


def kind_of(row: Row) -> int:
    """Kind in `Sensors` of a row that is modelled."""
    if is_optical(row):
        return OPTICAL
    if is_laser(row):
        return LASER
    if is_receiver(row):
        return PASSIVE_RF
    return FAN if is_fan(row) else RADAR


def transmits(row: Row) -> bool:
    """Whether a row sends radio waves, which quiet zones forbid."""
    return row.text("type") in RADAR_TYPES


def looks_through_air(row: Row) -> bool:
    """Whether clouds stop a row: telescopes and lasers."""
    return is_optical(row) or is_laser(row)


def is_fan(row: Row) -> bool:
    """Whether the field of regard is a plane: a fan that turns through all azimuths."""
    return row.text("for_shape") == "fan" and _span_deg(row) >= 360.0


def _has_reference_pair(row: Row) -> bool:
    return row.optional("ref_range_km") is not None and row.optional("ref_rcs_m2") is not None


def _span_deg(row: Row) -> float:
    low, high = row.number("az_min_deg"), row.number("az_max_deg")
    return high - low if high >= low else high - low + 360.0
