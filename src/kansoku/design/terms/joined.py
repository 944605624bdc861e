"""Terms made of terms: a weighted mean, the least of several, one with contributors lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.design.terms.term import Cut, Term
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


class Mean(Term):
    """sum_l W_l F_l / sum_l W_l with weights W_l >= 0: several requirements as one objective.

    Raises
    ------
    DesignError
        When a weight is negative, or all are 0.
    """

    def __init__(self, name: str, terms: tuple[Term, ...], weights: tuple[float, ...]) -> None:
        self.name, self.terms = name, terms
        share = np.asarray(weights, dtype=float)
        if len(share) != len(terms) or not (share >= 0).all() or share.sum() <= 0:
            raise DesignError(
                f"{name}: got weights {list(weights)} for {len(terms)} terms; give each term one "
                "weight of 0 or more, and one of them above 0: coverage may only be rewarded"
            )
        self.share = share / share.sum()
        self.rows = _union(terms)
        self.needs_whole_rows = any(term.needs_whole_rows for term in terms)
        self.exact = all(term.exact for term in terms)
        self.looseness = max(term.looseness for term in terms)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return sum(term.work for term in self.terms)

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights (J,) are sure to reach."""
        return float(
            sum(
                share * t.attained(weights) for share, t in zip(self.share, self.terms, strict=True)
            )
        )

    def forget(self) -> None:
        """Forget what the terms have learned."""
        for term in self.terms:
            term.forget()

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the mean of the first cuts of all terms."""
        parts = [term.cuts(weights)[0] for term in self.terms]
        of_each = list(zip(self.share, parts, strict=True))
        return (
            Cut(
                sum(float(share * cut.constant / cut.scale) for share, cut in of_each),
                np.sum([share / cut.scale * cut.slopes for share, cut in of_each], axis=0),
                1.0,
                sum(float(share * cut.value) for share, cut in of_each),
            ),
        )


class Least(Term):
    """min_l F_l: the worst of several requirements or stress cases."""

    def __init__(self, name: str, terms: tuple[Term, ...]) -> None:
        self.name, self.terms = name, terms
        if not terms:
            raise DesignError(f"{name}: the least of no terms; give at least one")
        self.rows = _union(terms)
        self.needs_whole_rows = any(term.needs_whole_rows for term in terms)
        self.exact = all(term.exact for term in terms)
        self.looseness = max(term.looseness for term in terms)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return sum(term.work for term in self.terms)

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights (J,) are sure to reach."""
        return min(term.attained(weights) for term in self.terms)

    def forget(self) -> None:
        """Forget what the terms have learned."""
        for term in self.terms:
            term.forget()

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cuts of all terms, the smallest first: each bounds the least."""
        parts = sorted((term.cuts(weights)[0] for term in self.terms), key=lambda cut: cut.value)
        return tuple(replace(cut, value=parts[0].value) for cut in parts)


class Without(Term):
    """A stress case: the same requirement with some rows lost.

    Contributors that are part of the base of a `Count` cannot be lost; give them rows.
    """

    def __init__(self, name: str, term: Term, lost: IndexArray) -> None:
        self.name, self.term, self.lost = name, term, np.asarray(lost, dtype=np.intp)
        self.rows = np.setdiff1d(term.rows, self.lost)
        self.needs_whole_rows, self.exact = term.needs_whole_rows, term.exact
        self.looseness = term.looseness

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return self.term.work

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that is sure to be reached without the lost rows."""
        return self.term.attained(self._left(weights))

    def forget(self) -> None:
        """Forget what the term has learned."""
        self.term.forget()

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cuts of the requirement where the lost rows are off, without their slopes."""
        return tuple(self._kept(cut) for cut in self.term.cuts(self._left(weights)))

    def _left(self, weights: FloatArray) -> FloatArray:
        left = weights.copy()
        left[self.lost] = 0.0
        return left

    def _kept(self, cut: Cut) -> Cut:
        slopes = cut.slopes.copy()
        slopes[self.lost] = 0.0
        return replace(cut, slopes=slopes)


def _union(terms: tuple[Term, ...]) -> IndexArray:
    return np.unique(np.concatenate([term.rows for term in terms]))
