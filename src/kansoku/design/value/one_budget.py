"""The answer to a question of one budget, whose parts can leave.

What stands today is the ground on which every coalition builds: existing sensors of the owner are
rows that are always on, and an arrangement in force cannot be lost. Only a partner that leaves
takes all its data along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.design.problem import NO_INDEX, Design, Problem
from kansoku.design.value.answer import Part, highest_tiers, indices, named, steps

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class OneBudget:
    """A design with what it answers; `Portfolio.design` is such a design.

    Attributes
    ----------
    problem : Problem
    design : Design
    """

    problem: Problem
    design: Design

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Coverage that is maximised, or bought at least cost; then the floors."""
        return tuple(requirement.name for requirement in self.problem.requirements)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Sensors built, arrangements signed, partners heard, steps of tier climbed."""
        problem = self.problem
        signed = self.design.signed & ~problem.arrangements.in_force
        received, today = problem.tiers(self.design), problem.tiers(problem.nothing())
        return (
            *named("sensor", np.flatnonzero(self.design.built), problem.candidates.names),
            *named("arrangement", np.flatnonzero(signed), problem.arrangements.names),
            *named("partner", np.flatnonzero(received), problem.partners),
            *steps(today, received, problem.partners, self._worth),
        )

    def measured(self, gone: frozenset[Part]) -> FloatArray:
        """Return the coverage of every requirement once some parts have left, (L,)."""
        weights = self._weights(gone)
        return np.array([one.term.attained(weights) for one in self.problem.requirements])

    def alongside(self, gone: frozenset[Part]) -> tuple[Part, ...]:
        """Return the arrangements with partners that left: nothing else depends on another."""
        left = self._left(gone)
        lost = np.flatnonzero(self.design.signed & ~left.signed)
        found = named("arrangement", lost, self.problem.arrangements.names)
        return tuple(part for part in found if part not in gone)

    def cost_mjpy(self, gone: frozenset[Part]) -> float:
        """Return the cost of what is left; a step of tier that leaves saves nothing."""
        return self.problem.cost_mjpy(self._left(gone))

    @property
    def _worth(self) -> FloatArray:
        """Worth of a track of each partner by tier, the best of its rows, (P, Q)."""
        problem = self.problem
        worth = np.zeros((len(problem.partners), problem.row_profile.shape[1]))
        shared = problem.row_partner != NO_INDEX
        np.maximum.at(worth, problem.row_partner[shared], problem.row_profile[shared])
        return worth

    def _left(self, gone: frozenset[Part]) -> Design:
        """Return the design without what has left."""
        built, signed = self.design.built.copy(), self.design.signed.copy()
        built[indices(gone, "sensor")] = False
        signed[indices(gone, "arrangement")] = False
        of = np.isin(self.problem.arrangements.partner, indices(gone, "partner"))
        signed[of & ~self.problem.arrangements.in_force] = False
        return Design(built, signed)

    def _weights(self, gone: frozenset[Part]) -> FloatArray:
        """Return how much each row still counts, (J,)."""
        problem, left = self.problem, self._left(gone)
        richest = problem.row_profile.shape[1]
        tiers = np.minimum(problem.tiers(left), highest_tiers(gone, len(problem.partners), richest))
        through = problem.profile_at(np.append(tiers, 0)[problem.row_partner])
        return np.where(problem.row_partner != NO_INDEX, through, problem.row_weights(left))
