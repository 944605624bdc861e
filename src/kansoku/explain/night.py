"""A night in words: when the object is seen, and what decides the rest of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

Series = dict[str, list[Any]]


def runs(values: list[Any]) -> list[tuple[int, int, Any]]:
    """First sample, last sample and value of each run of equal values, in order."""
    found: list[tuple[int, int, Any]] = []
    for value, group in groupby(range(len(values)), key=values.__getitem__):
        members = list(group)
        found.append((members[0], members[-1], value))
    return found


def words(known: Series, step_s: float) -> str:
    """Say when an object is seen in a night, to a step, and why not in the rest of it.

    Parameters
    ----------
    known : dict
        As `facts.series` gives it.
    step_s : float
        Between its samples. [s]

    Returns
    -------
    str
        A line for the night, one for each span of visibility, one for what decides the rest.
    """
    return "\n".join(_lines(known, step_s))


def _lines(known: Series, step_s: float) -> Iterator[str]:
    instants, seen = known["time_utc"], known["visible"]
    spans = [(first, last) for first, last, visible in runs(seen) if visible]
    yield (
        f"From {instants[0]} to {instants[-1]}, every {step_s:g} s: "
        f"visible at {sum(seen)} of {len(seen)} samples{':' if spans else '.'}"
    )
    for first, last in spans:
        top_deg = max(known["elevation_deg"][first : last + 1])
        yield f"  {instants[first]} to {instants[last]}, up to {top_deg:.1f} deg"
    others = Counter(name for name in known["decided_by"] if name is not None)
    if others:
        each = ", ".join(f"{name} {count}" for name, count in others.most_common())
        yield f"Otherwise decided by (samples): {each}."
