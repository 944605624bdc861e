"""Copies of the packaged tables that a test may break, and what is said then."""

import csv
import shutil
from importlib import resources

import pytest

from kansoku.errors import NetworkError
from kansoku.network import load_tables
from kansoku.network.tables import Tables

PACKAGED = resources.files("kansoku.sites")
TABLES = sorted(Tables.__dataclass_fields__)


def records(name):
    """Rows of a packaged table as dictionaries, read without our reader."""
    text = (PACKAGED / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def copy_tables(folder):
    """Copy all tables into a folder."""
    for name in TABLES:
        with resources.as_file(PACKAGED / f"{name}.csv") as path:
            shutil.copy(path, folder)
    return folder


def _read(path):
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        return reader.fieldnames, list(reader)


def _write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit(folder, table, row_id, **cells):
    """Change cells of the first row whose first cell is the id; return file:line of it."""
    path = folder / f"{table}.csv"
    header, rows = _read(path)
    line = next(i for i, row in enumerate(rows) if row[header[0]] == row_id) + 2
    rows[line - 2].update(cells)
    _write(path, header, rows)
    return f"{path}:{line}"


def add(folder, table, row_id, **cells):
    """Add a copy of the first row whose first cell is the id; return file:line of the copy."""
    path = folder / f"{table}.csv"
    header, rows = _read(path)
    copied = next(row for row in rows if row[header[0]] == row_id)
    rows.append({**copied, **cells})
    _write(path, header, rows)
    return f"{path}:{len(rows) + 1}"


def drop(folder, table, row_id):
    """Remove every row whose first cell is the id."""
    path = folder / f"{table}.csv"
    header, rows = _read(path)
    _write(path, header, [row for row in rows if row[header[0]] != row_id])


def message(folder):
    """What reading the folder says."""
    with pytest.raises(NetworkError) as caught:
        load_tables(folder)
    return str(caught.value)
