r"""The master of a programme: what may be done in which year, and upper bounds on what it covers.

Sets
    i in I  sensors: options and standing ones     s in S  sites      f in F  purses
    t, tau in T  fiscal years                      r in R  arrangements
    p in P  partners    q in Q  tiers, 1 poorest   v in V  views (ours, stress cases, partners)
    j in J  rows of the coverage matrix            l in L  aims
Variables
    y_i,tau in {0,1}  sensor ordered               k_i,t in {0,1}  standing sensor kept
    z_s,t in {0,1}  site open                      c_f,t  carried to the next year [million JPY]
    b_r,t in {0,1}  arrangement signed             m_r,t in {0,1}  arrangement in force
    a_v,p,q,t in [0,1]  access to p at tier q or richer, in a view of ours
    g_p,q,t in [0,1]  what p may be given at tier q or richer
    o_i,p,q,t in [0,1]  data of sensor i released to p at tier q or richer
    h_p',p,q,t in [0,1]  data of p' passed on to p at tier q or richer
    theta_l in [0,1]  coverage, bounded from above by cuts (terms/)
Expressions
    x_i,t = sum_{tau : tau+lead_i <= t < tau+lead_i+life_i} y_i,tau    in service
    w_v,j,t  how much row j counts: x, access or release, each tier with what it adds in worth

Each family stands in a file of its own: service (1-7), money (8-11), sharing (12-17, 31),
release (18-23), industry (24-25), aims (26-30).
"""

from __future__ import annotations

from typing import Any

import pyomo.core as pyo

from kansoku.design.programme import aims, industry, money, release, service, sharing
from kansoku.design.programme.programme import Programme


def master(programme: Programme) -> pyo.ConcreteModel:
    """Build the master without any cut.

    Parameters
    ----------
    programme : Programme

    Returns
    -------
    pyomo.core.ConcreteModel
    """
    m = pyo.ConcreteModel("programme")
    _sets(m, programme)
    service.add(m, programme)
    sharing.add(m, programme)
    money.add(m, programme)
    release.add(m, programme)
    industry.add(m, programme)
    aims.add(m, programme)
    return m


def _sets(m: Any, programme: Programme) -> None:
    m.T = pyo.RangeSet(0, len(programme.years) - 1)
    m.I = pyo.RangeSet(0, len(programme.options) - 1)
    m.S = pyo.RangeSet(0, len(programme.places) - 1)
    m.R = pyo.RangeSet(0, len(programme.sharing) - 1)
    m.P = pyo.RangeSet(0, len(programme.sharing.partners) - 1)
    m.Q = pyo.RangeSet(1, programme.tiers)
    m.F = pyo.RangeSet(0, len(programme.purses) - 1)
    m.J = pyo.RangeSet(0, len(programme.rows) - 1)
