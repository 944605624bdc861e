"""Any two losses at once: floors are added for the pairs that a plan breaks, and it is made anew.

A hundred losses make five thousand pairs, and few of them ever bind. Every plan is put through all
of them; the worst become aims, and the search goes on from that plan. Each question on the way asks
for less than the last one, so its bound holds for that too.

Most pairs need not be looked at. Coverage of a cell is concave in its tracks, so what the second
loss takes after the first is never more than what the same tracks would bring to an empty network,
and that is bounded by the slopes of coverage where there is nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from kansoku.design.infeasible import OutOfTimeError
from kansoku.design.portfolio import Effort, Progress, relative_gap
from kansoku.design.programme import search
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.decision import Consequences, Decision
from kansoku.design.programme.programme import Lost, Pairs, Programme, View, floor_after
from kansoku.design.programme.reach import at_most
from kansoku.design.programme.valuing import Evaluator
from kansoku.design.terms import Count, Distinct, Term
from kansoku.design.terms.count import ROW_UNIT, rounded
from kansoku.design.terms.fewersources import begun
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]

REACHED = 1e-9
ADDED = 12  # pairs a round
LOOSE = 4.0  # times the gap asked for, until no plan breaks a pair
NAMED = 5  # pairs in a message


@dataclass(frozen=True)
class AfterTwo:
    """What is left in a year after two losses at once; `first` and `second` are their numbers."""

    first: int
    second: int
    year: int
    left: float


def solve(
    programme: Programme,
    effort: Effort,
    progress: Callable[[Progress], None] | None = None,
    told: Callable[[int, float], None] | None = None,
    start: Decision | None = None,
) -> tuple[Programme, Plan]:
    """Find the best decision that keeps its floor after any two losses, and prove how good it is.

    Parameters
    ----------
    programme : Programme
        With or without `pairs`.
    effort : Effort
        Its time is for all rounds together.
    progress : callable, optional
        Receives the bounds of each round as they move.
    told : callable, optional
        Receives the number of pairs that a plan breaks, and what is left after the worst of them.
    start : Decision, optional
        A decision to begin with; every round does where it keeps all pairs.

    Returns
    -------
    programme : Programme
        With an aim for each pair that had to be asked for.
    plan : Plan
        Its bound is that of the question with all pairs.

    Raises
    ------
    DesignError
        When a pair leaves too little whatever is ordered and signed, when no decision keeps every
        floor, or time ends before one that does is found.
    """
    if programme.pairs is None:
        return programme, search.solve(programme, effort, progress, start)
    require_reachable(programme, programme.pairs)
    return _Rounds(programme, programme.pairs, effort, progress, told, start).answer()


class _Rounds:
    """One question, asked again with more pairs."""

    def __init__(
        self,
        programme: Programme,
        pairs: Pairs,
        effort: Effort,
        progress: Callable[[Progress], None] | None,
        told: Callable[[int, float], None] | None,
        start: Decision | None,
    ) -> None:
        self.asked, self.pairs, self.effort = programme, pairs, effort
        self._progress, self._told = progress, told
        self._began = time.perf_counter()
        self._bound = np.inf
        self._kept: Plan | None = None  # the best plan that breaks no pair
        self._start = start
        self._has_answer = start is not None and kept(programme, start)
        self._interrupted = False

    def answer(self) -> tuple[Programme, Plan]:
        gap, is_done = LOOSE * self.effort.gap, False
        while not is_done:
            plan = self._solved(gap)
            is_done = plan is None or self._took(plan)
            gap = gap if self._kept is None else self.effort.gap
        if self._kept is None and self._has_answer:
            self._kept = self._solved(gap)  # time is over: what was given is all there is
        if self._kept is None:
            raise self._unanswered()
        return self.asked, self._concluded(self._kept)

    def _unanswered(self) -> OutOfTimeError:
        floor = f"leaves {self.pairs.at_least:g} after any two losses"
        if self._interrupted:
            return OutOfTimeError(
                f"interrupted before a decision was found that {floor}; let it run on, or lower "
                "design.programme.stress.keep_min_pair"
            )
        return OutOfTimeError(
            f"no decision that {floor} was found in {self.effort.time_limit_s:g} s; raise "
            "design.time_limit_s, or lower design.programme.stress.keep_min_pair"
        )

    def _solved(self, gap: float) -> Plan | None:
        """Solve with the pairs that are asked for by now; None where time ends without a plan."""
        effort = replace(self.effort, gap=gap, time_limit_s=max(self._left_s(), 0.0))
        try:
            plan = search.solve(self.asked, effort, self._progress, self._start)
        except OutOfTimeError:
            return None
        self._bound = min(self._bound, plan.bound)
        return plan

    def _took(self, plan: Plan) -> bool:
        """Keep a plan, or ask for the pairs that it breaks; True when nothing is left to do."""
        if not self._has_answer:
            self._start = plan.decision
        every = of_decision(self.asked, self.pairs, plan.decision)
        broken = [one for one in every if one.left < self.pairs.at_least - REACHED]
        if broken:
            if self._told:
                self._told(len(broken), broken[0].left)
            self.asked = _with_floors(self.asked, self.pairs, broken[:ADDED])
        elif self._kept is None or plan.objective > self._kept.objective:
            self._kept = plan
        is_close = self._kept is not None and self._gap(self._kept) <= self.effort.gap
        self._interrupted = plan.status == "interrupted"
        return self._interrupted or self._left_s() <= 0.0 or is_close

    def _gap(self, plan: Plan) -> float:
        return relative_gap(plan.objective, self._bound)

    def _left_s(self) -> float:
        return self.effort.time_limit_s - (time.perf_counter() - self._began)

    def _concluded(self, plan: Plan) -> Plan:
        """Return a plan with the coverage of all aims, and what all rounds together prove."""
        gap = self._gap(plan)
        status = plan.status if plan.status == "interrupted" else "time_limit"
        proven = gap <= self.effort.gap
        return replace(
            plan,
            coverage=Evaluator(self.asked)(plan.decision).coverage,
            bound=self._bound,
            gap=gap,
            proven=proven,
            status="gap_reached" if proven else status,
            seconds=time.perf_counter() - self._began,
        )


def _with_floors(programme: Programme, pairs: Pairs, broken: list[AfterTwo]) -> Programme:
    aims = [
        floor_after(_both(pairs, one.first, one.second), pairs.term, one.year, pairs.at_least)
        for one in broken
    ]
    return replace(programme, aims=(*programme.aims, *aims))


def _both(pairs: Pairs, first: int, second: int) -> Lost:
    return pairs.losses[first].with_another(pairs.losses[second])


def require_reachable(programme: Programme, pairs: Pairs) -> None:
    """Refuse pairs after which too little is left whatever is ordered and signed.

    Raises
    ------
    DesignError
        One line for each of the worst.
    """
    of = Consequences(programme)
    every = after_two(pairs, lambda view: at_most(of, view))
    beyond = [one for one in every if one.left < pairs.at_least - REACHED]
    if beyond:
        lines = [
            f"design.programme.stress.keep_min_pair: {pairs.at_least:g} must be left in "
            f"FY{programme.years[one.year]} without {_both(pairs, one.first, one.second).name}, "
            f"but all other sensors and arrangements together reach {one.left:.4g}"
            for one in beyond[:NAMED]
        ]
        more = f"; {len(beyond) - NAMED} more pairs as well" if len(beyond) > NAMED else ""
        raise DesignError(
            "\n".join(lines) + f"{more}; lower it, name fewer kinds, or add candidates"
        )


def of_decision(programme: Programme, pairs: Pairs, decision: Decision) -> list[AfterTwo]:
    """Return what a decision leaves after two losses, the worst first.

    All pairs that leave less than is asked for are there, and the worst pair of each year.
    """
    of = Consequences(programme)
    return after_two(pairs, lambda view: of.weights_in(decision, view))


def kept(programme: Programme, decision: Decision) -> bool:
    """Whether a decision leaves enough after any two losses; True where that is not asked for."""
    if programme.pairs is None:
        return True
    every = of_decision(programme, programme.pairs, decision)
    return all(one.left >= programme.pairs.at_least - REACHED for one in every)


def after_two(pairs: Pairs, weigh: Callable[[View], FloatArray]) -> list[AfterTwo]:
    """Return what is left after two losses, the worst first; pairs that surely leave more are out.

    Parameters
    ----------
    pairs : Pairs
    weigh : callable
        A view to what rows count in it, (J, T).

    Returns
    -------
    list of AfterTwo
        All pairs that leave less than `at_least`, and the worst pair of each year, with those that
        had to be looked at for it.
    """
    seen = _Weighed(pairs, weigh)
    found = [one for year in pairs.years for one in _of_year(pairs, seen, year)]
    return sorted(found, key=lambda one: (one.left, one.year, one.first, one.second))


def _of_year(pairs: Pairs, seen: _Weighed, year: int) -> list[AfterTwo]:
    value = _valuer(pairs.term, seen.whole[:, year])
    alone = [value(seen.after(e)[:, year]) for e in range(len(pairs.losses))]
    empty = pairs.term.cuts(np.zeros(len(seen.whole)))[0]

    def at_least(e: int, f: int) -> float:
        """What is left after both, bounded from below by each loss with what the other takes."""
        both = seen.after_both(e, f)[:, year]
        taken = (empty.at(seen.after(one)[:, year] - both) - empty.value for one in (e, f))
        return max(alone[one] - most for one, most in zip((e, f), taken, strict=True))

    bounds = sorted((at_least(e, f), e, f) for e, f in combinations(range(len(alone)), 2))
    found: list[AfterTwo] = []
    worst = np.inf
    for bound, e, f in bounds:
        if bound >= max(pairs.at_least, worst):
            break
        found.append(AfterTwo(e, f, year, value(seen.after_both(e, f)[:, year])))
        worst = min(worst, found[-1].left)
    return found


def _valuer(term: Term, whole: FloatArray) -> Callable[[FloatArray], float]:
    """Return the coverage of a term at row weights that are nowhere above those of a network."""
    return begun(term, whole).value if isinstance(term, (Count, Distinct)) else term.value


class _Weighed:
    """What rows count, with nothing lost and after each loss."""

    def __init__(self, pairs: Pairs, weigh: Callable[[View], FloatArray]) -> None:
        self._losses, self._weigh = pairs.losses, weigh
        self._known: dict[tuple[object, ...], FloatArray] = {}
        self.whole = self._in_view(View("whole"))

    def after(self, e: int) -> FloatArray:
        """Return what rows count after one loss, (J, T)."""
        return self._left(self._losses[e])

    def after_both(self, e: int, f: int) -> FloatArray:
        """Return what rows count after two losses, (J, T)."""
        return self._left(self._losses[e].with_another(self._losses[f]))

    def _left(self, loss: Lost) -> FloatArray:
        left = self._in_view(loss.view).copy()
        left[list(loss.rows)] = 0.0
        return left

    def _in_view(self, view: View) -> FloatArray:
        key = view.void, view.late, view.late_years
        if key not in self._known:
            # as counts see them: else a bound could be off by what they round away
            self._known[key] = rounded(self._weigh(view)) / ROW_UNIT
        return self._known[key]
