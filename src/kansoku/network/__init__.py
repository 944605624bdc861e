"""Who may watch: sites, sensors, partners and arrangements become contributors."""

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
