"""The part of the page on losses: what each leaves, and what no one may lose."""

from __future__ import annotations

from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import counted, country, fall, listed, loss, percent, the_country

MOST_LOSSES = 15
"""Rows of the table."""

MOST_PAIRS = 3


def lost(figures: Figures) -> list[str]:
    """Write what each loss leaves in the last year, single points of failure, and late orders.

    Parameters
    ----------
    figures : dict
        Of `fiscal.readings`.
    """
    year = figures["by_year"][-1]["fiscal_year"]
    title = f"## If something is lost in FY{year}"
    harmful = [one for one in figures["losses"] if one["credited_lost"] > 0]
    if not harmful:
        return [title, "No single loss takes any coverage."]
    rows = [
        (
            f"{one['kind'].replace('_', ' ')} {country(one['label'])}",
            percent(one["credited_left"]),
            fall(one["credited_lost"]),
            percent(one["floor"]) if one["floor"] else "-",
            fall(one["own_plain_lost"]),
            str(len(one["sensors_lost"])),
            str(len(one["arrangements_void"])),
        )
        for one in harmful[:MOST_LOSSES]
    ]
    header = (
        "Lost", "Credited left>", "Change>", "Floor>", "Own alone>", "Sensors>", "Agreements>"
    )  # fmt: skip
    rest = len(harmful) - len(rows)
    more = f" {rest} smaller losses are" if rest > 1 else " One smaller loss is"
    note = (
        "One loss at a time, worst first: what is left of credited coverage, its change and that "
        "of what the owner covers alone, in points. A partner that withdraws takes its data and "
        "what it alone has signed. Sensors, agreements: those in use that fall; with an agreement "
        "go the data that it brings and the sensors that it hosts."
    ) + (f"{more} in answer.json." if rest else "")
    said = [paragraph(_single_points(figures)), *_pairs(figures), *_late_orders(figures)]
    return [title, table(header, rows), paragraph(note), *said]


def _pairs(figures: Figures) -> list[str]:
    """What the worst pairs of losses leave, where pairs were asked for."""
    if not figures["pairs"]:
        return []
    by_pair = {(one["first"]["name"], one["second"]["name"]): one for one in figures["pairs"][::-1]}
    worst = sorted(by_pair.values(), key=lambda one: one["credited_left"])  # in its worst year each
    said = [
        f"{loss(**_words(one['first']))} with {loss(**_words(one['second']))} "
        f"({percent(one['credited_left'])} left in FY{one['fiscal_year']})"
        for one in worst[:MOST_PAIRS]
    ]
    return [
        paragraph(
            f"**Two losses at once.** Whichever two of the losses asked for come together, at "
            f"least {percent(figures['pairs'][0]['floor'])} must be left. The worst: "
            f"{listed(said)}."
        )
    ]


def _words(one: Figures) -> dict[str, str]:
    return {"kind": one["kind"], "name": one["label"]}


def _late_orders(figures: Figures) -> list[str]:
    """What orders that come late take, each in the year in which they take most."""
    harmful = [one for one in figures["late_orders"] if one["credited_lost"] > 0]
    if not harmful:
        return []
    said = [
        f"from {the_country(one['label'])} {fall(one['credited_lost'])} points in "
        f"FY{one['fiscal_year']}, to {percent(one['credited_left'])}"
        for one in harmful
    ]
    years = counted(harmful[0]["delay_years"], "year")
    return [
        paragraph(
            f"**Late orders.** Were all orders from one country {years} late, credited coverage "
            f"would change most in these years: {'; '.join(said)}."
        )
    ]


def _single_points(figures: Figures) -> str:
    share = figures["single_point_share"]
    found = [one for one in figures["losses"] if (one["share_lost"] or 0.0) > share]
    if not found:
        return (
            f"**Single points of failure.** None: no single loss takes more than {percent(share)} "
            "of the credited coverage."
        )
    names = listed(
        [f"{loss(one['kind'], one['label'])} ({percent(one['share_lost'])})" for one in found]
    )
    return (
        f"**Single points of failure.** More than {percent(share)} of the credited coverage goes "
        f"with each of: {names}."
    )
