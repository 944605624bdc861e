"""Whole decisions near a relaxed one: HiGHS solves what is left in doubt, with the cuts at hand.

What the relaxation promises of coverage is an upper bound, so each answer is valued and cut, and
the next one knows better. While nothing keeps the floors, they are asked for with as much more as
the last answer fell short. On a study of ten years over a real catalogue (1,500 binaries, 1.1
million cells) the first answer stood at 0.4 %, after 2 s, where local search stood at 4.6 %
after 240 s.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.columns import Columns
from kansoku.design.programme.valuing import Evaluator
from kansoku.design.root import add_violated
from kansoku.design.solver import INTEGRALITY, Relaxation, Relaxed

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

NODES = 20  # of one answer
LIMIT_S = 30.0
GAP_SHARE = 0.25  # of the gap that is asked for


class Rounder:
    """Finds decisions near points of the relaxation.

    Parameters
    ----------
    relaxation : Relaxation
        Receives the cuts at each decision.
    columns : Columns
    evaluate : Evaluator
        Remembers the best.
    gap : float
        Relative, asked of the search.
    """

    def __init__(
        self, relaxation: Relaxation, columns: Columns, evaluate: Evaluator, gap: float
    ) -> None:
        self._relaxation, self._columns, self._evaluate = relaxation, columns, evaluate
        self._gap = GAP_SHARE * gap
        self._rounds = 0
        self._at_least = np.array([aim.at_least for aim in evaluate.programme.aims])
        self._raised = np.zeros(len(self._at_least))

    def round(self, solved: Relaxed, limit_s: float) -> bool:
        """Value the decision near a relaxed point and the best one; False when there is none.

        Parameters
        ----------
        solved : Relaxed
        limit_s : float
            Left to the search.
        """
        relaxation = self._relaxation
        lower, upper = self._near(solved)
        asked = np.where(self._raised > 0, np.minimum(self._at_least + self._raised, 1.0), 0.0)
        whole = relaxation.whole(lower, upper, NODES, self._gap, min(limit_s, LIMIT_S), asked)
        if whole is None:
            was_raised = bool(self._raised.any())
            self._raised /= 2.0
            self._raised[self._raised < INTEGRALITY] = 0.0
            return was_raised
        self._learn(whole)
        return True

    def _learn(self, whole: FloatArray) -> None:
        """Value the decision of a whole point, cut there, and ask for more where it fell short."""
        valued = self._evaluate(self._columns.design(whole))
        if self._evaluate.best is None:
            self._raised += np.maximum(self._at_least - valued.coverage, 0.0)
        else:
            self._raised[:] = 0.0
        cuts = self._evaluate.cuts_at(self._relaxation.row_weights(whole))
        add_violated(self._relaxation, whole, cuts)

    def _near(self, solved: Relaxed) -> tuple[FloatArray, FloatArray]:
        """Return bounds that leave open where a relaxed point and the best decision differ.

        Danna, Rothberg and Le Pape, Mathematical Programming 102 (2005), 71-90 (RINS). Without a
        decision yet, what the relaxation has decided stays. Every other time the year stays open
        for every sensor that either of both orders, and all arrangements until there is a decision.
        """
        lower, upper = (bound.copy() for bound in self._relaxation.bounds)
        columns, best = self._columns, self._evaluate.best
        point = solved.point[: columns.binaries]
        at = np.rint(point) if best is None else columns.binaries_of(best.decision)
        agreed = np.abs(point - at) <= INTEGRALITY
        self._rounds += 1
        if self._rounds % 2 == 0:
            agreed[: len(columns.orders)] = ~self._ordered(np.maximum(point, at))
            agreed[len(columns.orders) :] &= best is not None
        lower[: len(at)][agreed] = upper[: len(at)][agreed] = at[agreed]
        return lower, upper

    def _ordered(self, values: FloatArray) -> BoolArray:
        """Return the orders, in any year, of the sensors that are ordered in some year."""
        sensor = np.array([i for i, _ in self._columns.orders], dtype=int)
        some = values[: len(sensor)] > INTEGRALITY
        return np.asarray(np.isin(sensor, sensor[some]))
