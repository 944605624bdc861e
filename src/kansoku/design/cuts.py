"""A pool of cuts that outlives one solve: cuts depend on cells alone, not on prices or budget."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]


class CutPool:
    """Cuts by requirement name, the newest `limit` of each.

    One pool serves problems with the same cells, rows and tier credits; the name of a requirement
    stands for its cells.
    """

    def __init__(self, limit: int = 2000) -> None:
        self.limit = limit
        self._shelves: dict[str, _Shelf] = {}

    def add(self, requirement: str, cut: Cut) -> None:
        """Keep a cut; equal cuts are kept once."""
        shelf = self._shelves.setdefault(requirement, _Shelf(self.limit, len(cut.slopes)))
        shelf.add(cut)

    def copy(self) -> CutPool:
        """Return a pool of its own with the same cuts."""
        twin = CutPool(self.limit)
        for name, cuts in self.by_requirement().items():
            for cut in cuts:
                twin.add(name, cut)
        return twin

    def by_requirement(self) -> dict[str, tuple[Cut, ...]]:
        """Return the cuts of each requirement, oldest first."""
        return {name: shelf.oldest_first() for name, shelf in self._shelves.items()}

    def __len__(self) -> int:
        return sum(len(shelf) for shelf in self._shelves.values())

    def most_violated(
        self,
        requirement: str,
        weights: FloatArray,
        theta: float,
        count: int,
        by: float = 1e-9,
    ) -> list[Cut]:
        """Return up to `count` cuts that a point violates by more than `by`, the worst first."""
        shelf = self._shelves.get(requirement)
        return shelf.most_violated(weights, theta - by, count) if shelf else []


class _Shelf:
    """The cuts of one requirement, once more as arrays, so that all are compared in one product.

    A new cut takes the slot of the oldest once all are taken.
    """

    def __init__(self, limit: int, rows: int) -> None:
        self._limit = limit
        self._cuts: list[Cut] = []
        self._next = 0
        self._slots: dict[tuple[float, bytes], int] = {}
        self._constants = np.zeros(0)
        self._slopes = np.zeros((0, rows))

    def add(self, cut: Cut) -> None:
        key = (cut.constant, cut.slopes.tobytes())
        if key in self._slots or self._limit == 0:
            return
        slot = self._next % self._limit
        if slot == len(self._cuts):
            self._cuts.append(cut)
            self._grow()
        else:
            replaced = self._cuts[slot]
            del self._slots[(replaced.constant, replaced.slopes.tobytes())]
            self._cuts[slot] = cut
        self._slots[key] = slot
        self._constants[slot] = cut.constant / cut.scale
        self._slopes[slot] = cut.slopes / cut.scale
        self._next = slot + 1

    def oldest_first(self) -> tuple[Cut, ...]:
        turn = self._next % len(self._cuts) if self._cuts else 0
        return (*self._cuts[turn:], *self._cuts[:turn])

    def __len__(self) -> int:
        return len(self._cuts)

    def most_violated(self, weights: FloatArray, below: float, count: int) -> list[Cut]:
        """Return up to `count` cuts whose bound at row weights lies below a value, least first."""
        held = len(self._cuts)
        at = self._constants[:held] + self._slopes[:held] @ weights
        violated = np.flatnonzero(at < below)
        order = violated[np.argsort(at[violated], kind="stable")]
        return [self._cuts[k] for k in order[:count]]

    def _grow(self) -> None:
        """Make room for as many cuts again when there is none."""
        if len(self._cuts) > len(self._constants):
            room = min(max(64, len(self._constants)), self._limit)
            self._constants = np.concatenate([self._constants, np.zeros(room)])
            more = np.zeros((room, self._slopes.shape[1]))
            self._slopes = np.concatenate([self._slopes, more])
