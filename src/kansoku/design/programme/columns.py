"""The master of a programme as arrays, and what a point of it decides.

Binaries that decide come first: orders, standing sensors kept, arrangements in force, releases
that take slots. Openings and starts follow from them as whole numbers, so the search leaves them
continuous. Rows of coverage are stacked: one block of J for each view and year that an aim counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyomo.core as pyo
from pyomo.repn import generate_standard_repn

from kansoku.design.columns import RowMap, Worth, compiled
from kansoku.design.knapsacks import tightened
from kansoku.design.programme.contingencies import floors_alone
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.model import master
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Aim, Programme, Tail
from kansoku.design.solver import Relaxation

FloatArray = npt.NDArray[np.float64]

REACHED = 1e-9
"""Tolerance of a floor at a point of the relaxation."""


@dataclass(frozen=True)
class Columns:
    """Where the variables stand.

    Attributes
    ----------
    orders : tuple of (option, year)
    kept : tuple of (option, year)
    arrangements, partners, sensors, years : int
    tasked : tuple of (option, partner, year)
    theta, total : int
        First coverage variable, number of variables.
    """

    orders: tuple[tuple[int, int], ...]
    kept: tuple[tuple[int, int], ...]
    arrangements: int
    tasked: tuple[tuple[int, int, int], ...]
    sensors: int
    partners: int
    years: int
    theta: int
    total: int

    @property
    def in_force(self) -> int:
        """Return the column of the first arrangement and year."""
        return len(self.orders) + len(self.kept)

    @property
    def binaries(self) -> int:
        """Return the number of binary variables; they come first."""
        return self.in_force + self.arrangements * self.years + len(self.tasked)

    def design(self, point: FloatArray) -> Decision:
        """Return the decision that a point with integral binaries stands for."""
        chosen = point[: self.binaries] > 0.5
        ordered = np.full(self.sensors, NONE)
        kept = np.zeros((self.sensors, self.years), dtype=bool)
        tasked = np.zeros((self.sensors, self.partners, self.years), dtype=bool)
        for (i, tau), is_chosen in zip(self.orders, chosen, strict=False):
            ordered[i] = tau if is_chosen else ordered[i]
        for (i, t), is_kept in zip(self.kept, chosen[len(self.orders) :], strict=False):
            kept[i, t] = is_kept
        end = self.in_force + self.arrangements * self.years
        for (i, p, t), is_tasked in zip(self.tasked, chosen[end:], strict=True):
            tasked[i, p, t] = is_tasked
        return Decision(ordered, kept, self.of_arrangements(point) > 0.5, tasked)

    def of_arrangements(self, values: FloatArray) -> FloatArray:
        """Return the part of a point that says which arrangements are in force, (R, T)."""
        part = values[self.in_force : self.in_force + self.arrangements * self.years]
        return np.asarray(part.reshape(self.arrangements, self.years), dtype=float)

    def binaries_of(self, decision: Decision) -> FloatArray:
        """Return the values of the binaries at a decision."""
        parts = [
            np.array([decision.ordered[i] == tau for i, tau in self.orders], dtype=float),
            np.array([decision.kept[i, t] for i, t in self.kept], dtype=float),
            decision.in_force.ravel().astype(float),
            np.array([decision.tasked[i, p, t] for i, p, t in self.tasked], dtype=float),
        ]
        return np.concatenate(parts)


def slot_of(programme: Programme, aim: Aim) -> int:
    """Return which block of rows an aim counts."""
    return programme.slots.index((programme.views.index(aim.view), aim.year))


def relaxation_of(programme: Programme) -> tuple[Relaxation, Columns]:
    """Return the relaxation of a programme, without cuts, and where its variables stand."""
    model = master(programme)
    variables, decisive = _variables(model)
    program = compiled(model, variables)
    theta = len(variables) - len(programme.aims)
    # else the linear program puts them anywhere above, where cuts look violated that are not
    alone = floors_alone(programme)
    program.upper[theta + alone] = [programme.aims[k].at_least for k in alone]
    columns = _columns(model, programme, decisive, theta, len(variables))
    rows = _row_map(model, programme, variables, theta)
    worth = worth_of(programme, model, variables)
    return Relaxation(tightened(program, _budgets(model)), columns, rows, worth), columns


def _budgets(model: Any) -> list[int]:
    """Return the rows of the compiled master that say what may be spent."""
    rows = model.component_data_objects(pyo.Constraint, active=True)
    names = ("spent_within_budget", "committed_within_authority", "left_to_pay_within_tail")
    return [k for k, row in enumerate(rows) if row.parent_component().name in names]


def _variables(model: Any) -> tuple[list[Any], list[Any]]:
    """Return all variables in the order of `Columns`, and the releases that decide."""
    tasked = [o for o in model.o.values() if o.is_binary()]
    follows = [o for o in model.o.values() if not o.is_binary()]
    rest = (model.z, model.b, model.a, model.g, model.h, model.u, model.c, model.zeta, model.short)
    first = [*model.y.values(), *model.k.values(), *model.m.values(), *tasked]
    others = [variable for block in rest for variable in block.values()]
    return [*first, *follows, *others, *model.theta.values()], tasked


def _columns(
    model: Any, programme: Programme, decisive: list[Any], theta: int, total: int
) -> Columns:
    return Columns(
        orders=tuple(model.y.keys()),
        kept=tuple(model.k.keys()),
        arrangements=len(programme.sharing),
        tasked=tuple((i, p, t) for i, p, _, t in (o.index() for o in decisive)),
        sensors=len(programme.options),
        partners=len(programme.sharing.partners),
        years=len(programme.years),
        theta=theta,
        total=total,
    )


def _row_map(model: Any, programme: Programme, variables: list[Any], theta: int) -> RowMap:
    """Read how rows follow from the variables off the model's own expressions."""
    place = {id(variable): k for k, variable in enumerate(variables)}
    rows = [(v, j, t) for v, t in programme.slots for j in model.J]
    row, column, coefficient, always = [], [], [], np.zeros(len(rows))
    for number, (v, j, t) in enumerate(rows):
        parts = generate_standard_repn(model.w[v, t, j])
        always[number] = parts.constant
        row += [number] * len(parts.linear_vars)
        column += [place[id(variable)] for variable in parts.linear_vars]
        coefficient += parts.linear_coefs
    return RowMap(
        np.array(row, dtype=np.intp),
        np.array(column, dtype=np.intp),
        np.array(coefficient, dtype=float),
        always,
        theta,
    )


def worth_of(programme: Programme, model: Any, variables: list[Any]) -> Worth:
    """Return what a point is worth: the objective at what is attained, -inf below a floor."""
    place = {id(variable): k for k, variable in enumerate(variables)}
    at_least = np.array([aim.at_least for aim in programme.aims])
    promises = [
        (promise, place[id(model.m[promise.arrangement, programme.aims[promise.aim].year])])
        for promise in programme.promises
    ]

    def worth(point: FloatArray, attained: FloatArray) -> float:
        short = (at_least - attained).max() > REACHED or any(
            promise.base + promise.need * point[k] > attained[promise.aim] + REACHED
            for promise, k in promises
        )
        return -np.inf if short else objective(programme, attained)

    return worth


def objective(programme: Programme, attained: FloatArray) -> float:
    """Return the objective at what is attained of each aim, (L,)."""
    plain = sum(
        aim.worth * value for aim, value in zip(programme.aims, attained, strict=True) if aim.worth
    )
    return float(plain + sum(tail_worth(tail, attained) for tail in programme.tails))


def tail_worth(tail: Tail, attained: FloatArray) -> float:
    """Return beta times the mean of the worst share 1 - gamma of the draws.

    Rockafellar and Uryasev, Journal of Risk 2 (2000), 21-41: zeta at a draw is optimal.
    """
    values, share = attained[list(tail.aims)], np.array(tail.probability)
    at = [z - share @ np.maximum(z - values, 0.0) / (1.0 - tail.gamma) for z in values]
    return float(tail.worth * max(at))
