"""What a study asks of its network, as coverage functions over the rows of the design problem.

Where slots are not limited a row is a candidate or a whole partner, and cells count tracks. Where
they are, every contributor is a row of its own, for its slots are its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.cells import Cells
from kansoku.coverage.demand import Rows, cells_of
from kansoku.coverage.shifts import shifts_of
from kansoku.design.problem import NO_INDEX
from kansoku.design.terms import Capacity, Count, Term, Without, count_on
from kansoku.device.device import Device
from kansoku.network.contributors import Network

COVERAGE = "coverage"
"""Name of what is maximised."""
AUTONOMY = "autonomy"
"""Name of the floor on what the owner's sensors cover alone."""

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """How the contributors of a network map to the decisions of a design.

    Attributes
    ----------
    candidates : (I,) int array
        Contributors that may be built, in the order of the problem.
    always : (c,) int array
        Contributors of the owner that are in service.
    partners : tuple of str
        Partners with an arrangement on offer.
    partner_members : tuple of (c,) int arrays
        Contributors of each partner.
    tier_credit : (P, 5) array
        Worth of a partner's track received at tiers 1 to 5, 0 where it is not admissible.
    """

    candidates: IndexArray
    always: IndexArray
    partners: tuple[str, ...]
    partner_members: tuple[IndexArray, ...]
    tier_credit: FloatArray


@dataclass(frozen=True)
class Seen:
    """What can be seen, under which weather, of what weight.

    Attributes
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    device : Device, optional
        Where tracks are counted when designs are compared; on the host without.
    """

    tracks: npt.NDArray[np.uint8]
    clear: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.int64]
    device: Device | None = None

    def count(self, name: str, cells: Cells, credit: tuple[float, ...], rows: int) -> Count:
        """Return form (a) over demand cells of what is seen."""
        return count_on(self.device, name, cells, credit, rows)

    @property
    def total_weight(self) -> int:
        """Demand weight of all cells."""
        return int(self.weight.sum()) * int(self.tracks.shape[2]) * int(self.clear.shape[0])


@dataclass(frozen=True)
class Supply:
    """Slots, and what needs them.

    Attributes
    ----------
    objects : (N,) array
        Objects that each target stands for; each needs a slot of its own.
    slots : (C, W) array
        Tracks that a contributor can take in a window when it works.
    """

    objects: FloatArray
    slots: FloatArray


@dataclass(frozen=True)
class Requirements:
    """Rows of the problem, and the coverage of the whole network and of the owner's part.

    Attributes
    ----------
    row_candidate, row_partner : (J,) intp arrays
        As in `Problem`.
    coverage, autonomy : Term
        Credited coverage by all; plain coverage by the owner's sensors alone.
    """

    row_candidate: IndexArray
    row_partner: IndexArray
    coverage: Term
    autonomy: Term


def counted(
    network: Network, layout: Layout, seen: Seen, credit: tuple[float, ...], owner: str
) -> Requirements:
    """Return the requirements where slots are not limited."""
    candidates, partners = len(layout.candidates), len(layout.partners)
    row_candidate = np.append(np.arange(candidates), np.full(partners, NO_INDEX))
    row_partner = np.append(np.full(candidates, NO_INDEX), np.arange(partners))
    rows = candidates + partners
    own = np.flatnonzero(network.owner[layout.candidates] == owner)
    of_all, of_own = _all_rows(layout, len(credit)), _own_rows(layout, own)
    cells = cells_of(
        seen.tracks, seen.clear, seen.weight, of_all, len(credit), np.arange(rows, dtype=np.intp)
    )
    own_cells = cells_of(seen.tracks, seen.clear, seen.weight, of_own, 1, own)
    return Requirements(
        row_candidate,
        row_partner,
        seen.count(COVERAGE, cells, credit, rows),
        seen.count(AUTONOMY, own_cells, (1.0,), rows),
    )


def assigned(
    network: Network,
    layout: Layout,
    seen: Seen,
    supply: Supply,
    credit: tuple[float, ...],
    owner: str,
) -> Requirements:
    """Return the requirements where every track needs a slot; contributors are the rows."""
    rows = len(network)
    row_candidate, row_partner = np.full(rows, NO_INDEX), np.full(rows, NO_INDEX)
    row_candidate[layout.candidates] = np.arange(len(layout.candidates))
    most = np.zeros(rows, dtype=np.intp)  # partners without an offer stay out
    most[np.append(layout.candidates, layout.always)] = len(credit)
    for p, members in enumerate(layout.partner_members):
        row_partner[members] = p
        most[members] = most_useful(layout.tier_credit[p], len(credit))
    shifts = shifts_of(seen.tracks, seen.clear, seen.weight, supply.objects, supply.slots, most)
    foreign = np.flatnonzero((row_partner != NO_INDEX) | (network.owner != owner))
    own = Capacity(AUTONOMY, shifts, (1.0,), seen.total_weight)
    return Requirements(
        row_candidate,
        row_partner,
        Capacity(COVERAGE, shifts, credit, seen.total_weight),
        Without(AUTONOMY, own, foreign),
    )


def _all_rows(layout: Layout, steps: int) -> Rows:
    """Rows of the objective: each candidate, then each partner."""
    singles = tuple(np.array([c]) for c in layout.candidates)
    most = [steps] * len(singles) + [most_useful(worth, steps) for worth in layout.tier_credit]
    return Rows(singles + layout.partner_members, np.array(most), layout.always)


def _own_rows(layout: Layout, own: IndexArray) -> Rows:
    """Rows of the owner's candidates."""
    singles = tuple(np.array([c]) for c in layout.candidates[own])
    return Rows(singles, np.ones(len(own), dtype=np.intp), layout.always)


def most_useful(worth: FloatArray, steps: int) -> int:
    """Return the tracks beyond which a partner adds nothing.

    Beyond K / worth N is above K even at the poorest tier that counts.
    """
    positive = worth[worth > 0]
    return min(math.ceil(steps / positive.min() - 1e-9), 255) if positive.size else 0
