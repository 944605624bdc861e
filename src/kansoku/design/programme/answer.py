"""The answer to a programme, with what is proven about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.portfolio import Progress, Status
from kansoku.design.programme.decision import Decision

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """The best decision found and the proven bound on any other.

    Attributes
    ----------
    objective, bound : float
        In units of the objective: coverage, weighed over years.
    gap : float
        (bound - objective) / max(objective, 1e-12).
    coverage : (L,) array
        Exact coverage of each aim.
    spent_mjpy, carried_mjpy : (F, T) arrays
        What each purse pays, and has left at the end of each year. [million JPY]
    proven : bool
        gap is at most the one asked for.
    history : tuple of Progress
        Bounds as they moved.
    """

    decision: Decision
    objective: float
    bound: float
    gap: float
    coverage: FloatArray
    spent_mjpy: FloatArray
    carried_mjpy: FloatArray
    seconds: float
    proven: bool
    status: Status
    nodes: int
    cuts: int
    seed: int
    history: tuple[Progress, ...]
