"""The master's linear relaxation in HiGHS, its cuts, and what its statuses mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from kansoku.design.linear import LinearProgram, highs_of
from kansoku.design.problem import Design, Problem
from kansoku.design.required import Required
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

INTEGRALITY = 1e-6


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


@dataclass(frozen=True)
class Relaxed:
    """An optimal point of the relaxation: score (coverage, or minus cost), point, reduced costs.

    `reduced` is how much the score falls for each unit that a variable leaves its bound.
    """

    score: float
    point: FloatArray
    reduced: FloatArray


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


def _row_of(model: Any, name: str) -> int | None:
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


class Relaxation:
    """The linear relaxation of one problem with the cuts found so far, solved warm.

    Attributes
    ----------
    columns : Columns
    discrete : (n,) int32 array
        Columns that must be whole: the binaries, then the counts of `count_together`.
    lower, upper : (columns,) array
        Bounds before any branching.
    """

    def __init__(self, problem: Problem) -> None:
        from kansoku.design.model import master  # imports Pyomo, which takes a second

        model = master(problem)
        program = compiled(model, model_variables(model, problem))
        self._budget_row = _row_of(model, "cost_within_budget")
        self.columns = columns_of(problem)
        self._cost = program.cost
        self._minimises_cost = problem.minimises_cost
        self.lower, self.upper = program.lower.copy(), program.upper.copy()
        self._highs = highs_of(program, integers=False)
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("solver", "simplex")
        self._highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
        self._highs.setOptionValue("parallel", "off")
        self._fixed_rows = len(program.row_lower)
        self._always = always_on(problem)
        self._own = np.flatnonzero(problem.row_candidate >= 0)
        self._candidate = problem.row_candidate[self._own]
        self._shared = np.flatnonzero(problem.row_partner >= 0)
        self._access = row_terms(problem)[self._shared, self.columns.candidates :]
        self._idle: list[int] = []
        self.discrete = np.arange(self.columns.binaries, dtype=np.int32)

    @property
    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return the bounds on the discrete variables before any branching."""
        return self.lower[self.discrete], self.upper[self.discrete]

    def change_budget(self, budget_mjpy: float) -> None:
        """Put another finite budget in the place of a finite one; cuts and basis stay."""
        if self._budget_row is not None:
            self._highs.changeRowBounds(self._budget_row, -highspy.kHighsInf, budget_mjpy)

    def count_together(self, groups: list[IndexArray]) -> None:
        """Add an integer variable for each group of binaries: how many of them are 1."""
        first = len(self.lower)
        for k, group in enumerate(groups):
            size = len(group)
            self._highs.addCol(0.0, 0.0, float(size), 0, np.zeros(0, np.int32), np.zeros(0))
            index = np.append(group, first + k).astype(np.int32)
            self._highs.addRow(0.0, 0.0, size + 1, index, np.append(np.ones(size), -1.0))
        self._fixed_rows += len(groups)
        self.discrete = np.append(self.discrete, first + np.arange(len(groups), dtype=np.int32))
        self.lower = np.append(self.lower, np.zeros(len(groups)))
        self.upper = np.append(self.upper, [float(len(group)) for group in groups])

    def row_weights(self, point: FloatArray) -> FloatArray:
        """Return how much each row of the problem counts at a point, (J,)."""
        weights = self._always.copy()
        weights[self._own] = point[self._candidate]
        access = point[self.columns.binaries : self.columns.theta]
        weights[self._shared] = self._access @ access
        return np.clip(weights, 0.0, 1.0)

    def coverage(self, point: FloatArray) -> FloatArray:
        """Return theta at a point, one value a requirement."""
        return point[self.columns.theta : self.columns.total]

    def score(self, point: FloatArray, coverage: float) -> float:
        """Return what a point is worth: its attained coverage, or minus its cost."""
        return -float(self._cost @ point[: len(self._cost)]) if self._minimises_cost else coverage

    def point_of(self, problem: Problem, design: Design) -> FloatArray:
        """Return the point (theta left at 0) that a design stands for."""
        point = np.zeros(len(self.lower))  # counts are not read back
        signed = design.signed | problem.arrangements.in_force
        tiers = problem.tiers(design)
        access = np.arange(1, problem.tier_credit.shape[1] + 1) <= tiers[:, None]
        binaries = np.concatenate([design.built, problem.opened(design), signed])
        point[: self.columns.binaries] = binaries
        point[self.columns.binaries : self.columns.theta] = access.ravel()
        return point

    @property
    def cut_count(self) -> int:
        """Return the number of cuts now in the relaxation."""
        return len(self._idle)

    def add(self, requirement: int, cut: Cut) -> None:
        """Add theta_l - G . w <= C."""
        slopes = self._by_column(cut.slopes / cut.scale)
        constant = float(cut.constant + cut.slopes @ self._always) / cut.scale
        used = np.flatnonzero(np.abs(slopes) > 1e-12).astype(np.int32)
        index = np.append(used, np.int32(self.columns.theta + requirement))
        self._highs.addRow(
            -highspy.kHighsInf,
            # dropping a coefficient below 1e-12 is made good on the safe side
            constant + float(np.abs(slopes).sum() - np.abs(slopes[used]).sum()),
            len(index),
            index,
            np.append(-slopes[used], 1.0),
        )
        self._idle.append(0)

    def require(self, cells: Required) -> None:
        """Add tracks . w >= least, before any cut."""
        for tracks, least in zip(cells.tracks, cells.least, strict=True):
            columns = self._by_column(tracks)
            index = np.flatnonzero(columns).astype(np.int32)
            at_least = float(least - tracks @ self._always)
            self._highs.addRow(at_least, highspy.kHighsInf, len(index), index, columns[index])
        self._fixed_rows += len(cells.least)

    def _by_column(self, slopes: FloatArray) -> FloatArray:
        """Turn slopes by row of the problem (J,) into coefficients of the columns up to theta."""
        columns = np.zeros(self.columns.theta)
        own = np.bincount(self._candidate, slopes[self._own], self.columns.candidates)
        columns[: self.columns.candidates] = own
        columns[self.columns.binaries :] = slopes[self._shared] @ self._access
        return columns

    def solve(self, lower: FloatArray, upper: FloatArray) -> Relaxed | None:
        """Solve within bounds on the discrete variables; None when no point exists.

        Raises
        ------
        RuntimeError
            When HiGHS ends without an optimum and without proof that none exists.
        """
        self._bound(lower, upper)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            status = self._retry()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
        solution = self._highs.getSolution()
        return Relaxed(
            -self._highs.getInfo().objective_function_value,
            np.array(solution.col_value),
            np.array(solution.col_dual),
        )

    def trial(self, lower: FloatArray, upper: FloatArray, iterations: int) -> float:
        """Return a bound on the score from a few dual simplex steps; -inf when infeasible."""
        self._highs.setOptionValue("simplex_iteration_limit", iterations)
        self._bound(lower, upper)
        self._highs.run()
        self._highs.setOptionValue("simplex_iteration_limit", 2**31 - 1)
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return -np.inf
        if status == highspy.HighsModelStatus.kOptimal:
            return -float(self._highs.getInfo().objective_function_value)
        return np.inf

    def drop_idle(self, after: int) -> None:
        """Drop cuts that have had slack in the last `after` solutions that were counted."""
        rows = [self._fixed_rows + k for k, age in enumerate(self._idle) if age >= after]
        if rows:
            self._highs.deleteRows(len(rows), np.array(rows, dtype=np.int32))
            self._idle = [age for age in self._idle if age < after]

    def count_idle(self) -> None:
        """Count which cuts have slack in the last solution."""
        duals = np.array(self._highs.getSolution().row_dual)[self._fixed_rows :]
        self._idle = [
            0 if abs(dual) > 1e-12 else age + 1 for dual, age in zip(duals, self._idle, strict=True)
        ]

    def basis(self) -> Any:
        """Return the present basis."""
        return self._highs.getBasis()

    def restore(self, basis: Any) -> None:
        """Return to a basis taken while the same cuts were present."""
        self._highs.setBasis(basis)

    def _bound(self, lower: FloatArray, upper: FloatArray) -> None:
        self._highs.changeColsBounds(len(self.discrete), self.discrete, lower, upper)

    def _retry(self) -> Any:
        """Solve again from scratch with presolve, after numerical trouble."""
        self._highs.clearSolver()
        self._highs.setOptionValue("presolve", "on")
        self._highs.run()
        self._highs.setOptionValue("presolve", "off")
        status = self._highs.getModelStatus()
        if status not in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kInfeasible,
        ):
            raise RuntimeError(
                f"HiGHS stopped with {self._highs.modelStatusToString(status)} on a linear program"
            )
        return status
