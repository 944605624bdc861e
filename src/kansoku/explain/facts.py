"""Every number about one instant, each from the functions that make the cube."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from kansoku.constants import DEG, M_PER_KM, ORDINAL_ZERO_JD, SECONDS_PER_DAY
from kansoku.ephemeris.grid import TimeGrid
from kansoku.explain.instant import FIRST, Instant, verdicts
from kansoku.visibility import geometry, mask
from kansoku.visibility.geometry import Look
from kansoku.visibility.illumination import sine_of_sun_elevation, sunlit
from kansoku.visibility.photometry import cosine_of_phase_angle

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
    failing = [name for name, holds in verdicts(at).items() if not holds]
    return known | {"visible": not failing, "decided_by": failing[0] if failing else None}


def _whatever_the_state(at: Instant) -> dict[str, Any]:
    """What the site, the sensor and the size alone decide."""
    sine_sun = sine_of_sun_elevation(at.watch.up, at.grid.sun_itrf_m[:, :1])
    known: dict[str, Any] = {
        "site_sun_elevation_deg": float(np.arcsin(sine_sun[0]) / DEG),
        "rcs_m2": float(at.scene.rcs_m2[0]),
    }
    if at.is_telescope:
        known["limiting_magnitude"] = float(at.watch.host.limiting_magnitude[0])
    elif at.sensor_type is not None:
        limit_m = mask.range_limit_m(at.watch, at.scene, FIRST, FIRST)
        known["radar_range_limit_km"] = float(limit_m[0]) / M_PER_KM
    return known


def _place(at: Instant) -> dict[str, Any]:
    """Where the object is in the site's sky."""
    view = at.look
    return {
        "azimuth_deg": float(geometry.azimuth_rad(np, view)[0] / DEG),
        "elevation_deg": float(geometry.elevation_rad(np, view)[0] / DEG),
        "range_km": float(view.range_m[0] / M_PER_KM),
        "angular_rate_arcsec_s": _angular_rate_arcsec_s(at, view),
    }


def _angular_rate_arcsec_s(at: Instant, view: Look) -> float:
    """Rate across the sky of a mount that stands still on the Earth."""
    sight = (at.target_itrf_m - at.watch.site_itrf_m) / view.range_m
    velocity = at.block.velocity_itrf_m_s[:, :, 0]
    across = velocity - sight * geometry.dot(sight, velocity)
    return float(np.linalg.norm(across) / view.range_m[0] * ARCSEC_PER_RAD)


def _light(at: Instant) -> dict[str, Any]:
    """What the Sun and Moon do: shadow, phase, magnitude and separations."""
    target, site = at.target_itrf_m, at.watch.site_itrf_m
    sun, moon = at.grid.sun_itrf_m[:, :1], at.grid.moon_itrf_m[:, :1]
    range_m = at.look.range_m
    lit = bool(sunlit(np, target, sun, at.limits.shadow)[0])
    phase = cosine_of_phase_angle(np, target - site, range_m, sun - target)
    magnitude = mask.magnitude_of(np, at.scene, FIRST, site, target, range_m, sun)
    return {
        "sunlit": lit,
        "phase_angle_deg": float(np.arccos(np.clip(phase[0], -1.0, 1.0)) / DEG),
        "magnitude": float(magnitude[0]) if lit else None,
        "moon_separation_deg": _separation_deg(target - site, moon - site),
        "sun_separation_deg": _separation_deg(target - site, sun - site),
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
