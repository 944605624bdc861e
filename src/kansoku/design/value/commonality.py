"""Which options a whole front of answers agrees on: what is safe to begin with.

Always: in every answer; often: in half of them or more; sometimes; never.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kansoku.design.frontier import Frontier
from kansoku.design.portfolio import Portfolio
from kansoku.design.problem import Problem
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Programme
from kansoku.errors import DesignError

Word = Literal["always", "often", "sometimes", "never"]

OFTEN = 0.5


@dataclass(frozen=True)
class Option:
    """How often one option is chosen.

    Attributes
    ----------
    name : str
    times, answers : int
        In how many of how many answers.
    """

    name: str
    times: int
    answers: int

    @property
    def share(self) -> float:
        """Share of the answers that choose it."""
        return self.times / self.answers

    @property
    def word(self) -> Word:
        """The share as a word."""
        if self.times in (0, self.answers):
            return "always" if self.times else "never"
        return "often" if self.share >= OFTEN else "sometimes"


def commonality(names: Sequence[str], answers: Sequence[Collection[str]]) -> tuple[Option, ...]:
    """Count how often each option is chosen.

    Parameters
    ----------
    names : sequence of str
        All options, also those that are never chosen.
    answers : sequence of collections of str
        Names chosen in each answer.

    Returns
    -------
    tuple of Option
        In the order of `names`.

    Raises
    ------
    DesignError
        When there is no answer.
    """
    if not answers:
        raise DesignError("commonality: got no answer to compare; give a front with one or more")
    chosen = [frozenset(answer) for answer in answers]
    return tuple(Option(name, sum(name in one for one in chosen), len(chosen)) for name in names)


def of_portfolios(problem: Problem, portfolios: Sequence[Portfolio]) -> tuple[Option, ...]:
    """Count how often each candidate is built and each new arrangement signed.

    What is in force today is no option, and left out.
    """
    offered = np.flatnonzero(~problem.arrangements.in_force)
    names = (*problem.candidates.names, *(problem.arrangements.names[r] for r in offered))
    return commonality(names, [(*one.chosen, *one.arrangements) for one in portfolios])


def of_frontier(problem: Problem, frontier: Frontier) -> tuple[Option, ...]:
    """Count over the points of a front that no other dominates."""
    found = [point.portfolio for point in frontier.points if point.portfolio is not None]
    return of_portfolios(problem, found)


def of_plans(programme: Programme, plans: Sequence[Plan]) -> tuple[Option, ...]:
    """Count how often each sensor is ordered and each arrangement not yet in force is signed.

    In whatever year: plans that order a sensor earlier or later agree on it.
    """
    options, sharing = programme.options, programme.sharing
    free, new = np.flatnonzero(~options.standing), np.flatnonzero(~sharing.in_force)
    names = (*(options.names[i] for i in free), *(sharing.names[r] for r in new))
    chosen = []
    for plan in plans:
        ordered = np.flatnonzero(plan.decision.ordered != NONE)
        signed = np.flatnonzero(plan.decision.in_force.any(axis=1))
        chosen.append([*(options.names[i] for i in ordered), *(sharing.names[r] for r in signed)])
    return commonality(names, chosen)
