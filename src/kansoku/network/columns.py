"""What each table in sites/ must hold: columns, units, bounds and allowed words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from kansoku.constants import LEVELS

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CONFIDENCE = frozenset("ABC")


@dataclass(frozen=True)
class Number:
    """A numeric column: bounds (inclusive, or above `low` when `positive`) and the unit.

    `words` may stand in place of the number; a `whole` number has no fraction.
    """

    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    required: bool = False
    positive: bool = False
    words: frozenset[str] = frozenset()
    whole: bool = False

    def accepts(self, value: float) -> bool:
        """Whether a finite value lies within the bounds."""
        if not math.isfinite(value) or (self.positive and value <= 0):
            return False
        if self.whole and not value.is_integer():
            return False
        return self.low <= value <= self.high

    def describe(self) -> str:
        """Return the bounds as an error message says them."""
        if self.positive:
            return "a number above 0"
        if self.high == math.inf:
            return "a finite number" if self.low == -math.inf else f"{self.low:g} or more"
        return f"a {'whole ' * self.whole}number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Columns:
    """The contract of one table.

    Attributes
    ----------
    key : tuple of str
        Columns that together name a row; no two rows share them.
    required : tuple of str
        Text columns that may not be empty.
    optional : tuple of str
        Text columns that may be.
    words : dict of column to allowed words
    numbers : dict of column to Number
    rising : tuple of column stems
        Stems whose `_low`, `_mid` and `_high` columns may not fall in that order.
    needed : dict of type to columns
        Columns that rows of a type may not leave empty.
    together : tuple of columns
        All of them hold something in a row, or none.
    lists : dict of column to allowed words
        One or more of the words, separated by spaces.
    countries : tuple of columns
        ISO 3166-1 alpha-3 codes, separated by spaces.
    may_be_empty : tuple of columns
        Of the key, those that may be empty.
    exactly_one : tuple of columns
        One of them holds something in a row, the others nothing.
    """

    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    rising: tuple[str, ...] = ()
    needed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    together: tuple[str, ...] = ()
    lists: dict[str, frozenset[str]] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    may_be_empty: tuple[str, ...] = ()
    exactly_one: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Every column that must be present."""
        texts = {*self.key, *self.required, *self.optional}
        return texts | {*self.words, *self.lists, *self.numbers}


def _degrees(low: float, high: float, required: bool = False) -> Number:
    return Number(low, high, "deg", required)


def _place(required: bool) -> dict[str, Number]:
    return {
        "lat_deg": _degrees(-90, 90, required),
        "lon_deg": _degrees(-180, 360, required),
        "alt_m": Number(-500, 9000, "m", required),
    }


def levels(stem: str, unit: str) -> dict[str, Number]:
    """Return the `_low`, `_mid` and `_high` columns of an amount."""
    return {f"{stem}_{level}": Number(0, unit=unit, required=True) for level in LEVELS}


_FIELD_OF_REGARD = {
    "az_min_deg": _degrees(0, 360),
    "az_max_deg": _degrees(0, 360),
    "el_min_deg": _degrees(-5, 90),
    "el_max_deg": _degrees(0, 180),
    "ref_range_km": Number(unit="km", positive=True),
    "ref_rcs_m2": Number(unit="m^2", positive=True),
    "aperture_m": Number(unit="m", positive=True),
    "fov_deg": Number(0, 180, "deg", positive=True),
}
_LASER_REACH = {
    "largest_range_km": Number(unit="km", positive=True),
    "debris_range_km": Number(unit="km", positive=True),
    "debris_diameter_m": Number(unit="m", positive=True),
}
_DEBRIS = ("debris_range_km", "debris_diameter_m")
_SHAPES = frozenset({"hemisphere", "sector", "cone", "fan"})
_KINDS = frozenset(
    {"optical", "radar_tracking", "radar_fence", "phased_array", "slr", "passive_rf"}
)
FLAG = frozenset("01")
OWNER_CLASSES = frozenset({"civil", "military", "commercial", "academic"})
PARTY_KINDS = frozenset({"state", "body", "firm", "pool"})
EVERY_TARGET = frozenset(
    {"all objects in field", "digital beams, all in fence", "many (digital beams)"}
)
"""Wordings of `simultaneous_tracks` that set no limit."""

_REGARD = ("for_shape", "az_min_deg", "az_max_deg", "el_min_deg", "el_max_deg")
_OPTICAL = (
    "aperture_m", "limiting_mag_v", "limiting_mag_exposure_s", "limiting_mag_snr", "pixel_arcsec",
    "readout_overhead_s", "slew_deg_s", "follows",
)  # fmt: skip
_RADAR = ("ref_range_km", "ref_rcs_m2", "frequency_hz")
_NEEDED = {
    "optical": (*_REGARD, *_OPTICAL),
    **dict.fromkeys(("radar_tracking", "radar_fence", "phased_array"), (*_REGARD, *_RADAR)),
    "slr": _REGARD,
    "passive_rf": (*_REGARD, "frequency_hz"),
}

SITES = Columns(
    key=("id",),
    required=("name", "country", "infrastructure", "host_category", "source"),
    words={
        "suits": frozenset({"optical", "radar", "both"}),
        "confidence": CONFIDENCE,
        "pos_confidence": CONFIDENCE,
        "clear_confidence": CONFIDENCE,
    },
    numbers={
        **_place(required=True),
        "sky_brightness_mag_arcsec2": Number(10, 23, "mag/arcsec^2", required=True),
        "seeing_arcsec": Number(unit="arcsec", positive=True),
        **{f"clear_{month}": Number(0, 1, "1", required=True) for month in MONTHS},
    },
)

SENSOR_TYPES = Columns(
    key=("id",),
    required=("name", "assumptions", "source"),
    words={
        "type": _KINDS,
        "for_shape": _SHAPES,
        "follows": frozenset({"target", "stars", ""}),
        "confidence_performance": CONFIDENCE,
        "confidence_cost": CONFIDENCE,
    },
    numbers={
        **_FIELD_OF_REGARD,
        **_LASER_REACH,
        "limiting_mag_v": Number(0, 35, "mag"),
        "limiting_mag_exposure_s": Number(unit="s", positive=True),
        "limiting_mag_snr": Number(unit="1", positive=True),
        "pixel_arcsec": Number(unit="arcsec", positive=True),
        "readout_overhead_s": Number(0, unit="s"),
        "slew_deg_s": Number(unit="deg/s", positive=True),
        "frequency_hz": Number(unit="Hz", positive=True),
        "ref_snr_db": Number(-30, 60, "dB"),
        "min_detections_per_track": Number(1, unit="1", required=True),
        "simultaneous_tracks": Number(unit="1", required=True, positive=True, words=EVERY_TARGET),
        "fan_half_thickness_deg": Number(0, 45, "deg", positive=True),
        "targets_per_hour": Number(unit="1/h", required=True, positive=True),
        "min_track_duration_s": Number(0, unit="s", required=True),
        "availability_excl_weather": Number(0, 1, "1", required=True),
        "build_months": Number(0, unit="month", required=True),
        "staff_fte": Number(0, unit="full-time equivalents", required=True),
        "lifetime_yr": Number(1, unit="yr", required=True, whole=True),
        **levels("capex_usd", "USD"),
        **levels("opex_usd_yr", "USD/yr"),
    },
    rising=("capex_usd", "opex_usd_yr"),
    needed=_NEEDED,
    together=_DEBRIS,
)

SENSORS_EXISTING = Columns(
    key=("id",),
    required=("name", "owner_country", "source"),
    optional=("assumptions",),
    words={
        "owner_class": OWNER_CLASSES,
        "platform": frozenset({"ground", "space"}),
        "type": _KINDS,
        "status": frozenset(
            {"operational", "under_construction", "planned", "retired", "suspended"}
        ),
        "for_shape": _SHAPES | {""},
        "confidence": CONFIDENCE,
        "pos_confidence": CONFIDENCE,
        "perf_confidence": CONFIDENCE | {""},
    },
    numbers={
        **_place(required=False),
        **_FIELD_OF_REGARD,
        **_LASER_REACH,
        "year": Number(1900, 2200, "year", required=True),
        "n_units": Number(1, unit="1", required=True),
        "limiting_mag": Number(0, 35, "mag"),
        "limiting_mag_exposure_s": Number(unit="s", positive=True),
        "max_slew_deg_s": Number(unit="deg/s", positive=True),
        "frequency_hz": Number(unit="Hz", positive=True),
        "fan_plane_az_deg": _degrees(0, 360),
        "boresight_az_deg": _degrees(0, 360),
        "boresight_el_deg": _degrees(0, 90),
        "tracks_per_day": Number(unit="1/d", positive=True),
    },
    together=_DEBRIS,
)

PARTNERS = Columns(
    key=("id",),
    required=("name", "shared_owner_classes", "source"),
    optional=("satcat_owners",),
    words={"kind": PARTY_KINDS, "confidence": CONFIDENCE},
)

PARTNER_ACCESS = Columns(
    key=("sensor",),
    required=("partner", "assumption", "source"),
    words={"confidence": CONFIDENCE},
)

SITE_OPENING = Columns(
    key=("id",),
    required=("price_base", "assumption", "source"),
    words={"confidence": CONFIDENCE},
    numbers=levels("opening_mjpy", "million JPY"),
    rising=("opening_mjpy",),
)

SITE_LIMITS = Columns(
    key=("site", "kind"),
    required=("reason", "assumption", "source"),
    words={"kind": frozenset({"optical", "radar"}), "confidence": CONFIDENCE},
)

BANDS = Columns(
    key=("band",),
    required=("assumption", "source"),
    words={"confidence": CONFIDENCE},
    numbers={
        "frequency_low_hz": Number(unit="Hz", required=True, positive=True),
        "frequency_high_hz": Number(unit="Hz", required=True, positive=True),
    },
)

HORIZON_MASKS = Columns(
    key=("site", "azimuth_deg"),
    numbers={
        "azimuth_deg": _degrees(0, 360, required=True),
        "elevation_deg": _degrees(-10, 90, required=True),
    },
)

ASSUMPTIONS = Columns(
    key=("id",),
    required=("statement", "value", "basis"),
    words={"used_by": frozenset({"", "purchase", "years"}), "confidence": CONFIDENCE},
)
