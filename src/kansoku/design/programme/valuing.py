"""What a decision is worth: its coverage in every view and year, exactly, and the best so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.allowed import broken
from kansoku.design.programme.assessment import Assessment
from kansoku.design.programme.columns import objective
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.programme import Programme
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

REACHED = 1e-12
"""Tolerance of a floor."""


@dataclass(frozen=True)
class Valued:
    """A decision with its coverage of every aim.

    `score` is the objective, -inf when a limit, a floor or a promise is missed; `deficit` is the
    sum of what is missing on floors and promises.
    """

    decision: Decision
    coverage: FloatArray
    objective: float
    score: float
    deficit: float
    cuts: tuple[tuple[Cut, ...], ...]


class Evaluator:
    """Values decisions, each one once, and remembers the best.

    Attributes
    ----------
    best : Valued or None
        The best of all decisions valued so far that keep every limit, floor and promise.
    nearest : Valued or None
        The allowed decision that misses least.
    evaluations : int
        Number of evaluations of all aims.
    """

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.consequences = Consequences(programme)
        self.slots = programme.slots
        self.assessment = Assessment(programme)
        self.evaluations = 0
        self.best: Valued | None = None
        self.nearest: Valued | None = None
        self._at_least = np.array([aim.at_least for aim in programme.aims])
        self._seen: dict[bytes, Valued] = {}

    def __call__(self, design: Decision) -> Valued:
        """Return a decision with its coverage and cuts."""
        key = design.key()
        if key not in self._seen:
            if len(self._seen) > 5_000:
                self._seen.clear()
            self._seen[key] = self._valued(design)
            self._remember(self._seen[key])
        return self._seen[key]

    def knows(self, design: Decision) -> bool:
        """Whether a decision has been valued, and is remembered."""
        return design.key() in self._seen

    def certified(self, valued: Valued) -> Valued:
        """Return what was valued: it is exact."""
        return valued

    def cuts_at(self, weights: FloatArray) -> tuple[tuple[Cut, ...], ...]:
        """Return the cuts of every aim at stacked row weights, the tight one first."""
        self.evaluations += 1
        return self.assessment.cuts(weights)

    def weights(self, decision: Decision) -> FloatArray:
        """Return the stacked row weights of a decision, one block for each view and year."""
        return self.blocks(decision, np.arange(len(self.slots))).ravel()

    def blocks(
        self, decision: Decision, some: IndexArray, service: FloatArray | None = None
    ) -> FloatArray:
        """Return the row weights of some of the blocks, (n, J).

        `service` (I, T) takes the place of what is in service, where given.
        """
        at = [self.slots[k] for k in some]
        of_view = {v: self.consequences.weights(decision, v, service) for v in {v for v, _ in at}}
        rows = len(self.programme.rows)
        return np.array([of_view[v][:, t] for v, t in at]).reshape(len(at), rows)

    def _valued(self, decision: Decision) -> Valued:
        self.evaluations += 1
        weights = self.weights(decision)
        cuts = self.assessment.values(weights)
        coverage = np.array([found[0].value for found in cuts])
        worth = objective(self.programme, coverage)
        deficit = float(np.maximum(self._at_least - coverage, 0.0).sum())
        deficit += self._promises_missed(decision, coverage)
        kept = deficit <= REACHED and not broken(self.consequences, decision)
        return Valued(decision, coverage, worth, worth if kept else -np.inf, deficit, cuts)

    def _promises_missed(self, decision: Decision, coverage: FloatArray) -> float:
        missed = 0.0
        for promise in self.programme.promises:
            year = self.programme.aims[promise.aim].year
            asked = promise.base + promise.need * decision.in_force[promise.arrangement, year]
            missed += max(asked - float(coverage[promise.aim]), 0.0)
        return missed

    def _remember(self, valued: Valued) -> None:
        if valued.score > (self.best.score if self.best else -np.inf):
            self.best = valued
        nearest = self.nearest.deficit if self.nearest else np.inf
        if valued.deficit < nearest and not broken(self.consequences, valued.decision):
            self.nearest = valued
