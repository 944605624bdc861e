"""Arrangements on offer: which a study may sign, and what each costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import costs
from kansoku.network.contradictions import exclusions, parties_of
from kansoku.network.costs import Levels
from kansoku.network.names import require_known
from kansoku.network.prerequisites import needs_of
from kansoku.network.sharing import Arrangement, Needs
from kansoku.network.tables import Row, Tables
from kansoku.network.tariffs import package_mjpy, tariffs_of

FREE: Levels = (0.0, 0.0, 0.0)

ONE_PERIOD_KINDS = frozenset({"bilateral", "purchase"})
"""Kinds that a design for one period can sign: one party, no other arrangement needed."""


def offered_rows(section: NetworkSection, tables: Tables, over_years: bool = False) -> list[Row]:
    """Rows of arrangements.csv that may be signed or are in force.

    Without `network.arrangements` these are the rows whose recipient is the owner with `default` 1,
    or with `programme` 1 in a study over fiscal years; with it exactly the rows it names, none for
    an empty list.

    Raises
    ------
    NetworkError
        For an unknown id, an arrangement that is not the owner's to sign, or one whose
        prerequisites are not on offer.
    """
    rows = _asked(section, tables, "programme" if over_years else "default")
    _refuse_of_others(rows, section.owner)
    _refuse_without_prerequisites(rows)
    return rows


def _asked(section: NetworkSection, tables: Tables, flag: str) -> list[Row]:
    named = section.arrangements
    if named is None:
        return [
            row
            for row in tables.arrangements
            if row.text(flag) == "1" and row.text("recipient") == section.owner
        ]
    ids = [row.text("id") for row in tables.arrangements]
    require_known("network.arrangements", named, ids, "sharing arrangement")
    return [row for row in tables.arrangements if row.text("id") in named]


def _refuse_of_others(rows: list[Row], owner: str) -> None:
    problems = [
        f"network.arrangements: {row.text('id')} gives data to {row.text('recipient')}, but "
        f"network.owner is {owner}; remove it, or change the owner"
        for row in rows
        if row.text("recipient") != owner
    ]
    if problems:
        raise NetworkError("\n".join(problems))


def _refuse_without_prerequisites(rows: list[Row]) -> None:
    offered = {row.text("id") for row in rows}
    problems = [
        f"network.arrangements: {row.text('id')} needs {' or '.join(group)}, and none is on "
        f"offer; add {group[0]}, or remove {row.text('id')}"
        for row in rows
        for group in needs_of(row.text("needs"))
        if not offered & set(group)
    ]
    if problems:
        raise NetworkError("\n".join(problems))


def cost_levels(row: Row, design: DesignSection, tables: Tables) -> Levels:
    """Everything that an arrangement costs to the horizon, data of a purchase included.

    Parameters
    ----------
    row : Row
        A row of arrangements.csv.
    design : DesignSection
    tables : Tables

    Returns
    -------
    low, mid, high : float
        [million JPY]
    """
    return costs.arrangement_mjpy(row, design, _data_mjpy(row, tables))


def _data_mjpy(row: Row, tables: Tables) -> Levels:
    """What the tariff of a purchase asks a year for its package. [million JPY/yr]"""
    if row.text("tariff") == "":
        return FREE
    return package_mjpy(tables, row.text("tariff"), row.number("package_share"))


def offered(
    rows: Sequence[Row], design: DesignSection, level: str, tables: Tables
) -> tuple[Arrangement, ...]:
    """Return the records of rows that are on offer together.

    Parameters
    ----------
    rows : sequence of Row
        Rows of arrangements.csv.
    design : DesignSection
        Years that are paid for.
    level : {'low', 'mid', 'high'}
    tables : Tables

    Returns
    -------
    tuple of Arrangement
        `needs` and `excludes` name arrangements on offer alone; `excludes` holds both directions.
    """
    ids, shut = {row.text("id") for row in rows}, exclusions(tables.arrangements)
    return tuple(
        _record(
            row,
            design,
            level,
            tables,
            needs=_among(needs_of(row.text("needs")), ids),
            excludes=tuple(one for one in shut[row.text("id")] if one in ids),
        )
        for row in rows
    )


def _among(needs: Needs, ids: set[str]) -> Needs:
    return tuple(tuple(one for one in group if one in ids) for group in needs)


def _record(
    row: Row,
    design: DesignSection,
    level: str,
    tables: Tables,
    needs: Needs,
    excludes: tuple[str, ...],
) -> Arrangement:
    return Arrangement(
        id=row.text("id"),
        name=row.text("name"),
        kind=row.text("kind"),
        partner=row.text("partner"),
        partners=parties_of(row),
        tier=int(row.text("tier")),
        tier_given=int(row.text("tier_given")),
        latency_hours=row.number("latency_hours"),
        usable_share=row.number("usable_share"),
        in_force=row.text("in_force") == "1",
        needs=needs,
        excludes=excludes,
        beneficiary=row.text("beneficiary"),
        assumptions=tuple(row.text("assumptions").split()),
        confidence=row.text("confidence"),
        source=row.text("source"),
        **_money(row, design, level, tables),
        **_terms(row),
    )


def _money(row: Row, design: DesignSection, level: str, tables: Tables) -> dict[str, Any]:
    """Fields of `Arrangement` that say what is paid and bought, at a level."""
    fee = costs.at(level, row.levels("fee_mjpy_yr"))
    return {
        "purse": row.text("purse"),
        "setup_mjpy": costs.at(level, row.levels("setup_mjpy")),
        "gateway_mjpy": costs.at(level, row.levels("gateway_mjpy")),
        "fee_mjpy_per_year": fee + costs.at(level, _data_mjpy(row, tables)),
        "cost_mjpy": costs.at(level, cost_levels(row, design, tables)),
        "tariff": row.text("tariff"),
        "package_share": row.given("package_share", 1.0),
        "take_per_year": _take(row, tables),
    }


def _terms(row: Row) -> dict[str, Any]:
    """Fields of `Arrangement` that say for how long, over what, and for what use."""
    return {
        "term_years": int(row.number("term_years")),
        "notice_years": int(row.number("notice_years")),
        "lead_years": int(row.number("lead_years")),
        "gain_needed": row.number("gain_needed"),
        "cyber_exposure_per_year": row.number("cyber_exposure_per_year"),
        "link": row.text("link"),
        "centre": row.text("centre"),
        "purposes": tuple(row.text("purposes").split()),
        "third_party_release": row.text("third_party_release") == "1",
    }


def _take(row: Row, tables: Tables) -> float:
    """Objects, or tracks a year, of a package; 0 where nothing is bought."""
    if row.text("tariff") == "":
        return 0.0
    return tariffs_of(tables, "mid")[row.text("tariff")].take(row.number("package_share"))


def require_one_period(arrangements: Sequence[Arrangement]) -> None:
    """Check that a design for one period can sign what is on offer.

    One period knows one partner, one tier and one worth an arrangement. It lets at most one new
    arrangement a partner be signed, which is what packages of one firm and tiers of one state
    exclude; the other exclusions and prerequisites that are not in force need the years.

    Raises
    ------
    NetworkError
        One line for each arrangement that it cannot.
    """
    in_force = {one.id for one in arrangements if one.in_force}
    reasons = {
        one.id: next(_beyond_one_period(one, arrangements[:k], in_force), None)
        for k, one in enumerate(arrangements)
    }
    problems = [
        f"network.arrangements: {name}: {why}; remove it, or ask over fiscal years"
        for name, why in reasons.items()
        if why is not None
    ]
    if problems:
        raise NetworkError("\n".join(problems))


def _beyond_one_period(
    one: Arrangement, earlier: Sequence[Arrangement], in_force: set[str]
) -> Iterator[str]:
    """Yield why an arrangement needs the years, most fundamental reason first."""
    partner_of = {other.id: other.partner for other in earlier}
    twins = [o.id for o in earlier if (o.partner, o.tier) == (one.partner, one.tier)]
    if one.kind not in ONE_PERIOD_KINDS:
        yield f"the kind {one.kind} cannot be weighed within one period"
    if one.parties != (one.partner,):
        yield f"it opens several partners ({', '.join(one.parties)}) at once"
    if any(not in_force & set(group) for group in one.needs):
        yield "it needs an arrangement that is not in force yet"
    if any(partner_of.get(other, one.partner) != one.partner for other in one.excludes):
        yield "it excludes an arrangement with another partner"
    if twins and one.kind == "purchase":
        yield f"one period weighs one package of {one.partner} at a tier, beside {twins[0]}"
