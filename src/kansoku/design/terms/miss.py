"""Form (e): the chance that at least one of several independent looks succeeds.

    f_d(w) = 1 - prod_j (1 - p_jd)^(w_j) = 1 - exp(-N_d),   N_d = sum_j lambda_jd w_j,
    lambda_jd = -ln(1 - p_jd)

and the tangent at N^_d, E_d = exp(-N^_d), cut (vi) of the formulation:

    f_d <= 1 - E_d + E_d (N_d(w) - N^_d)

lambda is a whole number of steps: v_jd of the cells times `step`. A sure look (p = 1) has no
lambda; p is capped at what the largest number of steps gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT
from kansoku.design.terms.percell import Bound, PerCell, layer_of
from kansoku.errors import DesignError

MOST_STEPS = 255
"""Largest lambda in steps, so that eight bit planes hold it."""


class Miss(PerCell):
    """Form (e): F = sum_d omega_d (1 - exp(-step sum_j v_jd w_j)) / Omega.

    `cells.base` is a number of steps too: the looks of contributors that are always on.

    Parameters
    ----------
    name : str
    cells : Cells
        Their v_jd are lambda_jd / step, as `steps_of` gives them.
    step : float
        Unit of lambda.
    problem_rows : int
        J, the number of rows of the problem.
    xp, block_cells
        As for `Count`.

    Raises
    ------
    DesignError
        When the step is not a number above 0.
    """

    whole = False
    full = 1

    def __init__(
        self,
        name: str,
        cells: Cells,
        step: float,
        problem_rows: int,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        if not 0 < step < np.inf:
            raise DesignError(
                f"{name}: got a step of {step} in lambda = -ln(1 - p), must be above 0; steps_of "
                "finds one from probabilities"
            )
        self.step = float(step)
        self.counted = (layer_of(cells, problem_rows).on(xp),)

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Cut (vi)."""
        xp, step = self.xp, self.step
        base = self._base[block]
        looks = counts[0] * (step / ROW_UNIT)
        missed = xp.exp(-(looks + base * step))
        return 1.0 - missed - missed * looks, [missed * step]


def steps_of(probability: npt.NDArray[np.float64], step: float) -> npt.NDArray[np.int64]:
    """Return lambda = -ln(1 - p) as whole steps, at most `MOST_STEPS`.

    Parameters
    ----------
    probability : array
        p, from 0 to 1. [unitless]
    step : float
        Unit of lambda: p moves by at most step / 2. [unitless]

    Returns
    -------
    int64 array of the same shape

    Raises
    ------
    DesignError
        When a probability is outside 0 to 1.
    """
    chance = np.asarray(probability, dtype=float)
    if not ((chance >= 0) & (chance <= 1)).all():
        wrong = chance[~((chance >= 0) & (chance <= 1))].flat[0]
        raise DesignError(f"probability: got {wrong}, must lie between 0 and 1; correct it")
    capped = np.minimum(chance, -np.expm1(-MOST_STEPS * step))
    return np.asarray(np.rint(-np.log1p(-capped) / step), dtype=np.int64)
