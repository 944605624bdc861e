"""All that a network sees, whoever owns it, of which contributors can leave one by one or together.

The answers of `OneBudget` and `Years` stand on what is there today. Here existing sensors may leave
too: whose sensors, and whose soil, is the coverage of a network owed to?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells
from kansoku.coverage.demand import Rows, cells_of
from kansoku.coverage.sources import Sources
from kansoku.design.requirements import AUTONOMY, COVERAGE, most_useful
from kansoku.design.value.answer import Part

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Contributors:
    """A network in parts: groups of contributors that stay or leave together.

    Attributes
    ----------
    parts : tuple of Part
        One a label, by name.
    cells : Cells
        Merged demand cells; its J rows are contributors of one label and one worth.
    label : (J,) intp array
        Part of each row.
    worth : (J,) array
        Of a track.
    own : (J,) bool array
        Whether the row is of the planner's own sensors.
    credit : tuple of float
        Of the first, second, ... track, or independent source.
    source : (J,) intp array
        Independent source of each row; one where every track counts.
    counts : (H,) array or None
        What each source counts where it has a track; None where tracks count whatever their source.
    """

    parts: tuple[Part, ...]
    cells: Cells
    label: npt.NDArray[np.intp]
    worth: FloatArray
    own: BoolArray
    credit: tuple[float, ...]
    source: npt.NDArray[np.intp]
    counts: FloatArray | None
    _known: dict[frozenset[Part], FloatArray] = field(default_factory=dict, repr=False)

    @property
    def measures(self) -> tuple[str, ...]:
        """Credited coverage by all; plain coverage by the planner's own sensors."""
        return (COVERAGE, AUTONOMY)

    def measured(self, gone: frozenset[Part]) -> FloatArray:
        """Return both measures once some parts have left, (2,)."""
        if gone not in self._known:
            left = ~np.isin(self.label, [part.index for part in gone])
            every = self._counted(left)
            own = self._tracks(left, self.own, self._own)
            steps = (s * np.clip(every - k, 0.0, 1.0) for k, s in enumerate(self.credit))
            reached = sum(steps) / sum(self.credit), np.minimum(own, 1.0)
            # no matrix product: its waiting threads cost more than the sum
            sums = [(self.cells.weight * one).sum() for one in reached]
            self._known[gone] = np.array(sums) / self.cells.total_weight
        return self._known[gone]

    def _counted(self, left: BoolArray) -> FloatArray:
        """Return what credit is paid for in each cell, tracks or sources, (D,)."""
        by_source = [
            self._tracks(left, self.source == h, whole) for h, whole in enumerate(self._every)
        ]
        if self.counts is None:
            return by_source[0]
        seen = (beta * np.minimum(n, 1.0) for beta, n in zip(self.counts, by_source, strict=True))
        return sum(seen, start=np.zeros(len(self.cells)))

    @cached_property
    def _every(self) -> list[FloatArray]:
        """Worth of all tracks of each source in each cell, H arrays (D,)."""
        sources = 1 if self.counts is None else len(self.counts)
        return [self._sum(self.source == h) for h in range(sources)]

    @cached_property
    def _own(self) -> FloatArray:
        """Worth of the tracks of the planner's own sensors, (D,)."""
        return self._sum(self.own)

    def _tracks(self, left: BoolArray, among: BoolArray, whole: FloatArray) -> FloatArray:
        """Return the worth of the tracks left of some rows, (D,), where `whole` is that of all."""
        stay, go = among & left, among & ~left
        return whole - self._sum(go) if go.sum() < stay.sum() else self._sum(stay)

    def _sum(self, rows: BoolArray) -> FloatArray:
        """Return the worth of the tracks of some rows together, (D,); one row at a time."""
        found = np.zeros(len(self.cells))
        for j in np.flatnonzero(rows).tolist():
            found += self.tracks_of(j, slice(0, len(found)))
        return found

    def tracks_of(self, row: int, block: slice) -> FloatArray:
        """Return what the tracks of a row are worth in some cells; a block begins at a byte."""
        stored = slice(block.start // 8, -(-block.stop // 8))
        found = np.zeros(block.stop - block.start)
        for p, plane in enumerate(self.cells.planes[:, row]):
            bits = np.unpackbits(plane[stored], count=len(found))
            found += (self.worth[row] * (1 << p)) * bits
        return found


def contributors_of(
    tracks: npt.NDArray[np.uint8],
    clear: BoolArray,
    weight: npt.NDArray[np.int64],
    worth: FloatArray,
    own: BoolArray,
    credit: tuple[float, ...],
    labels: Sequence[str],
    sources: Sources | None = None,
) -> Contributors:
    """Gather the contributors of a network by label.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    worth : (C,) array
        Of a track of each contributor; 0 where it is not part of the network.
    own : (C,) bool array
    credit : tuple of float
    labels : sequence of str
        (C,) id, owner, host country or any other.
    sources : Sources, optional
        Of the C contributors: whose tracks count together as one; every track counts without.

    Returns
    -------
    Contributors
        The same coverage as `coverage.value.value_of` gives, with all parts.
    """
    active = np.flatnonzero(worth > 0).tolist()
    names = sorted({labels[c] for c in active})
    of = np.zeros(len(worth), dtype=np.intp) if sources is None else sources.of
    keys = [(names.index(labels[c]), float(worth[c]), bool(own[c]), int(of[c])) for c in active]
    rows = sorted(set(keys))
    members = tuple(
        np.array([c for c, key in zip(active, keys, strict=True) if key == row], dtype=np.intp)
        for row in rows
    )
    most = [most_useful(np.array([w]), len(credit)) for _, w, _, _ in rows]
    cells = cells_of(
        tracks,
        clear,
        weight,
        Rows(members, np.array(most, dtype=np.intp), np.zeros(0, dtype=np.intp)),
        len(credit),
        np.arange(len(rows), dtype=np.intp),
    )
    return Contributors(
        parts=tuple(Part("sensor", k, name) for k, name in enumerate(names)),
        cells=cells,
        label=np.array([k for k, _, _, _ in rows], dtype=np.intp),
        worth=np.array([w for _, w, _, _ in rows]),
        own=np.array([one for _, _, one, _ in rows], dtype=bool),
        credit=credit,
        source=np.array([h for _, _, _, h in rows], dtype=np.intp),
        counts=None if sources is None else sources.counts,
    )
