"""One shift as a market: cells pay prices for tracks, sensors sell their slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.shifts import Shift
from kansoku.design.transport import Transport, solved

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]

SAMPLED = 100_000  # objects in the linear programs of all shifts together
FEWEST_SAMPLED, MOST_SAMPLED = 400, 2000  # in one of them; its bound is then 0.1 to 0.3 % loose
FAR = 0.5  # share of the slots in use by which two networks differ when prices are sought afresh
MOST_PAGES = 12
SWEEPS = 3  # of clearing cells and pricing sensors in turn
WHOLE = 1e-9  # what a track may lack by rounding and still count as whole


@dataclass(frozen=True)
class Bound:
    """F_z(w) <= constant + slopes . w for every w."""

    constant: float
    slopes: FloatArray

    def at(self, weights: FloatArray) -> float:
        """Return the bound at row weights (J,)."""
        return float(self.constant + self.slopes @ weights)


@dataclass(frozen=True)
class Page:
    """Prices kappa (J,) of all rows, and the bound that they give."""

    price: FloatArray
    bound: Bound


@dataclass(frozen=True)
class Offers:
    """Entries of the shift that count at some row weights: row, cell and tracks an object."""

    row: IndexArray
    cell: IndexArray
    tracks: FloatArray


class Market:
    """Prices of one shift; remembers those of earlier evaluations.

    Parameters
    ----------
    shift : Shift
    credit : (K,) array
        phi, non-increasing.
    markets : int
        Shifts that share the work of finding prices.
    """

    def __init__(self, shift: Shift, credit: FloatArray, markets: int = 1) -> None:
        self.shift = shift
        self._sampled = int(np.clip(SAMPLED // markets, FEWEST_SAMPLED, MOST_SAMPLED))
        self._steps = len(credit)
        kinds, kind = np.unique(shift.worth, return_inverse=True)
        # Everything that a cell may pay for its next track, by kind of cell and tracks had
        self._profit = kinds[:, None] * np.append(credit, 0.0)
        self._kind = kind.astype(np.intp)
        self.forget()

    def forget(self) -> None:
        """Forget the prices."""
        self._book: list[Page] = []
        self._asked: list[FloatArray] = []

    def priced(self, weights: FloatArray) -> Bound:
        """Return a bound that is close to tight at row weights (J,).

        Clearing the cells and pricing the sensors in turn never raises the bound, but it stops
        near the prices it began with: so it begins at those kept prices that are best here.
        """
        start = self._best_page(weights)
        if len(self.shift.row) == 0:
            return start.bound
        found = self._page(weights, start.price)
        if found.bound.at(weights) >= start.bound.at(weights):
            return start.bound
        self._keep(found)
        return found.bound

    def known(self, weights: FloatArray) -> Bound:
        """Return the kept bound that is best at row weights (J,)."""
        return self._best_page(weights).bound

    def _best_page(self, weights: FloatArray) -> Page:
        if len(self.shift.row) == 0:
            return Page(np.zeros(len(weights)), Bound(0.0, np.zeros(len(weights))))
        if self._is_far(weights):
            self._keep(self._page(weights, self._sampled_prices(weights)))
        return min(self._book, key=lambda page: page.bound.at(weights))

    def _is_far(self, weights: FloatArray) -> bool:
        """Whether no linear program was asked for a network like this one; notes that one is now.

        Far is a large share of the slots in use.
        """
        slots = self.shift.slots
        far = [float(slots @ np.abs(asked - weights)) for asked in self._asked]
        if far and min(far) <= FAR * float(slots @ weights):
            return False
        self._asked.append(weights.copy())
        return True

    def _keep(self, page: Page) -> None:
        self._book = [*self._book[-MOST_PAGES + 1 :], page]

    def _page(self, weights: FloatArray, price: FloatArray) -> Page:
        """Return what clearing the cells and pricing the sensors in turn leads to."""
        offers = self._offers(weights)
        for _ in range(SWEEPS):
            code, value = self._cleared(offers, weights, price)
            _, asked = self._prices(offers.row, offers.cell, offers.tracks, code, value)
            if np.array_equal(asked[weights > 0], price[weights > 0]):
                break
            price = asked
        return self._bound(code, value)

    def _offers(self, weights: FloatArray) -> Offers:
        shift = self.shift
        on = np.flatnonzero((weights > 0)[shift.row])
        row = shift.row[on].astype(np.intp)
        return Offers(row, shift.cell[on].astype(np.intp), shift.tracks[on].astype(float))

    def _bound(self, code: IndexArray, value: FloatArray) -> Page:
        """Return the bound that the cells' prices give, and the price at which each row sells."""
        shift = self.shift
        profit = self._profit[self._kind, :-1]
        left = np.maximum(profit - value[code][:, None], 0.0).sum(axis=1)
        earned, price = self._prices(shift.row, shift.cell, shift.tracks, code, value)
        return Page(price, Bound(float(shift.objects @ left), earned))

    def _cleared(
        self, offers: Offers, weights: FloatArray, price: FloatArray
    ) -> tuple[IndexArray, FloatArray]:
        """Return the price lambda of each cell, as codes into a list of prices.

        It is the lowest price at which what is offered serves every track that is worth more: as
        prices rise more is offered, and at each level the worth of the next track bounds it.
        """
        levels, offered = self._offered(offers, weights, price)
        profit, stride = self._profit, self._profit.shape[1]
        code = len(levels) + self._kind * stride  # the worth of the first track
        paid = profit[self._kind, 0]
        for i, level in enumerate(levels):
            had = np.minimum(offered[i] + WHOLE, self._steps).astype(np.intp)
            next_worth = profit[self._kind, had]
            here = np.maximum(next_worth, level)
            of_worth = len(levels) + self._kind * stride + had
            code = np.where(here < paid, np.where(next_worth >= level, of_worth, i), code)
            paid = np.minimum(here, paid)
        return code, np.concatenate([levels, profit.ravel()])

    def _offered(
        self, offers: Offers, weights: FloatArray, price: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the distinct prices asked (I,), and tracks an object offered up to each (I, D)."""
        active = (weights > 0) & (self.shift.slots > 0)
        levels, inverse = np.unique(price[active], return_inverse=True)
        level = np.zeros(len(weights), dtype=np.intp)
        level[active] = inverse
        cells = len(self.shift.objects)
        place = level[offers.row] * cells + offers.cell
        offered = np.bincount(place, offers.tracks * weights[offers.row], len(levels) * cells)
        return levels, offered.reshape(len(levels), cells).cumsum(axis=0)

    def _prices(
        self,
        row: npt.NDArray[np.integer],
        cell: npt.NDArray[np.integer],
        tracks: npt.NDArray[np.generic],
        code: IndexArray,
        value: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return what each row's slots earn at best, and the price of its last slot, (J,)."""
        slots = self.shift.slots
        order = np.argsort(-value, kind="stable")
        rank = np.empty(len(value), dtype=np.intp)
        rank[order] = np.arange(len(value))
        rows, size = len(slots), len(value)
        place = row.astype(np.intp) * size + rank[code][cell]
        wanted = np.bincount(place, tracks * self.shift.objects[cell], rows * size)
        wanted = wanted.reshape(rows, size)
        total = wanted.cumsum(axis=1)
        sold = np.clip(slots[:, None] - (total - wanted), 0.0, wanted)
        falling = np.append(value[order], 0.0)
        full = total >= slots[:, None]
        last = np.where(full.any(axis=1), full.argmax(axis=1), size)
        return sold @ falling[:-1], falling[last]

    def _sampled_prices(self, weights: FloatArray) -> FloatArray:
        """Return prices from a linear program over a sample of the objects."""
        offers = self._offers(weights)
        if len(offers.row) == 0:
            return np.zeros(len(weights))
        sampled, share = self._sample()
        first, member = self._alike(offers, np.flatnonzero(sampled))
        on = np.isin(offers.cell, first)
        row, cell = offers.row[on], member[offers.cell[on]]
        count = np.bincount(member[sampled > 0], sampled[sampled > 0], len(first)).astype(float)
        _, price = solved(
            Transport(
                row=row,
                cell=cell,
                most=offers.tracks[on] * weights[row] * count[cell],
                slots=share * self.shift.slots * weights,
                objects=count,
                profit=self._profit[self._kind[first], :-1],
            )
        )
        return self._snapped(price)

    def _sample(self) -> tuple[FloatArray, float]:
        """Return how many objects of each cell are in a systematic sample, and its share of all.

        Kind by kind in equal steps, so every kind and every large cell has its part.
        """
        objects = self.shift.objects
        share = min(self._sampled / max(float(objects.sum()), 1.0), 1.0)
        if share == 1.0:
            return objects, share
        order = np.lexsort((objects, self._kind))
        passed = np.floor(share * objects[order].cumsum() + 0.5)
        sampled = np.empty(len(objects))
        sampled[order] = np.diff(passed, prepend=0.0)
        return sampled, share

    def _alike(self, offers: Offers, picked: IndexArray) -> tuple[IndexArray, IndexArray]:
        """Return one of each set of cells that the active rows see alike, and each cell's set.

        Sets are told apart by a sum of random numbers; a mistake would only cost tightness.
        """
        mark = np.random.default_rng(1).random((len(self.shift.slots), 256))
        seen = np.bincount(
            offers.cell, mark[offers.row, offers.tracks.astype(np.intp)], len(self._kind)
        )
        kind = np.round(seen + self._kind, 12)
        _, first, member = np.unique(kind[picked], return_index=True, return_inverse=True)
        number = np.zeros(len(self._kind), dtype=np.intp)
        number[picked] = member
        return picked[first], number

    def _snapped(self, price: FloatArray) -> FloatArray:
        """Return prices moved to the nearest worth of a track: optimal ones are of these."""
        possible = np.unique(np.append(self._profit, 0.0))
        above = np.clip(np.searchsorted(possible, price), 1, len(possible) - 1)
        lower, upper = possible[above - 1], possible[above]
        return np.where(price - lower <= upper - price, lower, upper)
