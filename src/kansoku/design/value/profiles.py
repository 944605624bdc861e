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
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.reach import without_idle_floors
from kansoku.design.question import layout_of
from kansoku.design.requirements import Seen, counted
from kansoku.design.search import solve
from kansoku.design.terms import Term
from kansoku.design.value.regret import Regret, regret
from kansoku.design.value.years import Years
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


def reweighed(programme: Programme, other: Programme) -> Programme:
    """Return a programme with the objective of another: its own limits, floors and promises stay.

    Parameters
    ----------
    programme : Programme
    other : Programme
        Of the same decisions and rows, with the demand weighed otherwise.

    Raises
    ------
    DesignError
        When rows differ: coverage of the one says nothing about decisions of the other.
    """
    mine, others = programme.rows, other.rows
    same = all(
        np.array_equal(getattr(mine, name), getattr(others, name))
        for name in ("option", "partner", "profile")
    )
    if not same:
        raise DesignError(
            f"reweighed: rows differ, {len(mine)} and {len(others)}; make both programmes from the "
            "same study, and change its weights alone"
        )
    first = len(programme.aims)
    floors = (replace(aim, worth=0.0) for aim in programme.aims)
    objective = (replace(aim, at_least=0.0) for aim in other.aims)
    tails = (replace(tail, aims=tuple(first + k for k in tail.aims)) for tail in other.tails)
    return without_idle_floors(replace(programme, aims=(*floors, *objective), tails=tuple(tails)))


def regret_of_plans(programmes: Mapping[str, Programme], plans: Sequence[Plan]) -> Regret:
    """Value plans under all profiles of weights.

    Parameters
    ----------
    programmes : mapping of str to Programme
        By profile: the same question, each with its own objective, as `reweighed` makes them.
    plans : sequence of Plan
        The best found for each, in order.
    """
    asked = tuple(programmes.values())

    def value(plan: Plan, k: int) -> float:
        return float(Years(asked[k], plan.decision, floors=False).measured(frozenset())[0])

    return regret(tuple(programmes), plans, value)
