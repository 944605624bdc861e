"""The purses of a study: what each holds in each year, what it may carry and owe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kansoku.byyear import amount_of
from kansoku.configprogramme import ProgrammeSection, PurseSection
from kansoku.design.programme.parts import NONE, Purses
from kansoku.errors import DesignError
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network
from kansoku.network.purses import Purse
from kansoku.network.sharing import Arrangement

FloatArray = npt.NDArray[np.float64]

AS_IN_THE_TABLES = PurseSection()


def purses_of(
    network: Network, accounts: Accounts, years: Sequence[int], section: ProgrammeSection
) -> Purses:
    """Return the purses that pay for something on offer.

    What `design.programme.purses` says goes before the tables. Nothing is carried into the first
    year. What may fall due after the last one is the budget of the last, unless the study says
    otherwise: as much as one more year would pay.

    Raises
    ------
    DesignError
        When the study names a purse that the tables lack, or that has nothing to pay for, and
        when no purse has.
    """
    paying = _paying(network, accounts)
    known = [purse.id for purse in accounts.purses]
    for name in section.purses:
        if name not in known:
            raise DesignError(
                f"design.programme.purses: {name}: no such purse; choose from {', '.join(known)}"
            )
        if name not in paying:
            raise DesignError(
                f"design.programme.purses.{name}: pays for nothing that the study offers; remove "
                "it, or offer what it pays for (columns pays_kinds and sensor_types of purses.csv)"
            )
    purses = [purse for purse in accounts.purses if purse.id in paying]
    if not purses:
        raise DesignError(
            "design.programme: nothing on offer costs anything, so no purse has anything to decide "
            "over the years; name sites, sensor_types or arrangements that cost in network"
        )
    asked = [section.purses.get(purse.id, AS_IN_THE_TABLES) for purse in purses]
    budget = np.array(
        [_budget(*each, years) for each in zip(purses, asked, strict=True)], dtype=float
    ).reshape(len(purses), len(years))
    return Purses(
        names=tuple(purse.id for purse in purses),
        budget_mjpy=budget,
        carry_limit_mjpy=np.array(
            [
                purse.carry_over_share * most
                if one.carry_over_mjpy is None
                else one.carry_over_mjpy
                for purse, one, most in zip(purses, asked, budget.max(axis=1), strict=True)
            ]
        ),
        carried_in_mjpy=np.zeros(len(purses)),
        authority_mjpy=np.full(budget.shape, np.inf),
        tail_mjpy=np.array(
            [
                last if one.tail_mjpy is None else one.tail_mjpy
                for one, last in zip(asked, budget[:, -1], strict=True)
            ]
        ),
        staff=np.repeat([[purse.staff_fte] for purse in purses], len(years), axis=1),
    )


def _paying(network: Network, accounts: Accounts) -> set[str]:
    """Ids of the purses that pay for a candidate or an arrangement on offer."""
    builders = set(accounts.purse[network.role == "candidate"].tolist())
    return builders | {one.purse for one in network.arrangements if costs_mjpy(one) > 0.0}


def costs_mjpy(one: Arrangement) -> float:
    """Return what an arrangement costs to set up and to keep for one year. [million JPY]"""
    return one.setup_mjpy + one.gateway_mjpy + one.fee_mjpy_per_year


def _budget(purse: Purse, asked: PurseSection, years: Sequence[int]) -> FloatArray:
    if asked.budget_mjpy is None:
        return purse.budget_mjpy(years)
    return np.array([amount_of(asked.budget_mjpy, year, years[0]) for year in years])


def purse_index(purses: Purses, name: str, payee: str, free: bool = False) -> int:
    """Return the number of the purse that pays for something; `NONE` where that is free.

    Raises
    ------
    DesignError
        When there is no such purse, or it is empty in every year of the study.
    """
    if free and name not in purses.names:
        return NONE
    if name not in purses.names:
        raise DesignError(
            f"{payee}: no purse pays for it (purse {name!r}); choose from {', '.join(purses.names)}"
        )
    number = purses.names.index(name)
    if not free and not purses.budget_mjpy[number].any():
        raise DesignError(
            f"design.programme.purses.{name}.budget_mjpy: 0 in every year, so the purse never "
            f"opens, but it pays for {payee}; give it a budget, or take what it pays for off the "
            "study"
        )
    return number
