"""What a programme orders and signs in each fiscal year, and which purse pays for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.byyear import amount_of
from kansoku.cubes.coordinates import sensor_rows
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, money, switch, text, variable
from kansoku.design.programme.parties import profiles
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.question import section_of, worth_of_least, worth_of_years
from kansoku.design.programme.review import Outcome

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

PAID = ("design", "year", "purse")


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of purses, partners and supply, and what describes their entries."""
    return {**_purses(found), **_parties(found), **_arrangements(found)}


def _purses(found: ProgrammeFindings) -> Variables:
    names = {purse.id: purse.name for purse in found.accounts.purses}
    purses, rows = found.programme.purses.names, sensor_rows(found.network)
    return {
        "purse": text(("purse",), purses, "who pays"),
        "purse_name": text(("purse",), [names[purse] for purse in purses], "name of the purse"),
        "sensor_purse": text(
            ("sensor",),
            found.accounts.purse[rows],
            "purse that builds and runs a candidate, empty for sensors that exist",
        ),
        "sensor_host": text(
            ("sensor",),
            found.accounts.host[rows],
            "arrangement that must be in force while it is in service, empty for none",
        ),
    }


def _parties(found: ProgrammeFindings) -> Variables:
    """Partners: states, bodies, and the parts of what firms sell, from package to package."""
    ends = np.array([(party.above, party.up_to) for party in found.parties]).reshape(-1, 2)
    return {
        "partner_of": text(
            ("partner",), [party.of for party in found.parties], "state, body or firm of a partner"
        ),
        "partner_above": fraction(
            ("partner",), ends[:, 0], "share of the objects above which the partner gives data"
        ),
        "partner_up_to": fraction(
            ("partner",), ends[:, 1], "share of the objects up to which the partner gives data"
        ),
        "supply_part": variable(
            ("supply_part",), np.arange(len(found.supply_up_to)), "part of the supply of any firm"
        ),
        "supply_part_up_to": fraction(
            ("supply_part",), found.supply_up_to, "share of its objects at which the part ends"
        ),
    }


def _arrangements(found: ProgrammeFindings) -> Variables:
    options, dims = found.network.arrangements, ("arrangement",)
    return {
        "arrangement_purse": text(dims, [one.purse for one in options], "purse that pays"),
        "arrangement_kind": text(dims, [one.kind for one in options], "kind"),
        "arrangement_parties": text(
            dims,
            [" ".join(one.parties) for one in options],
            "whose sensors it opens, whose land it lends or whom it serves",
        ),
        "arrangement_package_share": fraction(
            dims,
            np.array([one.package_share for one in options], dtype=float),
            "share of the partner's objects that it opens",
        ),
    }


def choices(found: ProgrammeFindings) -> Variables:
    """What is ordered, in service, signed, in force and received in each year, by both designs."""
    service, agreed = ("design", "year", "sensor"), ("design", "year", "arrangement")
    held = ("design", "year", "partner")
    sharing = found.programme.sharing
    worth = profiles(found.network.arrangements, sharing.received, found.config.coverage)
    return {
        "sensor_in_service": switch(
            service, _both(found, _in_service), "whether the sensor is in service"
        ),
        "sensor_ordered": switch(
            service, _both(found, _ordered), "whether the sensor is ordered in the year"
        ),
        "sensor_added": switch(
            ("design", "sensor"),
            _both(found, _ordered).any(axis=1),
            "whether the design ever orders the sensor",
        ),
        "arrangement_in_force": switch(
            agreed, _of_both(found, lambda one: one.in_force), "whether it is in force"
        ),
        "arrangement_signed": switch(
            agreed, _of_both(found, lambda one: one.signed), "whether it is signed in the year"
        ),
        "arrangement_in_force_before": switch(
            ("arrangement",), sharing.in_force, "whether it is in force already"
        ),
        "partner_tier": variable(
            held, _of_both(found, lambda one: one.tier), "richest information tier received"
        ),
        "partner_tier_given": variable(
            held, _of_both(found, lambda one: one.tier_given), "richest information tier given"
        ),
        "partner_tier_credit": fraction(
            ("partner", "tier"), worth, "worth of a track received at a tier"
        ),
    }


def payments(found: ProgrammeFindings) -> Variables:
    """Return what each purse holds, pays, carries and owes, and the floors and worth of years."""
    words = {
        "capex": "payments of orders and of site openings that fall due in the year",
        "opex": "running cost of added sensors in service",
        "data_fee": "set-up, gateway and fees of arrangements",
    }
    section, years = section_of(found.config.design), found.years
    floor = [amount_of(section.autonomy_min or 0.0, year, years[0]) for year in years]
    return {
        **{
            name: money(PAID, _of_both(found, _field(f"{name}_mjpy")), told)
            for name, told in words.items()
        },
        "purse_budget": money(
            ("year", "purse"), found.programme.purses.budget_mjpy.T, "budget of the year"
        ),
        "purse_carried": money(
            PAID, _of_both(found, _field("carried_mjpy")), "carried into the next year"
        ),
        "purse_lapsed": money(
            PAID, _of_both(found, _field("lapsed_mjpy")), "left at the end of the year and lost"
        ),
        "purse_carry_limit": money(
            ("purse",), found.programme.purses.carry_limit_mjpy, "most that is carried to a year"
        ),
        "due_after_horizon": money(
            ("design", "purse"),
            np.stack([one.due_after_mjpy for one in found.outcomes]),
            "payments of orders, and fees of terms, that fall due after the horizon",
        ),
        "fees_after_horizon": money(
            ("design", "purse"),
            np.stack([one.fees_after_mjpy for one in found.outcomes]),
            "fees of terms that fall due after the horizon, contained in due_after_horizon",
        ),
        "price_level": variable(
            ("year",), found.programme.escalation, "prices over those of the price base"
        ),
        "year_worth": fraction(
            ("year",),
            worth_of_years(len(years), section),
            "share of credited coverage of the year in the objective",
        ),
        "least_worth": fraction(
            ("year",),
            worth_of_least(years, section),
            "share in the objective of the least credited coverage that any loss asked for leaves",
        ),
        "autonomy_floor": fraction(
            ("year",), floor, "least share of the demand that the owner's sensors must cover alone"
        ),
    }


def _field(name: str) -> Callable[[Outcome], FloatArray]:
    return lambda one: np.asarray(getattr(one, name))


def _of_both(
    found: ProgrammeFindings, read: Callable[[Outcome], npt.NDArray[Any]]
) -> npt.NDArray[Any]:
    """Read one table (n, T) of both outcomes as (design, year, n)."""
    return np.stack([read(one).T for one in found.outcomes])


def _both(
    found: ProgrammeFindings, read: Callable[[ProgrammeFindings, Outcome], BoolArray]
) -> BoolArray:
    return np.stack([read(found, one) for one in found.outcomes])


def _in_service(found: ProgrammeFindings, outcome: Outcome) -> BoolArray:
    """Sensors in service by year: what the owner has stands, (T, sensors)."""
    network = found.network
    every = np.repeat((network.role == "own")[None], len(found.years), axis=0)
    every[:, _members(found)] = outcome.service.T
    return every[:, sensor_rows(network)]


def _ordered(found: ProgrammeFindings, outcome: Outcome) -> BoolArray:
    every = np.zeros((len(found.years), len(found.network)), dtype=bool)
    chosen = np.flatnonzero(outcome.ordered != NONE)
    every[outcome.ordered[chosen], _members(found)[chosen]] = True
    return every[:, sensor_rows(found.network)]


def _members(found: ProgrammeFindings) -> IndexArray:
    """Contributor of each option."""
    number = {name: c for c, name in enumerate(found.network.id.tolist())}
    return np.array([number[name] for name in found.programme.options.names], dtype=np.intp)
