"""A catalogue of a few satellites with owners, made from the reference population."""

import csv
import math
from importlib import resources

MU_KM3_S2, EARTH_KM = 398600.8, 6378.137
OMM = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,"
    "ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,"
    "ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)
SATCAT = "NORAD_CAT_ID,OBJECT_TYPE,OWNER,RCS"
EVERY = 12  # of the population, one in so many
FIRST = 40_000


def write(folder, owners):
    """Write catalogue.csv and satcat.csv; return the catalogue numbers of each owner.

    Of each run of satellites the first ones belong to `owners` in turn, with a stage and a piece of
    debris of the first owner between them.
    """
    rows = _population()[::EVERY]
    whose = {FIRST + k: owner for k, owner in enumerate([*owners, owners[0], owners[0]])}
    types = {FIRST + len(owners): "R/B", FIRST + len(owners) + 1: "DEB"}
    omm, satcat = [OMM], [SATCAT]
    for k, row in enumerate(rows):
        omm.append(_message(FIRST + k, row))
        kind, owner = types.get(FIRST + k, "PAY"), whose.get(FIRST + k, "PRC")
        satcat.append(f"{FIRST + k},{kind},{owner},{row['rcs_m2']}")
    (folder / "catalogue.csv").write_text("\n".join(omm) + "\n")
    (folder / "satcat.csv").write_text("\n".join(satcat) + "\n")
    return {o: [n for n in whose if whose[n] == o and n not in types] for o in owners}


def _population():
    text = (resources.files("kansoku.sites") / "reference_population.csv").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [row for row in csv.DictReader(lines) if row["regime"] == "LEO"]


def _message(number, row):
    perigee, apogee = (float(row[f"{end}_km"]) + EARTH_KM for end in ("perigee", "apogee"))
    semi_major = (perigee + apogee) / 2
    turns = 86400.0 / (2 * math.pi) * math.sqrt(MU_KM3_S2 / semi_major**3)
    eccentricity = (apogee - perigee) / (apogee + perigee)
    angles = ",".join(row[f"{name}_deg"] for name in ("inclination", "raan", "argp"))
    return (
        f"OBJECT {number},,2024-07-05T00:00:00,{turns:.8f},{eccentricity:.7f},{angles},"
        f"{row['mean_anomaly_deg']},0,U,{number},999,1,{row['bstar']},0,0"
    )
