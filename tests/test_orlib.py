"""Set covering and p-median of the OR-Library, read in place, against the proven optima.

J. E. Beasley, Journal of the Operational Research Society 41 (1990), 1069-1072.

A p-median is a coverage: customer i is covered at level l when a facility stands within its l-th
distance, the weight is the step to the next distance, every facility costs 1 and p may be bought.
What stays uncovered is the sum of distances.
"""

import csv
import gzip

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path

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
    """Return the proven optimum of an instance."""
    with (folder / "data/orlib/optima.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["instance"] == name]
    (row,) = [row for row in rows if row["problem"] in ("set-covering", "p-median")]
    return int(row["optimum"])


def written(path, cost, covers, weight=None):
    """Write an instance of `kansoku design`: a cell for each row to cover."""
    np.savez(
        path,
        bits=np.packbits(covers, axis=1),
        cells=np.int64(covers.shape[1]),
        weight=np.ones(covers.shape[1], dtype=np.int64) if weight is None else weight,
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


def medians(folder, name):
    """Return distances (vertices, vertices) and the number of facilities."""
    with gzip.open(folder / "data/orlib/pmed" / f"{name}.txt.gz", "rt") as file:
        vertices, edges, facilities, *numbers = map(int, file.read().split())
    length = np.zeros((vertices, vertices))
    for one, other, cost in np.array(numbers[: 3 * edges]).reshape(edges, 3):
        length[one - 1, other - 1] = length[other - 1, one - 1] = cost  # the last one counts
    return shortest_path(length, directed=False).astype(int), facilities


def as_coverage(distance):
    """Return which facility covers which (customer, level), and the weight of each."""
    covers, weight = [], []
    for of_one in distance:
        levels = np.unique(of_one)
        covers += [of_one <= level for level in levels[:-1]]
        weight += np.diff(levels).tolist()
    return np.array(covers).T, np.array(weight)


EASY = ("pmed1", "pmed2", "pmed4", "pmed6")
SOLVED = (*(f"pmed{k}" for k in range(1, 14)), "pmed16", "pmed17", "pmed21", "pmed26")


@pytest.mark.parametrize(
    "name", [n if n in EASY else pytest.param(n, marks=pytest.mark.slow) for n in SOLVED]
)
def test_a_p_median_is_found_as_the_largest_coverage(shared_data, tmp_path, name):
    distance, facilities = medians(shared_data, name)
    covers, weight = as_coverage(distance)
    path = written(tmp_path / f"{name}.npz", np.ones(len(distance)), covers, weight)
    gap = 0.5 / (weight.sum() - optimum(shared_data, name))  # less than one unit of distance
    answer = run_instance(path, budget=float(facilities), gap=gap, time_limit_s=200.0)
    chosen = [int(column.removeprefix("column ")) for column in answer["chosen"]]
    assert len(chosen) <= facilities
    assert distance[chosen].min(axis=0).sum() == optimum(shared_data, name)
    assert answer["proven"]
    assert answer["objective"] == pytest.approx(
        1.0 - optimum(shared_data, name) / weight.sum(), abs=1e-12
    )
