"""What a search leaves behind for the next one: its cuts, its best design, what it has proven.

Plain arrays in an .npz file, which is there whole or not at all. Cuts depend on cells alone, so
they serve any budget and any prices of the same instance; a proven bound serves only the question
it was proven for.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.design.cuts import CutPool
from kansoku.design.problem import Design, Problem
from kansoku.design.terms import Cut
from kansoku.errors import DesignError
from kansoku.wholefile import whole_file

FORMAT = 1
CELL_ARRAYS = ("bits", "cells", "weight", "credit", "fixed", "name")

Arrays = dict[str, npt.NDArray[Any]]


@dataclass
class State:
    """Cuts found so far, the best design, and its proven bound where the question is the same."""

    pool: CutPool = field(default_factory=CutPool)
    design: Design | None = None
    bound: float | None = None


def fingerprint(instance: Path) -> str:
    """Return what tells the cells of one instance file from those of another.

    The archive's directory holds size and checksum of each array, so no array is read.
    """
    with zipfile.ZipFile(instance) as archive:
        members = sorted(
            (member.filename, member.file_size, member.CRC)
            for member in archive.infolist()
            if member.filename.removesuffix(".npy") in CELL_ARRAYS
        )
    return hashlib.sha256(repr(members).encode()).hexdigest()


def read_state(path: Path, cells: str, problem: Problem) -> State:
    """Read the state that a search has left, or start afresh where there is no file yet.

    Parameters
    ----------
    path : Path
    cells : str
        Fingerprint of the instance now in hand.
    problem : Problem

    Returns
    -------
    State

    Raises
    ------
    DesignError
        When the file is damaged, belongs to another instance, or could not be replaced.
    """
    if not path.exists():
        _check_writable(path)
        return State()
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        _check_owner(path, arrays, cells)
        return _restored(arrays, problem)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as cause:
        raise DesignError(
            f"{path}: not a readable state of a search ({cause}); remove the file to start "
            "afresh, or name another one with --state"
        ) from cause


def write_state(path: Path, cells: str, problem: Problem, state: State) -> None:
    """Write cuts, the best design and its bound, in place of what the file held.

    Parameters
    ----------
    path : Path
    cells : str
        Fingerprint of the instance.
    problem : Problem
    state : State
    """
    names, requirement, cuts = _listed(state.pool)
    design = state.design or problem.nothing()
    width = len(problem.row_candidate)
    with whole_file(path) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(
            file,
            format=np.int64(FORMAT),
            cells=np.array(cells),
            question=np.array(_question(problem)),
            requirements=np.array(names, dtype=np.str_),
            requirement=np.array(requirement, dtype=np.int64),
            numbers=np.array([(c.constant, c.scale, c.value) for c in cuts]).reshape(-1, 3),
            slopes=np.array([c.slopes for c in cuts], dtype=float).reshape(-1, width),
            found=np.bool_(state.design is not None),
            built=design.built,
            signed=design.signed,
            bound=np.float64(np.nan if state.bound is None else state.bound),
        )


def _listed(pool: CutPool) -> tuple[list[str], list[int], list[Cut]]:
    """Return requirement names, the requirement of each cut, and the cuts, oldest first."""
    by_name = pool.by_requirement()
    names = list(by_name)
    requirement = [k for k, name in enumerate(names) for _ in by_name[name]]
    return names, requirement, [cut for name in names for cut in by_name[name]]


def _question(problem: Problem) -> str:
    """Return what a proven bound depends on beside the cells."""
    parts = (
        problem.budget_mjpy,
        problem.min_coverage,
        problem.candidates.cost_mjpy.tolist(),
        problem.sites.opening_mjpy.tolist(),
        problem.arrangements.cost_mjpy.tolist(),
        [(r.name, r.at_least) for r in problem.requirements],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _check_owner(path: Path, arrays: Arrays, cells: str) -> None:
    if int(arrays["format"]) != FORMAT:
        raise ValueError(f"format {int(arrays['format'])}, this version reads {FORMAT}")
    if str(arrays["cells"]) != cells:
        raise DesignError(
            f"{path}: belongs to a search of another instance (its cells differ); name the "
            "instance it was made for, or another file with --state"
        )


def _restored(arrays: Arrays, problem: Problem) -> State:
    pool = CutPool()
    names = [str(name) for name in arrays["requirements"]]
    slopes = _finite("slopes", arrays["slopes"], (None, len(problem.row_candidate)))
    numbers = _finite("numbers", arrays["numbers"], (len(slopes), 3))
    owners = arrays["requirement"]
    if owners.shape != (len(slopes),) or not np.isin(owners, range(len(names))).all():
        raise ValueError("requirement: does not name one requirement a cut")
    for owner, (constant, scale, value), slope in zip(owners, numbers, slopes, strict=True):
        pool.add(names[owner], Cut(float(constant), slope, float(scale), float(value)))
    if not arrays["found"]:
        return State(pool)
    design = Design(arrays["built"].astype(bool), arrays["signed"].astype(bool))
    if len(design.built) != len(problem.candidates):
        raise ValueError(f"built: got {len(design.built)} candidates")
    if len(design.signed) != len(problem.arrangements):
        raise ValueError(f"signed: got {len(design.signed)} arrangements")
    same = str(arrays["question"]) == _question(problem) and np.isfinite(arrays["bound"])
    affordable = problem.cost_mjpy(design) <= problem.budget_mjpy
    return State(pool, design if affordable else None, float(arrays["bound"]) if same else None)


def _finite(
    name: str, values: npt.NDArray[Any], shape: tuple[int | None, int]
) -> npt.NDArray[np.float64]:
    """Return an array of finite numbers of the shape expected; None: any length."""
    fits = values.ndim == 2 and all(
        want is None or have == want for have, want in zip(values.shape, shape, strict=True)
    )
    if not fits or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise ValueError(f"{name}: got {values.dtype} of shape {values.shape}")
    return values


def _check_writable(path: Path) -> None:
    folder = path.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise DesignError(
            f"{path}: cannot be written there; make the folder {folder}, or name another file "
            "with --state"
        )
