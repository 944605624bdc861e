"""Instance files: what `kansoku design` reads, prints and refuses."""

import numpy as np
import pytest

from kansoku.design.instance import read_instance
from kansoku.design.instance_answer import run_instance
from kansoku.errors import DesignError
from naive import design as naive

KEYS = [
    "objective", "bound", "gap", "chosen", "cost", "seconds", "proven", "status", "nodes", "cuts",
    "seed", "threads", "unobservable",
]  # fmt: skip

# Best known values and proven bounds of the frozen instances at budget 100, from their README.
SMALL_BEST, SMALL_BOUND = 0.712282, 0.712283
FULL_BEST, FULL_BOUND = 0.716443, 0.71652


def arrays(**changes):
    rng = np.random.default_rng(0)
    covered = rng.random((6, 50)) < 0.3
    plain = {
        "bits": np.packbits(covered, axis=1),
        "cells": np.int64(50),
        "weight": rng.integers(1, 20, 50),
        "cost": np.array([3.0, 2.5, 4.0, 1.5, 2.0, 3.5]),
        "name": np.array(["a", "b", "c", "d", "e", "f"]),
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        path = tmp_path / "instance.npz"
        np.savez(path, **arrays(**changes))
        return path

    return write


def exhaustive(contents, budget):
    """Best coverage by exhaustive search, fixed contributors on and free of charge."""
    values = np.unpackbits(contents["bits"], axis=1, count=int(contents["cells"])).astype(int)
    fixed = contents.get("fixed", np.zeros(len(values), dtype=int)).astype(bool)
    credit = tuple(contents.get("credit", np.ones(1)).tolist())
    weight = contents["weight"]
    cells = (values[~fixed], values[fixed].sum(axis=0), weight, weight.sum(), credit)
    case = {
        "budget": budget, "cost": contents["cost"][~fixed], "site": [-1] * int((~fixed).sum()),
        "opening": [], "partner": [], "tier": [], "fee": [], "in_force": [], "alpha": [],
        "rows": [("candidate", i) for i in range(int((~fixed).sum()))],
        "requirements": [{"cells": cells, "at_least": 0.0}], "minimise_cost": False,
    }  # fmt: skip
    return naive.best(case)


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"credit": np.array([1.0, 0.6, 0.3])},
        {"fixed": np.array([0, 1, 0, 0, 1, 0], dtype=np.int8), "credit": np.array([1.0, 0.5])},
    ],
)
def test_answer_equals_exhaustive_search(write, extra):
    answer = run_instance(write(**extra), budget=7.0, gap=1e-9)
    assert list(answer) == KEYS
    assert answer["objective"] == pytest.approx(exhaustive(arrays(**extra), 7.0), abs=1e-9)
    assert answer["status"] == "gap_reached"
    assert answer["proven"]
    assert answer["gap"] == pytest.approx(
        (answer["bound"] - answer["objective"]) / answer["objective"]
    )


def test_least_cost_reaches_the_coverage(write):
    best = exhaustive(arrays(), 7.0)
    answer = run_instance(write(), min_coverage=best, gap=1e-9)
    assert answer["objective"] == answer["cost"] <= 7.0
    assert exhaustive(arrays(), answer["cost"] - 0.4) < best


def test_coverage_out_of_reach_is_infeasible_with_all_keys(write):
    answer = run_instance(write(), min_coverage=1.0)
    assert set(KEYS) < set(answer)
    assert answer["status"] == "infeasible"
    assert answer["objective"] is None
    assert "whatever the budget" in answer["message"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": None}, r"array weight is missing; an instance holds bits, cells"),
        ({"cost": np.array([3.0, -2.0, 4, 1, 2, 3])}, r"cost\[1\] \(b\): got -2.0, must be finite"),
        ({"cost": np.array([3.0, np.nan, 4, 1, 2, 3])}, r"cost\[1\] \(b\): got nan"),
        ({"cost": np.ones(5)}, r"cost: got float64 of shape \(5,\), must be of shape \(6,\)"),
        (
            {"bits": np.zeros((6, 6), dtype=np.uint8)},
            r"bits: got uint8 of shape \(6, 6\).*6, 7|7\)",
        ),
        ({"cells": np.array([50])}, r"cells: got .*must be one whole number"),
        ({"weight": -np.ones(50, dtype=int)}, r"weight\[0\]: got -1"),
        ({"weight": np.zeros(50, dtype=int)}, r"nothing to cover"),
        ({"weight": np.ones(50)}, r"weight: got float64"),
        ({"credit": np.array([0.5, 0.6])}, r"credit: got \[0.5, 0.6\].* never rise; sort it"),
        ({"credit": np.array([1.5])}, r"credit: got \[1.5\], must lie between 0 and 1"),
        ({"fixed": np.array([0, 2, 0, 0, 0, 0])}, r"fixed: must hold 0 and 1"),
        ({"name": np.array(list("abcdda"))}, r"name: '.' occurs more than once"),
        ({"name": np.array(list("abcdef"), dtype=object)}, r"not a readable \.npz archive"),
    ],
)
def test_bad_array_is_named_with_how_to_mend(write, changes, message):
    with pytest.raises(DesignError, match=message):
        run_instance(write(**changes), budget=7.0)


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(DesignError, match=r"nowhere\.npz: no such file"):
        run_instance(tmp_path / "nowhere.npz", budget=7.0)
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DesignError, match=r"damaged\.npz: not a readable"):
        run_instance(damaged, budget=7.0)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "either --budget or --min-coverage"),
        ({"budget": 1.0, "min_coverage": 0.5}, "either --budget or --min-coverage"),
        ({"budget": -1.0}, "--budget: got -1.0, must be 0 or more"),
        ({"min_coverage": 1.5}, "--min-coverage: got 1.5, must lie between 0 and 1"),
        ({"budget": 7.0, "gap": -0.1}, "--gap: got -0.1"),
        ({"budget": 0.7}, "no candidate is affordable: the cheapest option, d, costs 1.5"),
    ],
)
def test_impossible_question_is_refused(write, question, message):
    with pytest.raises(DesignError, match=message):
        run_instance(write(), **question)


def test_fixed_contributors_count_without_cost(write):
    fixed = np.array([0, 1, 0, 0, 1, 0], dtype=np.int8)
    problem = read_instance(write(fixed=fixed), 7.0)
    assert problem.candidates.names == ("a", "c", "d", "f")
    assert problem.objective.cells.base.max() == 1


@pytest.mark.slow
def test_frozen_small_instance_to_half_a_percent(shared_data):
    answer = run_instance(
        shared_data / "bench/portfolio-small.npz", budget=100, gap=0.005, time_limit_s=60
    )
    assert answer["proven"]
    assert SMALL_BEST * (1 - 0.005) <= answer["objective"] <= SMALL_BOUND
    assert answer["bound"] >= SMALL_BEST - 1e-6
    assert answer["cost"] <= 100


@pytest.mark.slow
def test_frozen_full_instance_to_a_tenth_of_a_percent(shared_data):
    answer = run_instance(
        shared_data / "bench/portfolio-full.npz", budget=100, gap=0.001, time_limit_s=120
    )
    assert answer["proven"]
    assert FULL_BEST * (1 - 0.001) <= answer["objective"] <= FULL_BOUND
    assert answer["bound"] >= FULL_BEST - 1e-6


def test_answer_says_what_nobody_sees(write):
    contents = arrays()
    values = np.unpackbits(contents["bits"], axis=1, count=50)
    lost = contents["weight"][~values.any(axis=0)].sum() / contents["weight"].sum()
    assert lost > 0
    for question in ({"budget": 7.0}, {"min_coverage": 1.0}):
        assert run_instance(write(), **question)["unobservable"] == pytest.approx(lost, abs=1e-15)
