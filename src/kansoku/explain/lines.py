"""The lines of the table: each criterion in the order in which they decide, and its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kansoku.constants import DEG, M_PER_KM
from kansoku.explain.facts import ARCSEC_PER_RAD, rcs_m2
from kansoku.explain.instant import ONLY, Instant
from kansoku.network.contributors import FAN
from kansoku.visibility import brightness, criteria, geometry, radar, swerling, telescope
from kansoku.visibility.atmosphere import airmass

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

Known = Mapping[str, Any]
Passed = Mapping[str, bool]


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


def number(value: float | None, unit: str, digits: int = 2) -> str:
    """Show a number with its unit; a dash for none."""
    if value is None or math.isnan(value):
        return NOTHING
    # What decides narrowly must not read as zero
    shown = f"{value:.1g}" if 0.0 < abs(value) < 10.0**-digits else f"{value:,.{digits}f}"
    return f"{shown} {unit}".rstrip()


def against(
    name: str,
    value: float | None,
    relation: Literal[">=", "<="],
    limit: float | None,
    unit: str,
    passed: bool | None,
    digits: int = 2,
) -> Line:
    """Line of a number with a limit; the margin is positive where it passes."""
    if limit is None:
        return Line(name, number(value, unit, digits), passed=passed)
    toward = 1.0 if relation == ">=" else -1.0
    margin = None if value is None else toward * (value - limit)
    return Line(
        name=name,
        value=number(value, unit, digits),
        limit=f"{relation} {number(limit, unit, digits)}",
        margin=number(margin, unit, digits),
        passed=passed,
    )


def of_place(at: Instant, known: Known, passed: Passed) -> Iterator[Line]:
    """Where the object is: the criteria of the orbit and of the field of regard."""
    yield Line("propagation", _propagation(at), passed=passed["propagation"])
    lowest_deg = at.sensor("elevation_min_rad") / DEG
    yield against(
        "elevation", known["elevation_deg"], ">=", lowest_deg, "deg", passed.get("elevation")
    )
    yield from _azimuth(at, known, passed.get("azimuth"))
    yield _range(at, known, passed)
    yield _horizon_mask(at, known, passed)
    yield Line("airmass", number(known["airmass"], ""))
    yield Line("angular rate", _rate(known["angular_rate_arcsec_s"]))
    if known["position_teme_km"] is not None:
        for axis, value in zip("xyz", known["position_teme_km"], strict=True):
            yield Line(f"TEME {axis}", number(value, "km", 3))


def _rate(rate_arcsec_s: float | None) -> str:
    """Between a geostationary object and a low one lie three powers of ten."""
    return number(rate_arcsec_s, "arcsec/s", 0 if rate_arcsec_s and rate_arcsec_s >= 100.0 else 1)


def _propagation(at: Instant) -> str:
    if at.usable:
        return "a state"
    return f"SGP4 error {at.sgp4_error}: {REFUSALS[at.sgp4_error]}" if at.sgp4_error else NO_ORBIT


def _azimuth(at: Instant, known: Known, passed: bool | None) -> Iterator[Line]:
    """A line for each part of a field of regard that has a limit; else the azimuth alone."""
    azimuth = number(known["azimuth_deg"], "deg")
    parts = [] if passed is None else [*_sector(at, azimuth), *_cone(at), *_fan(at)]
    if not any(part.name == "azimuth" for part in parts):
        yield Line("azimuth", azimuth)
    yield from parts


def _sector(at: Instant, azimuth: str) -> Iterator[Line]:
    host = at.watch.host
    low_deg, high_deg, top_deg = (
        float(limit[ONLY]) / DEG
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
    if host.cone_half_angle_rad[ONLY] >= math.pi:
        return
    boresight = host.boresight_azimuth_rad, host.boresight_elevation_rad
    cosine = geometry.along_boresight_m(np, view, *boresight) / view.range_m
    off_deg = float(np.arccos(np.clip(cosine[0], -1.0, 1.0))) / DEG
    inside = geometry.within_cone(np, view, *boresight, host.cone_half_angle_rad)
    half_angle_deg = float(host.cone_half_angle_rad[ONLY]) / DEG
    yield against("azimuth: off boresight", off_deg, "<=", half_angle_deg, "deg", bool(inside[0]))


def _fan(at: Instant) -> Iterator[Line]:
    if at.watch.host.kind[ONLY] != FAN:
        return
    sine = criteria.out_of_plane_m(at.sight)[0] / at.sight.range_m[0]
    off_deg = abs(float(np.arcsin(np.clip(sine, -1.0, 1.0)))) / DEG
    inside = bool(criteria.within_fan(at.sight)[0])
    half_deg = at.sensor("fan_half_thickness_rad") / DEG
    yield against("azimuth: off the plane", off_deg, "<=", half_deg, "deg", inside)


def _range(at: Instant, known: Known, passed: Passed) -> Line:
    """Lasers and receivers have a range of their own; that of radars is their last criterion."""
    if not (at.is_laser or at.is_receiver):
        return Line("range", number(known["range_km"], "km", _digits_of_km(known["range_km"])))
    return _range_against("range", at, known, passed)


def _range_against(name: str, at: Instant, known: Known, passed: Passed) -> Line:
    limit_km, range_km = float(at.stage.reach_m[ONLY, 0]) / M_PER_KM, known["range_km"]
    digits = min(_digits_of_km(range_km), _digits_of_km(limit_km))
    return against(name, range_km, "<=", limit_km, "km", passed.get(name), digits)


def _digits_of_km(distance_km: float | None) -> int:
    """Far out a tenth of a kilometre would only widen the table."""
    return 0 if distance_km is not None and distance_km >= 10_000.0 else 1


def _horizon_mask(at: Instant, known: Known, passed: Passed) -> Line:
    if not at.usable or not at.watch.walled[ONLY]:
        return Line("horizon_mask", NOTHING)
    terrain_deg = float(criteria.terrain_rad(at.sight)[0]) / DEG
    elevation_deg = known["elevation_deg"]
    return against(
        "horizon_mask", elevation_deg, ">=", terrain_deg, "deg", passed["horizon_mask"]
    )  # fmt: skip


def of_light(at: Instant, known: Known, passed: Passed) -> Iterator[Line]:
    """What the Sun and the Moon do: the criteria of light."""
    lit = known["sunlit"]
    needed = at.usable and bool(np.all(criteria.needs_light(at.sight)))
    darkest_deg = -at.limits.sun_depression_rad / DEG if needed else None
    dark = passed["site_dark"] if needed else None
    sun_deg = known["site_sun_elevation_deg"]
    yield against("site_dark: Sun", sun_deg, "<=", darkest_deg, "deg", dark)
    yield from _separations(at, known, passed)
    sunlit = NOTHING if lit is None else "sunlit" if lit else "in shadow"
    limit, lit_enough = ("sunlit", passed["sunlit"]) if needed else (NOTHING, None)
    yield Line("sunlit", sunlit, limit, passed=lit_enough)
    yield Line("phase angle", number(known["phase_angle_deg"], "deg"))


def _separations(at: Instant, known: Known, passed: Passed) -> Iterator[Line]:
    for body in ("sun", "moon"):
        name, nearest_deg = f"{body}_separation", at.sensor(f"{body}_exclusion_rad") / DEG
        limit_deg = nearest_deg if nearest_deg > 0.0 else None
        holds = passed.get(name) if nearest_deg > 0.0 else None
        yield against(name, known[f"{body}_separation_deg"], ">=", limit_deg, "deg", holds)


def of_sensor(at: Instant, known: Known, passed: Passed) -> Iterator[Line]:
    """What the sensor detects: its own criterion, and the numbers behind it."""
    yield _magnitude(at, known, passed)
    yield _radar_range(at, known, passed)
    if at.is_telescope:
        yield from _telescope(at, known)
    elif at.is_radar:
        yield from _radar(at, known)
    elif at.is_laser:
        yield Line("laser", _ranged_by(at))
    elif at.is_receiver:
        yield Line("radio", "transmits" if at.scene.emits[0] else "is silent")
    yield from _appearance(at)


def _magnitude(at: Instant, known: Known, passed: Passed) -> Line:
    faintest, magnitude = known["limiting_magnitude"], known["magnitude"]
    if not at.is_telescope or faintest is None:
        return Line("magnitude", number(magnitude, "mag"))
    # Fainter by this is detected as often as asked; 0 where that is half the time
    least_mag = telescope.margin_needed_mag(
        at.limits.detection_probability, float(at.scene.magnitude_sigma[0])
    )
    # In the shadow there is no magnitude to judge; `sunlit` has failed before
    holds = None if magnitude is None else passed["magnitude"]
    return against("magnitude", magnitude, "<=", faintest - least_mag, "mag", holds)


def _radar_range(at: Instant, known: Known, passed: Passed) -> Line:
    if not at.is_radar:
        return Line("radar_range", NOTHING)
    return _range_against("radar_range", at, known, passed)


def _telescope(at: Instant, known: Known) -> Iterator[Line]:
    detector = at.watch.detector
    yield Line("extinction", number(known["extinction_mag"], "mag"))
    yield Line("sky per arcsec2", number(known["sky_brightness_mag_arcsec2"], "mag"))
    if known["limiting_magnitude"] is not None:
        yield from _trailing(at)
    yield against("SNR", known["snr"], ">=", float(detector.required_snr[ONLY]), "", None)
    yield _chance(at, known)
    yield Line("magnitude sigma", number(float(at.scene.magnitude_sigma[0]), "mag"))


def _trailing(at: Instant) -> Iterator[Line]:
    """How fast the image moves on the detector, and what that costs."""
    sight, detector = at.sight, at.watch.detector
    rate_rad_s = float(np.max(brightness.rate_rad_s(sight)))
    lag_rad_s = max(rate_rad_s - float(detector.followed_rad_s[ONLY]), 0.0)
    path, sky_nl = airmass(np, brightness.sine_elevation(sight)), brightness.sky_nl(sight)
    still = telescope.limiting_magnitude(np, detector, ONLY, sky_nl, 0.0, path)
    loss_mag = float((still - brightness.limiting_magnitude(sight))[0])
    yield Line("trailing", _rate(lag_rad_s * ARCSEC_PER_RAD))
    yield Line("trailing loss", number(loss_mag, "mag"))


def _radar(at: Instant, known: Known) -> Iterator[Line]:
    needed = swerling.snr_needed(
        np,
        np.array([at.limits.detection_probability]),
        np.array([at.sensor("false_alarm_probability")]),
    )
    needed_db = float(radar.decibels(np, needed)[0])
    yield against("SNR", known["snr_db"], ">=", needed_db, "dB", None)
    yield _chance(at, known)


def _chance(at: Instant, known: Known) -> Line:
    wanted, chance = at.limits.detection_probability, known["detection_probability"]
    return against("probability", chance, ">=", wanted, "", None)


def _ranged_by(at: Instant) -> str:
    """What returns the light: `detection` takes the farther of the two."""
    debris_m = at.sensor("debris_range_m")
    if at.scene.retroreflector[0]:
        return "retro-reflectors"
    return "no way to it" if math.isnan(debris_m) else "diffuse light"


def _appearance(at: Instant) -> Iterator[Line]:
    scene = at.scene
    standard = float(scene.standard_magnitude[0])
    yield Line("diameter", number(float(scene.diameter_m[0]), "m", 3))
    yield Line("albedo", f"{float(scene.albedo[0]):.2f}")
    if not math.isnan(standard):
        yield Line("standard magnitude", number(standard, "mag"))
    yield Line("RCS", number(rcs_m2(at), "m^2", 4))
    yield Line("RCS rests on", _rcs_rests_on(at))


def _rcs_rests_on(at: Instant) -> str:
    """What a cross-section comes from: a measurement, or the size, at the radar's wavelength."""
    if at.scene.rcs_measured[0]:
        return "the catalogue"
    if not at.is_radar:
        return "its size"
    return f"size, {100.0 * at.sensor('wavelength_m'):.3g} cm"
