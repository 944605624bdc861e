"""What can be left out of a question before it is searched, without changing its answer.

Cells. Tracks beyond what a cell still pays for change nothing, so they are cut off: v_jd becomes
min(v_jd, K - base_d) for rows that count fully or not at all. The value at every design stays; the
linear relaxation gets tighter, and cells that now look alike are merged. Cells that nobody sees, or
that the always-on sensors saturate, become one cell a base: constants. Cells with one contributor
become one cell a contributor, base and number of tracks. `clipped` does this; no search calls
it yet, as the cuts in a shared pool would then be of different cells.

Contributors. In plain coverage a contributor whose cells another one has all, at no higher cost, is
in no better design: putting the other in its place, or leaving it out beside the other, loses
nothing. Of two that are alike the first stays. This holds for a budget and for least cost, with a
single requirement and without sites; not where several designs are asked for, nor where a second
track pays.

Full coverage. Where every cell must be covered at least cost, a cell seen by all who see another
one (and perhaps more) is covered whenever that one is: its weight goes there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells, chosen, merge_identical
from kansoku.design.problem import Candidates, Problem
from kansoku.design.terms import Count

BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]
ByteArray = npt.NDArray[np.uint8]

MOST_COMPARED = 2048  # cells: beyond, comparing each with each costs more than it saves
FEW_BYTES = 256  # of a row, looked at before all of it is


def unobservable(cells: Cells) -> float:
    """Return the share of the weight in cells that no contributor sees, whatever is built."""
    weight = int(cells.weight[_seen(cells) | (cells.base > 0)].sum())
    return 1.0 - weight / cells.total_weight if cells.total_weight else 0.0


def unobservable_share(problem: Problem) -> float:
    """Return `unobservable` of the objective of an instance."""
    term = problem.objective
    return unobservable(term.cells) if isinstance(term, Count) else 0.0


def presolved(problem: Problem) -> Problem:
    """Return a question with the same best designs and values, in fewer cells and candidates.

    Only for questions that ask for one best design: of designs that are worth the same, it may
    leave but one.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Problem
        The same object where nothing can be left out.
    """
    if not _plain(problem):
        return problem
    smaller = without(problem, dominated(problem))
    term = smaller.objective
    if smaller.min_coverage == 1.0 and isinstance(term, Count):
        cells = implied(term.cells)
        if len(cells) < len(term.cells):
            term = Count(term.name, cells, term.credit, term.problem_rows)
            return replace(smaller, objective=term)
    return smaller


def clipped(cells: Cells, steps: int, is_whole: BoolArray) -> Cells:
    """Cut off tracks beyond those that a cell still pays for, and merge what then is equal.

    Parameters
    ----------
    cells : Cells
    steps : int
        K, the number of credit steps.
    is_whole : (J,) bool array
        Rows that count fully or not at all; the others stay as they are.

    Returns
    -------
    Cells
    """
    left = np.maximum(steps - cells.base.astype(int), 0)
    planes = cells.planes.copy()
    for row in np.flatnonzero(is_whole & cells.planes.any(axis=(0, 2))):
        tracks = np.minimum(_tracks(cells, int(row)), left)
        planes[:, row] = [np.packbits((tracks >> p) & 1) for p in range(len(planes))]
    base = np.minimum(cells.base, steps).astype(np.uint8)
    return Cells(*merge_identical(planes, base, cells.weight), cells.total_weight, cells.rows)


def dominated(problem: Problem) -> BoolArray:
    """Return which candidates another one makes useless, (I,); none where that is not safe.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    (I,) bool array
    """
    useless = np.zeros(len(problem.candidates), dtype=bool)
    term = problem.objective
    if not _plain(problem) or not isinstance(term, Count):
        return useless
    bits = np.bitwise_or.reduce(term.cells.planes, axis=0)
    cost = problem.candidates.cost_mjpy[problem.row_candidate[term.cells.rows]]
    count = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    # A candidate can only be held by one before it in this order
    order = np.lexsort((np.arange(len(cost)), cost, -count))
    few = bits[:, :: max(bits.shape[1] // FEW_BYTES, 1)]  # nearly always enough to tell
    kept = np.zeros(0, dtype=np.intp)
    for row in order.tolist():
        rivals = kept[cost[kept] <= cost[row]]
        rivals = rivals[~(few[row] & ~few[rivals]).any(axis=1)]
        if any(not (bits[row] & ~bits[rival]).any() for rival in rivals):
            useless[problem.row_candidate[term.cells.rows[row]]] = True
        else:
            kept = np.append(kept, row)
    return useless


def without(problem: Problem, useless: BoolArray) -> Problem:
    """Return the question of `dominated` without some of its candidates and their rows."""
    term = problem.objective
    if not useless.any() or not isinstance(term, Count):
        return problem
    stay = ~useless
    of_row = stay[problem.row_candidate[term.cells.rows]]
    planes, base, weight = merge_identical(
        term.cells.planes[:, of_row], term.cells.base, term.cells.weight
    )
    left = int(stay.sum())
    cells = Cells(planes, base, weight, term.cells.total_weight, np.arange(left))
    names = tuple(name for name, s in zip(problem.candidates.names, stay, strict=True) if s)
    return replace(
        problem,
        candidates=Candidates(
            names, problem.candidates.cost_mjpy[stay], problem.candidates.site[stay]
        ),
        row_candidate=np.arange(left),
        row_partner=np.full(left, -1, dtype=np.intp),
        row_profile=np.zeros((0, 0)),
        objective=Count(term.name, cells, term.credit, left),
    )


def implied(cells: Cells) -> Cells:
    """Give the weight of cells that full coverage of others implies to those others.

    For questions that ask for all of the weight: values below that change.
    """
    if len(cells) > MOST_COMPARED:
        return cells
    seen_by = np.packbits(_any_track(cells), axis=0).T  # (D, ceil(J/8))
    size = np.bitwise_count(seen_by).sum(axis=1, dtype=np.int64)
    is_open = (cells.base == 0) & (size > 0)  # the others are covered in any case, or never
    weight, asked = cells.weight.copy(), np.zeros(0, dtype=np.intp)
    for d in np.flatnonzero(is_open)[np.argsort(size[is_open], kind="stable")]:
        within = asked[~(seen_by[asked] & ~seen_by[d]).any(axis=1)]
        if len(within):
            weight[within[0]] += weight[d]
        else:
            asked = np.append(asked, d)
    kept = np.sort(np.append(asked, np.flatnonzero(~is_open)))
    planes = chosen(cells.planes, len(cells), kept)
    return Cells(planes, cells.base[kept], weight[kept], cells.total_weight, cells.rows)


def _plain(problem: Problem) -> bool:
    """Whether one requirement of plain coverage is asked of candidates alone, a row each."""
    term = problem.objective
    return (
        isinstance(term, Count)
        and len(term.credit) == 1
        and not problem.floors
        and not problem.excluded
        and not len(problem.arrangements)
        and bool((problem.candidates.site < 0).all())
        and np.array_equal(problem.row_candidate, np.arange(len(problem.candidates)))
        and np.array_equal(term.cells.rows, problem.row_candidate)
    )


def _seen(cells: Cells) -> BoolArray:
    """Return which cells any row sees, (D,)."""
    if not cells.planes.size:
        return np.zeros(len(cells), dtype=bool)
    bits = np.bitwise_or.reduce(cells.planes.reshape(-1, cells.planes.shape[-1]), axis=0)
    return np.unpackbits(bits, count=len(cells)).astype(bool)


def _any_track(cells: Cells) -> ByteArray:
    """Return whether a row sees a cell at all, (J, D)."""
    return np.unpackbits(np.bitwise_or.reduce(cells.planes, axis=0), axis=1, count=len(cells))


def _tracks(cells: Cells, row: int) -> npt.NDArray[np.int64]:
    """Return the tracks of one row by cell, (D,)."""
    digits = np.unpackbits(cells.planes[:, row], axis=1, count=len(cells)).astype(np.int64)
    return np.asarray((1 << np.arange(len(digits))) @ digits)
