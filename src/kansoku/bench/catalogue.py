"""What benchmarks ask of a catalogue: the embedded one as a file, and a day to look at."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import numpy as np

from kansoku.config import TargetsSection
from kansoku.constants import DEG, MINUTES_PER_DAY, ORDINAL_ZERO_JD
from kansoku.targets import reference
from kansoku.targets.objects import MeanElements, Targets


def reference_omm() -> str:
    """Return the embedded population as an OMM table."""
    return omm_csv(reference.load(TargetsSection()))


def omm_csv(objects: Targets) -> str:
    """Write mean elements as an OMM table (CSV), with every digit of the numbers."""
    e = objects.elements
    degrees = 1.0 / DEG
    columns = {
        "OBJECT_NAME": objects.name.tolist(),
        "NORAD_CAT_ID": objects.norad_cat_id.tolist(),
        "EPOCH": [
            _iso(*pair) for pair in zip(e.epoch_jd.tolist(), e.epoch_fraction.tolist(), strict=True)
        ],
        "MEAN_MOTION": (e.mean_motion_rad_min * MINUTES_PER_DAY / (2.0 * np.pi)).tolist(),
        "ECCENTRICITY": e.eccentricity.tolist(),
        "INCLINATION": (e.inclination_rad * degrees).tolist(),
        "RA_OF_ASC_NODE": (e.raan_rad * degrees % 360.0).tolist(),
        "ARG_OF_PERICENTER": (e.argp_rad * degrees % 360.0).tolist(),
        "MEAN_ANOMALY": (e.mean_anomaly_rad * degrees % 360.0).tolist(),
        "BSTAR": e.bstar.tolist(),
    }
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def midnight_before(elements: MeanElements) -> datetime:
    """Midnight (UTC) before the median epoch: when the day of a benchmark begins."""
    middle_jd = float(np.median(elements.epoch_jd + elements.epoch_fraction))
    return datetime.fromordinal(int(np.floor(middle_jd - ORDINAL_ZERO_JD)))


def _iso(midnight_jd: float, fraction: float) -> str:
    """Epoch to the microsecond."""
    day = datetime.fromordinal(round(midnight_jd - ORDINAL_ZERO_JD))
    return (day + timedelta(days=fraction)).isoformat(timespec="microseconds")
