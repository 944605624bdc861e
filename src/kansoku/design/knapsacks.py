"""What the budget rows of a linear program exclude once its binaries are whole.

A purchase that costs 1,520 from a purse of 1,500 is bought to 98 % by the relaxation, and two that
do not fit together are bought side by side in part. Both are told from the rows alone: binaries
that no budget can pay are fixed at 0, and sets of which one at most can be paid become rows.

Atamturk, Nemhauser and Savelsbergh, European Journal of Operational Research 121 (2000), 40-55
(conflict graphs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.linear import LinearProgram

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

ROOM = 1e-6  # relative, by which a cost must exceed what there is


@dataclass(frozen=True)
class Knapsack:
    """sum_k cost_k v_k <= capacity over binaries, what else stands in the row at its best."""

    binaries: IndexArray
    cost: FloatArray
    capacity: float

    def exceeded_by(self, cost: FloatArray) -> BoolArray:
        """Return where a cost cannot be paid."""
        exceeded: BoolArray = np.greater(cost, self.capacity + ROOM * max(abs(self.capacity), 1.0))
        return exceeded


def tightened(program: LinearProgram, budgets: Sequence[int]) -> LinearProgram:
    """Fix what no budget pays and add the sets of which one at most is paid.

    Parameters
    ----------
    program : LinearProgram
    budgets : sequence of int
        Rows that say what may be spent.

    Returns
    -------
    LinearProgram
        With the same whole points.
    """
    upper = program.upper.copy()
    implied = implications(program)
    for row in budgets:
        sack = knapsack(program, row, implied)
        upper[sack.binaries[sack.exceeded_by(sack.cost)]] = 0.0
    program = replace(program, upper=upper)
    return with_cliques(program, cliques(program, budgets))


def implications(program: LinearProgram) -> IndexArray:
    """Return the pairs (u, v) of binaries of which the first implies the second, (n, 2).

    They stand in rows u - v <= 0: a site that is open stays open.
    """
    starts, pairs = program.start, []
    for row in np.flatnonzero((np.diff(starts) == 2) & (program.row_upper == 0.0)):
        index, coefficient = entries(program, int(row))
        if program.integer[index].all() and sorted(coefficient.tolist()) == [-1.0, 1.0]:
            pairs.append(index[np.argsort(-coefficient)])
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def knapsack(program: LinearProgram, row: int, implied: IndexArray) -> Knapsack:
    """Return a row as a knapsack of the binaries that are free and cost something in it.

    What a binary pays back is set against what the one that it implies costs: a site that was
    open before saves its opening once, not for every site that could have been open.
    """
    index, cost = entries(program, row)
    cost = cost.copy()
    place = {int(column): k for k, column in enumerate(index)}
    for u, v in ((place.get(int(u)), place.get(int(v))) for u, v in implied):
        if u is not None and v is not None and -cost[v] <= cost[u] < 0.0:
            cost[v], cost[u] = cost[v] + cost[u], 0.0
    lower, upper = program.lower[index], program.upper[index]
    free = program.integer[index] & (lower < upper) & (cost > 0)
    least = np.where(cost > 0, cost * lower, cost * upper)
    return Knapsack(index[free], cost[free], float(program.row_upper[row] - least[~free].sum()))


def cliques(program: LinearProgram, budgets: Sequence[int]) -> list[IndexArray]:
    """Return sets of binaries of which one at most fits, none within a row that says so already."""
    packed = _packing_rows(program)
    implied, found = implications(program), dict[bytes, IndexArray]()
    for row in budgets:
        sack = knapsack(program, row, implied)
        conflict = sack.exceeded_by(sack.cost[:, None] + sack.cost)
        known = _joint_rows(sack.binaries, packed, program)
        for members in _covering(conflict & ~known, conflict | known, sack.cost):
            clique = np.sort(sack.binaries[members])
            found.setdefault(clique.tobytes(), clique)
    return _largest(found.values())


def _covering(pairs: BoolArray, conflict: BoolArray, cost: FloatArray) -> Iterator[list[int]]:
    """Yield sets without two that go together, until every pair stands in one of them."""
    left = np.triu(pairs, 1)
    for first in range(len(left)):
        while left[first].any():
            members = _extended([first, int(np.argmax(left[first]))], conflict, cost)
            left[np.ix_(members, members)] = False
            yield members


def _extended(members: list[int], conflict: BoolArray, cost: FloatArray) -> list[int]:
    """Add what excludes all members, the dearest first."""
    able: BoolArray = np.logical_and.reduce(conflict[members])
    able[members] = False
    for other in np.argsort(-cost, kind="stable"):
        if able[other]:
            members.append(int(other))
            able &= conflict[other]
            able[other] = False
    return members


def _largest(found: Iterable[IndexArray]) -> list[IndexArray]:
    """Leave out sets within others."""
    kept: list[set[int]] = []
    for one in sorted((set(clique.tolist()) for clique in found), key=len, reverse=True):
        if not any(one <= other for other in kept):
            kept.append(one)
    return [np.array(sorted(one), dtype=np.intp) for one in kept]


def _packing_rows(program: LinearProgram) -> list[int]:
    """Return the rows sum v <= 1 over binaries."""
    starts = program.start
    sums = program.row_upper == 1.0
    return [
        int(row)
        for row in np.flatnonzero(sums & (np.diff(starts) > 1))
        if (program.coefficient[starts[row] : starts[row + 1]] == 1.0).all()
        and program.integer[program.index[starts[row] : starts[row + 1]]].all()
    ]


def _joint_rows(binaries: IndexArray, packed: list[int], program: LinearProgram) -> BoolArray:
    """Return which pairs of binaries stand in one packing row, (n, n)."""
    place = np.full(len(program.cost), -1)
    place[binaries] = np.arange(len(binaries))
    joint = np.zeros((len(binaries), len(binaries)), dtype=bool)
    for row in packed:
        at = place[entries(program, row)[0]]
        at = at[at >= 0]
        joint[np.ix_(at, at)] = True
    np.fill_diagonal(joint, False)
    return joint


def entries(program: LinearProgram, row: int) -> tuple[IndexArray, FloatArray]:
    """Return the columns of a row and their coefficients."""
    part = slice(program.start[row], program.start[row + 1])
    return program.index[part].astype(np.intp), program.coefficient[part]


def with_cliques(program: LinearProgram, sets: list[IndexArray]) -> LinearProgram:
    """Return the program with rows sum v <= 1."""
    size = np.array([len(one) for one in sets], dtype=np.int32)
    more = np.concatenate([np.zeros(0, dtype=np.int32), *sets]).astype(np.int32)
    return replace(
        program,
        row_lower=np.append(program.row_lower, np.full(len(sets), -np.inf)),
        row_upper=np.append(program.row_upper, np.ones(len(sets))),
        start=np.append(program.start, program.start[-1] + np.cumsum(size)).astype(np.int32),
        index=np.append(program.index, more).astype(np.int32),
        coefficient=np.append(program.coefficient, np.ones(len(more))),
    )
