"""A plan without needless waiting: what can be ordered or signed a year earlier, is.

Whole decisions come from a relaxation that is indifferent to a year that adds little, and money
that lapses is worth nothing to it. Moving what a decision has anyway costs a check of the limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from kansoku.design.programme.allowed import broken
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.valuing import Evaluator, Valued


def sooner(evaluate: Evaluator, valued: Valued, keep_going: Callable[[], bool]) -> Valued:
    """Return a decision with everything ordered and signed as early as it pays and limits allow.

    Parameters
    ----------
    evaluate : Evaluator
    valued : Valued
        A decision that keeps all limits, floors and promises.
    keep_going : callable
        False ends the search for earlier years.
    """
    moved = True
    while moved and keep_going():
        moved = False
        for earlier in _moves(evaluate, valued.decision):
            found = evaluate(earlier)
            if found.score > valued.score:
                valued, moved = found, True
                break
            if not keep_going():
                break
    return valued


def _moves(evaluate: Evaluator, decision: Decision) -> Iterator[Decision]:
    """Yield allowed decisions with one order or arrangement earlier, the earliest first."""
    of = evaluate.consequences
    for each in (*_orders(evaluate, decision), *_starts(evaluate, decision)):
        if not broken(of, each):
            yield each


def _orders(evaluate: Evaluator, decision: Decision) -> Iterator[Decision]:
    earliest = evaluate.programme.options.earliest
    for i in np.flatnonzero(decision.ordered != NONE):
        for year in range(int(earliest[i]), int(decision.ordered[i])):
            ordered = decision.ordered.copy()
            ordered[i] = year
            yield replace(decision, ordered=ordered)


def _starts(evaluate: Evaluator, decision: Decision) -> Iterator[Decision]:
    for r, start in np.argwhere(evaluate.consequences.started(decision)):
        for year in range(int(start)):
            in_force = decision.in_force.copy()
            in_force[r, year:start] = True
            yield replace(decision, in_force=in_force)
