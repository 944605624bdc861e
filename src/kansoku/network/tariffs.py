"""What a firm asks for its data: price breaks, a least take and a subscription."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kansoku.constants import LEVELS

if TYPE_CHECKING:
    from kansoku.network.costs import Levels
    from kansoku.network.tables import Row, Tables

BASES = ("track", "object", "subscription")
"""What is counted: tracks a year, objects followed through the year, or nothing."""

OF_A_TARIFF = ("firm", "basis", "whole_supply", "minimum_take", "price_base")
"""Columns that every row of a tariff repeats, besides the levels of its subscription."""


@dataclass(frozen=True)
class PriceBreak:
    """A price for the units above a quantity, up to the next break. [million JPY/unit/yr]"""

    from_quantity: float
    price_mjpy: float


@dataclass(frozen=True)
class Tariff:
    """What one firm asks a year at one cost level.

    Attributes
    ----------
    id, firm : str
    basis : {'track', 'object', 'subscription'}
        Unit of every quantity: tracks a year, or objects.
    whole_supply : float
        All that the firm can deliver in a year.
    minimum_take : float
        Least quantity that is charged.
    subscription_mjpy_per_year : float
        Paid whatever is taken. [million JPY/yr]
    breaks : tuple of PriceBreak
        Rising in quantity, the first from 0.
    """

    id: str
    firm: str
    basis: str
    whole_supply: float
    minimum_take: float
    subscription_mjpy_per_year: float
    breaks: tuple[PriceBreak, ...]

    def take(self, share: float) -> float:
        """Quantity in a package that holds a share of the whole supply."""
        return share * self.whole_supply


def yearly_mjpy(tariff: Tariff, quantity: float) -> float:
    """Cost of one year of a take. [million JPY/yr]

    The price of a break holds for the units above its quantity and up to the next break, not for
    those below it: cost = subscription + sum over breaks k of price_k times the part of
    max(quantity, minimum take) that lies between break k and break k + 1. It never falls when more
    is taken. A purchase that is not signed costs nothing; one that is pays at least this for 0.

    Parameters
    ----------
    tariff : Tariff
    quantity : float
        Tracks a year, or objects; of no consequence with basis 'subscription'.

    Raises
    ------
    ValueError
        For a negative quantity.
    """
    if not quantity >= 0.0:
        raise ValueError(f"quantity: got {quantity}, must be 0 or more")
    charged = max(quantity, tariff.minimum_take)
    ends = [later.from_quantity for later in tariff.breaks[1:]] + [float("inf")]
    return tariff.subscription_mjpy_per_year + sum(
        step.price_mjpy * max(0.0, min(charged, end) - step.from_quantity)
        for step, end in zip(tariff.breaks, ends, strict=True)
    )


def tariffs_of(tables: Tables, level: str) -> dict[str, Tariff]:
    """Every tariff by id, at the low, mid or high prices."""
    return {name: _tariff(rows, level) for name, rows in _by_tariff(tables.tariffs)}


def package_mjpy(tables: Tables, name: str, share: float) -> Levels:
    """Low, mid and high cost of one year of a package. [million JPY/yr]

    Parameters
    ----------
    tables : Tables
    name : str
        Id of a tariff.
    share : float
        Share of the whole supply. [unitless]
    """
    each = (tariffs_of(tables, level)[name] for level in LEVELS)
    low, mid, high = (yearly_mjpy(tariff, tariff.take(share)) for tariff in each)
    return low, mid, high


def _by_tariff(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows of each tariff, rising in quantity."""
    ordered = sorted(rows, key=lambda row: (row.text("tariff"), row.number("from_quantity")))
    for name, group in groupby(ordered, key=lambda row: row.text("tariff")):
        yield name, list(group)


def _tariff(rows: list[Row], level: str) -> Tariff:
    at, first = LEVELS.index(level), rows[0]
    return Tariff(
        id=first.text("tariff"),
        firm=first.text("firm"),
        basis=first.text("basis"),
        whole_supply=first.number("whole_supply"),
        minimum_take=first.number("minimum_take"),
        subscription_mjpy_per_year=first.levels("subscription_mjpy_yr")[at],
        breaks=tuple(
            PriceBreak(row.number("from_quantity"), row.levels("price_mjpy")[at]) for row in rows
        ),
    )


def tariff_problems(tables: Tables) -> Iterator[str]:
    """Say what contradicts itself in tariffs.csv, one line a problem."""
    for name, rows in _by_tariff(tables.tariffs):
        first = rows[0]
        if first.number("from_quantity") != 0.0:
            yield (
                f"{first.where}: from_quantity: {name} starts at {first.text('from_quantity')}, "
                "must start at 0; add the price of the first unit"
            )
        yield from _torn(name, rows)
        yield from _beyond_supply(name, rows)
        yield from _priced_subscription(name, rows)


def _torn(name: str, rows: list[Row]) -> Iterator[str]:
    repeated = (*OF_A_TARIFF, *(f"subscription_mjpy_yr_{level}" for level in LEVELS))
    for row in rows[1:]:
        for column in repeated:
            if row.text(column) != rows[0].text(column):
                yield (
                    f"{row.where}: {column}: got {row.text(column)!r}, but {rows[0].where} says "
                    f"{rows[0].text(column)!r} for the same tariff {name}; make them equal"
                )


def _beyond_supply(name: str, rows: list[Row]) -> Iterator[str]:
    first, supply = rows[0], rows[0].number("whole_supply")
    if first.number("minimum_take") > supply:
        yield (
            f"{first.where}: minimum_take: got {first.text('minimum_take')}, above the whole "
            f"supply of {first.text('firm')}, {supply:g}; lower it, or raise whole_supply"
        )
    for row in rows[1:]:
        if row.number("from_quantity") >= supply:
            yield (
                f"{row.where}: from_quantity: got {row.text('from_quantity')}, which no take of "
                f"{name} exceeds (whole_supply {supply:g}); remove the break, or raise whole_supply"
            )


def _priced_subscription(name: str, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.text("basis") == "subscription" and row.levels("price_mjpy")[2] > 0.0:
            yield (
                f"{row.where}: price_mjpy_high: got {row.text('price_mjpy_high')}, but {name} is "
                "a subscription, which counts nothing; write 0, or another basis"
            )
