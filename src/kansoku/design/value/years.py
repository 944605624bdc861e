"""The answer to a question over fiscal years, whose parts can leave.

What stands today is the ground on which every coalition builds: standing sensors as far as the
answer keeps them, and arrangements that are in force before the first year, for as long as the
answer keeps them without a break. Only a partner that leaves takes those along too.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.columns import objective
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Aim, Programme
from kansoku.design.terms import Term
from kansoku.design.value.answer import Part, highest_tiers, indices, named, steps

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Years:
    """A decision with what it answers; `Plan.decision` is such a decision.

    Attributes
    ----------
    programme : Programme
    decision : Decision
    floors : bool
        Whether to measure aims that are floors or promises alone too: with hundreds of stress
        cases that takes a hundred times as long as the objective.
    """

    programme: Programme
    decision: Decision
    floors: bool = True
    _known: dict[tuple[int, bytes], float] = field(default_factory=dict, repr=False)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The objective, then every aim by its requirement, year and view."""
        years = self.programme.years
        named = (f"{a.term.name} FY{years[a.year]} {a.view.name}" for a in self.aims)
        return ("objective", *named)

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The aims that are measured, in the order of the measures after the objective."""
        return tuple(self.programme.aims[k] for k in self._asked)

    @cached_property
    def _asked(self) -> tuple[int, ...]:
        """Numbers of the aims that are measured."""
        drawn = {k for tail in self.programme.tails for k in tail.aims}
        aims = enumerate(self.programme.aims)
        if self.floors:
            return tuple(k for k, _ in aims)
        alone = {promise.aim for promise in self.programme.promises} - drawn
        return tuple(
            k for k, aim in aims if aim.worth or k in drawn or not (aim.at_least or k in alone)
        )

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Sensors ordered, arrangements signed, partners heard, steps of tier climbed."""
        programme, sharing = self.programme, self.programme.sharing
        ordered = np.flatnonzero(self.decision.ordered != NONE)
        received, today = self._received(self.decision.in_force), self._received(self._kept)
        linked = self._partners_of(self.decision.in_force)
        return (
            *named("sensor", ordered, programme.options.names),
            *named("arrangement", np.flatnonzero(_ever(self._chosen)), sharing.names),
            *named("partner", np.flatnonzero(linked), sharing.partners),
            *steps(today, received, sharing.partners, self._worth),
        )

    def measured(self, gone: frozenset[Part]) -> FloatArray:
        """Return the objective and the coverage of the aims once some parts have left, (M,).

        Floors and promises are not asked for again: what is left may miss them.
        """
        of, (left, service) = self._seen_through(gone), self._left(gone)
        aims, coverage = self.programme.aims, np.zeros(len(self.programme.aims))
        numbers = {view: v for v, view in enumerate(self.programme.views)}
        weights = {
            view: of.weights(left, numbers[view], service)
            for view in {aims[k].view for k in self._asked}
        }
        for k in self._asked:
            coverage[k] = self._covered(aims[k].term, weights[aims[k].view][:, aims[k].year])
        return np.append(objective(self.programme, coverage), coverage[list(self._asked)])

    def _covered(self, term: Term, weights: FloatArray) -> float:
        """Return the coverage of a term at row weights (J,); equal ones are valued once."""
        key = id(term), weights[term.rows].tobytes()
        if key not in self._known:
            self._known[key] = term.value(weights)
        return self._known[key]

    def alongside(self, gone: frozenset[Part]) -> tuple[Part, ...]:
        """Return what falls in some year: arrangements void, sensors without their host."""
        left, service = self._left(gone)
        before = self._consequences.service(self.decision).astype(float)
        fallen = np.flatnonzero((self.decision.in_force & ~left.in_force).any(axis=1))
        down = np.flatnonzero((before > service).any(axis=1))
        found = (
            *named("sensor", down, self.programme.options.names),
            *named("arrangement", fallen, self.programme.sharing.names),
        )
        return tuple(part for part in found if part not in gone)

    def cost_mjpy(self, gone: frozenset[Part]) -> float:
        """Return all payments of what is left, within the horizon; running cost stops with service.

        What was already ordered for a sensor that falls with its host is not paid back.
        """
        of, (left, service) = self._consequences, self._left(gone)
        idle = of.service(left).astype(float) - service
        opex = self.programme.options.opex_mjpy[:, None] * idle
        prices = np.array([self.programme.price_of(t) for t in range(idle.shape[1])])
        return float(of.spent_mjpy(left).sum() - (opex * prices).sum())

    @cached_property
    def _consequences(self) -> Consequences:
        return Consequences(self.programme)

    @cached_property
    def _kept(self) -> BoolArray:
        """Years in which what is in force today is kept without a break, (R, T)."""
        unbroken = np.logical_and.accumulate(self.decision.in_force, axis=1)
        return unbroken & self.programme.sharing.in_force[:, None]

    @property
    def _chosen(self) -> BoolArray:
        """Years in which an arrangement that the answer signs is in force, (R, T)."""
        return self.decision.in_force & ~self._kept

    @property
    def _worth(self) -> FloatArray:
        """Worth of a track of each partner by tier, the best of its rows, (P, Q)."""
        rows = self.programme.rows
        worth = np.zeros((len(self.programme.sharing.partners), self.programme.tiers))
        shared = rows.partner != NONE
        np.maximum.at(worth, rows.partner[shared], rows.profile[shared])
        return worth

    def _received(self, in_force: BoolArray) -> IndexArray:
        """Return the richest tier received from each partner in any year, (P,)."""
        ever = self.programme.sharing.received * _ever(in_force)[:, None]
        return np.asarray(ever.max(axis=0, initial=0), dtype=np.intp)

    def _linked(self) -> BoolArray:
        """Return which arrangements bring from, or give to, which partners, (R, P)."""
        sharing = self.programme.sharing
        linked: BoolArray = np.maximum(sharing.received, sharing.given) > 0
        return linked

    def _partners_of(self, in_force: BoolArray) -> BoolArray:
        """Return which partners some arrangement in force has, (P,)."""
        return np.asarray((self._linked() & _ever(in_force)[:, None]).any(axis=0))

    def _void(self, gone: frozenset[Part]) -> tuple[BoolArray, BoolArray]:
        """Return the arrangements that leave: as signed, (R,), and with all partners, (R,)."""
        signed = np.zeros(len(self.programme.sharing), dtype=bool)
        signed[indices(gone, "arrangement")] = True
        linked, absent = self._linked(), indices(gone, "partner")
        others = _ever(np.delete(linked, absent, axis=1))
        return signed, _ever(linked) & ~others

    def _left(self, gone: frozenset[Part]) -> tuple[Decision, FloatArray]:
        """Return the decision without what has left, and what is in service of it, (I, T)."""
        ordered = self.decision.ordered.copy()
        ordered[indices(gone, "sensor")] = NONE
        signed, abandoned = self._void(gone)
        lapsed = (self._chosen & signed[:, None]) | abandoned[:, None]
        in_force = self._met(self.decision.in_force & ~lapsed)
        left = replace(self.decision, ordered=ordered, in_force=in_force)
        service = self._consequences.service(left).astype(float)
        host = self.programme.options.host
        agreed = np.vstack([in_force, np.ones((1, in_force.shape[1]), dtype=bool)])
        sent_home = ~agreed[host]  # a sensor without a host takes the row below all others
        return left, np.where(sent_home, 0.0, service)

    def _met(self, in_force: BoolArray) -> BoolArray:
        """Return the arrangements of which all that they need is in force too, year by year.

        Another leaf that meets a need counts only where the answer has it in force.
        """
        met = in_force.copy()
        for t in range(in_force.shape[1]):
            met[:, t] &= ~self.programme.sharing.void_with(~in_force[:, t])
        return met

    def _seen_through(self, gone: frozenset[Part]) -> Consequences:
        """Return the consequences where some tiers are received no more."""
        sharing, of = self.programme.sharing, self._consequences
        highest = highest_tiers(gone, len(sharing.partners), self.programme.tiers)
        if (highest == self.programme.tiers).all():
            return of
        poorer = replace(sharing, received=np.minimum(sharing.received, highest))
        through = copy(of)  # payments are the same: only what is received differs
        through.programme = replace(self.programme, sharing=poorer)
        return through


def _ever(flags: BoolArray) -> BoolArray:
    """Return which rows hold in any column."""
    return np.asarray(flags.any(axis=1))
