"""Why one object is seen, or not, from one place at one instant: the job behind the command.

Every number comes from the functions that make the cube. Elements are propagated as published,
drag included, however old they are; a study turns elements older than `targets.max_age_days` into
representatives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.config import VisibilitySection, read_utc
from kansoku.constants import DEG, M_PER_KM, ORDINAL_ZERO_JD, SECONDS_PER_DAY
from kansoku.ephemeris.grid import TimeGrid, time_grid
from kansoku.ephemeris.sgp4 import minutes_since_epoch, prepare, propagate
from kansoku.ephemeris.states import StateBlock, state_block
from kansoku.errors import EphemerisError, TargetsError
from kansoku.network.contributors import OPTICAL, Sensors
from kansoku.network.single import bare_sensor, sensor_at
from kansoku.network.sites import site_position
from kansoku.targets import content, formats
from kansoku.targets.catalogue import load_file
from kansoku.targets.objects import Targets
from kansoku.targets.records import LISTED_PROBLEMS, within_limits
from kansoku.visibility import geometry, mask
from kansoku.visibility.geometry import Look
from kansoku.visibility.illumination import sine_of_sun_elevation, sunlit
from kansoku.visibility.photometry import cosine_of_phase_angle
from kansoku.visibility.watch import Scene, Sky, Watch, scene_of, sky_of, watch_of

ARCSEC_PER_RAD = 3600.0 / DEG
LEAST_DIAMETER_M, MOST_DIAMETER_M = 1e-6, 1e6
"""Beyond these no object is meant, and cross-sections would leave the range of floats. [m]"""

KEYS = (
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
)  # fmt: skip
"""Always present, null where they do not apply (design section 3)."""

FIRST = np.array([0])
"""The only contributor, the only target, the instant asked for."""


@dataclass(frozen=True)
class Instant:
    """One object over one sensor at one instant, ready for every criterion.

    Attributes
    ----------
    target : Targets
        One.
    place : str
        As asked for.
    sensor_type : str or None
        None where elevation alone decides.
    grid : TimeGrid
        Two samples, because interpolation needs them; only the first is looked at.
    block : StateBlock
    position_teme_km : (3,) array
        As SGP4 gives it; nan where it gives none. [km]
    sgp4_error : int
        Its code; 0 where it gives a state, which may still be no orbit (`StateBlock.usable`).
    watch : Watch
        One sensor.
    scene : Scene
    sky : Sky
    limits : mask.Limits
    """

    target: Targets
    place: str
    sensor_type: str | None
    grid: TimeGrid
    block: StateBlock
    position_teme_km: npt.NDArray[np.float64]
    sgp4_error: int
    watch: Watch
    scene: Scene
    sky: Sky
    limits: mask.Limits

    @property
    def usable(self) -> bool:
        """Whether the propagator gives a state that is an orbit."""
        return bool(self.block.usable[0, 0])

    @property
    def is_telescope(self) -> bool:
        """Whether light decides."""
        return bool(self.watch.host.kind[0] == OPTICAL)

    @property
    def target_itrf_m(self) -> Any:
        """Position, (3, 1). [m]"""
        return self.block.position_itrf_m[:, :, 0]

    @property
    def look(self) -> Look:
        """Look from the site to the object."""
        return mask.look_from(np, self.watch, FIRST, self.target_itrf_m)


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
        'LAT,LON,ALT_M' in degrees and metres, or the id of a site or sensor.
    instant : datetime or str
        ISO 8601 as text; UTC when it has no offset.
    sensor_type : str, optional
        Id of a sensor type; without one only an elevation of 10 degrees decides.
    diameter_m : float, optional
        Diameter of the diffuse sphere that stands for the object, whose disc is also its radar
        cross-section; else both come from its size class. [m]
    albedo : float, optional
        Of that sphere; else the default of a study. [unitless]

    Returns
    -------
    dict
        The keys of `KEYS`, null where they do not apply: magnitude of a target in the Earth's
        shadow, limiting_magnitude without a telescope, radar_range_limit_km without a radar, all
        that needs a state where the propagator gives none that is an orbit. Airmass, extinction,
        sky brightness, signal-to-noise ratios and detection probability are null until the
        detection models have them.

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
) -> Instant:
    """Prepare what `explain` says; see there."""
    _require_sphere(diameter_m, albedo)
    grid = _grid(instant)
    sensor = _sensor_at(site, sensor_type)
    target = _as_sphere(_object(catalogue, norad_cat_id), diameter_m, albedo)
    return looked_at(target, sensor, grid, site, sensor_type)


def looked_at(
    target: Targets,
    sensor: Sensors,
    grid: TimeGrid,
    place: str = "",
    sensor_type: str | None = None,
) -> Instant:
    """Propagate one target to the first instant of a grid, under the default limits of a study.

    Parameters
    ----------
    target : Targets
        One.
    sensor : Sensors
        One.
    grid : TimeGrid
        At least two samples.
    place, sensor_type : str, optional
        As the user named them.
    """
    satellites, watch = prepare(np, target.elements), watch_of(np, sensor)
    minutes = minutes_since_epoch(
        satellites.epochs(0, 1), FIRST, grid.jd_utc[:1], grid.fraction_utc[:1]
    )
    position_teme_km, _, error = propagate(np, satellites, 0, 1, minutes)
    limits = mask.Limits.of(VisibilitySection())
    return Instant(
        target=target,
        place=place,
        sensor_type=sensor_type,
        grid=grid,
        block=state_block(np, satellites, grid, 0, 1),
        position_teme_km=position_teme_km[:, 0, 0],
        sgp4_error=int(error[0, 0]),
        watch=watch,
        scene=scene_of(np, target, 0, 1),
        sky=sky_of(np, watch, grid, limits.sun_depression_rad),
        limits=limits,
    )


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


def verdicts(at: Instant) -> dict[str, bool]:
    """Whether each criterion that can be tested holds, in the order in which they decide.

    Without a usable state only 'propagation' is tested, and fails.
    """
    if not at.usable:
        return {"propagation": False}
    samples = mask.Samples(FIRST, FIRST, np.array([0.0]))
    held = mask.verdicts(np, at.watch, at.scene, at.sky, at.limits, samples, at.target_itrf_m)
    return {name: bool(held[name][0]) for name in mask.CRITERIA}


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


def _grid(instant: datetime | str) -> TimeGrid:
    """Grid of two samples that begins at the instant."""
    try:
        moment = read_utc(instant)
    except ValueError as cause:
        raise EphemerisError(f"--time: got {instant!r}, {cause}") from cause
    try:
        return time_grid(moment, 1.0 / 3600.0, 1.0)
    except EphemerisError as cause:
        raise EphemerisError(
            f"--time: {moment.isoformat()} is outside the table of Sun and Moon (de421, "
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
        # The inverse of `targets.sizes.equivalent_diameter_m`
        rcs_m2 = math.pi / 4.0 * diameter_m**2
        target = replace(target, diameter_m=np.array([diameter_m]), rcs_m2=np.array([rcs_m2]))
    if albedo is not None:
        target = replace(target, albedo=np.array([albedo]))
    return target


def _sensor_at(site: str, sensor_type: str | None) -> Sensors:
    _, latitude_deg, longitude_deg, altitude_m = site_position(site)
    if sensor_type is None:
        return bare_sensor(latitude_deg, longitude_deg, altitude_m)
    return sensor_at(sensor_type, latitude_deg, longitude_deg, altitude_m)


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
