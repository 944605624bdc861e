"""Who builds, and who runs.

(24)  sum_{i from g} capex_i y_i <= share_g sum_i capex_i y_i + allowance_g     for all g
(25)  sum_{i of f} staff_i x_i,t <= staff_f,t                                   for all f, t
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.core as pyo

from kansoku.design.programme.programme import Programme
from kansoku.design.programme.relations import at_most


def add(m: Any, programme: Programme) -> None:
    """Add limits on suppliers and staff."""
    options, industry = programme.options, programme.industry
    capex = options.payments_mjpy.sum(axis=1)

    @m.Constraint(pyo.RangeSet(0, len(industry) - 1))
    def supplier_within_share(m: Any, g: int) -> Any:  # (24)
        share = float(industry.most_share[g])
        excess = sum(
            capex[i] * (float(options.supplier[i] == g) - share) * m.y[i, tau]
            for i, tau in m.orders
        )
        return at_most(excess, float(industry.allowance_mjpy[g]))

    @m.Constraint(m.F, m.T)
    def staff_at_hand(m: Any, f: int, t: int) -> Any:  # (25)
        of_purse = np.flatnonzero((options.purse == f) & (options.staff > 0))
        busy = sum(options.staff[i] * m.x[int(i), t] for i in of_purse)
        return at_most(busy, float(programme.purses.staff[f, t]))
