"""Names in one table that another must hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kansoku.network.prerequisites import ids_in, needs_of

if TYPE_CHECKING:
    from kansoku.network.tables import Row, Tables

ANYONE = frozenset({"*"})


def broken_references(tables: Tables) -> Iterator[str]:
    """Say which names lead nowhere, one line a problem."""
    partners = _ids(tables.partners)
    sites, sensors = _ids(tables.sites), _ids(tables.sensors_existing)
    yield from _unknown(tables.sensors_existing, "owner_country", partners, "partners.csv")
    yield from _unknown(tables.partner_access, "sensor", sensors, "sensors_existing.csv")
    yield from _unknown(tables.partner_access, "partner", partners, "partners.csv")
    yield from _of_arrangements(tables, partners)
    yield from _of_money(tables, partners, sensors)
    yield from _unknown(tables.site_limits, "site", sites, "sites.csv")
    yield from _to_assumptions(tables)
    yield from _without_class(tables)


def _of_arrangements(tables: Tables, partners: set[str]) -> Iterator[str]:
    rows, ids = tables.arrangements, _ids(tables.arrangements)
    for column in ("partner", "recipient", "partners", "beneficiary"):
        yield from _unknown(rows, column, partners, "partners.csv")
    yield from _unknown(rows, "excludes", ids, "arrangements.csv")
    for row in rows:
        for name in ids_in(needs_of(row.text("needs"))):
            if name not in ids:
                yield _missing(row, "needs", name, "arrangements.csv")
    yield from _unknown(rows, "purse", _ids(tables.purses), "purses.csv")
    tariffs = {row.text("tariff") for row in tables.tariffs}
    yield from _unknown(rows, "tariff", tariffs, "tariffs.csv")


def _of_money(tables: Tables, partners: set[str], sensors: set[str]) -> Iterator[str]:
    types, ceilings = _ids(tables.sensor_types), tables.release_ceilings
    yield from _unknown(tables.tariffs, "firm", partners, "partners.csv")
    yield from _unknown(tables.purses, "sensor_types", types, "sensor_types.csv")
    profiles = {row.text("profile") for row in tables.payment_profiles}
    yield from _unknown(tables.purses, "profile", profiles, "payment_profiles.csv")
    yield from _unknown(ceilings, "owner", partners, "partners.csv")
    yield from _unknown(ceilings, "partner", partners | ANYONE, "partners.csv")
    options = sensors | {f"{site}/{kind}" for site in _ids(tables.sites) for kind in types}
    yield from _unknown(
        ceilings, "sensor", options, "sensors_existing.csv (or a candidate SITE/TYPE)"
    )
    yield from _unknown(
        tables.suppliers, "option", types | options, "sensor_types.csv (or a candidate SITE/TYPE)"
    )


def _to_assumptions(tables: Tables) -> Iterator[str]:
    known = _ids(tables.assumptions)
    several = (tables.arrangements, tables.sensor_types, tables.sensors_existing)
    for rows in several:
        yield from _unknown(rows, "assumptions", known, "assumptions.csv")
    single = (
        tables.partner_access, tables.site_opening, tables.site_limits, tables.bands,
        tables.tariffs, tables.purses, tables.payment_profiles, tables.release_ceilings,
        tables.release_slots, tables.suppliers,
    )  # fmt: skip
    for rows in single:
        yield from _unknown(rows, "assumption", known, "assumptions.csv")


def _without_class(tables: Tables) -> Iterator[str]:
    classes = {
        text for row in tables.site_opening for text in row.text("infrastructure").split(";")
    }
    for row in tables.sites:
        if row.text("infrastructure") not in classes:
            yield (
                f"{row.where}: infrastructure: got {row.text('infrastructure')!r}, which no row "
                "of site_opening.csv names; add it to the class that fits"
            )


def _ids(rows: Iterable[Row]) -> set[str]:
    return {row.text("id") for row in rows}


def _unknown(rows: Iterable[Row], column: str, known: set[str], file: str) -> Iterator[str]:
    for row in rows:
        for name in row.text(column).split():
            if name not in known:
                yield _missing(row, column, name, file)


def _missing(row: Row, column: str, name: str, file: str) -> str:
    where = f"{row.where}: {column}: got {name!r}"
    return f"{where}, which {file} does not hold; add it there, or correct it here"
