"""Derive sites/reference_population.csv from a real catalogue, or check that it matches one.

    python tools/derive_population.py --data FOLDER            derive, write and print the match
    python tools/derive_population.py --data FOLDER --check    only print; exit status 1 if outside

FOLDER holds catalogue-2024-07-05.tle.gz and satcat-2025-03-06.csv.gz. The same inputs give the
same bytes. docs/population.md has the method.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import catalogue_objects
from population_match import table, within_limits
from representatives import Representative, representatives

from kansoku.targets.reference import EPOCH

POPULATION = Path(__file__).parent.parent / "sites" / "reference_population.csv"

HEADER = f"""\
# Reference population: {{rows:,}} representative orbits for {{objects:,}} catalogued objects.
# Statistics of groups of at least 5 objects; no row is an object and no element set was copied.
# Epoch of every row: {EPOCH:%Y-%m-%dT%H:%M:%SZ}. Angles in TEME; altitudes above 6378.137 km,
# with the semi-major axis from the published mean motion n as (mu / n^2)^(1/3), WGS-72 mu.
# objects: how many the row stands for; group_objects: how many its values are statistics of.
# size_class by RCS: SMALL < 0.1 m2, LARGE > 1 m2.
# Derived by tools/derive_population.py from the public catalogue of 2024-07-05 and the SATCAT of
# 2025-03-06. Method, sources and match: docs/population.md.
"""


def content(rows: Sequence[Representative]) -> str:
    """Text of the population file."""
    text = io.StringIO()
    text.write(HEADER.format(rows=len(rows), objects=sum(row.objects for row in rows)))
    columns = [f.name for f in fields(Representative)]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _shortest(value) for name, value in asdict(r).items()} for r in rows)
    return text.getvalue()


def _shortest(value: str | int | float) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def published(path: Path) -> list[Representative]:
    """Rows of a population file."""
    with path.open(newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    kinds = {"str": str, "int": int, "float": float}
    return [
        Representative(**{f.name: kinds[str(f.type)](row[f.name]) for f in fields(Representative)})
        for row in csv.DictReader(lines)
    ]


def main() -> int:
    """Derive or check, and print the match."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the real catalogues")
    parser.add_argument("--out", type=Path, default=POPULATION, help="population file")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail outside the limits"
    )
    asked = parser.parse_args()
    real = catalogue_objects.read(asked.data)
    if not asked.check:
        unfinished = asked.out.with_suffix(".partial")
        unfinished.write_text(content(representatives(real)))
        unfinished.replace(asked.out)
    rows = published(asked.out)
    print(table(rows, real))
    return 0 if within_limits(rows, real) else 1


if __name__ == "__main__":
    sys.exit(main())
