"""Tables and paragraphs that read well as Markdown and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

COLUMNS = 100
"""Widest line of the answer."""

Row = Sequence[str]


def table(header: Row, rows: Iterable[Row], widest: int = 40) -> str:
    """Return a Markdown table whose columns line up.

    Parameters
    ----------
    header : sequence of str
        Names of the columns; one that ends in '>' is set flush right.
    rows : iterable of sequences of str
    widest : int
        Longer cells are shortened, with an ellipsis.

    Returns
    -------
    str
    """
    right = [name.endswith(">") for name in header]
    names = [name.removesuffix(">") for name in header]
    body = [[_cell(cell, widest) for cell in row] for row in rows]
    width = [max(len(row[k]) for row in [names, *body]) for k in range(len(names))]
    rule = "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(width, right, strict=True))
    lines = [_line(names, width, right), f"|{rule}|"]
    return "\n".join([*lines, *(_line(row, width, right) for row in body)])


def paragraph(sentences: str) -> str:
    """Break a paragraph into lines of the answer's width."""
    return textwrap.fill(sentences, COLUMNS, break_long_words=False, break_on_hyphens=False)


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


def _line(row: Row, width: list[int], right: list[bool]) -> str:
    cells = (
        cell.rjust(w) if flush else cell.ljust(w)
        for cell, w, flush in zip(row, width, right, strict=True)
    )
    return f"| {' | '.join(cells)} |"


def _cell(value: str, widest: int) -> str:
    plain = " ".join(value.split()).replace("|", "/")
    return plain if len(plain) <= widest else f"{plain[: widest - 1].rstrip()}…"
