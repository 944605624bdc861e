"""Bilateral data-sharing options: which are on offer, and what each costs."""

from __future__ import annotations

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network import costs
from kansoku.network.contributors import Arrangement
from kansoku.network.names import require_known
from kansoku.network.tables import Row, Tables


def offered_rows(section: NetworkSection, tables: Tables) -> list[Row]:
    """Rows of arrangements.csv that may be signed or are in force.

    Without `network.arrangements` these are the rows with `default` 1 whose recipient is the
    owner; with it exactly the rows it names, none for an empty list.

    Raises
    ------
    NetworkError
        For an unknown id, or an arrangement that is not the owner's to sign.
    """
    named = section.arrangements
    if named is None:
        return [
            row
            for row in tables.arrangements
            if row.text("default") == "1" and row.text("recipient") == section.owner
        ]
    ids = [row.text("id") for row in tables.arrangements]
    require_known("network.arrangements", named, ids, "sharing arrangement")
    rows = [row for row in tables.arrangements if row.text("id") in named]
    _refuse_of_others(rows, section.owner)
    return rows


def _refuse_of_others(rows: list[Row], owner: str) -> None:
    problems = [
        f"network.arrangements: {row.text('id')} gives data to {row.text('recipient')}, but "
        f"network.owner is {owner}; remove it, or change the owner"
        for row in rows
        if row.text("recipient") != owner
    ]
    if problems:
        raise NetworkError("\n".join(problems))


def arrangement(row: Row, design: DesignSection, level: str) -> Arrangement:
    """One option with its cost at a level.

    Parameters
    ----------
    row : Row
        A row of arrangements.csv.
    design : DesignSection
        Years that are paid for.
    level : {'low', 'mid', 'high'}
    """
    return Arrangement(
        id=row.text("id"),
        name=row.text("name"),
        partner=row.text("partner"),
        tier=int(row.text("tier")),
        tier_given=int(row.text("tier_given")),
        latency_hours=row.number("latency_hours"),
        usable_share=row.number("usable_share"),
        in_force=row.text("in_force") == "1",
        setup_mjpy=costs.at(level, row.levels("setup_mjpy")),
        gateway_mjpy=costs.at(level, row.levels("gateway_mjpy")),
        fee_mjpy_per_year=costs.at(level, row.levels("fee_mjpy_yr")),
        cost_mjpy=costs.at(level, costs.arrangement_mjpy(row, design)),
        confidence=row.text("confidence"),
        source=row.text("source"),
    )
