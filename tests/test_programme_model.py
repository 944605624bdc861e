"""The master of programmes against loops: who may decide what, what follows, and the optimum."""

import dataclasses
import itertools

import highspy
import numpy as np
import pyomo.core as pyo
import pytest
from pyomo.repn import generate_standard_repn

from kansoku.design.columns import compiled
from kansoku.design.linear import highs_of
from kansoku.design.programme.allowed import broken
from kansoku.design.programme.decision import Consequences
from kansoku.design.programme.model import master
from naive import programme as naive
from programme_cases import decision_of, programme_of, random_case

SEEDS = range(120)
QUICK = 30
TRIED = 40  # decisions of a case, allowed ones and others each


class Master:
    """The compiled master of one case; rows of cuts and fixed decisions go into HiGHS."""

    def __init__(self, case):
        self.case, self.programme = case, programme_of(case)
        self.model = master(self.programme)
        self.variables = list(self.model.component_data_objects(pyo.Var))
        self.place = {id(v): k for k, v in enumerate(self.variables)}
        self.program = compiled(self.model, self.variables)
        self.views = len(self.programme.views)

    def linear(self, expression):
        """Return the constant and the coefficients by column of a linear expression."""
        parts = generate_standard_repn(expression)
        coefficients = np.zeros(len(self.variables))
        for variable, by in zip(parts.linear_vars, parts.linear_coefs, strict=True):
            coefficients[self.place[id(variable)]] += by
        return float(parts.constant), coefficients

    def weights(self):
        """Return constants (V, T, J) and coefficients (V, T, J, columns) of the row weights.

        NaN and 0 where no aim counts in a view and year: there the master has no weights.
        """
        years, rows = self.case["years"], len(self.case["rows"])
        shape = (self.views, years, rows)
        constant, by = np.full(shape, np.nan), np.zeros((*shape, len(self.variables)))
        for v, t, j in self.model.w:
            constant[v, t, j], by[v, t, j] = self.linear(self.model.w[v, t, j])
        return constant, by

    def fixed(self, decision):
        """Return {column: value} of everything that is decided."""
        m, case, years = self.model, self.case, range(self.case["years"])
        values = [(m.y[i, tau], decision["ordered"][i] == tau) for i, tau in m.y]
        values += [(m.k[i, t], decision["kept"][i][t]) for i, t in m.k]
        values += [(m.z[s, t], naive.site_open(case, decision, s, t)) for s, t in m.z]
        values += [(m.m[r, t], decision["in_force"][r][t]) for r, t in m.m]
        values += [(m.b[r, t], naive.signs(case, decision, r, t)) for r, t in m.b]
        values += [
            (m.o[i, p, q, t], naive.tasks(case, decision, i, p, t))
            for i, p, q in m.releases
            for t in years
            if q == naive.TRACKS and case["sensors"][i]["slots"][p] > 0
        ]
        return {self.place[id(variable)]: float(value) for variable, value in values}


def optimum(highs):
    """Return the objective in HiGHS, None when nothing is possible."""
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    assert status == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


def any_decision(case, rng):
    """A decision of any kind, mostly one that breaks something."""
    years = case["years"]
    gaining = sorted({aim["view"][1] for aim in case["aims"]} - {None})
    ways = [naive.ways_with_sensor(case, i) for i in range(len(case["sensors"]))]
    chosen = [way[rng.integers(len(way))] for way in ways]
    kept = [list(years_kept) for _, years_kept in chosen]
    for i, sensor in enumerate(case["sensors"]):
        if sensor["retirable"] and rng.random() < 0.2:
            kept[i] = [t < sensor["life"] and bool(rng.random() < 0.5) for t in range(years)]
    places = itertools.product(range(len(case["sensors"])), gaining, range(years))
    return {
        "ordered": [tau for tau, _ in chosen],
        "kept": kept,
        "in_force": [
            [bool(rng.random() < 0.5) for _ in range(years)] for _ in case["arrangements"]
        ],
        "tasked": {place for place in places if rng.random() < 0.3},
    }


def changed(case, decision, rng):
    """A decision that differs in one place from another, where limits are near."""
    other = any_decision(case, rng)
    key = ("ordered", "kept", "in_force", "tasked")[rng.integers(4)]
    if key == "tasked":
        return {**decision, "tasked": other["tasked"]}
    k = int(rng.integers(len(decision[key]))) if len(decision[key]) else 0
    parts = list(decision[key])
    parts[k : k + 1] = other[key][k : k + 1]
    return {**decision, key: parts}


def tried(case, seed):
    """Decisions allowed and not, many of them one step from an allowed one."""
    rng = np.random.default_rng(seed)
    possible = list(naive.decisions(case))
    picked = [possible[k] for k in rng.permutation(len(possible))[:TRIED]]
    near = [changed(case, decision, rng) for decision in picked]
    return [*picked, *near, *(any_decision(case, rng) for _ in range(TRIED // 2))]


def check_limits_and_weights(seed):
    case = random_case(seed)
    whole, of = Master(case), Consequences(programme_of(case))
    constant, by = whole.weights()
    towards = dataclasses.replace(whole.program, cost=-by.sum(axis=(0, 1, 2)))
    highs = highs_of(towards, integers=False)
    columns = np.arange(len(whole.variables), dtype=np.int32)
    for decision in tried(case, seed):
        possible = naive.allowed(case, decision)
        ours = decision_of(case, decision)
        assert (broken(of, ours) == "") == possible, (seed, decision, broken(of, ours))
        lower, upper = whole.program.lower.copy(), whole.program.upper.copy()
        fixed = whole.fixed(decision)
        must = any(lower[k] > value for k, value in fixed.items())
        lower[list(fixed)] = upper[list(fixed)] = list(fixed.values())
        highs.changeColsBounds(len(columns), columns, lower, upper)
        feasible = not must and optimum(highs) is not None
        assert feasible == possible, (seed, decision, broken(of, ours))
        if possible:
            point = np.array(highs.getSolution().col_value)
            check_consequences(case, whole, of, decision, constant + by @ point)


def check_consequences(case, whole, of, decision, reached):
    """Weights and money are what the oracle says, and the master reaches no more and no less."""
    ours, years = decision_of(case, decision), range(case["years"])
    for v, view in enumerate(whole.programme.views):
        partner = None if view.partner < 0 else view.partner
        eyes = (frozenset(view.void), partner, (frozenset(view.late), view.late_years))
        expected = np.array([naive.weights(case, decision, eyes, t) for t in years])
        weights = of.weights(ours, v).T
        assert weights == pytest.approx(expected, abs=1e-12)
        counted = [t for t in years if (v, t) in whole.programme.slots]
        assert reached[v, counted] == pytest.approx(expected[counted], abs=1e-6)
    spent = [[naive.spent(case, decision, f, t) for t in years] for f in range(len(case["purses"]))]
    assert of.spent_mjpy(ours) == pytest.approx(np.array(spent), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS[:QUICK])
def test_limits_weights_and_money_are_those_of_the_oracle(seed):
    check_limits_and_weights(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[QUICK:])
def test_limits_weights_and_money_are_those_of_the_oracle_on_many_more(seed):
    check_limits_and_weights(seed)


def with_all_cuts(case):
    """Return HiGHS with the master and the exact cuts at every allowed decision."""
    whole, of = Master(case), Consequences(programme_of(case))
    constant, by = whole.weights()
    highs = highs_of(whole.program, integers=True)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    seen = set()
    for decision in naive.decisions(case):
        ours = decision_of(case, decision)
        for number, aim in enumerate(whole.programme.aims):
            v = whole.programme.views.index(aim.view)
            at = of.weights(ours, v)[:, aim.year]
            if (number, at.tobytes()) not in seen:
                seen.add((number, at.tobytes()))
                for cut in aim.term.cuts(at):
                    add_cut(highs, whole, number, cut, constant[v, aim.year], by[v, aim.year])
    return highs


def add_cut(highs, whole, number, cut, constant, by):
    """(30): theta_l - G . w <= C."""
    slopes = cut.slopes / cut.scale
    row = -(slopes @ by)
    row[whole.place[id(whole.model.theta[number])]] = 1.0
    index = np.flatnonzero(row).astype(np.int32)
    most = cut.constant / cut.scale + float(slopes @ constant)
    highs.addRow(-highspy.kHighsInf, most, len(index), index, row[index])


def check_optimum(seed):
    case = random_case(seed)
    expected, found = naive.best(case), optimum(with_all_cuts(case))
    assert (found is None) == (expected is None)
    if found is not None:
        assert -found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS[:QUICK])
def test_master_with_all_cuts_has_the_optimum_of_exhaustive_search(seed):
    check_optimum(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[QUICK:])
def test_master_with_all_cuts_has_the_optimum_of_exhaustive_search_on_many_more(seed):
    check_optimum(seed)
