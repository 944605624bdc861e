r"""Many small floors as one: together they are rows of set covering, and one term checks them all.

A floor F >= eta on the plain coverage of a few cells is missed exactly where the cells that nobody
sees weigh more than (1 - eta) Omega. So it holds if and only if every set S of its cells that
weighs more has a cell that is seen, and the least such sets are enough:

    sum_{j : v_jd > 0 for some d in S} w_j >= 1      for all least S with omega(S) > (1 - eta) Omega

for rows that count whole. Each is one cell seen by all who see any cell of S. Of cells seen by A
and by more than A the second is implied. What is left is one coverage function, wanted whole. As
requirements of their own, 10^4 floors took 10^4 evaluations a design and a variable each.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells
from kansoku.design.problem import BoolArray, Design, FloatArray, IndexArray, Problem
from kansoku.design.terms import Count, Floor
from kansoku.design.valuing import REACHED

ByteArray = npt.NDArray[np.uint8]

MANY = 16  # floors; fewer are cheap, and a search prices each by itself
MOST_CELLS = 6  # of a floor: it has up to 20 least sets then
NONE = np.zeros(0, dtype=np.intp)
ROUNDING = 1e-14  # relative, of a sum of weights beside a floor


@dataclass(frozen=True)
class Together:
    """A question with its small floors as one.

    Attributes
    ----------
    asked : Problem
        As it was put.
    problem : Problem
        The same designs meet its floors; `asked` itself where few of its floors are small.
    joint : Floor or None
        The last floor of `problem`, which stands for all small ones.
    apart, binding : index arrays
        Floors of `asked` that stay as they are, and small ones that imply all other small ones.
    """

    asked: Problem
    problem: Problem
    joint: Floor | None
    small: tuple[_Alike, ...]
    apart: IndexArray
    binding: IndexArray

    def essential(self) -> tuple[Floor, ...]:
        """Return floors of `asked` in their order that imply all its others."""
        return tuple(self.asked.floors[k] for k in np.union1d(self.apart, self.binding))

    def coverage(self, design: Design, attained: FloatArray) -> FloatArray:
        """Return the coverage of each requirement as asked, from those of `problem`."""
        if not self.small:
            return attained
        of_floors = np.zeros(len(self.asked.floors))
        of_floors[self.apart] = attained[1 : 1 + len(self.apart)]
        weights = self.asked.row_weights(design)
        for alike in self.small:
            of_floors[alike.place] = alike.coverage(weights)
        return np.append(attained[0], of_floors)


@dataclass(frozen=True)
class _Alike:
    """Floors (F) with the same number of cells n and the same rows R, as arrays.

    Attributes
    ----------
    place : (F,) intp array
        Among the floors of the problem.
    rows : (R,) intp array
    seen : (F, R, n) bool array
    based : (F, n) bool array
        Cells that the always-on sensors cover.
    weight : (F, n) int64 array
    total_weight : (F,) int64 array
    at_least : (F,) array
    """

    place: IndexArray
    rows: IndexArray
    seen: BoolArray
    based: BoolArray
    weight: npt.NDArray[np.int64]
    total_weight: npt.NDArray[np.int64]
    at_least: FloatArray

    def coverage(self, weights: FloatArray) -> FloatArray:
        """Return the coverage of each floor at whole row weights (J,)."""
        covered = self.based | self.seen[:, weights[self.rows] > 0.5].any(axis=1)
        return np.asarray((self.weight * covered).sum(axis=1) / self.total_weight)

    def only(self, which: BoolArray) -> _Alike:
        """Return some of the floors."""
        return _Alike(
            self.place[which],
            self.rows,
            self.seen[which],
            self.based[which],
            self.weight[which],
            self.total_weight[which],
            self.at_least[which],
        )


def together(problem: Problem) -> Together:
    """Return a question with its small floors of plain coverage as one, where they are many.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Together
    """
    apart = Together(problem, problem, None, (), np.arange(len(problem.floors)), NONE)
    if len(problem.floors) <= MANY:
        return apart
    parts = [_decided(alike) for alike in _alike(problem)]
    small = tuple(alike for alike, *_ in parts if len(alike.place))
    if sum(len(alike.place) for alike in small) <= MANY:
        return apart
    sets = [_by_row(problem, alike.rows, seers) for alike, _, seers in parts]
    owner = np.concatenate([alike.place[floor] for alike, floor, _ in parts])
    free = (problem.row_candidate >= 0) | (problem.row_partner >= 0)
    seers, binding = _least(np.concatenate(sets), owner, free)
    left = np.setdiff1d(np.arange(len(problem.floors)), np.concatenate([s.place for s in small]))
    joint = Floor(_covering(seers), 1.0) if len(seers) else None  # else they hold in any case
    floors = (*(problem.floors[k] for k in left), *([joint] if joint else []))
    return Together(problem, replace(problem, floors=floors), joint, small, left, binding)


def _alike(problem: Problem) -> list[_Alike]:
    """Gather the floors of few cells in plain coverage, those of the same shape together."""
    whole = np.asarray(np.isin(problem.row_profile, (0.0, 1.0)).all(axis=1))
    shelves: dict[tuple[tuple[int, ...], bytes], list[int]] = {}
    for place, floor in enumerate(problem.floors):
        term = floor.term
        if isinstance(term, Count) and len(term.credit) == 1 and len(term.cells) <= MOST_CELLS:
            key = (term.cells.planes.shape, term.rows.tobytes())
            shelves.setdefault(key, []).append(place)
    found = [_stacked(problem.floors, places) for places in shelves.values()]
    return [alike for alike in found if whole[alike.rows].all()]


def _stacked(floors: tuple[Floor, ...], places: list[int]) -> _Alike:
    cells = [floors[k].term.cells for k in places]  # type: ignore[attr-defined]
    width = max(len(one) for one in cells)
    weight, based = np.zeros((len(cells), width), np.int64), np.zeros((len(cells), width), bool)
    for k, one in enumerate(cells):  # a byte of planes may hold a cell more or less
        weight[k, : len(one)], based[k, : len(one)] = one.weight, one.base > 0
    planes = np.bitwise_or.reduce(np.stack([one.planes for one in cells]), axis=1)
    return _Alike(
        np.array(places, dtype=np.intp),
        cells[0].rows,
        np.unpackbits(planes, axis=2, count=width).astype(bool),
        based,
        weight,
        np.array([one.total_weight for one in cells]),
        np.array([floors[k].at_least for k in places]),
    )


def _decided(alike: _Alike) -> tuple[_Alike, IndexArray, BoolArray]:
    """Return the floors that sets of cells decide; floor (n,) and seers (n, R) of the least sets.

    A floor within rounding of what some set leaves is not decided here.
    """
    sets = np.arange(1 << alike.weight.shape[1])[:, None] >> np.arange(alike.weight.shape[1]) & 1
    kept = np.where(alike.based, 0, alike.weight)
    missed = alike.total_weight - alike.weight.sum(axis=1)
    to_lose = (1.0 - alike.at_least + REACHED) * alike.total_weight - missed
    lost = kept @ sets.T
    unsure = np.abs(lost - to_lose[:, None]) <= ROUNDING * alike.total_weight[:, None]
    certain = ~unsure.any(axis=1) & (alike.total_weight > 0)
    alike, kept, lost, to_lose = alike.only(certain), kept[certain], lost[certain], to_lose[certain]
    lightest = np.where(sets, kept[:, None, :], np.iinfo(np.int64).max).min(axis=2)
    least = (lost > to_lose[:, None]) & ((lost - lightest <= to_lose[:, None]) | (lost == 0))
    floor, chosen = np.nonzero(least)
    seers = np.zeros((len(floor), len(alike.rows)), dtype=bool)
    for d in range(sets.shape[1]):
        seers |= alike.seen[floor, :, d] & (sets[chosen, d] > 0)[:, None]
    return alike, floor, seers


def _by_row(problem: Problem, rows: IndexArray, seers: BoolArray) -> BoolArray:
    """Return who sees each set over all rows of the problem, (n, J)."""
    spread = np.zeros((len(seers), len(problem.row_candidate)), dtype=bool)
    spread[:, rows] = seers
    return spread


def _least(seers: BoolArray, owner: IndexArray, free: BoolArray) -> tuple[BoolArray, IndexArray]:
    """Return the sets of rows (n, J) that hold no other one, and the first owner of each.

    Covering these covers all; sets with a row that is always on (not `free`) are left out.
    """
    asked = np.flatnonzero(~seers[:, ~free].any(axis=1))
    asked = asked[np.argsort(owner[asked], kind="stable")]
    packed, first = np.unique(np.packbits(seers[asked], axis=1), axis=0, return_index=True)
    size = np.bitwise_count(packed).sum(axis=1, dtype=np.int64)
    kept, least = np.zeros_like(packed), list[int]()
    for k in np.argsort(size, kind="stable").tolist():
        if (kept[: len(least)] & ~packed[k]).any(axis=1).all():
            kept[len(least)] = packed[k]
            least.append(asked[first[k]])
    chosen = np.array(least, dtype=np.intp)
    return seers[chosen], owner[chosen]


def _covering(seers: BoolArray) -> Count:
    """Return the share of sets of rows (n, J) of which one row is there."""
    planes = np.packbits(seers.T, axis=1)[None]
    count, rows = seers.shape
    cells = Cells(
        planes,
        np.zeros(count, dtype=np.uint8),
        np.ones(count, dtype=np.int64),
        count,
        np.arange(rows),
    )
    # Cuts are pooled by name, which has to stand for the cells
    name = f"small floors together, {hashlib.sha256(planes.tobytes()).hexdigest()[:16]}"
    return Count(name, cells, (1.0,), rows)
