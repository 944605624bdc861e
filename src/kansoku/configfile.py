"""A study on disk: found by path or packaged name, checked whole, and written back as resolved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel

from kansoku import configproblems, document, references
from kansoku.config import Config
from kansoku.configproblems import Problem
from kansoku.errors import ConfigError

MAX_BYTES = 1_000_000
"""A study is a page or two; something larger is another kind of file."""


@dataclass(frozen=True)
class LoadedConfig:
    """A study that can be run, with all that its results record about where it came from.

    Attributes
    ----------
    config : Config
        The checked study.
    base : Path
        Folder that relative paths start from: that of the file, or the current one for a
        packaged study.
    text : str
        The file as written.
    sha256 : str
        Of its bytes, hexadecimal.
    source : str
        Path or packaged name.
    """

    config: Config
    base: Path
    text: str
    sha256: str
    source: str


class Assumption(NamedTuple):
    """A planning assumption that a study left at its default."""

    id: str
    key: str
    default: Any
    sentence: str


def load_config(path_or_name: str | Path) -> LoadedConfig:
    """Read a study and check all of it.

    Parameters
    ----------
    path_or_name : str or Path
        A YAML file, or the name of a packaged study such as ``demo``.

    Returns
    -------
    LoadedConfig
        The checked study.

    Raises
    ------
    ConfigError
        One line for each problem: file, line, key, value found, and how to mend it.
    """
    loaded, problems = inspect(path_or_name)
    if loaded is None:
        raise ConfigError("\n".join(str(problem) for problem in problems))
    return loaded


def inspect(path_or_name: str | Path) -> tuple[LoadedConfig | None, list[Problem]]:
    """Read a study and list its problems, as ``kansoku check`` does.

    Parameters
    ----------
    path_or_name : str or Path
        A YAML file, or the name of a packaged study.

    Returns
    -------
    loaded : LoadedConfig or None
        None when there are problems.
    problems : list of Problem
        By line.

    Raises
    ------
    ConfigError
        When there is no such file, or it cannot be read at all.
    """
    place, base = _find(path_or_name)
    source = str(path_or_name)
    content = _content(place, source)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = content.count(b"\n", 0, cause.start) + 1
        words = f"byte 0x{content[cause.start]:02x} is not UTF-8; save the file as UTF-8 text"
        return None, [Problem(source, line, "", words)]
    parsed = document.read(text)
    config, problems = configproblems.find(parsed, source)
    if config is not None:
        problems += references.find(config, base, parsed, source)
    if config is None or problems:
        return None, sorted(problems, key=lambda problem: problem.line)
    return LoadedConfig(config, base, text, hashlib.sha256(content).hexdigest(), source), []


def packaged_names() -> list[str]:
    """Names of the packaged studies, sorted."""
    folder = resources.files("kansoku.configs")
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    )


def packaged_text(name: str) -> str:
    """Text of a packaged study, comments included.

    Raises
    ------
    ConfigError
        When there is none of that name.
    """
    if name not in packaged_names():
        raise ConfigError(f"no packaged study {name!r}; choose from {', '.join(packaged_names())}")
    return resources.files("kansoku.configs").joinpath(f"{name}.yaml").read_text("utf-8")


def _find(path_or_name: str | Path) -> tuple[Path | Traversable, Path]:
    path = Path(path_or_name).expanduser()
    if path.exists() and not path.is_dir():
        return path, path.absolute().parent
    name = str(path_or_name)
    if name in packaged_names():
        return resources.files("kansoku.configs").joinpath(f"{name}.yaml"), Path.cwd()
    found = "is a folder" if path.is_dir() else "there is no such file"
    raise ConfigError(
        f"{name}: {found}, nor a packaged study of that name; "
        f"correct the path, or choose from {', '.join(packaged_names())}"
    )


def _content(place: Path | Traversable, source: str) -> bytes:
    try:
        with place.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise ConfigError(
            f"{source}: cannot be read ({cause.strerror}); check its permissions"
        ) from cause
    if len(content) > MAX_BYTES:
        raise ConfigError(
            f"{source}: larger than {MAX_BYTES:,} bytes, so it is no study; "
            "give the YAML file, and name catalogues inside it"
        )
    return content


def unchanged_assumptions(config: Config) -> list[Assumption]:
    """List the planning assumptions that a study did not decide for itself.

    Parameters
    ----------
    config : Config
        A checked study.

    Returns
    -------
    list of Assumption
        In the order of the schema; those whose value equals the default.
    """
    sections = ((name, getattr(config, name)) for name in Config.model_fields)
    return [each for name, values in sections for each in _unchanged(name, values)]


def _unchanged(name: str, values: BaseModel) -> Iterator[Assumption]:
    """Yield the assumptions of a section and of the sections within it."""
    for key, field in type(values).model_fields.items():
        value, marks = getattr(values, key), field.json_schema_extra
        if isinstance(marks, dict) and "assumption" in marks and value == field.get_default():
            sentence = " ".join((field.description or "").split())
            yield Assumption(str(marks["assumption"]), f"{name}.{key}", value, sentence)
        if isinstance(value, BaseModel):
            yield from _unchanged(f"{name}.{key}", value)


class _Dumper(yaml.SafeDumper):
    """Writes YAML that `document.read` reads back to the same values."""


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "'" if document.is_ambiguous(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def resolved_yaml(config: Config) -> str:
    """Write a study with every default filled in.

    Parameters
    ----------
    config : Config
        A checked study.

    Returns
    -------
    str
        YAML without comments, keys in the order of the schema; reading it gives an equal study.
    """
    return yaml.dump(
        config.model_dump(mode="json"),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )


def schema_json() -> str:
    """JSON Schema of a study, for editors that complete and check YAML while one types."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "kansoku study",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
