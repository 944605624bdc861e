"""The tables in sites/, read whole and checked cell by cell before anything is built on them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from kansoku.constants import LEVELS
from kansoku.errors import NetworkError
from kansoku.network import columns, sharing_columns
from kansoku.network.columns import Columns, Number
from kansoku.network.contradictions import contradictions
from kansoku.network.crossrefs import broken_references
from kansoku.network.purses import purse_problems
from kansoku.network.tariffs import tariff_problems

_COUNTRY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class Row:
    """One line of a table, with the place an error message points at."""

    where: str
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """Text of a cell, '' when empty."""
        return self.cells[column]

    def number(self, column: str) -> float:
        """Number in a cell that must hold one.

        Raises
        ------
        NetworkError
            When the cell is empty or is not a number.
        """
        value = self.optional(column)
        if value is None:
            raise NetworkError(f"{self.where}: {column}: empty, must be a number; write one")
        return value

    def optional(self, column: str) -> float | None:
        """Number in a cell, None when the cell is empty."""
        text = self.cells[column]
        if text == "":
            return None
        try:
            return float(text)
        except ValueError:
            raise NetworkError(
                f"{self.where}: {column}: got {text!r}, must be a number; correct the cell"
            ) from None

    def given(self, column: str, otherwise: float) -> float:
        """Number in a cell; `otherwise` when it is empty or the table has no such column."""
        value = self.optional(column) if column in self.cells else None
        return otherwise if value is None else value

    def levels(self, stem: str) -> tuple[float, float, float]:
        """Return the numbers of the `_low`, `_mid` and `_high` columns of a stem."""
        low, mid, high = (self.number(f"{stem}_{level}") for level in LEVELS)
        return low, mid, high


@dataclass(frozen=True)
class Tables:
    """Everything in sites/ that the network is built from, each a tuple of checked rows."""

    sites: tuple[Row, ...]
    sensor_types: tuple[Row, ...]
    sensors_existing: tuple[Row, ...]
    partners: tuple[Row, ...]
    partner_access: tuple[Row, ...]
    arrangements: tuple[Row, ...]
    site_opening: tuple[Row, ...]
    site_limits: tuple[Row, ...]
    bands: tuple[Row, ...]
    horizon_masks: tuple[Row, ...]
    tariffs: tuple[Row, ...]
    purses: tuple[Row, ...]
    payment_profiles: tuple[Row, ...]
    release_ceilings: tuple[Row, ...]
    release_slots: tuple[Row, ...]
    suppliers: tuple[Row, ...]
    assumptions: tuple[Row, ...]

    def assumption(self, identifier: str) -> float:
        """Value of a numeric assumption, in the unit of its row.

        Raises
        ------
        NetworkError
            When no row has the id, or its value is not a number.
        """
        for row in self.assumptions:
            if row.text("id") == identifier:
                return row.number("value")
        raise NetworkError(f"assumptions.csv: no row {identifier}; restore the row")


_FILES: dict[str, Columns] = {
    "sites": columns.SITES,
    "sensor_types": columns.SENSOR_TYPES,
    "sensors_existing": columns.SENSORS_EXISTING,
    "partners": columns.PARTNERS,
    "partner_access": columns.PARTNER_ACCESS,
    "arrangements": sharing_columns.ARRANGEMENTS,
    "site_opening": columns.SITE_OPENING,
    "site_limits": columns.SITE_LIMITS,
    "bands": columns.BANDS,
    "horizon_masks": columns.HORIZON_MASKS,
    "tariffs": sharing_columns.TARIFFS,
    "purses": sharing_columns.PURSES,
    "payment_profiles": sharing_columns.PAYMENT_PROFILES,
    "release_ceilings": sharing_columns.RELEASE_CEILINGS,
    "release_slots": sharing_columns.RELEASE_SLOTS,
    "suppliers": sharing_columns.SUPPLIERS,
    "assumptions": columns.ASSUMPTIONS,
}


def load_tables(folder: Path | None = None) -> Tables:
    """Read and check every table.

    Parameters
    ----------
    folder : Path, optional
        A folder with edited copies of all tables; the packaged ones when omitted.

    Returns
    -------
    Tables

    Raises
    ------
    NetworkError
        All problems at once, one a line: file:line: column: value found, and how to mend it.
    """
    place: Path | Traversable = folder or resources.files("kansoku.sites")
    shown = str(folder) if folder else "sites"
    problems: list[str] = []
    read = {
        name: checked_rows(place / f"{name}.csv", f"{shown}/{name}.csv", contract, problems)
        for name, contract in _FILES.items()
    }
    tables = Tables(**read)
    # Later checks read cells that the earlier ones found sound
    for check in (broken_references, _inconsistent):
        if not problems:
            problems.extend(check(tables))
    if problems:
        raise NetworkError("\n".join(problems))
    return tables


def _inconsistent(tables: Tables) -> Iterator[str]:
    """Say what is sound cell by cell and cannot be true together."""
    yield from tariff_problems(tables)
    yield from purse_problems(tables)
    yield from contradictions(tables)


def checked_rows(
    file: Path | Traversable, shown: str, contract: Columns, problems: list[str]
) -> tuple[Row, ...]:
    """Read a table and check it cell by cell.

    Parameters
    ----------
    file : Path
        Lines before the header that start with '#' are comments.
    shown : str
        How problems name the file.
    contract : Columns
        What it must hold.
    problems : list of str
        Problems found are added to it.

    Raises
    ------
    NetworkError
        When the file cannot be read or has another shape than a table.
    """
    rows = tuple(_rows(file, shown, contract))
    for row in rows:
        problems.extend(_cell_problems(row, contract))
        problems.extend(_order_problems(row, contract))
        problems.extend(_torn_apart(row, contract))
        problems.extend(_word_problems(row, contract))
        problems.extend(_not_exactly_one(row, contract))
    problems.extend(_repeated(rows, contract))
    return rows


def _quoted_well(reader: Any, shown: str, comments: int) -> Iterator[list[str]]:
    """Yield the lines of a table as cells; a quote that never ends is told by its last line."""
    try:
        yield from reader
    except csv.Error as cause:
        raise NetworkError(
            f"{shown}:{comments + reader.line_num}: cannot be read as cells ({cause}); close or "
            "double the quotes at or before this line"
        ) from cause


def _rows(file: Path | Traversable, shown: str, contract: Columns) -> Iterator[Row]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise NetworkError(f"{shown}: cannot be read ({cause}); restore the file") from cause
    stream = io.StringIO(text)
    comments = sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#"), stream))
    stream.seek(0)
    reader = csv.reader(itertools.islice(stream, comments, None), strict=True)
    header = next(_quoted_well(reader, shown, comments), [])
    if absent := sorted(contract.names() - set(header)):
        where = f"{shown}:{comments + 1}"
        raise NetworkError(f"{where}: no column {', '.join(absent)}; restore the header line")
    last_line = reader.line_num
    for cells in _quoted_well(reader, shown, comments):
        where, last_line = f"{shown}:{comments + last_line + 1}", reader.line_num
        if len(cells) != len(header):
            raise NetworkError(
                f"{where}: got {len(cells)} cells, must be {len(header)}; "
                "quote cells that contain a comma"
            )
        yield Row(where, dict(zip(header, (cell.strip() for cell in cells), strict=True)))


def _cell_problems(row: Row, contract: Columns) -> Iterator[str]:
    for column in (*contract.key, *contract.required):
        if row.text(column) == "" and column not in contract.may_be_empty:
            yield f"{row.where}: {column}: empty; write it, or remove the row"
    for column, words in contract.words.items():
        if row.text(column) not in words:
            allowed = ", ".join(sorted(word or "nothing" for word in words))
            yield f"{row.where}: {column}: got {row.text(column)!r}, must be one of {allowed}"
    for column, number in contract.numbers.items():
        yield from _number_problem(row, column, number)
    for column in contract.needed.get(row.cells.get("type", ""), ()):
        if row.text(column) == "":
            yield (
                f"{row.where}: {column}: empty, but a row of type {row.text('type')} needs it; "
                "write it, or remove the row"
            )


def _number_problem(row: Row, column: str, number: Number) -> Iterator[str]:
    text, unit = row.text(column), f" [{number.unit}]" if number.unit else ""
    if text in number.words:
        return
    if text == "":
        if number.required:
            yield (
                f"{row.where}: {column}: empty, must be {number.describe()}{unit}; "
                "write the number, or remove the row"
            )
        return
    try:
        accepted = number.accepts(float(text))
    except ValueError:
        accepted = False
    if not accepted:
        yield (
            f"{row.where}: {column}: got {text}, must be {number.describe()}{unit}; "
            "correct the number, or remove the row"
        )


def _order_problems(row: Row, contract: Columns) -> Iterator[str]:
    for stem in contract.rising:
        try:
            low, mid, high = row.levels(stem)
        except NetworkError:
            continue  # the cell itself is reported by _cell_problems
        if not low <= mid <= high:
            yield (
                f"{row.where}: {stem}_low, _mid, _high: got {low:g}, {mid:g}, {high:g}, "
                "must not fall; put them in rising order"
            )


def _torn_apart(row: Row, contract: Columns) -> Iterator[str]:
    empty = [column for column in contract.together if row.text(column) == ""]
    if empty and len(empty) < len(contract.together):
        given = [column for column in contract.together if column not in empty]
        yield (
            f"{row.where}: {', '.join(empty)}: empty, but {', '.join(given)} is given; "
            "write both, or neither"
        )


def _word_problems(row: Row, contract: Columns) -> Iterator[str]:
    """Yield what is wrong with cells of several words."""
    for column, words in contract.lists.items():
        named = row.text(column).split()
        if not named or not set(named) <= words:
            yield (
                f"{row.where}: {column}: got {row.text(column)!r}, must be one or more of "
                f"{', '.join(sorted(words))}, separated by spaces; correct the cell"
            )
    for column in contract.countries:
        for name in row.text(column).split():
            if not _COUNTRY.fullmatch(name):
                yield (
                    f"{row.where}: {column}: got {name!r}, must be a country as three capital "
                    "letters; correct the cell"
                )


def _not_exactly_one(row: Row, contract: Columns) -> Iterator[str]:
    given = [column for column in contract.exactly_one if row.text(column) != ""]
    if contract.exactly_one and len(given) != 1:
        yield (
            f"{row.where}: {', '.join(contract.exactly_one)}: {len(given)} of them given, must "
            "be one; write one and empty the others"
        )


def _repeated(rows: Iterable[Row], contract: Columns) -> Iterator[str]:
    first: dict[tuple[str, ...], str] = {}
    for row in rows:
        key = tuple(row.text(column) for column in contract.key)
        if key in first:
            named = ", ".join(key)
            yield f"{row.where}: {named}: already at {first[key]}; rename or remove one of them"
        first.setdefault(key, row.where)
