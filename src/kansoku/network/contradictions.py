"""What arrangements.csv says that cannot be true together, row by row and between rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kansoku.network.ceilings import highest
from kansoku.network.packages import package_problems
from kansoku.network.prerequisites import circle, ids_in, needs_of

if TYPE_CHECKING:
    from kansoku.network.tables import Row, Tables

WANTED = {
    "purchase": ("tariff", "package_share"),
    "service": ("beneficiary",),
    "hub": ("centre", "needs"),
    "pool": ("partners", "needs"),
}
"""Columns that a kind of arrangement cannot do without."""

ONLY_FOR = {"tariff": "purchase", "package_share": "purchase", "beneficiary": "service"}
"""Columns that mean nothing to other kinds."""


def contradictions(tables: Tables) -> Iterator[str]:
    """Say what contradicts itself in arrangements.csv, one line a problem."""
    rows = tables.arrangements
    for row in rows:
        yield from _cells_of_kind(row)
        yield from _tiers(row)
    yield from _unpaid(tables)
    yield from _above_ceiling(tables)
    yield from _wrong_firm(tables)
    yield from package_problems(rows)
    yield from _circular(rows)
    yield from _at_odds(rows)


def _cells_of_kind(row: Row) -> Iterator[str]:
    kind = row.text("kind")
    for column in WANTED.get(kind, ()):
        if row.text(column) == "":
            yield f"{row.where}: {column}: empty, but a {kind} needs it; write it"
    for column, only in ONLY_FOR.items():
        if kind != only and row.text(column) != "":
            yield (
                f"{row.where}: {column}: got {row.text(column)!r}, but only a {only} has one and "
                f"{row.text('id')} is a {kind}; empty the cell, or change the kind"
            )


def _tiers(row: Row) -> Iterator[str]:
    nothing = int(row.text("tier")) == 0
    if nothing and row.text("kind") != "service":
        yield (f"{row.where}: tier: got 0, but only a service receives nothing; write 1 to 5")
    if row.text("kind") == "service" and int(row.text("tier_given")) == 0:
        yield f"{row.where}: tier_given: got 0, but a service gives something; write 1 to 5"


def _unpaid(tables: Tables) -> Iterator[str]:
    pays = {row.text("id"): row.text("pays_kinds").split() for row in tables.purses}
    for row in tables.arrangements:
        kind, purse = row.text("kind"), row.text("purse")
        if purse in pays and kind not in pays[purse]:
            yield (
                f"{row.where}: purse: got {purse!r}, which does not pay for a {kind}; name "
                f"another, or add {kind} to its pays_kinds in purses.csv"
            )


def parties_of(row: Row) -> tuple[str, ...]:
    """Whose sensors an arrangement opens, whose land it lends or whom it serves."""
    return tuple(row.text("partners").split()) or (row.text("partner"),)


def _above_ceiling(tables: Tables) -> Iterator[str]:
    for row in tables.arrangements:
        given = int(row.text("tier_given"))
        for party in parties_of(row):
            most = highest(tables.release_ceilings, row.text("recipient"), party)
            if given > most:
                yield (
                    f"{row.where}: tier_given: got {given} for {party}, above the ceiling {most} "
                    f"of every sensor of {row.text('recipient')} in release_ceilings.csv; lower "
                    "the tier, or raise a ceiling"
                )


def _wrong_firm(tables: Tables) -> Iterator[str]:
    firms = {row.text("tariff"): row.text("firm") for row in tables.tariffs}
    for row in tables.arrangements:
        firm = firms.get(row.text("tariff"), row.text("partner"))
        if firm != row.text("partner"):
            yield (
                f"{row.where}: tariff: got {row.text('tariff')}, which is asked by {firm}, not by "
                f"{row.text('partner')}; name a tariff of {row.text('partner')}"
            )


def _circular(rows: tuple[Row, ...]) -> Iterator[str]:
    table = {row.text("id"): row for row in rows}
    found = circle({name: needs_of(row.text("needs")) for name, row in table.items()})
    if found:
        yield (
            f"{table[found[0]].where}: needs: circular prerequisites: {' needs '.join(found)}; "
            "remove one of them"
        )


def _at_odds(rows: tuple[Row, ...]) -> Iterator[str]:
    """Arrangements that need what they exclude."""
    shut = exclusions(rows)
    for row in rows:
        for group in needs_of(row.text("needs")):
            if set(group) <= set(shut[row.text("id")]):
                yield (
                    f"{row.where}: needs: {row.text('id')} needs {' or '.join(group)}, which it "
                    "also excludes; remove one of the two"
                )
        if row.text("id") in {*shut[row.text("id")], *ids_in(needs_of(row.text("needs")))}:
            yield f"{row.where}: {row.text('id')} needs or excludes itself; remove it there"


def exclusions(rows: tuple[Row, ...]) -> Mapping[str, tuple[str, ...]]:
    """Ids that exclude each arrangement or are excluded by it, in the order of the table."""
    named = {row.text("id"): row.text("excludes").split() for row in rows}
    return {
        name: tuple(other for other, theirs in named.items() if other in excluded or name in theirs)
        for name, excluded in named.items()
    }
