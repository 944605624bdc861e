"""Portfolio search at scale: instances of 1.5 and 10 million cells made from a real week.

    python benchmarks/large.py build FOLDER CATALOGUE [--satcat FILE]
    python benchmarks/large.py measure INSTANCE=BUDGET ... [--gap 1e-3] [--limit-s 300] [--json]

`build` looks at the whole catalogue for seven days with every sensor of the packaged study `real`
(7 minutes of CPU time) and writes week-1.npz and week-7.npz: one cell an object, 3-hour window and
weather draw, one or seven draws, set where a contributor takes at least one track. All sensors are
for sale, those of today at the price of the dearest new one of their kind.

`measure` solves each instance at its budget in a process of its own: seconds to read the archive,
to merge equal cells and to encode them, seconds from the start of the process's work until 1 % and
the asked gap were proven, and the peak memory of that process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku import study
from kansoku.constants import LEVELS
from kansoku.coverage.collect import Coverage
from kansoku.design.archive import read_arrays
from kansoku.design.instance import OPTIONAL, REQUIRED, read_instance
from kansoku.design.portfolio import Effort, Portfolio, relative_gap
from kansoku.design.presolve import presolved, unobservable
from kansoku.design.search import solve
from kansoku.design.terms import Count
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR, Network
from kansoku.wholefile import whole_file
from study import loaded

DAYS = ("07-02", "07-03", "07-04", "07-05", "07-06", "07-07", "07-08")
DRAWS = (1, 7)
PRICED_AS = {LASER: OPTICAL, PASSIVE_RF: OPTICAL, OPTICAL: OPTICAL, RADAR: RADAR, FAN: FAN}


def build(folder: Path, catalogue: Path, satcat: Path | None) -> None:
    """Look at the week once, and write one instance for each number of weather draws."""
    folder.mkdir(parents=True, exist_ok=True)
    config = loaded(catalogue, satcat, folder)
    time_section = config.config.time.model_copy(update={"days": DAYS})
    config = replace(config, config=config.config.model_copy(update={"time": time_section}))
    scope = study.scope_of(config)
    week = seen_by_day(scope)
    for draws in DRAWS:
        path = folder / f"week-{draws}.npz"
        write(path, with_draws(scope, draws), week)
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)


def seen_by_day(scope: study.Scope) -> Coverage:
    """Return the tracks of all days, without the starts of the tracks, which no cell needs."""
    days = []
    for grid in scope.grids:
        began = time.perf_counter()
        days.append(replace(study.look(replace(scope, grids=[grid])), times=[]))
        print(f"{grid.utc[0]}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return replace(
        days[0],
        tracks=np.concatenate([day.tracks for day in days], axis=2),
        window_start=np.concatenate([day.window_start for day in days]),
    )


def with_draws(scope: study.Scope, draws: int) -> study.Scope:
    """Return the same scope with another number of weather draws."""
    coverage = scope.config.coverage.model_copy(update={"scenarios": draws})
    config = scope.config.model_copy(update={"coverage": coverage})
    return replace(scope, loaded=replace(scope.loaded, config=config))


def write(path: Path, scope: study.Scope, week: Coverage) -> None:
    """Write the cells (draw, window, object) of a week as an instance."""
    clear, weight = study.weather_and_demand(scope, week)
    draws, contributors, windows = clear.shape
    cells = draws * windows * len(weight)
    bits = np.empty((contributors, -(-cells // 8)), dtype=np.uint8)
    for c in range(contributors):
        seen = week.tracks[c].T > 0
        bits[c] = np.packbits(seen & clear[:, c, :, None])
    with whole_file(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            bits=bits,
            cells=np.int64(cells),
            weight=np.tile(weight, draws * windows),
            cost=prices(scope.network),
            name=scope.network.id.astype(str),
        )


def prices(network: Network) -> npt.NDArray[np.float64]:
    """Return what each sensor costs with the opening of its site. [million JPY]"""
    cost = network.cost_mjpy.copy()
    new = network.role == "candidate"
    for c in np.flatnonzero(~new):
        alike = new & (network.sensors.kind == PRICED_AS[int(network.sensors.kind[c])])
        cost[c] = cost[alike].max()
    mid = LEVELS.index("mid")
    for c in np.flatnonzero(new):
        cost[c] += network.site_opening_mjpy[str(network.site[c])][mid]
    return cost


def staged(path: Path, budget: float, gap: float, limit_s: float) -> dict[str, Any]:
    """Read and solve one instance, stage by stage."""
    began = time.perf_counter()
    read_s = _seconds(lambda: read_arrays(path, (*REQUIRED, *OPTIONAL)))
    reread = time.perf_counter()
    problem = presolved(read_instance(path, budget))
    ready_s = time.perf_counter() - reread  # what the command needs; the first reading is extra
    term = problem.objective
    encode_s = _seconds(lambda: Count(term.name, term.cells, term.credit, term.problem_rows))
    answer = solve(problem, Effort(gap, limit_s - ready_s))
    return {
        "instance": path.stem,
        "budget": budget,
        "cells": int(read_arrays(path, ("cells",))["cells"]),
        "merged_cells": len(term.cells),
        "contributors": len(problem.candidates),
        "unobservable": unobservable(term.cells),
        "read_s": read_s,
        "merge_s": ready_s - read_s - encode_s,
        "encode_s": encode_s,
        "one_percent_s": _proven_s(answer, 0.01, ready_s),
        "asked_gap_s": ready_s + answer.seconds if answer.proven else None,
        "asked_gap": gap,
        "gap": answer.gap,
        "objective": answer.objective,
        "bound": answer.bound,
        "nodes": answer.nodes,
        "cuts": answer.cuts,
        "wall_s": time.perf_counter() - began,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _proven_s(answer: Portfolio, gap: float, ready_s: float) -> float | None:
    """Return when a gap was proven, None when it was not."""
    for moment in answer.history:
        if relative_gap(moment.lower, moment.upper) <= gap:
            return ready_s + moment.seconds
    return None


def measured(asked: list[str], gap: float, limit_s: float) -> list[dict[str, Any]]:
    """Solve each INSTANCE=BUDGET in a new process, so that its peak of memory is its own."""
    rows = []
    for one in asked:
        command = [sys.executable, __file__, "one", one, f"--gap={gap}", f"--limit-s={limit_s}"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        rows.append(json.loads(done.stdout))
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of docs/performance.md."""
    lines = [
        "| instance, budget | cells | merged | contributors | read, merge, encode [s] "
        "| to 1 % [s] | to the gap [s] | gap | nodes, cuts | peak memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        first, asked = (_cell(row[key]) for key in ("one_percent_s", "asked_gap_s"))
        lines.append(
            f"| {row['instance']}, {row['budget']:g} | {row['cells']:,} | {row['merged_cells']:,} "
            f"| {row['contributors']} | {row['read_s']:.1f}, {row['merge_s']:.1f}, "
            f"{row['encode_s']:.1f} | {first} | {asked} | {100 * row['gap']:.3f} % "
            f"| {row['nodes']}, {row['cuts']} | {row['peak_memory_bytes'] / 1e9:.2f} GB |"
        )
    return "\n".join(lines)


def _cell(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"


def main() -> int:
    """Read the arguments, build or measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    jobs = parser.add_subparsers(dest="job", required=True)
    builds = jobs.add_parser("build")
    builds.add_argument("folder", type=Path)
    builds.add_argument("catalogue", type=Path)
    builds.add_argument("--satcat", type=Path)
    for name in ("measure", "one"):
        job = jobs.add_parser(name)
        job.add_argument("asked", nargs="+", metavar="INSTANCE=BUDGET")
        job.add_argument("--gap", type=float, default=1e-3)
        job.add_argument("--limit-s", type=float, default=300.0)
        job.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.job == "build":
        build(given.folder, given.catalogue, given.satcat)
    elif given.job == "one":
        path, _, budget = given.asked[0].rpartition("=")
        json.dump(staged(Path(path), float(budget), given.gap, given.limit_s), sys.stdout)
    else:
        rows = measured(given.asked, given.gap, given.limit_s)
        print(json.dumps(rows, indent=2) if given.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
