"""The arrangements on offer as those of a programme: tiers, money, needs and exclusions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.design.programme.funding import costs_mjpy, purse_index
from kansoku.design.programme.parties import Party, given, received
from kansoku.design.programme.parts import Purses, Sharing
from kansoku.errors import DesignError
from kansoku.network.sharing import Arrangement

IndexArray = npt.NDArray[np.intp]


def sharing_of(
    arrangements: Sequence[Arrangement],
    parties: Sequence[Party],
    purses: Purses,
    coverage: CoverageSection,
) -> Sharing:
    """Return the arrangements on offer.

    Raises
    ------
    DesignError
        When an arrangement is paid by a purse that is not there or never opens, or needs another
        of which none is on offer.
    """
    return Sharing(
        names=tuple(one.id for one in arrangements),
        partners=tuple(party.name for party in parties),
        received=received(arrangements, parties, coverage),
        given=given(arrangements, parties),
        setup_mjpy=_numbers(one.setup_mjpy + one.gateway_mjpy for one in arrangements),
        fee_mjpy=_numbers(one.fee_mjpy_per_year for one in arrangements),
        purse=np.array([_payer(one, purses) for one in arrangements], dtype=np.intp),
        lead_years=_years(one.lead_years for one in arrangements),
        term_years=_years(one.term_years for one in arrangements),
        notice_years=_years(one.notice_years for one in arrangements),
        in_force=np.array([one.in_force for one in arrangements], dtype=bool),
        needs=tuple(_needs(one, arrangements) for one in arrangements),
        excludes=exclusions(arrangements),
        onward=np.array([one.third_party_release for one in arrangements], dtype=bool),
    )


def _numbers(values: Iterable[float]) -> npt.NDArray[np.float64]:
    return np.array(list(values), dtype=float)


def _years(values: Iterable[int]) -> IndexArray:
    return np.array(list(values), dtype=np.intp)


def _payer(one: Arrangement, purses: Purses) -> int:
    return purse_index(purses, one.purse, f"arrangement {one.id}", free=costs_mjpy(one) == 0.0)


def _needs(one: Arrangement, arrangements: Sequence[Arrangement]) -> tuple[tuple[int, ...], ...]:
    """Prerequisites as numbers; those that are not on offer cannot be met."""
    number = {other.id: r for r, other in enumerate(arrangements)}
    groups = []
    for group in one.needs:
        groups.append(tuple(number[name] for name in group if name in number))
        if not groups[-1]:
            raise DesignError(
                f"network.arrangements: {one.id} needs {' or '.join(group)}, not on offer; "
                f"add {group[0]}, or remove {one.id}"
            )
    return tuple(groups)


def exclusions(arrangements: Sequence[Arrangement]) -> tuple[tuple[int, ...], ...]:
    """Merge pairs that exclude each other into groups of which at most one is in force.

    A group is as large as it can be: sum m <= 1 over three is sharper than over their three pairs.
    """
    number = {one.id: r for r, one in enumerate(arrangements)}
    beside: dict[int, set[int]] = {r: set() for r in number.values()}
    for one in arrangements:
        for other in (number[name] for name in one.excludes if name in number):
            beside[number[one.id]].add(other)
            beside[other].add(number[one.id])
    left = {(a, b) for a, others in beside.items() for b in others if a < b}
    groups = []
    while left:
        first = min(left)
        group = list(first)
        for third in sorted(beside[first[0]] & beside[first[1]]):
            if all(third in beside[member] for member in group):
                group.append(third)
        groups.append(tuple(sorted(group)))
        left = {(a, b) for a, b in left if not {a, b} <= set(group)}
    return tuple(groups)
