"""The answer on one page: what to build, what it buys, and how sure that is."""

from __future__ import annotations

import xarray as xr

from kansoku.report.caveats import caveats
from kansoku.report.evidence import evidence
from kansoku.report.horizon import bought
from kansoku.report.readings import Figures
from kansoku.report.summary import summary
from kansoku.report.tables import paragraph, table
from kansoku.report.words import (
    amounts,
    billion,
    country,
    listed,
    mjpy,
    percent,
    places,
    points,
    the_country,
)
from kansoku.report.worth import worth_section


def page(dataset: xr.Dataset) -> str:
    """Write the answer as one page of Markdown, which also reads well as plain text.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.

    Returns
    -------
    str
        At most 100 columns wide.
    """
    figures = summary(dataset)
    sections = [
        f"# {figures['study']['title']}",
        paragraph(_verdict(figures)),
        paragraph(_proof(figures)),
        paragraph(caveats(figures)),
        *_portfolio(figures),
        *_sharing(figures),
        *_money(figures),
        *bought(figures, "What it buys"),
        *worth_section(figures["worth"], _names(figures)),
        *_next_billion(figures),
        *_cost_levels(figures),
        *_frontier(figures),
        *evidence(figures),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _verdict(figures: Figures) -> str:
    """The answer in a few sentences."""
    study, money = figures["study"], figures["money"]
    kind = "within_slots" if study["capacity"] == "block" else "credited"
    credited = figures["coverage"][f"{kind}_fraction"]
    means = (
        f"**Answer.** With {billion(money['budget_mjpy'])} billion yen from "
        f"FY{study['decision_fy']} to FY{study['horizon_fy']},"
    )
    if not figures["sensors"] and not _signed(figures):
        return (
            f"{means} nothing worth buying is found: today's network, at "
            f"{percent(credited['today'])} credited coverage, is kept."
        )
    return f"{means} {_choice(figures)} {_effect(figures)}"


def _choice(figures: Figures) -> str:
    """What to build and to sign, and for how much."""
    added = places([one["country"] for one in figures["sensors"]])
    return (
        f"{country(figures['study']['owner'])} should add {added} and "
        f"{_exchange(_signed(figures))}, for {billion(figures['money']['spent_mjpy'])} billion yen "
        "in all."
    )


def _exchange(signed: list[Figures]) -> str:
    """With whom data is exchanged, and at which tier."""
    terms = [
        f"with {the_country(one['partner'])} at tier {one['tier']} ({one['tier_content']})"
        for one in signed
    ]
    return f"exchange data {listed(terms)}" if terms else "sign no new arrangement"


def _effect(figures: Figures) -> str:
    """What that does to coverage and autonomy."""
    study, cover, autonomy = figures["study"], figures["coverage"], figures["autonomy"]
    if study["capacity"] == "block":
        return _effect_within_slots(figures)
    credited, plain = cover["credited_fraction"], cover["plain_fraction"]
    own = autonomy["own_plain_fraction"]
    return (
        f"Credited coverage of the demand goes from {percent(credited['today'])} to "
        f"{percent(credited['chosen'])}; the share with at least one track in a "
        f"{study['window_hours']:g} h window goes from {percent(plain['today'])} to "
        f"{percent(plain['chosen'])}. {country(study['owner'])}'s own sensors alone cover "
        f"{percent(own['chosen'])} (today {percent(own['today'])}, floor "
        f"{percent(autonomy['floor'])})."
    )


def _effect_within_slots(figures: Figures) -> str:
    """What that does where every track needs a slot."""
    study, autonomy = figures["study"], figures["autonomy"]
    credited = figures["coverage"]["within_slots_fraction"]
    own = autonomy["own_within_slots_fraction"]
    return (
        "With every track given to a sensor that has a slot for it, credited coverage of the "
        f"demand goes from {percent(credited['today'])} to {percent(credited['chosen'])}. "
        f"{country(study['owner'])}'s own sensors alone cover {percent(own['chosen'])} (today "
        f"{percent(own['today'])}, floor {percent(autonomy['floor'])})."
    )


def _signed(figures: Figures) -> list[Figures]:
    return [one for one in figures["arrangements"] if one["signed"]]


def _proof(figures: Figures) -> str:
    """What is proven about every other portfolio."""
    proof = figures["proof"]
    limits = "this budget and floor" if figures["autonomy"]["floor"] > 0 else "this budget"
    bound = (
        f"No portfolio within {limits} can reach more than "
        f"{percent(proof['credited_coverage_bound'])} credited coverage: the proven gap is "
        f"{100 * proof['gap']:.2f} %"
    )
    asked = f"{100 * proof['gap_asked']:g} %"
    ended = {
        "gap_reached": f"the search stopped at the gap asked for, {asked}",
        "time_limit": f"the search stopped at its time limit before the gap asked for, {asked}",
        "interrupted": f"the search was interrupted before the gap asked for, {asked}",
    }
    end = ended.get(proof["status"], proof["status"])
    return f"**Proof.** {bound}; {end} ({proof['solver']}).{_alike(proof)}"


def _alike(proof: Figures) -> str:
    """How far portfolios must differ before the proof tells them apart."""
    apart = 100 * (proof["credited_coverage_bound"] - proof["credited_coverage"])
    if apart < 0.05:
        return ""
    return (
        f" Portfolios less than {apart:.1f} points apart are not told apart: a sensor worth less "
        "than that may have an equal elsewhere."
    )


def _portfolio(figures: Figures) -> list[str]:
    costs = amounts([one["cost_mjpy"] for one in figures["sensors"]])
    rows = [
        (one["type"], one["site"], one["country"], _fiscal_year(one["service_fy"]), cost)
        for one, cost in zip(figures["sensors"], costs, strict=True)
    ]
    header = ("Sensor", "Site", "Host", "From>", "Cost>")
    if not rows:
        return ["## Sensors to add", "None."]
    note = (
        "From: first fiscal year in service. Cost: capital and running cost to the horizon, "
        "million yen; opening a site comes on top."
    )
    return ["## Sensors to add", table(header, rows), paragraph(note)]


def _fiscal_year(year: float | None) -> str:
    return "-" if year is None else f"FY{year:.0f}"


def _sharing(figures: Figures) -> list[str]:
    rows = [
        (
            country(one["partner"]),
            f"{one['tier']}: {one['tier_content']}",
            str(one["tier_given"] or "-"),
            f"{one['latency_hours']:g} h",
            f"{100 * one['usable_share']:.0f} %",
            f"{one['track_credit']:.2f}",
            "sign" if one["signed"] else "in force",
            mjpy(one["cost_mjpy"]),
        )
        for one in figures["arrangements"]
    ]
    header = ("Partner", "Tier received", "Given", "Delay>", "Usable>", "Worth>", "Status", "Cost>")
    note = (
        "Given: the tier that the partner receives in return. Usable: the share of its "
        "observations that we may use. Worth: what its track counts against one of our own, in "
        "every coverage below: the usable share times the credit of the tier, 0 where the tier is "
        "too poor or too late to count. Cost: set-up, gateway and fees to the horizon, million yen."
    )
    return [
        "## Data to exchange",
        *([table(header, rows), paragraph(note)] if rows else ["None."]),
    ]


def _money(figures: Figures) -> list[str]:
    money, study = figures["money"], figures["study"]
    rows = [
        ("Sensors, capital", money["sensors_capital_mjpy"]),
        ("Sites, opening", money["site_opening_mjpy"]),
        ("Sensors, running to the horizon", money["sensors_running_mjpy"]),
        ("Arrangements, set-up and fees", money["arrangements_mjpy"]),
        ("Spent", money["spent_mjpy"]),
        ("Budget", money["budget_mjpy"]),
        ("Left", money["left_mjpy"]),
    ]
    names, sums = zip(*rows, strict=True)
    paid = list(zip(names, amounts(list(sums)), strict=True))
    years = money["by_fiscal_year_mjpy"]
    spent = table(("Paid for", "Million yen>"), paid)
    by_year = table(
        ("Fiscal year", *(f"{year}>" for year in years)),
        [("Million yen", *amounts(list(years.values())))],
    )
    base = (
        f"{study['price_base']}; {study['cost_level']} costs, undiscounted. Capital and "
        "set-up are paid in the year of the decision, running cost from the first year in service."
    )
    return ["## Money", spent, by_year, paragraph(base)]


def _names(figures: Figures) -> dict[str, tuple[str, str]]:
    """What and where, of each sensor added and each arrangement in force."""
    sensors = {one["id"]: (one["type"], one["site"]) for one in figures["sensors"]}
    signed = {
        one["id"]: (f"tier {one['tier']}: {one['tier_content']}", country(one["partner"]))
        for one in figures["arrangements"]
    }
    return signed | sensors


def _next_billion(figures: Figures) -> list[str]:
    more = figures["next_billion"]
    if not more["feasible"]:
        return ["## One more billion yen", paragraph(f"No answer: {more['reason']}")]
    start = figures["proof"]["credited_coverage"]
    most = more["credited_coverage_bound"] - start
    sentences = [
        f"With {mjpy(more['budget_mjpy'])} million yen, credited coverage goes from "
        f"{percent(start)} to {percent(more['credited_coverage'])} "
        f"({points(more['credited_coverage_change'])} points found; at most "
        f"{points(most)} possible).",
        f"Added: {_changed(more, 'added')}. Given up: {_changed(more, 'dropped')}.",
    ]
    return ["## One more billion yen", paragraph(" ".join(sentences))]


def _changed(more: Figures, verb: str) -> str:
    return listed([*more[f"sensors_{verb}"], *more[f"arrangements_{verb}"]])


def _cost_levels(figures: Figures) -> list[str]:
    rows = [
        (
            one["level"],
            percent(one["credited_coverage"]) if one["feasible"] else "floor out of reach",
            percent(one["credited_coverage_bound"]),
            mjpy(one["cost_mjpy"]),
            str(one["sensors"]) if one["feasible"] else "-",
            mjpy(one["chosen_portfolio_cost_mjpy"]),
        )
        for one in figures["cost_levels"]
    ]
    header = (
        "Costs", "Credited coverage>", "Bound>", "Spent>", "Sensors>", "Chosen portfolio's cost>"
    )  # fmt: skip
    note = "The best portfolio within the same budget at each level of costs; million yen."
    return ["## If costs are low or high", table(header, rows), paragraph(note)]


def _frontier(figures: Figures) -> list[str]:
    rows = [
        (
            f"{mjpy(one['budget_mjpy'])}{' *' if one['is_study'] else ''}",
            percent(one["credited_coverage"]) if one["feasible"] else "floor out of reach",
            percent(one["credited_coverage_bound"]),
            mjpy(one["cost_mjpy"]),
            str(one["sensors"]) if one["feasible"] else "-",
        )
        for one in figures["frontier"]
    ]
    header = ("Budget, million yen", "Credited coverage>", "Bound>", "Spent>", "Sensors>")
    return ["## Other budgets", table(header, rows), "\\* this study"]
