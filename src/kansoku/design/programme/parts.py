"""The parts of a programme: who pays, where sensors may stand, what may be ordered, who shares.

Years are counted from 0, the year of the first decision; T is their number. Money is million JPY
at a fixed price base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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

    def with_needs(self, r: int) -> list[int]:
        """Return an arrangement and all that it needs, of each group the cheapest."""
        needed, waiting = [r], [r]
        while waiting:
            for group in self.needs[waiting.pop()]:
                if not any(other in needed or self.in_force[other] for other in group):
                    cheapest = min(group, key=lambda other: float(self.fee_mjpy[other]))
                    needed.append(cheapest)
                    waiting.append(cheapest)
        return needed

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
