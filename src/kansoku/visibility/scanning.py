"""How a beam shares its time: scan and dwell, detections in a track, tracks in an hour."""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import BOLTZMANN_J_K, SECONDS_PER_HOUR

DETECTIONS_SLACK = 1e-9
"""Of an interval: a track of ten intervals has its eleventh detection despite rounding."""


def sector_solid_angle_sr(
    xp: ModuleType,
    azimuth_min_rad: Array,
    azimuth_max_rad: Array,
    elevation_min_rad: Array,
    elevation_max_rad: Array,
) -> Array:
    """Solid angle of a field between two azimuths and two elevations.

    Parameters
    ----------
    azimuth_min_rad, azimuth_max_rad : array
        Clockwise from min to max; min > max passes through north, 2 pi apart is all round. [rad]
    elevation_min_rad, elevation_max_rad : array
        A maximum above pi/2 looks beyond the zenith, at the opposite azimuths too: there the
        field reaches down to pi less that elevation. [rad]

    Returns
    -------
    array
        What both sides of the zenith share is counted once: a field that is all round already has
        the opposite azimuths. [sr]
    """
    whole = 2.0 * math.pi
    span_rad = azimuth_max_rad - azimuth_min_rad
    width_rad = xp.where(span_rad >= whole - 1e-12, whole, span_rad % whole)
    before = xp.sin(xp.minimum(elevation_max_rad, math.pi / 2.0)) - xp.sin(elevation_min_rad)
    lowest_beyond_rad = xp.maximum(math.pi - elevation_max_rad, elevation_min_rad)
    beyond = xp.where(elevation_max_rad > math.pi / 2.0, 1.0 - xp.sin(lowest_beyond_rad), 0.0)
    # sectors wider than half the horizon overlap their own opposite
    return width_rad * before + xp.minimum(width_rad, whole - width_rad) * beyond


def beams_in_field(xp: ModuleType, field_sr: Array, beam_width_rad: Array) -> Array:
    """Beam positions that cover a field, one beam width apart in rows and columns.

    Parameters
    ----------
    field_sr : array
        [sr]
    beam_width_rad : array
        Between half-power points. An array that looks away from its boresight has wider beams,
        and needs fewer: use the width in the middle of its field. [rad]

    Returns
    -------
    array
        Not less than 1. [unitless]
    """
    return xp.maximum(field_sr / beam_width_rad**2, 1.0)


def scan_time_s(
    xp: ModuleType, field_sr: Array, beam_width_rad: Array, dwell_s: Array, duty: Array = 1.0
) -> Array:
    """Time in which a beam visits its whole field once.

    Parameters
    ----------
    field_sr, beam_width_rad : array
        As in `beams_in_field`. [sr], [rad]
    dwell_s : array
        Time that one beam position takes, pulses on their way included. [s]
    duty : array
        Share of the time spent on search, above 0, at most 1. [unitless]

    Returns
    -------
    array
        [s]
    """
    return beams_in_field(xp, field_sr, beam_width_rad) * dwell_s / duty


def snr_in_search(
    average_power_w: Array,
    aperture_m2: Array,
    system_temperature_k: Array,
    losses: Array,
    scan_s: Array,
    field_sr: Array,
    rcs_m2: Array,
    range_m: Array,
) -> Array:
    """Signal over noise of a target that a radar meets while it searches: power times aperture.

    Parameters
    ----------
    average_power_w, aperture_m2, system_temperature_k, losses : array
        As in `radar.snr_from_power_aperture`. [W], [m^2], [K], [unitless]
    scan_s : array
        Time in which the field is searched once. [s]
    field_sr : array
        [sr]
    rcs_m2, range_m : array
        Of the target. [m^2], [m]

    Returns
    -------
    array
        The wavelength cancels: narrower beams have less time each. [unitless]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, chapter 2 (surveillance
       radar equation), for beams of solid angle wavelength^2 / A.
    """
    energy_j = average_power_w * scan_s * aperture_m2 * rcs_m2
    spread = 4.0 * math.pi * range_m**4 * field_sr
    return energy_j / (spread * BOLTZMANN_J_K * system_temperature_k * losses)


def plane_dwell_s(half_thickness_rad: Array, range_m: Array, crossing_speed_m_s: Array) -> Array:
    """Time in which a target crosses a fan.

    Parameters
    ----------
    half_thickness_rad : array
        Of the fan, seen from its apex; small. [rad]
    range_m : array
        [m]
    crossing_speed_m_s : array
        Speed of the target at right angles to the plane. [m/s]

    Returns
    -------
    array
        Infinite for a target that moves within the plane. [s]
    """
    return 2.0 * half_thickness_rad * range_m / crossing_speed_m_s


def detections_in(xp: ModuleType, track_s: Array, interval_s: Array) -> Array:
    """Detections of a target in a track that begins with one.

    Parameters
    ----------
    track_s : array
        Time in view; none below 0. [s]
    interval_s : array
        From one detection to the next; 0 is a target watched without a break. [s]

    Returns
    -------
    array
        Whole numbers as floats; infinite where the interval is 0, none where the track is
        negative. [unitless]
    """
    continuous = interval_s <= 0.0
    steps = xp.floor(track_s / xp.where(continuous, 1.0, interval_s) + DETECTIONS_SLACK)
    count = xp.where(continuous, xp.inf, steps + 1.0)
    return xp.where(track_s < 0.0, 0.0, count)


def tracks_per_hour(simultaneous: Array, track_s: Array, pause_s: Array = 0.0) -> Array:
    """Tracks that a sensor can take in an hour.

    Parameters
    ----------
    simultaneous : array
        Targets followed at once. [unitless]
    track_s : array
        Time that one track takes. [s]
    pause_s : array
        Between one track and the next in the same channel: slew, settle, acquire. [s]

    Returns
    -------
    array
        A limit: that so many targets are in view is for the geometry to say. [1/h]
    """
    return simultaneous * SECONDS_PER_HOUR / (track_s + pause_s)
