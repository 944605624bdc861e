r"""Shadow prices: what another yen, point or tier would change, by asking again.

Both answers are known up to their gaps, so the change is an interval. With `now` and `then` the
best values before and after, reached and bounded as [objective, bound],

    then - now  in  [ then.objective - now.bound , then.bound - now.objective ]

cut off at 0 where the new question allows all that the old one does, or only less. A design
question is no linear program: the change of one billion yen is not a thousand times that of one
million. `budget_slope` gives the slope of the linear relaxation, as an indication only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from kansoku.design.cases import ONE_BILLION_MJPY, Answers
from kansoku.design.columns import point_of
from kansoku.design.problem import Problem
from kansoku.design.programme.programme import Programme
from kansoku.design.root import tighten
from kansoku.design.solver import relaxation_of
from kansoku.design.terms import Floor
from kansoku.design.value.regret import A, Proven
from kansoku.design.valuing import Evaluator
from kansoku.errors import DesignError

Direction = Literal["looser", "tighter", "other"]
Q = TypeVar("Q", Problem, Programme)

ONE_POINT = 0.01
SMALL_STEP = 1e-4  # of the budget: well above the tolerances of linear programs


@dataclass(frozen=True)
class Price:
    """What a change of the question is worth.

    Attributes
    ----------
    label : str
    low, high : float
        Ends of the change of the best value: coverage for both kinds of questions.
    """

    label: str
    low: float
    high: float


def price(label: str, now: Proven, then: Proven, direction: Direction = "other") -> Price:
    """Return the interval in which the change of the best value lies.

    Parameters
    ----------
    label : str
    now, then : Portfolio or Plan
        Answers to the question and to the changed one, both maximised.
    direction : str
        'looser' where the changed question allows everything that the first one does, 'tighter'
        where the first one allows everything that the changed one does.

    Returns
    -------
    Price
    """
    low, high = then.objective - now.bound, then.bound - now.objective
    if direction == "looser":
        return Price(label, max(low, 0.0), max(high, 0.0))
    if direction == "tighter":
        return Price(label, min(low, 0.0), min(high, 0.0))
    return Price(label, low, high)


def asked_again(
    label: str, question: Q, now: A, solve: Callable[[Q], A], direction: Direction = "looser"
) -> tuple[Price, A]:
    """Solve a changed question and price the change.

    Parameters
    ----------
    label : str
    question : Problem or Programme
        The changed question.
    now : Portfolio or Plan
        The answer to the first one.
    solve : callable
        The changed question to its answer.
    direction : str

    Returns
    -------
    Price, answer
    """
    then = solve(question)
    return price(label, now, then, direction), then


def next_billion(answers: Answers) -> Price | None:
    """Return the price of one more billion yen, which a study has asked for; None if unanswered."""
    more = answers.next_billion.portfolio
    return (
        None if more is None else price("one more billion yen", answers.portfolio, more, "looser")
    )


def richer(programme: Programme, purse: str, year: int) -> Programme:
    """Return a programme with one billion yen more in a purse and fiscal year.

    Raises
    ------
    DesignError
        When there is no such purse or year.
    """
    purses = programme.purses
    if purse not in purses.names or year not in programme.years:
        raise DesignError(
            f"purse {purse}, FY{year}: not in the programme; purses are "
            f"{', '.join(purses.names)}, years {programme.years[0]} to {programme.years[-1]}"
        )
    budget = purses.budget_mjpy.copy()
    budget[purses.names.index(purse), programme.years.index(year)] += ONE_BILLION_MJPY
    return replace(programme, purses=replace(purses, budget_mjpy=budget))


def richer_in_proportion(programme: Programme, purse: str | None = None) -> Programme:
    """Return a programme with one billion yen more, in proportion to what the budgets hold.

    Parameters
    ----------
    programme : Programme
    purse : str, optional
        Whose years share it; all purses when omitted.

    Raises
    ------
    DesignError
        When there is no such purse, or no budget that is above 0 and finite.
    """
    purses = programme.purses
    if purse is not None and purse not in purses.names:
        raise DesignError(f"purse {purse}: not in the programme; it has {', '.join(purses.names)}")
    paying = np.array([purse in (None, name) for name in purses.names])
    share = np.where(paying[:, None], purses.budget_mjpy, 0.0)
    if not 0.0 < share.sum() < np.inf:
        raise DesignError(
            f"one more billion yen: the budgets hold {share.sum():g} million JPY, in proportion to "
            "which nothing can be shared; give them an amount"
        )
    budget = purses.budget_mjpy + ONE_BILLION_MJPY * share / share.sum()
    return replace(programme, purses=replace(purses, budget_mjpy=budget))


def less_of(question: Q, name: str, by: float = ONE_POINT) -> Q:
    """Return a question with every floor of one name lower, by a point unless told otherwise.

    Parameters
    ----------
    question : Problem or Programme
    name : str
        Of the coverage function, such as 'autonomy'.
    by : float
        0.01 is a point; negative for a higher floor.

    Raises
    ------
    DesignError
        When there is no floor of that name.
    """
    if isinstance(question, Problem):
        floors = tuple(
            Floor(one.term, max(one.at_least - by, 0.0)) if one.name == name else one
            for one in question.floors
        )
        _require_floor(name, [one.name for one in question.floors])
        return replace(question, floors=floors)
    aims = tuple(
        replace(aim, at_least=max(aim.at_least - by, 0.0))
        if aim.term.name == name and aim.at_least > 0
        else aim
        for aim in question.aims
    )
    _require_floor(name, [aim.term.name for aim in question.aims if aim.at_least > 0])
    return replace(question, aims=aims)


def _require_floor(name: str, floors: list[str]) -> None:
    if name not in floors:
        known = ", ".join(dict.fromkeys(floors)) or "none"
        raise DesignError(f"floor {name}: the question has none of that name; it has {known}")


def one_tier_more(question: Q, partner: str) -> Q:
    """Return a question in which all that is on offer from a partner comes one tier richer.

    Prices stay, and so does the worth of a tier: beyond the richest tier that anybody has put on
    offer a `Problem` knows of no more worth.

    Raises
    ------
    DesignError
        When there is no such partner.
    """
    if isinstance(question, Problem):
        p, richest = _partner(partner, question.partners), question.row_profile.shape[1]
        offered = question.arrangements
        tier = np.where(offered.partner == p, np.minimum(offered.tier + 1, richest), offered.tier)
        return replace(question, arrangements=replace(offered, tier=tier))
    sharing = question.sharing
    received = sharing.received.copy()
    p = _partner(partner, sharing.partners)
    brings = received[:, p] > 0
    received[brings, p] = np.minimum(received[brings, p] + 1, question.tiers)
    return replace(question, sharing=replace(sharing, received=received))


def _partner(name: str, partners: tuple[str, ...]) -> int:
    if name not in partners:
        raise DesignError(f"partner {name}: unknown; partners are {', '.join(partners) or 'none'}")
    return partners.index(name)


def budget_slope(problem: Problem) -> float:
    """Return the slope of the linear relaxation in the budget. [coverage fraction per million JPY]

    The dual of the budget row once cuts have closed the relaxation: what a little money more buys
    where sensors could be bought in part. An indication: no bound in either direction.

    Raises
    ------
    DesignError
        When cost is minimised or the budget is infinite, or the relaxation has no point.
    """
    budget_mjpy = problem.budget_mjpy
    if problem.minimises_cost or not 0.0 < budget_mjpy < np.inf:
        raise DesignError(
            f"budget_slope: needs coverage maximised within a finite budget, got {budget_mjpy} "
            "million JPY; price the change by asking again"
        )
    relaxation = relaxation_of(problem)
    start = relaxation.padded(point_of(problem, problem.nothing()))
    now = tighten(problem.exact, relaxation, Evaluator(problem).cuts_at, start, lambda _round: True)
    step_mjpy = SMALL_STEP * budget_mjpy
    relaxation.change_budget(budget_mjpy + step_mjpy)  # the cuts stay: a difference is a dual
    then = relaxation.solve(*relaxation.bounds)
    if now is None or then is None:
        raise DesignError(
            "budget_slope: floors and budget leave the relaxation without a point; lower a floor, "
            "or raise the budget"
        )
    return (then.score - now.score) / step_mjpy
