"""Frozen optimisation instances (.npz): what `kansoku design` reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansoku.configfields import MOST_COUNTED
from kansoku.coverage.cells import Cells, merge_identical
from kansoku.design.archive import Arrays, read_arrays
from kansoku.design.problem import Arrangements, Candidates, Problem, Sites
from kansoku.design.terms import Count
from kansoku.errors import DesignError

REQUIRED = ("bits", "cells", "weight", "cost", "name")
OPTIONAL = ("credit", "fixed")

COVERAGE = "coverage"
"""Name of what is maximised, or must be reached."""

MOST_COST = 1e12
"""HiGHS takes 1e20 for infinity, and sums of costs must stay exact well below that."""
MOST_WEIGHT = 2**53
"""Whole numbers up to here are exact in float64."""


def read_instance(path: Path, budget: float, min_coverage: float | None = None) -> Problem:
    """Read an instance file as a problem without sites, partners or floors.

    Contributors that are always on (`fixed`) become part of the base of each cell.

    Raises
    ------
    DesignError
        When an array is missing, has the wrong shape or type, or holds an impossible value.
    """
    arrays = _checked(path, read_arrays(path, (*REQUIRED, *OPTIONAL)))
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
    weight = arrays["weight"].astype(np.int64, copy=False)
    free = arrays["bits"][~fixed] if fixed.any() else arrays["bits"]  # a copy may take gigabytes
    planes, base, merged = merge_identical(free[None], base, weight)
    rows = np.arange(planes.shape[1])
    return Cells(planes, base, merged, int(weight.sum()), rows)


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
    wide = weight.astype(np.uint64)
    halves = int((wide >> np.uint64(32)).sum()), int((wide & np.uint64(0xFFFFFFFF)).sum())
    total = (halves[0] << 32) + halves[1]  # the sum of the weights could wrap, those cannot
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
