"""How much coverage is left of a decision after each loss, and what each partner gains by it.

Two counts over all contributors in use, one by credit steps and one of plain coverage, answer
every case: what is left after a loss differs in few cells from what there was before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from kansoku.coverage import demand
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.losses import Loss
from kansoku.design.programme.parties import place_in_supply
from kansoku.design.programme.review import Review
from kansoku.design.requirements import Seen, most_useful
from kansoku.design.terms import Count
from kansoku.design.terms.contingency import Contingency

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
class Tested:
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


def tested(
    review: Review,
    seen: Seen,
    catalogue_number: npt.NDArray[np.int64],
    decisions: Sequence[Decision],
    credit: tuple[float, ...],
    told: Callable[[int, int], None],
) -> Tested:
    """Put some decisions through every loss of a review, and through the eyes of partners.

    Parameters
    ----------
    review : Review
    seen : Seen
    catalogue_number : (N,) int64 array
    decisions : sequence of D Decision
    credit : (K,) tuple
    told : callable
        Told how many steps are done, of how many.
    """
    named = review.touching(decisions)
    left = [[review.worth_after(one, number) for number in named] for one in decisions]
    theirs = [{p: review.worth_to(one, p) for p in asking(review)} for one in decisions]
    whole = [review.worth(one) for one in decisions]
    alone = [review.alone(p) for p in asking(review)]
    every = [*whole, *alone, *(worth for one in theirs for worth in one.values())]
    standing = Standing(review, seen, catalogue_number, every, credit)
    steps, done = 2 * len(decisions) * review.of.years, count(1)
    covered, credited = (
        _left(standing, each, whole, left, lambda: told(next(done), steps))
        for each in (standing.covered, standing.credited)
    )
    return Tested(
        losses=tuple(review.losses[number] for number in named),
        covered=covered,
        credited=credited,
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
        self.own = review.own[self.rows]
        least = np.where(every > 0.0, every, np.inf).min(axis=1)[self.rows]
        tracks = review.tracks(seen.tracks, place_in_supply(catalogue_number))[self.rows]
        clear = seen.clear[:, review.contributor[self.rows]]
        wide = Seen(tracks, clear, seen.weight)
        self.credited = Counted(_count("credited", wide, least, credit))
        self.covered = Counted(_count("covered", wide, least, (1.0,)))


def _count(name: str, seen: Seen, least: FloatArray, credit: tuple[float, ...]) -> Count:
    rows, steps = len(least), len(credit)
    most = np.array([most_useful(np.array([worth]), steps) for worth in least], dtype=np.intp)
    alone = tuple(np.array([j], dtype=np.intp) for j in range(rows))
    asked = demand.Rows(alone, most, np.zeros(0, dtype=np.intp))
    number = np.arange(rows, dtype=np.intp)
    cells = demand.cells_of(seen.tracks, seen.clear, seen.weight, asked, 0, number)
    return Count(name, cells, credit, rows)


class Counted:
    """A count at points that recur, and at points a little below them.

    Parameters
    ----------
    term : Count
    """

    def __init__(self, term: Count) -> None:
        self.term = term
        self._key = b""
        self._before: Contingency | None = None
        self._known: dict[tuple[bytes, bytes], float] = {}

    def __call__(self, before: FloatArray, after: FloatArray) -> float:
        """Return the coverage at weights that are nowhere above those before."""
        key = before.tobytes()
        if (key, after.tobytes()) not in self._known:
            if self._before is None or key != self._key:
                self._key, self._before = key, Contingency(self.term, before)
            self._known[key, after.tobytes()] = self._before.value(after)
        return self._known[key, after.tobytes()]


def _left(
    standing: Standing,
    counted: Counted,
    whole: Sequence[FloatArray],
    left: Sequence[Sequence[FloatArray]],
    told: Callable[[], None],
) -> Left:
    """Return what is left of one kind of coverage; rows are worth `whole` and `left` (J, T)."""
    years, rows = whole[0].shape[1], standing.rows
    before = np.zeros((len(whole), years, 2))
    after = np.zeros((len(whole), years, len(left[0]), 2))
    for d, t in np.ndindex(len(whole), years):
        for k, counts in enumerate((np.ones(len(rows)), standing.own.astype(float))):
            at = whole[d][rows, t] * counts
            before[d, t, k] = counted(at, at)
            after[d, t, :, k] = [counted(at, each[rows, t] * counts) for each in left[d]]
        told()
    return Left(before, after)


def _gains(
    review: Review, standing: Standing, decision: Decision, theirs: dict[int, FloatArray]
) -> Gains:
    """Return what partners gain, each by what rows are worth to it, (J, T)."""
    partners, years = len(review.parties), review.of.years
    gain = np.full((partners, years), np.nan)
    need, alone = gain.copy(), np.full(partners, np.nan)
    for p, worth in theirs.items():
        own = review.alone(p)[standing.rows]
        alone[p] = standing.credited(own, own)
        for t in range(years):
            reached = worth[standing.rows, t]
            gain[p, t] = standing.credited(reached, reached) - alone[p]
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
