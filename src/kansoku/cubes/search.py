"""How a search closed its gap."""

from __future__ import annotations

import numpy as np

from kansoku.cubes.findings import Findings
from kansoku.cubes.variables import Variables, variable


def search(found: Findings) -> Variables:
    """How the bounds closed; without the seconds, which depend on the machine."""
    moments = dict.fromkeys((m.lower, m.upper, m.cuts) for m in found.proof.history)
    lower, upper, cuts = np.array(list(moments), dtype=float).reshape(-1, 3).T
    dims = ("iteration",)
    gap = np.abs(upper - lower) / np.maximum(np.abs(lower), 1e-12)
    return {
        "iteration": variable(dims, np.arange(len(lower)), "step of the search"),
        "bound_upper": variable(
            dims, upper, "proven bound on coverage, over years weighed by their worth"
        ),
        "bound_lower": variable(
            dims, lower, "coverage of the best design so far, weighed in the same way"
        ),
        "mip_gap": variable(dims, gap, "proven relative gap"),
        "cut_count": variable(dims, cuts.astype(np.int64), "cuts found so far"),
    }
