"""Purses by fiscal year.

(8)   spent_f,t + c_f,t <= B_f,t + c_f,t-1               for all f, t
      spent = payments of orders + running costs + openings + setups + fees, at prices of t
(9)   0 <= c_f,t <= cmax_f, c_f,-1 given; nothing is carried beyond the last year
(10)  sum of all that orders and starts of year t commit <= authority_f,t     for all f, t
(11)  payments and fees of terms of f after the last year <= tail_f     for all f
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

from kansoku.design.programme.programme import Programme
from kansoku.design.programme.relations import at_most


def add(m: Any, programme: Programme) -> None:
    """Add what is spent, carried, committed and left to pay."""
    _spent(m, programme)
    _budgets(m, programme)
    _commitments(m, programme)


def _spent(m: Any, programme: Programme) -> None:
    options, places, sharing = programme.options, programme.places, programme.sharing

    @m.Expression(m.F, m.T)
    def spent(m: Any, f: int, t: int) -> Any:
        price = programme.price_of(t)
        orders = sum(
            programme.paid_mjpy(i, tau, t) * m.y[i, tau]
            for i, tau in m.orders
            if options.purse[i] == f and programme.paid_mjpy(i, tau, t) > 0
        )
        running = sum(price * options.opex_mjpy[i] * m.x[i, t] for i in _of(options.purse, f))
        openings = sum(
            price * places.opening_mjpy[s] * (m.z[s, t] - (m.z[s, t - 1] if t > 0 else 0))
            for s in _of(places.purse, f)
        )
        agreed = sum(
            price * (sharing.setup_mjpy[r] * m.b[r, t] + sharing.fee_mjpy[r] * m.m[r, t])
            for r in _of(sharing.purse, f)
        )
        return orders + running + openings + agreed


def _budgets(m: Any, programme: Programme) -> None:
    purses, last = programme.purses, len(programme.years) - 1

    m.c = pyo.Var(
        m.F,
        m.T,
        bounds=lambda m, f, t: (0.0, float(purses.carry_limit_mjpy[f]) if t < last else 0.0),
    )  # (9)

    @m.Constraint(m.F, m.T)
    def spent_within_budget(m: Any, f: int, t: int) -> Any:  # (8)
        before = m.c[f, t - 1] if t > 0 else float(purses.carried_in_mjpy[f])
        left = m.spent[f, t] + m.c[f, t] - before
        return at_most(left, float(purses.budget_mjpy[f, t]))


def _commitments(m: Any, programme: Programme) -> None:
    options, sharing, purses = programme.options, programme.sharing, programme.purses
    last = len(programme.years) - 1

    @m.Constraint(m.F, m.T)
    def committed_within_authority(m: Any, f: int, t: int) -> Any:  # (10)
        orders = sum(
            programme.capex_mjpy(i, t) * m.y[i, t]
            for i in _of(options.purse, f)
            if (i, t) in m.orders
        )
        starts = sum(_committed_by(programme, r, t) * m.b[r, t] for r in _of(sharing.purse, f))
        return at_most(orders + starts, float(purses.authority_mjpy[f, t]))

    @m.Constraint(m.F)
    def left_to_pay_within_tail(m: Any, f: int) -> Any:  # (11)
        due = sum(
            programme.paid_mjpy(i, tau, t) * m.y[i, tau]
            for i, tau in m.orders
            if options.purse[i] == f
            for t in range(last + 1, tau + options.payments_mjpy.shape[1])
        )
        fees = sum(
            later * m.b[r, tau]
            for r in _of(sharing.purse, f)
            for tau in m.T
            if (later := programme.fees_later_mjpy(r, tau)) > 0
        )
        return at_most(due + fees, float(purses.tail_mjpy[f]))


def _committed_by(programme: Programme, r: int, t: int) -> float:
    """Return what starting an arrangement commits: its setup, and fees for its term."""
    setup = float(programme.sharing.setup_mjpy[r] * programme.price_of(t))
    return setup + sum(programme.fees_mjpy(r, t).values())


def _of(purse: Any, f: int) -> list[int]:
    return [int(k) for k in np.flatnonzero(purse == f)]
