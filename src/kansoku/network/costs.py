"""What a candidate or an arrangement costs from the decision year to the horizon.

Everything is million JPY at fixed prices and undiscounted:

    candidate     capex + opex * (years in service)
    arrangement   set-up + gateway + (fee + data bought) * (years from the decision to the horizon,
                  both counted)

A candidate is ordered in the decision year and enters service `ceil(build_months / 12)` years
later; that year and the horizon year both count (A-NET-COST-YEARS).
"""

from __future__ import annotations

import math

from kansoku.config import DesignSection
from kansoku.constants import LEVELS
from kansoku.errors import NetworkError
from kansoku.network.tables import Row

Levels = tuple[float, float, float]
"""The low, mid and high value of one amount."""

MONTHS_PER_YEAR = 12
JPY_PER_MJPY = 1e6


def service_fy(kind: Row, design: DesignSection) -> int:
    """First fiscal year in service of a sensor type ordered in the decision year."""
    return design.decision_fy + math.ceil(kind.number("build_months") / MONTHS_PER_YEAR)


def years_in_service(kind: Row, design: DesignSection) -> int:
    """Fiscal years in service up to the horizon; 0 when it comes too late."""
    return max(0, design.horizon_fy - service_fy(kind, design) + 1)


def years_of_fees(design: DesignSection) -> int:
    """Fiscal years in which an arrangement is paid for."""
    return design.horizon_fy - design.decision_fy + 1


def in_mjpy(kind: Row, stem: str, jpy_per_usd: float) -> Levels:
    """Low, mid and high of a USD amount of a sensor type. [million JPY]"""
    low, mid, high = (usd * jpy_per_usd / JPY_PER_MJPY for usd in kind.levels(stem))
    return low, mid, high


def candidate_mjpy(kind: Row, design: DesignSection, jpy_per_usd: float) -> Levels:
    """Capital and running cost of a sensor type to the horizon. [million JPY]"""
    years = years_in_service(kind, design)
    capex = in_mjpy(kind, "capex_usd", jpy_per_usd)
    opex = in_mjpy(kind, "opex_usd_yr", jpy_per_usd)
    low, mid, high = (once + years * yearly for once, yearly in zip(capex, opex, strict=True))
    return low, mid, high


def arrangement_mjpy(row: Row, design: DesignSection, data: Levels = (0.0, 0.0, 0.0)) -> Levels:
    """Set-up, gateway, fees and data of an arrangement to the horizon. [million JPY]

    Parameters
    ----------
    row : Row
        A row of arrangements.csv.
    design : DesignSection
    data : (low, mid, high)
        What the tariff of a purchase asks a year. [million JPY/yr]
    """
    years = years_of_fees(design)
    stems = (row.levels("setup_mjpy"), row.levels("gateway_mjpy"), row.levels("fee_mjpy_yr"), data)
    low, mid, high = (
        setup + gateway + years * (fee + bought)
        for setup, gateway, fee, bought in zip(*stems, strict=True)
    )
    return low, mid, high


def opening_mjpy(site: Row, owner: str, opening: tuple[Row, ...]) -> Levels:
    """Cost of opening a site, with what a host other than the owner adds. [million JPY]"""
    infrastructure = site.text("infrastructure")
    classes = {name: row for row in opening for name in row.text("infrastructure").split(";")}
    amounts = [classes[infrastructure].levels("opening_mjpy")]
    if site.text("country") != owner:
        amounts.append(_abroad(opening).levels("opening_mjpy"))
    low, mid, high = (sum(level) for level in zip(*amounts, strict=True))
    return low, mid, high


def _abroad(opening: tuple[Row, ...]) -> Row:
    for row in opening:
        if row.text("id") == "abroad":
            return row
    raise NetworkError(
        "site_opening.csv: no row abroad; restore it, with zeros if it costs nothing"
    )


def at(level: str, levels: Levels) -> float:
    """Amount at the named level."""
    return levels[LEVELS.index(level)]
