"""Terms know on which side of a constraint they may stand, and say so where it is written."""

# ruff: noqa: SIM300 (the side on which a term stands is what is tested)

import numpy as np
import pytest

from design_cases import counted
from kansoku.design.terms import Floor, Least, Mean
from kansoku.errors import DesignError

VALUES = np.array([[1, 0, 1], [0, 1, 1]])


def term(name="a", credit=(1.0,)):
    return counted(name, VALUES, np.zeros(3), np.array([5, 3, 2]), 10, credit)


A, B = term("a"), term("b", (1.0, 0.5))

WRONG_SIDE = {
    "a <= 0.5": lambda: A <= 0.5,
    "a < 0.5": lambda: A < 0.5,
    "0.5 >= a": lambda: 0.5 >= A,
    "0.5 > a": lambda: 0.5 > A,
    "numpy 0.5 >= a": lambda: np.float64(0.5) >= A,
    "0.1 <= a <= 0.5": lambda: 0.1 <= A <= 0.5,
    "a <= b": lambda: A <= B,
    "a >= b": lambda: A >= B,
    "a == 0.5": lambda: A == 0.5,
    "a != 0.5": lambda: A != 0.5,
    "-a": lambda: -A,
    "a - b": lambda: A - B,
    "a - 0.1": lambda: A - 0.1,
    "1 - a": lambda: 1 - A,
    "numpy 1 - a": lambda: np.float64(1) - A,
    "a / b": lambda: A / B,
    "a / 2": lambda: A / 2,
    "1 / a": lambda: 1 / A,
    "a // 2": lambda: A // 2,
    "a % 2": lambda: A % 2,
    "a ** 2": lambda: A**2,
    "abs(a)": lambda: abs(A),
    "a * b": lambda: A * B,
    "a + 1": lambda: A + 1,
    "1 + a": lambda: 1 + A,
}


@pytest.mark.parametrize("expression", WRONG_SIDE)
def test_an_expression_on_the_wrong_side_is_refused(expression):
    with pytest.raises(DesignError) as refused:
        WRONG_SIDE[expression]()
    assert "upper bounds alone" in str(refused.value)
    assert "require a >= a level instead" in str(refused.value)


OUT_OF_RANGE = {
    "a > 0.5": (lambda: A > 0.5, r"write >=; a floor may be met exactly"),
    "0.5 < a": (lambda: 0.5 < A, r"write >="),
    "a >= nan": (lambda: A >= float("nan"), r"a >= nan: give a level from 0 to 1"),
    "a >= '0.5'": (lambda: A >= "0.5", r"a >= '0\.5': give a level"),
    "-0.5 * a": (lambda: -0.5 * A, r"-0\.5 a: shares must be 0 or more"),
    "a * '2'": (lambda: A * "2", r"give a share from 0 to 1"),
    "2 * a": (lambda: 2 * A, r"shares add up to 2, but coverage lies between 0 and 1"),
    "a + b": (lambda: A + B, r"1 a \+ 1 b: shares add up to 2.* 0\.5 \* a \+ 0\.5 \* b, or Mean"),
    "0.7 a + 0.4 b": (lambda: 0.7 * A + 0.4 * B, r"shares add up to 1\.1"),
    "mean of negative weights": (
        lambda: Mean("m", (A, B), (1.0, -0.5)),
        r"m: got weights \[1\.0, -0\.5\].*coverage may only be rewarded",
    ),
    "mean without weight": (lambda: Mean("m", (A, B), (0.0, 0.0)), r"one of them above 0"),
    "mean of nan": (lambda: Mean("m", (A, B), (1.0, float("nan"))), r"got weights \[1\.0, nan\]"),
    "mean of infinity": (lambda: Mean("m", (A, B), (1.0, float("inf"))), r"got weights"),
    "mean of too few weights": (lambda: Mean("m", (A, B), (1.0,)), r"weights \[1\.0\] for 2 terms"),
    "least of nothing": (lambda: Least("l", ()), r"least of no terms"),
}


@pytest.mark.parametrize("expression", OUT_OF_RANGE)
def test_a_level_or_share_that_makes_no_coverage_is_refused(expression):
    build, message = OUT_OF_RANGE[expression]
    with pytest.raises(DesignError, match=message):
        build()


def test_floors_may_be_written_from_both_sides():
    assert isinstance(A >= 0.5, Floor)
    assert (0.5 <= A) == (A >= 0.5) == (np.float64(0.5) <= A)
    assert (A >= 0.5).term is A


def test_terms_are_told_apart_by_identity():
    assert A == A
    assert A != B
    assert len({A, B, A}) == 2


def test_shares_are_the_mean_that_they_spell():
    summed = 0.3 * A + B * 0.7
    mean = Mean("m", (A, B), (3.0, 7.0))
    for weights in np.array([[0.0, 0.0], [1.0, 0.0], [0.25, 0.5], [1.0, 1.0]]):
        assert summed.value(weights) == pytest.approx(mean.value(weights), abs=1e-15)
        (cut,) = summed.cuts(weights)
        assert cut.at(weights) == pytest.approx(summed.value(weights), abs=1e-15)
    assert summed.name == "0.3 a + 0.7 b"


def test_sums_of_shares_are_taken_apart_and_may_end_below_one():
    summed = sum([0.25 * A, 0.25 * B, 0.5 * (0.5 * A + 0.5 * B)])
    assert summed.value(np.ones(2)) == pytest.approx(
        0.5 * A.value(np.ones(2)) + 0.5 * B.value(np.ones(2)), abs=1e-15
    )
    assert len(summed.terms) == 4
    half = 0.5 * A
    assert half.value(np.ones(2)) == 0.5
