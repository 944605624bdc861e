r"""Regret: how much an answer found under some weights gives up when others turn out to matter.

    r[a, k] = max_b v_k(b) - v_k(a)        for answers a and profiles of weights k

The best answer of a profile is known up to its proven gap, so a regret is an interval: from the
best value found by anyone to the proven bound. Savage, Journal of the American Statistical
Association 46 (1951), 55-67.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]


class Proven(Protocol):
    """A best answer: what it reaches, and what no other can exceed."""

    @property
    def objective(self) -> float:
        """What it reaches."""

    @property
    def bound(self) -> float:
        """Upper bound on what any other reaches."""


A = TypeVar("A", bound=Proven)


@dataclass(frozen=True)
class Regret:
    """K answers, each the best found under one of K profiles of weights.

    Attributes
    ----------
    profiles : tuple of str
    value : (K, K) array
        Of answer a under profile k, exact.
    low, high : (K, K) arrays
        Ends of the regret of answer a under profile k.
    """

    profiles: tuple[str, ...]
    value: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def worst(self) -> tuple[FloatArray, FloatArray]:
        """Ends of the largest regret of each answer, two (K,) arrays."""
        return self.low.max(axis=1), self.high.max(axis=1)

    @property
    def minimax(self) -> int:
        """The answer of which least regret is proven; the first of equals."""
        return int(np.argmin(self.worst[1]))

    @property
    def settled(self) -> bool:
        """Whether no other answer can have less regret: gaps do not blur which is best."""
        low, high = self.worst
        others = np.delete(low, self.minimax)
        return bool((others >= high[self.minimax]).all())


def regret(
    profiles: Sequence[str], answers: Sequence[A], value: Callable[[A, int], float]
) -> Regret:
    """Value each profile's best answer under all profiles.

    Parameters
    ----------
    profiles : sequence of str
    answers : sequence of Portfolio or Plan
        The best found for each profile, in order.
    value : callable
        An answer and the index of a profile to the exact objective under it, -inf where it misses
        a floor of that question.

    Returns
    -------
    Regret

    Raises
    ------
    DesignError
        When there is no profile, or not one answer each.
    """
    if not profiles or len(profiles) != len(answers):
        raise DesignError(
            f"regret: got {len(answers)} answers for {len(profiles)} profiles of weights; give "
            "one best answer for each profile"
        )
    count = len(profiles)
    found = np.array([[value(answer, k) for k in range(count)] for answer in answers], dtype=float)
    best_found = found.max(axis=0)
    bound = np.maximum([answer.bound for answer in answers], best_found)
    return Regret(tuple(profiles), found, best_found - found, bound - found)
