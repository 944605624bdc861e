"""A search that stops and goes on: what it leaves behind, and whom it refuses."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kansoku.design.instance import read_instance
from kansoku.design.instance_answer import Wish, run_instance
from kansoku.design.portfolio import Effort
from kansoku.design.search import solve
from kansoku.errors import DesignError


def write(path, seed=0, contributors=30, cells=600, **changes):
    rng = np.random.default_rng(seed)
    arrays = {
        "bits": np.packbits(rng.random((contributors, cells)) < 0.12, axis=1),
        "cells": np.int64(cells),
        "weight": rng.integers(1, 50, cells),
        "cost": np.round(rng.uniform(1, 9, contributors), 1),
        "name": np.array([f"sensor-{k}" for k in range(contributors)]),
    }
    np.savez(path, **{**arrays, **changes})
    return path


@pytest.fixture
def instance(tmp_path):
    return write(tmp_path / "instance.npz")


def test_a_resumed_search_needs_fewer_evaluations(instance, tmp_path):
    state = tmp_path / "state.npz"
    afresh = run_instance(instance, budget=40.0, gap=1e-3)
    stopped = run_instance(instance, budget=40.0, gap=1.2e-3, state=state)
    resumed = run_instance(instance, budget=40.0, gap=1e-3, state=state)
    assert afresh["nodes"] > 5  # the question is not trivial
    assert 0 < resumed["cuts"] < afresh["cuts"]
    assert resumed["proven"]
    assert resumed["objective"] >= stopped["objective"]
    assert resumed["objective"] <= afresh["bound"] + 1e-12
    assert afresh["objective"] <= resumed["bound"] + 1e-12
    again = run_instance(instance, budget=40.0, gap=1e-3, state=state)
    assert (again["objective"], again["bound"], again["nodes"]) == (
        resumed["objective"], resumed["bound"], 0
    )  # fmt: skip


def test_cuts_serve_another_budget_but_a_bound_does_not(instance, tmp_path):
    state = tmp_path / "state.npz"
    run_instance(instance, budget=20.0, gap=1e-3, state=state)
    more = run_instance(instance, budget=40.0, gap=1e-3, state=state)
    assert more["objective"] == pytest.approx(
        run_instance(instance, budget=40.0, gap=1e-3)["objective"], rel=1e-3
    )
    less = run_instance(instance, budget=20.0, gap=1e-3, state=state)  # the design is too dear
    assert less["cost"] <= 20.0
    cheapest = run_instance(instance, min_coverage=less["objective"], gap=1e-6, state=state)
    assert cheapest["cost"] <= less["cost"] + 1e-9


def test_every_kind_of_answer_takes_a_state(instance, tmp_path):
    state = tmp_path / "state.npz"
    run_instance(instance, gap=0.01, wish=Wish(budgets=(10.0, 20.0)), state=state)
    found = run_instance(instance, budget=20.0, gap=0.01, wish=Wish(3, 2), state=state)
    assert len(found["alternatives"]) == 2


@pytest.mark.parametrize("changed", ["seed", "weight", "credit"])
def test_the_state_of_another_instance_is_refused(instance, tmp_path, changed):
    state, other = tmp_path / "state.npz", tmp_path / "other.npz"
    run_instance(instance, budget=20.0, gap=0.05, state=state)
    before = state.read_bytes()
    changes = {
        "seed": {"seed": 1},
        "weight": {"weight": np.full(600, 3)},
        "credit": {"credit": np.array([1.0, 0.5])},
    }
    write(other, **changes[changed])
    with pytest.raises(DesignError, match=r"state\.npz: belongs to a search of another instance"):
        run_instance(other, budget=20.0, state=state)
    assert state.read_bytes() == before


def test_other_prices_are_no_other_instance(instance, tmp_path):
    state, dearer = tmp_path / "state.npz", tmp_path / "dearer.npz"
    run_instance(instance, budget=20.0, gap=1e-3, state=state)
    write(dearer, cost=np.full(30, 5.0))
    found = run_instance(dearer, budget=20.0, gap=1e-3, state=state)
    assert len(found["chosen"]) == 4
    expected = solve(read_instance(dearer, 20.0), Effort(1e-3, 60.0))
    assert found["objective"] == pytest.approx(expected.objective, rel=1e-3)


def arrays_of(state):
    with np.load(state, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slopes": np.zeros((2, 3))}, r"slopes: got float64 of shape \(2, 3\)"),
        ({"numbers": np.full((1, 3), np.nan)}, "numbers: got"),
        ({"requirement": np.array([9])}, "requirement: does not name"),
        ({"built": np.zeros(3, dtype=bool)}, "built: got 3 candidates"),
        ({"format": np.int64(99)}, "format 99"),
        ({"slopes": np.array([None], dtype=object)}, "not a readable state"),
    ],
)
def test_a_damaged_state_is_named_with_how_to_mend(instance, tmp_path, change, message):
    state = tmp_path / "state.npz"
    run_instance(instance, budget=20.0, gap=0.05, state=state)
    np.savez(state, **{**arrays_of(state), **change})
    with pytest.raises(DesignError, match=message) as raised:
        run_instance(instance, budget=20.0, state=state)
    assert "remove the file to start afresh" in str(raised.value)


def test_half_a_file_is_refused(instance, tmp_path):
    state = tmp_path / "state.npz"
    run_instance(instance, budget=20.0, gap=0.05, state=state)
    state.write_bytes(state.read_bytes()[:-200])
    with pytest.raises(DesignError, match="not a readable state"):
        run_instance(instance, budget=20.0, state=state)


def test_a_place_that_takes_no_file_is_refused_before_the_search(instance, tmp_path):
    with pytest.raises(DesignError, match=r"make the folder .*nowhere"):
        run_instance(instance, budget=20.0, state=tmp_path / "nowhere" / "state.npz")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_the_best_answer_on_stdout_and_a_state_to_go_on_from(
    tmp_path, number, status
):
    instance = write(tmp_path / "hard.npz", contributors=90, cells=6000)
    state = tmp_path / "state.npz"
    command = [
        sys.executable, "-m", "kansoku", "design", str(instance), "--budget", "60",
        "--gap", "0", "--json", "--state", str(state),
    ]  # fmt: skip
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    while "nodes" not in running.stderr.readline():
        time.sleep(0.01)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    answer = json.loads(out)
    assert running.returncode == status
    assert answer["status"] == "interrupted"
    assert not answer["proven"]
    assert answer["objective"] < answer["bound"]
    assert len(answer["chosen"]) > 0
    assert "Traceback" not in err
    assert arrays_of(state)["found"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
