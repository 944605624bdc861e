"""What partners gain from us, and the arrangements that wait for it.

The gain of a partner is credited coverage by its own sensors and by ours that are released to it,
beyond what its own give. Every partner watches what we watch, with the same weights. A promise
that our standing sensors keep by themselves is no constraint and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.design.programme.parties import Party
from kansoku.design.programme.parts import NONE, Options, Release, Rows, Sharing
from kansoku.design.programme.programme import Aim, Promise, View
from kansoku.design.programme.release import TRACKS
from kansoku.design.terms import Term
from kansoku.network.sharing import Arrangement

FloatArray = npt.NDArray[np.float64]

ALERTS = 1
"""The tier that warns of single events and keeps custody of nothing."""


@dataclass(frozen=True)
class Gain:
    """What one arrangement asks for one partner: a coverage `need` beyond `base`."""

    arrangement: int
    party: int
    need: float
    base: float


def gaining(arrangements: Sequence[Arrangement]) -> tuple[str, ...]:
    """Partners whose gain some arrangement asks for."""
    asking = (one for one in arrangements if one.gain_needed > 0.0)
    return tuple(dict.fromkeys(p for one in asking for p in one.parties))


def worth_to_partners(coverage: CoverageSection) -> FloatArray:
    """Worth of our track to a partner by tier, (Q,): the credit of the tier, alerts apart."""
    credit: FloatArray = np.array(coverage.tier_credit)
    credit[:ALERTS] = 0.0
    return np.asarray(np.maximum.accumulate(credit))


def gains_of(
    arrangements: Sequence[Arrangement],
    parties: Sequence[Party],
    terms: Mapping[int, Term],
    rows: Rows,
    release: Release,
    options: Options,
) -> tuple[Gain, ...]:
    """List the gains that must be earned, those left out that standing sensors give already.

    Parameters
    ----------
    arrangements : sequence of R Arrangement
    parties : sequence of P Party
    terms : mapping of int to Term
        Coverage over the rows in the eyes of each partner whose gain counts.
    rows, release, options : Rows, Release, Options
    """
    found = []
    for p, term in terms.items():
        party = parties[p]
        alone = term.value((rows.partner == p).astype(float))
        for r, one in enumerate(arrangements):
            if one.gain_needed == 0.0 or party.of not in one.parties:
                continue
            standing = _with_standing(rows, release, options, p, one.tier_given)
            if term.value(standing) - alone < one.gain_needed:
                found.append(Gain(r, p, one.gain_needed, alone))
    return tuple(found)


def _with_standing(
    rows: Rows, release: Release, options: Options, p: int, tier_given: int
) -> FloatArray:
    """Return what rows count for a partner that is given a tier of our standing sensors alone.

    Tracks of a sensor whose slots do not reach for all partners are not counted on.
    """
    weights: FloatArray = (rows.partner == p).astype(float)
    worth = np.append(0.0, release.profile[p])
    ours = np.flatnonzero((rows.partner == NONE) & (rows.option != NONE))
    option = rows.option[ours]
    tier = np.minimum(release.ceiling[option, p], tier_given)
    tier = np.where(release.slots[option, p] > 0, np.minimum(tier, TRACKS - 1), tier)
    weights[ours] = worth[tier] * options.standing[option]
    return weights


def promises_of(
    gains: Sequence[Gain],
    parties: Sequence[Party],
    sharing: Sharing,
    terms: Mapping[int, Term],
    years: int,
    first: int,
) -> tuple[tuple[Aim, ...], tuple[Promise, ...]]:
    """Return the aims and promises of all years in which an arrangement can be in force.

    Parameters
    ----------
    first : int
        Number of the first of these aims in the programme.
    """
    aims: list[Aim] = []
    promises: list[Promise] = []
    number: dict[tuple[int, int], int] = {}
    for gain in gains:
        begins = 0 if sharing.in_force[gain.arrangement] else sharing.lead_years[gain.arrangement]
        for t in range(int(begins), years):
            if (gain.party, t) not in number:
                number[gain.party, t] = first + len(aims)
                view = View(f"gain of {parties[gain.party].name}", partner=gain.party)
                aims.append(Aim(terms[gain.party], t, view=view))
            aim = number[gain.party, t]
            promises.append(Promise(aim, gain.arrangement, gain.need, gain.base))
    return tuple(aims), tuple(promises)
