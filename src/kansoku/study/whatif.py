"""What other questions over fiscal years would have been answered: money, autonomy, tiers, weights.

Every question is the study's own with one thing changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from kansoku.config import DesignSection
from kansoku.configprogramme import WhatIfSection
from kansoku.constants import REGIMES
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.profiles import WeightProfile, weight_profiles
from kansoku.design.portfolio import Effort
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.parties import TIERS
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.question import section_of
from kansoku.design.requirements import AUTONOMY
from kansoku.design.value.profiles import regret_of_plans, reweighed
from kansoku.design.value.shadow import Direction, less_of, richer_in_proportion
from kansoku.design.value.what_if import Answered, Changed, WhatIf, answered
from kansoku.errors import DesignError
from kansoku.network.contributors import Network
from kansoku.network.sharing import Arrangement
from kansoku.progress import Progress
from kansoku.study.scope import Scope, Witness

WeightArray = npt.NDArray[np.int64]

STUDY = "study"
"""Name of the study's own weights beside the profiles."""

SHARPER = 0.2
"""Gap of these searches as a share of the study's own: they are asked for a difference."""


class Ask(Protocol):
    """Makes the programme of a network, of demand weights (N,) and of what is asked."""

    def __call__(self, network: Network, weight: WeightArray, design: DesignSection) -> Programme:
        """Return the programme."""


@dataclass(frozen=True)
class Beside:
    """The questions that a study asks beside its plan.

    Attributes
    ----------
    scope, witness : Scope, Witness
    programme : Programme
        The study's own question.
    ask : Ask
        Makes others of the same study.

    Raises
    ------
    DesignError
        When a profile is unknown, or nothing on offer could come a tier richer.
    CoverageError
        When a profile has no weight on any target, or too little for whole numbers.
    """

    scope: Scope
    witness: Witness
    programme: Programme
    ask: Ask

    def __post_init__(self) -> None:
        """Refuse what cannot be asked before anything is searched."""
        _ = self.changed, self._weights

    @property
    def section(self) -> WhatIfSection | None:
        """What the study asks for; None for nothing."""
        return section_of(self.scope.config.design).what_if

    @cached_property
    def changed(self) -> tuple[Changed, ...]:
        """The changed questions, in the order in which the study asks."""
        makers = {
            "next_billion": self._next_billion,
            "next_billion_by_purse": self._by_purse,
            "less_autonomy": self._less_autonomy,
            "one_tier_more": self._one_tier_more,
            "one_tier_more_by_partner": self._by_partner,
            "profiles": self._by_profile,
        }
        asked = self.section.ask if self.section else ()
        return tuple(one for kind in asked for one in makers[kind]())

    def answers(self, plan: Plan, progress: Progress) -> WhatIf:
        """Answer all of them from the plan."""
        if self.section is None:
            return WhatIf()
        design = self.scope.config.design
        gap = self.section.gap or SHARPER * design.gap
        limit_s = self.section.time_limit_s or design.time_limit_s
        effort = Effort(gap, limit_s, design.seed)
        if self._profiles:
            _ = self._reweighed  # made once, before the work is shared
        found = answered(self.changed, plan, effort, self.scope.workers, progress)
        return self._with_regret(plan, found)

    def _next_billion(self) -> Iterator[Changed]:
        yield Changed("next_billion", "", partial(richer_in_proportion, self.programme))

    def _by_purse(self) -> Iterator[Changed]:
        for purse in self.programme.purses.names:
            more = partial(richer_in_proportion, self.programme, purse)
            yield Changed("next_billion", purse, more)

    def _less_autonomy(self) -> Iterator[Changed]:
        """A floor that what stands for good keeps alone is not in the programme: it binds nothing.

        Every other floor is lower by a point.
        """
        floors = [aim for aim in self.programme.aims if aim.term.name == AUTONOMY and aim.at_least]
        less = partial(less_of, self.programme, AUTONOMY) if floors else None
        yield Changed("less_autonomy", "", less)

    def _one_tier_more(self) -> Iterator[Changed]:
        richer = [one.id for one in self.scope.network.arrangements if _has_more(one)]
        if not richer:
            raise DesignError(
                "design.programme.what_if.ask: one_tier_more has nothing to ask for: of the "
                "arrangements on offer none brings data below the richest tier; remove it, or "
                "offer others in network.arrangements"
            )
        yield self._richer("", richer)

    def _by_partner(self) -> Iterator[Changed]:
        """Who signs alone comes a tier richer by itself: a pool is a partner of its own."""
        (_,) = self._one_tier_more()  # refuses where nobody has more to give
        offers = [one for one in self.scope.network.arrangements if _has_more(one)]
        for name in dict.fromkeys(one.partner for one in offers):
            yield self._richer(name, [one.id for one in offers if one.partner == name])

    def _richer(self, partner: str, richer: Sequence[str]) -> Changed:
        credit = np.diff(self.scope.config.coverage.tier_credit)
        direction: Direction = "looser" if (credit >= 0.0).all() else "other"
        return Changed("one_tier_more", partner, partial(self._with_tiers, richer), direction)

    def _with_tiers(self, richer: Sequence[str]) -> Programme:
        """Return the question in which some arrangements bring one tier more, at the same price."""
        network = self.scope.network
        offered = [
            replace(one, tier=one.tier + 1) if one.id in richer else one
            for one in network.arrangements
        ]
        return self.ask(
            replace(network, arrangements=tuple(offered)),
            self.witness.weight,
            self.scope.config.design,
        )

    def _by_profile(self) -> Iterator[Changed]:
        for one in self._profiles:
            yield Changed("profiles", one.name, partial(self._under, one.name), None)

    def _under(self, profile: str) -> Programme:
        return self._reweighed[profile]

    @cached_property
    def _profiles(self) -> tuple[WeightProfile, ...]:
        """The profiles that the study names, or all."""
        if self.section is None or "profiles" not in self.section.ask:
            return ()
        known = {one.name: one for one in weight_profiles()}
        names = self.section.profiles or tuple(known)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise DesignError(
                f"design.programme.what_if.profiles: got {', '.join(unknown)}, which "
                f"sites/weight_profiles.csv does not hold; use of {', '.join(known)}"
            )
        return tuple(known[name] for name in names)

    @cached_property
    def _weights(self) -> dict[str, WeightArray]:
        """Demand weights by profile, the study's own first."""
        clear, windows = self.witness.clear, self.witness.coverage.tracks.shape[2]
        targets = self.scope.targets
        return {STUDY: self.witness.weight} | {
            one.name: demand_weights(targets, one.weights, windows, len(clear))
            for one in self._profiles
        }

    @cached_property
    def _reweighed(self) -> dict[str, Programme]:
        """The question by profile, the study's own first; limits and floors are the study's."""
        free = _without_floors(self.scope.config.design)
        return {
            name: self.programme
            if name == STUDY
            else reweighed(self.programme, self.ask(self.scope.network, weight, free))
            for name, weight in self._weights.items()
        }

    def _with_regret(self, plan: Plan, found: Sequence[Answered]) -> WhatIf:
        """Value the plan and those of the profiles under the weights of all of them."""
        plans = {one.of: one.plan for one in found if one.kind == "profiles" and one.plan}
        if not plans:
            return WhatIf(tuple(found))
        plans = {STUDY: plan} | plans
        asked = {name: self._reweighed[name] for name in plans}
        weights = [self._by_regime(self._weights[name]) for name in plans]
        regret = regret_of_plans(asked, tuple(plans.values()))
        return WhatIf(tuple(found), regret, np.array(weights))

    def _by_regime(self, weight: WeightArray) -> npt.NDArray[np.float64]:
        summed = np.bincount(self.scope.targets.regime, weight, minlength=len(REGIMES))
        return np.asarray(summed / summed.sum())


def _has_more(one: Arrangement) -> bool:
    """Whether what an arrangement brings could come one tier richer."""
    return one.opens_data and 0 < one.tier < TIERS


def _without_floors(design: DesignSection) -> DesignSection:
    """Return the section without floors: the rows stay, which cases of stress tell apart."""
    section = section_of(design)
    stress = section.stress and section.stress.model_copy(
        update={"keep_min": 0.0, "keep_min_pair": 0.0}
    )
    free: dict[str, Any] = {"autonomy_min": None, "stress": stress, "beneficiaries": {}}
    return design.model_copy(update={"programme": section.model_copy(update=free)})
