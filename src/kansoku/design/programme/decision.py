"""One answer to a programme, and all that follows from it: service, access, money.

What follows is worked out here once more, in arrays, beside the constraints of the master: local
search asks thousands of times. Tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Programme, View
from kansoku.design.programme.release import TRACKS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]

MONEY = 1e-9  # relative tolerance of a purse


@dataclass(frozen=True)
class Decision:
    """What is ordered, kept, in force and released in each year.

    Attributes
    ----------
    ordered : (I,) int array
        Year of the order of each sensor, `NONE` for never.
    kept : (I, T) bool array
        Standing sensors in service by choice; False for all others.
    in_force : (R, T) bool array
    tasked : (I, P, T) bool array
        Sensors whose track slots a partner may use, as far as it is given tracks at all.
    """

    ordered: IndexArray
    kept: BoolArray
    in_force: BoolArray
    tasked: BoolArray

    def key(self) -> bytes:
        """Return the choice as bytes, equal for equal decisions."""
        flags = (self.kept, self.in_force, self.tasked)
        packed = np.packbits(np.concatenate([part.ravel() for part in flags]))
        return self.ordered.tobytes() + packed.tobytes()


class Consequences:
    """Works out what a decision leads to.

    Parameters
    ----------
    programme : Programme

    Attributes
    ----------
    possible : frozenset of (option, year)
        Orders that may be placed.
    paid_mjpy : (I, T, T + D) array
        What an order of each year costs in each year, those after the last included.
    """

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.years = len(programme.years)
        self._tier = np.arange(1, programme.tiers + 1)
        self._price = np.array([programme.price_of(t) for t in range(self.years)])
        self.possible = frozenset(programme.orders())
        self.paid_mjpy = _payments(programme)

    def nothing(self) -> Decision:
        """Return the decision that orders nothing, keeps all that stands and is in force."""
        options, sharing = self.programme.options, self.programme.sharing
        year = np.arange(self.years)
        stays = (options.standing & options.retirable)[:, None]
        kept = stays & (year < options.life_years[:, None])
        in_force = np.repeat(sharing.in_force[:, None], self.years, axis=1)
        partners = len(sharing.partners)
        tasked = np.zeros((len(options), partners, self.years), dtype=bool)
        return Decision(np.full(len(options), NONE), kept, in_force, tasked)

    def least(self) -> Decision:
        """Return the decision that does nothing but what it must: services, with what they need."""
        nothing = self.nothing()
        in_force = nothing.in_force.copy()
        for service in self.programme.services:
            for each in self.programme.sharing.with_needs(service.arrangement):
                in_force[each, service.year :] = True
        return replace(nothing, in_force=in_force)

    def service(self, decision: Decision) -> BoolArray:
        """Return which sensors are in service in which year, (I, T)."""
        options, year = self.programme.options, np.arange(self.years)
        begins = np.where(options.standing, 0, decision.ordered + options.lead_years)
        alive = (year >= begins[:, None]) & (year < (begins + options.life_years)[:, None])
        chosen = options.standing | (decision.ordered != NONE)
        running = alive & chosen[:, None]
        may_go = (options.standing & options.retirable)[:, None]
        in_service: BoolArray = np.where(may_go, running & decision.kept, running)
        return in_service

    def opened(self, decision: Decision) -> BoolArray:
        """Return which sites are open in which year, (S, T): from the first order on."""
        opened = np.zeros((len(self.programme.places), self.years), dtype=bool)
        for i in np.flatnonzero(decision.ordered != NONE):
            site = self.programme.options.site[i]
            if site != NONE:
                opened[site, decision.ordered[i] :] = True
        return opened

    def started(self, decision: Decision) -> BoolArray:
        """Return which arrangements enter into force in which year, (R, T)."""
        before = np.column_stack([self.programme.sharing.in_force, decision.in_force[:, :-1]])
        return decision.in_force & ~before

    def signed(self, decision: Decision) -> BoolArray:
        """Return which arrangements are signed in which year, (R, T): their lead before."""
        started, lead = self.started(decision), self.programme.sharing.lead_years
        signed = np.zeros_like(started)
        for years in set(lead.tolist()):
            rows = lead == years
            signed[rows, : self.years - years] = started[rows, years:]
        return signed

    def spent_mjpy(self, decision: Decision) -> FloatArray:
        """Return what each purse pays in each year, (F, T). [million JPY]"""
        spent = np.zeros((len(self.programme.purses), self.years))
        for paid, purse in self.bills(decision):
            np.add.at(spent, purse, paid)
        return spent

    def bills(self, decision: Decision) -> list[tuple[FloatArray, IndexArray]]:
        """Return payments by year, (n, T), with the purses that make them, (n,).

        Of orders, of sensors in service, of arrangements, and of sites as they are opened.
        """
        options, sharing = self.programme.options, self.programme.sharing
        places, opened = self.programme.places, self.opened(decision).astype(float)
        running = options.opex_mjpy[:, None] * self.service(decision)
        agreed = sharing.setup_mjpy[:, None] * self.signed(decision)
        agreed = agreed + sharing.fee_mjpy[:, None] * decision.in_force
        opening = places.opening_mjpy[:, None] * np.diff(opened, axis=1, prepend=0.0)
        return [
            (self._payments(decision), options.purse),
            (running * self._price, options.purse),
            (agreed * self._price, sharing.purse),
            (opening * self._price, places.purse),
        ]

    def _payments(self, decision: Decision) -> FloatArray:
        paid = np.zeros((len(self.programme.options), self.years))
        ordered = np.flatnonzero(decision.ordered != NONE)
        paid[ordered] = self.paid_mjpy[ordered, decision.ordered[ordered], : self.years]
        return paid

    def carried_mjpy(self, spent: FloatArray) -> FloatArray:
        """Return what is left at the end of each year and may be carried, (F, T).

        Negative where a purse is overdrawn.
        """
        purses = self.programme.purses
        left = np.zeros_like(spent)
        before = purses.carried_in_mjpy
        for t in range(self.years):
            left[:, t] = purses.budget_mjpy[:, t] + before - spent[:, t]
            before = np.clip(left[:, t], 0.0, purses.carry_limit_mjpy)
        return left

    def access(self, decision: Decision, void: BoolArray) -> FloatArray:
        """Return access by partner, tier and year, (P, Q, T), once some arrangements are void."""
        standing = decision.in_force & ~void[:, None]
        return self._reached(self.programme.sharing.received, standing)

    def given(self, decision: Decision) -> FloatArray:
        """Return what partners are given by tier and year, (P, Q, T)."""
        return self._reached(self.programme.sharing.given, decision.in_force)

    def _reached(self, tier: IndexArray, in_force: BoolArray) -> FloatArray:
        """Return whether some arrangement in force reaches each tier, (P, Q, T)."""
        if not len(tier):
            return np.zeros((tier.shape[1], len(self._tier), self.years))
        best = (tier[:, :, None] * in_force[:, None, :]).max(axis=0)
        return np.asarray(best[:, None, :] >= self._tier[:, None], dtype=float)

    def weights(
        self, decision: Decision, view: int, service: FloatArray | None = None
    ) -> FloatArray:
        """Return how much each row counts in one of the views, (J, T).

        `service` (I, T) takes the place of what is in service, where given.
        """
        return self.weights_in(decision, self.programme.views[view], service)

    def weights_in(
        self, decision: Decision, view: View, service: FloatArray | None = None
    ) -> FloatArray:
        """Return how much each row counts in any view, (J, T)."""
        if service is None:
            service = self.service(decision).astype(float)
        if view.partner != NONE:
            return self._for_partner(decision, service, view.partner)
        return self._for_us(decision, service, view)

    def _for_us(self, decision: Decision, service: FloatArray, view: View) -> FloatArray:
        rows = self.programme.rows
        void = self.programme.fallen_in(view)
        access = self.access(decision, void)
        through = np.ones((len(rows), self.years))
        shared = np.flatnonzero(rows.partner != NONE)
        by_tier = access[rows.partner[shared]]
        through[shared] = (rows.rise[shared][:, :, None] * by_tier).sum(axis=1)
        host = self.programme.options.host
        sent_home = (host != NONE) & np.append(void, False)[host]
        counting = service * ~sent_home[:, None] * self._there_in_time(decision, view)
        return through * self._standing(counting)

    def _there_in_time(self, decision: Decision, view: View) -> BoolArray:
        """Return whether an order would be there, though late in a view, (I, T)."""
        options = self.programme.options
        late = np.zeros(len(options), dtype=bool)
        late[list(view.late)] = True
        late &= ~options.standing & (decision.ordered != NONE)
        begins = decision.ordered + options.lead_years + view.late_years
        there: BoolArray = ~late[:, None] | (np.arange(self.years) >= begins[:, None])
        return there

    def _standing(self, service: FloatArray) -> FloatArray:
        """Return whether the sensor of each row is in service, 1 for rows without one, (J, T)."""
        option = self.programme.rows.option
        padded = np.vstack([service, np.ones((1, self.years))])
        return np.asarray(padded[option])

    def _for_partner(self, decision: Decision, service: FloatArray, p: int) -> FloatArray:
        rows, worth = self.programme.rows, self.programme.release.profile[p]
        given, standing = self.given(decision)[p], self._standing(service)
        weights = np.zeros((len(rows), self.years))
        own = rows.partner == p
        weights[own] = standing[own]
        ours = np.flatnonzero((rows.partner == NONE) & (rows.option != NONE))
        released = self._released(decision, given, p)[rows.option[ours]]
        rise = np.diff(worth, prepend=0.0)
        weights[ours] = (rise[:, None] * released).sum(axis=1) * standing[ours]
        others = np.flatnonzero((rows.partner != NONE) & ~own & (rows.option == NONE))
        passed = self._passed(decision)[rows.partner[others]] * given
        by_row = np.diff(worth * rows.profile[others], axis=1, prepend=0.0)
        weights[others] = (by_row[:, :, None] * passed).sum(axis=1)
        return weights

    def _released(self, decision: Decision, given: FloatArray, p: int) -> FloatArray:
        """Return what of each sensor a partner may get, were it in service, (I, Q, T)."""
        release = self.programme.release
        allowed = self._tier[None, :] <= release.ceiling[:, p : p + 1]
        released: FloatArray = allowed[:, :, None] * given
        takes = release.slots[:, p] > 0
        tracks: BoolArray = np.where(takes[:, None], decision.tasked[:, p], True)
        richer = self._tier >= TRACKS
        by_tier: FloatArray = np.where(
            richer[None, :, None], released * tracks[:, None, :], released
        )
        return by_tier

    def with_slots(self, decision: Decision) -> Decision:
        """Return a decision that gives more partners slots of each sensor, as far as they reach.

        Those that have some keep them; partners whose gain counts come first, then the others.
        """
        release, tasked = self.programme.release, decision.tasked.copy()
        room = (1.0 - release.reserve)[:, None] * self.service(decision)
        room = room - (release.slots[:, :, None] * tasked).sum(axis=1)
        gaining = sorted({view.partner for view in self.programme.views} - {NONE})
        for p in (*gaining, *(p for p in range(tasked.shape[1]) if p not in gaining)):
            share = release.slots[:, p, None]
            fits = ~tasked[:, p] & (share > 0) & (share <= room + MONEY)
            tasked[:, p] |= fits
            room = room - np.where(fits, share, 0.0)
        return replace(decision, tasked=tasked)

    def _passed(self, decision: Decision) -> FloatArray:
        """Return what may be passed on of each partner's data, (P, Q, T)."""
        sharing = self.programme.sharing
        onward = decision.in_force & sharing.onward[:, None]
        return self._reached(sharing.received, onward)


def _payments(programme: Programme) -> FloatArray:
    """Return what each sensor costs in each year, were it ordered in a year, (I, T, T + D)."""
    options, years = programme.options, len(programme.years)
    span = range(years + options.payments_mjpy.shape[1])
    paid = [
        [[programme.paid_mjpy(i, tau, t) for t in span] for tau in range(years)]
        for i in range(len(options))
    ]
    return np.array(paid, dtype=float).reshape(len(options), years, len(span))
