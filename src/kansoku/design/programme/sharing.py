"""Arrangements in force, and the access that they give.

(12)  m_r,t >= sum_{t - term_r < s <= t} b_r,s-lead_r    for all r, t   (no restart in a term)
(13)  m_r,t <= m_r,t-1 + b_r,t-lead_r                    for all r, t;  m_r,-1 given
      m_r,t = 1 for t < notice_r where r is in force at the beginning
(14)  m_r,t <= sum_{r' in group} m_r',t                  for all groups of which r needs one, t
(15)  sum_{r in group} m_r,t <= 1                        for all groups that exclude, t
(31)  m_r,t >= 1                                         for all r that are asked for, t from then
(16)  a_v,p,q,t <= sum_{r : received_r,p >= q, r not void in v} m_r,t     for all v, p, q, t
(17)  a_v,p,q+1,t <= a_v,p,q,t        (q+1: the next tier that adds to a row)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import OURS, Programme
from kansoku.design.programme.relations import at_most
from kansoku.design.programme.service import hosted


def add(m: Any, programme: Programme) -> None:
    """Add arrangements, and access in every view of ours."""
    m.b = pyo.Var(m.R, m.T, domain=pyo.Binary)
    m.m = pyo.Var(m.R, m.T, domain=pyo.Binary)
    _in_force(m, programme)
    _beside(m, programme)
    hosted(m, programme)
    _access(m, programme)


def _in_force(m: Any, programme: Programme) -> None:
    sharing = programme.sharing
    for r in np.flatnonzero(sharing.in_force):
        for t in range(min(int(sharing.notice_years[r]), len(m.T))):
            m.m[int(r), t].setlb(1)

    @m.Constraint(m.R, m.T)
    def kept_for_its_term(m: Any, r: int, t: int) -> Any:  # (12)
        end = t - int(sharing.lead_years[r]) + 1
        signed = range(max(end - int(sharing.term_years[r]), 0), end)
        return m.m[r, t] >= sum(m.b[r, tau] for tau in signed) if signed else pyo.Constraint.Skip

    @m.Constraint(m.R, m.T)
    def in_force_once_started(m: Any, r: int, t: int) -> Any:  # (13)
        before = m.m[r, t - 1] if t > 0 else float(sharing.in_force[r])
        signed = t - int(sharing.lead_years[r])
        return at_most(m.m[r, t] - before - (m.b[r, signed] if signed >= 0 else 0.0), 0)


def _beside(m: Any, programme: Programme) -> None:
    sharing = programme.sharing
    needs = [(r, group) for r in m.R for group in range(len(sharing.needs[r]))]

    @m.Constraint(needs, m.T)
    def needs_another(m: Any, r: int, group: int, t: int) -> Any:  # (14)
        return m.m[r, t] <= sum(m.m[other, t] for other in sharing.needs[r][group])

    @m.Constraint(range(len(sharing.excludes)), m.T)
    def one_of_a_group(m: Any, group: int, t: int) -> Any:  # (15)
        return sum(m.m[r, t] for r in sharing.excludes[group]) <= 1

    @m.Constraint([(int(r), int(t)) for r, t in np.argwhere(programme.asked_for)])
    def in_force_as_asked(m: Any, r: int, t: int) -> Any:  # (31)
        return m.m[r, t] >= 1


def _access(m: Any, programme: Programme) -> None:
    """Access where it counts: views and years that are asked for, tiers that add to a row."""
    sharing = programme.sharing
    void = [programme.fallen(v) for v in range(len(programme.views))]
    m.access = pyo.Set(initialize=_counted(programme), dimen=4)
    m.a = pyo.Var(m.access, bounds=(0, 1))

    @m.Constraint(m.access)
    def access_only_by_arrangement(m: Any, v: int, p: int, q: int, t: int) -> Any:  # (16)
        granting = [r for r in m.R if sharing.received[r, p] >= q and not void[v][r]]
        return at_most(m.a[v, p, q, t] - sum(m.m[r, t] for r in granting), 0)

    @m.Constraint(m.access)
    def richer_access_includes_poorer(m: Any, v: int, p: int, q: int, t: int) -> Any:  # (17)
        richer = next((r for r in m.Q if r > q and (v, p, r, t) in m.access), None)
        return pyo.Constraint.Skip if richer is None else m.a[v, p, richer, t] <= m.a[v, p, q, t]


def access(m: Any, programme: Programme, v: int, p: int, q: int, t: int) -> Any:
    """Return access to a partner in a view: that of our own view where nothing of it has fallen."""
    return m.a[_seen_from(programme, v, p), p, q, t]


def _counted(programme: Programme) -> list[tuple[int, int, int, int]]:
    rows = programme.rows
    adding = {
        (int(rows.partner[j]), int(q) + 1)
        for j in np.flatnonzero(rows.partner != NONE)
        for q in np.flatnonzero(rows.rise[j])
    }
    own = [(v, t) for v, t in programme.slots if programme.views[v].partner == NONE]
    counted = {(_seen_from(programme, v, p), p, q, t) for v, t in own for p, q in adding}
    return sorted(counted)


def _seen_from(programme: Programme, view: int, partner: int) -> int:
    """Return the view that access to a partner is the same in: ours, or the view itself."""
    fallen = programme.fallen(view)
    touched = fallen[programme.sharing.received[:, partner] > 0]
    return view if touched.any() else programme.views.index(OURS)
