"""One instant as a table for people: each criterion with its value, limit, margin and verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kansoku.constants import DEG
from kansoku.explain.facts import facts
from kansoku.explain.instant import Instant, verdicts
from kansoku.network.contributors import FAN
from kansoku.visibility import criteria, geometry

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

WHOLE_CIRCLE_DEG = 360.0
NOTHING = "-"
NO_ORBIT = "a state inside the Earth, or far off its orbit"
REFUSALS = {
    1: "mean eccentricity out of range",
    2: "mean motion not positive",
    3: "perturbed eccentricity out of range",
    4: "semi-latus rectum negative",
    6: "decayed",
    7: "elements not finite",
}
"""Words for the error codes of `ephemeris.sgp4.propagate`."""


@dataclass(frozen=True)
class Line:
    """A quantity, and what the criterion on it says; `passed` is None where none is asked."""

    name: str
    value: str
    limit: str = NOTHING
    margin: str = NOTHING
    passed: bool | None = None

    @property
    def criterion(self) -> str:
        """Name in `decided_by` where the line belongs to a criterion."""
        return self.name.partition(":")[0]


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
        ("place", _place(at, known, passed)),
        ("light", _light(at, known, passed)),
        ("sensor", _sensor(at, known, passed)),
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


def _number(value: float | None, unit: str, digits: int = 2) -> str:
    if value is None:
        return NOTHING
    # What decides narrowly must not read as zero
    shown = f"{value:.1g}" if 0.0 < abs(value) < 10.0**-digits else f"{value:,.{digits}f}"
    return f"{shown} {unit}"


def _against(
    name: str,
    value: float | None,
    relation: Literal[">=", "<="],
    limit: float,
    unit: str,
    passed: bool | None,
    digits: int = 2,
) -> Line:
    """Line of a number with a limit; the margin is positive where it passes."""
    toward = 1.0 if relation == ">=" else -1.0
    margin = None if value is None else toward * (value - limit)
    return Line(
        name=name,
        value=_number(value, unit, digits),
        limit=f"{relation} {_number(limit, unit, digits)}",
        margin=_number(margin, unit, digits),
        passed=passed,
    )


def _place(at: Instant, known: dict[str, Any], passed: dict[str, bool]) -> Iterator[Line]:
    yield Line("propagation", _propagation(at), passed=passed["propagation"])
    lowest_deg = float(at.watch.host.elevation_min_rad[0]) / DEG
    elevation_deg = known["elevation_deg"]
    yield _against("elevation", elevation_deg, ">=", lowest_deg, "deg", passed.get("elevation"))
    yield from _azimuth(at, known, passed.get("azimuth"))
    yield Line("range", _number(known["range_km"], "km", 1))
    yield Line("angular rate", _number(known["angular_rate_arcsec_s"], "arcsec/s", 1))
    if known["position_teme_km"] is not None:
        for axis, value in zip("xyz", known["position_teme_km"], strict=True):
            yield Line(f"TEME {axis}", _number(value, "km", 3))


def _propagation(at: Instant) -> str:
    if at.usable:
        return "a state"
    return f"SGP4 error {at.sgp4_error}: {REFUSALS[at.sgp4_error]}" if at.sgp4_error else NO_ORBIT


def _azimuth(at: Instant, known: dict[str, Any], passed: bool | None) -> Iterator[Line]:
    """A line for each part of a field of regard that has a limit; else the azimuth alone."""
    azimuth = _number(known["azimuth_deg"], "deg")
    if at.sensor_type is None:
        yield Line("azimuth", azimuth)
        return
    parts = [] if passed is None else [*_sector(at, azimuth), *_cone(at), *_fan(at)]
    if not any(part.name == "azimuth" for part in parts):
        limit = NOTHING if parts else "any"
        yield Line("azimuth", azimuth, limit, passed=None if parts else passed)
    yield from parts


def _sector(at: Instant, azimuth: str) -> Iterator[Line]:
    host = at.watch.host
    low_deg, high_deg, top_deg = (
        float(limit[0]) / DEG
        for limit in (host.azimuth_min_rad, host.azimuth_max_rad, host.elevation_max_rad)
    )
    if high_deg - low_deg >= WHOLE_CIRCLE_DEG - 1e-9 and top_deg >= 90.0:
        return
    inside = geometry.within_azimuth_and_top(
        np, at.look, host.azimuth_min_rad, host.azimuth_max_rad, host.elevation_max_rad
    )
    limit = f"{low_deg:.1f} to {high_deg:.1f} deg, up to {top_deg:.1f} deg"
    yield Line("azimuth", azimuth, limit, passed=bool(inside[0]))


def _cone(at: Instant) -> Iterator[Line]:
    host, view = at.watch.host, at.look
    if host.cone_half_angle_rad[0] >= math.pi:
        return
    boresight = host.boresight_azimuth_rad, host.boresight_elevation_rad
    cosine = geometry.along_boresight_m(np, view, *boresight) / view.range_m
    off_deg = float(np.arccos(np.clip(cosine[0], -1.0, 1.0))) / DEG
    inside = geometry.within_cone(np, view, *boresight, host.cone_half_angle_rad)
    half_angle_deg = float(host.cone_half_angle_rad[0]) / DEG
    yield _against("azimuth: off boresight", off_deg, "<=", half_angle_deg, "deg", bool(inside[0]))


def _fan(at: Instant) -> Iterator[Line]:
    host, view = at.watch.host, at.look
    if host.kind[0] != FAN:
        return
    normal = geometry.fan_normal(np, host.fan_plane_azimuth_rad, host.fan_tilt_rad)
    sine = geometry.out_of_plane_m(normal, view)[0] / view.range_m[0]
    off_deg = abs(float(np.arcsin(np.clip(sine, -1.0, 1.0)))) / DEG
    inside = bool(criteria.within_fan(at.sight)[0])
    half_deg = float(host.fan_half_thickness_rad[0]) / DEG
    yield _against("azimuth: off the plane", off_deg, "<=", half_deg, "deg", inside)


def _light(at: Instant, known: dict[str, Any], passed: dict[str, bool]) -> Iterator[Line]:
    sun_deg, lit = known["site_sun_elevation_deg"], known["sunlit"]
    sunlit = NOTHING if lit is None else "sunlit" if lit else "in shadow"
    if at.is_telescope:
        limit_deg = -at.limits.sun_depression_rad / DEG
        yield _against("site_dark: Sun", sun_deg, "<=", limit_deg, "deg", passed.get("site_dark"))
        yield Line("sunlit", sunlit, "sunlit", passed=passed.get("sunlit"))
    else:
        yield Line("Sun", _number(sun_deg, "deg"))
        yield Line("light on it", sunlit)
    yield Line("phase angle", _number(known["phase_angle_deg"], "deg"))
    yield Line("Sun separation", _number(known["sun_separation_deg"], "deg"))
    yield Line("Moon separation", _number(known["moon_separation_deg"], "deg"))


def _sensor(at: Instant, known: dict[str, Any], passed: dict[str, bool]) -> Iterator[Line]:
    magnitude = known["magnitude"]
    if at.is_telescope:
        faintest = known["limiting_magnitude"]
        # In the shadow there is no magnitude to judge; `sunlit` has failed before
        holds = None if magnitude is None else passed.get("magnitude")
        yield _against("magnitude", magnitude, "<=", faintest, "mag", holds)
    else:
        yield Line("magnitude", _number(magnitude, "mag"))
    if known["radar_range_limit_km"] is not None:
        limit_km, range_km = known["radar_range_limit_km"], known["range_km"]
        yield _against("radar_range", range_km, "<=", limit_km, "km", passed.get("radar_range"), 1)
    yield Line("diameter", _number(float(at.scene.diameter_m[0]), "m", 3))
    yield Line("albedo", f"{float(at.scene.albedo[0]):.2f}")
    yield Line("RCS", _number(known["rcs_m2"], "m^2", 4))
