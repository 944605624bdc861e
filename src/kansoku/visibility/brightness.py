"""Whether a telescope detects its target: light against the sky behind it.

The exact margin takes a dozen transcendental functions. Most targets are brighter than the limit
under the worst sky, or fainter than that under the best: those are decided without it.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from kansoku.backend import Array
from kansoku.visibility import moonlight, telescope
from kansoku.visibility.atmosphere import airmass
from kansoku.visibility.geometry import dot
from kansoku.visibility.motion import angular_rate_rad_s, star_rate_rad_s
from kansoku.visibility.photometry import diffuse_sphere_magnitude, magnitude_from_standard

if TYPE_CHECKING:
    from kansoku.visibility.sight import Sight
    from kansoku.visibility.watch import Scene


def magnitude_at(
    xp: ModuleType, scene: Scene, row: Array | slice, range_m: Array, phase_cosine: Array
) -> Array:
    """Apparent magnitude above the atmosphere, as if sunlit.

    From the standard magnitude where there is one, else that of the diffuse sphere. [mag]
    """
    sphere = diffuse_sphere_magnitude(
        xp, scene.diameter_m[row], scene.albedo[row], range_m, phase_cosine
    )
    if not scene.any_standard:
        return sphere
    standard = scene.standard_magnitude[row]
    known = magnitude_from_standard(xp, standard, range_m, phase_cosine)
    return xp.where(xp.isnan(standard), sphere, known)


def magnitude(sight: Sight) -> Array:
    """Apparent magnitude of each sample's target above the atmosphere, as if sunlit. [mag]"""
    stage = sight.stage
    return magnitude_at(stage.xp, stage.scene, sight.row, sight.range_m, sight.phase_cosine)


def sine_elevation(sight: Sight) -> Array:
    """Sine of the target's elevation. [unitless]"""
    return sight.up_m / sight.range_m


def sky_nl(sight: Sight) -> Array:
    """Luminance of the sky behind the target: night, moonlight and twilight. [nL]"""
    xp, watch = sight.stage.xp, sight.stage.watch
    sine, extinction = sine_elevation(sight), sight.each(watch.detector.extinction_mag)
    dark_nl = moonlight.dark_sky_nl(xp, sight.each(watch.zenith_nl), sine, extinction)
    return dark_nl + moonlight_nl(sight, sine, extinction) + sight.twilight_nl


def moonlight_nl(sight: Sight, sine: Array, extinction_mag: Array) -> Array:
    """Luminance that the Moon adds behind the target. [nL]"""
    cosine = dot(sight.sight_m, sight.moon_direction) / sight.range_m
    xp, light = sight.stage.xp, sight.moon_illuminance
    return moonlight.moonlight_nl(xp, light, sight.moon_sine, sine, cosine, extinction_mag)


def rate_rad_s(sight: Sight) -> Array:
    """Angular rate against the mount at rest where it follows targets, else against the stars.

    0 where the mount follows whatever may come. [rad/s]
    """
    xp = sight.stage.xp
    trails = sight.each(sight.stage.watch.trails)
    if sight.one:
        return _trailing_rate_rad_s(sight) if trails else 0.0
    rate, some = xp.zeros_like(sight.range_m), xp.flatnonzero(trails)
    rate[some] = _trailing_rate_rad_s(sight.take(some))
    return rate


def _trailing_rate_rad_s(sight: Sight) -> Array:
    xp, motion = sight.stage.xp, (sight.sight_m, sight.range_m, sight.velocity_itrf_m_s)
    follows = sight.per_sensor("follows")
    if sight.one:
        return (angular_rate_rad_s if follows else star_rate_rad_s)(xp, *motion)
    return xp.where(follows, angular_rate_rad_s(xp, *motion), star_rate_rad_s(xp, *motion))


def limiting_magnitude(sight: Sight) -> Array:
    """Faintest magnitude above the atmosphere that each sample's telescope detects. [mag]"""
    xp, detector = sight.stage.xp, sight.stage.watch.detector
    return telescope.limiting_magnitude(
        xp,
        detector,
        sight.contributor,
        sky_nl(sight),
        rate_rad_s(sight),
        airmass(xp, sine_elevation(sight)),
    )


def needed_mag(sight: Sight) -> Array:
    """Limiting magnitude with which a target is detected as often as the study asks. [mag]"""
    stage = sight.stage
    sigma = stage.scene.magnitude_sigma[sight.row]
    wanted = stage.limits.detection_probability
    return magnitude(sight) + telescope.margin_needed_mag(wanted, sigma)


def margin_mag(sight: Sight) -> Array:
    """By how much each target is brighter than its telescope needs it. [mag]"""
    return limiting_magnitude(sight) - needed_mag(sight)


def bright_enough(sight: Sight) -> Array:
    """Whether each target is as bright as its telescope needs it: `margin_mag` is not negative.

    The bounds hold above the lowest elevation of the field, at a dark site and off the Moon.
    """
    xp, watch = sight.stage.xp, sight.stage.watch
    needed = needed_mag(sight)
    bright = needed <= sight.each(watch.worst_limit)
    doubtful = xp.flatnonzero(~bright & (needed <= sight.each(watch.best_limit)))
    some = sight.take(doubtful)
    bright[doubtful] = limiting_magnitude(some) >= needed[doubtful]
    return bright
