"""Who may watch: sites, sensors, partners and arrangements become contributors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.lazy import names_from

if TYPE_CHECKING:
    from kansoku.network.accounts import Accounts, accounts_of
    from kansoku.network.assembly import load
    from kansoku.network.contributors import (
        FAN,
        LASER,
        OPTICAL,
        PASSIVE_RF,
        RADAR,
        Arrangement,
        Network,
        Sensors,
    )
    from kansoku.network.purses import Purse
    from kansoku.network.sites import listing, site_position
    from kansoku.network.tables import Tables, load_tables
    from kansoku.network.tariffs import PriceBreak, Tariff, yearly_mjpy

__all__ = [
    "FAN",
    "LASER",
    "OPTICAL",
    "PASSIVE_RF",
    "RADAR",
    "Accounts",
    "Arrangement",
    "Network",
    "PriceBreak",
    "Purse",
    "Sensors",
    "Tables",
    "Tariff",
    "accounts_of",
    "listing",
    "load",
    "load_tables",
    "site_position",
    "yearly_mjpy",
]

__getattr__ = names_from(
    __name__,
    {
        "accounts": ("Accounts", "accounts_of"),
        "assembly": ("load",),
        "contributors": (
            "FAN",
            "LASER",
            "OPTICAL",
            "PASSIVE_RF",
            "RADAR",
            "Arrangement",
            "Network",
            "Sensors",
        ),
        "purses": ("Purse",),
        "sites": ("listing", "site_position"),
        "tables": ("Tables", "load_tables"),
        "tariffs": ("PriceBreak", "Tariff", "yearly_mjpy"),
    },
)
