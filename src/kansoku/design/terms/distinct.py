"""Form (d): tracks count once a group, a site, a country, an owner or a way of looking.

    f_d(w) = f( M_d ),   M_d = sum_h beta_h min(1, N_hd),   N_hd = tracks of group h in cell d

and cut (v) of the formulation, with lam_d the slope of f at M_d and mu_hd = 1 while N_hd < 1:

    f_d <= sum_m (phi_m - lam_d)^+ + lam_d sum_h beta_h (1 - mu_hd + mu_hd N_hd(w))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import BLOCK_CELLS, ROW_UNIT, quantised_credit
from kansoku.design.terms.encoding import joined
from kansoku.design.terms.percell import Bound, Layer, PerCell, layer_of
from kansoku.design.terms.steps import Credit
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Distinct(PerCell):
    """Form (d): F = sum_d omega_d f(sum_h beta_h min(1, N_hd)) / Omega.

    Several tracks of a row count as one unless `every_track` asks for all of them: that changes
    nothing at whole rows and tightens the bounds between. `cells.base` must be empty: it does not
    say which group its tracks are of, so contributors that are always on are rows of neither a
    candidate nor a partner.

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
    every_track : bool
        Count N_hd in full, where rows weigh less than 1 at a design: two tracks of half the worth
        are a whole one.
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
        every_track: bool = False,
        xp: ModuleType = np,
        block_cells: int = BLOCK_CELLS,
    ) -> None:
        super().__init__(name, cells, problem_rows, xp, block_cells)
        self.credit = Credit(name, credit)
        self._over = partial(
            Distinct, name, credit=credit, group=group, problem_rows=problem_rows, beta=beta,
            every_track=every_track, xp=xp, block_cells=block_cells,
        )  # fmt: skip
        groups = list(dict.fromkeys(group))
        worth = np.array([(beta or {}).get(h, 1.0) for h in groups])
        _check(name, cells, list(group), worth, beta or {})
        whole, self._one = quantised_credit(np.append(worth, 1.0))
        self.full = self.credit.full * self._one
        members = [np.flatnonzero([h == g for g in group]) for h in groups]
        seen = [_seen_by(cells, rows, problem_rows, every_track) for rows in members]
        narrow = [h for h, layer in enumerate(seen) if len(layer.groups) == 1]
        wide = [h for h, layer in enumerate(seen) if len(layer.groups) > 1]
        self._beta = [int(whole[h]) for h in wide]
        together = _together([seen[h] for h in narrow], whole[narrow], len(cells), problem_rows)
        self.counted = (together.on(xp), *(seen[h].on(xp) for h in wide))
        most, counted = int(self.credit.whole.max(initial=1)), int(whole[:-1].sum())
        counted += len(self.credit.whole) * self._one
        self.check_exact(most * counted, most * int(whole[:-1].max(initial=0)), counted)

    def over(self, cells: Cells) -> Distinct:
        """Return the same function of other cells over the same rows."""
        return self._over(cells)

    def bound(self, counts: Sequence[Array], block: slice | Array) -> Bound:
        """Cut (v), with slopes to the right: a group that is there adds nothing more."""
        xp, one = self.xp, self._one
        there, had = counts[0], xp.zeros(len(counts[0]))
        for beta, count in zip(self._beta, counts[1:], strict=True):
            there = there + beta * xp.minimum(count, ROW_UNIT)
            had += beta * (count >= ROW_UNIT)
        steps = self.credit.steps(xp, there, ROW_UNIT * one)
        slope, beyond = self.credit.slope_and_beyond(xp, steps)
        slopes = [
            slope * beta * (count < ROW_UNIT)
            for beta, count in zip(self._beta, counts[1:], strict=True)
        ]
        return beyond * one + slope * had, [slope, *slopes]


@dataclass(frozen=True)
class Once(Layer):
    """sum_h beta_h min(1, N_hd) of groups that are coded whole, worked out once a pattern.

    Attributes
    ----------
    worth : tuple of (n, H) float64 arrays
        For the rows of each code and the groups among them: beta_h where row is of group h, else 0.
    """

    worth: tuple[Array, ...] = ()

    def on(self, xp: ModuleType) -> Layer:
        """Return the layer with its arrays held by an array module."""
        worth = tuple(xp.asarray(worth) for worth in self.worth)
        return Once(super().on(xp).groups, self.factor, worth=worth)

    def apart(self) -> tuple[Layer, ...]:
        """Return one layer a group of rows, with what its sources are worth."""
        return tuple(
            replace(self, groups=(group,), worth=(worth,))
            for group, worth in zip(self.groups, self.worth, strict=True)
        )

    def tables(self, xp: ModuleType, units: IntArray) -> list[Array]:
        """Return M of each pattern of each code, in units of 1/ROW_UNIT."""
        return [
            xp.minimum(tracks, ROW_UNIT) @ worth.max(axis=0)
            for tracks, worth in zip(self._by_group(xp, units), self.worth, strict=True)
        ]

    def constant(self, xp: ModuleType, sums: list[Array], units: IntArray) -> Array:
        """Return what the groups that are there bring: lam_d beta_h, whatever w."""
        constant = xp.zeros(())
        for tracks, worth, by_code in zip(self._by_group(xp, units), self.worth, sums, strict=True):
            constant += by_code @ ((tracks >= ROW_UNIT).astype(float) @ worth.max(axis=0))
        return constant

    def by_row(self, xp: ModuleType, sums: list[Array], units: IntArray) -> FloatArray:
        """Return G_j, (J,): nothing where the group is there."""
        slopes = np.zeros(len(self.factor))
        parts = zip(self.groups, self._by_group(xp, units), self.worth, sums, strict=True)
        for group, tracks, worth, by_code in parts:
            room = (tracks < ROW_UNIT).astype(float) @ worth.T
            slopes[group.rows] = to_numpy(by_code @ (room * group.patterns))
        return slopes

    def _by_group(self, xp: ModuleType, units: IntArray) -> list[Array]:
        """Return N_h of each pattern, (U, H) for each code."""
        return [
            (group.patterns * xp.asarray(units[group.rows].astype(float)))
            @ (worth > 0).astype(float)
            for group, worth in zip(self.groups, self.worth, strict=True)
        ]


def _together(layers: list[Layer], beta: IntArray, cells: int, problem_rows: int) -> Once:
    """Code groups of one code each together, as far as their patterns stay few."""
    group_of, factor = np.zeros(problem_rows, dtype=np.intp), np.zeros(problem_rows, dtype=np.int64)
    for h, layer in enumerate(layers):
        group_of[layer.groups[0].rows] = h
        factor[layer.groups[0].rows] = 1
    groups = joined([layer.groups[0] for layer in layers], cells)
    worth = []
    for group in groups:
        of_rows = group_of[group.rows]
        worth.append(np.where(of_rows[:, None] == np.unique(of_rows), beta[of_rows][:, None], 0.0))
    return Once(tuple(groups), factor, worth=tuple(worth))


def _seen_by(
    cells: Cells, rows: npt.NDArray[np.intp], problem_rows: int, every_track: bool
) -> Layer:
    """Return the layer that counts the rows of one group that see a cell, or all their tracks."""
    seen = cells.planes[:, rows]
    if not every_track:
        seen = np.bitwise_or.reduce(seen, axis=0)[None]
    return layer_of(replace(cells, planes=seen, rows=cells.rows[rows]), problem_rows)


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
