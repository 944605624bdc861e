"""Objects, sites and a search that tests of `kansoku passes` share."""

import csv
from datetime import UTC, datetime

from kansoku import passes
from naive import element_sets

START = datetime(2024, 7, 5, 12, tzinfo=UTC)
BISEI = "34.672,133.5444,427"
MCMURDO = "-77.8,166.7,10"
QUITO = "-0.2,-78.5,2850"
COLUMNS = [
    "norad_cat_id", "name", "site", "rise_utc", "culmination_utc", "set_utc", "duration_s",
    "rise_azimuth_deg", "culmination_azimuth_deg", "culmination_elevation_deg",
    "set_azimuth_deg", "starts_before", "ends_after",
]  # fmt: skip

ISS = element_sets.ISS
POLAR = element_sets.ISS | {
    "OBJECT_NAME": "POLAR, ONE", "NORAD_CAT_ID": 339999, "INCLINATION": "98.2000",
    "MEAN_MOTION": "14.20000000", "BSTAR": "0.10000E-4",
}  # fmt: skip
GEO = element_sets.ISS | {
    "OBJECT_NAME": "GEO", "NORAD_CAT_ID": 20000, "INCLINATION": "0.0300",
    "MEAN_MOTION": "1.00273000", "ECCENTRICITY": "0.0002000", "BSTAR": "0.00000E+0",
    "RA_OF_ASC_NODE": "10.0000", "ARG_OF_PERICENTER": "0.0000", "MEAN_ANOMALY": "60.0000",
}  # fmt: skip

# Number 33334 of the verification set of the `sgp4` package (AIAA 2006-6753): the eccentricity
# leaves its range at once. Number 29141 of it decays within a day.
REFUSED = (
    "1 33334U 78066F   06174.85818871  .00000620  00000-0  10000-3 0  6806",
    "2 33334  68.4714 236.1303 5602877 123.7484 302.5767  0.00001000 67521",
)
DECAYING = (
    "1 29141U 85108AA  06170.26783845  .99999999  00000-0  13519-0 0   718",
    "2 29141  82.4288 273.4882 0015848 277.2124  83.9133 15.93343074  6828",
)


def few(folder):
    """Write a catalogue of three objects."""
    path = folder / "few.tle"
    path.write_text(element_sets.tle(ISS, POLAR, GEO))
    return path


def searched(catalogue, out, ids=None, sites=(BISEI,), hours=24.0, mask_deg=10.0, **more):
    start = more.pop("start", START)
    summary = passes.run(catalogue, ids, list(sites), start, hours, mask_deg, out, **more)
    return summary, rows_of(out)


def rows_of(out):
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
