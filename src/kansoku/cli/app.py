"""The commands, gathered under one name."""

from __future__ import annotations

from typing import Annotated

import typer

from kansoku import __version__
from kansoku.cli import bench, comparing, network, portfolio, sky, studies, targets

app = typer.Typer(
    name="kansoku",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  kansoku run demo\n  kansoku init demo .\n  kansoku check demo.yaml",
)

for commands in (studies, comparing, sky, portfolio, network):
    app.registered_commands += commands.app.registered_commands
app.add_typer(targets.app, name="catalogue")
app.add_typer(bench.app, name="bench")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kansoku {__version__}")
        raise typer.Exit


@app.callback()
def kansoku(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Which telescopes, radars and data-sharing agreements see enough of what happens in orbit?"""
