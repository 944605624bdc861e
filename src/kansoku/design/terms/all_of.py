"""Form (h): all of several things at once, three tracks and two sites.

A cell is worth the least of what its forms say of it, each as a share of its own full value:
f_d = min_i f_id / full_i. Every bound of one form bounds the least, so each cell takes the cut of
the form that attains the minimum there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kansoku.backend import Array
from kansoku.design.terms.count import BLOCK_CELLS, Count
from kansoku.design.terms.percell import Bound, Layer, PerCell
from kansoku.design.terms.steps import Steps
from kansoku.design.terms.term import Term
from kansoku.errors import DesignError


class AllOf(PerCell):
    """Form (h): F = sum_d omega_d min_i (f_id / full_i) / Omega.

    Always-on contributors count in each form as that form says.

    Parameters
    ----------
    name : str
    terms : tuple of Term
        Forms per cell over the same cells: `Count`, `Best`, `Distinct`, `Miss`, `Strict` or
        `AllOf`. Rows may differ, cells and their weights may not.

    Raises
    ------
    DesignError
        When a term is not per cell, cells differ, or sums would not be exact.
    """

    def __init__(self, name: str, terms: tuple[Term, ...], block_cells: int = BLOCK_CELLS) -> None:
        self.terms = tuple(form for term in terms for form in _forms(name, term))
        if not self.terms:
            raise DesignError(f"{name}: all of no terms; give at least one")
        first = self.terms[0]
        super().__init__(name, first.cells, first.problem_rows, first.xp, block_cells)
        self._check_same_cells()
        self.rows = np.unique(np.concatenate([term.rows for term in self.terms]))
        self.needs_whole_rows = any(term.needs_whole_rows for term in self.terms)
        self.whole = all(term.whole for term in self.terms)
        self.counted = tuple(layer for term in self.terms for layer in term.counted)
        self._sloped = tuple(layer for term in self.terms for layer in term.sloped)
        self.full = math.lcm(*(term.full for term in self.terms))
        self._concave: PerCell = self
        if self.needs_whole_rows:
            concave = tuple(term.concave for term in self.terms)
            self._concave = AllOf(name, concave, block_cells)
        if self.whole:
            times = [(self.full // term.full, term.largest) for term in self.terms]
            self.check_exact(
                max(factor * constant for factor, (constant, _) in times),
                max(factor * slope for factor, (_, slope) in times),
            )

    @property
    def sloped(self) -> tuple[Layer, ...]:
        """Return the sums of all forms."""
        return self._sloped

    @property
    def concave(self) -> PerCell:
        """Return the least of the concave bounds."""
        return self._concave

    def bound(self, counts: Sequence[Array], block: slice) -> Bound:
        """Return the bound of the form with the least value in each cell, the first of equals."""
        xp, least, chosen = self.xp, None, None
        parts = self._parts(counts, block)
        for k, (term, own, part) in enumerate(parts):
            value = term.reached(own, part) * (self.full // term.full)
            if least is None:
                least, chosen = value, xp.zeros(len(value), dtype=xp.int8)
            else:
                chosen = xp.where(value < least, k, chosen)
                least = xp.minimum(value, least)
        constant, slopes = 0.0, []
        for k, (term, _, (constants, of_term)) in enumerate(parts):
            factor = (chosen == k) * float(self.full // term.full)
            constant = constants * factor + constant
            slopes += [slope * factor for slope in of_term]
        return constant, slopes

    def _parts(
        self, counts: Sequence[Array], block: slice
    ) -> list[tuple[PerCell, Sequence[Array], Bound]]:
        """Return each form with its own counts and its bound."""
        parts, start = [], 0
        for term in self.terms:
            own = counts[start : start + len(term.counted)]
            parts.append((term, own, term.bound(own, block)))
            start += len(term.counted)
        return parts

    def _check_same_cells(self) -> None:
        for term in self.terms[1:]:
            ours, theirs = self.cells, term.cells
            same = ours is theirs or (
                ours.total_weight == theirs.total_weight
                and np.array_equal(ours.weight, theirs.weight)
            )
            if not same or term.problem_rows != self.problem_rows:
                raise DesignError(
                    f"{self.name}: {self.terms[0].name} has {len(ours)} cells of weight "
                    f"{ours.total_weight}, {term.name} {len(theirs)} of {theirs.total_weight}; "
                    "cell by cell they must be the same: merge the cells once and give each term "
                    "its rows of them"
                )


def _forms(name: str, term: Term) -> tuple[PerCell, ...]:
    """Return a term as forms per cell; the least of leasts is one least."""
    if isinstance(term, AllOf):
        return term.terms
    if isinstance(term, PerCell):
        return (term,)
    if isinstance(term, Count):
        return (Steps(term.name, term.cells, term.credit, term.problem_rows, term.xp),)
    raise DesignError(
        f"{name}: {term.name} is a {type(term).__name__}, which is not a sum over cells; AllOf "
        "takes the least cell by cell: use Least for the least of whole requirements"
    )
