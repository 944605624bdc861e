"""From the words of a user, file, number, place and time, to an instant or a refusal.

Elements are propagated as published, drag included, however old they are; a study turns elements
older than `targets.max_age_days` into representatives.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from kansoku.config import TargetsSection
from kansoku.configfields import read_utc
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.errors import EphemerisError, TargetsError
from kansoku.explain.facts import facts
from kansoku.explain.instant import Instant, looked_at
from kansoku.network.contributors import Sensors
from kansoku.network.single import bare_sensor, sensor_at
from kansoku.network.sites import site_position
from kansoku.targets import content, formats
from kansoku.targets.catalogue import load_file
from kansoku.targets.objects import Targets
from kansoku.targets.records import LISTED_PROBLEMS, within_limits
from kansoku.targets.sizes import with_diameter

LEAST_DIAMETER_M, MOST_DIAMETER_M = 1e-6, 1e6
"""Beyond these no object is meant, and cross-sections would leave the range of floats. [m]"""

MOST_HOURS = 72.0
"""A night and its neighbours; what is longer is a study. [h]"""

LEAST_STEP_S, MOST_STEP_S, STEP_S = 1.0, 600.0, 60.0
"""Between samples of a night; wider ones would step over passes. [s]"""

ONE_SAMPLE = (1.0 / 3600.0, 1.0)
"""Hours and step [s] of the shortest grid: two samples, of which the first is the instant."""


def explain(
    catalogue: Path,
    norad_cat_id: int,
    site: str,
    instant: datetime | str,
    sensor_type: str | None = None,
    diameter_m: float | None = None,
    albedo: float | None = None,
) -> dict[str, Any]:
    """Say whether a site sees an object at one instant, and which criterion decides.

    Parameters
    ----------
    catalogue : Path
        TLE, 3LE or OMM file. Records of it that cannot be read are left out.
    norad_cat_id : int
    site : str
        'LAT,LON,ALT_M' in degrees and metres, or the id of a candidate site or an existing sensor,
        which stands for its position and its terrain. A telescope has the night sky of that site,
        or of the candidate site nearest to the position.
    instant : datetime or str
        ISO 8601 as text; UTC when it has no offset.
    sensor_type : str, optional
        Id of a sensor type; without one only an elevation of 10 degrees decides.
    diameter_m : float, optional
        Diameter of the diffuse sphere that stands for the object, and whose radar cross-section is
        that of its size at each radar's wavelength; else both come from its size class. [m]
    albedo : float, optional
        Of that sphere; else the default of a study. [unitless]

    Returns
    -------
    dict
        The keys of `KEYS`, null where they do not apply: magnitude of a target in the Earth's
        shadow; limiting_magnitude, sky_brightness_mag_arcsec2 and extinction_mag without a
        telescope or below the horizon, and so the airmass; snr and detection_probability where
        neither a telescope looks at a lit target nor a radar at any; radar_range_limit_km and
        snr_db without a radar; all that needs a state where the propagator gives none that is an
        orbit. snr is a ratio of amplitudes of a telescope and of powers of a radar; rcs_m2 is that
        at a radar's wavelength.

    Raises
    ------
    TargetsError
        When the catalogue does not hold the object, or the sphere is none.
    NetworkError
        When the site or the sensor type is unknown.
    EphemerisError
        When the instant is none, or outside the table of Sun and Moon.
    """
    return facts(
        instant_of(catalogue, norad_cat_id, site, instant, sensor_type, diameter_m, albedo)
    )


def instant_of(
    catalogue: Path,
    norad_cat_id: int,
    site: str,
    instant: datetime | str,
    sensor_type: str | None = None,
    diameter_m: float | None = None,
    albedo: float | None = None,
    night: tuple[float, float] = ONE_SAMPLE,
) -> Instant:
    """Prepare what `explain` says; see there.

    `night` is the length [h] and step [s] of the grid that begins at the instant.
    """
    _require_sphere(diameter_m, albedo)
    _require_night(*night)
    grid = _grid(instant, *night)
    sensor = _sensor_at(site, sensor_type)
    target = _as_sphere(_object(catalogue, norad_cat_id), diameter_m, albedo)
    return looked_at(target, sensor, grid, site, sensor_type)


def _require_sphere(diameter_m: float | None, albedo: float | None) -> None:
    """Refuse what is no sphere; nan fails every comparison."""
    if diameter_m is not None and not LEAST_DIAMETER_M <= diameter_m <= MOST_DIAMETER_M:
        raise TargetsError(
            f"--diameter-m: got {diameter_m:g}, must be from {LEAST_DIAMETER_M:g} to "
            f"{MOST_DIAMETER_M:g} [m]; give the diameter of the equivalent sphere, or leave it out"
        )
    if albedo is not None and not 0.0 < albedo <= 1.0:
        raise TargetsError(
            f"--albedo: got {albedo:g}, must be above 0 and at most 1; give the share of light "
            "that the sphere reflects, or leave it out"
        )


def _require_night(hours: float, step_s: float) -> None:
    """Refuse what is no night; nan fails every comparison."""
    if not 0.0 < hours <= MOST_HOURS:
        raise EphemerisError(
            f"--hours: got {hours:g}, must be above 0 and at most {MOST_HOURS:g} [h]; for longer "
            "spans use kansoku passes, or kansoku run"
        )
    if not LEAST_STEP_S <= step_s <= min(MOST_STEP_S, 3600.0 * hours):
        raise EphemerisError(
            f"--step-s: got {step_s:g}, must be from {LEAST_STEP_S:g} to {MOST_STEP_S:g} [s] and "
            f"no longer than --hours, {hours:g} [h]"
        )


def _grid(instant: datetime | str, hours: float, step_s: float) -> TimeGrid:
    """Grid that begins at the instant."""
    try:
        moment = read_utc(instant)
    except ValueError as cause:
        raise EphemerisError(f"--time: got {instant!r}, {cause}") from cause
    try:
        return time_grid(moment, hours, step_s)
    except EphemerisError as cause:
        span = "" if (hours, step_s) == ONE_SAMPLE else f" with the {hours:g} h after it"
        raise EphemerisError(
            f"--time: {moment.isoformat()}{span} is outside the table of Sun and Moon (de421, "
            "1899-07-29 to 2053-10-08); choose an instant within it"
        ) from cause


def _object(catalogue: Path, norad_cat_id: int) -> Targets:
    every = load_file(catalogue, "skip")
    found = np.flatnonzero(every.norad_cat_id == norad_cat_id)
    if not len(found):
        raise _missing(catalogue, norad_cat_id, every)
    return every.take(found[:1])


def _missing(catalogue: Path, norad_cat_id: int, every: Targets) -> TargetsError:
    """Say why a catalogue does not give an object: decayed, not there, or not readable."""
    readable = within_limits(formats.read(content.read(catalogue))).sets
    if norad_cat_id in readable.norad_cat_id:
        return TargetsError(
            f"--id: {norad_cat_id} has decayed: its perigee in {catalogue} lies below the "
            "Earth's surface; choose another object, or a catalogue in which it was in orbit"
        )
    unread = f" ({len(every.warnings)} of its records cannot be read)" if every.warnings else ""
    head = (
        f"--id: no object {norad_cat_id} among the {len(every)} of {catalogue}; correct the "
        f"number, or name another catalogue{unread}"
    )
    # The record in question first, should it be one of many
    unread_first = sorted(every.warnings, key=lambda warning: str(norad_cat_id) not in warning)
    return TargetsError("\n".join((head, *unread_first[:LISTED_PROBLEMS])))


def _as_sphere(target: Targets, diameter_m: float | None, albedo: float | None) -> Targets:
    """Replace the size and the albedo of a target where they are given."""
    if diameter_m is not None:
        target = with_diameter(TargetsSection(), target, np.array([diameter_m]))
    if albedo is not None:
        # Of the sphere: a catalogued magnitude knows no albedo
        target = replace(target, albedo=np.array([albedo]), standard_magnitude=np.array([np.nan]))
    return target


def _sensor_at(site: str, sensor_type: str | None) -> Sensors:
    place, latitude_deg, longitude_deg, altitude_m = site_position(site)
    if sensor_type is None:
        return bare_sensor(latitude_deg, longitude_deg, altitude_m)
    return sensor_at(sensor_type, latitude_deg, longitude_deg, altitude_m, site=place)
