"""Everything a study found, as plain arrays, before it is labelled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import Config
from kansoku.constants import LEVELS
from kansoku.coverage.collect import Coverage
from kansoku.coverage.gaps import Gaps
from kansoku.coverage.value import Value
from kansoku.design.cases import Answers
from kansoku.design.load import Load
from kansoku.design.portfolio import Portfolio
from kansoku.design.problem import Problem
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.beneficiaries import Beneficiary
from kansoku.design.programme.parties import Party, profiles
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.review import Outcome
from kansoku.design.programme.standing import Stressed
from kansoku.design.slotcheck import WithinSlots
from kansoku.design.value.marginal import Marginal
from kansoku.design.value.what_if import WhatIf
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network
from kansoku.targets.objects import Targets

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NetworkValue:
    """One network and what it is worth.

    Attributes
    ----------
    contributor_credit : (C, K) array
        What a track of each contributor is worth, by part of the supply that its object lies in
        (one part within one period); 0 where it is not part of the network.
    all, own : Value
        Coverage by every contributor, and by those of the owner alone.
    gaps : Gaps
        [s], (S, N).
    """

    contributor_credit: FloatArray
    all: Value
    own: Value
    gaps: Gaps


@dataclass(frozen=True)
class Provenance:
    """What the study was made from and with."""

    resolved_yaml: str
    config_sha256: str
    unchanged_assumptions: tuple[tuple[str, str, str, str], ...]
    backend: str
    machine: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Findings(ABC):
    """All that `dataset.label` turns into a cube, whichever question was asked.

    Attributes
    ----------
    config : Config
    targets : Targets
        N targets.
    network : Network
        C contributors.
    coverage : Coverage
        Clear-sky tracks (C, N, W).
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    years : tuple of int
        T fiscal years in which the networks are looked at.
    chosen, today : tuples of T NetworkValue
        The chosen network, and the one that does nothing new.
    unseen : tuple of two (N,) arrays of str
        Of both in the last year: why a target has no track in any window even under a clear sky;
        '' when it has one.
    attainable, attainable_own : Value
        Every contributor at its best tier; the owner's alone, existing and candidates.
    load : Load
    slots : WithinSlots
        Of both in the last year.
    provenance : Provenance
    """

    config: Config
    targets: Targets
    network: Network
    coverage: Coverage
    clear: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.int64]
    years: tuple[int, ...]
    chosen: tuple[NetworkValue, ...]
    today: tuple[NetworkValue, ...]
    unseen: tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]]
    attainable: Value
    attainable_own: Value
    load: Load
    slots: WithinSlots
    provenance: Provenance

    @property
    @abstractmethod
    def proof(self) -> Portfolio | Plan:
        """What was found, with the proven bound and its history."""

    @property
    @abstractmethod
    def partners(self) -> tuple[str, ...]:
        """Partners with an arrangement on offer."""

    @property
    @abstractmethod
    def useful(self) -> list[str]:
        """Who in the tables has tracks that count at some tier on offer."""

    @property
    @abstractmethod
    def part(self) -> npt.NDArray[np.intp]:
        """Part of the supply of firms that each object lies in, (N,)."""

    @property
    def level(self) -> int:
        """Number of the level of costs that the design pays."""
        return LEVELS.index(self.config.network.cost_level)


@dataclass(frozen=True)
class PortfolioFindings(Findings):
    """Findings of a question within one period: one budget, one network at the horizon.

    Attributes
    ----------
    problem : Problem
    answers : Answers
        The portfolio, the frontier, the price cases and the next billion.
    """

    problem: Problem
    answers: Answers

    @property
    def proof(self) -> Portfolio:
        """The portfolio."""
        return self.answers.portfolio

    @property
    def partners(self) -> tuple[str, ...]:
        """Partners of the problem."""
        return self.problem.partners

    @property
    def useful(self) -> list[str]:
        """Partners whose tracks are worth something at their richest tier."""
        worth = self.problem.tier_credit.max(axis=1, initial=0.0)
        return [name for name, best in zip(self.partners, worth, strict=True) if best > 0]

    @property
    def part(self) -> npt.NDArray[np.intp]:
        """One part: whoever sells, sells data of all objects."""
        return np.zeros(len(self.targets), dtype=np.intp)


@dataclass(frozen=True)
class TwoLost:
    """What is left when two things are lost at once.

    Attributes
    ----------
    first, second : str
        Names of the losses.
    year : int
        Counted from 0.
    left, at_least : float
        Credited coverage that is left, and that must be. [unitless]
    """

    first: str
    second: str
    year: int
    left: float
    at_least: float


@dataclass(frozen=True)
class ProgrammeFindings(Findings):
    """Findings of a question over fiscal years.

    Attributes
    ----------
    accounts : Accounts
    parties : tuple of P Party
    programme : Programme
    plan : Plan
    outcomes : tuple of two Outcome
        Of the plan, and of doing nothing new: service, arrangements, money and access by year.
    stressed : Stressed
        What is left of both after each loss, and what partners gain.
    pairs : tuple of TwoLost
        Those that leave least, the worst first; empty where pairs are not asked for.
    supply_part : (N,) intp array
        Part of the supply of firms that each object lies in.
    supply_up_to : (K,) array
        Where each part ends, rising to 1. [unitless]
    served : tuple of B Beneficiary
        States that are served.
    served_fraction : (2, T, B) array
        Credited coverage of their satellites, by the plan and by doing nothing new.
    marginal : tuple of Marginal
        What the plan loses without each of its parts: of the objective first, then of the coverage
        of every year.
    what_if : WhatIf
        Questions beside the plan, with their answers.
    """

    accounts: Accounts
    parties: tuple[Party, ...]
    programme: Programme
    plan: Plan
    outcomes: tuple[Outcome, Outcome]
    stressed: Stressed
    pairs: tuple[TwoLost, ...]
    supply_part: npt.NDArray[np.intp]
    supply_up_to: FloatArray
    served: tuple[Beneficiary, ...]
    served_fraction: FloatArray
    marginal: tuple[Marginal, ...]
    what_if: WhatIf

    @property
    def proof(self) -> Plan:
        """The plan."""
        return self.plan

    @property
    def partners(self) -> tuple[str, ...]:
        """Parties of the programme: states, consortia, and parts of what firms sell."""
        return self.programme.sharing.partners

    @property
    def part(self) -> npt.NDArray[np.intp]:
        """`supply_part`."""
        return self.supply_part

    @property
    def useful(self) -> list[str]:
        """Parties whose tracks are worth something at their richest tier."""
        worth = profiles(
            self.network.arrangements, self.programme.sharing.received, self.config.coverage
        )
        return sorted(
            {one.of for one, best in zip(self.parties, worth[:, -1], strict=True) if best}
        )
