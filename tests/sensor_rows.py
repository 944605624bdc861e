"""Sensors for tests: one dict a row in degrees and metres, as the naive oracle reads them."""

import numpy as np

from kansoku.network import contributors
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR

KINDS = {
    "optical": OPTICAL,
    "radar": RADAR,
    "fan": FAN,
    "laser": LASER,
    "passive_rf": PASSIVE_RF,
}

HEMISPHERE = {
    "kind": "optical",
    "latitude": 35.0,
    "longitude": 135.0,
    "altitude": 400.0,
    "azimuth_min": 0.0,
    "azimuth_max": 360.0,
    "elevation_min": 15.0,
    "elevation_max": 90.0,
    "boresight_azimuth": 0.0,
    "boresight_elevation": 90.0,
    "cone": 180.0,
    "fan_plane_azimuth": np.nan,
    "fan_tilt": np.nan,
    "fan_half_thickness": np.nan,
    "limit": 18.0,
    "aperture": 0.5,
    "exposure": 5.0,
    "reference_exposure": 5.0,
    "snr": 5.0,
    "read_noise": 5.0,
    "pixel": 1.0,
    "seeing": 1.5,
    "reference_seeing": 1.5,
    "sky": 21.5,
    "reference_sky": 21.5,
    "extinction": 0.17,
    "follows": True,
    "fastest": 8.0,
    "moon_exclusion": 10.0,
    "sun_exclusion": 20.0,
    "horizon": -90.0,
    "reference_range": np.nan,
    "reference_rcs": np.nan,
    "reference_snr": np.nan,
    "wavelength": np.nan,
    "false_alarm": np.nan,
    "largest_range": np.inf,
    "debris_range": np.nan,
    "debris_diameter": np.nan,
    "minimum_track": 20.0,
    "minimum_detections": 1.0,
    "detection_interval": 0.0,
    "tracks_per_hour": 100.0,
    "availability": 1.0,
}

RADAR_ROW = HEMISPHERE | {
    "kind": "radar",
    "limit": np.nan,
    "aperture": np.nan,
    "moon_exclusion": 0.0,
    "sun_exclusion": 0.0,
    "reference_range": 1.5e6,
    "reference_rcs": 0.1,
    "reference_snr": 13.0,
    "wavelength": 0.1,
    "false_alarm": 1e-6,
}

FAN_ROW = RADAR_ROW | {
    "kind": "fan",
    "elevation_min": 10.0,
    "fan_plane_azimuth": 90.0,
    "fan_tilt": 90.0,
    "fan_half_thickness": 0.5,
    "minimum_track": 0.2,
}

LASER_ROW = HEMISPHERE | {
    "kind": "laser",
    "limit": np.nan,
    "aperture": np.nan,
    "fastest": 10.0,
    "moon_exclusion": 0.0,
    "sun_exclusion": 15.0,
    "largest_range": 2.5e7,
    "debris_range": 1e6,
    "debris_diameter": 0.5,
    "minimum_track": 60.0,
}

RECEIVER_ROW = RADAR_ROW | {
    "kind": "passive_rf",
    "elevation_min": 5.0,
    "reference_range": np.nan,
    "reference_rcs": np.nan,
    "reference_snr": np.nan,
    "false_alarm": np.nan,
    "largest_range": 4.5e7,
    "minimum_track": 60.0,
}


def horizons(rows):
    """Terrain of each row, one number or degree by degree, as (C, 361). [rad]"""
    every = [np.broadcast_to(np.asarray(row["horizon"], dtype=float), 361) for row in rows]
    return np.radians(np.array(every).reshape(-1, 361))


def sensors_of(rows):
    """Stack rows into Sensors, degrees to radians."""

    def column(name):
        return np.array([float(row[name]) for row in rows])

    def angle(name):
        return np.radians(column(name))

    return contributors.sensors_of(
        {
            "kind": [KINDS[row["kind"]] for row in rows],
            "latitude_rad": angle("latitude"),
            "longitude_rad": angle("longitude"),
            "altitude_m": column("altitude"),
            "azimuth_min_rad": angle("azimuth_min"),
            "azimuth_max_rad": angle("azimuth_max"),
            "elevation_min_rad": angle("elevation_min"),
            "elevation_max_rad": angle("elevation_max"),
            "boresight_azimuth_rad": angle("boresight_azimuth"),
            "boresight_elevation_rad": angle("boresight_elevation"),
            "cone_half_angle_rad": angle("cone"),
            "fan_plane_azimuth_rad": angle("fan_plane_azimuth"),
            "fan_tilt_rad": angle("fan_tilt"),
            "fan_half_thickness_rad": angle("fan_half_thickness"),
            "limiting_magnitude": column("limit"),
            "aperture_m": column("aperture"),
            "exposure_s": column("exposure"),
            "reference_exposure_s": column("reference_exposure"),
            "required_snr": column("snr"),
            "read_noise_e": column("read_noise"),
            "pixel_arcsec": column("pixel"),
            "seeing_arcsec": column("seeing"),
            "reference_seeing_arcsec": column("reference_seeing"),
            "reference_sky_mag_arcsec2": column("reference_sky"),
            "zenith_sky_mag_arcsec2": column("sky"),
            "extinction_mag": column("extinction"),
            "follows": column("follows"),
            "fastest_rad_s": angle("fastest"),
            "moon_exclusion_rad": angle("moon_exclusion"),
            "sun_exclusion_rad": angle("sun_exclusion"),
            "horizon_rad": horizons(rows),
            "reference_snr_db": column("reference_snr"),
            "wavelength_m": column("wavelength"),
            "false_alarm_probability": column("false_alarm"),
            "reference_range_m": column("reference_range"),
            "reference_rcs_m2": column("reference_rcs"),
            "largest_range_m": column("largest_range"),
            "debris_range_m": column("debris_range"),
            "debris_diameter_m": column("debris_diameter"),
            "minimum_track_s": column("minimum_track"),
            "minimum_detections": column("minimum_detections"),
            "detection_interval_s": column("detection_interval"),
            "tracks_per_hour": column("tracks_per_hour"),
            "availability": column("availability"),
        }
    )
