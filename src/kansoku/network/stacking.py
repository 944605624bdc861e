"""One contributor as a record, and many of them as the arrays of a `Network`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.network import climate
from kansoku.network.costs import Levels
from kansoku.network.sensors import Record, stack
from kansoku.network.tables import Row

FREE: Levels = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Contributor:
    """One physical sensor, existing or possible; the attributes are those of `Network`.

    `capex`, `opex` and `cost` hold the low, mid and high value. [million JPY, opex a year]
    """

    id: str
    name: str
    record: Record
    role: str
    owner: str
    country: str
    site: str
    sensor_type: str
    confidence: str
    source: str
    partner: str = ""
    capex: Levels = FREE
    opex: Levels = FREE
    cost: Levels = FREE
    service_fy: float = np.nan
    clear_fraction: npt.NDArray[np.float64] = field(default_factory=lambda: np.ones(12))
    sky_brightness: float = np.nan
    climate_site: str = ""

    def under(self, site: Row) -> Contributor:
        """Return the same contributor under the clear nights and the sky of a candidate site."""
        return replace(
            self,
            clear_fraction=climate.clear_fraction(site),
            sky_brightness=climate.sky_brightness(site),
            climate_site=site.text("id"),
        )


_TEXTS = (
    "id", "name", "role", "owner", "country", "partner", "site", "sensor_type", "confidence",
    "source", "climate_site",
)  # fmt: skip


def arrays(contributors: Sequence[Contributor], level: int) -> dict[str, Any]:
    """Fields of `Network` over contributor C, in the order given.

    Parameters
    ----------
    contributors : sequence of Contributor
    level : int
        0, 1 or 2: which of low, mid and high is paid.
    """
    texts = {
        name: np.array([getattr(one, name) for one in contributors], dtype=np.str_)
        for name in _TEXTS
    }
    clear = [one.clear_fraction for one in contributors]
    return {
        **texts,
        "sensors": stack([one.record for one in contributors]),
        "capex_mjpy": _column([one.capex[level] for one in contributors]),
        "opex_mjpy_per_year": _column([one.opex[level] for one in contributors]),
        "service_fy": _column([one.service_fy for one in contributors]),
        "cost_mjpy": _column([one.cost[level] for one in contributors]),
        "cost_low_mjpy": _column([one.cost[0] for one in contributors]),
        "cost_mid_mjpy": _column([one.cost[1] for one in contributors]),
        "cost_high_mjpy": _column([one.cost[2] for one in contributors]),
        "clear_fraction": np.array(clear).reshape(len(contributors), 12),
        "sky_brightness": _column([one.sky_brightness for one in contributors]),
    }


def weakest(*classes: str) -> str:
    """Weakest of some confidence classes; empty ones say nothing."""
    return max(one for one in classes if one)


def _column(values: Sequence[float]) -> npt.NDArray[np.float64]:
    return np.array(values, dtype=np.float64)
