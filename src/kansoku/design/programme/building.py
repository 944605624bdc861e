"""Good decisions fast: the best step for its price, drop and refill, restarts led by the LP.

A step orders a sensor in a year, or puts an arrangement in force from a year on, with those that
it needs. Its gain is read from the slopes of one evaluation of all aims; its price is what it
takes of every purse, year, person and supplier, at the duals of the root relaxation: what a unit
of each is worth elsewhere. So orders compete in time without a rule of thumb for money of one
year against money of another.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.branching import CHEAPEST, CLASS_STEP
from kansoku.design.programme.allowed import broken
from kansoku.design.programme.decision import MONEY, Decision
from kansoku.design.programme.parts import NONE
from kansoku.design.programme.programme import Programme
from kansoku.design.programme.valuing import Evaluator, Valued

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IndexArray = npt.NDArray[np.intp]

LEAST_LEAD = 0.02  # preference for a step that the relaxation leaves

FREE = 1e-6  # a price below this share of the dearest counts as this: nothing is free
TINY = 1e-12
TRIED = 4  # steps that promise a gain and bring none before filling ends
FLOOR_PRICE = 4.0  # of missing on a floor, in units of the objective


def order_classes(programme: Programme) -> list[IndexArray]:
    """Return the orders by class of cost, the cheapest first, by year within; numbers of `orders`.

    Branching knows the same classes: `design.branching.cost_classes`.
    """
    orders = programme.orders()
    capex = programme.options.payments_mjpy.sum(axis=1)
    cost = np.array([max(capex[i], CHEAPEST) for i, _ in orders])
    order = np.argsort(cost, kind="stable")
    steps = np.flatnonzero(cost[order][1:] > CLASS_STEP * cost[order][:-1]) + 1
    year = np.array([tau for _, tau in orders], dtype=int)
    return [one[np.lexsort((one, year[one]))] for one in np.split(order, steps) if len(one)]


@dataclass(frozen=True)
class Step:
    """One change of a decision: an order (option, year), or an arrangement from a year on."""

    kind: str
    index: int
    year: int


@dataclass(frozen=True)
class Prices:
    """What steps take of what is scarce, in units of the objective.

    Attributes
    ----------
    order : dict of (option, year) to float
    in_force : (R, T) array
        Of an arrangement in force in a year; its setup is a price of the years of its term.
    """

    order: dict[tuple[int, int], float]
    in_force: FloatArray


class Builder:
    """Builds decisions step by step.

    Attributes
    ----------
    floor_price : float
        Merit lost for each unit missing on floors and promises.
    """

    def __init__(self, evaluate: Evaluator, prices: Prices) -> None:
        self.evaluate, self.prices = evaluate, prices
        self.programme = evaluate.programme
        self.floor_price = FLOOR_PRICE
        self._orders = self.programme.orders()
        cheapest = FREE * max([*prices.order.values(), TINY])
        self._order_price = np.maximum([prices.order[o] for o in self._orders], cheapest)
        self._cheapest = cheapest
        self._classes = order_classes(self.programme)[::-1]
        self._bills = self._bills_of_orders()
        self._least = evaluate.consequences.least().in_force
        self._purse = self.programme.options.purse[[i for i, _ in self._orders]]

    def fill(
        self,
        decision: Decision,
        preference: Callable[[Step], float] | None = None,
        banned: tuple[Step, ...] = (),
    ) -> Valued:
        """Take the step with the most gain for its price until none helps or is allowed."""
        valued = self.evaluate(decision)
        while True:
            steps = itertools.islice(self._useful(valued, preference, banned), TRIED)
            trials = (self.evaluate(self.taken(valued.decision, step)) for step in steps)
            # an arrangement that drives a rival out may promise a gain and be none
            better = (trial for trial in trials if self.merit(trial) > self.merit(valued) + TINY)
            found = next(better, None)
            if found is None:
                return valued
            valued = found

    def improved(self, valued: Valued, keep_going: Callable[[], bool]) -> Valued:
        """Drop each order and arrangement in turn and refill, until that leads nowhere."""
        progress = True
        while progress and keep_going():
            progress = False
            for step in self._steps_of(valued.decision):
                if not keep_going():
                    break
                dropped = self.dropped(valued.decision, step)
                trials = (self.fill(dropped, banned=(step,)), self.fill(dropped))
                best = max(trials, key=self.merit)
                if self.merit(best) > self.merit(valued) + TINY:
                    valued, progress = best, True
                    break
        return valued

    def shaken(
        self,
        valued: Valued,
        chance: np.random.Generator,
        lead: Callable[[Step], float] | None,
        keep_going: Callable[[], bool],
    ) -> Valued:
        """Drop some steps, at random or all of a few years, refill with a bias, and improve."""
        steps = list(self._steps_of(valued.decision))
        decision = valued.decision
        for step in self._some_of(steps, chance):
            decision = self.dropped(decision, step)
        salt = chance.uniform(0.6, 1.4, 1024)

        def preference(step: Step) -> float:
            bias = float(salt[hash((step.index, step.year)) % len(salt)])
            return bias if lead is None else bias * (lead(step) + 0.1)

        return self.improved(self.fill(decision, preference), keep_going)

    def drawn(
        self, decision: Decision, lead: Callable[[Step], float], chance: np.random.Generator
    ) -> Valued:
        """Order what the relaxation orders in part, by even steps along the years, and fill.

        Of each class of cost, the dearest first, as many are ordered by each year as the
        relaxation orders, up to one, and each with the chance that it gives to it.
        """
        for group in self._classes:
            steps = [Step("order", *self._orders[k]) for k in group]
            reached = np.cumsum([lead(step) for step in steps]) + chance.random()
            taken = np.diff(np.floor(reached), prepend=0.0) > 0
            for step in (step for step, is_taken in zip(steps, taken, strict=True) if is_taken):
                trial = self.taken(decision, step)
                if decision.ordered[step.index] == NONE and not self._breaks(trial):
                    decision = trial
        return self.fill(decision, lambda step: lead(step) + LEAST_LEAD)

    def _breaks(self, decision: Decision) -> bool:
        return bool(broken(self.evaluate.consequences, decision))

    def _some_of(self, steps: list[Step], chance: np.random.Generator) -> list[Step]:
        if not steps:
            return []
        if chance.random() < 0.5:
            first = int(chance.integers(0, len(self.programme.years)))
            last = first + int(chance.integers(1, 4))
            return [step for step in steps if first <= step.year < last]
        few = min(len(steps), int(chance.integers(2, 6)))
        return [steps[k] for k in chance.choice(len(steps), few, replace=False)]

    def merit(self, valued: Valued) -> float:
        """Return the objective less the price of what is missing."""
        return valued.objective - self.floor_price * valued.deficit

    def taken(self, decision: Decision, step: Step) -> Decision:
        """Return a decision with one more step; slots go to partners as far as they reach."""
        if step.kind == "order":
            ordered = decision.ordered.copy()
            ordered[step.index] = step.year
            hosted = self._hosted(decision.in_force, step)
            return self._tasked(replace(decision, ordered=ordered, in_force=hosted))
        in_force = self._signed(decision.in_force, step.index, step.year)
        return self._tasked(replace(decision, in_force=in_force))

    def _hosted(self, in_force: BoolArray, step: Step) -> BoolArray:
        """Return what is in force once the host of a sensor has agreed, where it has not."""
        options, host = self.programme.options, int(self.programme.options.host[step.index])
        begin = step.year + int(options.lead_years[step.index])
        end = begin + int(options.life_years[step.index])
        if host == NONE or in_force[host, begin:end].all():
            return in_force
        return self._signed(in_force, host, begin)

    def _signed(self, in_force: BoolArray, r: int, year: int) -> BoolArray:
        """Return what is in force with one more arrangement from a year on, and all it needs."""
        in_force = in_force.copy()
        for each in self.programme.sharing.with_needs(r):
            in_force[each, year:] = True
            for group in self.programme.sharing.excludes:
                rivals = [other for other in group if other != each] if each in group else []
                in_force[rivals, year:] = False
        return in_force

    def dropped(self, decision: Decision, step: Step) -> Decision:
        """Return a decision without a step, and without what it makes impossible."""
        if step.kind == "order":
            ordered = decision.ordered.copy()
            ordered[step.index] = NONE
            return self._tasked(replace(decision, ordered=ordered))
        in_force = decision.in_force.copy()
        before = self.programme.sharing.in_force[:, None]
        fallen = (
            self.programme.sharing.void_with(np.arange(len(in_force)) == step.index)
            & ~self.programme.sharing.in_force
        )
        in_force[fallen] = False
        in_force[step.index] = before[step.index]
        in_force[fallen] |= self._least[fallen]
        return self._tasked(self._without_guests(replace(decision, in_force=in_force)))

    def _without_guests(self, decision: Decision) -> Decision:
        """Return a decision without sensors that nobody hosts any more."""
        service = self.evaluate.consequences.service(decision)
        host = self.programme.options.host
        guests = host != NONE
        homeless = np.zeros(len(host), dtype=bool)
        homeless[guests] = (service[guests] & ~decision.in_force[host[guests]]).any(axis=1)
        return replace(decision, ordered=np.where(homeless, NONE, decision.ordered))

    def _tasked(self, decision: Decision) -> Decision:
        """Return a decision that gives partners slots of each sensor, where gains count first."""
        if not self.programme.release.slots.any():
            return decision
        nobody = np.zeros_like(decision.tasked)
        return self.evaluate.consequences.with_slots(replace(decision, tasked=nobody))

    def _steps_of(self, decision: Decision) -> Iterator[Step]:
        """Yield the steps that a decision has taken."""
        for i in np.flatnonzero(decision.ordered != NONE):
            yield Step("order", int(i), int(decision.ordered[i]))
        started = self.evaluate.consequences.started(decision)
        for r, t in np.argwhere(started):
            yield Step("sign", int(r), int(t))

    def _useful(
        self,
        valued: Valued,
        preference: Callable[[Step], float] | None,
        banned: tuple[Step, ...],
    ) -> Iterator[Step]:
        """Yield the steps that help and are allowed, the most gain for the price first."""
        ranked = self._ranked(valued)
        if preference is not None:
            ranked = [(merit * preference(step), step) for merit, step in ranked]
        for _, step in sorted(ranked, key=lambda pair: -pair[0]):
            if step in banned:
                continue
            if not broken(self.evaluate.consequences, self.taken(valued.decision, step)):
                yield step

    def _ranked(self, valued: Valued) -> list[tuple[float, Step]]:
        """Return the steps that promise a gain, with gain for price."""
        slopes = self._slopes(valued)
        in_service = self._in_service_gain(valued.decision, slopes)
        return [
            *self._ranked_orders(valued.decision, in_service),
            *self._ranked_arrangements(valued, slopes),
        ]

    def _slopes(self, valued: Valued) -> FloatArray:
        """Return what weight on each stacked row adds to the merit, (blocks, J)."""
        wanted = self._wanted(valued)
        slopes = np.zeros(len(self.evaluate.slots) * len(self.programme.rows))
        for share, found in zip(wanted, valued.cuts, strict=True):
            if share > 0:
                slopes += share * found[0].slopes / found[0].scale
        return np.asarray(slopes.reshape(len(self.evaluate.slots), -1), dtype=float)

    def _wanted(self, valued: Valued) -> FloatArray:
        """Return what a unit of each aim is worth now: its share, and the price while it lacks."""
        aims = self.programme.aims
        wanted = np.array([aim.worth for aim in aims])
        lacking = np.array([aim.at_least for aim in aims]) > valued.coverage + TINY
        for promise in self.programme.promises:
            year = aims[promise.aim].year
            in_force = valued.decision.in_force[promise.arrangement, year]
            asked = promise.base + promise.need * in_force
            lacking[promise.aim] |= asked > valued.coverage[promise.aim] + TINY
        for tail in self.programme.tails:
            worst = tail.aims[int(np.argmin(valued.coverage[list(tail.aims)]))]
            wanted[worst] += tail.worth
        return np.asarray(wanted + self.floor_price * lacking, dtype=float)

    def _in_service_gain(self, decision: Decision, slopes: FloatArray) -> FloatArray:
        """Return what each sensor would add in each year were it in service, (I, T)."""
        options, years = len(self.programme.options), len(self.programme.years)
        everywhere = np.ones((options, years))
        wanted = np.flatnonzero(slopes.any(axis=1))
        weights = self.evaluate.blocks(decision, wanted, everywhere)
        rows = self.programme.rows.option != NONE
        option = self.programme.rows.option[rows]
        gain = np.zeros((options, years))
        for k, weight in zip(wanted, weights, strict=True):
            worth = (slopes[k] * weight)[rows]
            gain[:, self.evaluate.slots[k][1]] += np.bincount(option, worth, options)
        return gain

    def _bills_of_orders(self) -> FloatArray:
        """Return what each order costs its purse in each year, openings apart, (orders, T)."""
        programme, years = self.programme, range(len(self.programme.years))
        running = programme.options.opex_mjpy
        bills = [
            programme.paid_mjpy(i, tau, t)
            + programme.in_service(i, tau, t) * running[i] * programme.price_of(t)
            for i, tau in self._orders
            for t in years
        ]
        return np.array(bills).reshape(len(self._orders), len(years))

    def _affordable(self, decision: Decision) -> npt.NDArray[np.bool_]:
        """Return which orders their purse can pay for beside a decision, openings apart."""
        purses, purse = self.programme.purses, self._purse
        left = purses.budget_mjpy - self.evaluate.consequences.spent_mjpy(decision)
        before = purses.carried_in_mjpy[purse]
        affordable = np.ones(len(purse), dtype=bool)
        for t in range(left.shape[1]):
            rest = left[purse, t] + before - self._bills[:, t]
            affordable &= rest >= -MONEY * np.maximum(purses.budget_mjpy[purse, t], 1.0)
            before = np.clip(rest, 0.0, purses.carry_limit_mjpy[purse])
        return affordable

    def _ranked_orders(
        self, decision: Decision, in_service: FloatArray
    ) -> list[tuple[float, Step]]:
        options, affordable = self.programme.options, self._affordable(decision)
        total = np.hstack([np.zeros((len(options), 1)), np.cumsum(in_service, axis=1)])
        last = len(self.programme.years)
        ranked = []
        for k in np.flatnonzero(affordable):
            (i, tau), price = self._orders[k], self._order_price[k]
            if decision.ordered[i] != NONE:
                continue
            begin = tau + int(options.lead_years[i])
            end = min(begin + int(options.life_years[i]), last)
            gain = total[i, end] - total[i, begin]
            host = int(options.host[i])
            if host != NONE and not decision.in_force[host, begin:end].all():
                price = price + self._signing_price(host, begin)
            if gain > TINY:
                ranked.append((gain / price, Step("order", i, tau)))
        return ranked

    def _ranked_arrangements(self, valued: Valued, slopes: FloatArray) -> list[tuple[float, Step]]:
        """Arrangements not in force yet, from every year on, with what they need."""
        decision = valued.decision
        wanted = np.flatnonzero(slopes.any(axis=1))
        year = np.array([self.evaluate.slots[k][1] for k in wanted], dtype=int)
        now = self.evaluate.blocks(decision, wanted)
        ranked = []
        for r in np.flatnonzero(~decision.in_force.all(axis=1)):
            whole = self.taken(decision, Step("sign", int(r), 0))
            rise = self.evaluate.blocks(whole, wanted) - now
            by_block = (slopes[wanted] * rise).sum(axis=1)
            for t in range(len(self.programme.years)):
                gain = float(by_block[year >= t].sum())
                if gain > TINY and not decision.in_force[r, t:].any():
                    ranked.append((gain / self._signing_price(int(r), t), Step("sign", int(r), t)))
        return ranked

    def _signing_price(self, r: int, t: int) -> float:
        price = sum(
            float(self.prices.in_force[each, t:].sum())
            for each in self.programme.sharing.with_needs(r)
        )
        return max(price, self._cheapest)
