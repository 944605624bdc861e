"""Codes of codes: cells that look alike to many groups of rows are looked up once for all of them.

A cell is one code a group of rows (`encoding`). Over four or five neighbouring groups, some 50
rows, ten million cells show a few hundred thousand different combinations: a combination then is
coded itself, its tracks are added up once, and a cell is one code a bundle of groups. At 3.6
million cells and 202 rows that leaves 4 look-ups a cell of 12, at nearly the same price each,
because neighbouring cells keep neighbouring codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.patterns import by_hash, mixed, run_starts
from kansoku.design.terms.encoding import Group

IndexArray = npt.NDArray[np.intp]
WordArray = npt.NDArray[np.uint64]

MOST_COMBINATIONS = 1 << 18  # a table of 2 MiB; at 2^20 a look-up takes three times as long
LEAST_SHARED = 8  # cells a combination, on average, for which coding it pays
COUNTED_ONE_IN = 16  # share of the combinations that are counted to know how many there are


@dataclass(frozen=True)
class Bundle:
    """Groups of rows whose combinations of patterns are coded together.

    Attributes
    ----------
    codes : (D,) integer array
        The combination of each cell.
    size : int
        U, the number of combinations.
    groups : tuple of Group
        Their codes are over the U combinations.
    """

    codes: Array
    size: int
    groups: tuple[Group, ...]

    def on(self, xp: ModuleType) -> Bundle:
        """Return the bundle with its arrays held by an array module."""
        groups = tuple(
            Group(g.rows, xp.asarray(g.patterns), xp.asarray(g.codes)) for g in self.groups
        )
        return Bundle(xp.asarray(self.codes), self.size, groups)

    def tracks(self, xp: ModuleType, units: npt.NDArray[np.int64]) -> Array:
        """Return the tracks of each combination at integer row weights, (U,) float64."""
        tables = [group.patterns @ xp.asarray(units[group.rows], float) for group in self.groups]
        if len(tables) == 1:
            return tables[0]
        return sum(
            xp.take(table, group.codes) for table, group in zip(tables, self.groups, strict=True)
        )

    def by_row(self, xp: ModuleType, by_combination: Array, into: npt.NDArray[np.int64]) -> None:
        """Put sum_u value_u v_ju into `into[j]` for the rows j of the bundle."""
        for group in self.groups:
            by_pattern = by_combination
            if len(self.groups) > 1:
                size = len(group.patterns)
                by_pattern = xp.bincount(group.codes, weights=by_combination, minlength=size)
            into[group.rows] = to_numpy(by_pattern @ group.patterns).astype(np.int64)

    def by_row_of_few(
        self, xp: ModuleType, codes: Array, value: Array, into: npt.NDArray[np.int64]
    ) -> None:
        """Put sum_d value_d v_jd into `into[j]` for cells d given by their combination.

        For fewer cells than there are combinations: no table of all of them is made.
        """
        for group in self.groups:
            patterns = group.codes[codes] if len(self.groups) > 1 else codes
            by_pattern = xp.bincount(patterns, weights=value, minlength=len(group.patterns))
            into[group.rows] = to_numpy(by_pattern @ group.patterns).astype(np.int64)


def bundled(groups: list[Group], cells: int) -> list[Bundle]:
    """Join neighbouring groups while their combinations stay few enough to be worth a code."""
    limit = min(cells // LEAST_SHARED, MOST_COMBINATIONS)
    bundles: list[list[Group]] = []
    pattern = np.zeros(0, dtype=np.uint64)
    for group in groups:
        joined = mixed(pattern ^ group.codes) if bundles else pattern
        if bundles and _combinations(joined) <= limit:
            bundles[-1].append(group)
            pattern = joined
        else:
            bundles.append([group])
            pattern = mixed(group.codes.astype(np.uint64))
    return [_bundle(members, cells) for members in bundles]


def _combinations(pattern: WordArray) -> int:
    """Estimate how many different values there are, from those that fall in one part of 16."""
    few = pattern[pattern % np.uint64(COUNTED_ONE_IN) == 0]
    return len(np.unique(few)) * COUNTED_ONE_IN


def _bundle(members: list[Group], cells: int) -> Bundle:
    """Code the combinations of some groups, in the order in which they first appear."""
    if len(members) == 1:
        return Bundle(members[0].codes, len(members[0].patterns), tuple(members))
    pattern = np.zeros(cells, dtype=np.uint64)
    for group in members:
        pattern = mixed(pattern ^ group.codes)
    order = by_hash(pattern)
    starts = run_starts(order, (group.codes for group in members))
    first = order[starts]
    rising = np.argsort(first)
    rank = np.empty(len(first), dtype=np.int32)
    rank[rising] = np.arange(len(first), dtype=np.int32)
    codes = np.empty(cells, dtype=np.int32)
    codes[order] = np.repeat(rank, np.diff(starts, append=cells))
    kept = first[rising]
    groups = tuple(Group(group.rows, group.patterns, group.codes[kept]) for group in members)
    return Bundle(codes, len(kept), groups)
