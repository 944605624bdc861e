"""One design question over fiscal years, as arrays.

Years are counted from 0, the year of the first decision; T is their number. Money is million JPY
at a fixed price base; `escalation` turns it into the money that purses are filled with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kansoku.design.terms import Term

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

NONE = -1
"""Index of no site, no mount, no purse, no partner."""


@dataclass(frozen=True)
class Purses:
    """Who pays: F purses.

    Attributes
    ----------
    names : tuple of str
    budget_mjpy : (F, T) array
        What may be spent in each year, beside what was carried over.
    carry_limit_mjpy : (F,) array
        Most that is carried from one year to the next; 0 where funds lapse.
    carried_in_mjpy : (F,) array
        Carried into year 0.
    authority_mjpy : (F, T) array
        Most that may be committed by orders of one year, all their payments counted; inf for no
        limit.
    tail_mjpy : (F,) array
        Most that may fall due after the last year.
    staff : (F, T) array
        People who can run sensors, in full-time equivalents; inf for no limit.
    """

    names: tuple[str, ...]
    budget_mjpy: FloatArray
    carry_limit_mjpy: FloatArray
    carried_in_mjpy: FloatArray
    authority_mjpy: FloatArray
    tail_mjpy: FloatArray
    staff: FloatArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Places:
    """Sites: opened once, paid in that year, open from then on.

    Attributes
    ----------
    names : tuple of str
    opening_mjpy : (S,) array
    purse : (S,) intp array
    most_sensors : (S,) array
        Sensors that power, spectrum or sky allow at one time; inf for no limit.
    """

    names: tuple[str, ...]
    opening_mjpy: FloatArray
    purse: IndexArray
    most_sensors: FloatArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Options:
    """Sensors that may be ordered, and sensors that stand already: I options.

    Attributes
    ----------
    names : tuple of str
    site, mount, supplier : (I,) intp arrays
        `NONE` for none. A mount carries one sensor at a time.
    purse : (I,) intp array
    payments_mjpy : (I, D) array
        Paid in the year of the order and the D - 1 years after it.
    opex_mjpy : (I,) array
        A year in service.
    lead_years : (I,) int array
        From the order to the first year in service.
    life_years : (I,) int array
        Years in service; of a standing sensor those that are left.
    earliest, latest : (I,) int arrays
        Years in which it may be ordered.
    standing : (I,) bool array
        In service from year 0, never ordered.
    retirable : (I,) bool array
        A standing sensor that may be retired, for good.
    staff : (I,) array
        Full-time equivalents in service.
    host : (I,) intp array
        Arrangement that must be in force while it is in service; `NONE` for none.
    """

    names: tuple[str, ...]
    site: IndexArray
    mount: IndexArray
    supplier: IndexArray
    purse: IndexArray
    payments_mjpy: FloatArray
    opex_mjpy: FloatArray
    lead_years: IndexArray
    life_years: IndexArray
    earliest: IndexArray
    latest: IndexArray
    standing: BoolArray
    retirable: BoolArray
    staff: FloatArray
    host: IndexArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Sharing:
    """Arrangements: R options of who gives what to whom.

    Attributes
    ----------
    names, partners : tuples of str
        R arrangements, P partners.
    received, given : (R, P) int arrays
        Tier that each brings from, and gives to, each partner; 0 for nothing.
    setup_mjpy, fee_mjpy : (R,) arrays
        Paid in the year it is signed; paid in each year in force.
    purse : (R,) intp array
    lead_years : (R,) int array
        From the signature to the first year in force.
    term_years : (R,) int array
        Years in force at least, once started.
    notice_years : (R,) int array
        Years that one in force at the beginning stays so at least.
    in_force : (R,) bool array
        In force before year 0.
    needs : tuple of tuples of tuples of int
        Of each arrangement groups, of each of which one must be in force beside it.
    excludes : tuple of tuples of int
        Groups of which at most one is in force.
    onward : (R,) bool array
        Whether what it brings may be released to others.
    """

    names: tuple[str, ...]
    partners: tuple[str, ...]
    received: IndexArray
    given: IndexArray
    setup_mjpy: FloatArray
    fee_mjpy: FloatArray
    purse: IndexArray
    lead_years: IndexArray
    term_years: IndexArray
    notice_years: IndexArray
    in_force: BoolArray
    needs: tuple[tuple[tuple[int, ...], ...], ...]
    excludes: tuple[tuple[int, ...], ...]
    onward: BoolArray

    def __len__(self) -> int:
        return len(self.names)

    def void_with(self, void: BoolArray) -> BoolArray:
        """Return which arrangements fall when some do: also those left without what they need."""
        fallen = void.copy()
        while True:
            more = np.array(
                [fallen[r] or self._stranded(r, fallen) for r in range(len(self))], dtype=bool
            )
            if (more == fallen).all():
                return fallen
            fallen = more

    def _stranded(self, r: int, fallen: BoolArray) -> bool:
        """Whether all that could meet some need of an arrangement has fallen."""
        return any(all(fallen[other] for other in group) for group in self.needs[r])


@dataclass(frozen=True)
class Rows:
    """What a row of the coverage matrix stands for: J rows.

    Attributes
    ----------
    option : (J,) intp array
        Sensor that must be in service, `NONE` where that is not ours to decide.
    partner : (J,) intp array
        Partner through whom the tracks come, `NONE` for our own. With both, both are needed.
    profile : (J, Q) array
        Worth of a track received at tiers 1 to Q, non-decreasing; not used without a partner.
    """

    option: IndexArray
    partner: IndexArray
    profile: FloatArray

    def __len__(self) -> int:
        return len(self.option)

    @property
    def rise(self) -> FloatArray:
        """Worth that each tier adds to the one below, (J, Q)."""
        return np.diff(self.profile, axis=1, prepend=0.0)


@dataclass(frozen=True)
class Release:
    """What partners may get of the sensors of ours.

    Attributes
    ----------
    ceiling : (I, P) int array
        Highest tier of each sensor that may go to each partner, 0 for none.
    slots : (I, P) array
        Share of a sensor's track slots that a partner takes who receives tracks (tier 4) of it.
    reserve : (I,) array
        Share of the slots kept for ourselves.
    profile : (P, Q) array
        Worth of our track to a partner by tier given, non-decreasing.
    """

    ceiling: IndexArray
    slots: FloatArray
    reserve: FloatArray
    profile: FloatArray


@dataclass(frozen=True)
class Industry:
    """Limits on where money goes: (G,) supplier countries.

    Attributes
    ----------
    names : tuple of str
    most_share : (G,) array
        Largest share of all purchases.
    allowance_mjpy : (G,) array
        Purchases beyond the share that make a first one possible.
    """

    names: tuple[str, ...]
    most_share: FloatArray
    allowance_mjpy: FloatArray

    def __len__(self) -> int:
        return len(self.names)


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
    """

    name: str
    void: tuple[int, ...] = ()
    partner: int = NONE


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
        In [0, 1).
    """

    aims: tuple[int, ...]
    probability: tuple[float, ...]
    worth: float
    gamma: float


@dataclass(frozen=True)
class Programme:
    """What may be done in which year, who pays, and what it is worth.

    Attributes
    ----------
    years : tuple of int
        Fiscal years.
    escalation : (T,) array
        Prices of each year over those of the price base.
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
    tails: tuple[Tail, ...] = ()
    escalation: FloatArray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if not len(self.escalation):
            object.__setattr__(self, "escalation", np.ones(len(self.years)))

    @property
    def views(self) -> tuple[View, ...]:
        """The views that aims are counted in, each once."""
        return tuple(dict.fromkeys((OURS, *(aim.view for aim in self.aims))))

    def fallen(self, view: int) -> BoolArray:
        """Return which arrangements are void in a view, (R,): also those that need a void one."""
        void = np.zeros(len(self.sharing), dtype=bool)
        void[list(self.views[view].void)] = True
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

    def in_service(self, i: int, tau: int, t: int) -> bool:
        """Whether a sensor ordered in a year is in service in another."""
        begins = tau + int(self.options.lead_years[i])
        return begins <= t < begins + int(self.options.life_years[i])

    def paid_mjpy(self, i: int, tau: int, t: int) -> float:
        """Return what an order costs in a year: its payment then, at prices of that year."""
        after = t - tau
        if not 0 <= after < self.options.payments_mjpy.shape[1]:
            return 0.0
        return float(self.options.payments_mjpy[i, after] * self.price_of(t))

    def price_of(self, t: int) -> float:
        """Return prices of a year over those of the base; years after the last cost as the last."""
        return float(self.escalation[min(t, len(self.years) - 1)])

    def capex_mjpy(self, i: int, tau: int) -> float:
        """Return all payments of an order, whenever they fall due."""
        span = range(tau, tau + self.options.payments_mjpy.shape[1])
        return sum(self.paid_mjpy(i, tau, t) for t in span)
