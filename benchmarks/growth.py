"""How the time of passes and of visibility bits grows: with objects, sites or sensors, and time.

    python benchmarks/growth.py CATALOGUE [--figure FILE.png] [--json] [--base N]

Every series changes one size of a base case (N objects, 25 sites, one day) by factors of two, and
takes the least of two repeats of the job behind `kansoku passes`, from the files to the table; and
of the bits behind `kansoku run` (N objects, 50 sensors, one day at 60 s), propagation included.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kansoku import passes
from kansoku.bench import visibility
from kansoku.bench.catalogue import midnight_before
from kansoku.network.sites import listing
from kansoku.targets.catalogue import load_file

BASE = 5000
SITES = 25
SENSORS = 50
STEP_S = 60.0
HOURS = 24.0
MIN_ELEVATION_DEG = 10.0
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
REPEATS = 2
SEED = 1
SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Marks on the axes of time."""


def cases(base: int) -> Iterator[tuple[str, int, int, float]]:
    """Yield the series and the sizes of each run: objects, sites, hours."""
    for factor in FACTORS:
        yield "objects", round(base * factor), SITES, HOURS
        yield "sites", base, round(SITES * factor), HOURS
        yield "days", base, SITES, HOURS * factor


def measured(catalogue: Path, base: int) -> list[dict[str, Any]]:
    """Time every case, in turns."""
    objects = load_file(catalogue, "skip")
    start = midnight_before(objects.elements)
    ids = np.random.default_rng(SEED).permutation(objects.norad_cat_id)
    sites = [row["id"] for row in listing() if row["alt_m"] is not None]
    rows: dict[tuple[str, int, int, float], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "passes.nc"
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


def visibility_cases(base: int) -> Iterator[tuple[str, int, int, float]]:
    """Yield the series and the sizes of each run: objects, sensors, step [s]."""
    for factor in FACTORS:
        yield "objects", round(base * factor), SENSORS, STEP_S
        yield "sensors", base, round(SENSORS * factor), STEP_S
        yield "steps a day", base, SENSORS, STEP_S / factor


def visibility_measured(catalogue: Path, base: int) -> list[dict[str, Any]]:
    """Time the bits of every case, in turns."""
    objects = visibility.targets_of(catalogue)
    order = np.random.default_rng(SEED).permutation(len(objects))
    rows: dict[tuple[str, int, int, float], list[float]] = {}
    for _ in range(REPEATS):
        for case in visibility_cases(base):
            _, n, sensors, step_s = case
            some = objects.take(np.sort(order[:n]))
            stretch = visibility.stretch_over(some, visibility.sensors_of(sensors), HOURS, step_s)
            rows.setdefault(case, []).append(visibility.seconds_of(stretch))
            print(f"{case}: {rows[case][-1]:.2f} s", file=sys.stderr)
    return [
        {
            "series": series, "objects": n, "sensors": sensors,
            "steps a day": round(HOURS * 3600.0 / step_s), "seconds": min(times),
        }
        for (series, n, sensors, step_s), times in rows.items()
    ]  # fmt: skip


def draw(passes_rows: list[dict[str, Any]], bits: list[dict[str, Any]], path: Path) -> None:
    """Draw time against each size, with the line of proportion through the largest case."""
    figure = Figure(figsize=(9.0, 6.0), layout="constrained")
    panels = figure.subplots(2, 3, sharey="row")
    for row, rows, label, axes in (
        (0, passes_rows, "passes", ("objects", "sites", "days")),
        (1, bits, "visibility bits", ("objects", "sensors", "steps a day")),
    ):
        for panel, series in zip(panels[row], axes, strict=True):
            mine = sorted((one[series], one["seconds"]) for one in rows if one["series"] == series)
            sizes, seconds = (np.array(column) for column in zip(*mine, strict=True))
            panel.loglog(sizes, seconds, "o-", color="#0072B2", label=label)
            even = seconds[-1] * sizes / sizes[-1]
            panel.loglog(sizes, even, ":", color="0.5", label="in proportion")
            panel.set_xlabel(series)
            panel.set_xticks(sizes, [f"{size:g}" for size in sizes])
            panel.minorticks_off()
        panels[row, 0].set_ylabel("time [s]")
        panels[row, 0].set_yticks(SECONDS, [f"{second:g}" for second in SECONDS])
        panels[row, 0].legend(frameon=False)
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
    bits = visibility_measured(given.catalogue, given.base)
    if given.figure:
        draw(rows, bits, given.figure)
    if given.json:
        json.dump({"passes": rows, "visibility": bits}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return 0
    for row in rows:
        print(
            f"{row['series']:8} {row['objects']:6} objects {row['sites']:4} sites "
            f"{row['days']:6.2f} days {row['seconds']:8.2f} s"
        )
    for row in bits:
        print(
            f"{row['series']:12} {row['objects']:6} objects {row['sensors']:4} sensors "
            f"{row['steps a day']:6} steps a day {row['seconds']:8.2f} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
