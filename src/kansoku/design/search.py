"""Solve a design question: incumbents, root, tree, and an honest answer whenever it stops."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kansoku.design import infeasible
from kansoku.design.carried import Carried
from kansoku.design.coarse import coarse_of
from kansoku.design.columns import point_of
from kansoku.design.cuts import CutPool
from kansoku.design.incumbents import FLOORS_FIRST, PRICES, Builder
from kansoku.design.portfolio import Effort, Portfolio, Progress, Status, chosen_names, relative_gap
from kansoku.design.problem import Design, Problem
from kansoku.design.required import cost_step
from kansoku.design.root import add_from_pool, bounded_below, tighten, with_binding_cuts
from kansoku.design.solver import Relaxation, Relaxed
from kansoku.design.terms import Cut
from kansoku.design.together import together
from kansoku.design.tree import Tree
from kansoku.design.valuing import REACHED, Evaluator, Valued
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]

LOOKUPS_FOR_INCUMBENTS = 2e9  # cells x groups read before the tree starts, about 10 s at most
LOOKUPS_A_TERM = 20_000  # what calling a term costs beside its cells
SHAKES_FIRST = 2  # more cost the full frozen instance a second and found nothing
LEAD_SHARE = 0.1  # of the time, at most, for a design to begin with
TRADES_FIRST = 4  # where a floor binds
SHAKES_IN_VAIN = 3  # in a row, after which a sweep leaves them: its designs come from neighbours
TRADED = 0.3  # share of the shakes that trade cheap steps for a dear one
NODES_A_SHAKE = 5
REPORT_EVERY_S = 0.5
LP_ACCURACY = 1e-8  # relative

EXPLAIN = Effort(gap=1e-3, time_limit_s=20.0)
"""Of the searches that tell how far a floor can be met."""


def solve(
    problem: Problem,
    effort: Effort,
    progress: Callable[[Progress], None] | None = None,
    pool: CutPool | None = None,
    start: Design | None = None,
    known_bound: float | None = None,
) -> Portfolio:
    """Find the best design and prove how good it is.

    Parameters
    ----------
    problem : Problem
    effort : Effort
    progress : callable, optional
        Receives the bounds as they move.
    pool : CutPool, optional
        Cuts of earlier problems with the same cells, rows and credits; receives the new ones.
    start : Design, optional
        A design to begin with, for example the answer at a smaller budget.
    known_bound : float, optional
        A bound already proven for this problem, in the units of `Portfolio.bound`.

    Returns
    -------
    Portfolio

    Raises
    ------
    DesignError
        When a floor is out of reach, nothing is affordable, or time ends before any design meets
        the floors.
    """
    infeasible.check_affordable(problem)
    coarse = None if start else coarse_of(problem)
    if coarse is None:
        return search(problem, effort, progress, pool, start, known_bound)
    return _led_by(coarse, problem, effort, progress, pool, known_bound)


def _led_by(
    coarse: Problem,
    problem: Problem,
    effort: Effort,
    progress: Callable[[Progress], None] | None,
    pool: CutPool | None,
    known_bound: float | None,
) -> Portfolio:
    """Solve a sample of the cells first, and begin with its design."""
    began = time.perf_counter()
    sample = search(coarse, replace(effort, time_limit_s=LEAD_SHARE * effort.time_limit_s))
    interrupted, led_s = sample.status == "interrupted", time.perf_counter() - began
    left_s = 0.0 if interrupted else max(effort.time_limit_s - led_s, 0.0)
    rest = replace(effort, time_limit_s=left_s)
    found = search(problem, rest, progress, pool, sample.design, known_bound)
    status: Status = "interrupted" if interrupted and not found.proven else found.status
    history = tuple(replace(each, seconds=each.seconds + led_s) for each in found.history)
    return replace(found, seconds=found.seconds + led_s, status=status, history=history)


def search(
    problem: Problem,
    effort: Effort,
    progress: Callable[[Progress], None] | None = None,
    pool: CutPool | None = None,
    start: Design | None = None,
    known_bound: float | None = None,
    carried: Carried | None = None,
) -> Portfolio:
    """Solve as `solve` does, also where the budget buys nothing at all.

    `carried`, with a pool of its own, is what earlier searches of a sweep hand over.
    """
    # The products are small: waiting threads would cost more
    with threadpool_limits(effort.threads):
        return _Search(
            problem, effort, progress, carried or Carried(CutPool() if pool is None else pool)
        ).answer(start, known_bound)


class _Search:
    """One solve: clock, pool, evaluator, relaxation and tree."""

    def __init__(
        self,
        problem: Problem,
        effort: Effort,
        progress: Callable[[Progress], None] | None,
        carried: Carried,
    ) -> None:
        self._together = together(problem)
        self.problem, self.effort = self._together.problem, effort
        self._began = time.perf_counter()
        self._progress = progress
        self._reported_s = -REPORT_EVERY_S
        self._history: list[Progress] = []
        self._carried, self._pool = carried, carried.pool
        self._is_next = self.problem.exact and carried.holds(self.problem)
        self._shaken_in_vain = 0
        self._names = [r.name for r in self.problem.requirements]
        for requirement in self.problem.requirements:
            requirement.term.forget()
        self._builder = Builder(Evaluator(self.problem, self._keep_cut))
        self._chance = np.random.default_rng(effort.seed)
        self._cuts = 0
        self._interrupted = self._is_resumed = self._is_led = False
        self._bound = np.inf
        self._tree: Tree | None = None

    def answer(self, start: Design | None, known_bound: float | None = None) -> Portfolio:
        """Run to the gap, the time limit or an interrupt, and say what is proven."""
        try:
            self._bound = infeasible.attainable_score(
                self.problem, self._builder.evaluate, self._together.asked
            )
            self._is_resumed = known_bound is not None
            if known_bound is not None:
                sign = -1.0 if self.problem.minimises_cost else 1.0
                self._bound = min(self._bound, sign * known_bound)
            self._seek(start)
        except KeyboardInterrupt:
            self._interrupted = True
        return self._portfolio()

    def _seek(self, start: Design | None) -> None:
        """Look for designs and prove the best of them, unless the one to start with is proven."""
        if start:
            self._builder.evaluate.certified(self._builder.evaluate(start))
        if start is None or not self._done():
            if not self._taken_up:
                self._first_designs(start)
            self._prove()

    @property
    def _taken_up(self) -> bool:
        """Whether this search goes on where another one stopped: local search was done there."""
        return self._is_resumed and self._best is not None

    def _first_designs(self, start: Design | None) -> None:
        """Greedy and swaps, from nothing and from the design that was given."""
        work = self._work_left()
        afresh = [] if start and self._is_next else [self.problem.nothing()]
        for design in [*afresh, *([start] if start else [])]:
            self._builder.settled(design, work)
        self._is_led = self._is_next and start is not None and self._best is not None
        if self._best is None:
            self._refuse_hopeless_floors()
            self._builder.settled(self.problem.nothing(), work, prices=(FLOORS_FIRST,))
        bound_by_floor = self._builder.price > PRICES[0]
        if (bound_by_floor or not self.problem.exact) and not self.problem.minimises_cost:
            for _ in range(TRADES_FIRST):
                begin = self._best or self._builder.evaluate.nearest
                self._builder.traded(begin, self._chance, work) if begin else None
        self._report(force=True)

    def _refuse_hopeless_floors(self) -> None:
        """Refuse a floor out of the budget's reach: its own root tells long before a search does.

        Raises
        ------
        InfeasibleError
        """
        for floor in self.problem.requirements:
            alone = infeasible.floor_alone(self.problem, floor)
            if floor.at_least > 0 and bounded_below(alone, floor.at_least - REACHED, self._in_time):
                if floor is self._together.joint:
                    raise self._explained("gap_reached")
                within, whatever = _largest(alone)
                raise infeasible.out_of_budget(self.problem, floor, within, whatever)

    def _explained(self, status: Status) -> DesignError:
        """Return the error for a search that ended without a design, in terms of what was asked."""
        return infeasible.without_design(
            self._together.asked,
            status,
            self.effort.time_limit_s,
            lambda asked, start: search(asked, EXPLAIN, None, self._pool, start),
        )

    def _prove(self) -> None:
        """Tighten the root and search the tree."""
        relaxation = self._carried.relaxation(self.problem)
        add_from_pool(relaxation, self._pool, self._names)
        solved = self._root(relaxation)
        if solved is None:
            self._bound = -np.inf
            return
        work = self._work_left()
        if not (self._taken_up or self._is_led):
            self._led(solved, work)
            for _ in range(SHAKES_FIRST):
                if self._done() or not work():
                    break
                self._shake(solved, work)
        tree = self._tree_of(relaxation)
        tree.open(self._bound, *tree.fix_by_reduced_cost(solved, *relaxation.bounds))
        self._tree = tree  # once it holds its root: an interrupt must not find it empty
        tree.run(self._keep_going)

    def _tree_of(self, relaxation: Relaxation) -> Tree:
        problem = self.problem
        return Tree(
            relaxation,
            self._builder.evaluate,
            problem.exact,
            self.effort.gap,
            self._on_node,
            cost_step(problem) if problem.minimises_cost else 0.0,
            pseudocosts=self._carried.pseudocosts(len(relaxation.discrete)),
        )

    def _root(self, relaxation: Relaxation) -> Relaxed | None:
        if self._is_next:
            solved = with_binding_cuts(relaxation)
            self._bound = min(self._bound, solved.score) if solved else self._bound
            return solved

        def on_round(solved: Relaxed) -> bool:
            self._bound = min(self._bound, solved.score)
            return self._keep_going() and not self._done()

        begin = self._best.design if self._best else self.problem.nothing()
        point = relaxation.padded(point_of(self.problem, begin))
        evaluate = self._builder.evaluate
        return tighten(self.problem.exact, relaxation, evaluate.cuts_at, point, on_round)

    def _on_node(self, solved: Relaxed) -> bool:
        tree, in_vain = self._tree, self._is_led and self._shaken_in_vain >= SHAKES_IN_VAIN
        if tree is None or tree.nodes % NODES_A_SHAKE or in_vain:
            return False
        before = self._best_score()
        self._shake(solved, self._work_left())
        self._shaken_in_vain = 0 if self._best_score() > before else self._shaken_in_vain + 1
        return False

    def _shake(self, solved: Relaxed, work: Callable[[], bool]) -> None:
        """Look for a better design near the best one, or along the LP."""
        begin = self._best or self._builder.evaluate.nearest
        if begin is None:
            self._led(solved, work)
            return
        if self._chance.random() < TRADED and not self.problem.minimises_cost:
            self._builder.traded(begin, self._chance, work)
            return
        lead = self._columns_of_steps(solved) if self._chance.random() < 0.5 else None
        self._builder.shaken(begin, self._chance, lead, work)

    def _led(self, solved: Relaxed, work: Callable[[], bool]) -> None:
        """Build the design that the LP leads to, and improve it."""
        lead = self._columns_of_steps(solved) + 0.01
        self._builder.settled(self.problem.nothing(), work, lead)

    def _columns_of_steps(self, solved: Relaxed) -> FloatArray:
        candidates, sites = len(self.problem.candidates), len(self.problem.sites)
        signed = solved.point[candidates + sites :][: len(self.problem.arrangements)]
        return np.concatenate([solved.point[:candidates], signed])

    def _work_left(self) -> Callable[[], bool]:
        """Return a test that ends local search after a fixed amount of reading, or in time."""
        size = sum(r.term.work + LOOKUPS_A_TERM for r in self.problem.requirements)
        until = self._builder.evaluate.evaluations + int(LOOKUPS_FOR_INCUMBENTS / size) + 1
        return lambda: self._builder.evaluate.evaluations < until and self._in_time()

    @property
    def _best(self) -> Valued | None:
        return self._builder.evaluate.best

    def _keep_cut(self, requirement: int, cut: Cut) -> None:
        self._pool.add(self._names[requirement], cut)
        self._cuts += 1

    def _keep_going(self) -> bool:
        self._report()
        return self._in_time()

    def _in_time(self) -> bool:
        return time.perf_counter() - self._began < self.effort.time_limit_s

    def _proven_bound(self) -> float:
        """Return the bound on the score: the root's, or the tree's once it is tighter."""
        if self._tree is None:
            return max(self._bound, self._best.score if self._best else -np.inf)
        bound, score = min(self._bound, self._tree.bound), self._best_score()
        if self._tree.finished and bound - score <= LP_ACCURACY * abs(score):
            return score  # every design is accounted for; what is left is rounding in the LPs
        return bound

    def _best_score(self) -> float:
        return self._best.score if self._best else -np.inf

    def _done(self) -> bool:
        """Whether the gap is reached."""
        score = self._best_score()
        return score > -np.inf and relative_gap(score, self._proven_bound()) <= self.effort.gap

    def _report(self, force: bool = False) -> None:
        """Note the bounds in the history when they moved; tell the caller now and then.

        The history depends on the moves alone, not on the clock, so that a run repeats.
        """
        now = time.perf_counter() - self._began
        sign = -1.0 if self.problem.minimises_cost else 1.0
        ends = sorted((sign * self._best_score(), sign * self._proven_bound()))
        nodes = self._tree.nodes if self._tree else 0
        moment = Progress(now, ends[0], ends[1], nodes, self._cuts)
        if self._best and (force or moment.moved_since(self._history)):
            self._history.append(moment)
        if self._progress and (force or now - self._reported_s >= REPORT_EVERY_S):
            self._reported_s = now
            self._progress(moment)

    def _portfolio(self) -> Portfolio:
        score, bound = self._best_score(), self._proven_bound()
        if self._best is None:
            raise self._explained(self._stopped_by(proven=bound == -np.inf))
        self._report(force=True)
        gap = relative_gap(score, bound)
        proven = gap <= self.effort.gap
        design, problem = self._best.design, self.problem
        chosen, arrangements, sites = chosen_names(problem, design)
        coverage = self._together.coverage(design, self._best.attained)
        sign = -1.0 if problem.minimises_cost else 1.0
        return Portfolio(
            design=design,
            objective=sign * score,
            bound=sign * bound,
            gap=gap,
            coverage=tuple(float(c) for c in coverage),
            chosen=chosen,
            arrangements=arrangements,
            sites=sites,
            cost_mjpy=self._best.cost_mjpy,
            seconds=time.perf_counter() - self._began,
            proven=proven,
            status=self._stopped_by(proven),
            nodes=self._tree.nodes if self._tree else 0,
            cuts=self._cuts,
            seed=self.effort.seed,
            threads=self.effort.threads,
            history=tuple(self._history),
        )

    def _stopped_by(self, proven: bool) -> Status:
        """Return what ended the search."""
        if proven:
            return "gap_reached"
        return "interrupted" if self._interrupted else "time_limit"


def _largest(alone: Problem) -> tuple[float, float]:
    """Return a proven bound on a requirement alone within the budget, and its value without one."""
    within = search(alone, EXPLAIN)
    return within.bound, alone.objective.value(alone.row_weights(alone.everything()))
