"""Who may watch: sites, sensors, partners and arrangements become contributors."""

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
from kansoku.network.sites import listing, site_position
from kansoku.network.tables import Tables, load_tables

__all__ = [
    "FAN",
    "LASER",
    "OPTICAL",
    "PASSIVE_RF",
    "RADAR",
    "Arrangement",
    "Network",
    "Sensors",
    "Tables",
    "listing",
    "load",
    "load_tables",
    "site_position",
]
