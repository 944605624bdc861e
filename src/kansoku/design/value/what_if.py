"""Questions beside the plan: each is asked again from the plan, with one thing changed.

Limits and floors of a changed question allow the plan, so the search begins with it. What changes
is priced as in `shadow`, by an interval; where the objective itself is another there is no price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kansoku.constants import REGIMES
from kansoku.design.portfolio import Effort
from kansoku.design.programme import pairs
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.settled import settled
from kansoku.design.value.regret import Regret
from kansoku.design.value.shadow import Direction, Price, price
from kansoku.errors import DesignError
from kansoku.progress import Progress, silent
from kansoku.resources import map_in_order

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Changed:
    """A changed question.

    Attributes
    ----------
    kind : str
        What is changed, as a study names it.
    of : str
        Whose: a purse, a partner, a profile; '' for all together.
    ask : callable
        Makes the question; None where nothing changes, for what is changed does not bind.
    direction : str or None
        As in `shadow.price`; None where the objective is another, which has no price.
    """

    kind: str
    of: str
    ask: Callable[[], Programme] | None
    direction: Direction | None = "looser"

    @property
    def label(self) -> str:
        """Kind and whose."""
        return f"{self.kind} {self.of}".strip()


@dataclass(frozen=True)
class Answered:
    """The answer to a changed question.

    Attributes
    ----------
    kind, of : str
        As in `Changed`.
    plan : Plan or None
        None when no answer was found; `reason` then says why.
    price : Price or None
    reason : str
    """

    kind: str
    of: str
    plan: Plan | None
    price: Price | None
    reason: str = ""

    @property
    def label(self) -> str:
        """Kind and whose."""
        return f"{self.kind} {self.of}".strip()


def answered(
    changed: Sequence[Changed],
    now: Plan,
    effort: Effort,
    workers: int = 0,
    progress: Progress = silent,
) -> tuple[Answered, ...]:
    """Answer changed questions, on all cores.

    Parameters
    ----------
    changed : sequence of Changed
    now : Plan
        The answer to the question as it is, which every changed one allows.
    effort : Effort
        For each search.
    workers : int
        Processes that share the questions; 0 takes one a core.
    progress : callable, optional

    Returns
    -------
    tuple of Answered
        One for each; after an interrupt the rest has no plan, and says so.
    """
    found: list[Answered] = []
    try:
        if now.status != "interrupted":
            # By number: a question holds its cells, which workers inherit and nobody should send.
            numbers = range(len(changed))
            for one in map_in_order(lambda k: _answer(changed[k], now, effort), numbers, workers):
                found.append(one)
                progress(f"what if: answered for {one.label}")
                if one.plan is not None and one.plan.status == "interrupted":
                    break
    except KeyboardInterrupt:
        progress("interrupted: the questions not yet answered are left out")
    left = changed[len(found) :]
    return (*found, *(Answered(one.kind, one.of, None, None, "interrupted") for one in left))


def _answer(asked: Changed, now: Plan, effort: Effort) -> Answered:
    """Search from the plan; time that ends before the plan is valued is an answer too."""
    if asked.ask is None:
        return Answered(asked.kind, asked.of, now, Price(asked.label, 0.0, 0.0))
    question = asked.ask()
    try:
        question, found = pairs.solve(question, effort, start=now.decision)
        plan = settled(question, found)
    except DesignError as unanswered:
        return Answered(asked.kind, asked.of, None, None, str(unanswered))
    worth = None
    if asked.direction is not None:
        worth = price(asked.label, now, plan, asked.direction)
    return Answered(asked.kind, asked.of, plan, worth)


@dataclass(frozen=True)
class WhatIf:
    """All questions beside a plan, with their answers.

    Attributes
    ----------
    answers : tuple of Answered
    regret : Regret or None
        Over the question's own weights and the profiles of which an answer was found.
    weights : (K, G) array
        Share of the demand by regime, of each profile of `regret`; adds up to 1.
    """

    answers: tuple[Answered, ...] = ()
    regret: Regret | None = None
    weights: FloatArray = field(default_factory=lambda: np.zeros((0, len(REGIMES))))
