"""A cooperative game: players, and what each coalition of them is worth.

A coalition is a set of bits: bit i is set when player i takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from kansoku.design.value.answer import Divided, Part
from kansoku.errors import DesignError


class Game(Protocol):
    """Players and the worth of their coalitions.

    Attributes
    ----------
    players : tuple of str
    """

    @property
    def players(self) -> tuple[str, ...]:
        """Names; bit i of a coalition is player i."""

    def value(self, coalition: int) -> float:
        """Return what a coalition is worth."""


class Table:
    """A game from a function, asked once for each coalition.

    Parameters
    ----------
    players : sequence of str
    worth : callable
        Coalition, as bits, to its worth.

    Raises
    ------
    DesignError
        When there is no player, or two have one name.
    """

    def __init__(self, players: Sequence[str], worth: Callable[[int], float]) -> None:
        self.players = tuple(players)
        self._worth = worth
        self._known: dict[int, float] = {}
        twice = sorted({name for name in self.players if self.players.count(name) > 1})
        if not self.players or twice:
            found = f"{twice[0]!r} twice" if twice else "none"
            raise DesignError(f"players: got {found}; give each player once, and at least one")

    @property
    def evaluations(self) -> int:
        """Number of coalitions asked for so far."""
        return len(self._known)

    def value(self, coalition: int) -> float:
        """Return what a coalition is worth."""
        if coalition not in self._known:
            self._known[coalition] = self._worth(coalition)
        return self._known[coalition]


def game_of(answer: Divided, teams: Mapping[str, Iterable[Part]], measure: int = 0) -> Table:
    """Let groups of parts of an answer play for one of its measures.

    Parameters
    ----------
    answer : Divided
        An answer of either kind, or the contributors of a network.
    teams : mapping of str to parts
        Players by name; the parts of those outside a coalition leave the answer. A part of
        several players stays only while all of them do.
    measure : int
        Index into `answer.measures`.

    Returns
    -------
    Table
        The worth of a coalition is exact: the answer is valued again without the others' parts,
        and nothing is bought in their place.

    Raises
    ------
    DesignError
        When there is no player, or a part is none of the answer's.
    """
    members = [frozenset(parts) for parts in teams.values()]
    known = frozenset(answer.parts)
    for name, parts in zip(teams, members, strict=True):
        if strange := sorted(parts - known):
            raise DesignError(
                f"players: {name} holds {strange[0].name}, no part of the answer; "
                "take the parts from `answer.parts`"
            )

    def worth(coalition: int) -> float:
        outside = (parts for i, parts in enumerate(members) if not coalition >> i & 1)
        return float(answer.measured(frozenset().union(*outside))[measure])

    return Table(tuple(teams), worth)


def one_each(parts: Iterable[Part]) -> dict[str, tuple[Part, ...]]:
    """Make each part a player of its own."""
    return {part.name: (part,) for part in parts}


def by_label(parts: Iterable[Part], labels: Mapping[str, str]) -> dict[str, tuple[Part, ...]]:
    """Gather sensors and partners by owner, host country or any other label, in order of name.

    Parameters
    ----------
    parts : iterable of Part
    labels : mapping of str to str
        Label by the name of a part; parts without one take part in every coalition.

    Returns
    -------
    dict of str to tuple of Part
    """
    teams: dict[str, list[Part]] = {}
    for part in parts:
        if part.name in labels:
            teams.setdefault(labels[part.name], []).append(part)
    return {label: tuple(teams[label]) for label in sorted(teams)}
