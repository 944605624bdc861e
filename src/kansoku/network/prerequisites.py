"""Which arrangements must be in force before others, and that no chain of them bites its tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kansoku.network.sharing import Needs

ALTERNATIVE = "|"
"""Between ids of which one is enough."""


def needs_of(text: str) -> Needs:
    """Read a cell of prerequisites.

    Parameters
    ----------
    text : str
        Groups separated by spaces, all of which must be met; ids of a group separated by `|`, one
        of which is enough: 'USA-T3|USA-T4 AUS-T3'.

    Returns
    -------
    tuple of tuple of str
    """
    return tuple(tuple(group.split(ALTERNATIVE)) for group in text.split())


def ids_in(needs: Needs) -> Iterator[str]:
    """Every id that stands in some group."""
    return (one for group in needs for one in group)


def circle(needs: Mapping[str, Needs]) -> tuple[str, ...]:
    """Find arrangements that wait for each other.

    In m[r] <= sum of m[r'] over a group, the members of a circle hold each other up with nothing
    beneath them; so a circle is refused even where an alternative leads out of it.

    Parameters
    ----------
    needs : mapping of id to Needs
        Ids that are not keys are taken to need nothing.

    Returns
    -------
    tuple of str
        For example ('A', 'B', 'A'): A needs B, and B needs A; empty when there is no circle.
    """
    cleared: set[str] = set()
    for start in needs:
        if found := _circle_from(start, needs, cleared):
            return found
    return ()


def _circle_from(start: str, needs: Mapping[str, Needs], cleared: set[str]) -> tuple[str, ...]:
    """Walk from one arrangement; `cleared` grows by those from which no circle is reached."""
    path = [start]
    waiting = [ids_in(needs.get(start, ()))]
    while path:
        following = next((one for one in waiting[-1] if one not in cleared), None)
        if following is None:
            cleared.add(path.pop())
            waiting.pop()
        elif following in path:
            return (*path[path.index(following) :], following)
        else:
            path.append(following)
            waiting.append(ids_in(needs.get(following, ())))
    return ()
