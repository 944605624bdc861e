"""The section of a study that decides over fiscal years: who pays, what must be left, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field, model_validator

from kansoku.byyear import ByYear, amounts
from kansoku.configfields import (
    FiscalYear,
    Fraction,
    SensorKind,
    StressKind,
    Strict,
    WhatIf,
    assumed,
)


class PurseSection(Strict):
    """What one purse of the tables holds in this study."""

    budget_mjpy: ByYear | None = None
    """Each fiscal year: one number, a list from `design.decision_fy` on, or by fiscal year (0 in
    the years left out); omit for that of the tables. [million JPY/yr]"""
    carry_over_mjpy: float | None = Field(None, ge=0)
    """Most that is carried from one year to the next; omit for the share in the tables.
    [million JPY]"""
    tail_mjpy: float | None = assumed(None, "A-PRG-TAIL", ge=0)
    """Most that may fall due after the horizon; omit for the budget of the last year.
    [million JPY]"""

    @model_validator(mode="after")
    def _opens(self) -> PurseSection:
        if self.budget_mjpy is not None and not any(amounts(self.budget_mjpy)):
            raise ValueError(
                "budget_mjpy: must be above 0 in some year, or the purse never opens; raise it"
            )
        return self


def _require_each_once(key: str, given: Sequence[str | int]) -> None:
    twice = sorted({name for name in given if given.count(name) > 1})
    if twice:
        raise ValueError(f"{key}: must name each once; remove the second {twice[0]!r}")


SUPPLIER_DELAY_YEARS = 2
"""How much later the sensors of a supplier come, where a study does not say."""


class StressSection(Strict):
    """What may be lost, one at a time, and what must be left then."""

    kinds: tuple[StressKind, ...]
    """Every one of these is lost in turn: a site, what stands in a country, a partner, a link, a
    processing centre, sensors of one type, sensors of one class of owner; or the orders from the
    makers in one country come late."""
    keep_min: Fraction = 0.0
    """Credited coverage that must be left in every case. [unitless]"""
    keep_min_pair: Fraction = 0.0
    """Credited coverage that must be left when any two of them are lost at once. [unitless]"""
    least_worth: Fraction = 0.0
    """Share of the objective that is given to the least credited coverage left in any case; the
    rest goes to credited coverage by year. [unitless]"""
    years: tuple[FiscalYear, ...] = ()
    """Fiscal years in which it is asked for; empty for the horizon alone."""
    supplier_delay_years: int = assumed(SUPPLIER_DELAY_YEARS, "A-PRG-DELAY", ge=1, le=30)
    """How much later all orders from one country of makers come into service. [years]"""

    @model_validator(mode="after")
    def _some_kind(self) -> StressSection:
        if not self.kinds:
            raise ValueError("kinds: must name at least one; add one, or remove the section")
        _require_each_once("kinds", self.kinds)
        _require_each_once("years", self.years)
        if max(self.keep_min, self.keep_min_pair, self.least_worth) == 0.0:
            raise ValueError(
                "keep_min: must be above 0, or keep_min_pair, or least_worth, or losses change "
                "nothing; write one"
            )
        if self.keep_min_pair > self.keep_min > 0.0:
            raise ValueError(
                f"keep_min_pair: must be {self.keep_min:g} or less, as keep_min: two losses never "
                "leave more than one; lower it"
            )
        delayed = self.supplier_delay_years != SUPPLIER_DELAY_YEARS
        if delayed and "supplier" not in self.kinds:
            raise ValueError(
                "supplier_delay_years: must not be given where kinds does not name supplier, for "
                "it alone comes late; add it, or remove the delay"
            )
        return self


class BeneficiarySection(Strict):
    """What a state without sensors of its own is promised for its satellites."""

    coverage_min: Fraction
    """Credited coverage of its satellites, in every year of the service. [unitless]"""
    from_fy: FiscalYear
    """Fiscal year from which the service must be in force."""


class SlotsSection(Strict):
    """Track slots of one kind of sensor that go to partners; omit what is as in the tables."""

    partner_share: Fraction | None = None
    """Share of the slots that each partner takes to whom tracks are released. [unitless]"""
    reserve_share: Fraction | None = None
    """Share of the slots that is kept for oneself. [unitless]"""


OTHERS = "default"
"""Stands for every supplier country that a study does not name."""


class SupplierSection(Strict):
    """How much may be bought of the makers in one country."""

    share_max: Fraction
    """Largest share of the capital of all orders that goes to it. [unitless]"""
    allowance_mjpy: float = Field(0.0, ge=0)
    """Capital beyond the share, which makes a first order possible. [million JPY]"""


class WhatIfSection(Strict):
    """Questions that are answered beside the plan, each by another search from it."""

    ask: tuple[WhatIf, ...]
    """One billion yen more in proportion to all budgets, or by purse; one point less autonomy in
    every year; one tier more of what every partner gives, or by partner; the demand weighed by
    other profiles."""
    profiles: tuple[str, ...] = ()
    """Names in weight_profiles.csv; empty for all of them."""
    gap: float | None = Field(None, gt=0, le=1)
    """Stop each search at this proven gap; omit for a fifth of `design.gap`, for what is asked is a
    difference. [unitless]"""
    time_limit_s: float | None = Field(None, gt=0)
    """Stop each of these searches after this; omit for `design.time_limit_s`. [s]"""

    @model_validator(mode="after")
    def _asks_each_once(self) -> WhatIfSection:
        if not self.ask:
            raise ValueError("ask: must name at least one; add one, or remove the section")
        _require_each_once("ask", self.ask)
        _require_each_once("profiles", self.profiles)
        if self.profiles and "profiles" not in self.ask:
            raise ValueError(
                "profiles: must not be given where ask does not name profiles; add it, or remove "
                "the names"
            )
        return self


class ProgrammeSection(Strict):
    """A study over fiscal years: who pays in which year, what partners gain, what survives."""

    purses: dict[str, PurseSection] = Field({})
    """By id in purses.csv; those left out are as in the tables."""
    discount_per_year: float = assumed(0.0, "A-PRG-DISCOUNT", ge=0, lt=1)
    """How much less coverage is worth from one year to the next. [1/yr]"""
    escalation_per_year: float = assumed(0.0, "A-PRG-ESCALATION", ge=-0.5, le=1)
    """Rise of prices a year, from `design.decision_fy` on; budgets do not rise. [1/yr]"""
    autonomy_min: ByYear | None = None
    """Share of the demand weight that sensors of `network.owner` must cover alone: in every year,
    a list, or by fiscal year; omit for no floor. [unitless]"""
    stress: StressSection | None = None
    """Omit for no floors on what is left after a loss."""
    gains: bool = True
    """Whether arrangements ask for the gain of partners that stands in their tables."""

    suppliers: dict[str, SupplierSection] = Field({})
    """By country that makes sensors (suppliers.csv); `default` is for those not named."""
    slots: dict[SensorKind, SlotsSection] = Field({})
    """By kind of sensor: what partners take of its slots; others as in release_slots.csv."""
    beneficiaries: dict[str, BeneficiarySection] = Field({})
    """By state: its service (arrangements.csv) must be in force, and cover its satellites."""
    what_if: WhatIfSection | None = None
    """Omit to ask nothing beside the plan: each question takes about as long as the plan."""

    @model_validator(mode="after")
    def _autonomy_is_a_share(self) -> ProgrammeSection:
        if self.autonomy_min is not None and max(amounts(self.autonomy_min)) > 1:
            raise ValueError("autonomy_min: must be 1 or less in every year; lower it")
        return self

    @model_validator(mode="after")
    def _autonomy_can_be_less(self) -> ProgrammeSection:
        asked = self.what_if is not None and "less_autonomy" in self.what_if.ask
        if asked and not (self.autonomy_min is not None and any(amounts(self.autonomy_min))):
            raise ValueError(
                "what_if.ask: must not name less_autonomy where no autonomy is asked for; give "
                "autonomy_min, or remove the name"
            )
        return self


def given_by_year(programme: ProgrammeSection | None) -> Iterator[tuple[str, Any]]:
    """Yield what a programme gives by fiscal year, with its key."""
    if programme is None:
        return
    for name, purse in programme.purses.items():
        yield f"programme.purses.{name}.budget_mjpy", purse.budget_mjpy
    yield "programme.autonomy_min", programme.autonomy_min
    for name, promised in programme.beneficiaries.items():
        yield f"programme.beneficiaries.{name}.from_fy", {promised.from_fy: 0.0}
    if programme.stress is not None:
        yield "programme.stress.years", dict.fromkeys(programme.stress.years, 0.0)
