"""Set covering of the OR-Library, read in place, against the proven optima.

J. E. Beasley, Journal of the Operational Research Society 41 (1990), 1069-1072.
"""

import csv
import gzip

import numpy as np
import pytest

from kansoku.design.instance_answer import run_instance

FAST = ("scp41", "scp47", "scp57", "scp62")
NAMES = (
    *(f"scp4{k}" for k in range(1, 11)),
    *(f"scp5{k}" for k in range(1, 11)),
    *(f"scp6{k}" for k in range(1, 6)),
)


def covering(folder, name):
    """Return costs (columns,) and which rows each column covers, (columns, rows)."""
    with gzip.open(folder / "data/orlib/scp" / f"{name}.txt.gz", "rt") as file:
        numbers = iter(map(int, file.read().split()))
    rows, columns = next(numbers), next(numbers)
    cost = np.array([next(numbers) for _ in range(columns)], dtype=float)
    covers = np.zeros((columns, rows), dtype=bool)
    for row in range(rows):
        for _ in range(next(numbers)):
            covers[next(numbers) - 1, row] = True
    return cost, covers


def optimum(folder, name):
    """Return the proven optimum of a set-covering instance."""
    with (folder / "data/orlib/optima.csv").open() as file:
        (row,) = [row for row in csv.DictReader(file) if row["instance"] == name]
    return int(row["optimum"])


def written(path, cost, covers):
    """Write an instance of `kansoku design`: a cell for each row to cover."""
    np.savez(
        path,
        bits=np.packbits(covers, axis=1),
        cells=np.int64(covers.shape[1]),
        weight=np.ones(covers.shape[1], dtype=np.int64),
        cost=cost,
        name=np.array([f"column {k}" for k in range(len(cost))]),
    )
    return path


def solved(folder, tmp_path, name):
    """Return the answer after a look at it: the columns chosen cover all, at the cost said."""
    cost, covers = covering(folder, name)
    path = written(tmp_path / f"{name}.npz", cost, covers)
    answer = run_instance(path, min_coverage=1.0, gap=1e-6, time_limit_s=120.0)
    chosen = [int(column.removeprefix("column ")) for column in answer["chosen"]]
    assert covers[chosen].any(axis=0).all()
    assert answer["objective"] == cost[chosen].sum()
    return answer


@pytest.mark.parametrize(
    "name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in NAMES]
)
def test_least_cost_of_full_coverage_is_the_proven_optimum(shared_data, tmp_path, name):
    answer = solved(shared_data, tmp_path, name)
    assert answer["proven"]
    assert answer["objective"] == optimum(shared_data, name)
    assert answer["bound"] == pytest.approx(answer["objective"], rel=1e-6)


def test_the_command_solves_set_covering(shared_data, tmp_path, kansoku):
    path = written(tmp_path / "scp41.npz", *covering(shared_data, "scp41"))
    ended = kansoku("design", str(path), "--min-coverage", "1", "--gap", "1e-6", "--json")
    assert ended.returncode == 0
    assert '"objective": 429.0' in ended.stdout
