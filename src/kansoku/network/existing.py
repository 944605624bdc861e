"""Which existing sensors contribute, as whose, and why the others are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kansoku.config import DesignSection, NetworkSection
from kansoku.network import climate, detection, kinds, sensors
from kansoku.network.classes import CLUSTER_TYPES, generic_type
from kansoku.network.contributors import Arrangement
from kansoku.network.stacking import Contributor, weakest
from kansoku.network.tables import Row, Tables

_ON_THE_WAY = frozenset({"under_construction", "planned"})


@dataclass(frozen=True)
class Chosen:
    """Contributors that were taken, and (id, reason) of what was not."""

    contributors: tuple[Contributor, ...]
    left_out: tuple[tuple[str, str], ...]


def choose(
    section: NetworkSection,
    design: DesignSection,
    tables: Tables,
    offered: Iterable[Arrangement],
) -> Chosen:
    """Sort the existing sensors into own, partner and left out; none at all when so asked.

    Parameters
    ----------
    section, design : NetworkSection, DesignSection
    tables : Tables
    offered : iterable of Arrangement
        A partner's sensors count only when an arrangement with it is offered, a firm's when data
        of it may be bought.
    """
    if section.existing == "none":
        return Chosen((), ())
    partners = {party for one in offered if one.opens_data for party in one.parties}
    taken, left_out = [], []
    for row in tables.sensors_existing:
        reason = next(_reasons_against(row, section, design, tables, partners), None)
        if reason is None:
            taken.append(_contributor(row, section, tables))
        else:
            left_out.append((row.text("id"), reason))
    return Chosen(tuple(taken), tuple(left_out))


def _reasons_against(
    row: Row, section: NetworkSection, design: DesignSection, tables: Tables, partners: set[str]
) -> Iterator[str]:
    """Yield why a sensor does not contribute, most fundamental reason first."""
    yield from _unfit(row)
    yield from _unbought(row, section, tables, partners)
    yield from _unmodelled(row)
    yield from _out_of_time(row, section, design)
    yield from _incomplete(row, tables)
    yield from _out_of_reach(row, section, tables, partners)


def _unfit(row: Row) -> Iterator[str]:
    if row.text("platform") == "space":
        yield "space-based sensors are not modelled yet"
    if row.text("status") in {"retired", "suspended"}:
        yield f"{row.text('status')}: out of service"


def _unbought(
    row: Row, section: NetworkSection, tables: Tables, partners: set[str]
) -> Iterator[str]:
    if row.text("owner_class") != "commercial":
        return
    firm = _party(row, section, tables)
    if firm == row.text("owner_country"):
        yield "commercial owner: no purchase from it is in the tables"
    elif firm not in partners:
        yield f"commercial owner: enters with a purchase from {firm}, which is not on offer"


def _unmodelled(row: Row) -> Iterator[str]:
    if not kinds.is_modelled(row):
        yield "receiving dish without a band in which it watches satellites"


def _out_of_time(row: Row, section: NetworkSection, design: DesignSection) -> Iterator[str]:
    status = row.text("status")
    if status in _ON_THE_WAY and section.existing == "operational":
        yield "not in service yet; network.existing: planned takes it"
    if status in _ON_THE_WAY and row.number("year") > design.horizon_fy:
        yield f"due in {row.text('year')}, after the horizon"


def _incomplete(row: Row, tables: Tables) -> Iterator[str]:
    if row.optional("lat_deg") is None or row.optional("lon_deg") is None:
        yield "no published position"
    if row.optional("alt_m") is None:
        yield "no altitude"
    if row.text("for_shape") == "":
        yield "no field of regard"
    if kinds.is_optical(row) and row.optional("limiting_mag") is None:
        yield "telescope without a limiting magnitude"
    if kinds.is_radar(row) and (
        row.optional("ref_range_km") is None or row.optional("ref_rcs_m2") is None
    ):
        yield "radar without a range at a known cross-section"
    if kinds.is_radar(row) and detection.carrier_hz(row, tables) is None:
        yield "radar without a frequency or a band of bands.csv"


def _out_of_reach(
    row: Row, section: NetworkSection, tables: Tables, partners: set[str]
) -> Iterator[str]:
    party = _party(row, section, tables)
    if party != section.owner and party not in partners:
        yield f"no arrangement with {party} is offered"
    if row.text("owner_class") not in _shared_classes(party, tables):
        yield f"{party}: {row.text('owner_class')} sensors are not part of what it shares"


def _party(row: Row, section: NetworkSection, tables: Tables) -> str:
    """Who gives access: the owner, or the partner that partner_access.csv names."""
    for access in tables.partner_access:
        if access.text("sensor") == row.text("id") and access.text("partner") != section.owner:
            return access.text("partner")
    return row.text("owner_country")


def _shared_classes(party: str, tables: Tables) -> list[str]:
    row = next(row for row in tables.partners if row.text("id") == party)
    return row.text("shared_owner_classes").split()


def _contributor(row: Row, section: NetworkSection, tables: Tables) -> Contributor:
    generic, party = generic_type(row, tables), _party(row, section, tables)
    bought = row.text("owner_class") == "commercial"
    own = row.text("owner_country") == section.owner and not bought
    academic = own and row.text("owner_class") == "academic"
    share = tables.assumption("A-NET-OWN-ACADEMIC") if academic else 1.0
    units = 1.0 if generic.text("id") in CLUSTER_TYPES else row.number("n_units")
    plain = Contributor(
        id=row.text("id"),
        name=row.text("name"),
        record=sensors.existing(row, generic, units, share, tables),
        role="own" if own else "partner",
        owner=row.text("owner_country"),
        country=row.text("country_host"),
        partner="" if own else party,
        site=row.text("id"),
        sensor_type=generic.text("id"),
        confidence=weakest(
            row.text("confidence"), row.text("pos_confidence"), row.text("perf_confidence")
        ),
        source=row.text("source"),
    )
    if not kinds.looks_through_air(row):
        return plain
    return plain.under(climate.nearest_site(row, tables.sites))
