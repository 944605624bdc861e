"""Commands on what a place sees of the sky: passes, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from kansoku.explain import Instant

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
    out: Annotated[Path, typer.Option(help="Table: .csv, .nc or .parquet.", dir_okay=False)],
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
        "kansoku explain --catalogue active.tle --id 25544 --site S-JP-BISEI \\",
        "      --time 2024-07-05T09:00:00Z --sensor T-OPT-07T --hours 12 --figure night.png",
    )
)
def explain(
    catalogue: CatalogueFile,
    id_: Annotated[int, typer.Option("--id", metavar="N", help="Catalogue number.")],
    site: Annotated[
        str,
        typer.Option(
            metavar="LAT,LON,ALT_M|ID",
            help="Degrees and metres, or a site's id: then its terrain and night sky count too.",
        ),
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
    hours: Annotated[
        float | None,
        typer.Option(metavar="H", help="Follow the object so long from --time on. [h]"),
    ] = None,
    step_s: Annotated[
        float | None,
        typer.Option(metavar="S", help="Between the samples of --hours; 60 if not given. [s]"),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw --hours into a .png or .svg.", dir_okay=False),
    ] = None,
    json: Json = False,
) -> None:
    """Say if a site sees an object at one instant, and why.

    With --hours the object is followed through the night after it, and --json adds a key 'series':
    for each quantity a list with one entry a sample.
    """
    if hours is None and (step_s is not None or figure is not None):
        raise typer.BadParameter("--step-s and --figure need --hours, the length of the night")
    instant = utc(time)
    from kansoku import explain as explanation
    from kansoku.explain import figure as drawing

    if figure is not None:
        drawing.require_format(figure)
    span = (
        explanation.ONE_SAMPLE
        if hours is None
        else (hours, explanation.STEP_S if step_s is None else step_s)
    )
    at = explanation.instant_of(catalogue, id_, site, instant, sensor, diameter_m, albedo, span)
    if figure is not None:
        drawing.write(at, figure)
    _print_instant(at, json, followed=hours is not None)


def _print_instant(at: Instant, json: bool, *, followed: bool) -> None:
    """Print an instant, and the night after it where that is wanted."""
    from kansoku import explain as explanation

    known = explanation.series(at) if followed else None
    if json:
        night = {} if known is None else {"series": known}
        terminal.print_json(explanation.facts(at) | night)
        return
    from kansoku.explain.table import table

    terminal.print_rich(table(at))
    if known is not None:
        typer.echo(explanation.words(known, at.grid.step_s))
