"""Floors that nothing reaches: told by name before a search looks for what is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.programme import OURS, Aim, Programme, View
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]

NAMED = 5
"""Floors in a message."""

REACHED = 1e-9
"""Rounding that a floor forgives."""


def require_reachable(programme: Programme) -> None:
    """Refuse floors above what all sensors and arrangements together reach in their year.

    Whatever can be in service is, and all arrangements are in force, those that exclude each
    other too: no decision covers more.

    Raises
    ------
    DesignError
        One line for each of those that lack most, and the number of all others.
    """
    of = Consequences(programme)
    beyond = []
    for aim in programme.aims:
        if aim.at_least > 0.0:
            most = aim.term.value(at_most(of, aim.view)[:, aim.year])
            if most < aim.at_least - REACHED:
                name = aim.term.name if aim.view == OURS else aim.view.name
                said = _worded(programme, name, aim.year, aim.at_least, most)
                beyond.append((aim.at_least - most, said))
    if beyond:
        beyond.sort(key=lambda one: -one[0])
        rest = len(beyond) - NAMED
        more = [f"and {rest} more floors that nothing reaches"] if rest > 0 else []
        raise DesignError("\n".join([*(said for _, said in beyond[:NAMED]), *more]))


def without_idle_floors(programme: Programme, told: int = 0) -> Programme:
    """Return the programme without the aims that sensors which stand for good keep by themselves.

    Such an aim bounds no decision: coverage never falls when something is added. Aims of promises
    and of the objective stay, and the first `told`: they are told whatever they are worth.
    """
    of = Consequences(programme)
    asked = {promise.aim for promise in programme.promises}
    asked |= {aim for tail in programme.tails for aim in tail.aims}
    left = [
        number
        for number, aim in enumerate(programme.aims)
        if number < told or aim.worth > 0.0 or number in asked or not _kept_anyway(of, aim)
    ]
    number = {old: new for new, old in enumerate(left)}
    return replace(
        programme,
        aims=tuple(programme.aims[old] for old in left),
        promises=tuple(replace(one, aim=number[one.aim]) for one in programme.promises),
        tails=tuple(
            replace(tail, aims=tuple(number[aim] for aim in tail.aims)) for tail in programme.tails
        ),
    )


def _kept_anyway(of: Consequences, aim: Aim) -> bool:
    """Whether what stands and is never retired reaches a floor, nothing agreed with anyone."""
    options = of.programme.options
    nothing = of.nothing()
    alone = replace(nothing, in_force=np.zeros_like(nothing.in_force))
    stays = options.standing & ~options.retirable
    service = (stays[:, None] & (np.arange(of.years) < options.life_years[:, None])).astype(float)
    weights = of.weights(alone, of.programme.views.index(aim.view), service)
    return bool(aim.term.value(weights[:, aim.year]) >= aim.at_least)


def at_most(of: Consequences, view: View) -> FloatArray:
    """Return what rows count for if everything is ordered and agreed as early as can be, (J, T)."""
    programme = of.programme
    options, sharing, year = programme.options, programme.sharing, np.arange(of.years)
    possible = options.standing | (options.latest >= options.earliest)
    late = np.isin(np.arange(len(options)), view.late) * view.late_years
    begins = np.where(options.standing, 0, options.earliest + options.lead_years + late)
    last = np.where(options.standing, 0, options.latest + options.lead_years)
    service = possible[:, None] & (year >= begins[:, None])
    service &= year < (last + options.life_years)[:, None]
    early = sharing.in_force | (sharing.lead_years == 0)
    in_force = early[:, None] | (year >= sharing.lead_years[:, None])
    tasked = np.ones((len(options), len(sharing.partners), of.years), dtype=bool)
    nothing = of.nothing()
    everything = Decision(nothing.ordered, nothing.kept, in_force, tasked)
    return of.weights_in(everything, view, service.astype(float))


def _worded(programme: Programme, name: str, year: int, at_least: float, most: float) -> str:
    return (
        f"design.programme: {name} in FY{programme.years[year]}: at least {at_least:.4g} is asked "
        f"for, but all sensors and arrangements together reach {most:.4g}; lower the floor, let it "
        "begin in a later year, or add candidates"
    )
