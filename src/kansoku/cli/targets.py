"""Commands on catalogues: fetch, info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import BadRecords, Json, OnBadRecord, examples, require_writable

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
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to get, such as active.")],
    out: Annotated[Path, typer.Option(help="File to write, as CSV.", dir_okay=False)],
    on_bad_record: BadRecords = OnBadRecord.error,
) -> None:
    """Get a current catalogue; the one command that uses the network.

    NAME is a group such as active, geo or analyst, or satcat, or a catalogue number. A copy younger
    than two hours is used again; KANSOKU_CATALOGUE_URL names a mirror, by what stands before /NORAD
    and /pub in its addresses.
    """
    require_writable(out.absolute().parent)
    from kansoku.targets import fetch as download

    fetched = download.fetch(name, out, on_bad_record=on_bad_record.value)
    for warning in fetched.warnings:
        typer.echo(warning, err=True)
    typer.echo(fetched.sentence())


@app.command(
    epilog=examples("kansoku catalogue info active.tle", "kansoku catalogue info active.csv --json")
)
def info(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="TLE, 3LE or OMM, plain or gzip; or 'reference', the embedded one.",
        ),
    ],
    json: Json = False,
) -> None:
    """Count the objects of a catalogue by regime and type.

    Also the span of their epochs, and how many records were left out and why.
    """
    from kansoku.config import TargetsSection
    from kansoku.targets import catalogue, summary

    section = TargetsSection(catalogue=file, on_bad_record="skip")
    loaded = catalogue.load(section, Path.cwd())
    for warning in loaded.warnings:
        typer.echo(warning, err=True)
    facts = summary.summarise(loaded)
    if json:
        terminal.print_json(facts)
    else:
        terminal.print_facts(facts)
