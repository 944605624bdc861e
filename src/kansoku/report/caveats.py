"""What a reader must know before quoting the answer: the limits its coverage leaves out."""

from __future__ import annotations

import math

from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M
from kansoku.report.evidence import overloaded
from kansoku.report.readings import Figures
from kansoku.report.words import counted, percent

SAME_SKY_M = 500e3
"""Telescopes this near to each other are often under the same cloud."""


def caveats(figures: Figures) -> str:
    """Return the limits that make the coverage look better than it is; empty for none."""
    found = [one for one in (_load(figures), _weather(figures)) if one]
    return f"**Read with care.** {' '.join(found)}" if found else ""


def _load(figures: Figures) -> str:
    """Sensors that are asked for more than they can do, which coverage ignores."""
    if figures["study"]["capacity"] == "block":
        return ""
    over_years = figures["study"]["question"] == "programme"
    added, today = figures["sensors"], figures["load_today"]
    busy = [one for one in added if overloaded(one)]
    if not busy and not today["overloaded"]:
        return ""
    worst = max((one["demanded_over_available"] or 0.0 for one in busy), default=0.0)
    within = figures["coverage"]["within_slots_fraction"]
    times = f", up to {worst:.0f} times as many" if worst >= 2 else ""
    of_today = f"today's {counted(today['sensors'], 'sensor')}"
    asked = "asked for more tracks than can be taken"
    told = (
        f"{len(busy)} of {counted(len(added), 'added sensor')} {_are(len(busy))} {asked}{times}; "
        f"of {of_today}, {today['overloaded']}"
        if added
        else f"{today['overloaded']} of {of_today} {_are(today['overloaded'])} {asked}"
    )
    sources = ", whatever the source" if figures["study"]["cross_check"] != "none" else ""
    instead = "" if over_years else "; `design.capacity: block` chooses with that in mind"
    reached = (
        f"the chosen network reaches {percent(within['chosen'])} credited coverage, today's "
        f"{percent(within['today'])}"
        if added or within["difference"]
        else f"today's network reaches {percent(within['today'])} credited coverage"
    )
    return (
        f"Coverage is what can be seen, not what there is time to observe: {told}. Within the "
        f"slots of its sensors {reached}{sources}{instead}."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _weather(figures: Figures) -> str:
    """Telescopes near each other, whose nights are drawn as if they had nothing in common."""
    telescopes = [one for one in figures["sensors"] if one["kind"] == "telescope"]
    near = [one for one in telescopes if any(_share_a_sky(one, other) for other in telescopes)]
    if figures["study"]["scenarios"] < 2 or not near:
        return ""
    return (
        f"Nights are drawn site by site: {len(near)} of "
        f"{counted(len(telescopes), 'added telescope')} stand within {SAME_SKY_M / 1000:.0f} km of "
        "another, often under the same cloud, and are worth less together than counted."
    )


def _share_a_sky(one: Figures, other: Figures) -> bool:
    """Whether two sensors stand at different sites under one weather system."""
    return one["site"] != other["site"] and _distance_m(one, other) < SAME_SKY_M


def _distance_m(one: Figures, other: Figures) -> float:
    """Great-circle distance by the haversine formula."""
    south, north = (math.radians(place["latitude_deg"]) for place in (one, other))
    turn = math.radians(other["longitude_deg"] - one["longitude_deg"])
    square = (
        math.sin((north - south) / 2) ** 2
        + math.cos(south) * math.cos(north) * math.sin(turn / 2) ** 2
    )
    return 2 * EARTH_EQUATORIAL_RADIUS_M * math.asin(math.sqrt(square))
