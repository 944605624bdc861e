"""What a decision is worth: its coverage in every view and year, exactly, and the best so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.allowed import broken
from kansoku.design.programme.columns import objective, slot_of, slots
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.functions import Function, InBlock
from kansoku.design.programme.programme import Programme
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]

REACHED = 1e-12
"""Tolerance of a floor."""


@dataclass(frozen=True)
class Valued:
    """A decision with its coverage of every aim.

    `score` is the objective, -inf when a limit, a floor or a promise is missed; `deficit` is the
    sum of what is missing on floors and promises.
    """

    decision: Decision
    coverage: FloatArray
    objective: float
    score: float
    deficit: float
    cuts: tuple[tuple[Cut, ...], ...]


class Evaluator:
    """Values decisions, each one once, and remembers the best.

    Attributes
    ----------
    best : Valued or None
        The best of all decisions valued so far that keep every limit, floor and promise.
    nearest : Valued or None
        The allowed decision that misses least.
    evaluations : int
        Number of evaluations of all aims.
    """

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.consequences = Consequences(programme)
        self.slots = slots(programme)
        self.terms = _in_blocks(programme)
        self.evaluations = 0
        self.best: Valued | None = None
        self.nearest: Valued | None = None
        self._at_least = np.array([aim.at_least for aim in programme.aims])
        self._seen: dict[bytes, Valued] = {}

    def __call__(self, design: Decision) -> Valued:
        """Return a decision with its coverage and cuts."""
        key = design.key()
        if key not in self._seen:
            if len(self._seen) > 5_000:
                self._seen.clear()
            self._seen[key] = self._valued(design)
            self._remember(self._seen[key])
        return self._seen[key]

    def certified(self, valued: Valued) -> Valued:
        """Return what was valued: it is exact."""
        return valued

    def cuts_at(self, weights: FloatArray) -> tuple[tuple[Cut, ...], ...]:
        """Return the cuts of every aim at stacked row weights, the tight one first."""
        self.evaluations += 1
        return tuple(term.cuts(weights) for term in self.terms)

    def weights(self, decision: Decision, service: FloatArray | None = None) -> FloatArray:
        """Return the stacked row weights of a decision, one block for each view and year."""
        views = {view for view, _ in self.slots}
        of_view = {v: self.consequences.weights(decision, v, service) for v in views}
        return np.concatenate([of_view[v][:, t] for v, t in self.slots])

    def _valued(self, decision: Decision) -> Valued:
        self.evaluations += 1
        weights = self.weights(decision)
        cuts = tuple((term.quick_cut(weights),) for term in self.terms)
        coverage = np.array([found[0].value for found in cuts])
        worth = objective(self.programme, coverage)
        deficit = float(np.maximum(self._at_least - coverage, 0.0).sum())
        deficit += self._promises_missed(decision, coverage)
        kept = deficit <= REACHED and not broken(self.consequences, decision)
        return Valued(decision, coverage, worth, worth if kept else -np.inf, deficit, cuts)

    def _promises_missed(self, decision: Decision, coverage: FloatArray) -> float:
        missed = 0.0
        for promise in self.programme.promises:
            year = self.programme.aims[promise.aim].year
            asked = promise.base + promise.need * decision.in_force[promise.arrangement, year]
            missed += max(asked - float(coverage[promise.aim]), 0.0)
        return missed

    def _remember(self, valued: Valued) -> None:
        if valued.score > (self.best.score if self.best else -np.inf):
            self.best = valued
        nearest = self.nearest.deficit if self.nearest else np.inf
        if valued.deficit < nearest and not broken(self.consequences, valued.decision):
            self.nearest = valued


def _in_blocks(programme: Programme) -> tuple[InBlock, ...]:
    """Return the term of every aim over the stacked rows; equal functions are evaluated once."""
    blocks: dict[int, set[int]] = {}
    for aim in programme.aims:
        blocks.setdefault(id(aim.term), set()).add(slot_of(programme, aim))
    rows, stacked = len(programme.rows), len(slots(programme))
    functions = {
        id(aim.term): Function(aim.term, rows, tuple(sorted(blocks[id(aim.term)])), stacked)
        for aim in programme.aims
    }
    return tuple(
        InBlock(
            f"{aim.term.name} FY{programme.years[aim.year]} {aim.view.name}",
            functions[id(aim.term)],
            slot_of(programme, aim),
        )
        for aim in programme.aims
    )
