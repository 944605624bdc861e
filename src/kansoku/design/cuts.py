"""A pool of cuts that outlives one solve: cuts depend on cells alone, not on prices or budget."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]


@dataclass
class CutPool:
    """Cuts by requirement name, the newest `limit` of each.

    One pool serves problems with the same cells, rows and tier credits; the name of a requirement
    stands for its cells.
    """

    limit: int = 2000
    _cuts: dict[str, dict[tuple[float, bytes], Cut]] = field(default_factory=dict)

    def add(self, requirement: str, cut: Cut) -> None:
        """Keep a cut; equal cuts are kept once."""
        cuts = self._cuts.setdefault(requirement, {})
        cuts[(cut.constant, cut.slopes.tobytes())] = cut
        while len(cuts) > self.limit:
            del cuts[next(iter(cuts))]

    def copy(self) -> CutPool:
        """Return a pool of its own with the same cuts."""
        return CutPool(self.limit, {name: dict(cuts) for name, cuts in self._cuts.items()})

    def __len__(self) -> int:
        return sum(len(cuts) for cuts in self._cuts.values())

    def most_violated(
        self, requirement: str, weights: FloatArray, theta: float, count: int
    ) -> list[Cut]:
        """Return up to `count` cuts that a point violates, the most violated first."""
        cuts = list(self._cuts.get(requirement, {}).values())
        if not cuts:
            return []
        at = np.array([cut.at(weights) for cut in cuts])
        order = np.argsort(at, kind="stable")[:count]
        return [cuts[k] for k in order if at[k] < theta - 1e-9]
