"""Frozen optimisation instances (.npz): what `kansoku design` reads, and the answer it prints."""

from __future__ import annotations

import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.config import MOST_COUNTED
from kansoku.coverage.cells import Cells, merge_identical
from kansoku.design.infeasible import InfeasibleError
from kansoku.design.portfolio import Portfolio, Progress
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.search import Effort, solve
from kansoku.design.terms import Count
from kansoku.errors import DesignError

Arrays = dict[str, npt.NDArray[Any]]

REQUIRED = ("bits", "cells", "weight", "cost", "name")
OPTIONAL = ("credit", "fixed")

COVERAGE = "coverage"
"""Name of what is maximised, or must be reached."""

MOST_COST = 1e12
"""HiGHS takes 1e20 for infinity, and sums of costs must stay exact well below that."""
MOST_WEIGHT = 2**53
"""Whole numbers up to here are exact in float64."""


def run_instance(
    path: Path,
    budget: float | None = None,
    min_coverage: float | None = None,
    gap: float = 1e-3,
    time_limit_s: float = 300.0,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Read an instance, solve it, and return what `kansoku design --json` prints.

    Parameters
    ----------
    path : Path
    budget : float, optional
        Most that the chosen contributors may cost.
    min_coverage : float, optional
        Minimise cost subject to at least this coverage; one of the two is given.
    gap, time_limit_s, seed, threads, progress
        As for `solve`.

    Returns
    -------
    dict
        objective, bound, gap, chosen, cost, seconds, proven, status, nodes, cuts, seed, threads;
        with status 'infeasible' the first five are null or empty and `message` says why.

    Raises
    ------
    DesignError
        When the file or a number is not usable.
    """
    began = time.perf_counter()
    _check_question(budget, min_coverage)
    _check_search(gap, time_limit_s, seed)
    problem = read_instance(path, np.inf if budget is None else budget, min_coverage)
    left_s = max(time_limit_s - (time.perf_counter() - began), 0.0)
    try:
        portfolio = solve(problem, Effort(gap, left_s, seed, threads), progress)
    except InfeasibleError as why:
        return _infeasible(str(why), time.perf_counter() - began, seed, threads)
    return _answer(portfolio, time.perf_counter() - began)


def read_instance(path: Path, budget: float, min_coverage: float | None = None) -> Problem:
    """Read an instance file as a problem without sites, partners or floors.

    Contributors that are always on (`fixed`) become part of the base of each cell.

    Raises
    ------
    DesignError
        When an array is missing, has the wrong shape or type, or holds an impossible value.
    """
    arrays = _checked(path, _arrays(path))
    fixed = arrays["fixed"].astype(bool)
    names = tuple(str(name) for name in arrays["name"][~fixed])
    free = len(names)
    nothing = np.zeros(0, dtype=np.intp)
    return Problem(
        budget_mjpy=budget,
        candidates=Candidates(
            names, arrays["cost"][~fixed].astype(float), np.full(free, -1, dtype=np.intp)
        ),
        sites=Sites((), np.zeros(0)),
        partners=(),
        arrangements=Arrangements((), nothing, nothing, np.zeros(0), np.zeros(0, dtype=bool)),
        tier_credit=np.zeros((0, 5)),
        row_candidate=np.arange(free),
        row_partner=np.full(free, -1, dtype=np.intp),
        objective=Count(COVERAGE, _cells(arrays, fixed), tuple(arrays["credit"]), free),
        min_coverage=min_coverage,
    )


def _cells(arrays: Arrays, fixed: npt.NDArray[np.bool_]) -> Cells:
    """Merge the cells of an instance; tracks of `fixed` rows beyond the credit are dropped."""
    cells, steps = int(arrays["cells"]), len(arrays["credit"])
    base = np.zeros(cells, dtype=np.uint8)
    for bits in arrays["bits"][fixed]:
        base = np.minimum(base + np.unpackbits(bits, count=cells), steps).astype(np.uint8)
    weight = arrays["weight"].astype(np.int64)
    planes, base, merged = merge_identical(arrays["bits"][~fixed][None], base, weight)
    rows = np.arange(planes.shape[1])
    return Cells(planes, base, merged, int(weight.sum()), rows)


def _arrays(path: Path) -> Arrays:
    if not path.is_file():
        raise DesignError(f"{path}: no such file; give the path of an instance (.npz)")
    try:
        archive = np.load(path, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ValueError("it holds one array")
        with archive:
            return {name: archive[name] for name in (*REQUIRED, *OPTIONAL) if name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError, MemoryError) as cause:
        raise DesignError(
            f"{path}: not a readable .npz archive of plain arrays ({cause}); "
            "write it with numpy.savez"
        ) from cause


def _checked(path: Path, arrays: Arrays) -> Arrays:
    """Return the arrays with the optional ones filled in; raise with every problem found."""
    missing = [name for name in REQUIRED if name not in arrays]
    if missing:
        raise DesignError(
            f"{path}: array {', '.join(missing)} is missing; an instance holds "
            f"{', '.join(REQUIRED)}"
        )
    strange = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
    if strange:  # NumPy hands such members over as bytes
        raise DesignError(
            f"{path}: array {', '.join(strange)} is not in NumPy's format; "
            "write it with numpy.savez"
        )
    count = len(arrays["bits"]) if arrays["bits"].ndim else 0
    arrays.setdefault("credit", np.ones(1))
    arrays.setdefault("fixed", np.zeros(count, dtype=np.int8))
    problems = _shape_problems(arrays) or _value_problems(arrays)
    if problems:
        raise DesignError("\n".join(f"{path}: {problem}" for problem in problems))
    return arrays


def _shape_problems(arrays: Arrays) -> list[str]:
    bits, cells = arrays["bits"], arrays["cells"]
    if cells.ndim != 0 or cells.dtype.kind not in "iu" or int(cells) < 1:
        return [f"cells: got {cells!r}, must be one whole number of 1 or more"]
    if bits.ndim != 2 or bits.dtype != np.uint8 or bits.shape[1] != -(-int(cells) // 8):
        return [
            f"bits: got {bits.dtype} of shape {bits.shape}, must be uint8 (contributors, "
            f"{-(-int(cells) // 8)}) for {int(cells)} cells, as numpy.packbits writes along cells"
        ]
    expected = {
        "weight": ("iu", (int(cells),)),
        "cost": ("fiu", (len(bits),)),
        "name": ("U", (len(bits),)),
        "fixed": ("iub", (len(bits),)),
    }
    problems = [
        f"{name}: got {arrays[name].dtype} of shape {arrays[name].shape}, must be of shape {shape} "
        f"and of kind {'/'.join(kinds)}"
        for name, (kinds, shape) in expected.items()
        if arrays[name].shape != shape or arrays[name].dtype.kind not in kinds
    ]
    credit = arrays["credit"]
    if credit.ndim != 1 or not len(credit) or credit.dtype.kind not in "fiu":
        problems.append(f"credit: got shape {credit.shape}, must be a list of one or more numbers")
    return problems


def _value_problems(arrays: Arrays) -> list[str]:
    problems = [*_cost_problems(arrays), *_weight_problems(arrays), *_credit_problems(arrays)]
    if not np.isin(arrays["fixed"], (0, 1)).all():
        problems.append("fixed: must hold 0 and 1 only")
    return [*problems, *_name_problems(arrays)]


def _cost_problems(arrays: Arrays) -> Iterator[str]:
    for k, (name, cost) in enumerate(zip(arrays["name"], arrays["cost"], strict=True)):
        if not 0 <= cost < np.inf:
            yield (
                f"cost[{k}] ({name}): got {cost}, must be finite and 0 or more; "
                "correct the cost, or remove the contributor"
            )
        elif cost > MOST_COST:
            yield (
                f"cost[{k}] ({name}): got {cost}, must be at most {MOST_COST:g}; "
                "count all costs in a larger unit"
            )


def _weight_problems(arrays: Arrays) -> Iterator[str]:
    weight = arrays["weight"]
    total = sum(weight.tolist())  # Python's integers do not wrap
    if (weight < 0).any():
        first = int(np.argmax(weight < 0))
        yield f"weight[{first}]: got {weight[first]}, must be 0 or more"
    elif total == 0:
        yield "weight: all are 0, so there is nothing to cover; give some cell a weight"
    elif total > MOST_WEIGHT:
        yield f"weight: the sum is {total}, must be at most {MOST_WEIGHT}; divide the weights"


def _credit_problems(arrays: Arrays) -> Iterator[str]:
    credit = arrays["credit"]
    if not (np.isfinite(credit).all() and (credit >= 0).all() and (credit <= 1).all()):
        yield f"credit: got {credit.tolist()}, must lie between 0 and 1"
    elif (np.diff(credit) > 0).any() or credit[0] == 0:
        yield f"credit: got {credit.tolist()}, must start above 0 and never rise; sort it falling"
    elif len(credit) > MOST_COUNTED:
        yield f"credit: got {len(credit)} numbers, must be at most {MOST_COUNTED}; drop the last"


def _name_problems(arrays: Arrays) -> Iterator[str]:
    names = arrays["name"].tolist()
    for k, name in enumerate(names):
        if not _is_text(name):
            yield f"name[{k}]: got {name!r}, must be text; rename the contributor"
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        yield f"name: {twice!r} occurs more than once; names must differ"


def _is_text(name: str) -> bool:
    """Whether a name can be written at all: an array may hold half of a character."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_question(budget: float | None, min_coverage: float | None) -> None:
    if (budget is None) == (min_coverage is None):
        raise DesignError("give either --budget or --min-coverage, not both and not neither")
    if budget is not None and not 0 <= budget < np.inf:
        raise DesignError(f"--budget: got {budget}, must be 0 or more; give a finite amount")
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        raise DesignError(
            f"--min-coverage: got {min_coverage}, must lie between 0 and 1; give a fraction"
        )


def _check_search(gap: float, time_limit_s: float, seed: int) -> None:
    if not 0 <= gap < 1:
        raise DesignError(f"--gap: got {gap}, must be at least 0 and below 1; 1e-3 is a good start")
    if not time_limit_s >= 0:
        raise DesignError(
            f"--time-limit: got {time_limit_s}, must be 0 or more; give a number of seconds"
        )
    if seed < 0:
        raise DesignError(f"--seed: got {seed}, must be 0 or more; give a whole number")


def _answer(portfolio: Portfolio, seconds: float) -> dict[str, Any]:
    return {
        "objective": portfolio.objective,
        "bound": portfolio.bound,
        "gap": portfolio.gap,
        "chosen": list(portfolio.chosen),
        "cost": portfolio.cost_mjpy,
        "seconds": seconds,
        "proven": portfolio.proven,
        "status": portfolio.status,
        "nodes": portfolio.nodes,
        "cuts": portfolio.cuts,
        "seed": portfolio.seed,
        "threads": portfolio.threads,
    }


def _infeasible(message: str, seconds: float, seed: int, threads: int) -> dict[str, Any]:
    return {
        "objective": None,
        "bound": None,
        "gap": None,
        "chosen": [],
        "cost": None,
        "seconds": seconds,
        "proven": True,
        "status": "infeasible",
        "nodes": 0,
        "cuts": 0,
        "seed": seed,
        "threads": threads,
        "message": message,
    }
