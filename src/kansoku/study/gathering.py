"""A second look at a plan: every year, loss and partner, and all that is found put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
import numpy.typing as npt

from kansoku.configfields import StressKind
from kansoku.configprogramme import SUPPLIER_DELAY_YEARS
from kansoku.coverage.sources import sources_of
from kansoku.cubes import provenance
from kansoku.cubes.findings import ProgrammeFindings, Provenance, TwoLost
from kansoku.design.load import Load, load_of
from kansoku.design.programme import Programme, pairs, reciprocity
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.beneficiaries import Beneficiary
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.losses import losses_of
from kansoku.design.programme.parties import parties_of
from kansoku.design.programme.question import section_of
from kansoku.design.programme.review import Outcome, Review, outcome_of
from kansoku.design.programme.standing import Stressed, stressed
from kansoku.design.requirements import Seen
from kansoku.design.value import Years
from kansoku.design.value.marginal import Marginal, marginal_values
from kansoku.design.value.what_if import WhatIf
from kansoku.network.accounts import Accounts
from kansoku.progress import Progress
from kansoku.study.scope import Scope, Witness
from kansoku.study.secondlook import Examiner, interrupted

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.str_]

MOST_PAIRS = 20
"""Pairs of losses that a cube holds."""


@dataclass(frozen=True)
class Gathering:
    """What follows from a plan, beside doing nothing new.

    Attributes
    ----------
    scope, witness : Scope, Witness
    accounts : Accounts
    programme : Programme
    plan : Plan
    served : tuple of Beneficiary
        States that are served.
    beside : WhatIf
        Answers to other questions.
    progress : callable
    """

    scope: Scope
    witness: Witness
    accounts: Accounts
    programme: Programme
    plan: Plan
    served: tuple[Beneficiary, ...]
    beside: WhatIf
    progress: Progress

    def findings(self) -> ProgrammeFindings:
        """Look at every year, loss and partner, and put everything found together."""
        values = self._examiner.values(self._credits)
        years = len(self.programme.years)
        unseen = tuple(self._examiner.unseen(one) for one in self._last)
        best = self._review.credit(self._review.best[:, None])[0]
        return ProgrammeFindings(
            config=self.scope.config,
            targets=self.scope.targets,
            network=self.scope.network,
            coverage=self.witness.coverage,
            clear=self.witness.clear,
            weight=self.witness.weight,
            years=self.programme.years,
            chosen=values[:years],
            today=values[years:],
            unseen=(unseen[0], unseen[1]),
            attainable=self._examiner.value(best),
            attainable_own=self._examiner.value(self._examiner.own(best)),
            load=self._load(),
            slots=self._examiner.within_slots(self._last),
            provenance=self._provenance(unseen),
            accounts=self.accounts,
            parties=self._review.parties,
            programme=self.programme,
            plan=self.plan,
            outcomes=self._outcomes(),
            supply_part=self._examiner.part,
            supply_up_to=self._review.supply_up_to,
            marginal=self._marginal(),
            stressed=self._stressed(),
            pairs=self._worst_pairs(),
            what_if=self.beside,
            served=self.served,
            served_fraction=self._served_fraction(),
        )

    @cached_property
    def _review(self) -> Review:
        """A look at decisions through every loss that has a name."""
        config, network = self.scope.config, self.scope.network
        section = section_of(config.design)
        gaining = reciprocity.gaining(network.arrangements) if section.gains else ()
        delay = section.stress.supplier_delay_years if section.stress else SUPPLIER_DELAY_YEARS
        return Review(
            self.programme,
            network,
            parties_of(network, gaining),
            config.coverage,
            losses_of(network, self.accounts, get_args(StressKind), delay),
            sources_of(network, config.coverage, config.network.owner),
        )

    @cached_property
    def _examiner(self) -> Examiner:
        numbers = self.scope.targets.norad_cat_id
        return Examiner(self.scope, self.witness, self._review.supply_part(numbers))

    @cached_property
    def _decisions(self) -> tuple[Decision, Decision]:
        return self.plan.decision, self._review.of.nothing()

    @cached_property
    def _credits(self) -> list[FloatArray]:
        """What tracks are worth, (C, K), by the plan in every year, then with nothing new."""
        review = self._review
        return [credit for one in self._decisions for credit in review.credit(review.worth(one))]

    @property
    def _last(self) -> tuple[FloatArray, FloatArray]:
        return self._credits[len(self.programme.years) - 1], self._credits[-1]

    def _load(self) -> Load:
        scope = self.scope
        credit = scope.config.coverage.credit
        seen = self.witness.coverage
        return load_of(scope.network, seen, scope.targets, scope.grids, scope.demand, credit)

    def _provenance(self, unseen: tuple[TextArray, ...]) -> Provenance:
        return provenance.of(
            self.scope.loaded,
            self.scope.xp,
            self.scope.targets,
            self.scope.network,
            self.witness.coverage,
            self.scope.grids,
            interrupted(unseen),
        )

    def _outcomes(self) -> tuple[Outcome, Outcome]:
        chosen, today = self._decisions
        return outcome_of(self._review.of, chosen), outcome_of(self._review.of, today)

    def _marginal(self) -> tuple[Marginal, ...]:
        answer = Years(self.programme, self.plan.decision, floors=False)
        return marginal_values(answer, workers=self.scope.workers)

    def _stressed(self) -> Stressed:
        return stressed(
            self._review,
            seen_of(self.scope, self.witness),
            self.scope.targets.norad_cat_id,
            self._decisions,
            self.scope.config.coverage.credit,
            lambda done, total: self.progress("losses", done, total),
            self.scope.workers,
        )

    def _worst_pairs(self) -> tuple[TwoLost, ...]:
        """Return the pairs of losses that leave least of the plan, where pairs are asked for."""
        asked = self.programme.pairs
        if asked is None:
            return ()
        worst = pairs.of_decision(self.programme, asked, self.plan.decision)[:MOST_PAIRS]
        name = [loss.name for loss in asked.losses]
        return tuple(
            TwoLost(name[one.first], name[one.second], one.year, one.left, asked.at_least)
            for one in worst
        )

    def _served_fraction(self) -> FloatArray:
        """Credited coverage of the satellites of each state served, (2, T, B)."""
        credited = [self._examiner.credited(self._credits, one.satellites) for one in self.served]
        table = np.array(credited).reshape(len(self.served), 2, len(self.programme.years))
        return table.transpose(1, 2, 0)


def seen_of(scope: Scope, witness: Witness) -> Seen:
    """Return what is seen as design takes it."""
    return Seen(witness.coverage.tracks, witness.clear, witness.weight, scope.device)
