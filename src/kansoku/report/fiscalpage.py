"""The answer over fiscal years on one page: who orders and signs what, when, and what survives."""

from __future__ import annotations

from kansoku.report.caveats import caveats
from kansoku.report.evidence import evidence
from kansoku.report.horizon import bought
from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import (
    amounts,
    billion,
    counted,
    country,
    listed,
    loss,
    mjpy,
    percent,
    places,
    points,
    span,
    the_country,
)

MOST_LOSSES = 15


def page(figures: Figures) -> str:
    """Write the answer as one page of Markdown, which also reads well as plain text.

    Parameters
    ----------
    figures : dict
        As `fiscal.summary` reads them.

    Returns
    -------
    str
        At most 100 columns wide.
    """
    sections = [
        f"# {figures['study']['title']}",
        paragraph(_verdict(figures)),
        paragraph(_proof(figures)),
        paragraph(caveats(figures)),
        *_orders(figures),
        *_sharing(figures),
        *_money(figures),
        *_by_year(figures),
        *bought(figures, f"What it buys by FY{figures['study']['horizon_fy']}"),
        *_losses(figures),
        *_partners(figures),
        *evidence(figures),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(figures: Figures) -> str:
    """The answer in two sentences: what to do, and what it leads to."""
    study, money = figures["study"], figures["money"]
    means = (
        f"**Answer.** With {billion(money['budget_mjpy'])} billion yen in "
        f"{counted(len(_open(figures)), 'purse')} from FY{study['decision_fy']} to "
        f"FY{study['horizon_fy']},"
    )
    if not figures["sensors"] and not _new(figures):
        return (
            f"{means} nothing worth ordering is found: today's network is kept. {_effect(figures)}"
        )
    return (
        f"{means} {country(study['owner'])} should order {_ordered(figures)} and sign "
        f"{_signed(figures)}, for {billion(money['spent_mjpy'])} billion yen in all. "
        f"{_effect(figures)}"
    )


def _ordered(figures: Figures) -> str:
    return places([one["country"] for one in figures["sensors"]])


def _said(one: Figures) -> str:
    return loss(one["kind"], one["label"])


def _open(figures: Figures) -> list[Figures]:
    return [one for one in figures["money"]["purses"] if one["budget_mjpy"] > 0]


def _new(figures: Figures) -> list[Figures]:
    return [one for one in figures["arrangements"] if not one["in_force_before"]]


def _signed(figures: Figures) -> str:
    new = _new(figures)
    if not new:
        return "no new arrangement"
    partners = dict.fromkeys(the_country(one["partner"]) for one in new)
    return f"{counted(len(new), 'arrangement')} (with {listed(list(partners))})"


def _effect(figures: Figures) -> str:
    """What that does to coverage, autonomy and the worst case at the horizon."""
    study, last = figures["study"], figures["by_year"][-1]
    credited, own = last["credited_fraction"], last["own_plain_fraction"]
    floor = f" (floor {percent(last['autonomy_floor'])})" if last["autonomy_floor"] else ""
    worst = figures["losses"][:1]
    left = (
        f", and the worst single loss, of {_said(worst[0])}, leaves "
        f"{percent(worst[0]['credited_left'])} credited coverage"
        if worst and worst[0]["credited_lost"] > 0
        else ""
    )
    return (
        f"Credited coverage of the demand goes from {percent(credited['today'])} with today's "
        f"network to {percent(credited['chosen'])} in FY{last['fiscal_year']}; "
        f"{country(study['owner'])}'s own sensors alone then cover {percent(own['chosen'])}{floor}, "
        f"{percent(last['own_over_all']['chosen'])} of all that is covered{left}."
    )


def _proof(figures: Figures) -> str:
    """What is proven about every other plan."""
    proof, study = figures["proof"], figures["study"]
    asked = f"{100 * proof['gap_asked']:g} %"
    ended = {
        "gap_reached": f"the search stopped at the gap asked for, {asked}",
        "time_limit": f"the search stopped at its time limit before the gap asked for, {asked}",
        "interrupted": f"the search was interrupted before the gap asked for, {asked}",
    }
    return (
        f"**Proof.** Over the {counted(len(figures['by_year']), 'year')} from "
        f"FY{study['decision_fy']} on, weighed by what each is worth, the plan reaches "
        f"{percent(proof['credited_coverage'])} credited coverage. No plan within these purses, "
        f"floors and agreements can reach more than {percent(proof['credited_coverage_bound'])}: "
        f"the proven gap is {100 * proof['gap']:.2f} %; {ended.get(proof['status'], proof['status'])} "
        f"({proof['solver']})."
    )


def _orders(figures: Figures) -> list[str]:
    costs = amounts([one["capex_mjpy"] for one in figures["sensors"]])
    running = amounts([one["opex_mjpy_per_year"] for one in figures["sensors"]])
    rows = [
        (
            f"FY{one['ordered_fy']}", one["type"], one["site"], one["country"], one["purse"],
            f"FY{one['service_fy']}" if one["service_fy"] else "-", capital, a_year,
        )
        for one, capital, a_year in zip(figures["sensors"], costs, running, strict=True)
    ]  # fmt: skip
    header = ("Order", "Sensor", "Site", "Host", "Purse", "From>", "Capital>", "A year>")
    if not rows:
        return ["## What is ordered", "Nothing."]
    note = (
        "Order: fiscal year of the contract. From: first year in service. Capital: paid over the "
        "years of building; a year: running cost in service, million yen. Opening a site comes on "
        "top, once."
    )
    return ["## What is ordered", table(header, rows), paragraph(note)]


def _sharing(figures: Figures) -> list[str]:
    rows = [
        (
            country(one["partner"]), one["id"],
            f"{one['tier']}: {one['tier_content']}" if one["tier"] and one["kind"] != "hosted"
            else {"hosted": "own sensors hosted", "service": "warnings given"}.get(one["kind"], "-"),
            str(one["tier_given"] or "-"),
            f"{one['latency_hours']:g} h" if one["tier"] else "-",
            f"{one['track_credit']:.2f}" if one["kind"] != "hosted" else "-",
            one["purse"], "before" if one["in_force_before"] else span(one["signed_fy"]),
            span(one["in_force_fy"]),
        )
        for one in figures["arrangements"]
    ]  # fmt: skip
    header = (
        "Partner", "Arrangement", "Tier received", "Given>", "Delay>", "Worth>", "Purse", "Signed",
        "In force",
    )  # fmt: skip
    note = (
        "Worth: what a partner's track counts against one of our own: the usable share of its data "
        "times the credit of the tier, 0 where the tier is too poor or too late to count. Given: "
        "the tier that the partner receives in return."
    )
    return [
        "## What is signed",
        *([table(header, rows), paragraph(note)] if rows else ["Nothing."]),
    ]


def _money(figures: Figures) -> list[str]:
    money, study = figures["money"], figures["study"]
    header = (
        "Million yen",
        "Budget>",
        "Capital>",
        "Running>",
        "Data>",
        "Spent>",
        "Carried>",
        "Lapsed>",
    )
    keys = (
        "budget_mjpy", "capex_mjpy", "opex_mjpy", "data_fee_mjpy", "spent_mjpy", "carried_mjpy",
        "lapsed_mjpy",
    )  # fmt: skip
    rows = [
        (f"FY{one['fiscal_year']}", *(mjpy(one[key]) for key in keys)) for one in money["years"]
    ]
    rows.append(("in all", *(mjpy(money.get(key)) for key in keys)))
    years = [one["fiscal_year"] for one in money["years"]]
    by_purse = [
        (one["name"], *(mjpy(year["spent_mjpy"]) for year in one["years"]), mjpy(one["spent_mjpy"]),
         mjpy(one["due_after_horizon_mjpy"]))
        for one in _open(figures)
    ]  # fmt: skip
    rule = (
        f"{study['price_base']}; {study['cost_level']} costs, undiscounted. Carried: into the next "
        "year; lapsed: left and lost. Capital falls due while a sensor is built, so a late order "
        "is paid in part after the horizon (last column)."
    )
    return [
        "## Money by fiscal year",
        table(header, rows),
        table(("Spent by purse", *(f"FY{year}>" for year in years), "In all>", "After>"), by_purse),
        paragraph(rule),
    ]


def _by_year(figures: Figures) -> list[str]:
    rows = [
        (
            f"FY{one['fiscal_year']}",
            percent(one["credited_fraction"]["chosen"]),
            points(one["credited_fraction"]["difference"]),
            percent(one["plain_fraction"]["chosen"]),
            percent(one["own_plain_fraction"]["chosen"]),
            percent(one["autonomy_floor"]) if one["autonomy_floor"] else "-",
            percent(one["own_over_all"]["chosen"]),
        )
        for one in figures["by_year"]
    ]
    header = (
        "Year", "Credited>", "To today's>", "One track>", "Own alone>", "Floor>", "Own share>",
    )  # fmt: skip
    owner = country(figures["study"]["owner"])
    note = (
        "Shares of the demand, expected over the weather. To today's: against what is in service "
        "and in force before the first decision, in points. One track: with at least one track in a "
        f"{figures['study']['window_hours']:g} h window, by everyone; own alone: by {owner}'s "
        "sensors; own share: the second of these over the first, the true ratio."
    )
    return ["## Coverage and autonomy by year", table(header, rows), paragraph(note)]


def _losses(figures: Figures) -> list[str]:
    """The loss matrix of the last year, and what is a single point of failure."""
    year = figures["by_year"][-1]["fiscal_year"]
    title = f"## If something is lost in FY{year}"
    harmful = [one for one in figures["losses"] if one["credited_lost"] > 0]
    if not harmful:
        return [title, "No single loss takes any coverage."]
    rows = [
        (
            f"{one['kind'].replace('_', ' ')} {country(one['label'])}", percent(one["credited_left"]), points(-one["credited_lost"]),
            percent(one["floor"]) if one["floor"] else "-", points(-one["plain_lost"]),
            points(-one["own_plain_lost"]), str(len(one["sensors_lost"])),
        )
        for one in harmful[:MOST_LOSSES]
    ]  # fmt: skip
    header = (
        "Lost", "Credited left>", "Credited>", "Floor>", "One track>", "Own alone>", "Sensors>"
    )  # fmt: skip
    rest = len(harmful) - len(rows)
    more = f" {counted(rest, 'smaller loss')[:-1]}es are" if rest > 1 else " One smaller loss is"
    note = (
        "One loss at a time, worst first: what is left of credited coverage, and the change of "
        "each share in points. A partner that withdraws takes its data and what it alone has "
        "signed, sensors hosted in its land included. Sensors: those in use that are lost."
    ) + (f"{more} in answer.json." if rest else "")
    return [title, table(header, rows), paragraph(note), paragraph(_single_points(figures))]


def _single_points(figures: Figures) -> str:
    share = figures["single_point_share"]
    found = [one for one in figures["losses"] if (one["share_lost"] or 0.0) > share]
    if not found:
        return (
            f"**Single points of failure.** None: no single loss takes more than {percent(share)} "
            "of the credited coverage."
        )
    names = listed([f"{_said(one)} ({percent(one['share_lost'])})" for one in found])
    return (
        f"**Single points of failure.** More than {percent(share)} of the credited coverage goes "
        f"with each of: {names}."
    )


def _partners(figures: Figures) -> list[str]:
    rows = [
        (
            country(one["name"]), str(one["tier"] or "-"), str(one["tier_given"] or "-"),
            percent(one["alone_fraction"]), points(one["gain_fraction"]),
            points(one["need_fraction"]) if one["need_fraction"] else "-",
        )
        for one in figures["partners"]
    ]  # fmt: skip
    if not rows:
        return []
    year = figures["by_year"][-1]["fiscal_year"]
    header = ("Partner", "We receive>", "We give>", "Alone>", "Gains>", "Promised>")
    note = (
        f"In FY{year}: tiers received and given; what the partner's own sensors cover of the same "
        "demand by credit steps, what it gains by ours and by what we may pass on, in points, and "
        "what its arrangements ask for."
    )
    return ["## What partners gain", table(header, rows), paragraph(note)]
