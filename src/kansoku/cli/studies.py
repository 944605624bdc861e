"""Commands on a whole study: init, run, check."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kansoku.cli import terminal
from kansoku.cli.options import Json, examples, require_writable
from kansoku.errors import ConfigError

if TYPE_CHECKING:
    from kansoku.configfile import LoadedConfig
    from kansoku.configproblems import Problem

SCHEMA_NAME = "kansoku.schema.json"

app = typer.Typer()

Study = Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML file, or a packaged name.")]


class Backend(StrEnum):
    """Choices of --backend."""

    auto = "auto"
    numpy = "numpy"
    cupy = "cupy"


@app.command(
    epilog=examples(
        "kansoku init .                 demo.yaml here",
        "kansoku init real studies      studies/real.yaml",
    )
)
def init(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME] DIR", help="Packaged study (default demo), and where its copy goes."
        ),
    ],
) -> None:
    """Copy a packaged study, with its comments, to edit.

    A JSON Schema is put beside it, with which editors complete and check the keys while one types.
    """
    from kansoku import configfile

    if len(words) > 2:
        raise typer.BadParameter(f"got {len(words)} arguments, must be [NAME] DIR")
    name, folder = words if len(words) == 2 else ("demo", words[0])
    text = configfile.packaged_text(name)
    path = Path(folder) / f"{name}.yaml"
    _write_new(path, f"# yaml-language-server: $schema={SCHEMA_NAME}\n{text}")
    path.with_name(SCHEMA_NAME).write_text(configfile.schema_json(), encoding="utf-8")
    typer.echo(f"{path} written; edit it, then: kansoku run {path}")


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as cause:
        raise ConfigError(
            f"{path}: exists already and is left as it is; choose another folder, or remove it"
        ) from cause
    except OSError as cause:
        raise ConfigError(
            f"{path}: cannot be written ({cause.strerror}); choose another folder"
        ) from cause


@app.command(
    epilog=examples(
        "kansoku run demo",
        "kansoku run studies/real.yaml --out results/first",
        "kansoku run demo --backend numpy",
    )
)
def run(
    config: Study,
    backend: Annotated[
        Backend | None, typer.Option(help="Override compute.backend of the study.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the results.", show_default="results/<study.name>"),
    ] = None,
) -> None:
    """Compute a study and print its answer.

    The answer page, the cubes and the figures are written to the folder of the results.
    """
    from kansoku.configfile import load_config

    loaded = load_config(config)
    if backend is not None:
        loaded = _with_backend(loaded, backend)
    folder = out or Path("results") / loaded.config.study.name
    require_writable(folder, make=True)
    from kansoku import study

    with terminal.progress() as progress:
        answer = study.run_to_folder(loaded, folder, progress)
    typer.echo(answer)
    typer.echo(f"written to {folder}", err=True)


def _with_backend(loaded: LoadedConfig, backend: Backend) -> LoadedConfig:
    compute = loaded.config.compute.model_copy(update={"backend": backend.value})
    config = loaded.config.model_copy(update={"compute": compute})
    return dataclasses.replace(loaded, config=config)


@app.command(
    epilog=examples(
        "kansoku check demo.yaml",
        "kansoku check demo.yaml --json",
        "kansoku check --schema > config.schema.json",
    )
)
def check(
    config: Annotated[
        str | None, typer.Argument(metavar="CONFIG", help="A YAML file, or a packaged name.")
    ] = None,
    json: Json = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a study, for editors.")
    ] = False,
) -> None:
    """List all problems of a study at once, each by its line.

    Each says the key, the value found, and how to mend it.
    """
    from kansoku import configfile

    if schema:
        typer.echo(configfile.schema_json(), nl=False)
        return
    if config is None:
        raise typer.BadParameter("name a CONFIG to check, or ask for --schema")
    loaded, problems = configfile.inspect(config)
    if json:
        terminal.print_json(_report(config, problems))
    for problem in problems:
        typer.echo(problem, err=True)
    if loaded is None:
        raise typer.Exit(2)
    if not json:
        left = len(configfile.unchanged_assumptions(loaded.config))
        typer.echo(f"{config}: no problems; {left} planning assumptions are left at their default")


def _report(config: str, problems: list[Problem]) -> dict[str, object]:
    return {
        "config": config,
        "valid": not problems,
        "problems": [problem._asdict() for problem in problems],
    }
