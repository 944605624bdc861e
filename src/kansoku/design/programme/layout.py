"""Rows of the coverage matrix of a programme, and the contributors that each adds up.

First the candidates, one row each, then every partner, one row with all its sensors. A stress case
may take some sensors of a partner, or sensors of ours that always stand: those are in rows of
their own, one for all that fall and stay together. Where the gain of partners counts, each of our
standing sensors has a row too, for it may be released.

Where independent sources count (`coverage.sources`), a row holds sensors of one source alone, and
our own that always stand are rows as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kansoku.coverage import demand
from kansoku.coverage.cells import Cells
from kansoku.coverage.sources import Sources
from kansoku.design.programme.losses import Loss
from kansoku.design.programme.parties import Party, place_in_supply
from kansoku.design.programme.parts import NONE, Rows
from kansoku.design.requirements import Seen, most_useful
from kansoku.network.contributors import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One row: the sensors that it adds up, and on what they wait."""

    members: tuple[int, ...]
    option: int = NONE
    party: int = NONE
    falls_in: frozenset[int] = frozenset()
    source: str = ""


@dataclass(frozen=True)
class Layout:
    """Which rows there are.

    Attributes
    ----------
    seen : Seen
        Tracks of all contributors, then those of firms once more for each part of their supply.
    lines : tuple of J Line
    candidates, partners, split, standing : tuples of int
        Rows of candidates; of whole partners; of those who fall apart under stress, partners and
        our own; of our standing sensors one by one.
    home : tuple of int
        The row of all that stands for good, where sources count.
    always : tuple of int
        Contributors of ours that stand.
    worth : (P, Q) array
        Of a partner's track by tier.
    """

    seen: Seen
    lines: tuple[Line, ...]
    candidates: tuple[int, ...]
    partners: tuple[int, ...]
    split: tuple[int, ...]
    standing: tuple[int, ...]
    home: tuple[int, ...]
    always: tuple[int, ...]
    worth: FloatArray

    def rows(self) -> Rows:
        """Return the rows as those of a programme."""
        profile = np.ones((len(self.lines), self.worth.shape[1]))
        for j, line in enumerate(self.lines):
            if line.party != NONE:
                profile[j] = self.worth[line.party]
        return Rows(
            np.array([line.option for line in self.lines], dtype=np.intp),
            np.array([line.party for line in self.lines], dtype=np.intp),
            profile,
        )

    def watching(self, targets: IndexArray) -> Layout:
        """Return the same rows over some of the targets, all alike.

        Parameters
        ----------
        targets : (n,) index array
        """
        alike = np.ones(len(targets), dtype=np.int64)
        return replace(
            self, seen=replace(self.seen, tracks=self.seen.tracks[:, targets], weight=alike)
        )

    def cells(
        self, rows: Sequence[int], always: Sequence[int], steps: int, least: float | None = None
    ) -> Cells:
        """Merge the demand cells of some rows.

        Parameters
        ----------
        rows : sequence of int
        always : sequence of int
            Contributors that are always on.
        steps : int
            K, the tracks that earn credit.
        least : float, optional
            What a track of ours is worth at least to a partner, where its gain is asked for.
        """
        return demand.cells_of(
            self.seen.tracks,
            self.seen.clear,
            self.seen.weight,
            demand.Rows(
                tuple(np.array(self.lines[j].members, dtype=np.intp) for j in rows),
                np.array([self._most(self.lines[j], steps, least) for j in rows], dtype=np.intp),
                np.array(always, dtype=np.intp),
            ),
            steps,
            np.array(rows, dtype=np.intp),
        )

    def _most(self, line: Line, steps: int, least: float | None) -> int:
        """Return the tracks beyond which a row adds nothing."""
        released = steps if least is None else most_useful(np.array([least]), steps)
        if line.party == NONE:
            return released
        through = most_useful(self.worth[line.party], steps)
        return through if least is None else max(through, steps)  # its own count whole for it


def layout_of(
    network: Network,
    parties: Sequence[Party],
    worth: FloatArray,
    seen: Seen,
    catalogue_number: npt.NDArray[np.int64],
    losses: Sequence[Loss],
    gains: bool,
    sources: Sources | None = None,
) -> Layout:
    """Sort the contributors of a network into rows.

    Parameters
    ----------
    network : Network
    parties : sequence of P Party
    worth : (P, Q) array
        Of a partner's track by tier.
    seen : Seen
    catalogue_number : (N,) int64 array
    losses : sequence of Loss
        Those with a floor.
    gains : bool
        Whether our standing sensors may be released.
    sources : Sources, optional
        Given where independent sources count.
    """
    candidates, own = _with_role(network, "candidate"), _with_role(network, "own")
    falls_in = {
        c: frozenset(e for e, loss in enumerate(losses) if c in loss.contributors)
        for c in range(len(network))
    }
    wide, members, original = _in_parts(network, parties, seen, catalogue_number)
    label = _labels(sources, original)
    lines = [
        Line((c,), option=i, falls_in=falls_in[c], source=label[c])
        for i, c in enumerate(candidates)
    ]
    whole: list[int] = []
    apart: list[Line] = []
    for p, sensors in enumerate(members):
        for source, some in _alike(sensors, label).items():
            groups = _alike(some, {c: falls_in[original[c]] for c in some})
            whole.append(len(lines))
            falls = next(iter(groups)) if len(groups) == 1 else frozenset[int]()
            lines.append(Line(tuple(some), party=p, falls_in=falls, source=source))
            if len(groups) > 1:
                apart += [Line(tuple(one), NONE, p, e, source) for e, one in groups.items()]
    home = [Line(tuple(own), source=label[own[0]])] if sources and own else []
    apart += _own_apart(own, falls_in, label, bool(home))
    split = tuple(range(len(lines), len(lines) + len(apart)))
    lines += apart
    stays = tuple(range(len(lines), len(lines) + len(home)))
    lines += home
    first = len(candidates)
    standing = [Line((c,), first + i, source=label[c]) for i, c in enumerate(own)] if gains else []
    return Layout(
        seen=wide,
        lines=(*lines, *standing),
        candidates=tuple(range(len(candidates))),
        partners=tuple(whole),
        split=split,
        standing=tuple(range(len(lines), len(lines) + len(standing))),
        home=stays,
        always=tuple(own),
        worth=worth,
    )


def _labels(sources: Sources | None, original: Sequence[int]) -> list[str]:
    """Return the source of each sensor, all the same where sources do not count."""
    return ["" if sources is None else sources.label(c) for c in original]


def _own_apart(
    own: Sequence[int], falls_in: dict[int, frozenset[int]], label: Sequence[str], whole: bool
) -> list[Line]:
    """Split what stands for good by the cases in which it falls.

    Where it has a row of its own (`whole`), what falls in no case is a part as well.
    """
    groups = _alike(own, falls_in)
    if not any(groups):
        return []
    return [
        Line(tuple(some), falls_in=e, source=label[some[0]])
        for e, some in groups.items()
        if e or whole
    ]


def _with_role(network: Network, role: str) -> list[int]:
    return [int(c) for c in np.flatnonzero(network.role == role)]


def _alike(sensors: Sequence[int], trait: Mapping[int, T] | Sequence[T]) -> dict[T, list[int]]:
    """Group sensors that have a trait in common."""
    groups: dict[T, list[int]] = {}
    for c in sensors:
        groups.setdefault(trait[c], []).append(c)
    return groups


def _in_parts(
    network: Network,
    parties: Sequence[Party],
    seen: Seen,
    catalogue_number: npt.NDArray[np.int64],
) -> tuple[Seen, list[list[int]], list[int]]:
    """Give each part of a firm's supply sensors that see its objects alone.

    Returns
    -------
    seen : Seen
    members : list of lists of int
        Sensors of each party.
    original : list of int
        Contributor that each sensor is.
    """
    place = place_in_supply(catalogue_number)
    original, kept = list(range(len(network))), []
    members: list[list[int]] = []
    for party in parties:
        mine = (network.role == "partner") & (network.partner == party.of)
        sensors = [int(c) for c in np.flatnonzero(mine)]
        if party.is_part and sensors:
            inside = (place > party.above) & (place <= party.up_to)
            kept.append(seen.tracks[sensors] * inside[None, :, None].astype(np.uint8))
            members.append(list(range(len(original), len(original) + len(sensors))))
            original += sensors
        else:
            members.append(sensors)
    if not kept:
        return seen, members, original
    tracks = np.concatenate([seen.tracks, *kept])
    return replace(seen, tracks=tracks, clear=seen.clear[:, original]), members, original
