"""Which countries make what is ordered, and how much may be bought of each."""

from __future__ import annotations

import numpy as np

from kansoku.cubes.coordinates import sensor_rows
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, money, text
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.review import Outcome


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of the supplier countries, and the maker of each sensor."""
    rows = sensor_rows(found.network)
    return {
        "supplier": text(
            ("supplier",), found.programme.industry.names, "country that makes sensors"
        ),
        "sensor_supplier": text(
            ("sensor",),
            found.accounts.supplier[rows],
            "country that makes a candidate, empty for sensors that exist",
        ),
    }


def purchases(found: ProgrammeFindings) -> Variables:
    """Capital of all orders by country of the maker, and its limits."""
    industry = found.programme.industry
    return {
        "supplier_capex": money(
            ("design", "supplier"),
            np.stack([_bought(found, one) for one in found.outcomes]),
            "capital of all orders from the country, whenever it is paid, at the price base",
        ),
        "supplier_share_max": fraction(
            ("supplier",), industry.most_share, "largest share of the capital of all orders"
        ),
        "supplier_allowance": money(
            ("supplier",), industry.allowance_mjpy, "capital that may go beyond the share"
        ),
    }


def _bought(found: ProgrammeFindings, outcome: Outcome) -> np.ndarray:
    options, industry = found.programme.options, found.programme.industry
    bought = np.zeros(len(industry))
    ordered = np.flatnonzero((outcome.ordered != NONE) & (options.supplier != NONE))
    capital = options.payments_mjpy[ordered].sum(axis=1)
    np.add.at(bought, options.supplier[ordered], capital)
    return bought
