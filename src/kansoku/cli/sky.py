"""Commands on what a place sees of the sky: passes, explain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import (
    BadRecords,
    CatalogueFile,
    Json,
    OnBadRecord,
    catalogue_ids,
    examples,
    require_writable,
    utc,
)

app = typer.Typer()


@app.command(
    epilog=examples(
        "kansoku passes --catalogue active.tle --ids 25544,20580 --site 34.67,133.54,427 \\",
        "      --start 2024-07-05T00:00:00Z --hours 24 --min-elevation 10 --out passes.csv",
        "kansoku passes --catalogue active.tle --all --site S-JP-BISEI --site -77.8,166.7,10 \\",
        "      --start 2024-07-05 --hours 6 --min-elevation 5 --out passes.parquet",
    )
)
def passes(
    catalogue: CatalogueFile,
    site: Annotated[
        list[str],
        typer.Option(
            metavar="LAT,LON,ALT_M|ID", help="Degrees and metres, or a site's id; repeat."
        ),
    ],
    start: Annotated[str, typer.Option(metavar="ISO", help="First instant; UTC without offset.")],
    hours: Annotated[float, typer.Option(help="Length of the span. [h]")],
    out: Annotated[Path, typer.Option(help="Table to write: .csv or .parquet.", dir_okay=False)],
    min_elevation: Annotated[
        float, typer.Option(metavar="DEG", help="Elevation above which a pass counts. [deg]")
    ],
    ids: Annotated[
        str | None, typer.Option(metavar="A,B,..", help="Catalogue numbers to search.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Search the whole catalogue.")] = False,
    on_bad_record: BadRecords = OnBadRecord.error,
) -> None:
    """Write when objects rise above sites, culminate and set."""
    if all_ == (ids is not None):
        raise typer.BadParameter("give either --ids A,B,.. or --all")
    wanted = None if ids is None else catalogue_ids(ids)
    begin = utc(start)
    require_writable(out.absolute().parent)
    from kansoku import passes as search

    with terminal.progress() as progress:
        summary = search.run(
            catalogue, wanted, site, begin, hours, min_elevation, out, on_bad_record.value, progress
        )
    typer.echo(summary, err=True)


@app.command(
    epilog=examples(
        "kansoku explain --catalogue active.tle --id 25544 --site 34.67,133.54,427 \\",
        "      --time 2024-07-05T11:20:00Z",
        "kansoku explain --catalogue active.tle --id 25544 --site -77.8,166.7,10 \\",
        "      --time 2024-07-05T11:20:00Z --sensor T-OPT-07T --diameter-m 30 --json",
    )
)
def explain(
    catalogue: CatalogueFile,
    id_: Annotated[int, typer.Option("--id", metavar="N", help="Catalogue number.")],
    site: Annotated[
        str, typer.Option(metavar="LAT,LON,ALT_M|ID", help="Degrees and metres, or a site's id.")
    ],
    time: Annotated[str, typer.Option(metavar="ISO", help="Instant; UTC without offset.")],
    sensor: Annotated[
        str | None,
        typer.Option(metavar="TYPE", help="Sensor type; without one, 10 deg elevation decides."),
    ] = None,
    diameter_m: Annotated[
        float | None, typer.Option(metavar="D", help="Diameter of the equivalent sphere. [m]")
    ] = None,
    albedo: Annotated[
        float | None, typer.Option(metavar="A", help="Diffuse albedo of that sphere.")
    ] = None,
    json: Json = False,
) -> None:
    """Say if a site sees an object at one instant, and why."""
    instant = utc(time)
    from kansoku import explain as explanation

    at = explanation.instant_of(catalogue, id_, site, instant, sensor, diameter_m, albedo)
    if json:
        terminal.print_json(explanation.facts(at))
        return
    from kansoku.explain.table import table

    terminal.print_rich(table(at))
