"""What a user sees while waiting: a bar with the time left, or plain lines where nobody watches."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from kansoku.progress import Progress

LINE_INTERVAL_S = 10.0
"""A log file wants a line now and then, not one a block."""


def print_json(answer: Mapping[str, Any]) -> None:
    """Print one JSON object, the only thing on standard output under ``--json``."""
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))


def print_rich(renderable: Any) -> None:
    """Print a table or text to standard output, in the width of the terminal."""
    from rich.console import Console

    Console(soft_wrap=not sys.stdout.isatty()).print(renderable)


@contextmanager
def progress() -> Iterator[Progress]:
    """Give long work a listener: a bar on a terminal, else a line every ten seconds.

    Everything goes to standard error, so that answers can be piped.
    """
    if not sys.stderr.isatty():
        yield plain_lines()
        return
    with _bars() as listener:
        yield listener


def plain_lines(clock: Callable[[], float] = time.monotonic) -> Progress:
    """Report by lines: the begin and the end of each stage, and in between now and then.

    Parameters
    ----------
    clock : callable
        Seconds that only rise. [s]
    """
    last_s: dict[str, float] = {}

    def report(stage: str, done: float | None = None, total: float | None = None, /) -> None:
        if done is None or not total:
            typer.echo(stage, err=True)
            return
        now_s = clock()
        if stage in last_s and done < total and now_s - last_s[stage] < LINE_INTERVAL_S:
            return
        last_s[stage] = now_s
        typer.echo(f"{stage}: {100 * done / total:.0f} %", err=True)

    return report


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bars(
        *columns, TextColumn("ETA"), TimeRemainingColumn(), console=Console(stderr=True)
    ) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: float | None = None, total: float | None = None, /) -> None:
            if done is None or not total:
                bars.console.print(stage, markup=False, highlight=False)
                return
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values, one a line; nested ones indented under their name."""
    for line in _fact_lines(facts, ""):
        typer.echo(line)


def _fact_lines(facts: Mapping[str, Any], indent: str) -> Iterator[str]:
    width = max((len(str(name)) for name in facts), default=0)
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from _fact_lines(value, f"{indent}  ")
        else:
            yield f"{indent}{name!s:<{width}}  {cell(value)}"


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table whose columns are the keys of its rows."""
    if not rows:
        typer.echo("none")
        return
    names = list(rows[0])
    cells = [names, *([cell(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def cell(value: Any) -> str:
    """Show a value as a reader wants it: numbers to six digits, lists with commas."""
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(cell, value)) or "none"
    return str(value)
