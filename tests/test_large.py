"""Sizes and numbers at the edge: many cells, many contributors, large weights, hostile archives."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from design_cases import cells_of, counted
from kansoku.coverage.cells import chosen, merge_identical
from kansoku.design import archive
from kansoku.design.archive import read_arrays
from kansoku.design.coarse import coarse_of
from kansoku.design.instance import read_instance
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve
from kansoku.design.terms import Count
from kansoku.design.terms.encoding import encoded
from kansoku.design.terms.sharing import bundled
from kansoku.errors import DesignError
from naive import design as naive
from test_presolve import question


def write(folder, values, weight, cost, **more):
    path = folder / "instance.npz"
    names = np.array([f"c{k}" for k in range(len(values))])
    cells = np.int64(values.shape[1])
    bits = np.packbits(values.astype(np.uint8), axis=1)
    np.savez(path, bits=bits, cells=cells, weight=weight, cost=cost, name=names, **more)
    return path


def solved(path, budget, gap=1e-9):
    return solve(read_instance(path, budget), Effort(gap, 60.0))


def test_one_cell_and_one_contributor(tmp_path):
    path = write(tmp_path, np.ones((1, 1)), np.array([3]), np.array([2.0]))
    assert solved(path, 2.0).objective == 1.0
    assert solved(path, 2.0).chosen == ("c0",)


def test_equal_cells_become_one(tmp_path):
    values = np.ones((4, 5000))
    path = write(tmp_path, values, np.full(5000, 10**9), np.array([4.0, 3.0, 2.0, 5.0]))
    problem = read_instance(path, 2.0)
    assert len(problem.objective.cells) == 1
    assert problem.objective.cells.weight.tolist() == [5000 * 10**9]
    assert solved(path, 2.0).chosen == ("c2",)


def test_different_cells_all_stay():
    rng = np.random.default_rng(0)
    values = rng.random((200, 70_001)) < 0.4
    planes = np.packbits(values, axis=1)[None]
    weight = rng.integers(1, 9, values.shape[1])
    merged, base, left = merge_identical(planes, np.zeros(70_001, dtype=np.uint8), weight)
    assert (merged == planes).all()
    assert (left == weight).all()
    assert not base.any()


def test_some_cells_of_many():
    values = np.random.default_rng(1).random((70, 1003)) < 0.3
    kept = np.array([0, 7, 8, 500, 1002])
    some = chosen(np.packbits(values, axis=1)[None], 1003, kept)
    assert (np.unpackbits(some[0], axis=1, count=5) == values[:, kept]).all()


def test_five_thousand_contributors(tmp_path):
    rng = np.random.default_rng(2)
    values = rng.random((5000, 1000)) < 0.02
    path = write(tmp_path, values, np.ones(1000, dtype=int), rng.integers(1, 100, 5000) * 1.0)
    problem = read_instance(path, 20.0)
    weights = np.zeros(5000)
    weights[rng.choice(5000, 30, replace=False)] = 1.0
    covered = values[weights > 0].any(axis=0).mean()
    assert problem.objective.value(weights) == pytest.approx(covered, abs=1e-15)
    cut = problem.objective.cuts(weights)[0]
    gains = (values & ~values[weights > 0].any(axis=0)).sum(axis=1)
    assert (cut.slopes == gains).all()


def test_eight_credit_steps(tmp_path):
    rng = np.random.default_rng(3)
    values, weight = rng.random((9, 60)) < 0.5, rng.integers(1, 10**9, 60)
    credit = np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    cost = rng.integers(1, 6, 9) * 1.0
    path = write(tmp_path, values, weight, cost, credit=credit)
    data = (values.astype(int), np.zeros(60), weight, weight.sum(), tuple(credit))
    case = {
        "budget": 14.0, "cost": cost, "site": [-1] * 9, "opening": [], "partner": [], "tier": [],
        "fee": [], "in_force": [], "alpha": [], "rows": [("candidate", k) for k in range(9)],
        "requirements": [{"cells": data, "at_least": 0.0}], "minimise_cost": False,
    }  # fmt: skip
    assert solved(path, 14.0).objective == pytest.approx(naive.best(case), abs=1e-12)


def test_plain_coverage_is_exact_nearly_to_the_end_of_float64():
    weight = np.array([2**52, 2**52 - 1, 0])
    values = np.array([[1, 0, 1], [0, 1, 0]])
    term = counted("t", values, np.zeros(3, dtype=int), weight, weight.sum(), (1.0,))
    assert term.cuts(np.zeros(2))[0].slopes.tolist() == [2**52, 2**52 - 1]
    halves = counted("t", values, np.zeros(3, dtype=int), weight // 8, weight.sum() // 8, (1, 0.5))
    assert halves.scale == 3 * (weight.sum() // 8)  # in units of a half, not of a tenth


def test_weights_beyond_exact_sums_name_the_limit():
    values, weight = np.array([[3], [1]]), np.array([2**52])
    with pytest.raises(DesignError, match=r"sum to 4503599627370496.*at most 3002399751580330"):
        counted("t", values, np.zeros(1, dtype=int), weight, weight.sum(), (1.0,))


def test_weights_whose_sum_wraps_are_refused(tmp_path):
    weight = np.full(4, 2**63 - 1)
    path = write(tmp_path, np.ones((1, 4)), weight, np.ones(1))
    with pytest.raises(DesignError, match=r"the sum is 36893488147419103228, must be at most"):
        read_instance(path, 1.0)


def header_only(shape, dtype="|u1"):
    """Return the header of an array of that shape, and a little data."""
    text = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        text, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return text.getvalue() + b"\0" * 100


def test_absurd_shape_is_refused_before_it_is_allocated(tmp_path):
    path = tmp_path / "hostile.npz"
    with zipfile.ZipFile(path, "w") as hostile:
        hostile.writestr("bits.npy", header_only((200, 10**12)))
    with pytest.raises(DesignError, match=r"bits\.npy declares 2\d{14} bytes and holds \d{3}"):
        read_arrays(path, ("bits",))


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path, np.ones((3, 800)), np.ones(800, dtype=int), np.ones(3))
    monkeypatch.setattr(archive, "MOST_BYTES", 5000)
    with pytest.raises(DesignError, match=r"the arrays take \d{4} bytes, must be at most 5000"):
        read_instance(path, 1.0)


def many_alike(cells=60_000, rows=90):
    """Return cells that show 5,000 combinations: too many for a table, few enough for a bundle."""
    rng = np.random.default_rng(4)
    kinds = rng.random((5000, rows)) < 0.3
    values = kinds[rng.integers(0, len(kinds), cells)].T.astype(int)
    return cells_of(values, rng.integers(0, 2, cells), rng.integers(1, 100, cells), 10**7), values


def test_bundles_change_no_cut():
    cells, values = many_alike()
    term = Count("t", cells, (1.0, 0.6), len(values))
    groups = encoded(cells)
    assert len(bundled(groups, len(cells))) < len(groups)
    weights = np.round(np.random.default_rng(5).random(len(values)) * 0.2, 6)
    cut = term.cuts(weights)[0]
    tracks = np.minimum(
        cells.base.astype(int) * 10**6 + np.rint(weights * 1e6).astype(int) @ values, 2 * 10**6
    )
    slope = np.array([5, 3, 0])[tracks // 10**6] * cells.weight
    assert cut.slopes.tolist() == (values @ slope).tolist()
    in_blocks = Count("t", cells, (1.0, 0.6), len(values), block_cells=1000).cuts(weights)[0]
    assert (in_blocks.constant, in_blocks.value) == (cut.constant, cut.value)
    assert in_blocks.slopes.tolist() == cut.slopes.tolist()


def test_a_sample_leads_to_nearly_the_same_values():
    cells, values = many_alike()
    term = Count("coverage", cells, (1.0, 0.6), len(values))
    problem = question(values[:, :1], np.zeros(1, int), np.ones(1, int), np.ones(len(values)), 4.0)
    problem = replace(problem, objective=term)
    assert coarse_of(problem) is None
    coarse = coarse_of(problem, sampled_cells=8000)
    assert len(coarse.objective.cells) <= 8000
    for seed in range(5):
        weights = (np.random.default_rng(seed).random(len(values)) < 0.05).astype(float)
        assert coarse.objective.value(weights) == pytest.approx(term.value(weights), abs=0.01)
