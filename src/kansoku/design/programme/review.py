"""What a decision leads to, contributor by contributor: each year, after each loss, per partner.

The rows of a programme add up what its search need not tell apart. Here every contributor has a
row of its own, one for each part of the supply for those of firms, and everything else follows
as it does in the search (`decision.Consequences`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.coverage.sources import Sources
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.losses import Loss, view_after
from kansoku.design.programme.parties import Party, place_in_supply, profiles
from kansoku.design.programme.parts import NONE, Rows
from kansoku.design.programme.programme import OURS, Aim, Programme, View
from kansoku.network.contributors import Network

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Outcome:
    """What is done and paid year by year.

    Attributes
    ----------
    ordered : (I,) int array
        Year of the order of each option, counted from 0; `NONE` for never.
    service : (I, T) bool array
    opened : (S, T) bool array
        Sites that are opened in a year.
    in_force, signed : (R, T) bool arrays
    tier, tier_given : (P, T) int arrays
        Richest tier received from, and given to, each partner; 0 for none.
    capex_mjpy, opex_mjpy, data_fee_mjpy : (F, T) arrays
        Payments of orders and openings; running costs; set-ups and fees. [million JPY]
    carried_mjpy, lapsed_mjpy : (F, T) arrays
        What is carried into the next year, and what is left beyond that. [million JPY]
    due_after_mjpy, fees_after_mjpy : (F,) arrays
        What falls due after the last year, and what of it are fees of arrangements whose terms
        run on. [million JPY]
    """

    ordered: IndexArray
    service: BoolArray
    opened: BoolArray
    in_force: BoolArray
    signed: BoolArray
    tier: IndexArray
    tier_given: IndexArray
    capex_mjpy: FloatArray
    opex_mjpy: FloatArray
    data_fee_mjpy: FloatArray
    carried_mjpy: FloatArray
    lapsed_mjpy: FloatArray
    due_after_mjpy: FloatArray
    fees_after_mjpy: FloatArray


def outcome_of(of: Consequences, decision: Decision) -> Outcome:
    """Gather what a decision leads to, year by year."""
    programme = of.programme
    payments, running, agreed, opening = (
        _by_purse(programme, *bill) for bill in of.bills(decision)
    )
    spent = of.spent_mjpy(decision)
    left = of.carried_mjpy(spent)
    limit = np.repeat(programme.purses.carry_limit_mjpy[:, None], of.years, axis=1)
    limit[:, -1] = 0.0  # nothing is carried beyond the last year
    carried = np.clip(left, 0.0, limit)
    none = np.zeros(len(programme.sharing), dtype=bool)
    opened = of.opened(decision)
    fees_after = _fees_after(of, decision)
    return Outcome(
        ordered=decision.ordered,
        service=of.service(decision),
        opened=opened & ~np.column_stack([np.zeros(len(opened), dtype=bool), opened[:, :-1]]),
        in_force=decision.in_force,
        signed=of.signed(decision),
        tier=of.access(decision, none).sum(axis=1).astype(np.intp),
        tier_given=of.given(decision).sum(axis=1).astype(np.intp),
        capex_mjpy=payments + opening,
        opex_mjpy=running,
        data_fee_mjpy=agreed,
        carried_mjpy=carried,
        lapsed_mjpy=np.maximum(left - carried, 0.0),
        due_after_mjpy=_due_after(of, decision) + fees_after,
        fees_after_mjpy=fees_after,
    )


def _by_purse(programme: Programme, paid: FloatArray, purse: IndexArray) -> FloatArray:
    """Add up payments (n, T) by the purses that make them, (F, T); free ones have no purse."""
    total = np.zeros((len(programme.purses), paid.shape[1]))
    np.add.at(total, purse, paid)
    return total


def _due_after(of: Consequences, decision: Decision) -> FloatArray:
    """Payments of orders after the last year."""
    due = np.zeros(len(of.programme.purses))
    chosen = np.flatnonzero(decision.ordered != NONE)
    paid = of.paid_mjpy[chosen, decision.ordered[chosen], of.years :].sum(axis=1)
    np.add.at(due, of.programme.options.purse[chosen], paid)
    return due


def _fees_after(of: Consequences, decision: Decision) -> FloatArray:
    programme = of.programme
    due = np.zeros(len(programme.purses))
    for r, t in np.argwhere(of.signed(decision)).tolist():
        if later := programme.fees_later_mjpy(r, t):
            due[programme.sharing.purse[r]] += later
    return due


class Review:
    """A programme with a row for every contributor, seen through losses and by partners.

    Parameters
    ----------
    programme : Programme
        Of a study, as `question.programme_of` makes it.
    network : Network
        C contributors.
    parties : sequence of P Party
        The partners of the programme.
    coverage : CoverageSection
    losses : sequence of E Loss
    sources : Sources, optional
        Given where independent sources count.

    Attributes
    ----------
    contributor, party : (J,) intp arrays
        Contributor of each row, and the party it is seen through; `NONE` for our own.
    supply_up_to : (K,) array
        Ends of the parts of the supply that parties give, rising to 1.
    """

    def __init__(
        self,
        programme: Programme,
        network: Network,
        parties: Sequence[Party],
        coverage: CoverageSection,
        losses: Sequence[Loss],
        sources: Sources | None = None,
    ) -> None:
        self.sources = sources
        self.network, self.parties, self.losses = network, tuple(parties), tuple(losses)
        option = {name: i for i, name in enumerate(programme.options.names)}
        ours = [(c, NONE) for c in np.flatnonzero(network.role != "partner").tolist()]
        theirs = [(c, p) for p, party in enumerate(parties) for c in _sensors(network, party)]
        table = np.array([*ours, *theirs], dtype=np.intp).reshape(-1, 2)
        self.contributor, self.party = table.T
        worth = profiles(network.arrangements, programme.sharing.received, coverage)
        rows = Rows(
            option=np.array([option.get(str(network.id[c]), NONE) for c in self.contributor]),
            partner=self.party,
            profile=np.vstack([np.ones((len(ours), worth.shape[1])), worth[table[len(ours) :, 1]]]),
        )
        ordered = {c: option[name] for c, name in enumerate(network.id) if name in option}
        self._fallen = [view_after(one, ordered) for one in losses]
        self._theirs = [View(f"gain of {one.name}", partner=p) for p, one in enumerate(parties)]
        views = (OURS, *self._fallen, *self._theirs)
        aims = tuple(Aim(programme.aims[0].term, 0, view=view) for view in views)
        self.programme = replace(programme, rows=rows, aims=aims, promises=(), tails=())
        self.of = Consequences(self.programme)
        self.supply_up_to = np.unique([1.0, *(one.up_to for one in parties)])

    def __len__(self) -> int:
        return len(self.contributor)

    @property
    def own(self) -> BoolArray:
        """Whether each row is a sensor of the owner, (J,)."""
        return np.asarray(self.party == NONE)

    @property
    def best(self) -> FloatArray:
        """What a track of each row can be worth at all, (J,)."""
        return np.asarray(self.programme.rows.profile[:, -1])

    def worth(self, decision: Decision) -> FloatArray:
        """Return what a track of each row is worth to us, (J, T)."""
        return self.of.weights(decision, 0)

    def worth_after(self, decision: Decision, number: int) -> FloatArray:
        """Return what a track of each row is worth to us after one of the losses, (J, T)."""
        left = self._seen_by(decision, self._fallen[number])
        left[np.isin(self.contributor, sorted(self.losses[number].contributors))] = 0.0
        return left

    def worth_to(self, decision: Decision, party: int) -> FloatArray:
        """Return what a track of each row is worth to a partner, (J, T)."""
        return self._seen_by(decision, self._theirs[party])

    def alone(self, party: int) -> FloatArray:
        """Return what rows are worth to a partner who gets nothing from us, (J,)."""
        return np.asarray(self.party == party, dtype=float)

    def _seen_by(self, decision: Decision, view: View) -> FloatArray:
        return self.of.weights(decision, self.programme.views.index(view))

    def tracks(self, tracks: npt.NDArray[np.uint8], place: FloatArray) -> npt.NDArray[np.uint8]:
        """Return the tracks of each row, (J, N, W): of a part of a supply its objects alone.

        Parameters
        ----------
        tracks : (C, N, W) uint8 array
        place : (N,) array
            Of each object in the supply of firms, `parties.place_in_supply`.
        """
        rows = tracks[self.contributor]
        for j in np.flatnonzero([self._is_part(j) for j in range(len(self))]):
            party = self.parties[self.party[j]]
            rows[j, ~((place > party.above) & (place <= party.up_to))] = 0
        return rows

    def _is_part(self, j: int) -> bool:
        return bool(self.party[j] != NONE) and self.parties[self.party[j]].is_part

    def credit(self, worth: FloatArray) -> FloatArray:
        """Spread what rows are worth, (J, T), over contributors and parts, (T, C, K)."""
        credit = np.zeros((worth.shape[1], len(self.network), len(self.supply_up_to)))
        for j, (c, p) in enumerate(zip(self.contributor, self.party, strict=True)):
            up_to = 1.0 if p == NONE else self.parties[p].up_to
            above = 0.0 if p == NONE else self.parties[p].above
            inside = (self.supply_up_to > above) & (self.supply_up_to <= up_to)
            credit[:, c, inside] = worth[j][:, None]
        return credit

    def supply_part(self, catalogue_number: npt.NDArray[np.int64]) -> IndexArray:
        """Return the part of the supply of firms that each object lies in, (N,)."""
        return np.searchsorted(self.supply_up_to, place_in_supply(catalogue_number))

    def touching(self, decisions: Sequence[Decision]) -> tuple[int, ...]:
        """Return the losses that take a sensor in use or an arrangement in force, by number."""
        used = np.any([self.worth(one).any(axis=1) for one in decisions], axis=0)
        sensors = set(self.contributor[used].tolist())
        in_force = np.any([one.in_force.any(axis=1) for one in decisions], axis=0)
        return tuple(
            number
            for number, loss in enumerate(self.losses)
            if (loss.contributors | loss.late) & sensors or in_force[list(loss.void)].any()
        )


def _sensors(network: Network, party: Party) -> list[int]:
    theirs = (network.role == "partner") & (network.partner == party.of)
    return [int(c) for c in np.flatnonzero(theirs)]
