"""What budget rows exclude once binaries are whole: all whole points stay, some others go."""

import itertools

import highspy
import numpy as np
import pytest

from kansoku.design.knapsacks import cliques, entries, tightened
from kansoku.design.linear import LinearProgram, highs_of, whole_point


def program_of(rows, upper, count, integer=None, lower=None):
    """max sum of value, from rows as dicts {column: coefficient}."""
    index = [k for row in rows for k in row]
    return LinearProgram(
        cost=-np.arange(1.0, count + 1),
        lower=np.zeros(count) if lower is None else np.array(lower, dtype=float),
        upper=np.ones(count),
        row_lower=np.full(len(rows), -np.inf),
        row_upper=np.array(upper, dtype=float),
        start=np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32),
        index=np.array(index, dtype=np.int32),
        coefficient=np.array([c for row in rows for c in row.values()], dtype=float),
        integer=np.ones(count, dtype=bool) if integer is None else np.array(integer),
    )


def whole_points(program, binaries):
    """All points of the first binaries that some value of the others completes."""
    found = set()
    for point in itertools.product((0, 1), repeat=binaries):
        rest = len(program.cost) - binaries
        fixed = highs_of(program, integers=False)
        columns = np.arange(binaries, dtype=np.int32)
        low, up = program.lower[:binaries], program.upper[:binaries]
        if any(not a <= x <= b for x, a, b in zip(point, low, up, strict=True)):
            continue
        fixed.changeColsBounds(binaries, columns, np.array(point, float), np.array(point, float))
        fixed.run()
        if fixed.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            found.add(point)
        assert rest >= 0
    return found


@pytest.mark.parametrize("seed", range(60))
def test_what_is_paid_back_is_set_against_what_it_implies(seed):
    """Columns: 3 purchases; sites 3 and 5 open before, 4 and 6 now: an opening is paid once."""
    rng = np.random.default_rng(seed)
    opening, other = rng.integers(1, 9, 2).astype(float)
    cost = rng.integers(1, 12, 3).astype(float).tolist()
    paid = dict(enumerate(cost)) | {3: -opening, 4: opening, 5: -other, 6: other}
    stays = [{3: 1.0, 4: -1.0}, {6: -1.0, 5: 1.0}]
    program = program_of([paid, *stays], [rng.integers(3, 20), 0, 0], 7)
    tight = tightened(program, [0])
    assert whole_points(tight, 7) == whole_points(program, 7)
    dear = [k for k in range(3) if cost[k] > program.row_upper[0]]
    assert all(tight.upper[k] == 0.0 for k in dear)


@pytest.mark.parametrize("seed", range(60))
def test_no_whole_point_is_lost_and_none_is_won(seed):
    rng = np.random.default_rng(seed)
    count, binaries = 7, 6  # the last is money carried: it enlarges what may be spent
    cost = rng.integers(1, 12, (2, binaries))
    rows = [dict(enumerate(c)) | {binaries: -1.0} for c in cost.astype(float).tolist()]
    rows.append({0: 1.0, 1: 1.0, 2: 1.0})
    program = program_of(
        rows, [*rng.integers(3, 20, 2), 1], count, integer=[True] * binaries + [False]
    )
    program.upper[binaries] = rng.integers(0, 3)
    tight = tightened(program, [0, 1])
    assert whole_points(tight, binaries) == whole_points(program, binaries)


def test_what_no_purse_pays_is_out_and_pairs_exclude_each_other():
    program = program_of([{0: 1520.0, 1: 1070.0, 2: 470.0, 3: 295.0}], [1500.0], 4)
    tight = tightened(program, [0])
    assert tight.upper.tolist() == [0, 1, 1, 1]
    assert cliques(tight, [0]) == []  # told by now
    row = len(tight.row_upper) - 1
    assert entries(tight, row)[0].tolist() == [1, 2]
    assert tight.row_upper[row] == 1.0


def test_what_must_be_bought_takes_from_the_rest():
    program = program_of([{0: 600.0, 1: 500.0}], [1000.0], 2, lower=[1, 0])
    assert tightened(program, [0]).upper.tolist() == [1, 0]


def test_pairs_that_a_row_excludes_already_are_not_told_again():
    program = program_of([{0: 8.0, 1: 8.0, 2: 1.0}, {0: 1.0, 1: 1.0}], [10.0, 1.0], 3)
    assert cliques(program, [0]) == []


def test_a_whole_point_is_the_best_one_or_none():
    program = program_of([{0: 2.0, 1: 2.0, 2: 2.0}], [5.0], 3)
    lp = highs_of(program, integers=True).getLp()
    assert whole_point(lp, 100, 0.0, 10.0).round().tolist() == [0, 1, 1]
    nothing = program_of([{0: 1.0, 1: 1.0}], [-1.0], 2)
    assert whole_point(highs_of(nothing, integers=True).getLp(), 100, 0.0, 10.0) is None


def test_a_whole_point_begins_with_what_is_known():
    """No node is left to search: what comes out is what was given, completed."""
    program = program_of([{0: 2.0, 1: 2.0, 2: 2.0}], [5.0], 3)
    lp = highs_of(program, integers=True).getLp()
    found = whole_point(lp, 0, 0.0, 10.0, np.array([1.0, 1.0]))
    assert found is not None
    assert found @ program.cost <= program.cost @ [1.0, 1.0, 0.0]
