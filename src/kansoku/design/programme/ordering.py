"""What may be ordered: candidates and the owner's standing sensors as options of a programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kansoku.configfields import SensorKind
from kansoku.configprogramme import OTHERS, SlotsSection, SupplierSection
from kansoku.constants import LEVELS
from kansoku.design.programme.funding import purse_index
from kansoku.design.programme.parties import Party
from kansoku.design.programme.parts import NONE, Industry, Options, Places, Purses, Release, Sharing
from kansoku.design.programme.release import TRACKS
from kansoku.errors import DesignError
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import KIND_WORDS, Network
from kansoku.network.purses import Purse

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
TextArray = npt.NDArray[np.str_]

ROUNDING = 1e-9
"""Of shares that are written in decimal."""

NO_LIMIT = SupplierSection(share_max=1.0)

NEVER = -1
"""Latest year of an order that is not possible."""


def options_of(
    network: Network,
    accounts: Accounts,
    members: IndexArray,
    purses: Purses,
    sharing: Sharing,
    years: int,
) -> Options:
    """Return contributors of the owner as options: candidates to be ordered, others standing.

    An order whose payments run longer than its purse may sign for (`Purse.authority_years`) is
    not possible. Sensors that stand cost nothing beyond what they cost today and are kept.

    Parameters
    ----------
    network, accounts : Network, Accounts
    members : (I,) intp array
        Contributors.
    purses, sharing : Purses, Sharing
    years : int
        T.

    Raises
    ------
    DesignError
        When a candidate is paid by a purse that never opens.
    """
    standing = network.role[members] != "candidate"
    payments = _payments(network, accounts, members)
    build = accounts.build_years[members].astype(np.intp)
    life = np.where(standing, years, np.minimum(accounts.life_years[members], 2 * years))
    host = [sharing.names.index(name) if name else NONE for name in accounts.host[members]]
    place_of, _ = _places(network, accounts, members)
    return Options(
        names=tuple(network.id[members].tolist()),
        site=place_of,
        mount=np.full(len(members), NONE, dtype=np.intp),
        supplier=_numbers(accounts.supplier[members], suppliers(accounts, members)),
        purse=_payers(network, accounts, members, purses),
        payments_mjpy=payments,
        opex_mjpy=np.where(standing, 0.0, network.opex_mjpy_per_year[members]),
        lead_years=np.where(standing, 0, build),
        life_years=life.astype(np.intp),
        earliest=np.zeros(len(members), dtype=np.intp),
        latest=np.where(_too_long(accounts, members), NEVER, years - 1),
        standing=standing,
        retirable=np.zeros(len(members), dtype=bool),
        staff=np.where(standing, 0.0, accounts.staff_fte[members]),
        host=np.array(host, dtype=np.intp),
    )


def places_of(
    network: Network, accounts: Accounts, members: IndexArray, purses: Purses, level: str
) -> Places:
    """Return the sites of candidates; where two purses build, each opens its own part."""
    _, places = _places(network, accounts, members)
    shared = [site for site, _ in places]
    at = LEVELS.index(level)
    return Places(
        names=tuple(
            f"{site} ({purse})" if shared.count(site) > 1 else site for site, purse in places
        ),
        opening_mjpy=np.array([network.site_opening_mjpy[site][at] for site, _ in places]),
        purse=np.array([purses.names.index(purse) for _, purse in places], dtype=np.intp),
        most_sensors=np.full(len(places), np.inf),
    )


def suppliers(accounts: Accounts, members: IndexArray) -> tuple[str, ...]:
    """Return the countries that make something, in the order of the options."""
    return tuple(dict.fromkeys(name for name in accounts.supplier[members].tolist() if name))


def industry_of(
    accounts: Accounts, members: IndexArray, asked: Mapping[str, SupplierSection]
) -> Industry:
    """Return the supplier countries, and how much may be bought of each.

    Parameters
    ----------
    accounts : Accounts
    members : (I,) intp array
    asked : mapping of country to SupplierSection
        `design.programme.suppliers`.

    Raises
    ------
    DesignError
        For a country that makes nothing on offer, and where the shares leave nothing to be bought.
    """
    names = suppliers(accounts, members)
    for country in asked:
        if country not in (*names, OTHERS):
            raise DesignError(
                f"design.programme.suppliers.{country}: makes nothing that the study offers; "
                f"choose from {', '.join(names)}, or remove it"
            )
    limits = [asked.get(name, asked.get(OTHERS, NO_LIMIT)) for name in names]
    share = np.array([one.share_max for one in limits])
    allowance = np.array([one.allowance_mjpy for one in limits])
    if len(names) and share.sum() < 1.0 - ROUNDING and not allowance.any():
        raise DesignError(
            f"design.programme.suppliers: shares of {', '.join(names)} add up to {share.sum():g}, "
            "so nothing at all may be bought; raise a share, or give an allowance_mjpy"
        )
    return Industry(names, share, allowance)


def release_of(
    network: Network,
    accounts: Accounts,
    members: IndexArray,
    parties: Sequence[Party],
    worth: FloatArray,
    sharing: Sharing,
    asked: Mapping[SensorKind, SlotsSection],
) -> Release:
    """Return what may leave to whom, and what track slots that takes.

    Where all partners who may get tracks of a sensor take no more than is not kept, slots limit
    nothing and are left out.

    Parameters
    ----------
    network, accounts : Network, Accounts
    members : (I,) intp array
    parties : sequence of P Party
    worth : (Q,) array
        What our track is worth to a partner by tier.
    sharing : Sharing
    asked : mapping of kind to SlotsSection
        `design.programme.slots`, before the tables.
    """
    known = accounts.partners.tolist()
    ceiling = np.zeros((len(members), len(parties)), dtype=np.intp)
    for p, party in enumerate(parties):
        ceiling[:, p] = accounts.release_ceiling[members, known.index(party.of)]
    share, reserve = _slot_shares(network, accounts, members, asked)
    takers = (ceiling >= TRACKS) & (sharing.given >= TRACKS).any(axis=0)
    slots = share[:, None] * takers
    scarce = slots.sum(axis=1) > 1.0 - reserve + ROUNDING
    return Release(
        ceiling=ceiling,
        slots=slots * scarce[:, None],
        reserve=np.where(scarce, reserve, 0.0),
        profile=np.tile(worth, (len(parties), 1)),
    )


def _slot_shares(
    network: Network,
    accounts: Accounts,
    members: IndexArray,
    asked: Mapping[SensorKind, SlotsSection],
) -> tuple[FloatArray, FloatArray]:
    """Return what a partner takes of the slots of each sensor, and what is kept, (I,) each."""
    share = accounts.partner_slot_share[members].copy()
    reserve = accounts.reserve_share[members].copy()
    for kind, said in asked.items():
        mine = network.sensors.kind[members] == KIND_WORDS.index(kind)
        if said.partner_share is not None:
            share[mine] = said.partner_share
        if said.reserve_share is not None:
            reserve[mine] = said.reserve_share
    return share, reserve


def _payments(network: Network, accounts: Accounts, members: IndexArray) -> FloatArray:
    """Capital by year of building, (I, D). [million JPY]"""
    purse = {one.id: one for one in accounts.purses}
    rows = [
        _shares(purse.get(str(accounts.purse[c])), int(accounts.build_years[c])) for c in members
    ]
    table = np.zeros((len(members), max((len(row) for row in rows), default=1)))
    for i, (row, c) in enumerate(zip(rows, members, strict=True)):
        table[i, : len(row)] = network.capex_mjpy[c] * np.array(row)
    return table


def _shares(purse: Purse | None, build_years: int) -> tuple[float, ...]:
    return purse.payments(build_years) if purse else (0.0,)


def _too_long(accounts: Accounts, members: IndexArray) -> npt.NDArray[np.bool_]:
    authority = {purse.id: purse.authority_years for purse in accounts.purses}
    most = [authority.get(name, np.inf) for name in accounts.purse[members].tolist()]
    return np.asarray(accounts.build_years[members] > most)


def _payers(
    network: Network, accounts: Accounts, members: IndexArray, purses: Purses
) -> IndexArray:
    return np.array(
        [
            purse_index(purses, str(accounts.purse[c]), f"candidate {network.id[c]}")
            if network.role[c] == "candidate"
            else NONE
            for c in members
        ],
        dtype=np.intp,
    )


def _places(
    network: Network, accounts: Accounts, members: IndexArray
) -> tuple[IndexArray, list[tuple[str, str]]]:
    """Number the pairs of a site and a purse that builds there; `NONE` for standing sensors."""
    of = [
        (str(network.site[c]), str(accounts.purse[c])) if network.role[c] == "candidate" else None
        for c in members
    ]
    places = [place for place in dict.fromkeys(of) if place is not None]
    number = {place: s for s, place in enumerate(places)}
    at = [NONE if place is None else number[place] for place in of]
    return np.array(at, dtype=np.intp), places


def _numbers(names: TextArray, known: Sequence[str]) -> IndexArray:
    return np.array([known.index(n) if n else NONE for n in names.tolist()], dtype=np.intp)
