"""What each kind of sensor needs to detect a target: the columns of `Sensors` beyond geometry.

A sensor that exists takes what its own row lacks from its generic type (A-NET-CLASS); a candidate
is its type. Numbers that neither holds are assumptions, named where they are used.
"""

from __future__ import annotations

import math
import re

from kansoku.constants import DEG, M_PER_KM, SPEED_OF_LIGHT_M_S
from kansoku.network import climate
from kansoku.network.columns import EVERY_TARGET
from kansoku.network.kinds import is_fan, is_laser, is_optical, is_receiver
from kansoku.network.tables import Row, Tables

Detection = dict[str, float]
"""Some fields of `Sensors` of one contributor."""


def detection(row: Row, generic: Row, place: Row, tables: Tables) -> Detection:
    """How well a sensor detects, by its kind.

    Parameters
    ----------
    row : Row
        The sensor in either table.
    generic : Row
        Its generic type; `row` itself when that is one.
    place : Row
        Where it stands: a candidate site, or any row with a position, which has the sky of the
        nearest one (A-NET-CLIMATE).
    tables : Tables

    Raises
    ------
    NetworkError
        When neither row holds a number that the kind needs.
    """
    if is_optical(row):
        return {
            **_telescope(row, generic, tables),
            **_night_sky(place, tables),
            **_reference_night(row, place, tables),
        }
    if is_laser(row):
        return _laser(row, generic, tables)
    if is_receiver(row):
        return _receiver(row, generic, tables)
    return _radar(row, tables)


def track_rule(row: Row, generic: Row, tables: Tables) -> Detection:
    """Detections that make a track, and the time between two of them (A-NET-FAN-REVISIT).

    The interval of a radar with a volume is not tabulated and stays 0; the shortest track in the
    tables already leaves time for its detections.
    """
    interval_s = 0.0
    if is_optical(row):
        interval_s = _exposure_s(row, generic) + generic.number("readout_overhead_s")
    elif is_fan(row):
        interval_s = tables.assumption("A-NET-FAN-REVISIT")
    return {
        "minimum_detections": generic.number("min_detections_per_track"),
        "detection_interval_s": interval_s,
    }


def simultaneous_tracks(generic: Row, units: float) -> float:
    """Targets followed at once by all units; infinite where the field or digital beams decide."""
    text = generic.text("simultaneous_tracks")
    return math.inf if text in EVERY_TARGET else units * generic.number("simultaneous_tracks")


def carrier_hz(row: Row, tables: Tables) -> float | None:
    """Frequency of a radar: its own, else the centre of its band (A-NET-BAND); None for neither."""
    given = row.optional("frequency_hz")
    if given is not None:
        return given
    # the first word counts: 'S (assumed)' and 'S/X' are S
    letters = re.match(r"[A-Za-z]*", row.text("band"))
    name = letters.group().upper() if letters else ""
    for band in tables.bands:
        if band.text("band").upper() == name:
            return (band.number("frequency_low_hz") + band.number("frequency_high_hz")) / 2.0
    return None


def _telescope(row: Row, generic: Row, tables: Tables) -> Detection:
    magnitude = "limiting_mag_v" if "limiting_mag_v" in row.cells else "limiting_mag"
    exposure_s = _exposure_s(row, generic)
    follows = generic.text("follows") == "target"
    return {
        "limiting_magnitude": row.number(magnitude),
        "aperture_m": _own_or_generic(row, generic, "aperture_m"),
        "exposure_s": exposure_s,
        "reference_exposure_s": exposure_s,
        "required_snr": generic.number("limiting_mag_snr"),
        "read_noise_e": tables.assumption("A-NET-OPT-READ-NOISE"),
        "pixel_arcsec": generic.number("pixel_arcsec"),
        "follows": float(follows),
        # a mount that stays with the stars is not asked to keep up with a target
        "fastest_rad_s": row.given("max_slew_deg_s", generic.number("slew_deg_s")) * DEG
        if follows
        else math.inf,
        "moon_exclusion_rad": tables.assumption("A-NET-OPT-MOON") * DEG,
        "sun_exclusion_rad": tables.assumption("A-NET-OPT-SUN") * DEG,
    }


def _night_sky(place: Row, tables: Tables) -> Detection:
    sky = climate.sky_of(place, tables.sites)
    return {
        "seeing_arcsec": sky.given("seeing_arcsec", tables.assumption("A-NET-OPT-SEEING")),
        "zenith_sky_mag_arcsec2": climate.sky_brightness(sky),
        "extinction_mag": climate.extinction_mag(place.number("alt_m")),
    }


def _reference_night(row: Row, place: Row, tables: Tables) -> Detection:
    """Night of the limiting magnitude: of a type as stated (A-NET-OPT-SKY), else its own site's."""
    if "limiting_mag_v" in row.cells:
        return {
            "reference_sky_mag_arcsec2": tables.assumption("A-NET-OPT-SKY"),
            "reference_seeing_arcsec": tables.assumption("A-NET-OPT-SEEING"),
        }
    own = _night_sky(place, tables)
    return {
        "reference_sky_mag_arcsec2": own["zenith_sky_mag_arcsec2"],
        "reference_seeing_arcsec": own["seeing_arcsec"],
    }


def _radar(row: Row, tables: Tables) -> Detection:
    frequency_hz = carrier_hz(row, tables)
    return {
        "reference_range_m": row.number("ref_range_km") * M_PER_KM,
        "reference_rcs_m2": row.number("ref_rcs_m2"),
        "reference_snr_db": row.given("ref_snr_db", tables.assumption("A-NET-RADAR-SNR")),
        "wavelength_m": math.nan if frequency_hz is None else SPEED_OF_LIGHT_M_S / frequency_hz,
        "false_alarm_probability": tables.assumption("A-NET-RADAR-FALSE-ALARM"),
    }


def _laser(row: Row, generic: Row, tables: Tables) -> Detection:
    largest_km = row.given("largest_range_km", tables.assumption("A-NET-LASER-RANGE"))
    return {
        "largest_range_m": largest_km * M_PER_KM,
        # its own row alone: what one station can do to debris says nothing of another
        "debris_range_m": row.given("debris_range_km", math.nan) * M_PER_KM,
        "debris_diameter_m": row.given("debris_diameter_m", math.nan),
        "fastest_rad_s": row.given("max_slew_deg_s", generic.number("slew_deg_s")) * DEG,
        "moon_exclusion_rad": tables.assumption("A-NET-LASER-MOON") * DEG,
        "sun_exclusion_rad": tables.assumption("A-NET-LASER-SUN") * DEG,
    }


def _receiver(row: Row, generic: Row, tables: Tables) -> Detection:
    return {
        "largest_range_m": tables.assumption("A-NET-PRF-RANGE") * M_PER_KM,
        "wavelength_m": SPEED_OF_LIGHT_M_S / _own_or_generic(row, generic, "frequency_hz"),
    }


def _exposure_s(row: Row, generic: Row) -> float:
    """Exposure in use, which is the one behind the limiting magnitude (A-NET-OPT-EXPOSURE)."""
    return _own_or_generic(row, generic, "limiting_mag_exposure_s")


def _own_or_generic(row: Row, generic: Row, column: str) -> float:
    own = row.optional(column)
    return generic.number(column) if own is None else own
