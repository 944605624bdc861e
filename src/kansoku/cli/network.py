"""The sites command: where sensors could stand."""

from __future__ import annotations

from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples

COLUMNS = ("id", "name", "kind", "country", "status", "lat_deg", "lon_deg", "alt_m")
"""What fits on a terminal; --json also gives the owner, the source and its confidence."""

app = typer.Typer()


@app.command(
    epilog=examples(
        "kansoku sites", "kansoku sites --country AUS", "kansoku sites --country JPN --json"
    )
)
def sites(
    country: Annotated[
        str | None, typer.Option(metavar="ISO3", help="Only those of one country, such as JPN.")
    ] = None,
    json: Json = False,
) -> None:
    """List candidate sites and existing sensors.

    Their ids are what `--site` takes; those of sites also what `network.sites` takes.
    """
    from kansoku.network.sites import listing

    rows = listing(country)
    if json:
        terminal.print_json({"sites": rows})
    else:
        terminal.print_rows([{column: row[column] for column in COLUMNS} for row in rows])
