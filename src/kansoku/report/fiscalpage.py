"""The answer over fiscal years on one page: who orders and signs what, when, and what survives."""

from __future__ import annotations

from kansoku.report.beneficiaries import served
from kansoku.report.caveats import caveats
from kansoku.report.evidence import evidence
from kansoku.report.horizon import bought
from kansoku.report.industry import makers
from kansoku.report.lost import lost
from kansoku.report.planworth import worth_section
from kansoku.report.readings import Figures
from kansoku.report.tables import bullets, paragraph, table
from kansoku.report.whatif import what_if_section
from kansoku.report.words import (
    billion,
    counted,
    country,
    listed,
    loss,
    mjpy,
    partner,
    percent,
    places,
    points,
    span,
    the_country,
)

SHARING = ("bilateral", "pool", "hub", "purchase")
"""Kinds of arrangement that bring data: a host and a beneficiary give none."""

SPENT_ON = (
    ("Budget", "budget_mjpy"),
    ("Capital", "capex_mjpy"),
    ("Running", "opex_mjpy"),
    ("Data", "data_fee_mjpy"),
    ("Spent", "spent_mjpy"),
    ("Carried", "carried_mjpy"),
    ("Lapsed", "lapsed_mjpy"),
)


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
        *_calendar(figures),
        *_sharing(figures),
        *_money(figures),
        *makers(figures),
        *_by_year(figures),
        *bought(figures, f"What it buys by FY{figures['study']['horizon_fy']}"),
        *worth_section(figures),
        *what_if_section(figures),
        *lost(figures),
        *_partners(figures),
        *served(figures),
        *evidence(figures),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(figures: Figures) -> str:
    """The answer in two sentences: what to do, and what it leads to."""
    study, money = figures["study"], figures["money"]
    means = (
        f"**Answer.** With {billion(money['budget_mjpy'])} billion yen{_purses(figures)} from "
        f"FY{study['decision_fy']} to FY{study['horizon_fy']},"
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


def _purses(figures: Figures) -> str:
    purses = len(_open(figures))
    return f" in {purses} purses" if purses > 1 else ""


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
        f", and the worst single loss ({_said(worst[0])}) leaves "
        f"{percent(worst[0]['credited_left'])} credited coverage"
        if worst and worst[0]["credited_lost"] > 0
        else ""
    )
    moved = (
        f"goes from {percent(credited['today'])} with today's network to "
        f"{percent(credited['chosen'])} in FY{last['fiscal_year']}"
        if credited["difference"]
        else f"is {percent(credited['chosen'])} in FY{last['fiscal_year']}, as it is today"
    )
    return (
        f"Credited coverage of the demand {moved}; "
        f"{country(study['owner'])}'s own sensors alone then cover {percent(own['chosen'])}"
        f"{floor}, {percent(last['own_over_all']['chosen'])} of all that is covered{left}."
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
        f"FY{study['decision_fy']} on, weighed by what each is worth{_least(figures)}, the plan "
        f"reaches {percent(proof['credited_coverage'])} credited coverage. No plan within these "
        "purses, floors and agreements can reach more than "
        f"{percent(proof['credited_coverage_bound'])}: "
        f"the proven gap is {100 * proof['gap']:.2f} %; "
        f"{ended.get(proof['status'], proof['status'])} ({proof['solver']})."
    )


def _least(figures: Figures) -> str:
    """Say that the least that a loss leaves counts too, where it does."""
    share = sum(one["least_worth"] for one in figures["by_year"])
    if not share:
        return ""
    years = span([one["fiscal_year"] for one in figures["by_year"] if one["least_worth"]])
    return f", and what the worst loss leaves in {years} counted for {percent(share)} of it"


def _calendar(figures: Figures) -> list[str]:
    """What is ordered and signed in which fiscal year, purse by purse."""
    lines = [
        f"**FY{year['fiscal_year']}, {purse['purse']}:** {' '.join(said)}"
        for year in figures["money"]["years"]
        for purse in figures["money"]["purses"]
        if (said := _done(figures, year["fiscal_year"], purse["purse"]))
    ]
    note = (
        "By the purse that pays; capital in million yen a sensor, paid while it is built, and "
        "running cost a year in service. Opening a site comes on top, once."
    )
    title = "## What is ordered and signed, year by year"
    return [title, *([bullets(lines), paragraph(note)] if lines else ["Nothing."])]


def _done(figures: Figures, year: int, purse: str) -> list[str]:
    """Sentences on what one purse does in one year."""
    orders = [
        one for one in figures["sensors"] if (one["ordered_fy"], one["purse"]) == (year, purse)
    ]
    alike: dict[tuple[str, int, float, float], list[Figures]] = {}
    for one in orders:
        key = (one["type"], one["service_fy"], one["capex_mjpy"], one["opex_mjpy_per_year"])
        alike.setdefault(key, []).append(one)
    said = [_order(*key, sensors) for key, sensors in alike.items()]
    signed = [
        f"{one['name']} ({one['id']})"
        for one in figures["arrangements"]
        if year in one["signed_fy"] and one["purse"] == purse
    ]
    return said + ([f"Sign {listed(signed)}."] if signed else [])


def _order(kind: str, service_fy: int, capital: float, running: float, some: list[Figures]) -> str:
    """Say an order of sensors that are alike, with their sites by country."""
    hosts = sorted({the_country(one["country"]) for one in some})
    where = "; ".join(
        f"{host}: {', '.join(one['site'] for one in some if the_country(one['country']) == host)}"
        for host in hosts
    )
    return (
        f"Order {len(some)} x {kind} for FY{service_fy} ({mjpy(capital)}, {running:,.1f} a year) "
        f"in {where}."
    )


def _sharing(figures: Figures) -> list[str]:
    rows = [
        (
            country(one["partner"]),
            one["name"],
            str(one["tier"] or "-") if one["kind"] in SHARING else "-",
            str(one["tier_given"] or "-"),
            f"{one['latency_hours']:g} h" if one["kind"] in SHARING else "-",
            f"{one['track_credit']:.2f}" if one["kind"] in SHARING else "-",
            span(one["in_force_fy"]),
        )
        for one in figures["arrangements"]
    ]
    header = ("Partner", "Arrangement", "Receive>", "Give>", "Delay>", "Worth>", "In force")
    note = (
        "Receive, give: information tiers, 1 alert, 2 catalogue elements, 3 state and covariance, "
        "4 tracks, 5 raw observations. Worth: what a partner's track counts against one of our "
        "own: the usable share of its data times the credit of the tier, 0 where the tier is too "
        "poor or too late to count."
    )
    return [
        "## What is in force",
        *([table(header, rows), paragraph(note)] if rows else ["Nothing."]),
    ]


def _money(figures: Figures) -> list[str]:
    """Two tables of the years: what is spent on, and by whom."""
    money, study = figures["money"], figures["study"]
    keys = [key for _, key in SPENT_ON]
    rows = [
        (f"FY{one['fiscal_year']}", *(mjpy(one[key]) for key in keys)) for one in money["years"]
    ]
    rows.append(("in all", *(mjpy(money.get(key)) for key in keys)))
    header = ("Million yen", *(f"{name}>" for name, _ in SPENT_ON))
    rise = money["price_level_last"] - 1.0
    prices = f", in FY{study['horizon_fy']} {percent(rise)} higher" if rise else ""
    rule = (
        f"{study['price_base']}{prices}; {study['cost_level']} costs, undiscounted. Carried: into "
        "the next year; lapsed: left and lost. Capital falls due while a sensor is built, fees for "
        "the term of an arrangement: what is still to be paid after the horizon stands in the last "
        "line."
    )
    return [
        "## Money by fiscal year",
        table(header, rows),
        _by_purse(_open(figures), money),
        paragraph(rule),
    ]


def _by_purse(purses: list[Figures], money: Figures) -> str:
    """What each purse spends in each year, of how much."""
    rows = [
        (
            f"FY{year['fiscal_year']}",
            *(
                f"{mjpy(one['years'][t]['spent_mjpy'])} of {mjpy(one['years'][t]['budget_mjpy'])}"
                for one in purses
            ),
        )
        for t, year in enumerate(money["years"])
    ]
    whole = (f"{mjpy(one['spent_mjpy'])} of {mjpy(one['budget_mjpy'])}" for one in purses)
    rows.append(("in all", *whole))
    rows.append(("later", *(mjpy(one["due_after_horizon_mjpy"]) for one in purses)))
    return table(("Spent by purse", *(f"{one['name']}>" for one in purses)), rows)


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
        "and in force before the first decision, in points. One track: with at least one track in "
        f"a {figures['study']['window_hours']:g} h window, by everyone; own alone: by {owner}'s "
        "sensors; own share: what it covers alone over what all cover, the true ratio."
    )
    return ["## Coverage and autonomy by year", table(header, rows), paragraph(note)]


def _partners(figures: Figures) -> list[str]:
    rows = [
        (
            partner(one["name"]), str(one["tier"] or "-"), str(one["tier_given"] or "-"),
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
