"""What may be lost, one thing at a time: sites, countries, partners, links, makers in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.configfields import StressKind
from kansoku.design.programme.parts import NONE, Sharing
from kansoku.design.programme.programme import View
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network

IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Loss:
    """One case of stress.

    Attributes
    ----------
    name : str
        Its kind and what is lost.
    contributors : frozenset of int
        Sensors whose tracks are lost.
    void : frozenset of int
        Arrangements that fall.
    late : frozenset of int
        Candidates that come into service late.
    late_years : int
        By how much.
    """

    name: str
    contributors: frozenset[int]
    void: frozenset[int]
    late: frozenset[int] = frozenset()
    late_years: int = 0

    def within(self, other: Loss) -> bool:
        """Whether all that is lost here is lost in another case too."""
        as_late = other.late if self.late_years <= other.late_years else frozenset[int]()
        return (
            self.contributors <= other.contributors
            and self.void <= other.void
            and self.late <= as_late | other.contributors
        )


def losses_of(
    network: Network, accounts: Accounts, kinds: Sequence[StressKind], supplier_delay_years: int
) -> tuple[Loss, ...]:
    """List every case of some kinds of stress, in the order of the kinds and the tables.

    A partner that withdraws takes its data and the arrangements that it alone has signed, those
    that host sensors in its land among them. A pool goes on without a member, unless it needs
    another arrangement with that member. When the makers in a country cannot deliver, whatever is
    ordered from them comes so many years late, in whichever year it was ordered.
    """
    cases = {
        "site": lambda: _places("site", network.site),
        "country": lambda: _places("country", network.country),
        "sensor_type": lambda: _places("sensor_type", network.sensor_type),
        "owner_class": lambda: _places("owner_class", accounts.owner_class),
        "partner": lambda: _partners(network),
        "link": lambda: _carriers("link", network, [one.link for one in network.arrangements]),
        "centre": lambda: _carriers(
            "centre", network, [one.centre for one in network.arrangements]
        ),
        "supplier": lambda: _makers(network, accounts, supplier_delay_years),
    }
    return tuple(loss for kind in dict.fromkeys(kinds) for loss in cases[kind]())


def _places(kind: str, where: npt.NDArray[np.str_]) -> Iterator[Loss]:
    for name in dict.fromkeys(where.tolist()):
        if name:
            yield Loss(f"{kind} {name}", _members(where == name), frozenset())


def _partners(network: Network) -> Iterator[Loss]:
    arrangements = network.arrangements
    named = dict.fromkeys(p for one in arrangements for p in (one.partner, *one.parties))
    for name in named:
        own = (network.role == "partner") & (network.partner == name)
        void = [
            r for r, one in enumerate(arrangements) if name == one.partner or one.parties == (name,)
        ]
        yield Loss(f"partner {name}", _members(own), frozenset(void))


def _carriers(kind: str, network: Network, carrier: Sequence[str]) -> Iterator[Loss]:
    for name in dict.fromkeys(carrier):
        if name:
            void = frozenset(r for r, other in enumerate(carrier) if other == name)
            yield Loss(f"{kind} {name}", frozenset(), void)


def _makers(network: Network, accounts: Accounts, delay_years: int) -> Iterator[Loss]:
    """All sensors that are ordered from one country come late; what stands was delivered."""
    ordered = network.role == "candidate"
    for name in dict.fromkeys(accounts.supplier[ordered].tolist()):
        late = _members(ordered & (accounts.supplier == name))
        yield Loss(f"supplier {name}", frozenset(), frozenset(), late, delay_years)


def _members(which: npt.NDArray[np.bool_]) -> frozenset[int]:
    return frozenset(np.flatnonzero(which).tolist())


def view_after(loss: Loss, option: Mapping[int, int]) -> View:
    """Return how coverage is counted after a loss; `option` is by contributor."""
    late = tuple(sorted(option[c] for c in loss.late))
    name = f"{loss.name} late" if late else f"without {loss.name}"
    return View(name, tuple(sorted(loss.void)), late=late, late_years=loss.late_years)


def telling(
    losses: Sequence[Loss], counted: IndexArray, sharing: Sharing, hosts: IndexArray
) -> tuple[Loss, ...]:
    """Keep the cases that a floor must name: those that no other case holds within it.

    Coverage never rises when more is lost, so a floor on the larger loss holds for the smaller.
    Arrangements that need a void one are void; those that neither open sensors nor host any are
    not told apart.

    Parameters
    ----------
    losses : sequence of Loss
    counted : int array
        Contributors that count in the study.
    sharing : Sharing
    hosts : (I,) intp array
        Arrangement that hosts each option.
    """
    used = frozenset(counted.tolist())
    mattering = frozenset(np.flatnonzero(sharing.received.any(axis=1)).tolist())
    mattering |= frozenset(hosts.tolist()) - {NONE}
    reduced = [
        replace(
            loss,
            contributors=loss.contributors & used,
            void=_fallen(sharing, loss.void) & mattering,
            late=loss.late & used,
        )
        for loss in losses
    ]
    kept: list[Loss] = []
    for number, loss in enumerate(reduced):
        later = reduced[number + 1 :]
        implied = any(loss.within(other) for other in kept) or any(
            loss.within(other) and not other.within(loss) for other in later
        )
        if not implied and (loss.contributors or loss.void or loss.late):
            kept.append(loss)
    return tuple(kept)


def _fallen(sharing: Sharing, void: frozenset[int]) -> frozenset[int]:
    lost = np.zeros(len(sharing), dtype=bool)
    lost[list(void)] = True
    return frozenset(np.flatnonzero(sharing.void_with(lost)).tolist())
