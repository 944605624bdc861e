"""Whether a sensor sees a target: every criterion, defined here and nowhere else.

Each is a function of a `Sight`. `verdicts` gives all of them, for explanations; `visible_among`
asks the cheap ones first and the dear ones about what is left, for cubes and edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kansoku.backend import Array
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from kansoku.visibility import geometry
from kansoku.visibility.brightness import bright_enough, margin_mag
from kansoku.visibility.detection import within_reach
from kansoku.visibility.geometry import dot
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage

Criterion = Callable[[Sight], Any]


def propagation(sight: Sight) -> Array:
    """Whether the propagator gives a state that is an orbit."""
    return ~sight.stage.xp.isnan(sight.range_m)


def elevation(sight: Sight) -> Array:
    """Whether targets stand at or above the lowest elevation of the field."""
    return sight.up_m >= sight.each(sight.stage.watch.sine_lowest) * sight.range_m


def azimuth(sight: Sight) -> Array:
    """Whether targets are in the part of the field that the lowest elevation does not decide."""
    watch = sight.stage.watch
    within = _where(sight, sight.each(watch.limited), _within_azimuth_top_and_cone)
    return _and(within, _where(sight, _is(sight, FAN), within_fan))


def in_range(sight: Sight) -> Array:
    """Whether lasers and receivers reach their targets at all."""
    return _where(sight, _is(sight, LASER) | _is(sight, PASSIVE_RF), within_reach)


def horizon_mask(sight: Sight) -> Array:
    """Whether targets stand above the terrain."""
    return _where(sight, sight.each(sight.stage.watch.walled), _above_terrain)


def site_is_dark(sight: Sight) -> Array:
    """Whether the site is dark, where that is needed."""
    return _where(sight, needs_light(sight), lambda some: some.dark)


def target_is_lit(sight: Sight) -> Array:
    """Whether the target is in sunlight, where that is needed."""
    return _where(sight, needs_light(sight), lambda some: some.lit)


def sun_separation(sight: Sight) -> Array:
    """Whether the telescope points far enough from the Sun."""
    return _where(sight, sight.per_sensor("sun_exclusion_rad") > 0.0, _far_from_sun)


def moon_separation(sight: Sight) -> Array:
    """Whether the telescope points far enough from the Moon."""
    return _where(sight, sight.per_sensor("moon_exclusion_rad") > 0.0, _far_from_moon)


def magnitude(sight: Sight) -> Array:
    """Whether telescopes detect their targets often enough, and can follow them."""
    return _where(sight, _is(sight, OPTICAL), lambda some: margin_mag(some) >= 0.0)


def radar_range(sight: Sight) -> Array:
    """Whether radars detect their targets often enough."""
    return _where(sight, _is(sight, RADAR) | _is(sight, FAN), within_reach)


CRITERIA: dict[str, Criterion] = {
    "propagation": propagation,
    "elevation": elevation,
    "azimuth": azimuth,
    "range": in_range,
    "horizon_mask": horizon_mask,
    "site_dark": site_is_dark,
    "sun_separation": sun_separation,
    "moon_separation": moon_separation,
    "sunlit": target_is_lit,
    "magnitude": magnitude,
    "radar_range": radar_range,
}
"""In the order in which a verdict is decided: `explain` names the first that fails."""


def _bright_by_night(sight: Sight) -> Array:
    """Give the verdict of `magnitude` where a target stands in the field of a dark site."""
    return _where(sight, _is(sight, OPTICAL), bright_enough)


def _sun_separation_by_night(sight: Sight) -> Array:
    """Give the verdict of `sun_separation` there: the Sun is below the horizon."""
    return _where(sight, sight.each(sight.stage.watch.sun_blinds), _far_from_sun)


# Cheapest first. What is out of reach is too faint, too far, or not there at all; an elevation of
# a lost target is nan, which no limit admits.
_IN_STAGES: tuple[tuple[Criterion, ...], ...] = (
    (elevation, within_reach),
    (site_is_dark, target_is_lit),
    (azimuth, horizon_mask),
    (_bright_by_night,),
    (_sun_separation_by_night, moon_separation),
)


def in_field(sight: Sight) -> Array:
    """Whether targets are inside their sensor's field of regard."""
    return elevation(sight) & azimuth(sight) & horizon_mask(sight)


def verdicts(sight: Sight) -> dict[str, Array]:
    """Say for every criterion whether each sample passes it.

    Returns
    -------
    dict of str to (M,) bool array
        One entry for each of `CRITERIA`; True where the criterion does not apply.
    """
    everywhere = sight.stage.xp.ones(len(sight), dtype=bool)
    return {name: everywhere & criterion(sight) for name, criterion in CRITERIA.items()}


def visible_among(sight: Sight) -> Array:
    """Samples that pass every criterion, as rising indices."""
    index = sight.stage.xp.arange(len(sight))
    for stage in _IN_STAGES:
        passes: Array | bool = True
        for criterion in stage:
            passes = _and(passes, criterion(sight))
        if passes is True:
            continue
        kept = sight.stage.xp.flatnonzero(passes)
        if kept.shape[0] < index.shape[0]:
            index, sight = index[kept], sight.take(kept)
    return index


def seen_at(stage: Stage, contributor: Array, row: Array, seconds: Array) -> Array:
    """Whether targets of a block are visible at arbitrary instants, (M,) bool."""
    seen = stage.xp.zeros(row.shape[0], dtype=bool)
    seen[visible_among(Sight(stage, contributor, row, seconds=seconds))] = True
    return seen


def needs_light(sight: Sight) -> Array | bool:
    """Whether the target must be lit above a dark site.

    Telescopes need that, and lasers to find what carries no retro-reflector.
    """
    optical, laser = _is(sight, OPTICAL), _is(sight, LASER)
    if laser is False:
        return optical
    return optical | (laser & ~sight.stage.scene.retroreflector[sight.row])


def _is(sight: Sight, kind: int) -> Array | bool:
    return sight.per_sensor("kind") == kind


def _and(one: Array | bool, other: Array | bool) -> Array | bool:
    """Join two verdicts, either of which may be one for all samples."""
    if one is True:
        return other
    return one if other is True else one & other


def _where(sight: Sight, applies: Array | bool, criterion: Criterion) -> Array | bool:
    """Ask a criterion about the samples to which it applies; the others pass."""
    if isinstance(applies, bool):
        return criterion(sight) if applies else True
    some = sight.stage.xp.flatnonzero(applies)
    if some.shape[0] == len(sight):
        return criterion(sight)
    passes = sight.stage.xp.ones(len(sight), dtype=bool)
    if some.shape[0]:
        passes[some] = criterion(sight.take(some))
    return passes


def _within_azimuth_top_and_cone(sight: Sight) -> Array:
    xp, look, sensor = sight.stage.xp, sight.look, sight.per_sensor
    sector = (sensor(name) for name in ("azimuth_min_rad", "azimuth_max_rad", "elevation_max_rad"))
    cone = ("boresight_azimuth_rad", "boresight_elevation_rad", "cone_half_angle_rad")
    inside = geometry.within_azimuth_and_top(xp, look, *sector)
    return inside & geometry.within_cone(xp, look, *(sensor(name) for name in cone))


def within_fan(sight: Sight) -> Array:
    """Whether targets are inside the thickness of a fan; several fans of a fence are one plane."""
    xp = sight.stage.xp
    thickness_m = xp.sin(sight.per_sensor("fan_half_thickness_rad")) * sight.range_m
    return xp.abs(out_of_plane_m(sight)) <= thickness_m


def out_of_plane_m(sight: Sight) -> Array:
    """Signed distance of targets from the plane of their fan. [m]"""
    return dot(sight.at_site(sight.stage.watch.fan_normal_itrf), sight.sight_m)


def _above_terrain(sight: Sight) -> Array:
    return geometry.elevation_rad(sight.stage.xp, sight.look) >= terrain_rad(sight)


def terrain_rad(sight: Sight) -> Array:
    """Elevation of the terrain under each target, linear between whole degrees of azimuth. [rad]"""
    xp = sight.stage.xp
    degree = geometry.azimuth_rad(xp, sight.look) * (180.0 / math.pi)
    # A lost target has no azimuth, which is no index either: any place serves, nan comes out
    left = xp.minimum(xp.where(degree >= 0.0, degree, 0.0).astype(np.int64), 359)
    terrain, c = sight.stage.watch.sensors.horizon_rad, sight.contributor
    one, next_one = terrain[c, left], terrain[c, left + 1]
    return one + (degree - left) * (next_one - one)


def _far_from_sun(sight: Sight) -> Array:
    # From the Earth's centre: the Sun's parallax of 9 arcsec is neglected.
    sun_m = sight.sun_itrf_m
    direction = sun_m / sight.stage.xp.sqrt(dot(sun_m, sun_m))
    return _apart(sight, direction, "sun_exclusion_rad")


def _far_from_moon(sight: Sight) -> Array:
    return _apart(sight, sight.moon_direction, "moon_exclusion_rad")


def _apart(sight: Sight, direction: Array, name: str) -> Array:
    nearest = sight.stage.xp.cos(sight.per_sensor(name))
    return dot(sight.sight_m, direction) <= nearest * sight.range_m
