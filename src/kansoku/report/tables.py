"""Tables and paragraphs that read well as Markdown and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

COLUMNS = 100
"""Widest line of the answer."""

Row = Sequence[str]


def table(header: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table whose columns line up within the answer's width.

    Where it would be too wide, cells of the widest columns are shortened, with an ellipsis.

    Parameters
    ----------
    header : sequence of str
        Names of the columns; one that ends in '>' is set flush right.
    rows : iterable of sequences of str

    Returns
    -------
    str
    """
    right = [name.endswith(">") for name in header]
    names = [name.removesuffix(">") for name in header]
    body = [[" ".join(cell.split()).replace("|", "/") for cell in row] for row in rows]
    width = _fitted([max(len(row[k]) for row in [names, *body]) for k in range(len(names))])
    rule = "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(width, right, strict=True))
    lines = [_line(names, width, right), f"|{rule}|"]
    return "\n".join([*lines, *(_line(row, width, right) for row in body)])


def paragraph(sentences: str) -> str:
    """Break a paragraph into lines of the answer's width."""
    bound = sentences.replace(" %", "\u00a0%")  # a number and its sign stay on one line
    filled = textwrap.fill(bound, COLUMNS, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\u00a0", " ")


def bullets(sentences: Iterable[str]) -> str:
    """Return one list item a sentence, broken into lines."""
    return "\n".join(
        textwrap.fill(
            sentence,
            COLUMNS,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for sentence in sentences
    )


def _fitted(width: list[int]) -> list[int]:
    """Take from the widest columns until the table fits."""
    fitted = list(width)
    while sum(fitted) + 3 * len(fitted) + 1 > COLUMNS:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _line(row: Row, width: list[int], right: list[bool]) -> str:
    cells = (
        _cell(cell, w).rjust(w) if flush else _cell(cell, w).ljust(w)
        for cell, w, flush in zip(row, width, right, strict=True)
    )
    return f"| {' | '.join(cells)} |"


def _cell(value: str, widest: int) -> str:
    return value if len(value) <= widest else f"{value[: widest - 1].rstrip()}…"
