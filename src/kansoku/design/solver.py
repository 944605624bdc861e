"""The master's linear relaxation in HiGHS, its cuts, and what its statuses mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from kansoku.design.columns import (
    Layout,
    RowMap,
    Worth,
    columns_of,
    compiled,
    model_variables,
    row_map,
    row_of,
    worth_of,
)
from kansoku.design.linear import LinearProgram, highs_of, whole_point
from kansoku.design.problem import Problem
from kansoku.design.required import Required
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

INTEGRALITY = 1e-6


@dataclass(frozen=True)
class Relaxed:
    """An optimal point of the relaxation: score (coverage, or minus cost), point, reduced costs.

    `reduced` is how much the score falls for each unit that a variable leaves its bound.
    """

    score: float
    point: FloatArray
    reduced: FloatArray


class Relaxation:
    """The linear relaxation of one problem with the cuts found so far, solved warm.

    Parameters
    ----------
    program : LinearProgram
        The master; binaries first, theta last.
    columns : Layout
    rows : RowMap
    worth : callable
    budget_row : int, optional
        Row of the master that holds a budget which may change.

    Attributes
    ----------
    discrete : (n,) int32 array
        Columns that must be whole: the binaries, then the counts of `count_together`.
    lower, upper : (columns,) array
        Bounds before any branching.
    """

    def __init__(
        self,
        program: LinearProgram,
        columns: Layout,
        rows: RowMap,
        worth: Worth,
        budget_row: int | None = None,
    ) -> None:
        self.columns, self.worth = columns, worth
        self._budget_row = budget_row
        self.lower, self.upper = program.lower.copy(), program.upper.copy()
        self._highs = highs_of(program, integers=False)
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("solver", "simplex")
        self._highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
        self._highs.setOptionValue("parallel", "off")
        self._fixed_rows = len(program.row_lower)
        self._rows, self._program = rows, program
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
        return self._rows.weights(point)

    def coverage(self, point: FloatArray) -> FloatArray:
        """Return theta at a point, one value a requirement."""
        return point[self.columns.theta : self.columns.total]

    def padded(self, point: FloatArray) -> FloatArray:
        """Return a point of the master as one of the relaxation; counts are not read back."""
        padded = np.zeros(len(self.lower))
        padded[: len(point)] = point
        return padded

    @property
    def cut_count(self) -> int:
        """Return the number of cuts now in the relaxation."""
        return len(self._idle)

    def add(self, requirement: int, cut: Cut) -> None:
        """Add theta_l - G . w <= C."""
        slopes = self._rows.by_column(cut.slopes / cut.scale)
        constant = float(cut.constant + cut.slopes @ self._rows.always) / cut.scale
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
            columns = self._rows.by_column(tracks)
            index = np.flatnonzero(columns).astype(np.int32)
            at_least = float(least - tracks @ self._rows.always)
            self._highs.addRow(at_least, highspy.kHighsInf, len(index), index, columns[index])
        self._fixed_rows += len(cells.least)

    def solve_above(self, at_least: FloatArray) -> Relaxed | None:
        """Solve the root with at least so much of each coverage, (L,); None when that cannot be."""
        theta = np.arange(self.columns.theta, self.columns.total, dtype=np.int32)
        lower, upper = self.lower[theta], self.upper[theta]
        raised = np.maximum(lower, at_least)
        self._highs.changeColsBounds(len(theta), theta, raised, np.maximum(upper, raised))
        solved = self.solve(*self.bounds)
        self._highs.changeColsBounds(len(theta), theta, lower, upper)
        return solved

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

    def whole(
        self,
        lower: FloatArray,
        upper: FloatArray,
        nodes: int,
        gap: float,
        limit_s: float,
        at_least: FloatArray,
        start: FloatArray | None = None,
        floor_price: float = np.inf,
    ) -> FloatArray | None:
        """Return a good point with whole numbers within bounds on the discrete variables.

        HiGHS solves the program with the cuts at hand as integers, to a relative gap or a number
        of nodes, beginning with the binaries of `start` where there is one. What the point covers
        is only bounded from above by the cuts, so `at_least` (L,) may ask for more of each
        coverage than its floor. With a finite `floor_price`, in units of the score, coverage that
        is worth nothing beyond its floor may fall short of it at that price.

        Returns
        -------
        (columns,) array or None
            None where no point was found.
        """
        lp = self._highs.getLp()
        low, up = np.array(lp.col_lower_), np.array(lp.col_upper_)
        low[self.discrete], up[self.discrete] = lower, upper
        theta = slice(self.columns.theta, self.columns.total)
        low[theta] = np.maximum(low[theta], at_least)
        up[theta] = np.maximum(up[theta], low[theta])
        if np.isfinite(floor_price):
            self._soften(lp, low, up, floor_price)
        lp.col_lower_, lp.col_upper_ = low, up
        kinds = np.full(lp.num_col_, highspy.HighsVarType.kContinuous, dtype=object)
        kinds[self.discrete] = highspy.HighsVarType.kInteger
        lp.integrality_ = kinds.tolist()
        return whole_point(lp, nodes, gap, limit_s, start)

    def _soften(
        self, lp: highspy.HighsLp, low: FloatArray, up: FloatArray, floor_price: float
    ) -> None:
        """Let floors be missed at a price: coverage that is worth nothing ends at its floor."""
        rows, columns = self._floors
        row_lower, cost = np.array(lp.row_lower_), np.array(lp.col_cost_)
        up[columns] = np.maximum(row_lower[rows], low[columns])
        low[columns], row_lower[rows], cost[columns] = 0.0, -highspy.kHighsInf, -floor_price
        lp.row_lower_, lp.col_cost_ = row_lower, cost
        lp.offset_ += floor_price * float(up[columns].sum())

    @cached_property
    def _floors(self) -> tuple[IndexArray, IndexArray]:
        """Return the rows that are floors on coverage and nothing else, with their columns."""
        program = self._program
        alone = np.flatnonzero(np.diff(program.start) == 1)
        column = program.index[program.start[alone]].astype(np.intp)
        is_floor = (column >= self.columns.theta) & (program.cost[column] == 0.0)
        is_floor &= np.isfinite(program.row_lower[alone])
        return alone[is_floor], column[is_floor]

    def prices(self) -> FloatArray:
        """Return what a unit of each variable takes of the limits of the master, (columns,).

        In units of the score, at the duals of the last solution; cuts take nothing.
        """
        program = self._program
        dual = np.array(self._highs.getSolution().row_dual)[: len(program.row_lower)]
        by_entry = np.repeat(-dual, np.diff(program.start)) * program.coefficient
        return np.bincount(program.index, by_entry, len(program.cost)).astype(float)

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


def relaxation_of(problem: Problem) -> Relaxation:
    """Return the relaxation of a problem, without cuts."""
    from kansoku.design.model import master  # imports Pyomo, which takes a second

    model = master(problem)
    program = compiled(model, model_variables(model, problem))
    columns = columns_of(problem)
    worth = worth_of(problem, program.cost)
    budget_row = row_of(model, "cost_within_budget")
    return Relaxation(program, columns, row_map(problem), worth, budget_row)
