"""What is left of a programme after each loss, and what its partners gain."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.cubes.coverage import WEIGHTED
from kansoku.cubes.findings import ProgrammeFindings
from kansoku.cubes.variables import Variables, fraction, switch, text, variable
from kansoku.design.programme.question import section_of
from kansoku.design.programme.standing import Left

FloatArray = npt.NDArray[np.float64]

STRESSED = ("design", "year", "stress", "requirement")
GAINED = ("design", "year", "partner")
MEAN = f"{WEIGHTED} scenario: mean"


def axes(found: ProgrammeFindings) -> Variables:
    """Coordinates of the losses that take something from either design."""
    names = [loss.name for loss in found.stressed.losses]
    kinds = [name.partition(" ")[0] for name in names]
    return {
        "stress": text(("stress",), names, "what is lost: kind and name"),
        "stress_kind": text(("stress",), kinds, "kind of what is lost"),
    }


def losses(found: ProgrammeFindings) -> Variables:
    """Coverage after each loss, in every year: the loss matrix, with what is lost in each case."""
    return {
        "stress_contributor_lost": switch(
            ("stress", "contributor"), _lost(found), "whether the sensor is lost"
        ),
        "stress_arrangement_void": switch(
            ("stress", "arrangement"), _void(found), "whether the arrangement falls"
        ),
        "stress_contributor_late": switch(
            ("stress", "contributor"), _late(found), "whether the sensor comes into service late"
        ),
        "stress_delay_years": variable(
            ("stress",),
            [loss.late_years for loss in found.stressed.losses],
            "by how much later orders come into service; they leave it as planned",
            "year",
        ),
        **_left(found.stressed.covered, "coverage", "with a track"),
        **_left(found.stressed.credited, "credited", "by credit steps"),
        "stress_floor": fraction(
            ("year", "stress"),
            _floor(found),
            "least share of the demand by credit steps that must be left, 0 for no floor",
        ),
    }


def _left(left: Left, kind: str, what: str) -> Variables:
    """What is left of one kind of coverage, and what is lost."""
    lost = "stress_loss_fraction" if kind == "coverage" else f"stress_{kind}_loss_fraction"
    return {
        f"stress_{kind}_fraction": fraction(
            STRESSED, left.after, f"share of the demand {what} after the loss", cell_methods=MEAN
        ),
        lost: fraction(
            STRESSED,
            np.maximum(left.whole[:, :, None] - left.after, 0.0),
            f"share of the demand {what} that is lost",
            cell_methods=MEAN,
        ),
    }


def pairs(found: ProgrammeFindings) -> Variables:
    """The pairs of losses that leave least of the plan; nothing where they are not asked for."""
    if not found.pairs:
        return {}
    dims, every = ("pair",), found.pairs
    return {
        "pair_first": text(dims, [one.first for one in every], "the one loss, as in stress"),
        "pair_second": text(dims, [one.second for one in every], "the other loss, as in stress"),
        "pair_year": variable(dims, [found.years[one.year] for one in every], "fiscal year"),
        "pair_credited_fraction": fraction(
            dims,
            [one.left for one in every],
            "share of the demand by credit steps that the plan leaves after both losses",
            cell_methods=MEAN,
        ),
        "pair_floor": fraction(
            dims,
            [one.at_least for one in every],
            "least share of the demand by credit steps that must be left after both",
        ),
    }


def gains(found: ProgrammeFindings) -> Variables:
    """What each partner gains by our data, and what it was promised."""
    both = found.stressed.gains
    words = "nan where it is given nothing by any arrangement on offer, or gains are not asked for"
    return {
        "partner_gain_fraction": fraction(
            GAINED,
            np.stack([one.gain.T for one in both]),
            "share of the demand by credit steps that the partner gains by what it is given",
            cell_methods=MEAN,
            comment=words,
        ),
        "partner_need_fraction": fraction(
            GAINED,
            np.stack([one.need.T for one in both]),
            "gain that an arrangement in force asks for",
            comment=words,
        ),
        "partner_alone_fraction": fraction(
            ("partner",),
            both[0].alone,
            "share of the demand by credit steps that the partner's own sensors give it",
            cell_methods=MEAN,
        ),
    }


def _lost(found: ProgrammeFindings) -> npt.NDArray[np.bool_]:
    table = np.zeros((len(found.stressed.losses), len(found.network)), dtype=bool)
    for e, loss in enumerate(found.stressed.losses):
        table[e, sorted(loss.contributors)] = True
    return table


def _late(found: ProgrammeFindings) -> npt.NDArray[np.bool_]:
    table = np.zeros((len(found.stressed.losses), len(found.network)), dtype=bool)
    for e, loss in enumerate(found.stressed.losses):
        table[e, sorted(loss.late)] = True
    return table


def _void(found: ProgrammeFindings) -> npt.NDArray[np.bool_]:
    """Arrangements that fall in each case, those that need a void one among them."""
    sharing = found.programme.sharing
    table = np.zeros((len(found.stressed.losses), len(sharing)), dtype=bool)
    for e, loss in enumerate(found.stressed.losses):
        table[e, sorted(loss.void)] = True
        table[e] = sharing.void_with(table[e])
    return table


def _floor(found: ProgrammeFindings) -> FloatArray:
    """What must be left after each loss, (year, stress)."""
    stress = section_of(found.config.design).stress
    floor = np.zeros((len(found.years), len(found.stressed.losses)))
    if stress is not None:
        years = np.isin(found.years, stress.years or found.years[-1:])
        kinds = [loss.name.partition(" ")[0] in stress.kinds for loss in found.stressed.losses]
        floor[np.ix_(years, np.array(kinds, dtype=bool))] = stress.keep_min
    return floor
