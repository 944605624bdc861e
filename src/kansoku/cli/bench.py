"""The bench commands: how fast kansoku is here, and beside whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples

if TYPE_CHECKING:
    from kansoku.bench.record import Record

Measured = TypeVar("Measured", bound="Record")

app = typer.Typer(
    name="bench",
    help="Measure speed here, beside other codes where installed.",
    no_args_is_help=True,
    epilog=examples("kansoku bench passes --json", "kansoku bench design"),
)

Catalogue = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="TLE, 3LE or OMM, plain or gzip; the embedded population without one.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


def _in_words(record: Record) -> None:
    terminal.print_facts(record.facts())


def _measure(
    run: Callable[..., Measured], json: bool, show: Callable[[Measured], None] = _in_words
) -> None:
    """Run a benchmark under a progress, and print what it measured."""
    with terminal.progress() as progress:
        record = run(progress=progress)
    if json:
        terminal.print_json(record.facts())
    else:
        show(record)


@app.command(
    epilog=examples(
        "kansoku bench passes", "kansoku bench passes --catalogue active.tle --sample 3000 --json"
    )
)
def passes(
    catalogue: Catalogue = None,
    sample: Annotated[
        int, typer.Option(metavar="N", help="Objects that brahe is given.", min=1)
    ] = 300,
    tuned: Annotated[
        bool, typer.Option("--tuned", help="Give brahe steps of 120 s and a tolerance of 1 s.")
    ] = False,
    json: Json = False,
) -> None:
    """Time all passes of a day over 100 sites, in site-object-days a second."""
    from kansoku.bench import brahe_peer
    from kansoku.bench import passes as subject

    settings = brahe_peer.TUNED if tuned else None
    _measure(partial(subject.run, catalogue, sample=sample, settings=settings), json)


@app.command(
    epilog=examples("kansoku bench sgp4", "kansoku bench sgp4 --catalogue active.tle --json")
)
def sgp4(catalogue: Catalogue = None, json: Json = False) -> None:
    """Time states a second on one core and two, beside sgp4, heyoka and brahe."""
    from kansoku.bench import sgp4 as subject

    _measure(
        partial(subject.run, catalogue), json, lambda record: terminal.print_rows(record.rows())
    )


@app.command(
    epilog=examples(
        "kansoku bench design", "kansoku bench design --instance portfolio-small.npz --json"
    )
)
def design(
    instance: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Frozen instance; a seeded random one without it.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    one_shot_s: Annotated[
        float, typer.Option(metavar="S", help="Time limit of the one-shot model. [s]", min=0.0)
    ] = 60.0,
    json: Json = False,
) -> None:
    """Time how long until a portfolio is proven to 0.1 %."""
    from kansoku.bench import design as subject

    _measure(partial(subject.run, instance, one_shot_s=one_shot_s), json)


@app.command(
    epilog=examples(
        "kansoku bench visibility",
        "kansoku bench visibility --catalogue active.tle --contributors 50 --json",
    )
)
def visibility(
    catalogue: Catalogue = None,
    satcat: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="SATCAT-like CSV for sizes.", exists=True, dir_okay=False
        ),
    ] = None,
    contributors: Annotated[
        int, typer.Option(metavar="N", help="Sensors of the packaged network.", min=1)
    ] = 100,
    copies: Annotated[
        int, typer.Option(metavar="N", help="Times the catalogue is repeated.", min=1)
    ] = 1,
    json: Json = False,
) -> None:
    """Time visibility bits of a day with every criterion, in tests a second."""
    from kansoku.bench import visibility as subject

    _measure(partial(subject.run, catalogue, satcat, contributors, copies=copies), json)


@app.command(epilog=examples("kansoku bench gpu --json"))
def gpu(catalogue: Catalogue = None, json: Json = False) -> None:
    """Time all tracks of a day over 100 sensors on the GPU, in tests a second, beside NumPy."""
    from kansoku.bench import gpu as subject

    _measure(partial(subject.run, catalogue), json)
