"""Which countries make what is ordered, on the page."""

from __future__ import annotations

from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import country, mjpy, percent


def makers(figures: Figures) -> list[str]:
    """Return a section with the capital that goes to each country, none where none is ordered.

    Parameters
    ----------
    figures : dict
        As `fiscal.summary` reads them.
    """
    bought = [one for one in figures["suppliers"] if one["capex_mjpy"] > 0]
    if not bought:
        return []
    rows = [
        (
            country(one["country"]),
            mjpy(one["capex_mjpy"]),
            percent(one["share"]),
            percent(one["share_max"]) if one["share_max"] < 1 else "-",
            mjpy(one["allowance_mjpy"]) if one["share_max"] < 1 else "-",
        )
        for one in bought
    ]
    note = (
        f"Capital of all orders by country of the maker, in million yen, whenever it is paid, at "
        f"{figures['study']['price_base']}. At most: largest share of all of it, and what may go "
        "beyond."
    )
    header = ("Made in", "Capital>", "Share>", "At most>", "Beyond>")
    return ["## Who builds it", table(header, rows), paragraph(note)]
