"""Commands on catalogues: fetch, info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples, require_writable

app = typer.Typer(
    help="Get a current catalogue by name, or summarise one.",
    no_args_is_help=True,
    epilog=examples(
        "kansoku catalogue fetch active --out active.csv",
        "kansoku catalogue info active.csv",
    ),
)


@app.command(epilog=examples("kansoku catalogue fetch active --out active.csv"))
def fetch(
    name: Annotated[str, typer.Argument(help="Group of objects, such as active.")],
    out: Annotated[Path, typer.Option(help="File to write.", dir_okay=False)],
) -> None:
    """Download a current catalogue; the only command that uses the network."""
    require_writable(out.absolute().parent)
    from kansoku.targets import fetch as download

    typer.echo(download.fetch(name, out), err=True)


@app.command(
    epilog=examples("kansoku catalogue info active.tle", "kansoku catalogue info active.csv --json")
)
def info(
    file: Annotated[Path, typer.Argument(help="TLE, 3LE or OMM, plain or gzip.")],
    json: Json = False,
) -> None:
    """Count the objects of a catalogue by regime and type, with the span of their epochs."""
    from kansoku.config import TargetsSection
    from kansoku.targets import catalogue, summary

    section = TargetsSection(catalogue=str(file), on_bad_record="skip")
    facts = summary.summarise(catalogue.load(section, Path.cwd()))
    if json:
        terminal.print_json(facts)
    else:
        terminal.print_facts(facts)
