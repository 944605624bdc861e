"""Form (d): tracks count once a group, a site, a country, an owner or a way of looking.

    f_d(w) = f( M_d ),   M_d = sum_h beta_h min(1, N_hd),   N_hd = tracks of group h in cell d

and cut (v) of the formulation, with lam_d the slope of f at M_d and mu_hd = 1 while N_hd < 1:

    f_d <= sum_m (phi_m - lam_d)^+ + lam_d sum_h beta_h (1 - mu_hd + mu_hd N_hd(w))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT, quantised_credit
from kansoku.design.terms.percell import Bound, Layer, PerCell, layer_of
from kansoku.design.terms.steps import Credit
from kansoku.errors import DesignError


class Distinct(PerCell):
    """Form (d): F = sum_d omega_d f(sum_h beta_h min(1, N_hd)) / Omega.

    Several tracks of a row count as one, which changes nothing at whole rows and tightens the
    bounds between. `cells.base` must be empty: it does not say which group its tracks are of, so
    contributors that are always on are rows of neither a candidate nor a partner.

    Parameters
    ----------
    name : str
    cells : Cells
    credit : (K,) sequence
        phi, for the first, second, ... group; never rises.
    group : (n,) sequence
        h of each row of `cells`: a site, a country, anything that can be compared and hashed.
    problem_rows : int
        J, the number of rows of the problem.
    beta : mapping, optional
        What each group counts; 1 for those left out. A country's own sensors may count for two.
    xp, block_cells
        As for `Count`.

    Raises
    ------
    DesignError
        When the base is not empty, groups or beta do not fit, or sums would not be exact.
    """

    def __init__(
        self,
        name: str,
        cells: Cells,
        credit: Sequence[float],
        group: Sequence[object],
        problem_rows: int,
        beta: Mapping[object, float] | None = None,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        self.credit = Credit(name, credit)
        groups = list(dict.fromkeys(group))
        worth = np.array([(beta or {}).get(h, 1.0) for h in groups])
        _check(name, cells, list(group), worth, beta or {})
        whole, self._one = quantised_credit(np.append(worth, 1.0))
        self._beta = [int(b) for b in whole[:-1]]
        self.full = self.credit.full * self._one
        members = [np.flatnonzero([h == g for g in group]) for h in groups]
        self.counted = tuple(_seen_by(cells, rows, problem_rows, xp) for rows in members)
        most = int(self.credit.whole.max(initial=1))
        counted = len(self.credit.whole) * self._one + sum(self._beta)
        self.check_exact(most * counted, most * max(self._beta, default=0), counted)

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Cut (v), with slopes to the right: a group that is there adds nothing more."""
        xp, one = self._xp, self._one
        size = len(self._weight[block])
        there, had = xp.zeros(size), xp.zeros(size)
        for beta, count in zip(self._beta, counts, strict=True):
            there += beta * xp.minimum(count, ROW_UNIT)
            had += beta * (count >= ROW_UNIT)
        steps = self.credit.steps(xp, there, ROW_UNIT * one)
        slope, beyond = self.credit.slope_and_beyond(xp, steps)
        slopes = [
            slope * beta * (count < ROW_UNIT)
            for beta, count in zip(self._beta, counts, strict=True)
        ]
        return beyond * one + slope * had, slopes


def _seen_by(cells: Cells, rows: npt.NDArray[np.intp], problem_rows: int, xp: ModuleType) -> Layer:
    """Return the layer that counts which rows of one group see a cell, once each."""
    seen = np.bitwise_or.reduce(cells.planes[:, rows], axis=0)[None]
    return layer_of(replace(cells, planes=seen, rows=cells.rows[rows]), problem_rows, xp)


def _check(
    name: str,
    cells: Cells,
    group: list[object],
    beta: npt.NDArray[np.float64],
    given: Mapping[object, float],
) -> None:
    if len(group) != len(cells.rows):
        raise DesignError(
            f"{name}: got {len(group)} groups for {len(cells.rows)} rows; give one a row"
        )
    strange = [h for h in given if h not in set(group)]
    if strange or not ((beta >= 0) & (beta < np.inf)).all():
        raise DesignError(
            f"{name}: got beta {dict(given)} for the groups {sorted(map(str, set(group)))}; give "
            "groups that occur numbers of 0 or more"
        )
    if cells.base.any():
        raise DesignError(
            f"{name}: {int(np.count_nonzero(cells.base))} cells start from tracks whose group is "
            "not known (base); give contributors that are always on rows of their own, of neither "
            "a candidate nor a partner"
        )
