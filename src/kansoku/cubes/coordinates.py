"""Who, what, where and when: the coordinates of a study's cube."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from kansoku.constants import DEG, REGIMES, TIERS
from kansoku.cubes.findings import Findings
from kansoku.cubes.variables import (
    DESIGNS,
    REQUIREMENTS,
    Variables,
    money,
    switch,
    text,
    variable,
)
from kansoku.network.contributors import KIND_WORDS, Network
from kansoku.targets.sizes import size_class_of


def coordinates(found: Findings) -> Variables:
    """Coordinates of every dimension, with the auxiliary ones that describe its entries."""
    return {
        **_axes(found),
        **_contributors(found),
        **_sensors(found.network),
        **_sites(found),
        **_targets(found),
        **_windows(found),
        **_sharing(found),
    }


def sensor_rows(network: Network) -> npt.NDArray[np.intp]:
    """Contributors that the planner owns or may build: those of dimension `sensor`."""
    return np.flatnonzero(network.role != "partner")


def _axes(found: Findings) -> Variables:
    return {
        "design": text(("design",), DESIGNS, "the chosen portfolio, and today's network"),
        "year": variable(("year",), list(found.years), "Japanese fiscal year, April to March"),
        "scenario": variable(("scenario",), np.arange(len(found.clear)), "weather draw"),
        "requirement": text(
            ("requirement",), REQUIREMENTS, "coverage by every contributor, or by the owner's alone"
        ),
        "group": text(("group",), REGIMES, "orbital regime"),
        "credit": variable(
            ("credit",), np.arange(1, len(found.config.coverage.credit) + 1), "track in a window"
        ),
    }


def _contributors(found: Findings) -> Variables:
    """Return one entry a physical sensor row, whoever owns it."""
    network, dims = found.network, ("contributor",)
    words = {
        "name": (network.name, "name"),
        "role": (network.role, "own, candidate or partner"),
        "owner": (network.owner, "country of the owner, ISO 3166-1 alpha-3"),
        "country": (network.country, "host country, ISO 3166-1 alpha-3"),
        "partner": (network.partner, "partner whose arrangement gives access, empty for none"),
        "site": (network.site, "site, or the sensor's own id"),
        "sensor_type": (network.sensor_type, "sensor type"),
        "confidence": (network.confidence, "confidence of the data, A best"),
    }
    kind = found.network.sensors.kind
    return {
        "contributor": text(dims, network.id, "contributor"),
        **{f"contributor_{key}": text(dims, value, name) for key, (value, name) in words.items()},
        **_places("contributor", network, np.arange(len(network))),
        "contributor_kind": variable(
            dims,
            kind,
            "kind of sensor",
            flag_values=np.arange(len(KIND_WORDS), dtype=kind.dtype),
            flag_meanings=" ".join(KIND_WORDS),
        ),
        **_contributor_costs(found),
    }


def _contributor_costs(found: Findings) -> Variables:
    network, dims = found.network, ("contributor",)
    return {
        "contributor_cost": money(dims, network.cost_mjpy, "cost to the horizon, site apart"),
        "contributor_cost_low": money(dims, network.cost_low_mjpy, "cost to the horizon, low"),
        "contributor_cost_mid": money(dims, network.cost_mid_mjpy, "cost to the horizon, mid"),
        "contributor_cost_high": money(dims, network.cost_high_mjpy, "cost to the horizon, high"),
        "contributor_capex": money(dims, network.capex_mjpy, "capital cost"),
        "contributor_opex": variable(
            dims, network.opex_mjpy_per_year, "running cost of a year in service", "MJPY year-1"
        ),
        "contributor_service_fy": variable(
            dims, network.service_fy, "first fiscal year in service of a candidate"
        ),
    }


def _places(prefix: str, network: Network, rows: npt.NDArray[np.intp]) -> Variables:
    sensors = network.sensors.take(rows)
    return {
        f"{prefix}_latitude": variable(
            (prefix,),
            sensors.latitude_rad / DEG,
            f"geodetic latitude of the {prefix}",
            "degrees_north",
            standard_name="latitude",
        ),
        f"{prefix}_longitude": variable(
            (prefix,),
            sensors.longitude_rad / DEG,
            f"longitude of the {prefix}",
            "degrees_east",
            standard_name="longitude",
        ),
        f"{prefix}_altitude": variable(
            (prefix,),
            sensors.altitude_m,
            f"height of the {prefix} above the ellipsoid",
            "m",
            standard_name="height_above_reference_ellipsoid",
        ),
    }


def _sensors(network: Network) -> Variables:
    rows, dims = sensor_rows(network), ("sensor",)
    return {
        "sensor": text(dims, network.id[rows], "sensor that the owner has or may build"),
        "sensor_class": text(dims, network.sensor_type[rows], "sensor type"),
        "sensor_owner": text(dims, network.owner[rows], "country of the owner"),
        "sensor_site": text(dims, network.site[rows], "site"),
    }


def _sites(found: Findings) -> Variables:
    network = found.network
    names, rows = np.unique(network.site, return_index=True)
    paid = {site: levels[found.level] for site, levels in network.site_opening_mjpy.items()}
    return {
        "site": text(("site",), names, "site of a candidate, or an existing sensor's place"),
        "site_country": text(("site",), network.country[rows], "country"),
        "site_opening_cost": money(
            ("site",), [paid.get(name, 0.0) for name in names.tolist()], "cost of opening the site"
        ),
        **_places("site", network, rows),
    }


def _targets(found: Findings) -> Variables:
    targets, dims = found.targets, ("target",)
    return {
        "target": variable(dims, targets.norad_cat_id, "catalogue number"),
        "target_name": text(dims, targets.name, "name"),
        "target_regime": text(dims, np.array(REGIMES)[targets.regime], "orbital regime"),
        "target_size_class": text(
            dims, size_class_of(targets.rcs_m2), "size class by radar cross-section"
        ),
        "target_object_type": text(dims, targets.object_type, "payload, rocket body or debris"),
        "target_multiplicity": variable(
            dims, targets.multiplicity, "catalogue objects that the target stands for"
        ),
        "target_diameter": variable(dims, targets.diameter_m, "diameter of equal sphere", "m"),
        "target_rcs": variable(dims, targets.rcs_m2, "radar cross-section", "m2"),
        "target_albedo": variable(dims, targets.albedo, "diffuse albedo of equal sphere"),
        "target_propagation_error": variable(
            dims, found.coverage.error, "first SGP4 error code, 0 for none"
        ),
        "target_representative": switch(
            dims,
            found.coverage.representative,
            "elements too old for drag, taken as representative",
        ),
    }


def _windows(found: Findings) -> Variables:
    start = found.coverage.window_start.astype("datetime64[ns]")
    length = np.timedelta64(round(found.coverage.window_s * 1e9), "ns")
    since = np.datetime_as_string(start[0].astype("datetime64[s]"))
    encoding = {"units": f"seconds since {since}Z"}
    bounds = np.stack([start, start + length], axis=1)
    attributes = {
        "long_name": "start of the demand window, UTC",
        "standard_name": "time",
        "bounds": "window_bounds",
    }
    return {
        "window": xr.Variable(("window",), start, attributes, encoding),
        "window_bounds": xr.Variable(
            ("window", "bnds"), bounds, {"long_name": "start and end of the window, UTC"}, encoding
        ),
    }


def _sharing(found: Findings) -> Variables:
    options, dims = found.network.arrangements, ("arrangement",)
    return {
        "arrangement": text(dims, [one.id for one in options], "data-sharing arrangement"),
        "arrangement_name": text(dims, [one.name for one in options], "name"),
        "arrangement_partner": text(dims, [one.partner for one in options], "partner"),
        "arrangement_tier": _numbers([one.tier for one in options], "information tier received"),
        "arrangement_tier_given": _numbers(
            [one.tier_given for one in options], "information tier given, 0 for none"
        ),
        "arrangement_latency": variable(
            dims, np.array([one.latency_hours for one in options], float), "delay of the data", "h"
        ),
        "arrangement_usable_share": variable(
            dims,
            np.array([one.usable_share for one in options], float),
            "share of the partner's observations that may be used",
        ),
        "arrangement_cost": money(
            dims, [one.cost_mjpy for one in options], "set-up, gateway and fees to the horizon"
        ),
        "partner": text(("partner",), found.partners, "partner with an arrangement"),
        "tier": variable(("tier",), np.arange(1, len(TIERS) + 1), "information tier, rich last"),
        "tier_name": text(("tier",), TIERS, "content of the tier"),
    }


def _numbers(values: list[int], long_name: str) -> xr.Variable:
    return variable(("arrangement",), np.array(values, dtype=np.int64), long_name)
