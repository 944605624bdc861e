r"""The master problem: what may be chosen, and upper bounds on what it covers.

Sets
    i in I  candidate sensors        s in S  sites            r in R  arrangements
    p in P  partners                 q in Q  information tiers, 1 the poorest
    l in L  requirements; the first is the coverage to maximise, the others are floors
    k in K  earlier designs, from which another one is wanted
Parameters
    c_i, o_s, f_r  cost of a candidate, of opening a site, of an arrangement [million JPY]
    B  budget [million JPY]          eta_l  least coverage of requirement l [unitless]
    e^_k, d_k  whether design k holds element e, in how many elements to differ from it
    s(i), p(r), q(r)  site of a candidate, partner and tier of an arrangement
Variables
    x_i in {0,1}  candidate is built         z_s in {0,1}  site is opened
    m_r in {0,1}  arrangement is in force    a_pq in [0,1] access to p at tier q or richer
    theta_l in [0,1]  coverage, bounded from above by cuts (terms/)

    (1)   max  theta_1     or, when cost is the objective,  (1')  min  cost
    (2)   cost = sum_i c_i x_i + sum_s o_s z_s + sum_r f_r m_r <= B
    (3)   x_i <= z_s(i)                                 for all i with a site
    (4)   a_pq <= sum_{r : p(r)=p, q(r)>=q} m_r         for all p, q
    (5)   a_p,q+1 <= a_pq                               for all p, q < Q
    (6)   sum_{r : p(r)=p, not in force yet} m_r <= 1   for all p
    (7)   theta_l >= eta_l                              for all l with a floor
    (8)   sum_{e : e^_k = 0} e + sum_{e : e^_k = 1} (1 - e) >= d_k   for all k in K
          e runs over the candidates x_i and the arrangements m_r not in force yet
    m_r = 1 for arrangements in force: they cost nothing (f_r = 0) and a richer one adds to them.

Cuts theta_l <= C + sum_j G_j w_j take w_j = x_i for the row of a candidate and
w_j = sum_q (alpha_pq - alpha_p,q-1) a_pq for the row of a partner.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo  # all of pyomo.environ takes thrice as long to import

from kansoku.design.problem import Problem


def master(problem: Problem) -> pyo.ConcreteModel:
    """Build the master without any cut.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    pyomo.environ.ConcreteModel
    """
    m = pyo.ConcreteModel("portfolio")
    _variables(m, problem)
    _objective(m, problem)
    _money(m, problem)
    _access(m, problem)
    _floors(m, problem)
    _differences(m, problem)
    return m


def _variables(m: Any, problem: Problem) -> None:
    m.I = pyo.RangeSet(0, len(problem.candidates) - 1)
    m.S = pyo.RangeSet(0, len(problem.sites) - 1)
    m.R = pyo.RangeSet(0, len(problem.arrangements) - 1)
    m.P = pyo.RangeSet(0, len(problem.partners) - 1)
    m.Q = pyo.RangeSet(1, problem.tier_credit.shape[1])
    m.L = pyo.RangeSet(0, len(problem.requirements) - 1)
    m.x = pyo.Var(m.I, domain=pyo.Binary)
    m.z = pyo.Var(m.S, domain=pyo.Binary)
    m.m = pyo.Var(m.R, domain=pyo.Binary)
    m.a = pyo.Var(m.P, m.Q, bounds=(0, 1))
    m.theta = pyo.Var(m.L, bounds=(0, 1))
    for r in np.flatnonzero(problem.arrangements.in_force):
        m.m[int(r)].setlb(1)


def _objective(m: Any, problem: Problem) -> None:
    @m.Expression()
    def cost(m: Any) -> Any:
        return (
            sum(problem.candidates.cost_mjpy[i] * m.x[i] for i in m.I)
            + sum(problem.sites.opening_mjpy[s] * m.z[s] for s in m.S)
            + sum(problem.arrangement_prices()[r] * m.m[r] for r in m.R)
        )

    if problem.minimises_cost:
        m.least_cost = pyo.Objective(expr=m.cost, sense=pyo.minimize)  # (1')
    else:
        m.most_coverage = pyo.Objective(expr=m.theta[0], sense=pyo.maximize)  # (1)


def _money(m: Any, problem: Problem) -> None:
    candidates = problem.candidates

    if np.isfinite(problem.budget_mjpy):

        @m.Constraint()
        def cost_within_budget(m: Any) -> Any:  # (2)
            return _linear(m.cost <= problem.budget_mjpy, m.cost)

    @m.Constraint([i for i in m.I if candidates.site[i] >= 0])
    def built_only_at_opened_site(m: Any, i: int) -> Any:  # (3)
        return m.x[i] <= m.z[int(candidates.site[i])]


def _access(m: Any, problem: Problem) -> None:
    options = problem.arrangements

    @m.Constraint(m.P, m.Q)
    def access_only_by_arrangement(m: Any, p: int, q: int) -> Any:  # (4)
        granting = [r for r in m.R if options.partner[r] == p and options.tier[r] >= q]
        return m.a[p, q] <= sum(m.m[r] for r in granting)

    @m.Constraint(m.P, m.Q)
    def richer_access_includes_poorer(m: Any, p: int, q: int) -> Any:  # (5)
        return m.a[p, q + 1] <= m.a[p, q] if q < len(m.Q) else pyo.Constraint.Skip

    @m.Constraint(m.P)
    def one_new_arrangement_a_partner(m: Any, p: int) -> Any:  # (6)
        new = [r for r in m.R if options.partner[r] == p and not options.in_force[r]]
        return sum(m.m[r] for r in new) <= 1 if len(new) > 1 else pyo.Constraint.Skip


def _floors(m: Any, problem: Problem) -> None:
    @m.Constraint([l for l in m.L if problem.requirements[l].at_least > 0])
    def coverage_at_least_floor(m: Any, l: int) -> Any:  # (7)
        return m.theta[l] >= problem.requirements[l].at_least


def _differences(m: Any, problem: Problem) -> None:
    new = np.flatnonzero(~problem.arrangements.in_force)

    @m.Constraint(range(len(problem.excluded)))
    def differs_from_earlier_design(m: Any, k: int) -> Any:  # (8)
        earlier = problem.excluded[k]
        held = [(m.x[i], earlier.design.built[i]) for i in m.I]
        held += [(m.m[int(r)], earlier.design.signed[r]) for r in new]
        if not held:
            return pyo.Constraint.Infeasible
        return sum(1 - e if was else e for e, was in held) >= earlier.differ


def _linear(relation: Any, body: Any) -> Any:
    """Return the relation, or skip it when nothing in it costs anything."""
    return pyo.Constraint.Skip if isinstance(body.expr, (int, float)) else relation
