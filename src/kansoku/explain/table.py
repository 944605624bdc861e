"""One instant as a table for people: each criterion with its value, limit, margin and verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kansoku.explain.facts import facts
from kansoku.explain.instant import Instant, verdicts
from kansoku.explain.lines import NOTHING, Line, of_light, of_place, of_sensor
from kansoku.visibility import criteria

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


def table(at: Instant) -> Group:
    """Show an instant: place, light and sensor, then the sentence that decides.

    Returns
    -------
    rich.console.Group
        Fits 100 columns.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    known, passed = facts(at), verdicts(at)
    # Without edges what a telescope decides fits 80 columns, the width of a pipe
    shown = Table("", "quantity", show_edge=False, pad_edge=False)
    for heading in ("value", "limit", "margin"):
        shown.add_column(heading, justify="right")
    shown.add_column("verdict")
    lines: list[Line] = []
    for group, members in (
        ("place", of_place(at, known, passed)),
        ("light", of_light(at, known, passed)),
        ("sensor", of_sensor(at, known, passed)),
    ):
        shown.add_section()
        for label, line in zip(_first_only(group), members, strict=False):
            verdict = _verdict(line.passed)
            shown.add_row(label, line.name, line.value, line.limit, line.margin, verdict)
            lines.append(line)
    return Group(Text(_title(at, known)), shown, Text(_sentence(at, known, lines)))


def _first_only(group: str) -> Iterator[str]:
    yield group
    while True:
        yield ""


def _verdict(passed: bool | None) -> Text:
    from rich.text import Text

    if passed is None:
        return Text(NOTHING)
    return Text("pass", style="green") if passed else Text("FAIL", style="bold red")


def _title(at: Instant, known: dict[str, Any]) -> str:
    sensor = f"with {at.sensor_type}" if at.sensor_type else "(no sensor: elevation decides)"
    name = f"{known['norad_cat_id']} {at.target.name[0]}".strip()
    return f"{name}\nat {known['time_utc']} from {at.place} {sensor}"


def _sentence(at: Instant, known: dict[str, Any], lines: list[Line]) -> str:
    """The decision, with the numbers behind it."""
    if known["visible"]:
        asked = "every criterion passes" if at.sensor_type else "the elevation passes"
        return f"Visible: {asked}."
    failing = [line for line in lines if line.passed is False]
    first = next(line for line in failing if line.criterion == known["decided_by"])
    detail = first.name.removeprefix(first.criterion).removeprefix(": ")
    value = f"{detail} {first.value}".strip()
    limit = "" if first.limit == NOTHING else f", must be {first.limit}"
    said = f"Not visible: {first.criterion} decides ({value}{limit})."
    others = sorted({line.criterion for line in failing} - {first.criterion}, key=_order)
    return f"{said}\nAlso failing: {', '.join(others)}." if others else said


def _order(criterion: str) -> int:
    return list(criteria.CRITERIA).index(criterion)
