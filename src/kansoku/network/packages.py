"""Packages of a purchase: nested shares of what one firm has, of which one at a time is bought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kansoku.network.tables import Row


def package_problems(rows: Sequence[Row]) -> Iterator[str]:
    """Say which packages of a firm are the same, not nested, or could be bought together.

    Parameters
    ----------
    rows : sequence of Row
        arrangements.csv; rows of other kinds than purchase are passed over.
    """
    by_offer: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.text("kind") == "purchase" and row.optional("package_share") is not None:
            by_offer.setdefault((row.text("recipient"), row.text("partner")), []).append(row)
    for packages in by_offer.values():
        ordered = sorted(packages, key=lambda row: row.number("package_share"))
        for smaller, larger in combinations(ordered, 2):
            yield from _pair_problems(smaller, larger)


def _pair_problems(smaller: Row, larger: Row) -> Iterator[str]:
    where, firm = f"{larger.where}: package_share", larger.text("partner")
    one, other = smaller.text("id"), larger.text("id")
    if smaller.number("package_share") == larger.number("package_share"):
        yield (
            f"{where}: {one} and {other} are the same share {larger.text('package_share')} of "
            f"{firm}; remove one, or change its share"
        )
    elif column := _falls(smaller, larger):
        yield (
            f"{where}: {other} holds more of {firm} than {one}, but its {column} is "
            f"{larger.text(column)} where {one} has {smaller.text(column)}; packages are nested: "
            f"give {other} at least as much"
        )
    if other not in smaller.text("excludes").split() and one not in larger.text("excludes").split():
        yield (
            f"{larger.where}: excludes: {one} and {other} are packages of {firm}, of which one is "
            f"bought; add {one}"
        )


def _falls(smaller: Row, larger: Row) -> str:
    """Column in which a larger package gives less than a smaller one, '' when none."""
    for column in ("tier", "usable_share"):
        if larger.number(column) < smaller.number(column):
            return column
    return ""
