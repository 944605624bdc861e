"""One coverage function in many years and views: evaluated once for equal weights, cut for all.

What a network covers does not depend on the year. A cut made at the weights of one year holds at
those of every other, so each evaluation bounds all of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.design.terms import Cut, Term

FloatArray = npt.NDArray[np.float64]

REMEMBERED = 4000
"""Evaluations kept a function."""


class Function:
    """A term over the J rows, with what it was found to be.

    Parameters
    ----------
    term : Term
    rows : int
        J.
    blocks : tuple of int
        Which blocks of the stacked rows it is counted in.
    stacked : int
        Number of blocks.
    """

    def __init__(self, term: Term, rows: int, blocks: tuple[int, ...], stacked: int) -> None:
        self.term, self.rows, self.blocks = term, rows, blocks
        self.total = rows * stacked
        self.evaluations = 0
        self._found: dict[bytes, tuple[Cut, ...]] = {}

    def at(self, weights: FloatArray, block: int) -> tuple[Cut, ...]:
        """Return the cuts of a term at the weights of one block, over the J rows."""
        local = weights[block * self.rows : (block + 1) * self.rows]
        key = local[self.term.rows].tobytes()
        if key not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self.evaluations += 1
            self._found[key] = self.term.cuts(local)
        return self._found[key]


class InBlock(Term):
    """A function counted in one view and year.

    Parameters
    ----------
    name : str
    function : Function
    block : int
    """

    def __init__(self, name: str, function: Function, block: int) -> None:
        self.name, self.function, self.block = name, function, block
        self.rows = function.term.rows + block * function.rows
        self.needs_whole_rows = function.term.needs_whole_rows
        self.exact = function.term.exact
        self.looseness = function.term.looseness

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return self.function.term.work

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cuts made at the weights of this block, then those of all other blocks."""
        own = self.function.at(weights, self.block)
        found = {id(own): own}
        for block in self.function.blocks:
            others = self.function.at(weights, block)
            found.setdefault(id(others), others)
        return tuple(self._stacked(cut) for cuts in found.values() for cut in cuts)

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return the tight cut alone."""
        return self._stacked(self.function.at(weights, self.block)[0])

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights are sure to reach."""
        rows = self.function.rows
        return self.function.term.attained(weights[self.block * rows : (self.block + 1) * rows])

    def _stacked(self, cut: Cut) -> Cut:
        slopes = np.zeros(self.function.total)
        start = self.block * self.function.rows
        slopes[start : start + self.function.rows] = cut.slopes
        return replace(cut, slopes=slopes)
