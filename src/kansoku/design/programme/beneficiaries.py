"""Service to states without sensors of their own: what their satellites are promised, from when.

    theta_c,t >= kappa_c m[service_c,t]     and the service is in force from the year asked for

Coverage is credited coverage of the state's satellites by all that the owner has and receives,
every satellite, window and weather draw alike. What leaves is a warning, so data of partners that
may not be passed on count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.configprogramme import BeneficiarySection
from kansoku.design.programme.decision import MONEY, Consequences
from kansoku.design.programme.parts import Sharing
from kansoku.design.programme.programme import Aim, Programme, Promise, Service
from kansoku.design.terms import Term
from kansoku.errors import DesignError
from kansoku.network.sharing import Arrangement

IndexArray = npt.NDArray[np.intp]
TextArray = npt.NDArray[np.str_]

SATELLITE = "PAY"
"""Object type, as in SATCAT, of what a state is warned for: no stages, no debris."""


@dataclass(frozen=True)
class Beneficiary:
    """A state that is served.

    Attributes
    ----------
    state : str
    coverage_min : float
    first_fy : int
        Fiscal year from which the service must be in force.
    arrangement : int
        Number of the service.
    satellites : (n,) intp array
        Its satellites among the targets.
    """

    state: str
    coverage_min: float
    first_fy: int
    arrangement: int
    satellites: IndexArray


def satellites_of(owner: TextArray, object_type: TextArray, codes: Sequence[str]) -> IndexArray:
    """Return which targets are satellites of a state.

    Parameters
    ----------
    owner, object_type : (N,) arrays of str
        Of the targets, as in SATCAT; empty where they are not known.
    codes : sequence of str
        Owner codes of the state.
    """
    return np.flatnonzero(np.isin(owner, list(codes)) & (object_type == SATELLITE))


def beneficiaries_of(
    asked: Mapping[str, BeneficiarySection],
    arrangements: Sequence[Arrangement],
    satellites: Mapping[str, IndexArray],
    first_fy: int,
) -> tuple[Beneficiary, ...]:
    """Return the states that are served, in the order of the study.

    Parameters
    ----------
    asked : mapping of state to BeneficiarySection
        `design.programme.beneficiaries`.
    arrangements : sequence of Arrangement
        On offer.
    satellites : mapping of state to index array
        Targets that are its satellites.
    first_fy : int
        Fiscal year of the decision.

    Raises
    ------
    DesignError
        One line for each state that no service on offer serves, that cannot be served so early,
        or that has no satellite among the targets.
    """
    service = {one.beneficiary: r for r, one in enumerate(arrangements) if one.kind == "service"}
    lines = [
        f"design.programme.beneficiaries.{state}{why}"
        for state, promised in asked.items()
        for why in _wrong(state, promised, arrangements, service, satellites, first_fy)
    ]
    if lines:
        raise DesignError("\n".join(lines))
    return tuple(
        Beneficiary(
            state, promised.coverage_min, promised.from_fy, service[state], satellites[state]
        )
        for state, promised in asked.items()
    )


def _wrong(
    state: str,
    promised: BeneficiarySection,
    arrangements: Sequence[Arrangement],
    service: Mapping[str, int],
    satellites: Mapping[str, IndexArray],
    first_fy: int,
) -> list[str]:
    """Say what keeps a state from being served."""
    said = []
    if state not in service:
        said.append(
            ": no service for it is on offer; add one whose beneficiary it is to "
            "network.arrangements, or remove the state"
        )
    else:
        one = arrangements[service[state]]
        earliest = first_fy if one.in_force else first_fy + one.lead_years
        if promised.from_fy < earliest:
            said.append(
                f".from_fy: got {promised.from_fy}, but {one.id} is in force "
                f"{one.lead_years} years after its signature, in FY{earliest} at the earliest; "
                "ask for a later year"
            )
    if not len(satellites.get(state, ())):
        said.append(
            ": no satellite of it is among the targets; name a catalogue that holds some and, in "
            "targets.satcat, a table of their owners, or remove the state"
        )
    return said


def aims_of(
    served: Sequence[Beneficiary],
    terms: Sequence[Term],
    sharing: Sharing,
    years: Sequence[int],
    first: int,
) -> tuple[tuple[Aim, ...], tuple[Promise, ...], tuple[Service, ...]]:
    """Return what the states are promised: floors from the year asked for, promises before it.

    Parameters
    ----------
    served : sequence of Beneficiary
    terms : sequence of Term
        Coverage of the satellites of each.
    sharing : Sharing
    years : sequence of int
        Fiscal years.
    first : int
        Number of the first of these aims in the programme.
    """
    aims: list[Aim] = []
    promises: list[Promise] = []
    for one, term in zip(served, terms, strict=True):
        begins = 0 if sharing.in_force[one.arrangement] else sharing.lead_years[one.arrangement]
        for t in range(int(begins), len(years)):
            if years[t] >= one.first_fy and one.coverage_min > 0.0:
                aims.append(Aim(term, t, at_least=one.coverage_min))
            elif one.coverage_min > 0.0:
                promises.append(Promise(first + len(aims), one.arrangement, one.coverage_min))
                aims.append(Aim(term, t))
    services = tuple(Service(one.arrangement, years.index(one.first_fy)) for one in served)
    return tuple(aims), tuple(promises), services


def require_paid(programme: Programme) -> None:
    """Refuse services that a purse cannot pay even where it pays for nothing else.

    Raises
    ------
    DesignError
        One line for each purse.
    """
    if not programme.services:
        return
    of = Consequences(programme)
    spent = of.spent_mjpy(of.least())
    short = of.carried_mjpy(spent) < -MONEY * np.maximum(programme.purses.budget_mjpy, 1.0)
    lines = []
    for f in np.flatnonzero(short.any(axis=1)).tolist():
        t = int(np.argmax(short[f]))
        mine = [s.arrangement for s in programme.services]
        names = [programme.sharing.names[r] for r in mine if programme.sharing.purse[r] == f]
        lines.append(
            f"design.programme.beneficiaries: {', '.join(names)} and what is in force cost the "
            f"purse {programme.purses.names[f]} {spent[f, t]:.4g} million yen in "
            f"FY{programme.years[t]}, more than it holds then; raise its budget, or ask for fewer "
            "states or later years"
        )
    if lines:
        raise DesignError("\n".join(lines))
