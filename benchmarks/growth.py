"""How the time of a pass search grows with objects, sites and days: times and a figure.

    python benchmarks/growth.py CATALOGUE [--figure FILE.png] [--json] [--base N]

Every series changes one size of a base case (N objects, 25 sites, one day) by factors of two, and
takes the least of two repeats of the job behind `kansoku passes`, from the files to the table.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kansoku import passes
from kansoku.network.sites import listing
from kansoku.targets.catalogue import load_file

BASE = 5000
SITES = 25
HOURS = 24.0
MIN_ELEVATION_DEG = 10.0
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
REPEATS = 2
SEED = 1


def cases(base: int) -> Iterator[tuple[str, int, int, float]]:
    """Yield the series and the sizes of each run: objects, sites, hours."""
    for factor in FACTORS:
        yield "objects", round(base * factor), SITES, HOURS
        yield "sites", base, round(SITES * factor), HOURS
        yield "days", base, SITES, HOURS * factor


def measured(catalogue: Path, base: int) -> list[dict[str, Any]]:
    """Time every case, in turns."""
    objects = load_file(catalogue, "skip")
    days = np.median(objects.elements.epoch_jd + objects.elements.epoch_fraction)
    start = datetime.fromordinal(math.floor(days - 1721424.5))
    ids = np.random.default_rng(SEED).permutation(objects.norad_cat_id)
    sites = [row["id"] for row in listing() if row["alt_m"] is not None]
    rows: dict[tuple[str, int, int, float], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "passes.csv"
        for _ in range(REPEATS):
            for case in cases(base):
                _, n, s, hours = case
                began = time.perf_counter()
                some = ids[:n].tolist()
                passes.run(catalogue, some, sites[:s], start, hours, MIN_ELEVATION_DEG, out, "skip")
                rows.setdefault(case, []).append(time.perf_counter() - began)
                print(f"{case}: {rows[case][-1]:.2f} s", file=sys.stderr)
    return [
        {"series": series, "objects": n, "sites": s, "days": hours / 24.0, "seconds": min(times)}
        for (series, n, s, hours), times in rows.items()
    ]


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw time against each size, with the line of proportion through the base case."""
    figure = Figure(figsize=(9.0, 3.2), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, series in zip(panels, ("objects", "sites", "days"), strict=True):
        mine = sorted((row[series], row["seconds"]) for row in rows if row["series"] == series)
        sizes, seconds = (np.array(column) for column in zip(*mine, strict=True))
        panel.loglog(sizes, seconds, "o-", color="#0072B2", label="passes")
        panel.loglog(
            sizes, seconds[-1] * sizes / sizes[-1], ":", color="0.5", label="in proportion"
        )
        panel.set_xlabel(series)
        panel.set_xticks(sizes, [f"{size:g}" for size in sizes])
        panel.minorticks_off()
    panels[0].set_ylabel("time [s]")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def main() -> int:
    """Read the arguments, measure, print and draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--base", type=int, default=BASE)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measured(given.catalogue, given.base)
    if given.figure:
        draw(rows, given.figure)
    if given.json:
        json.dump({"runs": rows}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return 0
    for row in rows:
        print(
            f"{row['series']:8} {row['objects']:6} objects {row['sites']:4} sites "
            f"{row['days']:6.2f} days {row['seconds']:8.2f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
