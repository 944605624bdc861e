"""Good designs fast: greedy by gain per cost, drop-and-refill swaps, and greedy led by the LP.

A step is a candidate to build or an arrangement to sign. Its gain is read from the slopes of one
evaluation: at a binary point they are what one more track adds, so the gain is exact for plain
coverage and an upper estimate where a sensor brings several tracks to a cell. Every design that
is returned has been evaluated.

Floors are priced: while one does not hold, a point that it misses counts as `price` points of the
objective, and the price rises until all hold. Paying for the floors first and for the objective
with what is left finds designs that hold them, but poor ones: on the demo study with an autonomy
floor of 0.74 it reached 0.63, where priced floors reach 0.81.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from kansoku.design.problem import Design
from kansoku.design.terms.count import ROW_UNIT
from kansoku.design.valuing import MONEY, REACHED, Evaluator, Valued

FloatArray = npt.NDArray[np.float64]

PRICES = (1.0, 4.0, 16.0)  # of missing on a floor, in units of the objective
FLOORS_FIRST = np.inf
REVISIONS = 5
OVERRATED = 1e-3  # share by which an estimate may lie above what an evaluation finds
TRADES = 6  # dear steps looked at together


class Builder:
    """Builds designs step by step; a step is a candidate (0..I-1) or an arrangement (I..).

    Attributes
    ----------
    price : float
        Merit lost for each unit missing on a floor; `FLOORS_FIRST`: nothing makes up for it.
    """

    def __init__(self, evaluate: Evaluator) -> None:
        self.evaluate = evaluate
        self.problem = evaluate.problem
        self.price = FLOORS_FIRST
        self._options = self.problem.arrangements
        self._fees = self.problem.arrangement_prices()
        self._at_least = np.array([r.aimed_at for r in self.problem.requirements])

    def settled(
        self,
        design: Design,
        keep_going: Callable[[], bool],
        preference: FloatArray | None = None,
        banned: int | None = None,
        prices: tuple[float, ...] = PRICES,
    ) -> Valued:
        """Fill and improve a design at rising prices of the floors, until all of them hold.

        Parameters
        ----------
        design : Design
            Where to start.
        keep_going : callable
            False ends it with the design in hand.
        preference, banned
            As in `fill`.
        prices : tuple of float
            Tried one after the other; where cost is the objective, floors come first instead.

        Returns
        -------
        Valued
            May miss a floor; `evaluate.best` never does.
        """
        for price in (FLOORS_FIRST,) if self.problem.minimises_cost else prices:
            self.price = price
            valued = self.improved(self.fill(design, preference, banned), keep_going)
            valued = self._revised(valued, keep_going)
            if valued.feasible or not keep_going():
                break
            design = valued.design
        return valued

    def _revised(self, valued: Valued, keep_going: Callable[[], bool]) -> Valued:
        """Certify a design; where it was overrated, improve it by what is now known."""
        for _ in range(REVISIONS):
            sure = self.evaluate.certified(valued)
            overrated = float(valued.coverage[0] - sure.coverage[0])
            if overrated <= OVERRATED * float(sure.coverage[0]) or not keep_going():
                break
            valued = self.improved(self.fill(valued.design), keep_going)
        return sure

    def fill(
        self, design: Design, preference: FloatArray | None = None, banned: int | None = None
    ) -> Valued:
        """Add the step with the most preferred gain per cost until none helps or fits.

        Parameters
        ----------
        design : Design
            Where to start.
        preference : (I + R,) array, optional
            Factor on the gain of each step, for example the LP solution.
        banned : int, optional
            A step that may not be taken.
        """
        while True:
            valued = self.evaluate(design)
            step = self._best_step(valued, preference, banned)
            if step is None:
                return valued
            design = self.taken(design, step)

    def improved(self, valued: Valued, keep_going: Callable[[], bool]) -> Valued:
        """Drop each step in turn and refill, until no drop leads to a better design."""
        progress = True
        while progress and keep_going():
            progress = False
            for step in self._droppable(valued.design):
                if not keep_going():
                    return valued
                trial = self.fill(self._dropped(valued.design, step), banned=step)
                if self._better(trial, valued):
                    valued, progress = trial, True
                    break
        return valued

    def shaken(
        self,
        valued: Valued,
        chance: np.random.Generator,
        lead: FloatArray | None,
        keep_going: Callable[[], bool],
    ) -> Valued:
        """Drop two to four steps at random, refill with a random bias, and settle the result.

        Parameters
        ----------
        valued : Valued
            Where to start.
        chance : numpy.random.Generator
        lead : (I + R,) array, optional
            LP solution that leads the refill.
        keep_going : callable
        """
        steps = list(self._droppable(valued.design))
        count = min(len(steps), int(chance.integers(2, 5)))
        design = valued.design
        dropped = [steps[k] for k in chance.choice(len(steps), count, replace=False)]
        for step in dropped:
            design = self._dropped(design, step)
        bias = chance.uniform(0.6, 1.4, self._steps)
        preference = bias if lead is None else bias * (lead + 0.1)
        banned = dropped[0] if dropped else None
        price = float(chance.choice(PRICES))
        return self.settled(design, keep_going, preference, banned, (price,))

    def traded(
        self, valued: Valued, chance: np.random.Generator, keep_going: Callable[[], bool]
    ) -> Valued:
        """Take a dear step for several cheap ones, at the best of a few, and settle the result.

        Swaps of one step never get from ten telescopes to a second radar.
        """
        self.price = float(chance.choice(PRICES))
        price, budget = self._step_prices(valued), self.problem.budget_mjpy
        dear = (price > budget - valued.cost_mjpy) & (price <= budget)
        gain = np.where(dear, self._worths(valued), 0.0)
        if not (gain > 0).any():
            return valued
        few = min(TRADES, int(np.count_nonzero(gain)))
        steps = chance.choice(self._steps, few, replace=False, p=gain / gain.sum())
        best = max((self.fill(self._room_for(valued, int(s))) for s in steps), key=self._merit)
        return self.settled(best.design, keep_going, prices=(self.price,))

    def _room_for(self, valued: Valued, step: int) -> Design:
        """Return the design with one more step, those with the least loss per cost dropped for it.

        Losses are estimates: steps that cover the same cells lose more together.
        """
        design = self.taken(valued.design, step)
        losses = self._step_losses(valued)
        full = self.problem.cost_mjpy(design)
        saved = {
            s: full - self.problem.cost_mjpy(self._dropped(design, s))
            for s in self._droppable(design)
        }
        worth = {s: losses[s] / max(saving, 1e-9) for s, saving in saved.items()}
        for other in sorted(worth, key=lambda s: (worth[s], s)):
            if self.problem.cost_mjpy(design) <= self.problem.budget_mjpy * (1 + MONEY):
                break
            if other != step:
                design = self._dropped(design, other)
        return design

    def _step_losses(self, valued: Valued) -> FloatArray:
        """Return the estimated loss of merit when a step is dropped, (I + R,).

        Slopes just below a binary point are what the last track of each cell is worth.
        """
        weights = self.problem.row_weights(valued.design)
        below = self.evaluate.cuts_at(weights * (1.0 - 2.0 / ROW_UNIT))
        nothing = self.problem.row_weights(self.problem.nothing())
        fall = np.where(self.problem.row_partner >= 0, weights - nothing, 0.0)
        losses = np.zeros(self._steps)
        for k, found in enumerate(below):
            slopes = found[0].slopes / found[0].scale
            by_partner = self._by_partner(slopes * fall)
            lost = np.concatenate([self._by_candidate(slopes), by_partner[self._options.partner]])
            slack = max(float(valued.coverage[k] - self._at_least[k]), 0.0)
            losses += lost if k == 0 else self.price * np.maximum(lost - slack, 0.0)
        return losses

    def _worths(self, valued: Valued) -> FloatArray:
        """Return the estimated gain of each step with every floor priced, met or not."""
        gains = self._gain(valued, 0)
        for k in range(1, len(self._at_least)):
            gains += self.price * self._gain(valued, k)
        return gains

    def taken(self, design: Design, step: int) -> Design:
        """Return the design with one more candidate or arrangement."""
        built, signed = design.built.copy(), design.signed.copy()
        if step < len(built):
            built[step] = True
        else:
            r = step - len(built)
            rivals = (self._options.partner == self._options.partner[r]) & ~self._options.in_force
            signed[rivals] = False
            signed[r] = True
        return Design(built, signed)

    def _dropped(self, design: Design, step: int) -> Design:
        built, signed = design.built.copy(), design.signed.copy()
        if step < len(built):
            built[step] = False
        else:
            signed[step - len(built)] = False
        return Design(built, signed)

    def _droppable(self, design: Design) -> Iterator[int]:
        yield from (int(i) for i in np.flatnonzero(design.built))
        signed = design.signed & ~self._options.in_force
        yield from (int(r) + len(design.built) for r in np.flatnonzero(signed))

    def _best_step(
        self, valued: Valued, preference: FloatArray | None, banned: int | None
    ) -> int | None:
        price = self._step_prices(valued)
        gain = self._step_gains(valued)
        left = self.problem.budget_mjpy * (1 + MONEY) - valued.cost_mjpy
        possible = (gain > 0) & (price <= left)
        if banned is not None:
            possible[banned] = False
        if not possible.any():
            return None
        merit = gain / np.maximum(price, 1e-9)
        if preference is not None:
            merit = merit * preference
        return int(np.argmax(np.where(possible, merit, -1.0)))

    def _step_prices(self, valued: Valued) -> FloatArray:
        """Return what each step would add to the cost."""
        problem, design = self.problem, valued.design
        opening: FloatArray = np.append(
            np.where(problem.opened(design), 0.0, problem.sites.opening_mjpy), 0.0
        )
        build = problem.candidates.cost_mjpy + opening[problem.candidates.site]
        paid = np.zeros(len(problem.partners))
        np.add.at(paid, self._options.partner[design.signed], self._fees[design.signed])
        return np.concatenate([build, self._fees - paid[self._options.partner]])

    def _step_gains(self, valued: Valued) -> FloatArray:
        """Return the estimated gain of each step: of the objective, and of floors not yet met."""
        missing = self._at_least - valued.coverage
        lacking = np.flatnonzero(missing > REACHED)
        first = len(lacking) > 0 and self.price == FLOORS_FIRST
        gains = np.zeros(self._steps)
        if not (first or self.problem.minimises_cost):
            gains += self._gain(valued, 0)
        for k in lacking:
            floor = np.minimum(self._gain(valued, int(k)), missing[k])
            gains += floor if first else self.price * floor
        return gains

    @property
    def _steps(self) -> int:
        return len(self.problem.candidates) + len(self._options)

    def _gain(self, valued: Valued, requirement: int) -> FloatArray:
        """Return slopes times the change in row weights, (I + R,)."""
        found = valued.cuts[requirement][0]
        slopes = found.slopes / found.scale
        build = np.where(valued.design.built, 0.0, self._by_candidate(slopes))
        return np.concatenate([build, self._signing(slopes, valued.design)])

    def _signing(self, slopes: FloatArray, design: Design) -> FloatArray:
        """Return what each arrangement adds by raising the rows of its partner, (R,)."""
        problem = self.problem
        now = np.append(problem.tiers(design), 0)
        before = problem.profile_at(now[problem.row_partner])
        gains = np.zeros(len(self._options))
        for r in range(len(gains)):
            then = now.copy()
            partner = self._options.partner[r]
            then[partner] = max(then[partner], self._options.tier[r])
            after = problem.profile_at(then[problem.row_partner])
            gains[r] = slopes @ np.where(problem.row_partner >= 0, after - before, 0.0)
        return gains

    def _by_candidate(self, slopes: FloatArray) -> FloatArray:
        """Return the sum of row slopes by candidate, (I,)."""
        own = self.problem.row_candidate
        count = len(self.problem.candidates)
        return np.bincount(own[own >= 0], slopes[own >= 0], count).astype(float)

    def _by_partner(self, values: FloatArray) -> FloatArray:
        """Return the sum of row values by partner, (P,)."""
        partner = self.problem.row_partner
        count = len(self.problem.partners)
        return np.bincount(partner[partner >= 0], values[partner >= 0], count).astype(float)

    def _better(self, trial: Valued, valued: Valued) -> bool:
        """Whether a design has more merit: score less the price of what is missing."""
        if self.price == FLOORS_FIRST:
            if trial.feasible or valued.feasible:
                return trial.score > valued.score + 1e-12
            return trial.deficit < valued.deficit - 1e-12
        return self._merit(trial) > self._merit(valued) + 1e-12

    def _merit(self, valued: Valued) -> float:
        return float(valued.coverage[0]) - self.price * valued.deficit
