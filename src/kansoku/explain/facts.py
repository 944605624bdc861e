"""Every number about one instant, each from the functions that make the cube."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from kansoku.constants import DEG, M_PER_KM, ORDINAL_ZERO_JD, SECONDS_PER_DAY
from kansoku.ephemeris.grid import TimeGrid
from kansoku.explain.instant import FIRST, Instant, verdicts
from kansoku.visibility import brightness, geometry, moonlight, radar, swerling, telescope
from kansoku.visibility.atmosphere import airmass
from kansoku.visibility.detection import rcs_at_m2
from kansoku.visibility.illumination import sine_of_sun_elevation
from kansoku.visibility.motion import angular_rate_rad_s

ARCSEC_PER_RAD = 3600.0 / DEG

KEYS = (
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
)  # fmt: skip
"""Always present, null where they do not apply; scripts rely on names and order."""


def facts(at: Instant) -> dict[str, Any]:
    """Everything known about one instant: the keys of `KEYS`, in their order."""
    known: dict[str, Any] = dict.fromkeys(KEYS)
    known |= {"norad_cat_id": int(at.target.norad_cat_id[0]), "time_utc": _label(at.grid)}
    known |= _whatever_the_state(at)
    if at.sgp4_error == 0:
        known["position_teme_km"] = [float(x) for x in at.position_teme_km]
    if at.usable:
        known |= _place(at) | _light(at)
        if at.is_telescope:
            known |= _telescope(at, known)
        elif at.is_radar:
            known |= _radar(at, known)
    failing = [name for name, holds in verdicts(at).items() if not holds]
    return known | {"visible": not failing, "decided_by": failing[0] if failing else None}


def _whatever_the_state(at: Instant) -> dict[str, Any]:
    """What the site, the sensor and the size alone decide."""
    sine_sun = sine_of_sun_elevation(at.watch.up, at.grid.sun_itrf_m[:, :1])
    known: dict[str, Any] = {"site_sun_elevation_deg": float(np.arcsin(sine_sun[0]) / DEG)}
    wavelength_m = at.watch.sensors.wavelength_m
    known["rcs_m2"] = float(at.scene.rcs_m2[0])
    if at.is_radar:
        known["rcs_m2"] = float(rcs_at_m2(np, at.scene, FIRST, wavelength_m)[0])
        known["radar_range_limit_km"] = float(at.stage.reach_m[0, 0]) / M_PER_KM
    return known


def _place(at: Instant) -> dict[str, Any]:
    """Where the object is in the site's sky, and how fast it crosses it."""
    view, sight = at.look, at.sight
    rate = angular_rate_rad_s(np, sight.sight_m, sight.range_m, sight.velocity_itrf_m_s)
    sine = brightness.sine_elevation(sight)
    return {
        "azimuth_deg": float(geometry.azimuth_rad(np, view)[0] / DEG),
        "elevation_deg": float(geometry.elevation_rad(np, view)[0] / DEG),
        "range_km": float(view.range_m[0] / M_PER_KM),
        "angular_rate_arcsec_s": float(rate[0]) * ARCSEC_PER_RAD,
        "airmass": float(airmass(np, sine)[0]) if sine[0] > 0.0 else None,
    }


def _light(at: Instant) -> dict[str, Any]:
    """What the Sun and Moon do: shadow, phase, magnitude and separations."""
    sight, site = at.sight, at.watch.site_itrf_m
    lit = bool(sight.lit[0])
    return {
        "sunlit": lit,
        "phase_angle_deg": float(np.arccos(np.clip(sight.phase_cosine[0], -1.0, 1.0)) / DEG),
        "magnitude": float(brightness.magnitude(sight)[0]) if lit else None,
        "moon_separation_deg": _separation_deg(sight.sight_m, sight.moon_direction),
        "sun_separation_deg": _separation_deg(sight.sight_m, sight.sun_itrf_m - site),
    }


def _telescope(at: Instant, known: dict[str, Any]) -> dict[str, Any]:
    """Sky, limit, signal and probability of a telescope that points at the object."""
    if known["airmass"] is None:
        return {}
    sight, path = at.sight, np.array([known["airmass"]])
    sky_nl, rate = brightness.sky_nl(sight), brightness.rate_rad_s(sight)
    detector = at.watch.detector
    told = {
        "extinction_mag": float(detector.extinction_mag[0] * path[0]),
        "sky_brightness_mag_arcsec2": float(moonlight.surface_magnitude(np, sky_nl)[0]),
        "limiting_magnitude": float(brightness.limiting_magnitude(sight)[0]),
    }
    if known["magnitude"] is None:
        return told
    magnitude = np.array([known["magnitude"]])
    snr = telescope.signal_to_noise(np, detector, FIRST, magnitude, sky_nl, rate, path)
    margin = np.array([told["limiting_magnitude"]]) - magnitude
    chance = telescope.detection_probability(np, margin, at.scene.magnitude_sigma)
    return told | {"snr": float(snr[0]), "detection_probability": float(chance[0])}


def _radar(at: Instant, known: dict[str, Any]) -> dict[str, Any]:
    """Signal and probability of a radar that points at the object."""
    s = at.watch.sensors
    if not np.isfinite(s.reference_range_m[0]):
        return {}
    rcs = np.array([known["rcs_m2"]])
    reference = (s.reference_range_m, s.reference_rcs_m2, s.reference_snr_db)
    level_db = radar.snr_db(np, *reference, rcs, at.sight.range_m)
    ratio = radar.ratio_of(level_db)
    chance = swerling.detection_probability(np, ratio, s.false_alarm_probability)
    return {
        "snr_db": float(level_db[0]),
        "snr": float(ratio[0]),
        "detection_probability": float(chance[0]),
    }


def _separation_deg(one: Any, other: Any) -> float:
    cosine = geometry.dot(one, other)[0] / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)) / DEG)


def _label(grid: TimeGrid) -> str:
    """ISO 8601 of the instant: milliseconds, or microseconds where it has them."""
    midnight = datetime.fromordinal(int(grid.jd_utc[0] - ORDINAL_ZERO_JD))
    after_us = round(float(grid.fraction_utc[0]) * SECONDS_PER_DAY * 1e6)
    instant = midnight + timedelta(microseconds=after_us)
    digits = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return f"{instant.isoformat(timespec=digits)}Z"
