"""What partners are given, and how much every row counts in every view.

    (18)  g_p,q,t <= sum_{r : given_r,p >= q} m_r,t ;  g_p,q+1,t <= g_p,q,t
    (19)  o_i,p,q,t <= x_i,t ;  o_i,p,q,t <= g_p,q,t         for q <= ceiling_i,p, else o = 0
    (20)  o_i,p,q+1,t <= o_i,p,q,t
    (21)  sum_p slots_i,p o_i,p,4,t <= (1 - reserve_i) x_i,t for all i whose slots are taken, t
    (22)  h_p',p,q,t <= sum_{r onward : received_r,p' >= q} m_r,t ;  h_p',p,q,t <= g_p,q,t
    (23)  u_v,j,q,t <= x_v ;  u <= a ;  u >= x_v + a - 1     rows that need a sensor and access

o and u are binary where they decide something (21), else they follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.relations import at_most
from kansoku.design.programme.service import counting
from kansoku.design.programme.sharing import access

TRACKS = 4
"""The tier at which a partner takes track slots."""


def add(m: Any, programme: Programme) -> None:
    """Add releases to the partners whose gain counts, and the row weights of all views."""
    gaining = sorted({view.partner for view in programme.views} - {NONE})
    m.G = pyo.Set(initialize=gaining)
    _given(m, programme)
    _released(m, programme)
    _tasked(m, programme)
    _passed_on(m, programme)
    _both(m, programme)
    _weights(m, programme)


def _given(m: Any, programme: Programme) -> None:
    sharing = programme.sharing
    m.g = pyo.Var(m.G, m.Q, m.T, bounds=(0, 1))

    @m.Constraint(m.G, m.Q, m.T)
    def given_only_by_arrangement(m: Any, p: int, q: int, t: int) -> Any:  # (18)
        giving = [r for r in m.R if sharing.given[r, p] >= q]
        return at_most(m.g[p, q, t] - sum(m.m[r, t] for r in giving), 0)

    @m.Constraint(m.G, m.Q, m.T)
    def giving_richer_includes_poorer(m: Any, p: int, q: int, t: int) -> Any:  # (18)
        return m.g[p, q + 1, t] <= m.g[p, q, t] if q < len(m.Q) else pyo.Constraint.Skip


def _released(m: Any, programme: Programme) -> None:
    ceiling = programme.release.ceiling
    m.releases = pyo.Set(
        initialize=[(i, p, q) for i in m.I for p in m.G for q in m.Q if q <= ceiling[i, p]], dimen=3
    )
    m.o = pyo.Var(m.releases, m.T, bounds=(0, 1))

    @m.Constraint(m.releases, m.T)
    def released_from_service(m: Any, i: int, p: int, q: int, t: int) -> Any:  # (19)
        return m.o[i, p, q, t] <= m.x[i, t]

    @m.Constraint(m.releases, m.T)
    def released_as_agreed(m: Any, i: int, p: int, q: int, t: int) -> Any:  # (19)
        return m.o[i, p, q, t] <= m.g[p, q, t]

    @m.Constraint(m.releases, m.T)
    def released_richer_includes_poorer(m: Any, i: int, p: int, q: int, t: int) -> Any:  # (20)
        richer = (i, p, q + 1) in m.releases
        return m.o[i, p, q + 1, t] <= m.o[i, p, q, t] if richer else pyo.Constraint.Skip


def _tasked(m: Any, programme: Programme) -> None:
    release = programme.release
    tasked = sorted({i for i, p, q in m.releases if q == TRACKS and release.slots[i, p] > 0})
    for i, p, q in m.releases:
        if i in tasked and q == TRACKS:
            for t in m.T:
                m.o[i, p, q, t].domain = pyo.Binary

    @m.Constraint(tasked, m.T)
    def slots_are_reserved(m: Any, i: int, t: int) -> Any:  # (21)
        takers = [p for p in m.G if (i, p, TRACKS) in m.releases]
        taken = sum(release.slots[i, p] * m.o[i, p, TRACKS, t] for p in takers)
        return at_most(taken - (1.0 - release.reserve[i]) * m.x[i, t], 0)


def _passed_on(m: Any, programme: Programme) -> None:
    sharing, partner = programme.sharing, programme.rows.partner
    sources = sorted(set(partner.tolist()) - {NONE})
    m.passing = pyo.Set(initialize=[(s, p) for s in sources for p in m.G if s != p], dimen=2)
    m.h = pyo.Var(m.passing, m.Q, m.T, bounds=(0, 1))

    @m.Constraint(m.passing, m.Q, m.T)
    def passed_on_if_allowed(m: Any, source: int, p: int, q: int, t: int) -> Any:  # (22)
        allowed = [r for r in m.R if sharing.onward[r] and sharing.received[r, source] >= q]
        return at_most(m.h[source, p, q, t] - sum(m.m[r, t] for r in allowed), 0)

    @m.Constraint(m.passing, m.Q, m.T)
    def passed_on_as_agreed(m: Any, source: int, p: int, q: int, t: int) -> Any:  # (22)
        return m.h[source, p, q, t] <= m.g[p, q, t]


def _both(m: Any, programme: Programme) -> None:
    rows = programme.rows
    both = [int(j) for j in np.flatnonzero((rows.option != NONE) & (rows.partner != NONE))]
    own = [(v, t) for v, t in programme.slots if programme.views[v].partner == NONE]
    m.both = pyo.Set(
        initialize=[
            (v, j, int(q) + 1, t)
            for v, t in own
            for j in both
            for q in np.flatnonzero(rows.rise[j])
        ],
        dimen=4,
    )
    m.u = pyo.Var(m.both, bounds=(0, 1))

    @m.Constraint(m.both)
    def shared_sensor_in_service(m: Any, v: int, j: int, q: int, t: int) -> Any:  # (23)
        return m.u[v, j, q, t] <= counting(m, programme, v, int(rows.option[j]), t)

    @m.Constraint(m.both)
    def shared_sensor_accessible(m: Any, v: int, j: int, q: int, t: int) -> Any:  # (23)
        return m.u[v, j, q, t] <= access(m, programme, v, int(rows.partner[j]), q, t)

    @m.Constraint(m.both)
    def shared_sensor_counts(m: Any, v: int, j: int, q: int, t: int) -> Any:  # (23)
        through = access(m, programme, v, int(rows.partner[j]), q, t)
        return m.u[v, j, q, t] >= counting(m, programme, v, int(rows.option[j]), t) + through - 1


def _weights(m: Any, programme: Programme) -> None:
    views = programme.views
    fallen = [programme.fallen(v) for v in range(len(views))]
    m.slots = pyo.Set(initialize=programme.slots, dimen=2)

    @m.Expression(m.slots, m.J)
    def w(m: Any, v: int, t: int, j: int) -> Any:
        if views[v].partner == NONE:
            return _for_us(m, programme, fallen[v], v, j, t)
        return _for_partner(m, programme, views[v].partner, j, t)


def _for_us(m: Any, programme: Programme, fallen: Any, v: int, j: int, t: int) -> Any:
    """Return what a row is worth to us: nothing under a host that has fallen, else by tier."""
    rows = programme.rows
    option, partner = int(rows.option[j]), int(rows.partner[j])
    host = NONE if option == NONE else int(programme.options.host[option])
    if host != NONE and fallen[host]:
        return 0.0
    if partner == NONE:
        return 1.0 if option == NONE else counting(m, programme, v, option, t)
    adding = [int(q) + 1 for q in np.flatnonzero(rows.rise[j])]
    if option == NONE:
        return sum(rows.rise[j, q - 1] * access(m, programme, v, partner, q, t) for q in adding)
    return sum(rows.rise[j, q - 1] * m.u[v, j, q, t] for q in adding)


def _for_partner(m: Any, programme: Programme, p: int, j: int, t: int) -> Any:
    """Return what a row is worth to a partner: its own, what we release, what we pass on."""
    rows, worth = programme.rows, programme.release.profile[p]
    option, partner = int(rows.option[j]), int(rows.partner[j])
    if partner == p:
        return 1.0 if option == NONE else m.x[option, t]
    if partner == NONE and option != NONE:
        rise = np.diff(worth, prepend=0.0)
        return sum(rise[q - 1] * m.o[option, p, q, t] for q in m.Q if (option, p, q) in m.releases)
    if option == NONE and partner != NONE:
        rise = np.diff(worth * rows.profile[j], prepend=0.0)
        return sum(rise[q - 1] * m.h[partner, p, q, t] for q in m.Q)
    return 0.0
