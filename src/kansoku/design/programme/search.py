"""Solve a programme: root relaxation, decisions at its prices, and a tree until the gap is closed.

The relaxation comes first here, for local search lives by its prices; a programme of ten years and
a hundred sensors has its root in seconds, as every evaluation bounds all years.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.design.branching import CHEAPEST, Pseudocosts, Trials
from kansoku.design.infeasible import InfeasibleError, OutOfTimeError
from kansoku.design.portfolio import Effort, Progress, Status, relative_gap
from kansoku.design.programme.answer import Plan
from kansoku.design.programme.building import Builder, Prices, Step, order_classes
from kansoku.design.programme.coarse import coarse_of
from kansoku.design.programme.columns import Columns, relaxation_of
from kansoku.design.programme.decision import Decision
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.rounding import Rounder
from kansoku.design.programme.sooner import sooner
from kansoku.design.programme.valuing import Evaluator, Valued
from kansoku.design.root import tighten
from kansoku.design.search import LP_ACCURACY, REPORT_EVERY_S
from kansoku.design.solver import Relaxation, Relaxed
from kansoku.design.tree import Tree
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

SHAKES_FIRST = 4
LOOKUPS_FIRST = 2e9  # read by local search before the tree, about 10 s at most
LOOKUPS_A_SHAKE = 4e8
NODES_A_SHAKE = 10
ROUNDINGS, ROUNDINGS_UNTIL_FOUND = 4, 12  # in a row, while they help
DRAWN_FIRST = 12
IMPROVED_FIRST = 3
DRAWN, LED = 0.4, 0.7  # shares of tries drawn afresh, and of those or led by the LP
TRIED, RELIABLE = 6, 4
BY_YEAR = 0.3  # what a binary of one year costs beside a count over the years
COLUMNS_AN_ITERATION = 4  # fewer steps than that tell nothing about large masters


def solve(
    programme: Programme,
    effort: Effort,
    progress: Callable[[Progress], None] | None = None,
    start: Decision | None = None,
) -> Plan:
    """Find the best decision and prove how good it is.

    Parameters
    ----------
    programme : Programme
    effort : Effort
    progress : callable, optional
        Receives the bounds as they move.
    start : Decision, optional
        A decision to begin with.

    Returns
    -------
    Plan

    Raises
    ------
    DesignError
        When no decision keeps every limit and floor, or time ends before one is found.
    """
    with threadpool_limits(effort.threads):
        return _Search(programme, effort, progress).answer(start)


class _Search:
    """One solve: clock, evaluator, relaxation and tree."""

    def __init__(
        self,
        programme: Programme,
        effort: Effort,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.programme, self.effort = programme, effort
        self._progress = progress
        self._began = time.perf_counter()
        self._reported_s = -REPORT_EVERY_S
        self._evaluate = self._sketch = Evaluator(programme)
        if (coarse := coarse_of(programme)) is not programme:
            self._sketch = Evaluator(coarse)
        self._least = self._evaluate.consequences.least()
        self._chance = np.random.default_rng(effort.seed)
        self._history: list[Progress] = []
        self._bound = np.inf
        self._interrupted = False
        self._tree: Tree | None = None
        self._repaired: Valued | None = None
        self._rest, self._round_at = NODES_A_SHAKE, 0  # nodes until a point is rounded again
        self._relaxation, self._columns = relaxation_of(programme)
        self._rounder = Rounder(self._relaxation, self._columns, self._evaluate, effort.gap)

    def answer(self, start: Decision | None) -> Plan:
        """Run to the gap, the time limit or an interrupt, and say what is proven."""
        try:
            self._seek(start or self._least)
        except KeyboardInterrupt:
            self._interrupted = True
        return self._plan()

    def _seek(self, begin: Decision) -> None:
        self._evaluate(begin)
        solved = self._root(begin)
        if solved is None:
            self._bound = -np.inf
            return
        self._builder = Builder(self._sketch, _prices(self._relaxation, self._columns))
        self._first_decisions(solved, begin)
        if not self._done():
            self._prove()

    def _root(self, begin: Decision) -> Relaxed | None:
        def on_round(solved: Relaxed) -> bool:
            self._bound = min(self._bound, solved.score)
            return self._keep_going()

        cuts_at = self._evaluate.cuts_at
        return tighten(True, self._relaxation, cuts_at, self._point_of(begin), on_round)

    def _point_of(self, decision: Decision) -> FloatArray:
        """Return the point of a decision, or of no choice at all where it is not allowed."""
        relaxation, at = self._relaxation, self._columns.binaries_of(decision)
        for aim, found in enumerate(self._evaluate(decision).cuts):
            relaxation.add(aim, found[0])
        solved = relaxation.solve(at, at)
        return np.zeros(len(relaxation.lower)) if solved is None else solved.point

    def _first_decisions(self, solved: Relaxed, begin: Decision) -> None:
        """Round the relaxation; where that is not enough, draw along it, improve and shake."""
        self._round(solved)
        found = self._evaluate.best is not None
        lead = self._lead(solved)
        work = self._work_left(LOOKUPS_A_SHAKE if found else LOOKUPS_FIRST)
        drawn = [self._builder.fill(begin)] if work() and not found else []
        for _ in range(DRAWN_FIRST):
            if work() and not found:
                drawn.append(self._builder.drawn(begin, lead, self._chance))
        for each in sorted(drawn, key=self._builder.merit, reverse=True)[:IMPROVED_FIRST]:
            self._evaluate(self._builder.improved(each, work).decision)
        for _ in range(SHAKES_FIRST):
            if work():
                self._shake(solved, work)
        self._report()

    def _round(self, solved: Relaxed | None) -> None:
        """Look for whole decisions near the relaxation, as long as that helps."""
        for _ in range(ROUNDINGS if self._evaluate.best else ROUNDINGS_UNTIL_FOUND):
            before = self._score()
            if solved is None or self._done() or not self._in_time():
                return
            if not self._rounded(solved) or (before > -np.inf and self._score() <= before):
                return
            solved = self._relaxation.solve(*self._relaxation.bounds)

    def _rounded(self, solved: Relaxed) -> bool:
        before = self._score()
        found = self._rounder.round(solved, self._left_s())
        self._repair()
        if self._evaluate.best and self._score() > before:
            filled = self._builder.fill(self._evaluate.best.decision)
            self._evaluate(filled.decision)
            sooner(self._evaluate, self._evaluate.best, self._in_time)
        self._report()
        return found

    def _repair(self) -> None:
        """While nothing keeps all floors: search near what comes nearest to that, once each."""
        nearest = self._evaluate.nearest
        if self._evaluate.best or nearest is None or nearest is self._repaired:
            return
        near, work = self._sketch(nearest.decision), self._work_left(LOOKUPS_A_SHAKE)
        found = self._evaluate(self._builder.improved(near, work).decision)
        self._repaired = self._evaluate.nearest
        for aim, of_one in enumerate(found.cuts):
            self._relaxation.add(aim, of_one[0])

    def _prove(self) -> None:
        """Search the tree."""
        counts = counts_of_orders(self.programme)
        self._relaxation.count_together([group for group, _ in counts])
        solved = self._relaxation.solve(*self._relaxation.bounds)
        if solved is None:
            return
        prior = np.append(self._prior_of_binaries(), [weight for _, weight in counts])
        tree = Tree(
            self._relaxation,
            self._evaluate,
            True,
            self.effort.gap,
            self._on_node,
            pseudocosts=Pseudocosts(len(prior), prior),
            trials=Trials(TRIED, self._columns.total // COLUMNS_AN_ITERATION, RELIABLE),
        )
        tree.open(self._bound, *tree.fix_by_reduced_cost(solved, *self._relaxation.bounds))
        self._tree = tree
        tree.run(self._keep_going)

    def _prior_of_binaries(self) -> FloatArray:
        """Return what a unit of each binary is taken to cost before any was branched on."""
        capex = self.programme.options.payments_mjpy.sum(axis=1)
        prior = np.full(self._columns.binaries, float(np.median(capex)) if len(capex) else 1.0)
        prior[: len(self._columns.orders)] = [capex[i] for i, _ in self._columns.orders]
        return np.asarray(np.maximum(prior, CHEAPEST) * BY_YEAR, dtype=float)

    def _on_node(self, solved: Relaxed) -> bool:
        """Look for a better decision now and then; round less often where that is in vain."""
        nodes = 0 if self._tree is None else self._tree.nodes
        if nodes % NODES_A_SHAKE:
            return False
        is_due, before = nodes >= self._round_at, self._score()
        if is_due:
            self._rounded(solved)
            self._rest = NODES_A_SHAKE if self._score() > before else 2 * self._rest
            self._round_at = nodes + self._rest
        if self._score() <= before:
            self._shake(solved, self._work_left(LOOKUPS_A_SHAKE))
        return is_due

    def _shake(self, solved: Relaxed, keep_going: Callable[[], bool]) -> None:
        """Look for a better decision near the best one, or along the LP."""
        begin = self._evaluate.best or self._evaluate.nearest
        if begin is not None:
            self._evaluate(self._tried(solved, begin.decision, keep_going).decision)

    def _tried(self, solved: Relaxed, begin: Decision, keep_going: Callable[[], bool]) -> Valued:
        """Return a decision drawn along the LP, or found near one."""
        lead, kind = self._lead(solved), self._chance.random()
        if kind < DRAWN:
            drawn = self._builder.drawn(self._least, lead, self._chance)
            return self._builder.improved(drawn, keep_going)
        near = self._sketch(begin)
        return self._builder.shaken(near, self._chance, lead if kind < LED else None, keep_going)

    def _lead(self, solved: Relaxed) -> Callable[[Step], float]:
        """Return how far the relaxation takes each step."""
        columns = self._columns
        orders = dict(zip(columns.orders, solved.point.tolist(), strict=False))
        in_force = columns.of_arrangements(solved.point)

        def lead(step: Step) -> float:
            if step.kind == "order":
                return float(orders[step.index, step.year])
            return float(in_force[step.index, step.year])

        return lead

    def _work_left(self, lookups: float) -> Callable[[], bool]:
        """Return a test that ends local search after a fixed amount of reading, or in time.

        By reading, not by the clock: the same seed gives the same answer.
        """
        size = self._sketch.assessment.work
        until = self._sketch.evaluations + int(lookups / size) + 1

        def work_left() -> bool:
            return self._sketch.evaluations < until and self._in_time() and not self._done()

        return work_left

    def _keep_going(self) -> bool:
        self._report()
        return self._in_time()

    def _in_time(self) -> bool:
        return self._left_s() > 0.0

    def _left_s(self) -> float:
        return self.effort.time_limit_s - (time.perf_counter() - self._began)

    def _score(self) -> float:
        return self._evaluate.best.score if self._evaluate.best else -np.inf

    def _proven_bound(self) -> float:
        """Return the bound on the score: the root's, or the tree's once it is tighter."""
        if self._tree is None:
            return max(self._bound, self._score())
        bound, score = min(self._bound, self._tree.bound), self._score()
        if self._tree.finished and bound - score <= LP_ACCURACY * abs(score):
            return score  # every decision is accounted for; what is left is rounding in the LPs
        return bound

    def _done(self) -> bool:
        score = self._score()
        return score > -np.inf and relative_gap(score, self._proven_bound()) <= self.effort.gap

    def _report(self) -> None:
        """Note the bounds when they moved; tell the caller now and then."""
        now = time.perf_counter() - self._began
        nodes = self._tree.nodes if self._tree else 0
        cuts = self._evaluate.evaluations
        moment = Progress(now, self._score(), self._proven_bound(), nodes, cuts)
        if self._evaluate.best and moment.moved_since(self._history):
            self._history.append(moment)
        if self._progress and now - self._reported_s >= REPORT_EVERY_S:
            self._reported_s = now
            self._progress(moment)

    def _plan(self) -> Plan:
        best, bound = self._evaluate.best, self._proven_bound()
        if best is None:
            raise self._without_decision(bound)
        self._report()
        gap = relative_gap(best.score, bound)
        consequences = self._evaluate.consequences
        spent = consequences.spent_mjpy(best.decision)
        proven = gap <= self.effort.gap
        return Plan(
            decision=best.decision,
            objective=best.score,
            bound=bound,
            gap=gap,
            coverage=best.coverage,
            spent_mjpy=spent,
            carried_mjpy=consequences.carried_mjpy(spent),
            seconds=time.perf_counter() - self._began,
            proven=proven,
            status=self._stopped_by(proven),
            nodes=self._tree.nodes if self._tree else 0,
            cuts=self._evaluate.evaluations,
            seed=self.effort.seed,
            history=tuple(self._history),
        )

    def _stopped_by(self, proven: bool) -> Status:
        if proven:
            return "gap_reached"
        return "interrupted" if self._interrupted else "time_limit"

    def _without_decision(self, bound: float) -> DesignError:
        if bound == -np.inf or (self._tree is not None and self._tree.finished):
            return InfeasibleError(
                "no decision keeps every limit, floor and promise of the programme at once; "
                "lower a floor, widen a share of `suppliers` or raise a purse; leaving them out "
                "one by one tells which it takes"
            )
        return OutOfTimeError(
            f"no decision that keeps every floor was found in {self.effort.time_limit_s:g} s; "
            "raise design.time_limit_s, or lower a floor"
        )


def _prices(relaxation: Relaxation, columns: Columns) -> Prices:
    """Return what steps take of the limits, at the duals of the last solution."""
    by_column = np.maximum(relaxation.prices(), 0.0)
    orders = dict(zip(columns.orders, by_column.tolist(), strict=False))
    return Prices(orders, columns.of_arrangements(by_column))


def counts_of_orders(programme: Programme) -> list[tuple[IndexArray, float]]:
    """Return groups of orders whose number is whole, with what a unit is taken to cost.

    Whether a sensor is ever ordered, and how many of each class of cost are ordered by each year:
    both move the bound more than whether one sensor is ordered in one year, for the relaxation
    only moves to the next year, and from one radar to another that does the same.
    """
    orders = programme.orders()
    sensor, year = np.array(orders, dtype=int).reshape(-1, 2).T
    capex = np.maximum(programme.options.payments_mjpy.sum(axis=1), CHEAPEST)
    ever = [(np.flatnonzero(sensor == i), float(capex[i])) for i in sorted(set(sensor))]
    by_year = [
        (np.sort(one[year[one] <= t]), float(capex[sensor[one]].mean()))
        for one in order_classes(programme)
        for t in sorted(set(year[one]))
    ]
    return [(group, cost) for group, cost in (*ever, *by_year) if len(group) > 1]
