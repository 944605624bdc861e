"""Whether a sensor sees a target: every criterion, defined here and nowhere else.

Each is a function of a `Sight`. `verdicts` gives all of them, for explanations; `visible_among`
asks the cheap ones first and the dear ones about what is left, for cubes and edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from kansoku.backend import Array
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from kansoku.visibility import geometry
from kansoku.visibility.brightness import bright_enough
from kansoku.visibility.detection import within_reach
from kansoku.visibility.geometry import dot
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage

Criterion = Callable[[Sight], Array]


def propagation(sight: Sight) -> Array:
    """Whether the propagator gives a state that is an orbit."""
    return ~sight.stage.xp.isnan(sight.range_m)


def elevation(sight: Sight) -> Array:
    """Whether targets stand at or above the lowest elevation of the field."""
    return sight.up_m >= sight.stage.watch.sine_lowest[sight.contributor] * sight.range_m


def azimuth(sight: Sight) -> Array:
    """Whether targets are in the part of the field that the lowest elevation does not decide."""
    watch = sight.stage.watch
    within = _where(sight, watch.limited[sight.contributor], _within_azimuth_top_and_cone)
    return within & _where(sight, _is(sight, FAN), within_fan)


def in_range(sight: Sight) -> Array:
    """Whether lasers and receivers reach their targets at all."""
    own = _is(sight, LASER) | _is(sight, PASSIVE_RF)
    return ~own | within_reach(sight)


def horizon_mask(sight: Sight) -> Array:
    """Whether targets stand above the terrain."""
    return _where(sight, sight.stage.watch.walled[sight.contributor], _above_terrain)


def site_is_dark(sight: Sight) -> Array:
    """Whether the site is dark, where that is needed."""
    return ~needs_light(sight) | sight.dark


def target_is_lit(sight: Sight) -> Array:
    """Whether the target is in sunlight, where that is needed."""
    return ~needs_light(sight) | sight.lit


def sun_separation(sight: Sight) -> Array:
    """Whether the telescope points far enough from the Sun."""
    return _where(sight, sight.stage.watch.sun_blinds[sight.contributor], _far_from_sun)


def moon_separation(sight: Sight) -> Array:
    """Whether the telescope points far enough from the Moon."""
    return _where(sight, sight.per_sensor("moon_exclusion_rad") > 0.0, _far_from_moon)


def magnitude(sight: Sight) -> Array:
    """Whether telescopes detect their targets often enough, and can follow them."""
    return _where(sight, _is(sight, OPTICAL), bright_enough)


def radar_range(sight: Sight) -> Array:
    """Whether radars detect their targets often enough."""
    return ~(_is(sight, RADAR) | _is(sight, FAN)) | within_reach(sight)


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

# Cheapest first. What is out of reach is too faint, too far, or not there at all; an elevation of
# a lost target is nan, which no limit admits.
_IN_STAGES: tuple[tuple[Criterion, ...], ...] = (
    (elevation, within_reach),
    (site_is_dark, target_is_lit),
    (azimuth, horizon_mask),
    (magnitude,),
    (sun_separation, moon_separation),
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
    return {name: criterion(sight) for name, criterion in CRITERIA.items()}


def visible_among(sight: Sight) -> Array:
    """Samples that pass every criterion, as rising indices."""
    index = sight.stage.xp.arange(len(sight))
    for stage in _IN_STAGES:
        passes = stage[0](sight)
        for criterion in stage[1:]:
            passes = passes & criterion(sight)
        kept = sight.stage.xp.flatnonzero(passes)
        if kept.shape[0] < index.shape[0]:
            index, sight = index[kept], sight.take(kept)
    return index


def seen_at(stage: Stage, contributor: Array, row: Array, seconds: Array) -> Array:
    """Whether targets of a block are visible at arbitrary instants, (M,) bool."""
    seen = stage.xp.zeros(row.shape[0], dtype=bool)
    seen[visible_among(Sight(stage, contributor, row, seconds=seconds))] = True
    return seen


def needs_light(sight: Sight) -> Array:
    """Whether the target must be lit above a dark site.

    Telescopes need that, and lasers to find what carries no retro-reflector.
    """
    bare = ~sight.stage.scene.retroreflector[sight.row]
    return _is(sight, OPTICAL) | (_is(sight, LASER) & bare)


def _is(sight: Sight, kind: int) -> Array:
    return sight.per_sensor("kind") == kind


def _where(sight: Sight, applies: Array, criterion: Criterion) -> Array:
    """Ask a criterion about the samples to which it applies; the others pass."""
    passes = sight.stage.xp.ones(len(sight), dtype=bool)
    some = sight.stage.xp.flatnonzero(applies)
    if some.shape[0] == len(sight):
        return criterion(sight)
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
    """Whether targets are inside the thickness of a fan."""
    xp = sight.stage.xp
    thickness_m = xp.sin(sight.per_sensor("fan_half_thickness_rad")) * sight.range_m
    return xp.abs(out_of_plane_m(sight)) <= thickness_m


def out_of_plane_m(sight: Sight) -> Array:
    """Signed distance of targets from the plane of their fan. [m]"""
    normal = sight.stage.xp.take(sight.stage.watch.fan_normal_itrf, sight.contributor, axis=1)
    return dot(normal, sight.sight_m)


def _above_terrain(sight: Sight) -> Array:
    """Compare with the terrain's elevation, linear between whole degrees of azimuth."""
    xp, look = sight.stage.xp, sight.look
    degree = geometry.azimuth_rad(xp, look) * (180.0 / math.pi)
    left = xp.minimum(degree.astype(np.int64), 359)
    terrain = sight.stage.watch.sensors.horizon_rad
    one, next_one = terrain[sight.contributor, left], terrain[sight.contributor, left + 1]
    return geometry.elevation_rad(xp, look) >= one + (degree - left) * (next_one - one)


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
