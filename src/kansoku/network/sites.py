"""Sites and sensors as a user lists them, and the position that a `--site` argument names."""

from __future__ import annotations

import math
from typing import Any

from kansoku.errors import NetworkError
from kansoku.network.columns import SITES
from kansoku.network.names import require_known, unknown_name
from kansoku.network.tables import Row, Tables, load_tables

_AXES = {"lat_deg": "latitude", "lon_deg": "longitude", "alt_m": "altitude"}


def listing(country: str | None = None, tables: Tables | None = None) -> list[dict[str, Any]]:
    """Candidate sites and existing sensors, in the order of their tables.

    Parameters
    ----------
    country : str, optional
        ISO 3166-1 alpha-3 code of the host; all when omitted.
    tables : Tables, optional

    Returns
    -------
    list of dict
        Keys: id, name, record ('site' or 'sensor'), kind (what a site suits, or the type of a
        sensor), country, owner ('' for sites), status ('candidate' for sites), lat_deg, lon_deg,
        alt_m (None where no position is published), confidence, source.

    Raises
    ------
    NetworkError
        For a country that hosts nothing, with the ones that do.
    """
    tables = load_tables() if tables is None else tables
    rows = [_site(row) for row in tables.sites]
    rows += [_sensor(row) for row in tables.sensors_existing]
    if country is None:
        return rows
    code = country.upper()
    hosts = {row["country"] for row in rows} - {""}
    require_known("--country", (code,), hosts, "country in the tables")
    return [row for row in rows if row["country"] == code]


def site_position(text: str, tables: Tables | None = None) -> tuple[str, float, float, float]:
    """Resolve LAT,LON,ALT_M or the id of a site or an existing sensor.

    Parameters
    ----------
    text : str
        For example '34.672,133.5444,427', '-77.8,166.7,10' or 'S-JP-BISEI'.
    tables : Tables, optional

    Returns
    -------
    id, lat_deg, lon_deg, alt_m : str, float, float, float
        `id` is the text as given for a position, else the id in the tables.

    Raises
    ------
    NetworkError
        For numbers out of range, an unknown id, or a sensor without a published position.
    """
    text = text.strip()
    if "," in text:
        return (text, *_numbers(text))
    tables = load_tables() if tables is None else tables
    rows = {row.text("id"): row for row in (*tables.sites, *tables.sensors_existing)}
    if text not in rows:
        raise NetworkError(
            unknown_name("--site", text, sorted(rows), "site or sensor")
            + "; a position is written LAT,LON,ALT_M, for example 34.672,133.544,427"
        )
    latitude, longitude, altitude = (rows[text].optional(column) for column in _AXES)
    if latitude is None or longitude is None or altitude is None:
        raise NetworkError(f"--site: {text} has no published position; give one as LAT,LON,ALT_M")
    return text, latitude, longitude, altitude


def _numbers(text: str) -> tuple[float, float, float]:
    parts = text.split(",")
    if len(parts) != len(_AXES):
        raise NetworkError(
            f"--site: got {text!r} with {len(parts)} numbers, must be LAT,LON,ALT_M "
            "(degrees, degrees, metres)"
        )
    latitude, longitude, altitude = (
        _number(text, part, column) for part, column in zip(parts, _AXES, strict=True)
    )
    return latitude, longitude, altitude


def _number(text: str, part: str, column: str) -> float:
    bounds = SITES.numbers[column]
    try:
        value = float(part)
    except ValueError:
        value = math.nan
    if not bounds.accepts(value):
        raise NetworkError(
            f"--site: got {part.strip()!r} as {_AXES[column]} in {text!r}, must be "
            f"{bounds.describe()} [{bounds.unit}]; the order is LAT,LON,ALT_M"
        )
    return value


def _place(row: Row) -> dict[str, Any]:
    return {column: row.optional(column) for column in _AXES}


def _site(row: Row) -> dict[str, Any]:
    return {
        "id": row.text("id"),
        "name": row.text("name"),
        "record": "site",
        "kind": row.text("suits"),
        "country": row.text("country"),
        "owner": "",
        "status": "candidate",
        **_place(row),
        "confidence": row.text("confidence"),
        "source": row.text("source"),
    }


def _sensor(row: Row) -> dict[str, Any]:
    return {
        "id": row.text("id"),
        "name": row.text("name"),
        "record": "sensor",
        "kind": row.text("type"),
        "country": row.text("country_host"),
        "owner": row.text("owner_country"),
        "status": row.text("status"),
        **_place(row),
        "confidence": row.text("confidence"),
        "source": row.text("source"),
    }
