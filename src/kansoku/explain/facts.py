"""Every number about an instant and the night after it, each from the functions of the cube."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.constants import DEG, M_PER_KM, ORDINAL_ZERO_JD, SECONDS_PER_DAY
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.explain.instant import FIRST, ONLY, Instant
from kansoku.visibility import (
    atmosphere,
    brightness,
    criteria,
    geometry,
    moonlight,
    radar,
    swerling,
    telescope,
)
from kansoku.visibility.detection import rcs_at_m2
from kansoku.visibility.illumination import sine_of_sun_elevation
from kansoku.visibility.motion import angular_rate_rad_s
from kansoku.visibility.sight import Sight

ARCSEC_PER_RAD = 3600.0 / DEG

KEYS = (
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
)  # fmt: skip
"""Always present, null where they do not apply; scripts rely on names and order."""

NOT_OF_A_NIGHT = ("norad_cat_id", "position_teme_km", "rcs_m2", "radar_range_limit_km")
SERIES_KEYS = tuple(key for key in KEYS if key not in NOT_OF_A_NIGHT)
"""What a night has for each of its samples, in the order of `KEYS`."""

Arrays = dict[str, npt.NDArray[Any]]


def facts(at: Instant) -> dict[str, Any]:
    """Everything known about one instant: the keys of `KEYS`, in their order."""
    first = {name: values[0] for name, values in series(at, FIRST).items()}
    return dict.fromkeys(KEYS) | _of_the_object(at) | first


def series(at: Instant, step: npt.NDArray[np.intp] | None = None) -> dict[str, list[Any]]:
    """Everything that changes from sample to sample.

    Parameters
    ----------
    at : Instant
    step : (M,) int array, optional
        Samples of its grid; all of them when omitted.

    Returns
    -------
    dict
        The keys of `SERIES_KEYS`, in their order; M entries each, None where they do not apply.
    """
    step = np.arange(at.stage.steps) if step is None else step
    told: dict[str, list[Any]] = {name: [None] * len(step) for name in SERIES_KEYS}
    sine_sun = sine_of_sun_elevation(at.watch.up, at.grid.sun_itrf_m[:, step])
    told["time_utc"] = [_label(at.grid, k) for k in step.tolist()]
    told["site_sun_elevation_deg"] = (np.arcsin(sine_sun) / DEG).tolist()
    told["visible"] = [False] * len(step)
    told["decided_by"] = ["propagation"] * len(step)
    usable = np.flatnonzero(at.stage.block.usable[0, step])
    for name, values in _with_a_state(at, at.sight_at(step[usable])).items():
        for k, value in zip(usable.tolist(), values.tolist(), strict=True):
            told[name][k] = _or_none(value)
    return told


def _or_none(value: Any) -> Any:
    """Nan is how arrays say that a number does not apply, and JSON has neither nan nor infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _of_the_object(at: Instant) -> dict[str, Any]:
    """What one instant has alone, and what no instant changes."""
    known: dict[str, Any] = {"norad_cat_id": int(at.target.norad_cat_id[0])}
    if at.sgp4_error == 0:
        known["position_teme_km"] = [float(x) for x in at.position_teme_km]
    known["rcs_m2"] = _or_none(rcs_m2(at))
    if at.is_radar:
        known["radar_range_limit_km"] = _or_none(float(at.stage.reach_m[ONLY, 0]) / M_PER_KM)
    return known


def rcs_m2(at: Instant) -> float:
    """Radar cross-section: at the wavelength of a radar, else as the catalogue gives it. [m^2]"""
    if not at.is_radar:
        return float(at.scene.rcs_m2[0])
    return float(rcs_at_m2(np, at.scene, FIRST, np.array([at.sensor("wavelength_m")]))[0])


def _with_a_state(at: Instant, sight: Sight) -> Arrays:
    """What needs a state that is an orbit."""
    known = _place(sight) | _light(sight) | _decision(sight)
    if at.is_telescope:
        known |= _telescope(sight, known)
    elif at.is_radar:
        known |= _radar(at, sight)
    return known


def _place(sight: Sight) -> Arrays:
    """Where the object is in the site's sky, and how fast it crosses it."""
    rate = angular_rate_rad_s(np, sight.sight_m, sight.range_m, sight.velocity_itrf_m_s)
    sine = brightness.sine_elevation(sight)
    return {
        "azimuth_deg": geometry.azimuth_rad(np, sight.look) / DEG,
        "elevation_deg": geometry.elevation_rad(np, sight.look) / DEG,
        "range_km": sight.range_m / M_PER_KM,
        "angular_rate_arcsec_s": rate * ARCSEC_PER_RAD,
        "airmass": np.where(sine >= 0.0, atmosphere.airmass(np, sine), np.nan),
    }


def _light(sight: Sight) -> Arrays:
    """What the Sun and Moon do: shadow, phase, magnitude and separations."""
    # The Sun from the Earth's centre, as the criterion takes it
    sun_distance_m = np.sqrt(geometry.dot(sight.sun_itrf_m, sight.sun_itrf_m))
    return {
        "sunlit": sight.lit,
        "phase_angle_deg": np.arccos(np.clip(sight.phase_cosine, -1.0, 1.0)) / DEG,
        "magnitude": np.where(sight.lit, brightness.magnitude(sight), np.nan),
        "moon_separation_deg": _apart_deg(sight, sight.moon_direction),
        "sun_separation_deg": _apart_deg(sight, sight.sun_itrf_m / sun_distance_m),
    }


def _apart_deg(sight: Sight, direction: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    cosine = geometry.dot(sight.sight_m, direction) / sight.range_m
    apart: npt.NDArray[np.float64] = np.arccos(np.clip(cosine, -1.0, 1.0)) / DEG
    return apart


def _decision(sight: Sight) -> Arrays:
    """Whether each sample is seen, and the first criterion that fails where it is not."""
    held = criteria.verdicts(sight)
    fails = ~np.stack(list(held.values()))
    names = np.array([*held, None], dtype=object)
    first = np.where(fails.any(axis=0), fails.argmax(axis=0), len(held))
    return {"visible": first == len(held), "decided_by": names[first]}


def _telescope(sight: Sight, known: Arrays) -> Arrays:
    """Sky, limit, signal and probability of a telescope that points at the object."""
    detector, path = sight.stage.watch.detector, known["airmass"]
    sky_nl, rate = brightness.sky_nl(sight), brightness.rate_rad_s(sight)
    limiting = np.where(np.isnan(path), np.nan, brightness.limiting_magnitude(sight))
    snr = telescope.signal_to_noise(np, detector, ONLY, known["magnitude"], sky_nl, rate, path)
    sigma = sight.stage.scene.magnitude_sigma[sight.row]
    return {
        "extinction_mag": atmosphere.extinction_mag(path, detector.extinction_mag[ONLY]),
        "sky_brightness_mag_arcsec2": np.where(
            np.isnan(path), np.nan, moonlight.surface_magnitude(np, sky_nl)
        ),
        "limiting_magnitude": limiting,
        "snr": snr,
        "detection_probability": telescope.detection_probability(
            np, limiting - known["magnitude"], sigma
        ),
    }


def _radar(at: Instant, sight: Sight) -> Arrays:
    """Signal and probability of a radar that points at the object."""
    level_db = radar.snr_db(
        np,
        at.sensor("reference_range_m"),
        at.sensor("reference_rcs_m2"),
        at.sensor("reference_snr_db"),
        np.array([rcs_m2(at)]),
        sight.range_m,
    )
    ratio = radar.ratio_of(level_db)
    false_alarm = at.sensor("false_alarm_probability")
    return {
        "snr_db": level_db,
        "snr": ratio,
        "detection_probability": swerling.detection_probability(np, ratio, false_alarm),
    }


def _label(grid: TimeGrid, step: int) -> str:
    """ISO 8601 of a sample: milliseconds, or microseconds where it has them."""
    midnight = datetime.fromordinal(int(grid.jd_utc[step] - ORDINAL_ZERO_JD))
    after_us = round(float(grid.fraction_utc[step]) * SECONDS_PER_DAY * 1e6)
    instant = midnight + timedelta(microseconds=after_us)
    digits = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return f"{instant.isoformat(timespec=digits)}Z"
