"""With whom a programme shares: states, consortia, and the parts of what a firm sells.

Packages of a firm are nested: a larger one holds all of a smaller. So a firm stands for several
partners, one for each step from a package to the next larger one, and a package opens all steps up
to its share. An object is in a package by a fixed hash of its catalogue number: the same objects in
every study, whatever else is watched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.coverage.patterns import mixed
from kansoku.network.contributors import Network
from kansoku.network.sharing import Arrangement

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]

TIERS = 5


@dataclass(frozen=True)
class Party:
    """One partner of a programme.

    Attributes
    ----------
    name : str
    of : str
        Who it is in the tables: the firm, of a part of its supply.
    above, up_to : float
        It gives the objects whose place in the firm's supply lies in (above, up_to]; all of them
        unless it is a part.
    """

    name: str
    of: str
    above: float = 0.0
    up_to: float = 1.0

    @property
    def is_part(self) -> bool:
        """Whether it gives some of the objects only."""
        return (self.above, self.up_to) != (0.0, 1.0)


def place_in_supply(catalogue_number: npt.NDArray[np.int64]) -> FloatArray:
    """Return where each object stands in the supply of any firm, in (0, 1], evenly spread.

    Parameters
    ----------
    catalogue_number : (N,) int64 array
    """
    word = mixed(mixed(catalogue_number.astype(np.uint64)))
    return np.asarray(1.0 - word / 2.0**64)


def parties_of(network: Network, gaining: Sequence[str]) -> tuple[Party, ...]:
    """List the partners whose data are on offer or whose gain counts, in the order of the tables.

    Parameters
    ----------
    network : Network
    gaining : sequence of str
        Partners whose gain counts, whether they have sensors or not.
    """
    have = set(network.partner[network.role == "partner"].tolist())
    opened = {p for one in network.arrangements if one.opens_data for p in one.parties} & have
    named = dict.fromkeys(p for one in network.arrangements for p in one.parties)
    return tuple(
        party
        for name in named
        if name in opened or name in gaining
        for party in _parts(name, network.arrangements)
    )


def _parts(name: str, arrangements: Sequence[Arrangement]) -> list[Party]:
    """Split a firm at the shares of its packages; anyone else stays whole."""
    bought = {
        one.package_share for one in arrangements if one.kind == "purchase" and name in one.parties
    }
    ends = sorted(bought)
    if ends in ([], [1.0]):
        return [Party(name, name)]
    return [
        Party(f"{name} {100 * low:g} to {100 * high:g} %", name, low, high)
        for low, high in zip([0.0, *ends], ends, strict=False)
    ]


def received(
    arrangements: Sequence[Arrangement], parties: Sequence[Party], coverage: CoverageSection
) -> IndexArray:
    """Tier that each arrangement brings from each partner, (R, P); 0 for nothing that counts.

    What arrives later than `coverage.max_latency_hours` counts for nothing.
    """
    table = np.zeros((len(arrangements), len(parties)), dtype=np.intp)
    for r, one in enumerate(arrangements):
        if one.opens_data and one.latency_hours <= coverage.max_latency_hours:
            for p, party in enumerate(parties):
                if party.of in one.parties and party.up_to <= one.package_share:
                    table[r, p] = one.tier
    return table


def given(arrangements: Sequence[Arrangement], parties: Sequence[Party]) -> IndexArray:
    """Tier that each arrangement gives to each partner, (R, P)."""
    table = [
        [one.tier_given if party.of in one.parties else 0 for party in parties]
        for one in arrangements
    ]
    return np.array(table, dtype=np.intp).reshape(len(arrangements), len(parties))


def profiles(
    arrangements: Sequence[Arrangement],
    brought: IndexArray,
    coverage: CoverageSection,
) -> FloatArray:
    """Worth of a partner's track by tier, (P, Q): credit of the tier x usable share of the data.

    Several arrangements may open one partner at a tier: the best of them counts. The running
    maximum makes a richer tier never worth less.

    Parameters
    ----------
    arrangements : sequence of R Arrangement
    brought : (R, P) int array
        As `received` gives it.
    coverage : CoverageSection
    """
    worth = np.zeros((brought.shape[1], TIERS))
    for r, p in zip(*np.nonzero(brought), strict=True):
        tier = int(brought[r, p])
        if tier >= coverage.min_tier:
            credit = coverage.tier_credit[tier - 1] * arrangements[r].usable_share
            worth[p, tier - 1] = max(worth[p, tier - 1], credit)
    return np.maximum.accumulate(worth, axis=1)
