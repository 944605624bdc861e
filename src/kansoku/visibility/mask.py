"""Whether a sensor sees a target: every criterion, joined here and nowhere else.

The criteria are elementary masks of the geometry, illumination, photometry and radar modules.
`verdicts` gives each of them for scattered samples: edges, crossings and explanations. `views`
(in its own module) applies the same ones to whole blocks, the cheap criteria first.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from kansoku.backend import Array
from kansoku.config import VisibilitySection
from kansoku.constants import DEG
from kansoku.ephemeris.interpolation import hermite
from kansoku.ephemeris.states import StateBlock
from kansoku.network.contributors import FAN, OPTICAL
from kansoku.visibility import geometry
from kansoku.visibility.geometry import Look
from kansoku.visibility.illumination import sine_of_sun_elevation, site_dark, sunlit
from kansoku.visibility.photometry import cosine_of_phase_angle, diffuse_sphere_magnitude
from kansoku.visibility.radar import detection_range_m
from kansoku.visibility.watch import Scene, Sky, Watch

CRITERIA = (
    "propagation",
    "elevation",
    "azimuth",
    "site_dark",
    "sunlit",
    "magnitude",
    "radar_range",
)
"""The order in which a verdict is decided: `explain` names the first that fails."""


@dataclass(frozen=True)
class Limits:
    """Limits that hold for every sensor: darkness [rad] and the model of the Earth's shadow."""

    sun_depression_rad: float
    shadow: str

    @classmethod
    def of(cls, section: VisibilitySection) -> Limits:
        """Take the limits of a study."""
        return cls(section.sun_depression_deg * DEG, section.shadow)


@dataclass(frozen=True)
class Samples:
    """Scattered (contributor, target row, instant) triples of a block.

    Attributes
    ----------
    contributor, row : (M,) int array
    seconds : (M,) array
        Since the grid's first instant. [s]
    """

    contributor: Array
    row: Array
    seconds: Array


def sun_at(sky: Sky, seconds: Array, xp: ModuleType) -> Array:
    """Sun at arbitrary instants, (3, M), linear between grid points. [m]

    The Earth-fixed direction turns 0.25 deg a minute: the chord is off by 3e-4 deg in length
    alone, its direction by less than 1e-9 rad.
    """
    last = sky.seconds.shape[0] - 2
    node = xp.clip((seconds / sky.step_s).astype(np.int64), 0, last)
    share = (seconds - sky.seconds[node]) / sky.step_s
    return sky.sun_itrf_m[:, node] * (1.0 - share) + sky.sun_itrf_m[:, node + 1] * share


def within_azimuth(xp: ModuleType, watch: Watch, contributor: Array, view: Look) -> Array:
    """Whether targets are inside the part of the field that elevation alone does not decide."""
    s = watch.sensors
    inside = geometry.within_azimuth_and_top(
        xp,
        view,
        s.azimuth_min_rad[contributor],
        s.azimuth_max_rad[contributor],
        s.elevation_max_rad[contributor],
    )
    inside &= geometry.within_cone(
        xp,
        view,
        s.boresight_azimuth_rad[contributor],
        s.boresight_elevation_rad[contributor],
        s.cone_half_angle_rad[contributor],
    )
    return inside


def within_fan(xp: ModuleType, watch: Watch, contributor: Array, view: Look) -> Array:
    """Whether targets are inside the thickness of a fan."""
    s = watch.sensors
    normal = geometry.fan_normal(
        xp, s.fan_plane_azimuth_rad[contributor], s.fan_tilt_rad[contributor]
    )
    thickness_m = xp.sin(s.fan_half_thickness_rad[contributor]) * view.range_m
    return xp.abs(geometry.out_of_plane_m(normal, view)) <= thickness_m


def look_from(xp: ModuleType, watch: Watch, contributor: Array, target_itrf_m: Array) -> Look:
    """Look from each sample's contributor to its target."""
    return geometry.look(
        xp,
        watch.site_itrf_m[:, contributor],
        watch.east[:, contributor],
        watch.north[:, contributor],
        watch.up[:, contributor],
        target_itrf_m,
    )


def magnitude_of(
    xp: ModuleType,
    scene: Scene,
    row: Array,
    site_itrf_m: Array,
    target_itrf_m: Array,
    range_m: Array,
    sun_itrf_m: Array,
) -> Array:
    """Apparent magnitude of each sample's target, as if sunlit. [mag]"""
    cosine = cosine_of_phase_angle(
        xp, target_itrf_m - site_itrf_m, range_m, sun_itrf_m - target_itrf_m
    )
    return diffuse_sphere_magnitude(xp, scene.diameter_m[row], scene.albedo[row], range_m, cosine)


def range_limit_m(watch: Watch, scene: Scene, contributor: Array, row: Array) -> Array:
    """Range at which each sample's target is just detected by its radar. [m]"""
    s = watch.sensors
    return detection_range_m(
        s.reference_range_m[contributor], s.reference_rcs_m2[contributor], scene.rcs_m2[row]
    )


def verdicts(
    xp: ModuleType,
    watch: Watch,
    scene: Scene,
    sky: Sky,
    limits: Limits,
    samples: Samples,
    target_itrf_m: Array,
) -> dict[str, Array]:
    """Say for every criterion whether each sample passes it.

    Parameters
    ----------
    samples : Samples
        M contributors, rows and instants.
    target_itrf_m : (3, M) array
        nan where the propagator gives no state. [m]

    Returns
    -------
    dict of str to (M,) bool array
        One entry for each of `CRITERIA`; True where the criterion does not apply.
    """
    c, row = samples.contributor, samples.row
    kind, s = watch.sensors.kind[c], watch.sensors
    view = look_from(xp, watch, c, target_itrf_m)
    sun_itrf_m = sun_at(sky, samples.seconds, xp)
    optical, fan = kind == OPTICAL, kind == FAN
    brightness = magnitude_of(
        xp, scene, row, watch.site_itrf_m[:, c], target_itrf_m, view.range_m, sun_itrf_m
    )
    sine_sun = sine_of_sun_elevation(watch.up[:, c], sun_itrf_m)
    return {
        "propagation": ~xp.isnan(view.range_m),
        "elevation": geometry.above_lowest_elevation(xp, view, s.elevation_min_rad[c]),
        "azimuth": within_azimuth(xp, watch, c, view) & (~fan | within_fan(xp, watch, c, view)),
        "site_dark": ~optical | site_dark(sine_sun, limits.sun_depression_rad),
        "sunlit": ~optical | sunlit(xp, target_itrf_m, sun_itrf_m, limits.shadow),
        "magnitude": ~optical | (brightness <= s.limiting_magnitude[c]),
        "radar_range": optical | (view.range_m <= range_limit_m(watch, scene, c, row)),
    }


def all_of(masks: dict[str, Array]) -> Array:
    """Join the criteria: visible where every one of them passes."""
    joined = masks[CRITERIA[0]]
    for name in CRITERIA[1:]:
        joined = joined & masks[name]
    return joined


def visible_at(
    xp: ModuleType,
    watch: Watch,
    scene: Scene,
    sky: Sky,
    limits: Limits,
    block: StateBlock,
    samples: Samples,
) -> Array:
    """Whether targets of a block are visible at arbitrary instants, (M,) bool."""
    position, _ = hermite(xp, block, samples.row, samples.seconds, sky.step_s)
    return all_of(verdicts(xp, watch, scene, sky, limits, samples, position))
