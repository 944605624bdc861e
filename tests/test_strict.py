"""The stand-in namespace refuses what CuPy refuses, and computes what NumPy computes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kansoku.backend import name_of, to_numpy
from strict import StrictArray, strict

HOST = np.arange(12.0).reshape(3, 4)


@pytest.fixture
def wrapped():
    return strict.asarray(HOST.copy())


@pytest.mark.parametrize(
    "misuse",
    [
        lambda a: np.asarray(a),
        lambda a: np.sin(a),
        lambda a: np.add(a, 1.0),
        lambda a: np.concatenate([a, a]),
        lambda a: np.where(a > 0, 1, 0),
        lambda a: a + HOST,
        lambda a: HOST + a,
        lambda a: HOST < a,  # noqa: SIM300  the ndarray must stand on the left
        lambda a: strict.maximum(a, HOST),
        lambda a: strict.sin(HOST),
        lambda a: strict.stack([a, HOST]),
        lambda a: a[np.array([0, 1])],
        lambda a: a.__setitem__(0, HOST[0]),
        lambda a: a.__iadd__(HOST),
        lambda a: a.dot(HOST.T),
        lambda a: float(a[0, 0]),
        lambda a: int(a[0, 0]),
        lambda a: bool(a.any()),
        lambda a: range(a.sum().astype(int)),
        lambda a: np.zeros(3)[a.sum().astype(int) * 0],
    ],
)
def test_every_implicit_step_to_numpy_raises(misuse, wrapped):
    with pytest.raises(TypeError, match=r"strict:|only length-1|integer|__array__"):
        misuse(wrapped)


@pytest.mark.parametrize(
    "formula",
    [
        lambda xp, a: a + 1,
        lambda xp, a: 2.0 / (a + 1),
        lambda xp, a: np.float64(2.0) * a,
        lambda xp, a: a * np.float64(2.0),
        lambda xp, a: -a % 3,
        lambda xp, a: a @ a.T,
        lambda xp, a: xp.sqrt(a, out=xp.empty_like(a)),
        lambda xp, a: xp.where(a > 5, a, xp.nan),
        lambda xp, a: xp.einsum("ij,kj->ik", a, a),
        lambda xp, a: xp.linalg.norm(a, axis=0),
        lambda xp, a: a[xp.nonzero(a[:, 0] > 1)[0]],
        lambda xp, a: a[:, ::2].T.ravel(),
        lambda xp, a: a.astype(xp.float32).reshape(-1).sum(),
        lambda xp, a: xp.stack([row * 2 for row in a]),
        lambda xp, a: xp.packbits(a > 3, axis=1),
        lambda xp, a: xp.arange(a.shape[0]) + a.sum(axis=1),
        lambda xp, a: xp.zeros(a.shape, dtype=xp.int64),
        lambda xp, a: xp.maximum.accumulate(a, axis=1),
    ],
)
def test_formulas_agree_with_numpy(formula, wrapped):
    got = formula(strict, wrapped)
    assert isinstance(got, StrictArray)
    np.testing.assert_array_equal(to_numpy(got), formula(np, HOST))


def test_in_place_operators_and_assignment_change_the_array(wrapped):
    view = wrapped[0]
    view += 10
    wrapped[1] = wrapped[0]
    wrapped[wrapped > 12] = 0.0
    expected = HOST.copy()
    expected[0] += 10
    expected[1] = expected[0]
    expected[expected > 12] = 0.0
    np.testing.assert_array_equal(wrapped.get(), expected)


def test_explicit_ways_out(wrapped):
    assert wrapped.sum().item() == 66.0
    assert wrapped[2, 3].tolist() == 11.0
    assert type(wrapped.get()) is np.ndarray
    assert wrapped.shape == (3, 4)
    assert len(wrapped) == 3
    assert wrapped.dtype == np.float64
    assert name_of(strict) == "strict"


def test_what_cupy_lacks_is_lacking():
    with pytest.raises(AttributeError, match="no counterpart"):
        _ = strict.errstate


def test_tests_on_a_device_take_its_arrays(tmp_path):
    (tmp_path / "cupy.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", "from strict import strict; print(strict.__name__)"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
        env={"KANSOKU_TEST_DEVICE": "cuda", "PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout == "cupy\n", done.stderr
