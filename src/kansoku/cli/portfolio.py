"""The design command: the best portfolio of a frozen instance, with its proven bound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples

app = typer.Typer()


@app.command(
    epilog=examples(
        "kansoku design portfolio-small.npz --budget 100",
        "kansoku design portfolio-small.npz --budget 100 --gap 5e-3 --time-limit 60 --json",
        "kansoku design portfolio-small.npz --min-coverage 0.6",
    )
)
def design(
    instance: Annotated[
        Path,
        typer.Argument(
            metavar="INSTANCE.npz", help="Frozen instance.", exists=True, dir_okay=False
        ),
    ],
    budget: Annotated[
        float | None, typer.Option(metavar="B", help="Most that may be spent, in its cost unit.")
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(metavar="F", help="Reach this share of the total weight at the least cost."),
    ] = None,
    gap: Annotated[float, typer.Option(help="Stop when the proven gap is at most this.")] = 1e-3,
    time_limit: Annotated[
        float | None, typer.Option(metavar="S", help="Stop the search after this. [s]")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every choice the search makes.")] = 0,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Threads; all cores if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Choose the sensors of a frozen instance, with a proven gap."""
    if (budget is None) == (min_coverage is None):
        raise typer.BadParameter("give either --budget B or --min-coverage F")
    from kansoku.design.instance import run_instance

    with terminal.progress() as progress:
        answer = run_instance(
            instance,
            budget_mjpy=budget,
            min_coverage=min_coverage,
            gap=gap,
            time_limit_s=time_limit,
            seed=seed,
            threads=threads,
            progress=progress,
        )
    if json:
        terminal.print_json(answer)
    else:
        terminal.print_facts(answer)
    if answer["status"] == "infeasible":
        typer.echo(
            f"{instance}: no choice of sensors reaches --min-coverage {min_coverage}; lower it",
            err=True,
        )
        raise typer.Exit(2)
