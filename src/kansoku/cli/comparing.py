"""The compare command: results side by side."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples
from kansoku.errors import CubeError

MOST = 6
"""Results that stand side by side within the width of a page."""

app = typer.Typer()


@app.command(
    epilog=examples(
        "kansoku compare results/demo results/first",
        "kansoku compare results/*/study.nc --json",
    )
)
def compare(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT RESULT..", help="Folders that run wrote, or their study.nc."
        ),
    ],
    json: Json = False,
) -> None:
    """Put the results of studies side by side.

    Cost, proof, coverage, autonomy, what each chooses, and whether they answer for the same demand.
    """
    cubes = _cubes(results)
    from kansoku.cubes import storage
    from kansoku.report.comparison import comparison
    from kansoku.report.side_by_side import side_by_side

    datasets = [storage.read(path) for path in cubes]
    for path, dataset in zip(cubes, datasets, strict=True):
        if "kansoku_objective" not in dataset.attrs or "year" not in dataset:
            raise CubeError(
                f"{path}: is a cube of kansoku but not of a study; give a study.nc that kansoku "
                "run wrote"
            )
    figures = comparison(datasets, string.ascii_uppercase[: len(datasets)])
    for path, one in zip(results, figures["results"], strict=True):
        one["path"] = str(path)
    if json:
        terminal.print_json(figures)
    else:
        typer.echo(side_by_side(figures), nl=False)


def _cubes(results: list[Path]) -> list[Path]:
    """Return the cube of each result; refuse what cannot be compared."""
    if not 2 <= len(results) <= MOST:
        raise typer.BadParameter(f"got {len(results)}, must be 2 to {MOST} results to compare")
    cubes = [_cube(path) for path in results]
    places = [path.resolve() for path in cubes]
    for k, place in enumerate(places):
        if place in places[:k]:
            raise typer.BadParameter(
                f"{results[k]} and {results[places.index(place)]} are one result; name each once"
            )
    return cubes


def _cube(path: Path) -> Path:
    if not path.is_dir():
        return path
    if not (path / "study.nc").is_file():
        raise CubeError(
            f"{path}: holds no study.nc, so no result; give a folder that kansoku run wrote, or "
            f"make one: kansoku run CONFIG --out {path}"
        )
    return path / "study.nc"
