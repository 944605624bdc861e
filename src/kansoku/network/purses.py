"""Who pays: purses with their yearly budgets, what they pay for, and how they pay a builder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kansoku.constants import LEVELS
from kansoku.errors import NetworkError

if TYPE_CHECKING:
    from kansoku.network.tables import Row, Tables

FloatArray = npt.NDArray[np.float64]

SHARES_SUM_WITHIN = 1e-9
"""Rounding of shares that are written in decimal."""


@dataclass(frozen=True)
class Purse:
    """A budget line of the Japanese fiscal year, April to March, at one cost level.

    Attributes
    ----------
    id, name : str
    owner_class : str
        Class of owner of the sensors that it builds: their release ceilings go by it.
    pays_owner_classes : tuple of str
        Owner classes whose sensors it may build or run.
    pays_kinds : tuple of str
        Kinds of arrangement that it may pay for.
    sensor_types : tuple of str
        Types whose candidates it pays unless a study says otherwise; no two purses share one.
    carry_over_share : float
        Most that may be carried into the next year, of the year's budget. [unitless]
    authority_years : int
        Fiscal years, the first included, over which a contract signed today may be paid. [yr]
    staff_fte : float
        Most people at its new sensors in any year; infinite where nothing limits them.
        [full-time equivalents]
    budget_mjpy_per_year : float
        In `first_fy`. [million JPY/yr]
    growth_per_year : float
        Fixed prices; 0 is flat. [1/yr]
    first_fy, last_fy : int
        Fiscal years in which it is open.
    profile : mapping of int to tuple of float
        Share of the capital paid in each year of a build of so many years. [unitless]
    """

    id: str
    name: str
    owner_class: str
    pays_owner_classes: tuple[str, ...]
    pays_kinds: tuple[str, ...]
    sensor_types: tuple[str, ...]
    carry_over_share: float
    authority_years: int
    staff_fte: float
    budget_mjpy_per_year: float
    growth_per_year: float
    first_fy: int
    last_fy: int
    profile: Mapping[int, tuple[float, ...]]

    def budget_mjpy(self, fiscal_years: Iterable[int]) -> FloatArray:
        """Budget of each fiscal year; 0 where the purse is closed, (T,). [million JPY]"""
        years = np.array(list(fiscal_years), dtype=np.int64)
        is_open = (years >= self.first_fy) & (years <= self.last_fy)
        grown = (1.0 + self.growth_per_year) ** (years - self.first_fy)
        return np.where(is_open, self.budget_mjpy_per_year * grown, 0.0)

    def payments(self, build_years: int) -> tuple[float, ...]:
        """Share of the capital paid in each year of a build, from the year of the order on.

        Raises
        ------
        NetworkError
            For a build longer than payment_profiles.csv knows.
        """
        if build_years not in self.profile:
            known = ", ".join(str(years) for years in sorted(self.profile))
            raise NetworkError(
                f"payment_profiles.csv: no profile of {self.id} for a build of {build_years} "
                f"years (it has {known}); add its rows"
            )
        return self.profile[build_years]


def purses_of(tables: Tables, level: str) -> tuple[Purse, ...]:
    """Every purse in the order of its table, at the low, mid or high budget."""
    profiles = _profiles(tables.payment_profiles)
    return tuple(_purse(row, level, profiles) for row in tables.purses)


def _purse(row: Row, level: str, profiles: dict[str, dict[int, tuple[float, ...]]]) -> Purse:
    return Purse(
        id=row.text("id"),
        name=row.text("name"),
        owner_class=row.text("owner_class"),
        pays_owner_classes=tuple(row.text("pays_owner_classes").split()),
        pays_kinds=tuple(row.text("pays_kinds").split()),
        sensor_types=tuple(row.text("sensor_types").split()),
        carry_over_share=row.number("carry_over_share"),
        authority_years=int(row.number("authority_years")),
        staff_fte=row.given("staff_fte", np.inf),
        budget_mjpy_per_year=row.levels("budget_mjpy_yr")[LEVELS.index(level)],
        growth_per_year=row.number("growth_per_year"),
        first_fy=int(row.number("first_fy")),
        last_fy=int(row.number("last_fy")),
        profile=profiles[row.text("profile")],
    )


def _profiles(rows: Iterable[Row]) -> dict[str, dict[int, tuple[float, ...]]]:
    """Shares by profile and length of build, in the order of the years."""
    ordered = sorted(rows, key=lambda row: row.number("year"))
    shares: dict[str, dict[int, tuple[float, ...]]] = {}
    for row in ordered:
        of_profile = shares.setdefault(row.text("profile"), {})
        length = int(row.number("build_years"))
        of_profile[length] = (*of_profile.get(length, ()), row.number("share"))
    return shares


def purse_problems(tables: Tables) -> Iterator[str]:
    """Say what contradicts itself in purses.csv and payment_profiles.csv."""
    for row in tables.purses:
        if row.number("last_fy") < row.number("first_fy"):
            yield (
                f"{row.where}: last_fy: got {row.text('last_fy')}, before first_fy "
                f"{row.text('first_fy')}: the purse {row.text('id')} never opens; correct one"
            )
        if row.levels("budget_mjpy_yr")[2] == 0.0:
            yield (
                f"{row.where}: budget_mjpy_yr_high: got 0: the purse {row.text('id')} never "
                "opens; write a budget, or remove the row"
            )
    yield from _paid_twice(tables.purses)
    yield from _uneven(tables.payment_profiles)


def _paid_twice(purses: Iterable[Row]) -> Iterator[str]:
    payer: dict[str, str] = {}
    for row in purses:
        for kind in row.text("sensor_types").split():
            if kind in payer:
                yield (
                    f"{row.where}: sensor_types: {kind} is paid by {payer[kind]} already; "
                    "name it in one purse"
                )
            payer.setdefault(kind, row.text("id"))


def _uneven(rows: Iterable[Row]) -> Iterator[str]:
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.text("profile"), int(row.number("build_years"))), []).append(row)
    for (name, length), group in groups.items():
        where = f"{group[0].where}: profile {name}, build_years {length}"
        if sorted(row.number("year") for row in group) != list(range(1, length + 1)):
            yield f"{where}: years must be 1 to {length}, one row each; add or remove rows"
        paid = sum(row.number("share") for row in group)
        if abs(paid - 1.0) > SHARES_SUM_WITHIN:
            yield f"{where}: shares add up to {paid:g}, must be 1; correct them"
