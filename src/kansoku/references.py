"""What a study names outside itself: catalogue files, sites, sensor types, arrangements."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

from kansoku.config import Config
from kansoku.configproblems import Problem, dotted, shown
from kansoku.configprogramme import OTHERS
from kansoku.document import Document, KeyPath

TABLES = {
    "countries": ("sites.csv", "country", "a country with candidate sites"),
    "sites": ("sites.csv", "id", "a candidate site"),
    "sensor_types": ("sensor_types.csv", "id", "a sensor type"),
    "arrangements": ("arrangements.csv", "id", "a sharing arrangement"),
}
"""Table and column that list what each key of `network` may name, and what it is."""


def find(config: Config, base: Path, document: Document, file: str) -> list[Problem]:
    """Check that everything a study points at is there.

    Parameters
    ----------
    config : Config
        The study.
    base : Path
        Folder that relative paths start from.
    document : Document
        The study's text, for the lines.
    file : str
        How the problems name it.

    Returns
    -------
    list of Problem
        One for each file that is missing and each id that is unknown.
    """
    named = (*_missing_files(config, base), *_unknown_ids(config))
    return [Problem(file, document.line_of(path), dotted(path), words) for path, words in named]


def _missing_files(config: Config, base: Path) -> Iterator[tuple[KeyPath, str]]:
    wanted: dict[KeyPath, str | None] = {
        ("targets", "catalogue"): config.targets.catalogue,
        ("targets", "satcat"): config.targets.satcat,
        ("network", "horizon_masks"): config.network.horizon_masks,
    }
    for key, name in wanted.items():
        if name is None or (key[-1], name) == ("catalogue", "reference"):
            continue
        path = base / Path(name).expanduser()
        if not path.is_file():
            instead = "use 'reference'" if key[-1] == "catalogue" else "remove the key"
            yield (
                key,
                f"got {shown(name)}, no such file ({path}); correct the path, or {instead}",
            )


def _unknown_ids(config: Config) -> Iterator[tuple[KeyPath, str]]:
    for key, (table, column, kind) in TABLES.items():
        named = getattr(config.network, key) or ()
        known = _column(table, column) if named else ()
        for index, name in enumerate(named):
            if name not in known:
                hint = _hint(name, known, f"see the column {column} of {table}")
                yield ("network", key, index), f"got {shown(name)}, must be {kind}; {hint}"
    yield from _unknown_purses(config)
    yield from _unknown_beneficiaries(config)
    yield from _unknown_suppliers(config)
    yield from _unknown_profiles(config)


def _unknown_purses(config: Config) -> Iterator[tuple[KeyPath, str]]:
    named = config.design.programme.purses if config.design.programme else {}
    known = _column("purses.csv", "id") if named else ()
    for name in named:
        if name not in known:
            hint = _hint(name, known, f"choose from {', '.join(known)}")
            where = ("design", "programme", "purses", name)
            yield where, f"got {shown(name)}, must be a purse of purses.csv; {hint}"


def _unknown_beneficiaries(config: Config) -> Iterator[tuple[KeyPath, str]]:
    named = config.design.programme.beneficiaries if config.design.programme else {}
    known = tuple(name for name in _column("arrangements.csv", "beneficiary") if name)
    for name in named:
        if name not in known:
            hint = _hint(name, known, f"choose from {', '.join(known)}")
            where = ("design", "programme", "beneficiaries", name)
            said = "must be a state that a service of arrangements.csv has as its beneficiary"
            yield where, f"got {shown(name)}, {said}; {hint}"


def _unknown_suppliers(config: Config) -> Iterator[tuple[KeyPath, str]]:
    named = config.design.programme.suppliers if config.design.programme else {}
    known = (*_column("suppliers.csv", "supplier"), OTHERS)
    for name in named:
        if name not in known:
            hint = _hint(name, known, f"choose from {', '.join(known)}")
            where = ("design", "programme", "suppliers", name)
            said = f"must be a country that makes a type in suppliers.csv, or {OTHERS}"
            yield where, f"got {shown(name)}, {said}; {hint}"


def _unknown_profiles(config: Config) -> Iterator[tuple[KeyPath, str]]:
    programme = config.design.programme
    named = programme.what_if.profiles if programme and programme.what_if else ()
    known = _column("weight_profiles.csv", "profile") if named else ()
    for index, name in enumerate(named):
        if name not in known:
            hint = _hint(name, known, f"choose from {', '.join(known)}")
            where = ("design", "programme", "what_if", "profiles", index)
            yield where, f"got {shown(name)}, must be a profile of weight_profiles.csv; {hint}"


def _hint(name: str, known: tuple[str, ...], otherwise: str) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else otherwise


def _column(table: str, column: str) -> tuple[str, ...]:
    text = resources.files("kansoku.sites").joinpath(table).read_text("utf-8")
    return tuple(dict.fromkeys(row[column] for row in csv.DictReader(io.StringIO(text))))
