"""The network of a study: existing sensors, candidates and arrangements in one `Network`."""

from __future__ import annotations

from pathlib import Path

from kansoku.config import DesignSection, NetworkSection
from kansoku.constants import LEVELS
from kansoku.errors import NetworkError
from kansoku.network import arrangements, candidates, costs, existing, terrain
from kansoku.network.contributors import Network
from kansoku.network.names import require_known
from kansoku.network.sharing import Arrangement
from kansoku.network.stacking import arrays
from kansoku.network.tables import Tables, load_tables

OWNER_KINDS = frozenset({"state", "body"})
"""Kinds of party that may own candidates; firms and pools may not."""


def load(
    section: NetworkSection,
    design: DesignSection,
    tables: Tables | None = None,
    base: Path | None = None,
    over_years: bool = False,
) -> Network:
    """Who may watch, at what cost.

    Parameters
    ----------
    section : NetworkSection
        Owner, countries, sites, types, existing sensors, arrangements, cost level and rate.
    design : DesignSection
        Decision year and horizon.
    tables : Tables, optional
        Edited tables (`load_tables`); the packaged ones when omitted.
    base : Path, optional
        Folder that `section.horizon_masks` is relative to; the current one when omitted.
    over_years : bool
        Whether the study asks over fiscal years: every kind of arrangement may be on offer, and
        without `section.arrangements` those with `programme` 1 are. Otherwise it is one period.

    Returns
    -------
    Network
        Existing sensors in the order of their table, then candidates by site and type.

    Raises
    ------
    NetworkError
        For a name in the configuration that the tables do not hold, a table with bad cells, an
        arrangement that cannot be weighed within one period, a horizon mask that cannot be used,
        or when no sensor is left.
    """
    tables = load_tables() if tables is None else tables
    parties = [row.text("id") for row in tables.partners if row.text("kind") in OWNER_KINDS]
    require_known("network.owner", (section.owner,), parties, "country or body in partners.csv")
    rows = arrangements.offered_rows(section, tables, over_years)
    offered = arrangements.offered(rows, design, section.cost_level, tables)
    if not over_years:
        arrangements.require_one_period(offered)
    present = existing.choose(section, design, tables, offered)
    possible = candidates.choose(section, design, tables)
    if not present.contributors and not possible.contributors:
        raise NetworkError(
            "network: no sensor is left, neither existing nor candidate; name other countries, "
            "sites or sensor_types, or set network.existing: operational"
        )
    stacked = arrays(present.contributors + possible.contributors, LEVELS.index(section.cost_level))
    file = (base or Path()) / section.horizon_masks if section.horizon_masks else None
    masks = terrain.masks_of(tables, file)
    stacked["sensors"] = terrain.under_masks(stacked["sensors"], stacked["site"], masks)
    used = {one.site for one in possible.contributors}
    return Network(
        **stacked,
        site_opening_mjpy={
            site.text("id"): costs.opening_mjpy(site, section.owner, tables.site_opening)
            for site in tables.sites
            if site.text("id") in used
        },
        arrangements=offered,
        arrangement_cost_levels={
            row.text("id"): arrangements.cost_levels(row, design, tables) for row in rows
        },
        left_out=present.left_out + possible.left_out,
        price_base=price_base(section, tables),
        assumptions=_assumptions(tables, offered, over_years),
    )


def _assumptions(
    tables: Tables, offered: tuple[Arrangement, ...], over_years: bool
) -> tuple[tuple[str, str], ...]:
    """Assumptions behind what was read: not those of purchases and years that nobody asks for."""
    read = {"", "purchase"} if any(one.tariff for one in offered) else {""}
    return tuple(
        (row.text("id"), row.text("statement"))
        for row in tables.assumptions
        if over_years or row.text("used_by") in read
    )


def price_base(section: NetworkSection, tables: Tables) -> str:
    """Price year and exchange rate of every amount, in words."""
    year = tables.assumption("A-NET-PRICE-BASE")
    return f"FY{year:.0f} prices, {section.jpy_per_usd:g} JPY/USD"
