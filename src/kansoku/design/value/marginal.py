"""Marginal values: what an answer loses when one of its parts leaves.

Nothing is bought in the place of what left, so a value is what is lost at once. A planner who
could decide again would lose no more, for what is left is one of the answers that are then
possible (as far as it keeps the floors); `shadow` asks again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.value.answer import Answer, Part
from kansoku.resources import map_in_order

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Marginal:
    """What is lost without one part.

    Attributes
    ----------
    part : Part
    lost : (M,) array
        Of each measure of the answer: the objective first.
    saved_mjpy : float
        What need not be paid then. [million JPY]
    alongside : tuple of Part
        What leaves with it: what needs it, or is hosted under it, in some year.
    """

    part: Part
    lost: FloatArray
    saved_mjpy: float
    alongside: tuple[Part, ...]


def marginal_values(answer: Answer, workers: int = 1) -> tuple[Marginal, ...]:
    """Return what is lost without each part of an answer, one at a time.

    Parameters
    ----------
    answer : Answer
    workers : int
        Processes; 0 takes one a core.

    Returns
    -------
    tuple of Marginal
        In the order of `answer.parts`. Values of parts that stand in for each other are small, and
        of parts that need each other are counted in each: they do not add up to anything.
    """
    nothing: frozenset[Part] = frozenset()
    whole, price = answer.measured(nothing), answer.cost_mjpy(nothing)

    def without(number: int) -> Marginal:
        gone = frozenset((answer.parts[number],))
        return Marginal(
            answer.parts[number],
            whole - answer.measured(gone),
            price - answer.cost_mjpy(gone),
            answer.alongside(gone),
        )

    return tuple(map_in_order(without, range(len(answer.parts)), workers))
