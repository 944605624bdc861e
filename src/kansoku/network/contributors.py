"""Who may watch, as arrays over contributor C: one contributor is one physical sensor row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kansoku.network.sharing import Arrangement as Arrangement

FloatArray = npt.NDArray[np.float64]

OPTICAL, RADAR, FAN, LASER, PASSIVE_RF = 0, 1, 2, 3, 4
"""Kinds of `Sensors.kind`: a telescope, a radar with a volume, a radar whose field is a plane, a
laser ranging station, and receivers of what satellites emit."""

KIND_WORDS = ("telescope", "radar", "fan_radar", "laser", "passive_rf")
"""The kinds in words, in the order of their numbers."""

CLOUDED_KINDS = (OPTICAL, LASER)
"""Kinds that clouds stop."""

HORIZON_AZIMUTHS = 361
"""Samples of a horizon mask, 0 to 360 degrees; the last repeats the first."""


@dataclass(frozen=True)
class Sensors:
    """Geometry and detection of each contributor, SI and radians; (C,) arrays unless stated.

    Attributes
    ----------
    kind : int8 array
        OPTICAL, RADAR, FAN, LASER or PASSIVE_RF.
    latitude_rad, longitude_rad, altitude_m : array
        Geodetic, WGS 84, east positive.
    azimuth_min_rad, azimuth_max_rad : array
        Sector clockwise from min to max; min > max passes through north; 0 to 2 pi is all.
    elevation_min_rad, elevation_max_rad : array
        A maximum above pi/2 looks beyond the zenith, inside the opposite sector.
    boresight_azimuth_rad, boresight_elevation_rad, cone_half_angle_rad : array
        Cone about the boresight; half-angle pi when the field is not a cone.
    fan_plane_azimuth_rad, fan_tilt_rad, fan_half_thickness_rad : array
        FAN: azimuth of the horizontal line in the plane, elevation of the plane's steepest line
        (pi/2 is a vertical plane), half the thickness of the plane. nan for other kinds. The
        steepest line of a tilted plane rises 90 deg clockwise of the horizontal one.
    horizon_rad : (C, HORIZON_AZIMUTHS) float32 array
        Elevation of the terrain by azimuth, degree by degree from north; -pi/2 where unknown.
    limiting_magnitude : array
        OPTICAL: faintest magnitude detected with `required_snr` at the zenith under
        `reference_sky`, not trailed, extinction of one airmass included; nan for others.
    aperture_m, exposure_s, reference_exposure_s : array
        OPTICAL: diameter [m], exposure in use and that of `limiting_magnitude` [s].
    required_snr, read_noise_e, pixel_arcsec, seeing_arcsec : array
        OPTICAL: least signal to noise [unitless], noise of reading one pixel [electrons], side of a
        pixel and full width at half maximum of a star [arcsec].
    reference_sky_mag_arcsec2, zenith_sky_mag_arcsec2 : array
        OPTICAL: sky of the limiting magnitude, and the site's own moonless zenith, V.
    reference_seeing_arcsec : array
        OPTICAL: seeing of the limiting magnitude. [arcsec]
    extinction_mag : array
        OPTICAL: at the zenith. [mag/airmass]
    follows : bool array
        OPTICAL: the mount follows the target; otherwise it follows the stars and the target trails.
    fastest_rad_s : array
        OPTICAL, LASER: angular rate that the mount can follow; infinite where unknown. [rad/s]
    moon_exclusion_rad, sun_exclusion_rad : array
        OPTICAL, LASER: least angle to Moon and Sun; 0 for others.
    reference_range_m, reference_rcs_m2, reference_snr_db : array
        Radars: `reference_rcs_m2` gives `reference_snr_db` at `reference_range_m`; nan for others.
    wavelength_m : array
        Radars, PASSIVE_RF: of the carrier. [m]
    false_alarm_probability : array
        Radars: of one detection decision. [unitless]
    largest_range_m : array
        LASER: to a target with retro-reflectors; PASSIVE_RF: to an emitting one; infinite for
        others. [m]
    debris_range_m, debris_diameter_m : array
        LASER: a diffuse sphere of `debris_diameter_m` is just ranged at `debris_range_m`; nan where
        the station ranges cooperative targets alone, and for others. [m]
    minimum_detections : array
        Detections that make a track. [unitless]
    detection_interval_s : array
        Time between two detections of one target in a track: exposure and read-out of a telescope,
        revisit of a scanning beam; 0 where it is not known. [s]
    simultaneous_tracks : array
        Targets followed at once; infinite where the field decides. [unitless]
    minimum_track_s : array
        Shortest useful track; for FAN the shortest useful dwell in the plane. [s]
    tracks_per_hour : array
        Separate tracks an hour in normal tasking, all units of the row together. [1/h]
    availability : array
        Share of time up, weather excluded. [unitless]
    """

    kind: npt.NDArray[np.int8]
    latitude_rad: FloatArray
    longitude_rad: FloatArray
    altitude_m: FloatArray
    azimuth_min_rad: FloatArray
    azimuth_max_rad: FloatArray
    elevation_min_rad: FloatArray
    elevation_max_rad: FloatArray
    boresight_azimuth_rad: FloatArray
    boresight_elevation_rad: FloatArray
    cone_half_angle_rad: FloatArray
    fan_plane_azimuth_rad: FloatArray
    fan_tilt_rad: FloatArray
    fan_half_thickness_rad: FloatArray
    horizon_rad: npt.NDArray[np.float32]
    limiting_magnitude: FloatArray
    aperture_m: FloatArray
    exposure_s: FloatArray
    reference_exposure_s: FloatArray
    required_snr: FloatArray
    read_noise_e: FloatArray
    pixel_arcsec: FloatArray
    seeing_arcsec: FloatArray
    reference_sky_mag_arcsec2: FloatArray
    reference_seeing_arcsec: FloatArray
    zenith_sky_mag_arcsec2: FloatArray
    extinction_mag: FloatArray
    follows: npt.NDArray[np.bool_]
    fastest_rad_s: FloatArray
    moon_exclusion_rad: FloatArray
    sun_exclusion_rad: FloatArray
    reference_range_m: FloatArray
    reference_rcs_m2: FloatArray
    reference_snr_db: FloatArray
    wavelength_m: FloatArray
    false_alarm_probability: FloatArray
    largest_range_m: FloatArray
    debris_range_m: FloatArray
    debris_diameter_m: FloatArray
    minimum_detections: FloatArray
    detection_interval_s: FloatArray
    simultaneous_tracks: FloatArray
    minimum_track_s: FloatArray
    tracks_per_hour: FloatArray
    availability: FloatArray

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def shortest_track_s(self) -> FloatArray:
        """Least duration of a track: the useful one, and time for its detections. [s]"""
        useful_s = self.minimum_track_s
        detections_s = (self.minimum_detections - 1.0) * self.detection_interval_s
        # The larger of the two, on NumPy and CuPy alike
        return 0.5 * (useful_s + detections_s + abs(useful_s - detections_s))

    def take(self, index: npt.NDArray[np.intp]) -> Sensors:
        """Return the rows of some contributors, in the order of `index`."""
        return Sensors(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


NEUTRAL = {
    "horizon_rad": -math.pi / 2.0,
    "limiting_magnitude": math.nan,
    "aperture_m": math.nan,
    "exposure_s": math.nan,
    "reference_exposure_s": math.nan,
    "required_snr": math.nan,
    "read_noise_e": math.nan,
    "pixel_arcsec": math.nan,
    "seeing_arcsec": math.nan,
    "reference_sky_mag_arcsec2": math.nan,
    "reference_seeing_arcsec": math.nan,
    "zenith_sky_mag_arcsec2": math.nan,
    "extinction_mag": math.nan,
    "follows": 1.0,
    "fastest_rad_s": math.inf,
    "moon_exclusion_rad": 0.0,
    "sun_exclusion_rad": 0.0,
    "reference_range_m": math.nan,
    "reference_rcs_m2": math.nan,
    "reference_snr_db": math.nan,
    "wavelength_m": math.nan,
    "false_alarm_probability": math.nan,
    "largest_range_m": math.inf,
    "debris_range_m": math.nan,
    "debris_diameter_m": math.nan,
    "fan_plane_azimuth_rad": math.nan,
    "fan_tilt_rad": math.nan,
    "fan_half_thickness_rad": math.nan,
    "minimum_detections": 1.0,
    "detection_interval_s": 0.0,
    "simultaneous_tracks": math.inf,
}
"""What a field of `Sensors` holds where it says nothing about a sensor."""


def sensors_of(columns: Mapping[str, npt.ArrayLike]) -> Sensors:
    """Make `Sensors` of (C,) columns; those left out are `NEUTRAL`.

    `horizon_rad` may be (C, HORIZON_AZIMUTHS), or one number a sensor.
    """
    count = len(np.asarray(columns["kind"]))
    types = {"kind": np.int8, "follows": np.bool_, "horizon_rad": np.float32}
    every = {}
    for field in fields(Sensors):
        given = columns[field.name] if field.name in columns else NEUTRAL[field.name]
        values: npt.NDArray[np.generic] = np.asarray(given, dtype=types.get(field.name, np.float64))
        if field.name == "horizon_rad" and values.ndim < 2:
            values = np.repeat(np.broadcast_to(values, count)[:, None], HORIZON_AZIMUTHS, axis=1)
        every[field.name] = np.array(np.broadcast_to(values, (count, *values.shape[1:])))
    return Sensors(**every)


@dataclass(frozen=True)
class Network:
    """Who may watch: C contributors and R arrangements.

    Attributes
    ----------
    id, name : (C,) array of str
        Existing: id in sites/sensors_existing.csv. Candidate: '<site id>/<type id>' (and
        '/<owner>' when the owner is not Japan).
    sensors : Sensors
    role : (C,) array of str
        'own' (the owner has it in service), 'candidate' (may be built), 'partner' (needs an
        arrangement).
    owner, country : (C,) array of str
        ISO 3166-1 alpha-3 of the owner and of the host.
    partner : (C,) array of str
        Id of the partner whose arrangement gives access; '' for own and candidate.
    site : (C,) array of str
        Candidate site id, or the existing sensor's own id.
    sensor_type : (C,) array of str
    cost_mjpy, capex_mjpy, opex_mjpy_per_year : (C,) array
        At the chosen level; cost_mjpy = capex + opex from commissioning to the horizon. 0 unless
        candidate. Site opening is apart.
    service_fy : (C,) array
        First fiscal year in service of a candidate; nan for sensors that exist.
    cost_low_mjpy, cost_mid_mjpy, cost_high_mjpy : (C,) array
        cost_mjpy at each level, whichever is paid.
    site_opening_mjpy : dict of str to (low, mid, high)
        Once a site that is used by a candidate. [million JPY]
    arrangements : tuple of Arrangement
    arrangement_cost_levels : dict of id to (low, mid, high)
    clear_fraction : (C, 12) array
        Share of dark time usable by month; 1 where clouds do not matter. [unitless]
    sky_brightness : (C,) array
        Zenith, moonless V. nan for radars and receivers. [mag/arcsec^2]
    climate_site : (C,) array of str
        Candidate site whose clear nights and sky a telescope or laser has; class C for existing
        ones (A-NET-CLIMATE), '' for radars and receivers.
    confidence, source : (C,) array of str
    assumptions : tuple of (id, statement)
        Planning assumptions behind the tables that were read.
    left_out : tuple of (id, reason)
        Sensors and options that cannot be placed, cannot be modelled yet or come too late.
    price_base : str
        For example 'FY2025 prices, 150 JPY/USD'.
    """

    id: npt.NDArray[np.str_]
    name: npt.NDArray[np.str_]
    sensors: Sensors
    role: npt.NDArray[np.str_]
    owner: npt.NDArray[np.str_]
    country: npt.NDArray[np.str_]
    partner: npt.NDArray[np.str_]
    site: npt.NDArray[np.str_]
    sensor_type: npt.NDArray[np.str_]
    cost_mjpy: FloatArray
    capex_mjpy: FloatArray
    opex_mjpy_per_year: FloatArray
    service_fy: FloatArray
    cost_low_mjpy: FloatArray
    cost_mid_mjpy: FloatArray
    cost_high_mjpy: FloatArray
    site_opening_mjpy: dict[str, tuple[float, float, float]]
    arrangements: tuple[Arrangement, ...]
    arrangement_cost_levels: dict[str, tuple[float, float, float]]
    clear_fraction: FloatArray
    sky_brightness: FloatArray
    climate_site: npt.NDArray[np.str_]
    confidence: npt.NDArray[np.str_]
    source: npt.NDArray[np.str_]
    left_out: tuple[tuple[str, str], ...]
    price_base: str
    assumptions: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.id)
