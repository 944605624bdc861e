"""Real and published element sets for tests, read by the `sgp4` package alone."""

import gzip
from pathlib import Path

import numpy as np
import sgp4
from sgp4.api import Satrec

from kansoku.targets.objects import MeanElements

PACKAGE = Path(sgp4.__file__).parent

# MeanElements name of each Satrec field
FIELDS = {
    "epoch_jd": "jdsatepoch",
    "epoch_fraction": "jdsatepochF",
    "mean_motion_rad_min": "no_kozai",
    "eccentricity": "ecco",
    "inclination_rad": "inclo",
    "raan_rad": "nodeo",
    "argp_rad": "argpo",
    "mean_anomaly_rad": "mo",
    "bstar": "bstar",
}


def elements_of(satellites):
    """MeanElements of Satrecs, in their order."""
    return MeanElements(
        **{
            name: np.array([getattr(each, theirs) for each in satellites])
            for name, theirs in FIELDS.items()
        }
    )


def verification_set():
    """(Satrec, line 2) of each case of SGP4-VER.TLE, in file order."""
    lines = (PACKAGE / "SGP4-VER.TLE").read_text().splitlines()
    lines = [line for line in lines if line.startswith(("1 ", "2 "))]
    return [
        (Satrec.twoline2rv(first, second[:69]), second)
        for first, second in zip(lines[::2], lines[1::2], strict=True)
    ]


def catalogue(shared_data, date):
    """Satrecs of a whole catalogue."""
    path = shared_data / "data" / "catalogue" / f"catalogue-{date}.tle.gz"
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    return [Satrec.twoline2rv(lines[i + 1], lines[i + 2]) for i in range(0, len(lines), 3)]


def of_every_regime(satellites, count, seed):
    """A seeded choice of `count` objects with equal shares by mean motion and eccentricity."""
    per_day = np.array([each.no_kozai for each in satellites]) * 1440.0 / (2.0 * np.pi)
    eccentric = np.array([each.ecco for each in satellites]) > 0.3
    kinds = [
        (per_day > 11.25) & ~eccentric,
        (per_day > 1.5) & (per_day <= 11.25) & ~eccentric,
        (per_day <= 1.5) & ~eccentric,
        eccentric,
    ]
    rng = np.random.default_rng(seed)
    rows = [rng.choice(np.flatnonzero(kind), count // 4, replace=False) for kind in kinds]
    return [satellites[row] for row in np.concatenate(rows)]
