r"""The one-shot model: every cell a variable, handed to HiGHS whole; the oracle when small.

Added to the master (model.py), for cell d of requirement l and its n-th track, n = 1..K:
    y_ldn in [0,1]  the n-th track is had
    (9)  sum_n y_ldn <= base_d + sum_j v_jd w_j                          for all l, d
    (10)  theta_l <= sum_d omega_d sum_n phi_n y_ldn / Omega_l            for all l
"""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np

from kansoku.coverage.cells import Cells
from kansoku.design.columns import (
    always_on,
    columns_of,
    compiled,
    model_variables,
    row_terms,
)
from kansoku.design.linear import highs_of
from kansoku.design.problem import Design, Problem
from kansoku.design.terms import Count, Term
from kansoku.design.terms.count import quantised_credit
from kansoku.design.valuing import Evaluator
from kansoku.errors import DesignError


def monolith(problem: Problem) -> Any:
    """Build the master with one variable a cell and track.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    pyomo.environ.ConcreteModel
    """
    import pyomo.core as pyo

    from kansoku.design.model import master

    m = master(problem)
    terms = [_counted(r.term) for r in problem.requirements]
    steps = [
        (l, d, n)
        for l, term in enumerate(terms)
        for d in range(len(term.cells))
        for n in range(len(term.credit))
    ]
    m.y = pyo.Var(steps, bounds=(0, 1))
    weights = _row_expressions(m, problem)
    tracks = [_tracks(term.cells) for term in terms]

    @m.Constraint([(l, d) for l, d, n in steps if n == 0])
    def tracks_only_by_contributors(m: Any, l: int, d: int) -> Any:  # (9)
        cells = terms[l].cells
        seen = np.flatnonzero(tracks[l][:, d])
        had = sum(m.y[l, d, n] for n in range(len(terms[l].credit)))
        given = sum(float(tracks[l][j, d]) * weights[cells.rows[j]] for j in seen)
        return had <= int(cells.base[d]) + given

    @m.Constraint(m.L)
    def coverage_is_credited_tracks(m: Any, l: int) -> Any:  # (10)
        cells = terms[l].cells
        credit = quantised_credit(np.array(terms[l].credit))[0].astype(float)
        share = np.outer(cells.weight, credit) / (cells.total_weight * credit.sum())
        return m.theta[l] <= sum(
            float(share[d, n]) * m.y[l, d, n] for d in range(len(cells)) for n in range(len(credit))
        )

    return m


def solve_monolith(
    problem: Problem, gap: float, time_limit_s: float, threads: int = 1
) -> tuple[Design, float, float, float]:
    """Solve the one-shot model with HiGHS' own branch and cut.

    Returns
    -------
    design, objective, bound, seconds
        Objective and bound as in `Portfolio`; a bound that is not proven yet is what HiGHS has.

    Raises
    ------
    DesignError
        When no design meets the floors, or none was found in time.
    """
    began = time.perf_counter()
    model = monolith(problem)
    solver = highs_of(
        compiled(model, [*model_variables(model, problem), *model.y.values()]), True, threads
    )
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("time_limit", time_limit_s)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        status = solver.modelStatusToString(solver.getModelStatus())
        raise DesignError(
            f"one-shot model: HiGHS ended with '{status}' and no design; "
            "lower a floor, raise the budget or give it more time"
        )
    point = np.array(solver.getSolution().col_value)
    design = columns_of(problem).design(point)
    valued = Evaluator(problem)(design)
    objective = valued.cost_mjpy if problem.minimises_cost else float(valued.coverage[0])
    sign = 1.0 if problem.minimises_cost else -1.0
    return design, objective, sign * info.mip_dual_bound, time.perf_counter() - began


def _counted(term: Term) -> Count:
    if not isinstance(term, Count):
        raise DesignError(
            f"{term.name}: the one-shot model knows counted tracks only; use the search"
        )
    return term


def _tracks(cells: Cells) -> Any:
    """Return the number of tracks by row and cell, (J, D)."""
    digits = np.unpackbits(cells.planes, axis=2, count=len(cells)).astype(int)
    return np.tensordot(2 ** np.arange(len(digits)), digits, axes=1)


def _row_expressions(m: Any, problem: Problem) -> list[Any]:
    """Return w_j as a Pyomo expression, one a row."""
    variables = [*m.x.values(), *m.a.values()]
    return [
        sum(float(term[k]) * variables[k] for k in np.flatnonzero(term)) + is_always
        for term, is_always in zip(row_terms(problem), always_on(problem), strict=True)
    ]
