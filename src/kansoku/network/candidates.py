"""Sensors that may be built: candidate site x sensor type, for one owner."""

from __future__ import annotations

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import costs, kinds, sensors
from kansoku.network.existing import Chosen
from kansoku.network.names import require_known
from kansoku.network.stacking import Contributor, weakest
from kansoku.network.tables import Row, Tables

HOME = "JPN"
"""Owner that candidate ids leave unsaid."""


def choose(section: NetworkSection, design: DesignSection, tables: Tables) -> Chosen:
    """Every pair of site and type that may be built, and what was left out of them.

    Parameters
    ----------
    section, design : NetworkSection, DesignSection
    tables : Tables

    Raises
    ------
    NetworkError
        When a country, site or type that the configuration names is unknown or contradictory.
    """
    sites = asked_sites(section, tables)
    types, left_out = _asked_types(section, design, tables)
    taken = []
    for site in sites:
        for kind in types:
            if not _suits(site, kind):
                continue
            if reason := _limit(site, kind, tables):
                left_out.append((f"{site.text('id')}/{kind.text('id')}", reason))
            else:
                taken.append(_contributor(site, kind, section, design, tables))
    return Chosen(tuple(taken), tuple(left_out))


def asked_sites(section: NetworkSection, tables: Tables) -> list[Row]:
    """Return the candidate sites in the countries asked for, all or those named.

    Raises
    ------
    NetworkError
        For an unknown country or site, or a named site outside the countries.
    """
    countries = {row.text("country") for row in tables.sites}
    require_known("network.countries", section.countries, countries, "country with candidate sites")
    if section.sites is None:
        return [row for row in tables.sites if row.text("country") in section.countries]
    ids = [row.text("id") for row in tables.sites]
    require_known("network.sites", section.sites, ids, "candidate site")
    sites = [row for row in tables.sites if row.text("id") in section.sites]
    _refuse_foreign(sites, section.countries)
    return sites


def _refuse_foreign(sites: list[Row], countries: tuple[str, ...]) -> None:
    problems = [
        f"network.sites: {row.text('id')} stands in {row.text('country')}, which "
        f"network.countries leaves out; add {row.text('country')} to network.countries, "
        "or remove the site"
        for row in sites
        if row.text("country") not in countries
    ]
    if problems:
        raise NetworkError("\n".join(problems))


def _asked_types(
    section: NetworkSection, design: DesignSection, tables: Tables
) -> tuple[list[Row], list[tuple[str, str]]]:
    named = section.sensor_types
    if named is not None:
        ids = [row.text("id") for row in tables.sensor_types]
        require_known("network.sensor_types", named, ids, "sensor type")
    types, left_out = [], []
    for row in tables.sensor_types:
        if named is not None and row.text("id") not in named:
            continue
        if named is None and not _is_usual(row):
            reason = "a candidate only where network.sensor_types names it"
            left_out.append((row.text("id"), reason))
        elif costs.years_in_service(row, design):
            types.append(row)
        else:
            year = costs.service_fy(row, design)
            reason = f"enters service in FY{year}, after the horizon FY{design.horizon_fy}"
            left_out.append((row.text("id"), reason))
    return types, left_out


def _is_usual(kind: Row) -> bool:
    """Whether a type is a candidate unasked: lasers and receivers see too few of the targets."""
    return kinds.is_optical(kind) or kinds.transmits(kind)


def _suits(site: Row, kind: Row) -> bool:
    return site.text("suits") in {"both", _side(kind)}


def _side(kind: Row) -> str:
    return "optical" if kinds.looks_through_air(kind) else "radar"


def _limit(site: Row, kind: Row, tables: Tables) -> str:
    """Why a site takes none of this kind although it suits it, '' when it does."""
    if not (kinds.looks_through_air(kind) or kinds.transmits(kind)):
        return ""  # limits on radars are radio-quiet rules, which receivers keep
    for row in tables.site_limits:
        if (row.text("site"), row.text("kind")) == (site.text("id"), _side(kind)):
            return row.text("reason")
    return ""


def _contributor(
    site: Row, kind: Row, section: NetworkSection, design: DesignSection, tables: Tables
) -> Contributor:
    rate = section.jpy_per_usd
    owner_tag = "" if section.owner == HOME else f"/{section.owner}"
    clouded = kinds.looks_through_air(kind)
    # the class of a site describes its clear nights, which mean nothing to a radar
    site_class = site.text("confidence") if clouded else site.text("pos_confidence")
    plain = Contributor(
        id=f"{site.text('id')}/{kind.text('id')}{owner_tag}",
        name=f"{kind.text('name')} at {site.text('name')}",
        record=sensors.candidate(site, kind, tables),
        role="candidate",
        owner=section.owner,
        country=site.text("country"),
        site=site.text("id"),
        sensor_type=kind.text("id"),
        confidence=weakest(site_class, kind.text("confidence_performance")),
        source=f"{kind.text('source')}; {site.text('source')}",
        capex=costs.in_mjpy(kind, "capex_usd", rate),
        opex=costs.in_mjpy(kind, "opex_usd_yr", rate),
        cost=costs.candidate_mjpy(kind, design, rate),
        service_fy=costs.service_fy(kind, design),
    )
    return plain.under(site) if clouded else plain
