"""How long until a portfolio is proven: own search beside the one-shot MILP, same instance.

    python benchmarks/design.py FOLDER [--one-shot-s 60] [--json]

FOLDER holds portfolio-small.npz and portfolio-full.npz. Each is solved at budget 100 to 0.5 % and
to 0.1 %. The one-shot model has every cell as a variable and is given the small instance.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

from kansoku.design.instance import read_instance
from kansoku.design.instance_answer import run_instance
from kansoku.design.monolith import solve_monolith
from kansoku.design.portfolio import relative_gap
from kansoku.errors import DesignError

BUDGET = 100.0
GAPS = (0.005, 0.001)
LIMIT_S = 300.0


def own_search(path: Path, gap: float) -> dict[str, Any]:
    answer = run_instance(path, budget=BUDGET, gap=gap, time_limit_s=LIMIT_S)
    kept = ("objective", "bound", "gap", "seconds", "status", "nodes", "cuts")
    return {
        "method": "branch and cut",
        "instance": path.stem,
        "asked_gap": gap,
        **{key: answer[key] for key in kept},
    }


def one_shot(path: Path, gap: float, limit_s: float) -> dict[str, Any]:
    row: dict[str, Any] = {"method": "one-shot MILP", "instance": path.stem, "asked_gap": gap}
    try:
        _, objective, bound, seconds = solve_monolith(read_instance(path, BUDGET), gap, limit_s)
    except DesignError as why:
        return {**row, "objective": None, "bound": None, "gap": None, "status": str(why)}
    reached = relative_gap(objective, bound)
    status = "gap_reached" if reached <= gap else "time_limit"
    return {
        **row,
        "objective": objective,
        "bound": bound,
        "gap": reached,
        "seconds": seconds,
        "status": status,
    }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'method':15} {'instance':16} {'asked':>7} {'reached':>9} {'seconds':>8}  objective"]
    for row in rows:
        reached = "-" if row["gap"] is None else f"{100 * row['gap']:.3f} %"
        objective = "-" if row["objective"] is None else f"{row['objective']:.6f}"
        lines.append(
            f"{row['method']:15} {row['instance']:16} {100 * row['asked_gap']:5.1f} % "
            f"{reached:>9} {row.get('seconds', 0.0):8.2f}  {objective}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with the frozen instances")
    parser.add_argument("--one-shot-s", type=float, default=60.0, help="its limit; 0 leaves it out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    small, full = (chosen.folder / f"portfolio-{size}.npz" for size in ("small", "full"))
    rows = [own_search(path, gap) for path in (small, full) for gap in GAPS]
    if chosen.one_shot_s > 0:
        rows.append(one_shot(small, GAPS[0], chosen.one_shot_s))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if chosen.json:
        json.dump({"runs": rows, "peak_memory_bytes": peak}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(f"{table(rows)}\npeak memory {peak / 2**20:.0f} MiB\n")


if __name__ == "__main__":
    main()
