"""Relations that may turn out to hold no variable at all, which Pyomo refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

SLACK = 1e-9  # relative, of two numbers that ought to be the same


def at_most(left: Any, right: float) -> Any:
    """Return left <= right; nothing where it says nothing, infeasible where it cannot hold."""
    if not np.isfinite(right):
        return pyo.Constraint.Skip
    if not _has_variables(left):
        within = float(pyo.value(left)) <= right + SLACK * max(abs(right), 1.0)
        return pyo.Constraint.Feasible if within else pyo.Constraint.Infeasible
    return left <= right


def _has_variables(expression: Any) -> bool:
    from pyomo.core.expr.visitor import identify_variables

    if isinstance(expression, (int, float)):
        return False
    return next(iter(identify_variables(expression)), None) is not None
