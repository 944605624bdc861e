"""A master as arrays: where its variables stand, and how rows of coverage follow from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from kansoku.design.linear import LinearProgram
from kansoku.design.problem import Design, Problem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


class Layout(Protocol):
    """Where the variables of a master stand: binaries first, theta last."""

    @property
    def binaries(self) -> int:
        """Return the number of binary variables."""

    @property
    def theta(self) -> int:
        """Return the column of the first coverage variable."""

    @property
    def total(self) -> int:
        """Return the number of variables."""

    def design(self, point: FloatArray) -> Any:
        """Return the design that a point with integral binaries stands for."""


class RowMap:
    """How much each row of a problem counts at a point of its master: w = T v + always.

    Parameters
    ----------
    row, column : (n,) int arrays
    coefficient : (n,) array
        The entries of T that are not 0.
    always : (J,) array
    columns : int
        Variables that rows may depend on, the first ones of the master.
    """

    def __init__(
        self,
        row: IndexArray,
        column: IndexArray,
        coefficient: FloatArray,
        always: FloatArray,
        columns: int,
    ) -> None:
        self.always = always
        self._row, self._column, self._coefficient = row, column, coefficient
        self._columns = columns

    def weights(self, point: FloatArray) -> FloatArray:
        """Return the weights of the rows at a point, (J,) in [0, 1]."""
        terms = self._coefficient * point[self._column]
        weights = self.always + np.bincount(self._row, terms, len(self.always))
        return np.clip(weights, 0.0, 1.0)

    def by_column(self, slopes: FloatArray) -> FloatArray:
        """Turn slopes by row (J,) into coefficients of the columns."""
        terms = self._coefficient * slopes[self._row]
        return np.bincount(self._column, terms, self._columns).astype(float)


Worth = Callable[[FloatArray, FloatArray], float]
"""Score of a point, given what is attained of every requirement there; -inf below a floor."""


@dataclass(frozen=True)
class Columns:
    """Where the variables of the master stand: x, z, m, a (tier fastest), theta."""

    candidates: int
    sites: int
    arrangements: int
    access: int
    requirements: int

    @property
    def binaries(self) -> int:
        """Return the number of binary variables; they come first."""
        return self.candidates + self.sites + self.arrangements

    @property
    def theta(self) -> int:
        """Return the column of the first coverage variable."""
        return self.binaries + self.access

    @property
    def total(self) -> int:
        """Return the number of variables."""
        return self.theta + self.requirements

    def design(self, point: FloatArray) -> Design:
        """Return the design that a point with integral binaries stands for."""
        return Design(
            point[: self.candidates] > 0.5,
            point[self.candidates + self.sites : self.binaries] > 0.5,
        )


def columns_of(problem: Problem) -> Columns:
    """Return the layout of the master's variables."""
    return Columns(
        len(problem.candidates),
        len(problem.sites),
        len(problem.arrangements),
        problem.tier_credit.size,
        len(problem.requirements),
    )


def compiled(model: Any, variables: list[Any]) -> LinearProgram:
    """Hand a Pyomo model over row by row, columns in the order of `variables`.

    Pyomo's own compiler gives the same, but imports all of SciPy first, which takes longer than
    most searches.
    """
    import pyomo.core as pyo
    from pyomo.repn import generate_standard_repn

    place = {id(variable): k for k, variable in enumerate(variables)}
    (objective,) = model.component_data_objects(pyo.Objective, active=True)
    aim = generate_standard_repn(objective.expr)
    cost = np.zeros(len(variables))
    cost[[place[id(v)] for v in aim.linear_vars]] = objective.sense * np.array(aim.linear_coefs)
    rows = list(model.component_data_objects(pyo.Constraint, active=True))
    parts = [generate_standard_repn(row.body) for row in rows]
    constant = np.array([part.constant for part in parts], dtype=float)
    return LinearProgram(
        cost,
        np.array([v.lb for v in variables], dtype=float),
        np.array([v.ub for v in variables], dtype=float),
        np.array([-np.inf if row.lb is None else row.lb for row in rows]) - constant,
        np.array([np.inf if row.ub is None else row.ub for row in rows]) - constant,
        np.cumsum([0, *(len(part.linear_vars) for part in parts)], dtype=np.int32),
        np.array([place[id(v)] for part in parts for v in part.linear_vars], dtype=np.int32),
        np.array([c for part in parts for c in part.linear_coefs], dtype=float),
        np.array([v.is_binary() for v in variables]),
    )


def row_of(model: Any, name: str) -> int | None:
    """Return which row of the compiled model a constraint is, None where it was not needed."""
    import pyomo.core as pyo

    rows = model.component_data_objects(pyo.Constraint, active=True)
    return next((k for k, row in enumerate(rows) if row.name == name), None)


def model_variables(model: Any, problem: Problem) -> list[Any]:
    """Return the variables of a master in the order of `Columns`."""
    return [
        *(model.x[i] for i in model.I),
        *(model.z[s] for s in model.S),
        *(model.m[r] for r in model.R),
        *(model.a[p, q] for p in model.P for q in model.Q),
        *(model.theta[l] for l in model.L),
    ]


def row_terms(problem: Problem) -> npt.NDArray[np.float64]:
    """Return T (J, I + P Q) with w = T (x, a) + always: row weights from the variables.

    Columns are the candidates, then access by partner and tier, tier fastest. Rows of neither are
    always on and have no terms.
    """
    partners, tiers = problem.tier_credit.shape
    terms = np.zeros((len(problem.row_candidate), len(problem.candidates) + partners * tiers))
    own = np.flatnonzero(problem.row_candidate >= 0)
    terms[own, problem.row_candidate[own]] = 1.0
    rise = np.diff(problem.row_profile, axis=1, prepend=0.0)
    for row in np.flatnonzero(problem.row_partner >= 0):
        start = len(problem.candidates) + problem.row_partner[row] * tiers
        terms[row, start : start + tiers] = rise[row]
    return terms


def always_on(problem: Problem) -> FloatArray:
    """Return 1 for the rows that are always on, 0 for the others, (J,)."""
    free = (problem.row_candidate >= 0) | (problem.row_partner >= 0)
    return np.where(free, 0.0, 1.0)


def row_map(problem: Problem) -> RowMap:
    """Return how rows follow from the variables of the master."""
    columns = columns_of(problem)
    terms = row_terms(problem)
    place = np.append(np.arange(columns.candidates), np.arange(columns.binaries, columns.theta))
    row, term = np.nonzero(terms)
    return RowMap(row, place[term], terms[row, term], always_on(problem), columns.theta)


def worth_of(problem: Problem, cost: FloatArray) -> Worth:
    """Return what a point is worth: its attained coverage, or minus its cost."""
    at_least = np.array([requirement.at_least for requirement in problem.requirements])

    def worth(point: FloatArray, attained: FloatArray) -> float:
        if (at_least - attained).max() > 1e-9:
            return -np.inf
        return -float(cost @ point[: len(cost)]) if problem.minimises_cost else float(attained[0])

    return worth


def point_of(problem: Problem, design: Design) -> FloatArray:
    """Return the point of the master (theta left at 0) that a design stands for."""
    columns = columns_of(problem)
    point = np.zeros(columns.total)
    signed = design.signed | problem.arrangements.in_force
    tiers = problem.tiers(design)
    access = np.arange(1, problem.tier_credit.shape[1] + 1) <= tiers[:, None]
    binaries = np.concatenate([design.built, problem.opened(design), signed])
    point[: columns.binaries] = binaries
    point[columns.binaries : columns.theta] = access.ravel()
    return point
