"""What is maximised, and what must be reached.

(26)  max  sum_l worth_l theta_l + sum_n worth_n ( zeta_n - sum_s pi_s u_ns / (1 - gamma_n) )
(27)  u_ns >= zeta_n - theta_l(n,s),  u >= 0             for all tails n, draws s
(28)  theta_l >= eta_l                                   for all l with a floor
(29)  theta_l >= base + need m_r,year(l)                 for all promises of r
(30)  cuts theta_l <= C + sum_j G_j w_view(l),j,year(l), added by the search
"""

from __future__ import annotations

from typing import Any

import pyomo.core as pyo

from kansoku.design.programme.programme import Programme


def add(m: Any, programme: Programme) -> None:
    """Add coverage, its floors and the objective."""
    m.L = pyo.RangeSet(0, len(programme.aims) - 1)
    m.theta = pyo.Var(m.L, bounds=(0, 1))
    _floors(m, programme)
    _tails(m, programme)
    m.worth = pyo.Objective(
        expr=sum(aim.worth * m.theta[l] for l, aim in enumerate(programme.aims) if aim.worth)
        + sum(_tail_worth(m, programme, n) for n in m.N),
        sense=pyo.maximize,
    )  # (26)


def _floors(m: Any, programme: Programme) -> None:
    aims = programme.aims

    @m.Constraint([l for l in m.L if aims[l].at_least > 0])
    def coverage_at_least_floor(m: Any, l: int) -> Any:  # (28)
        return m.theta[l] >= aims[l].at_least

    @m.Constraint(range(len(programme.promises)))
    def promise_kept(m: Any, k: int) -> Any:  # (29)
        promise = programme.promises[k]
        in_force = m.m[promise.arrangement, aims[promise.aim].year]
        return m.theta[promise.aim] >= promise.base + promise.need * in_force


def _tails(m: Any, programme: Programme) -> None:
    tails = programme.tails
    m.N = pyo.RangeSet(0, len(tails) - 1)
    draws = [(n, s) for n in m.N for s in range(len(tails[n].aims))]
    m.zeta = pyo.Var(m.N, bounds=(0, 1))
    m.short = pyo.Var(draws, bounds=(0, 1))

    @m.Constraint(draws)
    def short_of_the_quantile(m: Any, n: int, s: int) -> Any:  # (27)
        return m.short[n, s] >= m.zeta[n] - m.theta[tails[n].aims[s]]


def _tail_worth(m: Any, programme: Programme, n: int) -> Any:
    tail = programme.tails[n]
    mean = sum(pi * m.short[n, s] for s, pi in enumerate(tail.probability))
    return tail.worth * (m.zeta[n] - mean / (1.0 - tail.gamma))
