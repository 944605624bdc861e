"""The design command: the best portfolio of a frozen instance, with its proven bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples
from kansoku.progress import Progress

if TYPE_CHECKING:
    from kansoku.design.portfolio import Progress as Moment

app = typer.Typer()

Instance = Annotated[
    Path,
    typer.Argument(metavar="INSTANCE.npz", help="Frozen instance.", exists=True, dir_okay=False),
]
MinCoverage = Annotated[
    float | None,
    typer.Option(metavar="F", help="Reach this share of the total weight at the least cost."),
]
Budgets = Annotated[
    str | None,
    typer.Option(metavar="B,B,..", help="Show what each of these budgets buys, and no more."),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.npz",
        help="Leave the search here when it ends or is stopped, and go on from it next time.",
        dir_okay=False,
    ),
]


@app.command(
    epilog=examples(
        "kansoku design portfolio-small.npz --budget 100",
        "kansoku design portfolio-small.npz --budget 100 --gap 5e-3 --time-limit 60 --json",
        "kansoku design portfolio-small.npz --min-coverage 0.6",
        "kansoku design portfolio-small.npz --budget 100 --best 3 --differ 4",
        "kansoku design portfolio-small.npz --budgets 25,50,75,100 --json",
        "kansoku design portfolio-small.npz --budget 100 --gap 1e-4 --state search.npz",
    )
)
def design(
    instance: Instance,
    budget: Annotated[
        float | None, typer.Option(metavar="B", help="Most that may be spent, in its cost unit.")
    ] = None,
    min_coverage: MinCoverage = None,
    budgets: Budgets = None,
    best: Annotated[
        int, typer.Option(metavar="K", help="Give the K best designs that differ.", min=1)
    ] = 1,
    differ: Annotated[
        int, typer.Option(metavar="D", help="In how many sensors they differ at least.", min=1)
    ] = 1,
    state: StateFile = None,
    gap: Annotated[float, typer.Option(help="Stop when the proven gap is at most this.")] = 1e-3,
    time_limit: Annotated[
        float, typer.Option(metavar="S", help="Stop the search after this. [s]")
    ] = 300.0,
    seed: Annotated[int, typer.Option(help="Seed of every choice the search makes.")] = 0,
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of the search.", min=1)] = 1,
    json: Json = False,
) -> None:
    """Choose the sensors of a frozen instance, with a proven gap."""
    if (budget is not None) + (min_coverage is not None) + (budgets is not None) != 1:
        raise typer.BadParameter("give either --budget B or --min-coverage F, or --budgets B,B,..")
    from kansoku.design.instance_answer import Wish, run_instance

    with terminal.progress() as progress:
        answer = run_instance(
            instance,
            budget=budget,
            min_coverage=min_coverage,
            gap=gap,
            time_limit_s=time_limit,
            seed=seed,
            threads=threads,
            progress=_bounds_told(progress, minimises_cost=min_coverage is not None),
            wish=Wish(best, differ, _amounts(budgets) if budgets is not None else ()),
            state=state,
        )
    if json:
        terminal.print_json(answer)
    else:
        _print(answer)
    if answer["status"] == "infeasible":
        typer.echo(answer["message"], err=True)
        raise typer.Exit(2)


def _print(answer: dict[str, Any]) -> None:
    """Print the answer, then the alternatives or the frontier as a table."""
    tables = {name: answer[name] for name in ("alternatives", "frontier") if name in answer}
    terminal.print_facts({name: value for name, value in answer.items() if name not in tables})
    for name, rows in tables.items():
        typer.echo(f"\n{name}")
        terminal.print_rows(rows)


def _amounts(text: str) -> tuple[float, ...]:
    """Read budgets separated by commas."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as cause:
        raise typer.BadParameter(
            f"--budgets: got {text!r}, must be amounts separated by commas, such as 25,50,100"
        ) from cause


def _bounds_told(progress: Progress, minimises_cost: bool) -> Callable[[Moment], None]:
    """Say where the answer must lie, each time that the interval has shrunk by a tenth."""
    last, began_s = math.inf, 0.0

    def told(moment: Moment) -> None:
        nonlocal last, began_s
        if moment.seconds < began_s:  # another search
            last = math.inf
        began_s = moment.seconds
        width = moment.upper - moment.lower
        if width < 0.9 * last or (math.isinf(last) and math.isfinite(width)):
            last = width
            progress(_line(moment, minimises_cost))

    return told


def _line(moment: Moment, minimises_cost: bool) -> str:
    """Return incumbent, bound, gap, nodes and cuts of one moment."""
    best, bound = moment.lower, moment.upper
    if minimises_cost:
        best, bound = bound, best
    gap = 100 * abs(bound - best) / max(abs(best), 1e-12)
    return (
        f"{moment.seconds:7.1f} s  best {best:.6g}  bound {bound:.6g}  gap {min(gap, 999.99):.2f} %"
        f"  {moment.nodes} nodes  {moment.cuts} cuts"
    )
