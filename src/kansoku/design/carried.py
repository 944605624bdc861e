"""What one search hands to the next when only the budget moves: cuts, linear program, branching.

Cuts know neither budget nor floors. Nor does the linear program, but for the right side of a row:
it keeps its cuts and its basis, and with the pool at hand the root needs no separation of its own.
What branching on a variable costs changes slowly along the budgets, so it is remembered, but
counts for little: on the frozen small instance, 20 budgets of 5 to 100 to 0.1 %, trusting it in
full took 3,805 nodes, trying every variable afresh 904, remembering as done here 702.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kansoku.design.branching import Pseudocosts, cost_classes
from kansoku.design.cuts import CutPool
from kansoku.design.problem import Problem
from kansoku.design.required import required
from kansoku.design.solver import Relaxation, relaxation_of

REMEMBERED = 4.0  # observations that those of an earlier search count as, at most


@dataclass
class Carried:
    """What the searches of one sweep share.

    Attributes
    ----------
    pool : CutPool
    """

    pool: CutPool = field(default_factory=CutPool)
    _asked: Problem | None = None
    _relaxation: Relaxation | None = None
    _pseudocosts: Pseudocosts | None = None

    def holds(self, problem: Problem) -> bool:
        """Whether a linear program is kept from which a question differs in its budget alone."""
        return self._asked is not None and differs_in_budget_alone(self._asked, problem)

    def relaxation(self, problem: Problem) -> Relaxation:
        """Return the kept linear program under the problem's budget, or one without cuts."""
        kept = self._relaxation
        if kept is None or not self.holds(problem):
            kept = with_counts(problem)
        kept.change_budget(problem.budget_mjpy)
        self._asked, self._relaxation = problem, kept
        return kept

    def pseudocosts(self, variables: int) -> Pseudocosts:
        """Return what is remembered of branching on so many variables, to be added to."""
        earlier = self._pseudocosts
        if earlier is not None and len(earlier) == variables:
            self._pseudocosts = earlier.aged(REMEMBERED)
        else:
            self._pseudocosts = Pseudocosts(variables)
        return self._pseudocosts


def with_counts(problem: Problem) -> Relaxation:
    """Return a problem's linear relaxation with its counts and covering rows, without cuts."""
    relaxation = relaxation_of(problem)
    relaxation.count_together(cost_classes(problem))
    relaxation.require(required(problem))
    return relaxation


def differs_in_budget_alone(one: Problem, other: Problem) -> bool:
    """Whether two questions have all in common but a finite budget; made from one another."""
    shared = ("candidates", "sites", "arrangements", "tier_credit", "row_profile", "excluded")
    return (
        all(getattr(one, name) is getattr(other, name) for name in shared)
        and len(one.requirements) == len(other.requirements)
        and all(
            a.term is b.term and a.at_least == b.at_least
            for a, b in zip(one.requirements, other.requirements, strict=True)
        )
        and one.min_coverage == other.min_coverage
        and bool(np.isfinite([one.budget_mjpy, other.budget_mjpy]).all())
    )
