"""What a design buys in its last year, beside today's network and what could be attained."""

from __future__ import annotations

from kansoku.report.readings import Figures
from kansoku.report.tables import paragraph, table
from kansoku.report.words import country, hours, percent, points, signed_hours


def bought(figures: Figures, title: str) -> list[str]:
    """Return a section with every figure of coverage beside its value for today's network.

    Parameters
    ----------
    figures : dict
        As the summary of either question has them.
    title : str
    """
    cover, autonomy, revisit = figures["coverage"], figures["autonomy"], figures["revisit"]
    rows = [_share("Credited coverage", cover["credited_fraction"])]
    rows.append(_share("Coverage (at least one track)", cover["plain_fraction"]))
    rows += [_share(f"- {name}", one) for name, one in cover["plain_fraction_by_regime"].items()]
    rows.append(_share("Own sensors alone", autonomy["own_plain_fraction"]))
    checked = figures["study"]["cross_check"] != "none"
    within = f"Credited coverage within slots{' (by tracks)' if checked else ''}"
    rows.append(_share(within, cover["within_slots_fraction"]))
    rows.append(_share("Own sensors alone within slots", autonomy["own_within_slots_fraction"]))
    rows.append(_share("Own share of coverage", autonomy["own_over_all"]))
    names = {"median": "Longest gap, median object", "p95": "Longest gap, 95 % of objects"}
    rows += [_duration(words, revisit[f"longest_gap_{key}_hours"]) for key, words in names.items()]
    header = ("Expected over the weather", "Chosen>", "Today>", "Difference>", "Attainable>")
    credit = " + ".join(f"{step:g}" for step in figures["study"]["credit_steps"])
    note = (
        f"Credited coverage pays {credit} for the 1st, 2nd, ... {_counted(figures)} an object in a "
        f"{figures['study']['window_hours']:g} h window, as a share of their sum"
        f"{_checked(figures)}. Within slots: "
        "every track is given to a sensor that still has one of its slots left. "
        "Today: nothing new is bought or signed. Attainable: every candidate and every partner at "
        "its best tier. Differences are in points and hours, taken before rounding. Gaps are cut "
        "at the ends of each stretch observed."
    )
    return [f"## {title}", table(header, rows), paragraph(note)]


def _counted(figures: Figures) -> str:
    """What credit is paid for: tracks, or sources that check each other."""
    sources = {
        "country": "country whose sensors track",
        "owner": "state or firm that gives a track of",
    }
    return sources.get(figures["study"]["cross_check"], "track of")


def _checked(figures: Figures) -> str:
    study = figures["study"]
    if study["cross_check"] == "none":
        return ""
    return f"; what {country(study['owner'])}'s own sensors track counts in full"


def _share(name: str, pair: Figures) -> tuple[str, ...]:
    best = percent(pair["attainable"]) if "attainable" in pair else ""
    shares = percent(pair["chosen"]), percent(pair["today"]), points(pair["difference"])
    return (name, *shares, best)


def _duration(name: str, pair: Figures) -> tuple[str, ...]:
    lengths = hours(pair["chosen"]), hours(pair["today"]), signed_hours(pair["difference"])
    return (name, *lengths, "")
