"""How numbers and names are said to a planner."""

from __future__ import annotations

import math
from collections.abc import Callable

COUNTRIES = {
    "AUS": "Australia",
    "AUT": "Austria",
    "CAN": "Canada",
    "CHE": "Switzerland",
    "CHL": "Chile",
    "CRI": "Costa Rica",
    "DEU": "Germany",
    "ESP": "Spain",
    "FJI": "Fiji",
    "FRA": "France",
    "GBR": "United Kingdom",
    "GRL": "Greenland",
    "IDN": "Indonesia",
    "IOT": "British Indian Ocean Territory",
    "ITA": "Italy",
    "JPN": "Japan",
    "KOR": "Korea",
    "MHL": "Marshall Islands",
    "MNG": "Mongolia",
    "MYS": "Malaysia",
    "NAM": "Namibia",
    "NOR": "Norway",
    "NZL": "New Zealand",
    "PHL": "Philippines",
    "PLW": "Palau",
    "PNG": "Papua New Guinea",
    "PRT": "Portugal",
    "SGP": "Singapore",
    "SHN": "Saint Helena, Ascension",
    "THA": "Thailand",
    "TWN": "Taiwan",
    "USA": "United States",
    "VNM": "Viet Nam",
    "ZAF": "South Africa",
}
"""Names of the countries in the tables of sites/; any other is named by its code."""

PARTIES = {
    "CSPO": "Combined Space Operations initiative",
    "EOS-SPACE": "EOS Space Systems",
    "ESA": "European Space Agency",
    "EUSST": "EU SST Partnership",
    "EXOANALYTIC": "ExoAnalytic Solutions",
    "INT": "International association (EISCAT)",
    "LEOLABS": "LeoLabs",
    "SLINGSHOT": "Slingshot Aerospace",
}
"""Names of the firms, bodies and pools that sign, as in sites/partners.csv."""


def country(code: str) -> str:
    """Return the name of a country, or of a firm, body or pool that signs as one does."""
    return COUNTRIES.get(code) or PARTIES.get(code, code)


def the_country(code: str) -> str:
    """Return a country's name as it stands in a sentence, such as 'the United States'."""
    name = country(code)
    with_article = {
        "British Indian Ocean Territory",
        "Combined Space Operations initiative",
        "EU SST Partnership",
        "European Space Agency",
        "International association (EISCAT)",
        "Marshall Islands",
        "Philippines",
        "United Kingdom",
        "United States",
    }
    return f"the {name}" if name in with_article else name


def partner(name: str, say: Callable[[str], str] = country) -> str:
    """Return a partner's name: of a firm with the part of its objects, 'LeoLabs 0 to 25 %'."""
    of, _, part = name.partition(" ")
    return f"{say(of)} {part}".strip()


def percent(share: float | None) -> str:
    """Return a share as a percentage, such as '41.2 %'."""
    return "-" if _missing(share) else f"{100 * share:.1f} %"  # type: ignore[operator]


def points(difference: float | None) -> str:
    """Return a difference of shares in points, signed."""
    return "-" if _missing(difference) else f"{100 * difference:+.1f}"  # type: ignore[operator]


def fall(lost: float | None) -> str:
    """Return what is lost of a share as a change in points, '0.0' where that rounds to nothing."""
    return "-" if _missing(lost) else f"{-100 * lost:+.1f}".replace("-0.0", "0.0")  # type: ignore[operator]


def mjpy(amount: float | None) -> str:
    """Return an amount in whole million yen."""
    return "-" if _missing(amount) else f"{amount:,.0f}"


def amounts(column_mjpy: list[float]) -> list[str]:
    """Return amounts that a reader can add up: with one decimal where any of them needs it."""
    digits = 0 if all(abs(amount - round(amount)) < 0.05 for amount in column_mjpy) else 1
    return [f"{amount:,.{digits}f}" for amount in column_mjpy]


def billion(amount_mjpy: float) -> str:
    """Return an amount in billion yen, such as '15.0'."""
    return f"{amount_mjpy / 1000:,.1f}"


def hours(duration: float | None) -> str:
    """Return hours, such as '13.4 h'."""
    return "-" if _missing(duration) else f"{duration:.1f} h"


def signed_hours(difference: float | None) -> str:
    """Return a difference in hours, signed."""
    return "-" if _missing(difference) else f"{difference:+.1f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as '1 sensor' or '3 sensors'."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def places(hosts: list[str]) -> str:
    """Count sensors by host country, most first, such as '3 sensors (2 in Japan and 1 in Fiji)'."""
    names = [the_country(host) for host in hosts]
    order = sorted(set(names), key=lambda name: (-names.count(name), name))
    if not names:
        return "no sensor"
    if len(order) == 1:
        return f"{counted(len(names), 'sensor')} in {order[0]}"
    each = listed([f"{names.count(name)} in {name}" for name in order])
    return f"{counted(len(names), 'sensor')} ({each})"


def span(years: list[int]) -> str:
    """Return fiscal years as spans, such as 'FY2027, FY2029-32'; '-' for none."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    ends = [f"FY{run[0]}" + (f"-{run[-1] % 100:02d}" if len(run) > 1 else "") for run in runs]
    return ", ".join(ends) or "-"


LOSSES = {
    "site": "the site {}",
    "country": "all that stands in {}",
    "partner": "the withdrawal of {}",
    "link": "the link {}",
    "centre": "the processing centre {}",
    "sensor_type": "all sensors of type {}",
    "owner_class": "all {} sensors",
    "supplier": "late orders from {}",
}
"""How a loss of each kind is said in a sentence."""


def loss(kind: str, name: str) -> str:
    """Return a loss as it stands in a sentence, such as 'the withdrawal of Fiji'."""
    return LOSSES.get(kind, kind + " {}").format(the_country(name))


def listed(names: list[str]) -> str:
    """Return names joined by commas and 'and'; 'nothing' for none."""
    if len(names) < 2:
        return names[0] if names else "nothing"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)
