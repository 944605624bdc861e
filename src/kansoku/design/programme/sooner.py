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
    before = None
    while before is not valued and keep_going():
        before = valued
        ordered = evaluate(_ordered_sooner(evaluate, valued.decision, keep_going))
        valued = max(valued, ordered, key=lambda one: one.score)
        for earlier in _others(evaluate, valued.decision):
            if keep_going() and not broken(evaluate.consequences, earlier):
                valued = max(valued, evaluate(earlier), key=lambda one: one.score)
    return valued


def _ordered_sooner(
    evaluate: Evaluator, decision: Decision, keep_going: Callable[[], bool]
) -> Decision:
    """Return a decision with every order in the earliest year that the limits allow, in turn.

    Valued once, at the end: coverage never falls when a sensor that lasts is there earlier.
    """
    moved = True
    while moved and keep_going():
        moved = False
        for i in np.flatnonzero(decision.ordered != NONE):
            trials = _orders(evaluate, decision, int(i), lasting=True)
            found = next((one for one in trials if not broken(evaluate.consequences, one)), None)
            moved, decision = moved or found is not None, found or decision
    return decision


def _others(evaluate: Evaluator, decision: Decision) -> Iterator[Decision]:
    """Yield the decision with one arrangement earlier, or a sensor that then retires earlier."""
    yield from _starts(evaluate, decision)
    for i in np.flatnonzero(decision.ordered != NONE):
        yield from _orders(evaluate, decision, int(i), lasting=False)


def _orders(evaluate: Evaluator, decision: Decision, i: int, lasting: bool) -> Iterator[Decision]:
    """Yield the decision with one order in an earlier year, the earliest first."""
    options, years = evaluate.programme.options, len(evaluate.programme.years)
    for year in range(int(options.earliest[i]), int(decision.ordered[i])):
        retired = year + int(options.lead_years[i]) + int(options.life_years[i])
        if (retired >= years) == lasting:
            ordered = decision.ordered.copy()
            ordered[i] = year
            yield replace(decision, ordered=ordered)


def _starts(evaluate: Evaluator, decision: Decision) -> Iterator[Decision]:
    for r, start in np.argwhere(evaluate.consequences.started(decision)):
        for year in range(int(start)):
            in_force = decision.in_force.copy()
            in_force[r, year:start] = True
            yield replace(decision, in_force=in_force)
