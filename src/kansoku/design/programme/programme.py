"""One design question over fiscal years, as arrays.

Years are counted from 0, the year of the first decision; T is their number. Money is million JPY
at a fixed price base; `escalation` turns it into the money that purses are filled with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.parts import (
    NONE,
    Industry,
    Options,
    Places,
    Purses,
    Release,
    Rows,
    Sharing,
)
from kansoku.design.terms import Term, Without
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ROUNDED = 1e-12


@dataclass(frozen=True)
class View:
    """Through whose eyes coverage is counted.

    Attributes
    ----------
    name : str
    void : tuple of int
        Arrangements that have fallen, in a stress case; those that need them fall too, and so do
        the sensors that they host.
    partner : int
        Partner whose gain is counted: rows are our sensors released to it. `NONE`: our own view.
    late : tuple of int
        Options that come into service later than planned; they leave it as planned.
    late_years : int
        By how much.

    Raises
    ------
    DesignError
        When something is lost in the view of a partner: what it gains then is not counted.
    """

    name: str
    void: tuple[int, ...] = ()
    partner: int = NONE
    late: tuple[int, ...] = ()
    late_years: int = 0

    def __post_init__(self) -> None:
        if (self.void or self.late) and self.partner != NONE:
            lost = f"void arrangements {list(self.void)}" if self.void else "late orders"
            raise DesignError(
                f"view {self.name}: got {lost} for partner {self.partner}, but the gain of a "
                "partner is counted with all in force alone; leave out one of the two"
            )

    def alike(self, other: View) -> bool:
        """Whether the same is counted, whatever the name."""
        return replace(self, name=other.name) == other


OURS = View("ours")
"""All that we have and receive."""


@dataclass(frozen=True)
class Aim:
    """Coverage in one year: to be maximised, or at least so much, or both.

    Attributes
    ----------
    term : Term
        Over the J rows.
    year : int
    worth : float
        Share of the objective.
    at_least : float
    view : View
    """

    term: Term
    year: int
    worth: float = 0.0
    at_least: float = 0.0
    view: View = OURS


@dataclass(frozen=True)
class Promise:
    """An aim that an arrangement demands while it is in force: theta >= base + need m.

    Attributes
    ----------
    aim, arrangement : int
    need, base : float
        What the arrangement asks for, beyond what is there without it.
    """

    aim: int
    arrangement: int
    need: float
    base: float = 0.0


@dataclass(frozen=True)
class Service:
    """An arrangement that must be in force from a year on.

    Attributes
    ----------
    arrangement, year : int
    """

    arrangement: int
    year: int


@dataclass(frozen=True)
class Tail:
    """Worth of the bad draws: beta x the mean of the worst share 1 - gamma of some aims.

    Attributes
    ----------
    aims : tuple of int
        One for each draw, in one year.
    probability : tuple of float
    worth : float
        beta, times what the year is worth.
    gamma : float
        In [0, 1). From 1 - the least probability on, it is the worst draw that counts.
    """

    aims: tuple[int, ...]
    probability: tuple[float, ...]
    worth: float
    gamma: float

    @property
    def is_worst_case(self) -> bool:
        """Whether the worst draw alone counts."""
        return 1.0 - self.gamma <= min(self.probability) + ROUNDED


def worst_case(aims: Sequence[int], worth: float) -> Tail:
    """Return the worth of the least of some aims: each a draw, and the worst of them counts."""
    share = 1.0 / len(aims)
    return Tail(tuple(aims), (share,) * len(aims), worth, 1.0 - share)


@dataclass(frozen=True)
class Lost:
    """What one loss takes of the coverage of a study.

    Attributes
    ----------
    name : str
    rows : tuple of int
        Rows that count for nothing.
    view : View
        With the arrangements that fall, and what comes late.
    """

    name: str
    rows: tuple[int, ...]
    view: View

    def with_another(self, other: Lost) -> Lost:
        """Return both losses at once."""
        name = f"{self.name} and {other.name}"
        both = View(
            f"without {name}",
            tuple(sorted({*self.view.void, *other.view.void})),
            late=tuple(sorted({*self.view.late, *other.view.late})),
            late_years=max(self.view.late_years, other.view.late_years),
        )
        # a view is a block of rows in the master: where one loss says it all, its own serves
        known = (one for one in (self.view, other.view) if one.alike(both))
        return Lost(name, tuple(sorted({*self.rows, *other.rows})), next(known, both))


def floor_after(loss: Lost, term: Term, year: int, at_least: float) -> Aim:
    """Return the aim that so much of some coverage is left after a loss."""
    left = Without(f"without {loss.name}", term, np.array(loss.rows)) if loss.rows else term
    return Aim(left, year, at_least=at_least, view=loss.view)


@dataclass(frozen=True)
class Pairs:
    """What must be left after any two of some losses at once.

    Attributes
    ----------
    term : Term
        Coverage, over the J rows, with nothing lost.
    losses : tuple of E Lost
        Two or more, none of them contained in another, so that no pair is left out: two losses
        that lie within two of these leave no less, and two within the same leave no less than
        that with any other.
    years : tuple of int
    at_least : float
    """

    term: Term
    losses: tuple[Lost, ...]
    years: tuple[int, ...]
    at_least: float


@dataclass(frozen=True)
class Programme:
    """What may be done in which year, who pays, and what it is worth.

    Attributes
    ----------
    years : tuple of int
        Fiscal years.
    escalation : (T,) array
        Prices of each year over those of the price base.
    pairs : Pairs or None
        Asked for beside the aims; `pairs.solve` makes aims of those that a plan would break.
    """

    years: tuple[int, ...]
    purses: Purses
    places: Places
    options: Options
    sharing: Sharing
    rows: Rows
    aims: tuple[Aim, ...]
    release: Release
    industry: Industry
    promises: tuple[Promise, ...] = ()
    services: tuple[Service, ...] = ()
    tails: tuple[Tail, ...] = ()
    escalation: FloatArray = field(default_factory=lambda: np.zeros(0))
    pairs: Pairs | None = None

    def __post_init__(self) -> None:
        if not len(self.escalation):
            object.__setattr__(self, "escalation", np.ones(len(self.years)))

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The views that aims are counted in, each once."""
        return tuple(dict.fromkeys((OURS, *(aim.view for aim in self.aims))))

    @cached_property
    def slots(self) -> tuple[tuple[int, int], ...]:
        """The (view, year) pairs that aims are counted in, each once, in order."""
        return tuple(sorted({(self.views.index(aim.view), aim.year) for aim in self.aims}))

    @cached_property
    def asked_for(self) -> BoolArray:
        """Whether each arrangement must be in force in each year, (R, T)."""
        asked = np.zeros((len(self.sharing), len(self.years)), dtype=bool)
        for service in self.services:
            asked[service.arrangement, service.year :] = True
        return asked

    def fallen(self, view: int) -> BoolArray:
        """Return which arrangements are void in one of the views, (R,)."""
        return self.fallen_in(self.views[view])

    def fallen_in(self, view: View) -> BoolArray:
        """Return which arrangements are void in a view, (R,): also those that need a void one."""
        void = np.zeros(len(self.sharing), dtype=bool)
        void[list(view.void)] = True
        return self.sharing.void_with(void)

    @property
    def tiers(self) -> int:
        """Q, the number of information tiers."""
        return int(self.rows.profile.shape[1])

    def orders(self) -> list[tuple[int, int]]:
        """Return the orders that are possible, (option, year): in service within the horizon."""
        options, last = self.options, len(self.years) - 1
        return [
            (i, tau)
            for i in range(len(options))
            if not options.standing[i]
            for tau in range(options.earliest[i], min(options.latest[i], last) + 1)
            if tau + options.lead_years[i] <= last
        ]

    def in_service(self, i: int, tau: int, t: int, late_years: int = 0) -> bool:
        """Whether a sensor ordered in a year is in service in another.

        One that comes late leaves as planned: its running cost and its host are there until then.
        """
        begins = tau + int(self.options.lead_years[i])
        return begins + late_years <= t < begins + int(self.options.life_years[i])

    def paid_mjpy(self, i: int, tau: int, t: int) -> float:
        """Return what an order costs in a year: its payment then, at prices of that year."""
        after = t - tau
        if not 0 <= after < self.options.payments_mjpy.shape[1]:
            return 0.0
        return float(self.options.payments_mjpy[i, after] * self.price_of(t))

    def price_of(self, t: int) -> float:
        """Return prices of a year over those of the base; years after the last cost as the last."""
        return float(self.escalation[min(t, len(self.years) - 1)])

    def fees_mjpy(self, r: int, tau: int) -> dict[int, float]:
        """Return the fees that signing an arrangement in a year commits to, by year."""
        begin = tau + int(self.sharing.lead_years[r])
        fee = float(self.sharing.fee_mjpy[r])
        return {
            t: fee * self.price_of(t) for t in range(begin, begin + int(self.sharing.term_years[r]))
        }

    def fees_later_mjpy(self, r: int, tau: int) -> float:
        """Return the fees of a term that fall due after the last year."""
        return sum(fee for t, fee in self.fees_mjpy(r, tau).items() if t >= len(self.years))

    def capex_mjpy(self, i: int, tau: int) -> float:
        """Return all payments of an order, whenever they fall due."""
        span = range(tau, tau + self.options.payments_mjpy.shape[1])
        return sum(self.paid_mjpy(i, tau, t) for t in span)
