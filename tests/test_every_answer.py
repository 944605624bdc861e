"""The look that every answer of the suite gets (conftest) sees what is wrong with one."""

import dataclasses

import numpy as np
import pytest

import every_answer
from design_cases import problem_of, random_case
from kansoku.design import search
from kansoku.design.portfolio import Effort

EXACT = Effort(gap=1e-9, time_limit_s=60.0)


@pytest.fixture(scope="module")
def answered():
    problem = problem_of(random_case(7, floors=1))
    return problem, search.solve(problem, EXACT)


def swapped(found, **changes):
    return dataclasses.replace(found, **changes)


WRONG = {
    "objective is": lambda f: swapped(f, objective=f.objective - 0.01),
    "is on the wrong side": lambda f: swapped(f, bound=f.objective - 0.01),
    "excludes the optimum": lambda f: swapped(f, bound=f.objective - 0.01),
    "better than the optimum": lambda f: swapped(f, objective=f.objective + 0.01),
    "gap is": lambda f: swapped(f, gap=f.gap + 0.01),
    "proven is False": lambda f: swapped(f, proven=False),
    "status is time_limit": lambda f: swapped(f, status="time_limit"),
    "cost is": lambda f: swapped(f, cost_mjpy=f.cost_mjpy + 1.0),
    "chosen are": lambda f: swapped(f, chosen=f.chosen[1:]),
    "sites are": lambda f: swapped(f, sites=("nowhere",)),
    "arrangements are": lambda f: swapped(f, arrangements=("no such",)),
    "requirement 0 reaches": lambda f: swapped(f, coverage=(f.coverage[0] + 0.1, *f.coverage[1:])),
    "requirement 1 reaches": lambda f: swapped(f, coverage=(f.coverage[0], 0.0)),
    "coverages are told": lambda f: swapped(f, coverage=f.coverage[:1]),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_answer_is_seen(answered, fault):
    problem, found = answered
    every_answer.look(problem, found, EXACT.gap)
    with pytest.raises(every_answer.WrongAnswerError, match=fault):
        every_answer.look(problem, WRONG[fault](found), EXACT.gap)


def test_a_design_above_the_budget_is_seen(answered):
    problem, found = answered
    poorer = problem.with_budget(found.cost_mjpy - 0.1)
    with pytest.raises(every_answer.WrongAnswerError, match="the budget is"):
        every_answer.look(poorer, found, EXACT.gap)


def test_a_floor_that_is_missed_is_seen(answered):
    problem, found = answered
    (floor,) = problem.floors
    higher = dataclasses.replace(problem, floors=(floor.term >= found.coverage[1] + 0.01,))
    with pytest.raises(every_answer.WrongAnswerError, match="needs"):
        every_answer.look(higher, found, EXACT.gap)


def test_every_search_is_looked_at(answered):
    problem, _ = answered
    before = every_answer.looks["answers"]
    search.solve(problem, EXACT)
    assert every_answer.looks["answers"] == before + 1


def test_commands_look_too(kansoku, tmp_path):
    rng = np.random.default_rng(3)
    np.savez(
        tmp_path / "small.npz",
        bits=np.packbits(rng.random((6, 40)) < 0.4, axis=1),
        cells=np.int64(40),
        weight=np.ones(40, dtype=np.int64),
        cost=np.arange(1.0, 7.0),
        name=np.array(list("abcdef")),
    )
    stage = """
    import atexit, every_answer
    atexit.register(lambda: print("looks", every_answer.looks["answers"]))
    """
    done = kansoku("design", "small.npz", "--budget", "9", stage=stage)
    assert "looks 1" in done.stdout, done.stderr
