"""Who may watch, as arrays over contributor C: one contributor is one physical sensor row."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

OPTICAL, RADAR, FAN = 0, 1, 2
"""Kinds of `Sensors.kind`: a telescope, a radar with a volume, a radar whose field is a plane."""


@dataclass(frozen=True)
class Sensors:
    """Geometry and detection of each contributor, SI and radians; (C,) arrays unless stated.

    Attributes
    ----------
    kind : int8 array
        OPTICAL, RADAR or FAN.
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
    limiting_magnitude : array
        OPTICAL: faintest detectable magnitude; nan for radars.
    reference_range_m, reference_rcs_m2 : array
        Radars: `reference_rcs_m2` is just detected at `reference_range_m`; nan for telescopes.
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
    limiting_magnitude: FloatArray
    reference_range_m: FloatArray
    reference_rcs_m2: FloatArray
    minimum_track_s: FloatArray
    tracks_per_hour: FloatArray
    availability: FloatArray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, index: npt.NDArray[np.intp]) -> Sensors:
        """Return the rows of some contributors, in the order of `index`."""
        return Sensors(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


@dataclass(frozen=True)
class Arrangement:
    """A bilateral data-sharing option: one partner at one received tier.

    Costs are million JPY at the price base of the network, at the chosen cost level; `cost_mjpy`
    is everything from the decision year to the horizon (set-up, gateway and yearly fees). The
    cost of a tier is whole, not on top of the tier below: of one partner at most one is signed.
    `tier_given` is 0 when nothing is asked in return.
    """

    id: str
    name: str
    partner: str
    tier: int
    tier_given: int
    latency_hours: float
    usable_share: float
    in_force: bool
    setup_mjpy: float
    gateway_mjpy: float
    fee_mjpy_per_year: float
    cost_mjpy: float
    confidence: str
    source: str


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
        Share of dark time usable by month; 1 for radars. [unitless]
    sky_brightness : (C,) array
        Zenith, moonless V. nan for radars. [mag/arcsec^2]
    climate_site : (C,) array of str
        Candidate site whose clear nights and sky a telescope has; class C for existing ones
        (A-NET-CLIMATE), '' for radars.
    confidence, source : (C,) array of str
    assumptions : tuple of (id, statement)
        Planning assumptions behind the tables.
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
