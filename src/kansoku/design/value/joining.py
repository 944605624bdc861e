"""What contributors add as they join a network one after the other, over many orders at once.

Along an order only the cells that a contributor sees change, so an order costs about as much as
one evaluation of the whole network, however many join. Cells are taken in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.value.contributors import Contributors
from kansoku.design.value.game import game_of, one_each
from kansoku.design.value.shapley import Sampling, Shapley, of_pairs, shapley
from kansoku.resources import map_in_order

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

CELLS_A_BLOCK = 65_536


def shares(parted: Contributors, sampling: Sampling, workers: int = 0) -> tuple[Shapley, ...]:
    """Return the Shapley values of the parts of a network, for each of its measures.

    Parameters
    ----------
    parted : Contributors
        With one part at least.
    sampling : Sampling
        Its `most_pairs` are all drawn; `half_width` does not count.
    workers : int
        Processes; 0 takes one a core.

    Returns
    -------
    tuple of Shapley
        Exact up to `exact_players`, else by sampled orders with confidence intervals.
    """
    measures = range(len(parted.measures))
    if len(parted.parts) <= sampling.exact_players:
        teams = one_each(parted.parts)
        return tuple(shapley(game_of(parted, teams, k), sampling) for k in measures)
    chance = np.random.default_rng(sampling.seed)
    drawn = [chance.permutation(len(parted.parts)) for _ in range(sampling.most_pairs)]
    added = added_along(parted, [each for one in drawn for each in (one, one[::-1])], workers)
    pairs = added.reshape(len(drawn), 2, *added.shape[1:]).mean(axis=1)
    names = tuple(part.name for part in parted.parts)
    whole = parted.measured(frozenset())
    return tuple(of_pairs(names, list(pairs[:, :, k]), float(whole[k])) for k in measures)


def added_along(
    parted: Contributors, orders: list[npt.NDArray[np.int64]], workers: int = 0
) -> FloatArray:
    """Return what each part adds to both measures along each order, (orders, parts, 2).

    Parameters
    ----------
    parted : Contributors
    orders : list of (n,) int arrays
        Permutations of the n parts.
    workers : int
    """
    starts = range(0, len(parted.cells), CELLS_A_BLOCK)
    blocks = map_in_order(lambda start: _of_block(parted, orders, start), starts, workers)
    total = np.zeros((len(orders), len(parted.parts), len(parted.measures)))
    for one in blocks:
        total += one
    return total / parted.cells.total_weight


def _of_block(parted: Contributors, orders: list[npt.NDArray[np.int64]], start: int) -> FloatArray:
    block = slice(start, min(start + CELLS_A_BLOCK, len(parted.cells)))
    weight = parted.cells.weight[block].astype(float)
    joiners = [_Joiner(parted, k, block) for k in range(len(parted.parts))]
    added = np.zeros((len(orders), len(joiners), len(parted.measures)))
    for n, order in enumerate(orders):
        standing = _Standing(parted, weight)
        for k in order.tolist():
            added[n, k] = standing.with_another(joiners[k])
    return added


@dataclass(frozen=True)
class _Seen:
    """What one row of a part sees of a block: cells, and what its tracks there are worth."""

    cells: IndexArray
    tracks: FloatArray
    source: int
    is_own: bool


class _Joiner:
    """A part in one block of cells."""

    def __init__(self, parted: Contributors, part: int, block: slice) -> None:
        rows = np.flatnonzero(parted.label == parted.parts[part].index).tolist()
        self.rows = [_seen(parted, row, block) for row in rows]


def _seen(parted: Contributors, row: int, block: slice) -> _Seen:
    tracks = parted.tracks_of(row, block)
    cells = np.flatnonzero(tracks)
    return _Seen(cells, tracks[cells], int(parted.source[row]), bool(parted.own[row]))


class _Standing:
    """Tracks in the cells of a block, as parts join."""

    def __init__(self, parted: Contributors, weight: FloatArray) -> None:
        self._credit, self._weight, self._counts = parted.credit, weight, parted.counts
        sources = 1 if parted.counts is None else len(parted.counts)
        self._by_source = np.zeros((sources, len(weight)))
        self._every, self._own = np.zeros(len(weight)), np.zeros(len(weight))

    def with_another(self, joiner: _Joiner) -> FloatArray:
        """Return what another part adds to the weight that is credited, and to that seen alone."""
        added = np.zeros(2)
        for row in joiner.rows:
            weight, before = self._weight[row.cells], self._every[row.cells]
            after = before + self._counted(row)
            self._every[row.cells] = after
            added[0] += (weight * (self._credited(after) - self._credited(before))).sum()
            if row.is_own:
                alone = self._own[row.cells]
                together = self._own[row.cells] = alone + row.tracks
                added[1] += (weight * (np.minimum(together, 1.0) - np.minimum(alone, 1.0))).sum()
        return added

    def _counted(self, row: _Seen) -> FloatArray:
        """Return what a row adds to what credit is paid for: tracks, or sources."""
        if self._counts is None:
            return row.tracks
        before = self._by_source[row.source, row.cells]
        after = before + row.tracks
        self._by_source[row.source, row.cells] = after
        return np.asarray(
            self._counts[row.source] * (np.minimum(after, 1.0) - np.minimum(before, 1.0))
        )

    def _credited(self, tracks: FloatArray) -> FloatArray:
        steps = (s * np.clip(tracks - k, 0.0, 1.0) for k, s in enumerate(self._credit))
        return np.asarray(sum(steps, start=np.zeros(len(tracks))) / sum(self._credit))
