"""The answer to a design question, with what is proven about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kansoku.design.problem import BoolArray, Design, Problem

Status = Literal["gap_reached", "time_limit", "interrupted", "infeasible"]

HISTORY_STEP = 1e-4  # relative move of a bound that is worth a row in the history


@dataclass(frozen=True)
class Progress:
    """One moment of a search: what is reached, what is still possible."""

    seconds: float
    lower: float
    upper: float
    nodes: int
    cuts: int

    def moved_since(self, history: Sequence[Progress]) -> bool:
        """Whether either bound has moved enough to be worth a row in the history."""
        if not history:
            return True
        moved = max(abs(self.lower - history[-1].lower), abs(self.upper - history[-1].upper))
        return moved > HISTORY_STEP * max(abs(self.upper), 1e-12)


@dataclass(frozen=True)
class Effort:
    """How far a search goes, and what its answer depends on beside the question.

    Attributes
    ----------
    gap : float
        Stop when the proven relative gap is at most this.
    time_limit_s : float
        Stop after about this long with the best answer so far. [s]
    seed : int
        Seed of the random restarts; the same seed gives the same answer when the gap stops it.
    threads : int
        Of the linear algebra; the search itself is one thread.
    """

    gap: float
    time_limit_s: float
    seed: int = 0
    threads: int = 1


@dataclass(frozen=True)
class Portfolio:
    """The best design found and the proven bound on any other.

    Attributes
    ----------
    objective, bound : float
        Coverage fraction and an upper bound on it; or cost [million JPY] and a lower bound on it
        when cost is minimised.
    gap : float
        (bound - objective) / max(objective, 1e-12); (objective - bound) / objective for cost.
    coverage : tuple of float
        Exact coverage of each requirement, the objective's first.
    chosen, arrangements, sites : tuple of str
        Names in the order of the problem; arrangements include those in force.
    cost_mjpy : float
    proven : bool
        gap is at most the one asked for.
    history : tuple of Progress
        Bounds as they moved.
    """

    design: Design
    objective: float
    bound: float
    gap: float
    coverage: tuple[float, ...]
    chosen: tuple[str, ...]
    arrangements: tuple[str, ...]
    sites: tuple[str, ...]
    cost_mjpy: float
    seconds: float
    proven: bool
    status: Status
    nodes: int
    cuts: int
    seed: int
    threads: int
    history: tuple[Progress, ...]


def chosen_names(
    problem: Problem, design: Design
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the names of the candidates, arrangements (also those in force) and sites chosen."""
    signed = design.signed | problem.arrangements.in_force
    return (
        _named(problem.candidates.names, design.built),
        _named(problem.arrangements.names, signed),
        _named(problem.sites.names, problem.opened(design)),
    )


def _named(names: tuple[str, ...], chosen: BoolArray) -> tuple[str, ...]:
    return tuple(name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen)


def relative_gap(objective: float, bound: float) -> float:
    """Return the proven relative distance between an answer and its bound."""
    return abs(bound - objective) / max(abs(objective), 1e-12)
