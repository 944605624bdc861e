"""Terms made of terms: a weighted mean, the least of several, one with contributors lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.design.terms.term import Cut, Term
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

SHARES = 1e-9
"""Rounding that is forgiven in shares that add up to 1."""


class Joined(Term):
    """A requirement made of others: it is as exact, and needs as whole rows, as all of them."""

    terms: tuple[Term, ...]

    def _join(self, name: str, terms: tuple[Term, ...]) -> None:
        self.name, self.terms = name, terms
        self.rows = np.unique(np.concatenate([term.rows for term in terms]))
        self.needs_whole_rows = any(term.needs_whole_rows for term in terms)
        self.exact = all(term.exact for term in terms)
        self.looseness = max(term.looseness for term in terms)

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return sum(term.work for term in self.terms)

    def forget(self) -> None:
        """Forget what the terms have learned."""
        for term in self.terms:
            term.forget()


class Mean(Joined):
    """sum_l W_l F_l / sum_l W_l with weights W_l >= 0: several requirements as one objective.

    Shares that add up to 1 may be written as a sum, 0.7 * a + 0.3 * b.

    Raises
    ------
    DesignError
        When a weight is negative, or all are 0.
    """

    def __init__(self, name: str, terms: tuple[Term, ...], weights: tuple[float, ...]) -> None:
        share = np.asarray(weights, dtype=float)
        valid = (share >= 0) & (share < np.inf)
        if len(share) != len(terms) or not valid.all() or share.sum() <= 0:
            raise DesignError(
                f"{name}: got weights {list(weights)} for {len(terms)} terms; give each term one "
                "weight of 0 or more, and one of them above 0: coverage may only be rewarded"
            )
        self._hold(name, terms, share / share.sum())

    def _hold(self, name: str, terms: tuple[Term, ...], share: FloatArray) -> None:
        self.share = share
        self._join(name, terms)

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights (J,) are sure to reach."""
        return float(
            sum(
                share * t.attained(weights) for share, t in zip(self.share, self.terms, strict=True)
            )
        )

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the mean of the tight cuts; where some term has more cuts, that of the last ones.

        The last cut of a term that is not concave is that of its concave bound.
        """
        of_each = [term.cuts(weights) for term in self.terms]
        tight = self._mean([found[0] for found in of_each])
        if all(len(found) == 1 for found in of_each):
            return (tight,)
        return (tight, replace(self._mean([found[-1] for found in of_each]), value=tight.value))

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return the mean of what is known of all terms."""
        return self._mean([term.quick_cut(weights) for term in self.terms])

    def _mean(self, parts: list[Cut]) -> Cut:
        of_each = list(zip(self.share, parts, strict=True))
        return Cut(
            sum(float(share * cut.constant / cut.scale) for share, cut in of_each),
            np.sum([share / cut.scale * cut.slopes for share, cut in of_each], axis=0),
            1.0,
            sum(float(share * cut.value) for share, cut in of_each),
        )


class Sum(Mean):
    """sum_l W_l F_l with shares W_l >= 0 that add up to 1 at most, as 0.7 * a + 0.3 * b gives it.

    Raises
    ------
    DesignError
        When a share is negative, or they add up to more than 1.
    """

    def __init__(self, parts: tuple[tuple[float, Term], ...]) -> None:
        terms = tuple(term for _, term in parts)
        share = np.array([share for share, _ in parts], dtype=float)
        name = " + ".join(f"{share:g} {term.name}" for share, term in parts)
        if not (share >= 0).all():
            raise DesignError(f"{name}: shares must be 0 or more; coverage may only be rewarded")
        if share.sum() > 1 + SHARES:
            raise DesignError(
                f"{name}: shares add up to {share.sum():g}, but coverage lies between 0 and 1; "
                "write shares that add up to 1, 0.5 * a + 0.5 * b, or Mean(name, terms, weights)"
            )
        self._hold(name, terms, share)


def shares(parts: tuple[tuple[float, Term], ...]) -> Sum:
    """Return a sum of shares; sums among the parts are taken apart.

    Raises
    ------
    DesignError
        When a share is no number, is negative, or all add up to more than 1.
    """
    flat: list[tuple[float, Term]] = []
    for factor, term in parts:
        if not isinstance(factor, (int, float)):
            raise DesignError(f"{factor!r} * {term.name}: give a share from 0 to 1")
        inner = zip(term.share, term.terms, strict=True) if isinstance(term, Sum) else [(1.0, term)]
        flat += [(factor * float(share), each) for share, each in inner]
    return Sum(tuple(flat))


class Least(Joined):
    """min_l F_l: the worst of several requirements or stress cases."""

    def __init__(self, name: str, terms: tuple[Term, ...]) -> None:
        if not terms:
            raise DesignError(f"{name}: the least of no terms; give at least one")
        self._join(name, terms)

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights (J,) are sure to reach."""
        return min(term.attained(weights) for term in self.terms)

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return the least of what is known of all terms."""
        return min((term.quick_cut(weights) for term in self.terms), key=lambda cut: cut.value)

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cuts of all terms, those of the smallest first: each bounds the least."""
        parts = sorted((term.cuts(weights) for term in self.terms), key=lambda cuts: cuts[0].value)
        return tuple(replace(cut, value=parts[0][0].value) for cuts in parts for cut in cuts)


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

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return what is known of the requirement where the lost rows are off."""
        return self._kept(self.term.quick_cut(self._left(weights)))

    def _kept(self, cut: Cut) -> Cut:
        slopes = cut.slopes.copy()
        slopes[self.lost] = 0.0
        return replace(cut, slopes=slopes)
