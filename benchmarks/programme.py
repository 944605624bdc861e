"""How far ten fiscal years of a frozen instance close, and in what time.

    python benchmarks/programme.py FOLDER [--gap 0.01] [--time-limit 600]

The candidates of portfolio-small.npz, ordered in any of ten years: cheap ones are in service after
two years, dear ones after three, paid in equal parts while they are built and run for 5 % of
their cost a year. 14 a year, of which 4 may be carried; coverage of all years counts alike. Radars
cost more than two years of money, so this is a hard case: few large decisions, hundreds of ways.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kansoku.design.instance import read_instance
from kansoku.design.portfolio import Effort, Progress
from kansoku.design.programme import (
    Aim,
    Industry,
    Options,
    Places,
    Programme,
    Purses,
    Release,
    Rows,
    Sharing,
)
from kansoku.design.programme.search import solve

YEARS = 10
MONEY_A_YEAR, CARRIED = 14.0, 4.0
DEAR = 12.0
RUNNING = 0.05  # of the cost, a year
EVERY_S = 10.0


def ten_years(instance: Path) -> Programme:
    """Return the candidates of an instance as a programme of ten years."""
    problem = read_instance(instance, 0.0)
    cost = problem.candidates.cost_mjpy
    count, none = len(cost), np.full(len(cost), -1)
    lead = np.where(cost < DEAR, 2, 3)
    parts = np.arange(3) < lead[:, None]
    unlimited, flags = np.full((1, YEARS), np.inf), np.zeros(count, dtype=bool)
    no_index, no_amount = np.zeros(0, dtype=np.intp), np.zeros(0)
    no_pairs = np.zeros((0, 0), dtype=np.intp)
    return Programme(
        tuple(range(2027, 2027 + YEARS)),
        Purses(
            ("all",),
            np.full((1, YEARS), MONEY_A_YEAR),
            np.array([CARRIED]),
            np.zeros(1),
            unlimited,
            np.full(1, np.inf),
            unlimited,
        ),
        Places((), no_amount, no_index, no_amount),
        Options(
            names=problem.candidates.names,
            site=none,
            mount=none,
            supplier=none,
            purse=np.zeros(count, dtype=np.intp),
            payments_mjpy=parts * (cost / lead)[:, None],
            opex_mjpy=RUNNING * cost,
            lead_years=lead,
            life_years=np.full(count, 5 * YEARS),
            earliest=np.zeros(count, dtype=np.intp),
            latest=np.full(count, YEARS),
            standing=flags,
            retirable=flags,
            staff=np.zeros(count),
            host=none,
        ),
        Sharing(
            names=(),
            partners=(),
            received=no_pairs,
            given=no_pairs,
            setup_mjpy=no_amount,
            fee_mjpy=no_amount,
            purse=no_index,
            lead_years=no_index,
            term_years=no_index,
            notice_years=no_index,
            in_force=np.zeros(0, dtype=bool),
            needs=(),
            excludes=(),
            onward=np.zeros(0, dtype=bool),
        ),
        Rows(np.arange(count), none, np.zeros((count, 5))),
        tuple(Aim(problem.objective, year, 1.0 / YEARS) for year in range(YEARS)),
        Release(
            np.zeros((count, 0), dtype=np.intp),
            np.zeros((count, 0)),
            np.zeros(count),
            np.zeros((0, 5)),
        ),
        Industry((), no_amount, no_amount),
    )


def told() -> Callable[[Progress], None]:
    """Return a function that prints a line now and then."""
    last = [-EVERY_S]

    def tell(moment: Progress) -> None:
        if moment.seconds - last[0] >= EVERY_S:
            last[0] = moment.seconds
            gap = (moment.upper - moment.lower) / max(moment.lower, 1e-12)
            print(
                f"{moment.seconds:6.0f} s  {moment.lower:.5f}  bound {moment.upper:.5f}  "
                f"gap {100 * gap:.2f} %  {moment.nodes} nodes",
                flush=True,
            )

    return tell


def main() -> None:
    """Solve and print the bounds as they close."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="folder with portfolio-small.npz")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--time-limit", type=float, default=600.0)
    asked = parser.parse_args()
    programme = ten_years(asked.bench / "portfolio-small.npz")
    plan = solve(programme, Effort(asked.gap, asked.time_limit), told())
    print(
        f"coverage {plan.objective:.5f}, bound {plan.bound:.5f}, gap {100 * plan.gap:.2f} %, "
        f"{plan.nodes} nodes, {plan.seconds:.0f} s: {plan.status}"
    )


if __name__ == "__main__":
    main()
