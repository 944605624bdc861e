"""What a sensor can detect: how far at best, and by how much a target is bright enough."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from kansoku.backend import Array
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from kansoku.visibility.limits import Limits
from kansoku.visibility.photometry import diffuse_sphere_magnitude
from kansoku.visibility.radar import detection_range_m
from kansoku.visibility.watch import Scene, Watch

if TYPE_CHECKING:
    from kansoku.visibility.sight import Sight


def reach_m(xp: ModuleType, watch: Watch, scene: Scene, limits: Limits) -> Array:
    """Farthest range at which each contributor detects each target under the best conditions.

    Returns
    -------
    (C, n) array
        [m]
    """
    sensors, host = watch.sensors, watch.host
    reach = xp.empty((len(host), scene.diameter_m.shape[0]))
    for kinds, of_kind in (
        ((OPTICAL,), _optical_reach_m),
        ((RADAR, FAN), _radar_reach_m),
        ((LASER,), _laser_reach_m),
        ((PASSIVE_RF,), _receiver_reach_m),
    ):
        rows = np.flatnonzero(np.isin(host.kind, kinds))
        if len(rows):
            device = xp.asarray(rows)
            reach[device] = of_kind(xp, watch, device, scene, limits)
    return reach


def _optical_reach_m(xp, watch, rows, scene, limits) -> Array:
    best = watch.sensors.limiting_magnitude[rows]
    at_a_metre = diffuse_sphere_magnitude(xp, scene.diameter_m, scene.albedo, 1.0, xp.ones(1))
    return 10.0 ** (0.2 * (best[:, None] - at_a_metre))


def _radar_reach_m(xp, watch, rows, scene, limits) -> Array:
    s = watch.sensors
    return detection_range_m(
        s.reference_range_m[rows][:, None], s.reference_rcs_m2[rows][:, None], scene.rcs_m2
    )


def _laser_reach_m(xp, watch, rows, scene, limits) -> Array:
    s = watch.sensors
    return xp.where(scene.retroreflector, s.largest_range_m[rows][:, None], 0.0)


def _receiver_reach_m(xp, watch, rows, scene, limits) -> Array:
    return xp.where(scene.emits, watch.sensors.largest_range_m[rows][:, None], 0.0)


def magnitude(sight: Sight) -> Array:
    """Apparent magnitude above the atmosphere, as if sunlit. [mag]"""
    scene, row = sight.stage.scene, sight.row
    return diffuse_sphere_magnitude(
        sight.stage.xp, scene.diameter_m[row], scene.albedo[row], sight.range_m, sight.phase_cosine
    )


def brighter_by_mag(sight: Sight) -> Array:
    """By how much each target is brighter than its telescope needs it. [mag]"""
    return sight.per_sensor("limiting_magnitude") - magnitude(sight)
