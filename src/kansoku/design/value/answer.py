"""An answer whose parts can leave: what each kind of question offers to those who value it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

Kind = Literal["sensor", "arrangement", "partner", "tier"]


@dataclass(frozen=True, order=True)
class Part:
    """Something of an answer that may leave it.

    Attributes
    ----------
    kind : str
        'sensor' that the answer orders; 'arrangement' that it signs; 'partner', all that is
        received from it, also what is in force today; 'tier', one step of what is received from a
        partner beyond today's: without it the tier below is received, and none above.
    index : int
        Number of the sensor, the arrangement or the partner in its question.
    name : str
    tier : int
        Of a step; 0 for all others.
    """

    kind: Kind
    index: int
    name: str
    tier: int = 0


class Divided(Protocol):
    """Something of which parts can leave.

    Attributes
    ----------
    measures : tuple of str
        M names of what is measured: the objective first, then each requirement.
    parts : tuple of Part
        What may leave, by kind.
    """

    @property
    def measures(self) -> tuple[str, ...]:
        """What is measured."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may leave."""

    def measured(self, gone: frozenset[Part]) -> FloatArray:
        """Return every measure once some parts have left, (M,)."""


class Answer(Divided, Protocol):
    """An answer with everything that can leave it."""

    def alongside(self, gone: frozenset[Part]) -> tuple[Part, ...]:
        """Return the sensors and arrangements that cannot stay without those that left."""

    def cost_mjpy(self, gone: frozenset[Part]) -> float:
        """Return what is still to be paid once some parts have left. [million JPY]"""


def of_kind(parts: Iterable[Part], kind: Kind) -> tuple[Part, ...]:
    """Return the parts of one kind."""
    return tuple(part for part in parts if part.kind == kind)


def indices(parts: Iterable[Part], kind: Kind) -> IndexArray:
    """Return the numbers of the parts of one kind, rising."""
    return np.array(sorted(part.index for part in parts if part.kind == kind), dtype=np.intp)


def named(kind: Kind, numbers: Iterable[int], names: Sequence[str]) -> tuple[Part, ...]:
    """Return parts by their numbers."""
    return tuple(Part(kind, int(k), names[int(k)]) for k in numbers)


def highest_tiers(gone: Iterable[Part], partners: int, richest: int) -> IndexArray:
    """Return the richest tier that may still be received from each partner, (P,).

    Tiers are nested: without a step nothing above it is received either.
    """
    highest = np.full(partners, richest, dtype=np.intp)
    for part in gone:
        if part.kind == "partner":
            highest[part.index] = 0
        elif part.kind == "tier":
            highest[part.index] = min(highest[part.index], part.tier - 1)
    return highest


def steps(
    before: IndexArray, received: IndexArray, partners: Sequence[str], worth: FloatArray
) -> tuple[Part, ...]:
    """Return the steps of tiers that an answer climbs beyond today's and that are worth something.

    Parameters
    ----------
    before, received : (P,) int arrays
        Tier received from each partner today, and under the answer.
    partners : sequence of str
    worth : (P, Q) array
        Of a track by tier; a step to a tier worth no more than the one below is left out.
    """
    rise = np.diff(worth, axis=1, prepend=0.0)
    return tuple(
        Part("tier", p, f"{name} tier {q}", q)
        for p, name in enumerate(partners)
        for q in range(int(before[p]) + 1, int(received[p]) + 1)
        if rise[p, q - 1] > 0
    )
