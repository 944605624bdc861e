"""What a plan loses without each of its parts, and what leaves alongside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kansoku.cubes.coordinates import sensor_rows
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, money, switch, text, variable
from kansoku.design.value import Part
from kansoku.design.value.answer import Kind
from kansoku.design.value.marginal import Marginal

FloatArray = npt.NDArray[np.float64]

ALONE = "nothing is bought in its place, and floors are not asked for again"


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of the parts: sensors ordered, arrangements signed, partners, steps of tier."""
    parts, dims = [one.part for one in found.marginal], ("part",)
    return {
        "part": text(dims, [_named(part) for part in parts], "part of the plan: kind and name"),
        "part_kind": text(dims, [part.kind for part in parts], "kind of the part"),
        "part_of": text(
            dims, [_of(found, part) for part in parts], "sensor, arrangement or partner of the part"
        ),
        "part_tier": variable(
            dims,
            np.array([part.tier for part in parts], dtype=int),
            "tier that is not received without the part, 0 for what is no step of tier",
        ),
    }


def parts(found: ProgrammeFindings) -> Variables:
    """Return what is lost and saved without each part, and what cannot stay without it."""
    dims, lost = ("part",), _lost(found)
    return {
        "part_objective_lost": fraction(
            dims,
            lost[:, 0],
            "share of the demand by credit steps, weighed over the years, lost without the part",
            comment=ALONE,
        ),
        "part_credited_lost": fraction(
            ("part", "year"),
            lost[:, 1:],
            "share of the demand by credit steps that is lost without the part in each year",
            comment=ALONE,
        ),
        "part_saved": money(
            dims,
            np.array([one.saved_mjpy for one in found.marginal]),
            "payments within the horizon that fall away without the part",
        ),
        "part_sensor_alongside": switch(
            ("part", "sensor"),
            _alongside(found, "sensor", found.network.id[sensor_rows(found.network)].tolist()),
            "whether the sensor cannot stay without the part in some year",
        ),
        "part_arrangement_alongside": switch(
            ("part", "arrangement"),
            _alongside(found, "arrangement", found.programme.sharing.names),
            "whether the arrangement cannot stay without the part in some year",
        ),
    }


def _named(part: Part) -> str:
    """Return a name that no other part has: a sensor and an arrangement may share one."""
    return part.name if part.kind == "tier" else f"{part.kind} {part.name}"


def _of(found: ProgrammeFindings, part: Part) -> str:
    return found.programme.sharing.partners[part.index] if part.kind == "tier" else part.name


def _lost(found: ProgrammeFindings) -> FloatArray:
    """Return what is lost of the objective, then in every year, (parts, 1 + T)."""
    measures = 1 + len(found.years)  # the first aims are coverage in every year, whatever its worth
    lost = np.array([one.lost[:measures] for one in found.marginal])
    # what is received may be worth as much in other rows, whose sums round differently
    return np.asarray(np.maximum(lost.reshape(-1, measures), 0.0))


def _alongside(found: ProgrammeFindings, kind: Kind, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return what leaves with each part, (parts, names)."""
    rows = [_leaving(one, kind, names) for one in found.marginal]
    return np.array(rows, dtype=bool).reshape(len(rows), len(names))


def _leaving(one: Marginal, kind: Kind, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    leaving = [part.name for part in one.alongside if part.kind == kind]
    return np.isin(names, leaving)
