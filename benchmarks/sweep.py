"""What a sweep of 20 budgets costs beside one search: as commands, and inside one process.

    python benchmarks/sweep.py FOLDER [--seeds 6]

FOLDER holds portfolio-small.npz. CPU seconds, so that other work on the machine counts little. As
commands, both pay for starting Python and for reading the instance; inside one process neither
does. Node counts hang on the path a search takes, hence the seeds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from kansoku.design.frontier import sweep
from kansoku.design.instance import read_instance
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve

BUDGETS = [5.0 * k for k in range(1, 21)]
GAP, LIMIT_S = 1e-3, 300.0


def command_s(path: Path, *asked: str) -> float:
    """Return the CPU seconds of `kansoku design` with the arguments."""

    def spent_s() -> float:
        used = getrusage(RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = spent_s()
    common = ["--gap", str(GAP), "--time-limit", str(LIMIT_S)]
    command = [sys.executable, "-m", "kansoku", "design", str(path), *asked, *common]
    subprocess.run(command, check=True, capture_output=True)
    return spent_s() - before


def cpu_s(job: Callable[[], object]) -> float:
    """Return the CPU seconds that a job takes in this process."""
    began = time.process_time()
    job()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=6)
    asked = parser.parse_args()
    path = asked.folder / "portfolio-small.npz"
    one = command_s(path, "--budget", str(BUDGETS[-1]))
    many = command_s(path, "--budgets", ",".join(map(str, BUDGETS)))
    print(f"commands: sweep {many:.2f} s, one search {one:.2f} s, ratio {many / one:.1f}")
    problem = read_instance(path, BUDGETS[-1])
    solve(problem, Effort(GAP, LIMIT_S))  # imports what is imported once
    for seed in range(asked.seeds):
        effort = Effort(GAP, LIMIT_S, seed=seed)
        many = cpu_s(lambda effort=effort: sweep(problem, effort, BUDGETS))
        one = cpu_s(lambda effort=effort: solve(problem, effort))
        print(f"seed {seed}: sweep {many:.2f} s, one search {one:.2f} s, ratio {many / one:.1f}")


if __name__ == "__main__":
    main()
