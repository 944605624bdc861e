"""What a design is worth: its cuts, its exact or certified coverage, and the best one so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.problem import Design, Problem
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]

MONEY = 1e-9  # relative tolerance of the budget
REACHED = 1e-12  # tolerance of a floor


@dataclass(frozen=True)
class Valued:
    """A design with its coverage of every requirement.

    `coverage` is what the cuts say; `attained` is what the design is sure to reach, the same where
    all terms are exact. `score` is what is maximised (coverage attained, or minus cost), -inf when
    a floor or the budget is missed or when the design cannot be the best; `deficit` is the sum of
    what is missing on the floors, and of the share by which it is too near an excluded design.
    """

    design: Design
    coverage: FloatArray
    attained: FloatArray
    cost_mjpy: float
    score: float
    deficit: float
    cuts: tuple[tuple[Cut, ...], ...]

    @property
    def feasible(self) -> bool:
        """Whether floors and budget are met."""
        return self.score > -np.inf


class Evaluator:
    """Values designs, each one once, hands every cut to `on_cut` and remembers the best design.

    Attributes
    ----------
    best : Valued or None
        The best of all designs valued so far that meet every floor and the budget.
    nearest : Valued or None
        The affordable design that misses least on the floors.
    evaluations : int
        Number of evaluations, the measure of work that does not depend on the clock.
    """

    def __init__(
        self,
        problem: Problem,
        on_cut: Callable[[int, Cut], None] | None = None,
    ) -> None:
        self.problem = problem
        self._at_least = np.array([r.at_least for r in problem.requirements])
        self._aimed_at = np.array([r.aimed_at for r in problem.requirements])
        self._exact = problem.exact
        self._seen: dict[bytes, Valued] = {}
        self._on_cut = on_cut
        self.evaluations = 0
        self.best: Valued | None = None
        self.nearest: Valued | None = None

    def __call__(self, design: Design) -> Valued:
        """Return the design with its coverage, cost and cuts."""
        key = design.key()
        if key not in self._seen or not self._exact:  # what is known of a design grows
            if len(self._seen) > 20_000:
                self._seen.clear()
            valued = self._seen[key] = self._valued(design)
            if self._exact:
                self._remember(valued)
            if self.nearest is None or valued.deficit < self.nearest.deficit:
                affordable = valued.cost_mjpy <= self.problem.budget_mjpy * (1 + MONEY)
                self.nearest = valued if affordable else self.nearest
        return self._seen[key]

    def cuts_at(self, weights: FloatArray) -> tuple[tuple[Cut, ...], ...]:
        """Return the cuts of every requirement at row weights (J,), the tight one first."""
        self.evaluations += 1
        cuts = tuple(r.term.cuts(weights) for r in self.problem.requirements)
        if self._on_cut:
            for requirement, found in enumerate(cuts):
                for one in found:
                    self._on_cut(requirement, one)
        return cuts

    def _quick_cuts(self, weights: FloatArray) -> tuple[tuple[Cut, ...], ...]:
        """Return one cut of every requirement; where terms are exact all of them, and tight."""
        if self._exact:
            return self.cuts_at(weights)
        self.evaluations += 1
        return tuple((r.term.quick_cut(weights),) for r in self.problem.requirements)

    def certified(self, valued: Valued) -> Valued:
        """Return a design with what it is sure to attain, where that takes more than its cuts.

        Designs on the way to a better one are not worth that work.
        """
        if self._exact or valued.score <= (self.best.score if self.best else -np.inf):
            return valued
        weights = self.problem.row_weights(valued.design)
        cuts = self.cuts_at(weights)
        coverage = np.array([found[0].value for found in cuts])
        if self._score(coverage, valued.cost_mjpy) <= (self.best.score if self.best else -np.inf):
            return replace(valued, coverage=coverage, cuts=cuts, score=-np.inf)
        attained = np.array([r.term.attained(weights) for r in self.problem.requirements])
        score = self._score(attained, valued.cost_mjpy)
        sure = replace(valued, coverage=coverage, attained=attained, cuts=cuts, score=score)
        self._remember(sure)
        return sure

    def _remember(self, valued: Valued) -> None:
        if valued.feasible and (self.best is None or valued.score > self.best.score):
            self.best = valued

    def _valued(self, design: Design) -> Valued:
        problem = self.problem
        cuts = self._quick_cuts(problem.row_weights(design))
        coverage = np.array([found[0].value for found in cuts])
        cost = problem.cost_mjpy(design)
        too_near = problem.too_near(design)
        score = -np.inf if too_near else self._score(coverage, cost)
        missing = np.maximum(self._aimed_at - coverage, 0.0)
        deficit = float(missing.sum()) + too_near
        return Valued(design, coverage, coverage, cost, score, deficit, cuts)

    def _score(self, coverage: FloatArray, cost: float) -> float:
        """Return what is maximised, -inf when a floor or the budget is missed."""
        problem = self.problem
        if cost > problem.budget_mjpy * (1 + MONEY):
            return -np.inf
        if (self._at_least - coverage).max() > REACHED:
            return -np.inf
        return -cost if problem.minimises_cost else float(coverage[0])
