"""A plan without idle changes: what changes nothing stays as it is today, and is not paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.design.programme import pairs
from kansoku.design.programme.allowed import broken
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.programme import Programme

BoolArray = npt.NDArray[np.bool_]


def settled(programme: Programme, plan: Plan) -> Plan:
    """Return a plan that keeps free arrangements of today, and signs none that brings nothing.

    To the search an arrangement that brings nothing is as good in force as not, and money left in
    a purse is worth nothing; a planner would ask why it ends, or what it is paid for. Changes are
    taken back wherever no limit is broken and no row counts differently in any view. Slots of
    sensors that nobody has been given go to partners, as far as they reach. Where that would
    leave less than is asked for after some two losses, the plan stays as it is.

    Parameters
    ----------
    programme : Programme
    plan : Plan
    """
    of, decision = Consequences(programme), plan.decision
    tried = True
    while tried:
        trials = (*_kept(programme, decision), *_unsigned(of, decision))
        better = (one for one in trials if not broken(of, one) and _alike(of, decision, one))
        found = next(better, None)
        tried, decision = found is not None, found or decision
    if programme.release.slots.any():
        decision = of.with_slots(decision)
    if not pairs.kept(programme, decision):
        return plan
    spent = of.spent_mjpy(decision)
    return replace(plan, decision=decision, spent_mjpy=spent, carried_mjpy=of.carried_mjpy(spent))


def _kept(programme: Programme, decision: Decision) -> Iterator[Decision]:
    """Yield the decision with a free arrangement of today that it ends in force throughout."""
    sharing = programme.sharing
    free = (sharing.setup_mjpy == 0.0) & (sharing.fee_mjpy == 0.0)
    promised = {promise.arrangement for promise in programme.promises}
    for r in np.flatnonzero(sharing.in_force & free & ~decision.in_force.all(axis=1)).tolist():
        if r not in promised:
            yield _with(decision, r, np.ones(decision.in_force.shape[1], dtype=bool))


def _unsigned(of: Consequences, decision: Decision) -> Iterator[Decision]:
    """Yield the decision without an arrangement that is paid for, or with its start a year later.

    Without it first: what is in force for its term may not end early.
    """
    sharing = of.programme.sharing
    costs = (sharing.setup_mjpy > 0.0) | (sharing.fee_mjpy > 0.0)
    for r in np.flatnonzero(costs & ~sharing.in_force & decision.in_force.any(axis=1)).tolist():
        years = decision.in_force[r]
        yield _with(decision, r, np.zeros(len(years), dtype=bool))
        later = years.copy()
        later[int(np.argmax(years))] = False
        yield _with(decision, r, later)


def _with(decision: Decision, r: int, years: BoolArray) -> Decision:
    in_force = decision.in_force.copy()
    in_force[r] = years
    return replace(decision, in_force=in_force)


def _alike(of: Consequences, one: Decision, other: Decision) -> bool:
    """Whether all rows count as much in every view."""
    views = range(len(of.programme.views))
    return all(np.array_equal(of.weights(one, v), of.weights(other, v)) for v in views)
