"""States whose satellites are watched for them, on the page: promised, and reached."""

from __future__ import annotations

from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import counted, country, listed, percent


def served(figures: Figures) -> list[str]:
    """Return a section with what each state gets in every year, none where none is served.

    Parameters
    ----------
    figures : dict
        As `fiscal.summary` reads them.
    """
    states = figures["beneficiaries"]
    if not states:
        return []
    rows = [
        (f"FY{year['fiscal_year']}", *(_reached(one["years"][t]) for one in states))
        for t, year in enumerate(states[0]["years"])
    ]
    names = listed(
        [
            f"{country(one['state'])} ({counted(one['satellites'], 'satellite')}, "
            f"{one['arrangement']})"
            for one in states
        ]
    )
    note = (
        f"Served: {names}. Credited coverage of the satellites of each state, every satellite "
        "alike, and in brackets the least that it is promised from the year in which the service "
        "must be in force."
    )
    header = ("Year", *(f"{country(one['state'])}>" for one in states))
    return ["## Service to other states", table(header, rows), paragraph(note)]


def _reached(year: Figures) -> str:
    floor = f" ({percent(year['floor'])})" if year["floor"] else ""
    return f"{percent(year['fraction']['chosen'])}{floor}"
