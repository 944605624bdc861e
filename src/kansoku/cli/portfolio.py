"""The design command: the best portfolio of a frozen instance, with its proven bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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


@app.command(
    epilog=examples(
        "kansoku design portfolio-small.npz --budget 100",
        "kansoku design portfolio-small.npz --budget 100 --gap 5e-3 --time-limit 60 --json",
        "kansoku design portfolio-small.npz --min-coverage 0.6",
    )
)
def design(
    instance: Instance,
    budget: Annotated[
        float | None, typer.Option(metavar="B", help="Most that may be spent, in its cost unit.")
    ] = None,
    min_coverage: MinCoverage = None,
    gap: Annotated[float, typer.Option(help="Stop when the proven gap is at most this.")] = 1e-3,
    time_limit: Annotated[
        float, typer.Option(metavar="S", help="Stop the search after this. [s]")
    ] = 300.0,
    seed: Annotated[int, typer.Option(help="Seed of every choice the search makes.")] = 0,
    threads: Annotated[int, typer.Option(metavar="N", help="Threads of the search.", min=1)] = 1,
    json: Json = False,
) -> None:
    """Choose the sensors of a frozen instance, with a proven gap."""
    if (budget is None) == (min_coverage is None):
        raise typer.BadParameter("give either --budget B or --min-coverage F")
    from kansoku.design.instance import run_instance

    with terminal.progress() as progress:
        answer = run_instance(
            instance,
            budget=budget,
            min_coverage=min_coverage,
            gap=gap,
            time_limit_s=time_limit,
            seed=seed,
            threads=threads,
            progress=_bounds_told(progress),
        )
    if json:
        terminal.print_json(answer)
    else:
        terminal.print_facts(answer)
    if answer["status"] == "infeasible":
        typer.echo(answer["message"], err=True)
        raise typer.Exit(2)


def _bounds_told(progress: Progress) -> Callable[[Moment], None]:
    """Say where the answer must lie, each time that the interval has shrunk by a tenth."""
    last = math.inf

    def told(moment: Moment) -> None:
        nonlocal last
        width = moment.upper - moment.lower
        if width < 0.9 * last or (math.isinf(last) and math.isfinite(width)):
            last = width
            between = f"between {moment.lower:.6g} and {moment.upper:.6g}"
            progress(f"{moment.seconds:7.1f} s  {between}  ({moment.nodes} nodes)")

    return told
