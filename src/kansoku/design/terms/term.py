"""What every coverage function has: a value, cuts, and a side of a constraint where it may stand.

The search holds a variable theta for each term and bounds it from above by cuts, never from
below. So a term may be maximised, or stand on the larger side of a floor. On the smaller side
(coverage at most, differences, ratios) raising theta would make a point infeasible that is not,
and the answer would be wrong: those expressions are errors where they are written.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Cut:
    """theta <= (constant + slopes . w) / scale, valid for every w in [0, 1].

    Attributes
    ----------
    constant, slopes, scale
        Whole numbers for the terms that are sums of integers; `slopes` are over the J rows of the
        problem.
    value : float
        Coverage at the weights where the cut was made; the first cut of a term is tight there.
    """

    constant: float
    slopes: FloatArray
    scale: float
    value: float

    def at(self, weights: FloatArray) -> float:
        """Return the upper bound that the cut gives at row weights (J,)."""
        return float((self.constant + self.slopes @ weights) / self.scale)


@dataclass(frozen=True)
class Floor:
    """A requirement that every design must meet: coverage `term` at least `at_least`."""

    term: Term
    at_least: float

    @property
    def name(self) -> str:
        """Return the name of the requirement, which is its term's."""
        return self.term.name

    @property
    def aimed_at(self) -> float:
        """Return the level at which cuts leave room for what the term may be overrated by."""
        return self.at_least * (1.0 + self.term.looseness)


class Term(ABC):
    """A coverage function F(w) in [0, 1] of the row weights, growing in each of them.

    Attributes
    ----------
    name : str
        What the requirement is called in messages, and in the pool of cuts.
    rows : (n,) intp array
        Rows of the problem that matter to it.
    needs_whole_rows : bool
        Whether its cuts hold at row weights of 0 and 1 only.
    exact : bool
        Whether the first cut is tight. Where it is not, `attained` is what a design is worth at
        least.
    looseness : float
        Share by which `attained` may lie below the value of the first cut, as a rule.
    """

    name: str
    rows: IndexArray
    __array_ufunc__ = None  # NumPy's numbers leave operators to this class
    needs_whole_rows = False
    exact = True
    looseness = 0.0

    @abstractmethod
    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return cuts made at row weights (J,); the first is tight there and gives the value."""

    @property
    @abstractmethod
    def work(self) -> int:
        """Look-ups that one evaluation takes, the measure by which local search is limited."""

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return a cut for comparing designs: the tight one, or a known one that is near it."""
        return self.cuts(weights)[0]

    def value(self, weights: FloatArray) -> float:
        """Return the coverage at row weights (J,)."""
        return self.cuts(weights)[0].value

    def attained(self, weights: FloatArray) -> float:
        """Return a coverage that row weights (J,) are sure to reach."""
        return self.value(weights)

    def forget(self) -> None:  # noqa: B027 - most terms have nothing to forget
        """Forget what was learned from earlier evaluations."""

    def __ge__(self, at_least: float) -> Floor:
        """Require this much coverage.

        Raises
        ------
        DesignError
            When the level is not a number, or another coverage.
        """
        if isinstance(at_least, Term):
            self._forbidden(f"{self.name} >= {at_least.name}")
        if not isinstance(at_least, (int, float)) or math.isnan(at_least):
            raise DesignError(f"{self.name} >= {at_least!r}: give a level from 0 to 1")
        return Floor(self, float(at_least))

    def __mul__(self, share: float) -> Term:
        """Return a share of this coverage, to be added to others."""
        from kansoku.design.terms.joined import shares

        if isinstance(share, Term):
            self._forbidden(f"{self.name} * {share.name}")
        return shares(((share, self),))

    __rmul__ = __mul__

    def __add__(self, other: Term) -> Term:
        """Return the sum of shares of coverage: 0.5 * a + 0.5 * b."""
        from kansoku.design.terms.joined import shares

        if not isinstance(other, Term):
            self._forbidden(f"{self.name} + {other}")
        return shares(((1.0, self), (1.0, other)))

    def __radd__(self, other: float) -> Term:
        """Let `sum` add up terms; it begins at 0."""
        if other != 0:
            self._forbidden(f"{other} + {self.name}")
        return self

    def __le__(self, at_most: object) -> NoReturn:
        """Refuse a limit on coverage."""
        self._forbidden(f"{self.name} <= {at_most}")

    def __lt__(self, at_most: object) -> NoReturn:
        """Refuse a limit on coverage."""
        self._forbidden(f"{self.name} < {at_most}")

    def __gt__(self, more_than: object) -> NoReturn:
        """Refuse a strict floor: a bound is met or not."""
        raise DesignError(f"{self.name} > {more_than}: write >=; a floor may be met exactly")

    def __neg__(self) -> NoReturn:
        """Refuse to turn coverage round."""
        self._forbidden(f"-{self.name}")

    def __sub__(self, other: object) -> NoReturn:
        """Refuse a difference of coverages."""
        self._forbidden(f"{self.name} - {getattr(other, 'name', other)}")

    def __rsub__(self, other: object) -> NoReturn:
        """Refuse what is not covered as a quantity."""
        self._forbidden(f"{other} - {self.name}")

    def __truediv__(self, other: object) -> NoReturn:
        """Refuse a ratio of coverages."""
        self._forbidden(f"{self.name} / {getattr(other, 'name', other)}")

    def __rtruediv__(self, other: object) -> NoReturn:
        """Refuse a ratio of coverages."""
        self._forbidden(f"{other} / {self.name}")

    def __floordiv__(self, other: object) -> NoReturn:
        """Refuse a ratio of coverages."""
        self._forbidden(f"{self.name} // {getattr(other, 'name', other)}")

    def __mod__(self, other: object) -> NoReturn:
        """Refuse a remainder of coverage."""
        self._forbidden(f"{self.name} % {getattr(other, 'name', other)}")

    def __pow__(self, power: object) -> NoReturn:
        """Refuse a power of coverage."""
        self._forbidden(f"{self.name} ** {power}")

    def __abs__(self) -> NoReturn:
        """Refuse the size of a coverage: there is none below 0."""
        self._forbidden(f"abs({self.name})")

    def __eq__(self, other: object) -> bool:
        """Tell terms apart; refuse a coverage that is to be met exactly."""
        if isinstance(other, (int, float)):
            self._forbidden(f"{self.name} == {other}")
        return self is other

    __hash__ = object.__hash__

    def _forbidden(self, expression: str) -> NoReturn:
        raise DesignError(
            f"{expression}: coverage is known to the search by upper bounds alone, so it may be "
            "maximised or stand on the larger side of a floor, nowhere else; require "
            f"{self.name} >= a level instead"
        )
