"""Who pays for each contributor, who makes it, and who may see its data: inputs over the years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kansoku.config import DesignSection, NetworkSection
from kansoku.errors import NetworkError
from kansoku.network.ceilings import ceilings
from kansoku.network.contributors import KIND_WORDS, Network
from kansoku.network.purses import Purse, purses_of
from kansoku.network.sharing import Arrangement
from kansoku.network.suppliers import supplier
from kansoku.network.tables import Tables, load_tables
from kansoku.network.tariffs import Tariff, tariffs_of

FloatArray = npt.NDArray[np.float64]
TextArray = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Accounts:
    """What a choice over fiscal years must know of a network beyond one period.

    Attributes
    ----------
    purses : tuple of Purse
    tariffs : dict of id to Tariff
        At the level that is paid.
    partners : (P,) array of str
        Parties of the arrangements on offer, in the order of their first.
    purse : (C,) array of str
        Purse that builds and runs a candidate; '' for the others.
    owner_class : (C,) array of str
        Of the owner's sensors and candidates; '' for those of others.
    supplier : (C,) array of str
        Country that makes a candidate, ISO 3166-1 alpha-3; '' for sensors that exist.
    staff_fte : (C,) array
        People who run a candidate in service; 0 for sensors that exist. [full-time equivalents]
    life_years : (C,) array
        Fiscal years in service of a candidate; infinite for sensors that exist. [yr]
    build_years : (C,) array of int
        Fiscal years from the order to the first in service, over which capital is paid; 0 for
        sensors that exist. [yr]
    host : (C,) array of str
        Id of the hosted arrangement on offer that a candidate abroad needs; '' where none is.
    release_ceiling : (C, P) int8 array
        Highest information tier of its data that may go to a partner; 0 where nothing may.
    partner_slot_share, reserve_share : (C,) arrays
        Share of the track slots of the owner's sensors that a partner takes to whom tracks are
        released, and share that is kept; 0 for those of others.
    satcat_owners : dict of str to tuple of str
        Codes under which the satellites of a state are in SATCAT, jointly owned ones included.
    """

    purses: tuple[Purse, ...]
    tariffs: dict[str, Tariff]
    partners: TextArray
    purse: TextArray
    owner_class: TextArray
    supplier: TextArray
    staff_fte: FloatArray
    life_years: FloatArray
    build_years: npt.NDArray[np.int64]
    host: TextArray
    release_ceiling: npt.NDArray[np.int8]
    partner_slot_share: FloatArray
    reserve_share: FloatArray
    satcat_owners: dict[str, tuple[str, ...]] = field(default_factory=dict)


def accounts_of(
    network: Network,
    section: NetworkSection,
    design: DesignSection,
    tables: Tables | None = None,
) -> Accounts:
    """Gather who pays, who makes and who may see, contributor by contributor.

    Parameters
    ----------
    network : Network
        As `load` gives it.
    section, design : NetworkSection, DesignSection
        Those of `network`.
    tables : Tables, optional
        Those of `network`; the packaged ones when omitted.

    Raises
    ------
    NetworkError
        For a candidate that no purse pays for, or whose maker no row names, and a kind of sensor
        without slot shares.
    """
    tables = load_tables() if tables is None else tables
    purses = purses_of(tables, section.cost_level)
    payer = _payers(network, purses)
    classes = _owner_classes(network, section.owner, payer, purses, tables)
    partners = tuple(dict.fromkeys(p for one in network.arrangements for p in one.parties))
    return Accounts(
        purses=purses,
        tariffs=tariffs_of(tables, section.cost_level),
        partners=np.array(partners, dtype=np.str_),
        purse=payer,
        owner_class=classes,
        supplier=_suppliers(network, tables),
        staff_fte=_of_type(network, tables, "staff_fte", otherwise=0.0),
        life_years=_of_type(network, tables, "lifetime_yr", otherwise=np.inf),
        build_years=_build_years(network, design),
        host=hosts(network, section.owner),
        release_ceiling=ceilings(
            tables.release_ceilings, section.owner, _plain_ids(network), classes.tolist(), partners
        ),
        partner_slot_share=_of_kind(network, tables, "partner_share"),
        reserve_share=_of_kind(network, tables, "reserve_share"),
        satcat_owners={
            row.text("id"): tuple(row.text("satcat_owners").split()) for row in tables.partners
        },
    )


def hosts(network: Network, owner: str) -> TextArray:
    """Hosted arrangement on offer that each candidate abroad needs, (C,); '' where none is."""
    lends = {
        country: one.id
        for one in network.arrangements
        if one.kind == "hosted"
        for country in one.parties
    }
    return _texts(
        lends.get(country, "") if role == "candidate" and country != owner else ""
        for role, country in zip(network.role.tolist(), network.country.tolist(), strict=True)
    )


def arrangements_of(network: Network, partner: str) -> tuple[Arrangement, ...]:
    """Arrangements on offer that open the sensors of a partner: those with p in P_r."""
    return tuple(one for one in network.arrangements if one.opens_data and partner in one.parties)


def _payers(network: Network, purses: Sequence[Purse]) -> TextArray:
    payer = {kind: purse.id for purse in purses for kind in purse.sensor_types}
    types = network.sensor_type[network.role == "candidate"].tolist()
    if unpaid := [kind for kind in dict.fromkeys(types) if kind not in payer]:
        raise NetworkError(
            f"purses.csv: no purse pays for {', '.join(unpaid)}; name the types in sensor_types "
            "of a purse"
        )
    return _candidates_only(network, payer)


def _owner_classes(
    network: Network, owner: str, payer: TextArray, purses: Sequence[Purse], tables: Tables
) -> TextArray:
    built_by = {purse.id: purse.owner_class for purse in purses}
    existing = {row.text("id"): row.text("owner_class") for row in tables.sensors_existing}
    return _texts(
        built_by[purse] if purse else existing[name] if role == "own" else ""
        for purse, name, role in zip(
            payer.tolist(), network.id.tolist(), network.role.tolist(), strict=True
        )
    )


def _suppliers(network: Network, tables: Tables) -> TextArray:
    return _texts(
        supplier(tables.suppliers, name, kind)[0] if role == "candidate" else ""
        for name, kind, role in zip(
            _plain_ids(network), network.sensor_type.tolist(), network.role.tolist(), strict=True
        )
    )


def _of_type(network: Network, tables: Tables, column: str, otherwise: float) -> FloatArray:
    by_type = {row.text("id"): row for row in tables.sensor_types}
    return np.array(
        [
            by_type[kind].number(column) if role == "candidate" else otherwise
            for kind, role in zip(network.sensor_type.tolist(), network.role.tolist(), strict=True)
        ],
        dtype=np.float64,
    )


def _of_kind(network: Network, tables: Tables, column: str) -> FloatArray:
    """Return a share of release_slots.csv for each of the owner's sensors, (C,)."""
    share = {row.text("kind"): row.number(column) for row in tables.release_slots}
    kinds = [KIND_WORDS[kind] for kind in network.sensors.kind.tolist()]
    ours = (network.role != "partner").tolist()
    absent = {kind for kind, mine in zip(kinds, ours, strict=True) if mine and kind not in share}
    if absent:
        raise NetworkError(
            f"release_slots.csv: no row {', '.join(sorted(absent))}; add what partners take"
        )
    return np.array([share[kind] if mine else 0.0 for kind, mine in zip(kinds, ours, strict=True)])


def _build_years(network: Network, design: DesignSection) -> npt.NDArray[np.int64]:
    """Years of building; a type that is there at once is still paid for in one year."""
    built = network.role == "candidate"
    years = np.where(built, network.service_fy - design.decision_fy, 0.0)
    return np.where(built, np.maximum(years, 1.0), 0.0).astype(np.int64)


def _plain_ids(network: Network) -> list[str]:
    """Ids as tables name them: candidates as site and type, whoever the owner is."""
    columns = (network.id, network.role, network.site, network.sensor_type)
    return [
        f"{site}/{kind}" if role == "candidate" else name
        for name, role, site, kind in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _candidates_only(network: Network, by_type: dict[str, str]) -> TextArray:
    return _texts(
        by_type[kind] if role == "candidate" else ""
        for kind, role in zip(network.sensor_type.tolist(), network.role.tolist(), strict=True)
    )


def _texts(values: Iterable[str]) -> TextArray:
    return np.array(list(values), dtype=np.str_)
