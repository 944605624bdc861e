"""The best answer for each profile of weights, valued under all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.profiles import WeightProfile
from kansoku.design.portfolio import Effort, Portfolio
from kansoku.design.problem import Problem
from kansoku.design.question import layout_of
from kansoku.design.requirements import Seen, counted
from kansoku.design.search import solve
from kansoku.design.terms import Term
from kansoku.design.value.regret import Regret, regret
from kansoku.errors import DesignError
from kansoku.network.contributors import Network
from kansoku.targets.objects import Targets


def objectives(
    network: Network,
    targets: Targets,
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    coverage: CoverageSection,
    owner: str,
    profiles: Sequence[WeightProfile],
) -> dict[str, Term]:
    """Return credited coverage under each profile of weights, slots not limited.

    Parameters
    ----------
    network : Network
        C contributors.
    targets : Targets
        N targets.
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    coverage : CoverageSection
        Its own weights are not used.
    owner : str
    profiles : sequence of WeightProfile

    Returns
    -------
    dict of str to Term
    """
    layout = layout_of(network, coverage)
    found = {}
    for one in profiles:
        weight = demand_weights(targets, one.weights, tracks.shape[2], len(clear))
        seen = Seen(tracks, clear, weight)
        found[one.name] = counted(network, layout, seen, coverage.credit, owner).coverage
    return found


def regret_of(
    problem: Problem, objectives: Mapping[str, Term], effort: Effort
) -> tuple[Regret, tuple[Portfolio, ...]]:
    """Answer a question for each objective, and value each answer under all.

    Parameters
    ----------
    problem : Problem
        Its budget and floors hold for every profile, so that every answer is possible under all;
        its own objective is not used.
    objectives : mapping of str to Term
        By profile.
    effort : Effort
        For each search.

    Returns
    -------
    Regret, tuple of Portfolio

    Raises
    ------
    DesignError
        When cost is minimised, for an objective is then a floor; or when no answer exists.
    """
    if problem.minimises_cost:
        raise DesignError(
            "regret: the question minimises cost, so weights decide what is possible and not what "
            "is best; maximise coverage within a budget"
        )
    terms = tuple(objectives.values())
    answers = tuple(solve(replace(problem, objective=term), effort) for term in terms)

    def value(answer: Portfolio, k: int) -> float:
        return terms[k].attained(problem.row_weights(answer.design))

    return regret(tuple(objectives), answers, value), answers
