"""A plan without idle changes: what costs nothing and changes nothing stays as it is today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kansoku.design.programme.allowed import broken
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.programme import Programme


def settled(programme: Programme, plan: Plan) -> Plan:
    """Return a plan that keeps the free arrangements that it dropped for no reason.

    To the search an arrangement of today that brings nothing is as good in force as not; a planner
    would ask why it ends. It stays wherever no limit, no promise and no coverage changes by that.

    Parameters
    ----------
    programme : Programme
    plan : Plan
    """
    of, sharing = Consequences(programme), programme.sharing
    free = (sharing.setup_mjpy == 0.0) & (sharing.fee_mjpy == 0.0)
    promised = {promise.arrangement for promise in programme.promises}
    decision = plan.decision
    for r in np.flatnonzero(sharing.in_force & free).tolist():
        kept = decision.in_force.copy()
        kept[r] = True
        stays = replace(decision, in_force=kept)
        if r not in promised and not broken(of, stays) and _alike(of, decision, stays):
            decision = stays
    return replace(plan, decision=decision)


def _alike(of: Consequences, one: Decision, other: Decision) -> bool:
    """Whether all rows count as much in every view."""
    views = range(len(of.programme.views))
    return all(np.array_equal(of.weights(one, v), of.weights(other, v)) for v in views)
