"""Why one object is seen, or not, from one place at one instant: the job behind the command.

Every number comes from the functions that make the cube.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kansoku import targets
from kansoku.config import TargetsSection, VisibilitySection
from kansoku.constants import DEG
from kansoku.ephemeris.grid import TimeGrid, time_grid
from kansoku.ephemeris.sgp4 import Satellites, minutes_since_epoch, prepare, propagate
from kansoku.ephemeris.states import StateBlock, state_block
from kansoku.errors import TargetsError
from kansoku.network.contributors import OPTICAL, Sensors
from kansoku.network.single import bare_sensor, sensor_at
from kansoku.network.sites import site_position
from kansoku.targets.objects import Targets
from kansoku.visibility import geometry, mask
from kansoku.visibility.geometry import Look
from kansoku.visibility.illumination import sine_of_sun_elevation, sunlit
from kansoku.visibility.photometry import cosine_of_phase_angle
from kansoku.visibility.watch import Scene, Sky, Watch, scene_of, sky_of, watch_of

if TYPE_CHECKING:
    from rich.table import Table

ARCSEC_PER_RAD = 3600.0 / DEG

KEYS = (
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
)  # fmt: skip
"""Always present, null where they do not apply (design section 3)."""


@dataclass(frozen=True)
class Instant:
    """One object over one sensor at one instant, ready for every criterion."""

    targets: Targets
    grid: TimeGrid
    satellites: Satellites
    block: StateBlock
    watch: Watch
    scene: Scene
    sky: Sky
    limits: mask.Limits

    @property
    def target_itrf_m(self) -> Any:
        """Position, (3, 1). [m]."""
        return self.block.position_itrf_m[:, :, 0]

    @property
    def look(self) -> Look:
        """Look from the site to the object."""
        return mask.look_from(np, self.watch, np.array([0]), self.target_itrf_m)


def explain(
    catalogue: Path,
    norad_cat_id: int,
    site: str,
    instant: datetime,
    sensor_type: str | None = None,
    diameter_m: float | None = None,
    albedo: float | None = None,
) -> dict[str, Any]:
    """Say whether a site sees an object at one instant, and which criterion decides.

    Parameters
    ----------
    catalogue : Path
        TLE, 3LE or OMM file.
    norad_cat_id : int
    site : str
        'LAT,LON,ALT_M' in degrees and metres, or the id of a site or sensor.
    instant : datetime
        UTC when it has no offset.
    sensor_type : str, optional
        Id of a sensor type; without one only an elevation of 10 degrees decides.
    diameter_m, albedo : float, optional
        Of the diffuse sphere that stands for the object; else from its size class.

    Returns
    -------
    dict
        The keys of `KEYS`.

    Raises
    ------
    TargetsError
        When the catalogue does not hold the object.
    NetworkError
        When the site or the sensor type is unknown.
    """
    at = _instant(catalogue, norad_cat_id, site, instant, sensor_type, diameter_m, albedo)
    facts: dict[str, Any] = dict.fromkeys(KEYS)
    facts |= {"norad_cat_id": norad_cat_id, "time_utc": _label(at.grid)}
    facts |= _verdict(at)
    if facts["decided_by"] != "propagation":
        facts |= _place(at) | _light(at) | _sensor(at, sensor_type)
    return facts


def table(facts: dict[str, Any]) -> Table:
    """Show the facts as a table for the terminal."""
    from rich.table import Table

    shown = Table("quantity", "value", title=_sentence(facts))
    for key, value in facts.items():
        text = "-" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
        shown.add_row(key, text)
    return shown


def _sentence(facts: dict[str, Any]) -> str:
    subject = f"{facts['norad_cat_id']} at {facts['time_utc']}"
    if facts["visible"]:
        return f"{subject}: visible"
    return f"{subject}: not visible, {facts['decided_by']} decides"


def _instant(
    catalogue: Path,
    norad_cat_id: int,
    site: str,
    instant: datetime,
    sensor_type: str | None,
    diameter_m: float | None,
    albedo: float | None,
) -> Instant:
    """Propagate one object to one instant, and place the sensor."""
    one = _object(catalogue, norad_cat_id, diameter_m, albedo)
    sensors = _sensors(site, sensor_type)
    # Interpolation needs two samples; only the first is looked at.
    grid = time_grid(instant, 1.0 / 3600.0, 1.0)
    satellites = prepare(np, one.elements)
    watch = watch_of(np, sensors)
    defaults = VisibilitySection()
    limits = mask.Limits(defaults.sun_depression_deg * DEG, defaults.shadow)
    return Instant(
        targets=one,
        grid=grid,
        satellites=satellites,
        block=state_block(np, satellites, grid, 0, 1),
        watch=watch,
        scene=scene_of(np, one, 0, 1),
        sky=sky_of(np, watch, grid, limits.sun_depression_rad),
        limits=limits,
    )


def _object(
    catalogue: Path, norad_cat_id: int, diameter_m: float | None, albedo: float | None
) -> Targets:
    section = TargetsSection(catalogue=str(catalogue), on_bad_record="skip")
    every = targets.load(section, Path())
    found = np.flatnonzero(every.norad_cat_id == norad_cat_id)
    if not len(found):
        raise TargetsError(
            f"{catalogue}: no object {norad_cat_id} among its {len(every)}; give an id that "
            "`kansoku catalogue info` counts"
        )
    one = every.take(found[:1])
    if diameter_m is not None:
        rcs_m2 = math.pi / 4.0 * diameter_m**2
        one = replace(one, diameter_m=np.array([diameter_m]), rcs_m2=np.array([rcs_m2]))
    if albedo is not None:
        one = replace(one, albedo=np.array([albedo]))
    return one


def _sensors(site: str, sensor_type: str | None) -> Sensors:
    _, latitude_deg, longitude_deg, altitude_m = site_position(site)
    place = (latitude_deg, longitude_deg, altitude_m)
    return bare_sensor(*place) if sensor_type is None else sensor_at(sensor_type, *place)


def _verdict(at: Instant) -> dict[str, Any]:
    """Whether the object is visible, and else the first criterion that fails."""
    zero = np.array([0])
    samples = mask.Samples(zero, zero, np.array([0.0]))
    passed = mask.verdicts(
        np, at.watch, at.scene, at.sky, at.limits, samples, at.target_itrf_m
    )
    usable = bool(at.block.usable[0, 0])
    failing = [name for name in mask.CRITERIA if not passed[name][0]]
    decided_by = "propagation" if not usable else failing[0] if failing else None
    return {"visible": decided_by is None, "decided_by": decided_by}


def _place(at: Instant) -> dict[str, Any]:
    """Where the object is: for the propagator, and in the site's sky."""
    minutes = minutes_since_epoch(
        np, at.satellites, slice(0, 1), at.grid.jd_utc, at.grid.fraction_utc
    )
    position, _, _ = propagate(np, at.satellites, 0, 1, minutes)
    view = at.look
    return {
        "position_teme_km": [float(x) for x in position[:, 0, 0]],
        "azimuth_deg": float(geometry.azimuth_rad(np, view)[0] / DEG),
        "elevation_deg": float(geometry.elevation_rad(np, view)[0] / DEG),
        "range_km": float(view.range_m[0] / 1000.0),
        "angular_rate_arcsec_s": _angular_rate_arcsec_s(at, view),
    }


def _angular_rate_arcsec_s(at: Instant, view: Look) -> float:
    """Rate across the sky of a mount that stands still on the Earth."""
    sight = (at.target_itrf_m - at.watch.site_itrf_m) / view.range_m
    velocity = at.block.velocity_itrf_m_s[:, :, 0]
    across = velocity - sight * geometry.dot(sight, velocity)
    return float(np.linalg.norm(across) / view.range_m[0] * ARCSEC_PER_RAD)


def _light(at: Instant) -> dict[str, Any]:
    """What the Sun and Moon do: darkness, shadow, phase, magnitude and separations."""
    target, site = at.target_itrf_m, at.watch.site_itrf_m
    sun, moon = at.grid.sun_itrf_m[:, :1], at.grid.moon_itrf_m[:, :1]
    view, zero = at.look, np.array([0])
    lit = bool(sunlit(np, target, sun, at.limits.shadow)[0])
    phase = cosine_of_phase_angle(np, target - site, view.range_m, sun - target)
    magnitude = mask.magnitude_of(np, at.scene, zero, site, target, view.range_m, sun)
    return {
        "site_sun_elevation_deg": float(
            np.arcsin(sine_of_sun_elevation(at.watch.up, sun)[0]) / DEG
        ),
        "sunlit": lit,
        "phase_angle_deg": float(np.arccos(np.clip(phase[0], -1.0, 1.0)) / DEG),
        "magnitude": float(magnitude[0]) if lit else None,
        "moon_separation_deg": _separation_deg(target - site, moon - site),
        "sun_separation_deg": _separation_deg(target - site, sun - site),
    }


def _separation_deg(one: Any, other: Any) -> float:
    cosine = geometry.dot(one, other)[0] / (np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)) / DEG)


def _sensor(at: Instant, sensor_type: str | None) -> dict[str, Any]:
    """What the sensor could reach."""
    rcs = {"rcs_m2": float(at.scene.rcs_m2[0])}
    if sensor_type is None:
        return rcs
    if at.watch.host.kind[0] == OPTICAL:
        return rcs | {"limiting_magnitude": float(at.watch.host.limiting_magnitude[0])}
    zero = np.array([0])
    limit_m = float(mask.range_limit_m(at.watch, at.scene, zero, zero)[0])
    return rcs | {"radar_range_limit_km": limit_m / 1000.0}


def _label(grid: TimeGrid) -> str:
    return f"{grid.utc[0].astype('datetime64[ms]')}Z"
