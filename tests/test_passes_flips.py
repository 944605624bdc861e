"""Every sample of a hundred million, inside a pass or not, against brute force in float64."""

import csv
import gzip
from datetime import UTC, datetime

import numpy as np
import pytest

from kansoku import passes
from naive import dense_passes as naive

START = datetime(2024, 7, 5, 12, tzinfo=UTC)
HOURS, STEP_S, MASK_DEG = 24.0, 10.0, 10.0
OBJECTS = 600
SITES = tuple(
    f"{latitude},{longitude},{altitude}"
    for latitude, longitude, altitude in (
        (90, 0, 2835), (-90, 0, 2835), (78.23, 15.4, 480), (64.13, -21.9, 60), (51.48, 0.0, 66),
        (43.93, 5.71, 650), (34.672, 133.5444, 427), (28.3, -16.51, 2390), (20.71, -156.26, 3040),
        (13.6, 144.86, 80), (0.05, -78.35, 2850), (-7.98, -14.4, 60), (-17.58, -149.6, 100),
        (-22.91, -67.8, 5000), (-30.24, -70.74, 2722), (-31.27, 149.06, 1165),
        (-35.32, 149.01, 770), (-43.99, 170.46, 1030), (-53.16, -70.9, 30), (-77.85, 166.67, 10),
    )
)  # fmt: skip
LARGEST_FLIP_DEG = 0.004
"""50 m at the 800 km of a low object at the mask; no pass of 10 s is so low."""


@pytest.mark.slow
def test_no_sample_flips_but_at_the_mask(shared_data, tmp_path):
    sets = drawn(shared_data)
    path = tmp_path / "drawn.tle"
    path.write_text("\n".join(sets.ravel()) + "\n")
    passes.run(path, None, list(SITES), START, HOURS, MASK_DEG, tmp_path / "out.csv")
    mine = inside(tmp_path / "out.csv")
    samples = naive.Samples(START, HOURS, STEP_S)
    tested, flips, largest_deg = 0, 0, 0.0
    for first in range(0, OBJECTS, 50):
        some = sets[first : first + 50]
        position_km = naive.positions_km(some[:, 1:], samples)
        for site in SITES:
            elevation = naive.elevation_deg(position_km, *map(float, site.split(",")))
            above = np.nan_to_num(elevation, nan=-90.0) >= MASK_DEG
            ours = [drawn_out(mine.get((site, number(line)), []), samples) for line in some[:, 1]]
            flipped = np.stack(ours) != above
            off_deg = np.abs(elevation[flipped] - MASK_DEG)
            tested, flips = tested + flipped.size, flips + len(off_deg)
            largest_deg = max([largest_deg, *off_deg])
    print(f"{flips} of {tested} samples flip, the largest by {largest_deg:.5f} deg")
    assert tested > 1e8
    assert largest_deg < LARGEST_FLIP_DEG
    assert flips < 1e-5 * tested


def drawn(shared_data):
    """A seeded choice from the whole catalogue."""
    path = shared_data / "data" / "catalogue" / "catalogue-2024-07-05.tle.gz"
    with gzip.open(path, "rt") as file:
        sets = np.array(file.read().splitlines()).reshape(-1, 3)
    return sets[np.sort(np.random.default_rng(6).choice(len(sets), OBJECTS, replace=False))]


def number(line):
    text = line[2:7].replace(" ", "0")
    lead = text[0]
    if lead.isdigit():
        return int(text)
    return 10000 * ("ABCDEFGHJKLMNPQRSTUVWXYZ".index(lead) + 10) + int(text[1:])


def inside(table):
    """Rises and sets by site and number, in seconds from the start."""
    found = {}
    with table.open(newline="") as file:
        for row in csv.DictReader(file):
            edges = [
                (datetime.fromisoformat(row[name]) - START).total_seconds()
                for name in ("rise_utc", "set_utc")
            ]
            found.setdefault((row["site"], int(row["norad_cat_id"])), []).append(edges)
    return found


def drawn_out(edges, samples):
    """Whether each sample lies inside a pass."""
    within = np.zeros(len(samples.seconds), dtype=bool)
    for rise_s, set_s in edges:
        within |= (samples.seconds >= rise_s) & (samples.seconds <= set_s)
    return within
