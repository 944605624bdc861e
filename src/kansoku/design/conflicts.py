"""Floors that conflict: which of them, and the smallest step back, in the planner's words.

Floors are taken in order of priority. Each is met as far as those before it allow, so that every
question asked here has an answer; the first that falls short conflicts with some of those before
it. Those are found by leaving out one after the other (the deletion filter of [1]_).

References
----------
.. [1] J. W. Chinneck and E. W. Dravnieks, Locating minimal infeasible constraint sets in linear
   programs, ORSA Journal on Computing 3 (1991), 157-168.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kansoku.design.portfolio import Portfolio
from kansoku.design.problem import Design, Problem
from kansoku.design.terms import Floor
from kansoku.design.together import together
from kansoku.design.valuing import REACHED

Ask = Callable[[Problem, Design | None], Portfolio]
"""Searches for the best answer to a question, from a design that it may start with."""

MOST_STEPS = 12  # floors named to lower; a planner would not read more
SHOWN = 1e4  # levels are shown to four digits, rounded down so that they can be asked for


@dataclass(frozen=True)
class StepBack:
    """What a floor must fall to while those before it stay.

    Attributes
    ----------
    floor : Floor
    reached : float
        Level of a design that was found.
    bound : float
        No design gets above it.
    proven : bool
        Whether it is certain that the floor cannot be met beside those before it.
    """

    floor: Floor
    reached: float
    bound: float
    proven: bool


@dataclass(frozen=True)
class Conflict:
    """A set of floors that no design meets together, and the way out.

    Attributes
    ----------
    floors : tuple of Floor
        In order of priority.
    proven, minimal : bool
        Whether it is certain that they conflict, and that any of them left out ends the conflict.
    steps_back : tuple of StepBack
        Floors to lower so that all the others can be met, most important first.
    others : int
        Floors after those that the last design misses, where the list has come to its end; how far
        each has to be lowered was not searched for.
    """

    floors: tuple[Floor, ...]
    proven: bool
    minimal: bool
    steps_back: tuple[StepBack, ...]
    others: int = 0


def conflict_of(problem: Problem, ask: Ask, priority: Sequence[str] = ()) -> Conflict | None:
    """Find which requirements conflict, and the smallest step back.

    Parameters
    ----------
    problem : Problem
    ask : callable
        Answers questions that are like the problem with some floors left out.
    priority : sequence of str
        Names of requirements, most important first; those not named follow in their own order.

    Returns
    -------
    Conflict or None
        None when all requirements can be met, or none was seen to fall short.
    """
    rank = {name: place for place, name in enumerate(priority)}
    asked = [floor for floor in problem.requirements if floor.at_least > 0]
    asked.sort(key=lambda floor: rank.get(floor.name, len(rank)))  # stable
    met: list[Floor] = []
    steps_back: list[StepBack] = []
    members: tuple[tuple[Floor, ...], bool] | None = None
    design: Design | None = None
    for place, floor in enumerate(asked):
        if design is not None and _holds(problem, design, floor):
            met.append(floor)
            continue
        if len(steps_back) == MOST_STEPS:
            return _conflict(members, steps_back, _short(problem, design, asked[place:]))
        found = ask(_most(problem, floor, met), design)
        design = found.design
        if found.coverage[0] >= floor.at_least - REACHED:
            met.append(floor)
            continue
        step = StepBack(floor, found.coverage[0], found.bound, found.bound < floor.at_least)
        if members is None:
            members = _needed(problem, floor, met, ask, design)
        steps_back.append(step)
        met.append(Floor(floor.term, found.coverage[0]))
    return _conflict(members, steps_back, 0)


def _conflict(
    members: tuple[tuple[Floor, ...], bool] | None, steps_back: list[StepBack], others: int
) -> Conflict | None:
    if members is None:
        return None
    return Conflict(members[0], steps_back[0].proven, members[1], tuple(steps_back), others)


def _holds(problem: Problem, design: Design, floor: Floor) -> bool:
    reached = floor.term.attained(problem.row_weights(design))
    return reached >= floor.at_least - REACHED


def _short(problem: Problem, design: Design | None, floors: list[Floor]) -> int:
    """Return how many floors a design misses."""
    return sum(design is None or not _holds(problem, design, floor) for floor in floors)


def _needed(
    problem: Problem, short: Floor, others: list[Floor], ask: Ask, design: Design
) -> tuple[tuple[Floor, ...], bool]:
    """Return the floors that keep `short` from being met, it included, and whether none is idle.

    Left out from the last on, as many at once as went well before: idle floors cost few questions.
    """
    kept: list[Floor] = []
    left = list(together(_most(problem, short, others)).essential())
    certain, chunk = True, 1
    while left:
        fewer = left[: max(len(left) - chunk, 0)]
        found = ask(_most(problem, short, [*fewer, *kept]), design)
        if found.bound < short.at_least:
            left, chunk = fewer, 2 * chunk
        elif chunk > 1:
            chunk = max(min(chunk, len(left)) // 2, 1)
        else:
            certain = certain and found.coverage[0] >= short.at_least - REACHED
            left, kept = fewer, [left[-1], *kept]
    return (*kept, short), certain


def _most(problem: Problem, floor: Floor, met: list[Floor]) -> Problem:
    """Return the question how far one floor can be met beside others."""
    return replace(problem, objective=floor.term, floors=tuple(met), min_coverage=None, excluded=())


def in_words(conflict: Conflict, budget_mjpy: float) -> str:
    """Say what conflicts and how to mend it.

    Parameters
    ----------
    conflict : Conflict
    budget_mjpy : float
        [million JPY]
    """
    names = [f"{floor.name} >= {floor.at_least:.6g}" for floor in conflict.floors]
    limit = (
        f"within {budget_mjpy:,.6g} million JPY"
        if math.isfinite(budget_mjpy)
        else "whatever the budget"
    )
    return f"{_cannot(names, limit, conflict)}; {_way_out(conflict)}"


def _cannot(names: list[str], limit: str, conflict: Conflict) -> str:
    """Say which floors conflict, and how sure that is."""
    sure = "" if conflict.proven else " as far as was searched (not proven in the time given)"
    if len(names) == 1:
        return f"{names[0]} cannot be met {limit}{sure}"
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    both = "both" if len(names) == 2 else "all"
    fewer = "each alone can" if len(names) == 2 else "all but any one of them can"
    minimal = fewer if conflict.minimal else "whether fewer of them conflict is not proven"
    return f"{listed} cannot {both} be met {limit}{sure}; {minimal}"


def _way_out(conflict: Conflict) -> str:
    """Say which floors to lower, and to what."""
    steps = [_step(step) for step in conflict.steps_back]
    if conflict.others:
        steps.append(f"and {conflict.others} more that a design for these misses")
    return (
        f"the smallest step back in order of priority: {', '.join(steps)} (keeping the others); "
        "or raise the budget"
    )


def _step(step: StepBack) -> str:
    level = math.floor(step.reached * SHOWN) / SHOWN
    best = math.ceil(step.bound * SHOWN) / SHOWN
    unsure = f", at most {best:.4f} is possible" if best > level + 2 / SHOWN else ""
    return f"{step.floor.name} {level:.4f}{unsure}"
