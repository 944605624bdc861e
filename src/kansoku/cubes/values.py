"""What contributors, owners, host countries and arrangements add to the coverage of a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.coverage.sources import sources_of
from kansoku.cubes.findings import Findings, NetworkValue, PortfolioFindings
from kansoku.cubes.variables import REQUIREMENTS, Variables, fraction, text, variable
from kansoku.design.value import OneBudget
from kansoku.design.value.answer import of_kind
from kansoku.design.value.contributors import Contributors, contributors_of
from kansoku.design.value.joining import shares
from kansoku.design.value.shapley import Sampling

FloatArray = npt.NDArray[np.float64]

# A study takes what is cheap beside its search: few coalitions, of merged cells
SAMPLING = Sampling(most_pairs=40, exact_players=8)

PLAIN = (
    "credited for coverage, with at least one track for autonomy; slots are not limited, and "
    "nothing is bought in place of what is missing"
)


def values(found: PortfolioFindings) -> Variables:
    """Return marginal values by contributor and arrangement, Shapley values by owner and host."""
    return {
        **by_contributor(found),
        "marginal_coverage_arrangement": variable(
            ("arrangement",),
            _of_arrangements(found),
            "coverage that the chosen design loses without an arrangement that it signs",
            comment="0 for all others; nan where tracks need slots, which takes long to value",
        ),
    }


def by_contributor(found: Findings) -> Variables:
    """Return what contributors, owners and hosts add to the coverage of the last year."""
    last = f"{PLAIN}; in FY{found.years[-1]}"
    return {
        "marginal_coverage": fraction(
            ("design", "contributor", "requirement"),
            np.stack([_marginal(found, network) for network in _both(found)]),
            "coverage that is lost without the contributor, 0 where it is not part of the network",
            comment=last,
        ),
        **_shared_by_sensor(found, last),
        **_shared(found, "owner", found.network.owner, "owner, ISO 3166-1 alpha-3", last),
        **_shared(
            found, "country", found.network.country, "host country, ISO 3166-1 alpha-3", last
        ),
    }


def _both(found: Findings) -> tuple[NetworkValue, NetworkValue]:
    """Return the chosen network and today's, in the last year."""
    return found.chosen[-1], found.today[-1]


def _parted(found: Findings, network: NetworkValue, labels: npt.NDArray[Any]) -> Contributors:
    """Gather the contributors by label; what is sold by package has a row for each worth."""
    credit, part = network.contributor_credit, found.part
    rows = [
        (c, float(worth))
        for c in np.flatnonzero(credit.any(axis=1)).tolist()
        for worth in np.unique(credit[c][credit[c] > 0])
    ]
    members = np.array([c for c, _ in rows], dtype=np.intp)
    worth = np.array([one for _, one in rows])
    sources = sources_of(found.network, found.config.coverage, found.config.network.owner)
    tracks = found.coverage.tracks[members]
    for row, (c, one) in enumerate(rows):
        if (credit[c] != one).any():
            tracks[row, credit[c][part] != one] = 0
    return contributors_of(
        tracks,
        found.clear[:, members],
        found.weight,
        worth,
        found.network.owner[members] == found.config.network.owner,
        tuple(found.config.coverage.credit),
        labels[members].tolist(),
        None if sources is None else replace(sources, of=sources.of[members]),
    )


def _marginal(found: Findings, network: NetworkValue) -> FloatArray:
    """Return what is lost without each contributor, (C, 2)."""
    parted = _parted(found, network, found.network.id)
    whole = parted.measured(frozenset())
    number = {name: c for c, name in enumerate(found.network.id.tolist())}
    lost = np.zeros((len(found.network), len(REQUIREMENTS)))
    for part in parted.parts:
        lost[number[part.name]] = whole - parted.measured(frozenset((part,)))
    return np.maximum(lost, 0.0)  # sums over other rows round differently


def _of_arrangements(found: PortfolioFindings) -> FloatArray:
    """Return what the chosen design loses without each arrangement that it signs, (R,)."""
    lost = np.zeros(len(found.problem.arrangements))
    if not found.problem.exact:
        return np.full(len(lost), np.nan)
    answer = OneBudget(found.problem, found.answers.portfolio.design)
    signed = of_kind(answer.parts, "arrangement")
    whole = answer.measured(frozenset())[0] if signed else 0.0
    for part in signed:
        lost[part.index] = whole - answer.measured(frozenset((part,)))[0]
    return lost


def _shared(
    found: Findings, dim: str, labels: npt.NDArray[Any], words: str, comment: str
) -> Variables:
    """Return the coverage of both designs shared out among owners or hosts."""
    parted = [_parted(found, one, labels) for one in _both(found)]
    names = sorted({part.name for one in parted for part in one.parts})
    both = [_shapley(one, names) for one in parted]
    dims = ("design", dim, "requirement")
    return {
        dim: text((dim,), names, words),
        f"shapley_coverage_{dim}": variable(
            dims,
            np.stack([value for value, _ in both]),
            f"Shapley value of the sensors of each {dim}: they add up to the coverage",
            comment=comment,
        ),
        f"shapley_coverage_{dim}_half_width": variable(
            dims,
            np.stack([width for _, width in both]),
            "half width of its 95 % confidence interval, 0 where it is exact",
        ),
    }


def _shared_by_sensor(found: Findings, comment: str) -> Variables:
    """Return the coverage of both designs shared out among the contributors."""
    names = found.network.id.tolist()
    both = [_shapley(_parted(found, one, found.network.id), names) for one in _both(found)]
    dims = ("design", "contributor", "requirement")
    return {
        "shapley_coverage_contributor": variable(
            dims,
            np.stack([value for value, _ in both]),
            "Shapley value of the contributor: they add up to the coverage",
            comment=comment,
        ),
        "shapley_coverage_contributor_half_width": variable(
            dims,
            np.stack([width for _, width in both]),
            "half width of its 95 % confidence interval, 0 where it is exact",
        ),
    }


def _shapley(parted: Contributors, names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Return values and half widths by name and measure, two (names, 2) arrays."""
    value, width = np.zeros((2, len(names), len(REQUIREMENTS)))
    if not parted.parts:
        return value, width
    rows = [names.index(part.name) for part in parted.parts]
    for measure, found in enumerate(shares(parted, SAMPLING)):
        value[rows, measure], width[rows, measure] = found.value, found.half_width
    return value, width
