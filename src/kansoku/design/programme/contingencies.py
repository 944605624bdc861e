"""What is left when something is lost: valued together, cut where it is near.

A study names a hundred losses, each a floor on the same count with some rows fallen. What is left
after each differs in few cells from what there is before (`design.terms.contingency`, and
`design.terms.fewersources` where credit is paid for independent sources), and most
floors hold with room to spare: those get their value and no cut. So it is where the least that is
left counts in the objective, with what is far above the least. At a point of the relaxation a
sample of the cells tells which: leaving a cut out is never wrong there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.coarse import roughly
from kansoku.design.programme.programme import Programme
from kansoku.design.terms import Count, Cut, Distinct, Term, Without
from kansoku.design.terms.contingency import Contingency
from kansoku.design.terms.fewersources import SourcesLost, begun

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

NEAR = 0.01  # of coverage: a floor with more room than this needs no cut yet
PASSES = 4  # over the cells, that all cases of a year take together
REMEMBERED = 4  # points: each holds the tracks of all cells


def floors_alone(programme: Programme) -> IndexArray:
    """Return the aims that ask for a level and nothing else: more than it is worth nothing."""
    promised = {promise.aim for promise in programme.promises}
    in_tails = {aim for tail in programme.tails for aim in tail.aims}
    return np.array(
        [
            number
            for number, aim in enumerate(programme.aims)
            if aim.worth == 0.0 and number not in promised | in_tails
        ],
        dtype=np.intp,
    )


@dataclass(frozen=True)
class Case:
    """One loss: what of a count is left without some rows, in one block of stacked rows.

    `in_least` where the least of all such cases counts in the objective.
    """

    aim: int
    at_least: float
    block: int
    lost: IndexArray
    in_least: bool = False

    def left(self, weights: FloatArray, rows: int) -> FloatArray:
        """Return the weights of the J rows after the loss."""
        left = weights[self.block * rows : (self.block + 1) * rows].copy()
        left[self.lost] = 0.0
        return left


class Contingencies:
    """The floors on one count in one year.

    Parameters
    ----------
    term, rough : Count or Distinct
        The count, and the same over a sample of its cells, or the count itself.
    cases : tuple of Case
    rows : int
        J.
    stacked : int
        Number of blocks.
    """

    def __init__(
        self,
        term: Count | Distinct,
        rough: Count | Distinct,
        cases: tuple[Case, ...],
        rows: int,
        stacked: int,
    ) -> None:
        self.term, self.cases, self.rows = term, cases, rows
        self._exact = _Before(term)
        self._rough = self._exact if rough is term else _Before(rough)
        self._blocks = sorted({case.block for case in cases})
        self._safe = np.zeros(rows * stacked)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation, about: the sum over the cases is a few whole passes."""
        return PASSES * self.term.work

    def cuts(self, weights: FloatArray) -> Iterator[tuple[int, tuple[Cut, ...]]]:
        """Yield each aim with its cut at a point of the relaxation, (blocks x J,).

        A floor with room to spare gets a cut that says nothing, with its value in the sample.
        """
        before, rough = self._largest(weights), self._rough
        every = [case.left(weights, self.rows) for case in self.cases]
        values = [rough.at(before).value(left) for left in every]
        near = self._near(values)
        for case, left, value in zip(self.cases, every, values, strict=True):
            known = value
            if value < near[case.aim] and rough is not self._exact:
                known = self._exact.at(before).value(left)
            yield case.aim, (self._cut(case, before, left, known, value < near[case.aim]),)

    def values(self, weights: FloatArray) -> Iterator[tuple[int, tuple[Cut, ...]]]:
        """Yield each aim with its exact value at a decision, and slopes where it is near."""
        before = self._largest(weights)
        every = [case.left(weights, self.rows) for case in self.cases]
        values = [self._exact.at(before).value(left) for left in every]
        near = self._near(values)
        for case, left, value in zip(self.cases, every, values, strict=True):
            yield case.aim, (self._cut(case, before, left, value, value < near[case.aim]),)

    def _near(self, values: Sequence[float]) -> dict[int, float]:
        """Return the value below which each case is cut: near its floor, or near the least."""
        least = min(
            (value for case, value in zip(self.cases, values, strict=True) if case.in_least),
            default=0.0,
        )
        return {
            case.aim: NEAR + max(case.at_least, least if case.in_least else 0.0)
            for case in self.cases
        }

    def _cut(
        self, case: Case, before: FloatArray, left: FloatArray, value: float, is_near: bool
    ) -> Cut:
        if not is_near:
            return Cut(1.0, self._safe, 1.0, value)
        return self._stacked(self._exact.at(before).cut_at(left), case)

    def _largest(self, weights: FloatArray) -> FloatArray:
        """Return the weights where nothing is lost: the largest of all blocks, (J,)."""
        largest: FloatArray = weights.reshape(-1, self.rows)[self._blocks].max(axis=0)
        return largest

    def _stacked(self, cut: Cut, case: Case) -> Cut:
        slopes = np.zeros(len(self._safe))
        own = slopes[case.block * self.rows : (case.block + 1) * self.rows]
        own[:] = cut.slopes
        own[case.lost] = 0.0
        return replace(cut, slopes=slopes)


class _Before:
    """A count where nothing is lost, at the last points that were asked for."""

    def __init__(self, term: Count | Distinct) -> None:
        self.term = term
        self._at: dict[bytes, Contingency | SourcesLost] = {}

    def at(self, weights: FloatArray) -> Contingency | SourcesLost:
        key = weights[self.term.rows].tobytes()
        if key not in self._at:
            if len(self._at) >= REMEMBERED:
                self._at.clear()
            self._at[key] = begun(self.term, weights)
        return self._at[key]


def contingencies_of(
    programme: Programme, slots: tuple[tuple[int, int], ...], block_of: dict[int, int]
) -> tuple[Contingencies, ...]:
    """Group the losses that leave some of the same count in the same year; single ones stay out.

    Parameters
    ----------
    programme : Programme
    slots : tuple of (view, year)
        The blocks of stacked rows.
    block_of : dict of int to int
        Block of each aim.
    """
    grouped: dict[tuple[int, int], list[tuple[Count | Distinct, Case]]] = {}
    least = _in_least(programme)
    for number in sorted({*floors_alone(programme).tolist(), *least}):
        aim = programme.aims[number]
        term, lost = _taken_apart(aim.term)
        if isinstance(term, (Count, Distinct)):
            case = Case(number, aim.at_least, block_of[number], lost, number in least)
            grouped.setdefault((id(term), aim.year), []).append((term, case))
    large = {id(each[0][0]): each[0][0] for each in grouped.values() if len(each) > 1}
    rough = {key: roughly(term) for key, term in large.items()}
    return tuple(
        Contingencies(
            members[0][0],
            rough[id(members[0][0])],
            tuple(case for _, case in members),
            len(programme.rows),
            len(slots),
        )
        for members in grouped.values()
        if len(members) > 1
    )


def _in_least(programme: Programme) -> set[int]:
    """Return the aims of which the least counts, and nothing else."""
    promised = {promise.aim for promise in programme.promises}
    drawn = [aim for tail in programme.tails for aim in tail.aims]
    return {
        aim
        for tail in programme.tails
        for aim in tail.aims
        if tail.is_worst_case
        and programme.aims[aim].worth == 0.0
        and aim not in promised
        and drawn.count(aim) == 1
    }


def _taken_apart(term: Term) -> tuple[Term, IndexArray]:
    """Return a term without the losses around it, and the rows that are lost."""
    lost = np.zeros(0, dtype=np.intp)
    while isinstance(term, Without):
        lost, term = np.union1d(lost, term.lost), term.term
    return term, lost
