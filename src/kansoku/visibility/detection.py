"""How far each sensor detects each target under the best conditions: a bound that spares work.

For radars, lasers and receivers the bound is exact, because nothing else decides; for telescopes
`brightness` goes on from there.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from kansoku.backend import Array
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from kansoku.targets.size_model import rcs_from_size
from kansoku.visibility.brightness import magnitude_at
from kansoku.visibility.laser import debris_range_limit_m
from kansoku.visibility.limits import Limits
from kansoku.visibility.radar import detection_range_m, snr_margin
from kansoku.visibility.telescope import margin_needed_mag
from kansoku.visibility.watch import Scene, Watch

if TYPE_CHECKING:
    from kansoku.visibility.sight import Sight


def reach_m(xp: ModuleType, watch: Watch, scene: Scene, limits: Limits) -> Array:
    """Farthest range at which each contributor detects each target under the best conditions.

    Returns
    -------
    (C, n) array
        0 where it never does. [m]
    """
    host = watch.host
    reach = xp.empty((len(host), scene.diameter_m.shape[0]), dtype=scene.diameter_m.dtype)
    for kinds, of_kind in (
        ((OPTICAL,), _telescope_reach_m),
        ((RADAR, FAN), _radar_reach_m),
        ((LASER,), _laser_reach_m),
        ((PASSIVE_RF,), _receiver_reach_m),
    ):
        rows = np.flatnonzero(np.isin(host.kind, kinds))
        if len(rows):
            device = xp.asarray(rows)
            reach[device] = of_kind(xp, watch, device, scene, limits)
    # What is not known of a sensor must not hide targets from others in one maximum over them.
    return xp.where(xp.isnan(reach), 0.0, reach)


def _telescope_reach_m(
    xp: ModuleType, watch: Watch, rows: Array, scene: Scene, limits: Limits
) -> Array:
    """Range at which the fully lit target reaches the limit of the moonless zenith."""
    at_a_metre = magnitude_at(xp, scene, slice(None), 1.0, xp.ones(1))
    needed = at_a_metre + margin_needed_mag(limits.detection_probability, scene.magnitude_sigma)
    return 10.0 ** (0.2 * (watch.best_limit[rows][:, None] - needed))


def _radar_reach_m(
    xp: ModuleType, watch: Watch, rows: Array, scene: Scene, limits: Limits
) -> Array:
    s = watch.sensors
    probability = xp.full(rows.shape, limits.detection_probability)
    margin = snr_margin(xp, s.reference_snr_db[rows], probability, s.false_alarm_probability[rows])
    rcs_m2 = rcs_at_m2(xp, scene, slice(None), s.wavelength_m[rows][:, None])
    reference = (s.reference_range_m[rows][:, None], s.reference_rcs_m2[rows][:, None])
    return detection_range_m(*reference, rcs_m2, margin[:, None])


def rcs_at_m2(xp: ModuleType, scene: Scene, row: Array | slice, wavelength_m: Array) -> Array:
    """Radar cross-section at a wavelength: as catalogued, else of the target's size. [m^2]"""
    from_size = rcs_from_size(xp, scene.diameter_m[row], wavelength_m)
    return xp.where(scene.rcs_measured[row], scene.rcs_m2[row], from_size)


def _laser_reach_m(
    xp: ModuleType, watch: Watch, rows: Array, scene: Scene, _limits: Limits
) -> Array:
    s = watch.sensors
    bare = debris_range_limit_m(
        s.debris_range_m[rows][:, None], s.debris_diameter_m[rows][:, None], scene.diameter_m
    )
    cooperative = xp.where(scene.retroreflector, s.largest_range_m[rows][:, None], 0.0)
    return xp.maximum(cooperative, xp.where(xp.isnan(bare), 0.0, bare))


def _receiver_reach_m(
    xp: ModuleType, watch: Watch, rows: Array, scene: Scene, _limits: Limits
) -> Array:
    return xp.where(scene.emits, watch.sensors.largest_range_m[rows][:, None], 0.0)


def within_reach(sight: Sight) -> Array:
    """Whether targets are no farther than their sensor detects them under the best conditions."""
    return sight.range_m <= sight.reach_m()
