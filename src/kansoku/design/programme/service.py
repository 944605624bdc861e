"""Orders, sensors in service, sites and mounts.

(1)  sum_tau y_i,tau <= 1                                for all i
(2)  sum_{i at mount} x_i,t <= 1                         for all mounts, t
(3)  sum_{tau' <= tau} y_i,tau' <= z_s(i),tau            for all i with a site, tau
(4)  z_s,t <= z_s,t+1 ;  z_s,t <= sum_{i at s, tau <= t} y_i,tau     for all s, t
(5)  sum_{i at s} x_i,t <= most_s                        for all s with a limit, t
(6)  k_i,t+1 <= k_i,t                                    for all retirable i, t
(7)  x_i,t <= m_r,t                                      for all i hosted by arrangement r, t

In a view where sensor i is late by d years, what counts of it is
x_v,i,t = sum_{tau : tau+lead_i+d <= t < tau+lead_i+life_i} y_i,tau.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.relations import at_most


def add(m: Any, programme: Programme) -> None:
    """Add orders, service, sites and mounts; (7) waits for the arrangements."""
    _variables(m, programme)
    _in_service(m, programme)
    _orders(m, programme)
    _sites(m, programme)


def _variables(m: Any, programme: Programme) -> None:
    options = programme.options
    m.orders = pyo.Set(initialize=programme.orders(), dimen=2)
    kept = [int(i) for i in np.flatnonzero(options.standing & options.retirable)]
    m.y = pyo.Var(m.orders, domain=pyo.Binary)
    m.k = pyo.Var(
        [(i, t) for i in kept for t in m.T if t < options.life_years[i]], domain=pyo.Binary
    )
    m.z = pyo.Var(m.S, m.T, domain=pyo.Binary)


def _in_service(m: Any, programme: Programme) -> None:
    options = programme.options

    @m.Expression(m.I, m.T)
    def x(m: Any, i: int, t: int) -> Any:
        if not options.standing[i]:
            return _delivered(m, programme, i, t)
        if t >= options.life_years[i]:
            return 0.0
        return m.k[i, t] if options.retirable[i] else 1.0


def _delivered(m: Any, programme: Programme, i: int, t: int, late_years: int = 0) -> Any:
    taus = [tau for tau in m.T if (i, tau) in m.orders]
    return sum(m.y[i, tau] for tau in taus if programme.in_service(i, tau, t, late_years))


def counting(m: Any, programme: Programme, v: int, i: int, t: int) -> Any:
    """Return whether a sensor counts in a view: in service, and there in time."""
    view = programme.views[v]
    is_late = i in view.late and not programme.options.standing[i]
    return _delivered(m, programme, i, t, view.late_years) if is_late else m.x[i, t]


def _orders(m: Any, programme: Programme) -> None:
    options = programme.options
    m.ordered = pyo.Set(initialize=sorted({i for i, _ in programme.orders()}))
    mounts = sorted(set(options.mount.tolist()) - {NONE})

    @m.Constraint(m.ordered)
    def ordered_once(m: Any, i: int) -> Any:  # (1)
        return sum(m.y[i, tau] for tau in m.T if (i, tau) in m.orders) <= 1

    @m.Constraint(mounts, m.T)
    def one_sensor_a_mount(m: Any, mount: int, t: int) -> Any:  # (2)
        return at_most(sum(m.x[int(i), t] for i in np.flatnonzero(options.mount == mount)), 1)

    @m.Constraint([(i, t) for i, t in m.k if (i, t + 1) in m.k])
    def retired_for_good(m: Any, i: int, t: int) -> Any:  # (6)
        return m.k[i, t + 1] <= m.k[i, t]


def _sites(m: Any, programme: Programme) -> None:
    options, places = programme.options, programme.places
    placed = [(i, tau) for i, tau in programme.orders() if options.site[i] != NONE]
    limited = [int(s) for s in np.flatnonzero(np.isfinite(places.most_sensors))]

    @m.Constraint(placed)
    def ordered_only_at_open_site(m: Any, i: int, tau: int) -> Any:  # (3)
        by_then = sum(m.y[i, earlier] for earlier in range(tau + 1) if (i, earlier) in m.orders)
        return by_then <= m.z[int(options.site[i]), tau]

    @m.Constraint([(s, t) for s in m.S for t in m.T if t + 1 in m.T])
    def site_stays_open(m: Any, s: int, t: int) -> Any:  # (4)
        return m.z[s, t] <= m.z[s, t + 1]

    @m.Constraint(m.S, m.T)
    def site_opened_by_an_order(m: Any, s: int, t: int) -> Any:  # (4): not before it is needed
        there = [m.y[i, tau] for i, tau in placed if options.site[i] == s and tau <= t]
        return m.z[s, t] <= sum(there)

    @m.Constraint(limited, m.T)
    def site_has_room(m: Any, s: int, t: int) -> Any:  # (5)
        there = sum(m.x[int(i), t] for i in np.flatnonzero(options.site == s))
        return at_most(there, float(places.most_sensors[s]))


def hosted(m: Any, programme: Programme) -> None:
    """Tie sensors abroad to the arrangement that hosts them."""
    guests = [int(i) for i in np.flatnonzero(programme.options.host != NONE)]

    @m.Constraint(guests, m.T)
    def hosted_while_agreed(m: Any, i: int, t: int) -> Any:  # (7)
        return at_most(m.x[i, t] - m.m[int(programme.options.host[i]), t], 0)
