"""Questions without an answer, explained: which requirement, how far it can be met, how to mend."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kansoku.design.conflicts import Ask, conflict_of, in_words
from kansoku.design.portfolio import Status
from kansoku.design.problem import Problem
from kansoku.design.terms import Floor
from kansoku.design.valuing import MONEY, REACHED, Evaluator
from kansoku.errors import DesignError


class InfeasibleError(DesignError):
    """No design meets every floor within the budget; the message names the requirement."""


class OutOfTimeError(DesignError):
    """Time ended before a decision was found that keeps every floor; there may be one."""


class NoOtherDesignError(InfeasibleError):
    """No design differs enough from those already known."""


def check_affordable(problem: Problem) -> None:
    """Refuse a budget above zero that buys nothing although something is for sale.

    Raises
    ------
    DesignError
        With the cheapest option and what it costs.
    """
    candidates = problem.candidates
    opening = np.append(problem.sites.opening_mjpy, 0.0)[candidates.site]
    prices = np.concatenate([candidates.cost_mjpy + opening, problem.arrangements.cost_mjpy])
    for_sale = np.append(np.ones(len(candidates), dtype=bool), ~problem.arrangements.in_force)
    prices = np.where(for_sale, prices, np.inf)
    if not len(candidates) or not 0 < problem.budget_mjpy * (1 + MONEY) < prices.min():
        return
    cheapest = int(np.argmin(prices))
    names = (*candidates.names, *problem.arrangements.names)
    raise DesignError(
        f"design.budget_mjpy (command line: --budget): got {problem.budget_mjpy:g}, but no "
        "candidate is affordable: the "
        f"cheapest option, {names[cheapest]}, costs {prices[cheapest]:g} million JPY with the "
        "opening of its site; raise the budget, or set it to 0 to see the network as it is"
    )


def attainable_score(problem: Problem, evaluate: Evaluator, asked: Problem) -> float:
    """Return an upper bound on the score from building everything.

    `asked` is the question as it was put, whose floors the message names.

    Raises
    ------
    InfeasibleError
        When a floor is out of reach even so.
    """
    coverage = evaluate(problem.everything()).coverage
    at_least = [requirement.at_least for requirement in problem.requirements]
    if (coverage < np.array(at_least) - REACHED).any():
        _refuse_unattainable(asked)
    return 0.0 if problem.minimises_cost else float(coverage[0])


def _refuse_unattainable(asked: Problem) -> None:
    weights = asked.row_weights(asked.everything())
    for requirement in asked.requirements:
        most = requirement.term.value(weights)
        if most < requirement.at_least - REACHED:
            raise InfeasibleError(
                f"{requirement.name}: at least {requirement.at_least:.6g} is asked for, but all "
                f"candidates and arrangements together reach {most:.6g}, whatever the budget; "
                f"lower the floor to at most {most:.6g}, or add candidates"
            )


def floor_alone(problem: Problem, floor: Floor) -> Problem:
    """Return the question how far one requirement alone can be met within the budget."""
    return replace(problem, objective=floor.term, floors=(), min_coverage=None, excluded=())


def without_design(
    problem: Problem,
    status: Status,
    limit_s: float,
    ask: Ask,
) -> DesignError:
    """Return the error for a search that ended without any design.

    `ask` answers the questions that show which requirements conflict.
    """
    if status != "gap_reached":
        return DesignError(
            f"design: {status.replace('_', ' ')} after {limit_s:g} s before any design met "
            f"{_floors_named(problem)}; raise design.time_limit_s or lower a floor"
        )
    if problem.excluded:
        return NoOtherDesignError(
            f"no other design differs in {problem.excluded[-1].differ} or more candidates or "
            f"arrangements from the {len(problem.excluded)} already known and meets the same "
            "budget and floors; ask for fewer designs, or for a smaller difference"
        )
    found = conflict_of(problem, ask)
    if found is None:
        return DesignError(
            f"{_floors_named(problem)}: no design meets all of them, but none was seen to fall "
            "short; report this with the study, it must not happen"
        )
    if len(found.floors) == 1 and len(found.steps_back) == 1:
        floor, within = found.floors[0], found.steps_back[0].bound
        alone = floor_alone(problem, floor)
        whatever = floor.term.value(alone.row_weights(alone.everything()))
        return out_of_budget(problem, floor, within, whatever)
    return InfeasibleError(in_words(found, problem.budget_mjpy))


def out_of_budget(
    problem: Problem, floor: Floor, within: float, whatever: float
) -> InfeasibleError:
    """Return the error for a floor above what the budget pays for."""
    return InfeasibleError(
        f"{floor.name}: at least {floor.at_least:.6g} is asked for, but within "
        f"{problem.budget_mjpy:g} million JPY at most {within:.6g} can be reached "
        f"({whatever:.6g} whatever the budget); lower the floor, or raise the budget"
    )


def _floors_named(problem: Problem) -> str:
    return ", ".join(
        f"{r.name} (at least {r.at_least:.6g})" for r in problem.requirements if r.at_least > 0
    )
