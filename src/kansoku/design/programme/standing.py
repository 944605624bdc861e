"""How much coverage is left of a decision after each loss, and what each partner gains by it.

Two counts over all contributors in use, one by credit steps and one of plain coverage, answer
every case: what is left after a loss differs in few cells from what there was before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from kansoku.coverage import demand
from kansoku.coverage.cells import Cells
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.losses import Loss
from kansoku.design.programme.parties import place_in_supply
from kansoku.design.programme.review import Review
from kansoku.design.requirements import Seen, most_useful
from kansoku.design.terms import Count
from kansoku.design.terms.contingency import Contingency
from kansoku.design.terms.sourced import SourcedContingency
from kansoku.resources import map_in_order

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Gains:
    """What partners get from us, as shares of the demand; nan where that is not asked.

    Attributes
    ----------
    gain, need : (P, T) arrays
        Credited coverage beyond their own, and the most that an arrangement in force promises.
    alone : (P,) array
        Credited coverage by their own sensors.
    """

    gain: FloatArray
    need: FloatArray
    alone: FloatArray


@dataclass(frozen=True)
class Left:
    """One kind of coverage, whole and after each loss, of D decisions in T years.

    Attributes
    ----------
    whole : (D, T, 2) array
        Where nothing is lost: of the whole network, and of the owner's sensors alone.
    after : (D, T, E, 2) array
    """

    whole: FloatArray
    after: FloatArray


@dataclass(frozen=True)
class Stressed:
    """What is left of some decisions after each loss, and what partners gain by them.

    Attributes
    ----------
    losses : tuple of E Loss
        Those that take a sensor in use or an arrangement in force.
    covered, credited : Left
        Plain coverage, and coverage by credit steps.
    gains : tuple of D Gains
    """

    losses: tuple[Loss, ...]
    covered: Left
    credited: Left
    gains: tuple[Gains, ...]


def stressed(
    review: Review,
    seen: Seen,
    catalogue_number: npt.NDArray[np.int64],
    decisions: Sequence[Decision],
    credit: tuple[float, ...],
    told: Callable[[int, int], None],
    workers: int = 0,
) -> Stressed:
    """Put some decisions through every loss of a review, and through the eyes of partners.

    Parameters
    ----------
    review : Review
    seen : Seen
    catalogue_number : (N,) int64 array
    decisions : sequence of D Decision
    credit : (K,) tuple
    told : callable
        Told how many networks are done, of how many.
    workers : int
        Processes; 0 takes one a core.
    """
    named = review.touching(decisions)
    left = [[review.worth_after(one, number) for number in named] for one in decisions]
    theirs = [{p: review.worth_to(one, p) for p in asking(review)} for one in decisions]
    whole = [review.worth(one) for one in decisions]
    alone = [review.alone(p) for p in asking(review)]
    every = [*whole, *alone, *(worth for one in theirs for worth in one.values())]
    standing = Standing(review, seen, catalogue_number, every, credit)
    table = _left(standing, whole, left, told, workers)
    return Stressed(
        losses=tuple(review.losses[number] for number in named),
        covered=Left(table[:, :, 0, 0], table[:, :, 0, 1:]),
        credited=Left(table[:, :, 1, 0], table[:, :, 1, 1:]),
        gains=tuple(
            _gains(review, standing, *each) for each in zip(decisions, theirs, strict=True)
        ),
    )


def asking(review: Review) -> IndexArray:
    """Return the partners, by number, whom some arrangement gives something of ours."""
    sharing, standing = review.programme.sharing, review.programme.options.standing
    given = (sharing.given > 0).any(axis=0)
    return np.flatnonzero(given & standing.any())


class Standing:
    """Coverage of networks that differ little, over the rows of a review.

    Parameters
    ----------
    review : Review
    seen : Seen
    catalogue_number : (N,) int64 array
    weights : sequence of (J, ...) arrays
        All row weights that will be asked for: rows that never count are left out.
    credit : (K,) tuple
    """

    def __init__(
        self,
        review: Review,
        seen: Seen,
        catalogue_number: npt.NDArray[np.int64],
        weights: Sequence[FloatArray],
        credit: tuple[float, ...],
    ) -> None:
        every = np.concatenate([one.reshape(len(review), -1) for one in weights], axis=1)
        self.rows = np.flatnonzero(every.any(axis=1))
        self.own, self._party = review.own[self.rows], review.party[self.rows]
        least = np.where(every > 0.0, every, np.inf).min(axis=1)[self.rows]
        tracks = review.tracks(seen.tracks, place_in_supply(catalogue_number))[self.rows]
        clear = seen.clear[:, review.contributor[self.rows]]
        wide = Seen(tracks, clear, seen.weight)
        self.covered = Counted(partial(Contingency, _count("covered", wide, least, (1.0,))))
        self._sources, self._credit = review.sources, credit
        if self._sources is None:
            self.credited = Counted(partial(Contingency, _count("credited", wide, least, credit)))
        else:
            self._of = self._sources.of[review.contributor[self.rows]]
            self._cells = _cells(wide, least, steps=1)
            self.credited = self._by_source(self._of, self._sources.counts)

    def credited_by(self, p: int) -> Counted:
        """Return credited coverage in the eyes of a partner: what it sees itself is its own."""
        if self._sources is None:
            return self.credited
        counts = np.append(np.ones(len(self._sources.names)), len(self._credit))
        return self._by_source(np.where(self._party == p, len(counts) - 1, self._of), counts)

    def _by_source(self, of: IndexArray, counts: FloatArray) -> Counted:
        return Counted(partial(SourcedContingency, self._cells, of, counts, self._credit))


def _count(name: str, seen: Seen, least: FloatArray, credit: tuple[float, ...]) -> Count:
    return Count(name, _cells(seen, least, len(credit)), credit, len(least))


def _cells(seen: Seen, least: FloatArray, steps: int) -> Cells:
    """Merge demand cells; a track of each row is worth `least` or more."""
    rows = len(least)
    most = np.array([most_useful(np.array([worth]), steps) for worth in least], dtype=np.intp)
    alone = tuple(np.array([j], dtype=np.intp) for j in range(rows))
    asked = demand.Rows(alone, most, np.zeros(0, dtype=np.intp))
    number = np.arange(rows, dtype=np.intp)
    return demand.cells_of(seen.tracks, seen.clear, seen.weight, asked, 0, number)


class Counted:
    """Coverage at points that recur, and at points a little below them.

    Parameters
    ----------
    begin : callable
        Makes a contingency at a point.
    """

    def __init__(self, begin: Callable[[FloatArray], Contingency | SourcedContingency]) -> None:
        self._begin = begin
        self._key = b""
        self._before: Contingency | SourcedContingency | None = None
        self._known: dict[tuple[bytes, bytes], float] = {}

    def __call__(self, before: FloatArray, after: FloatArray) -> float:
        """Return the coverage at weights that are nowhere above those before."""
        key = before.tobytes()
        if (key, after.tobytes()) not in self._known:
            if self._before is None or key != self._key:
                self._key, self._before = key, self._begin(before)
            self._known[key, after.tobytes()] = self._before.value(after)
        return self._known[key, after.tobytes()]


def _left(
    standing: Standing,
    whole: Sequence[FloatArray],
    left: Sequence[Sequence[FloatArray]],
    told: Callable[[int, int], None],
    workers: int,
) -> FloatArray:
    """Return what is left, plain and credited, of all and of our own: (D, T, 2, 1 + E, 2).

    Nothing is lost in the first of the 1 + E cases. Rows are worth `whole` and `left`, (J, T), by
    decision and year; networks that are equal in all cases are looked at once.
    """
    rows, years = standing.rows, range(whole[0].shape[1])
    networks = [
        np.array([each[rows, t] for each in (whole[d], *left[d])])
        for d in range(len(whole))
        for t in years
    ]
    first = {cases.tobytes(): n for n, cases in reversed(list(enumerate(networks)))}
    found: dict[int, FloatArray] = {}
    looked_at = sorted(first.values())
    tables = map_in_order(lambda n: _of_network(standing, networks[n]), looked_at, workers)
    for n, one in zip(looked_at, tables, strict=True):
        found[n] = one
        told(len(found), len(looked_at))
    every = [found[first[cases.tobytes()]] for cases in networks]
    return np.array(every).reshape(len(whole), len(years), *every[0].shape)


def _of_network(standing: Standing, cases: FloatArray) -> FloatArray:
    """Return what is left of one network, (2, 1 + E, 2); the first of the cases is the whole."""
    table = np.zeros((2, len(cases), 2))
    for k, counts in enumerate((np.ones(len(standing.rows)), standing.own.astype(float))):
        for kind, counted in enumerate((standing.covered, standing.credited)):
            before = cases[0] * counts
            table[kind, :, k] = [counted(before, after * counts) for after in cases]
    return table


def _gains(
    review: Review, standing: Standing, decision: Decision, theirs: dict[int, FloatArray]
) -> Gains:
    """Return what partners gain, each by what rows are worth to it, (J, T)."""
    partners, years = len(review.parties), review.of.years
    gain = np.full((partners, years), np.nan)
    need, alone = gain.copy(), np.full(partners, np.nan)
    for p, worth in theirs.items():
        own, credited = review.alone(p)[standing.rows], standing.credited_by(p)
        alone[p] = credited(own, own)
        for t in range(years):
            reached = worth[standing.rows, t]
            gain[p, t] = credited(reached, reached) - alone[p]
        need[p] = _needed(review, decision, p)
    return Gains(gain, need, alone)


def _needed(review: Review, decision: Decision, p: int) -> FloatArray:
    """Return the most that an arrangement in force with a partner promises it, (T,)."""
    asked = np.array(
        [
            one.gain_needed if review.parties[p].of in one.parties else 0.0
            for one in review.network.arrangements
        ]
    )
    return np.asarray((asked[:, None] * decision.in_force).max(axis=0, initial=0.0))
