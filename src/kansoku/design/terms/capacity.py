"""Form (g): tracks are assigned within the slots of each sensor, shift by shift.

In a shift the value of a network is a linear program: give each sensor's slots to objects that it
sees so that the credit is largest,

    F_z(w) = max sum_dm omega_d phi_m z_dm    sum_m z_dm <= sum_j u_jd          for all d
                                              u_jd <= v_jd w_j                  for all j, d
                                              sum_d u_jd <= B_j w_j             for all j
                                              0 <= z <= number of objects

It is concave in w. A price lambda_d of one more track of a cell gives a bound for every w: each
sensor then sells its slots where they earn most,

    F_z(w) <= sum_d sum_m (omega_d phi_m - lambda_d)^+ + sum_j w_j sold_j(lambda),
    sold_j(lambda) = what the B_j best-paid tracks that j sees earn
                   = min_kappa B_j kappa + sum_d v_jd (lambda_d - kappa)^+

so the coefficient of every sensor, built or not, is what its slots would earn. That is cut (viii)
of the formulation with the best kappa for the lambda at hand. Prices move little from design to
design: those of the last evaluation are the start of the next, cleared once or twice; they are
found by a linear program over a sample of the cells where there are none yet, or where the network
has changed much. What a design is worth at least comes from an assignment that is carried out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.coverage.shifts import Shift
from kansoku.design.terms.assignment import Assigner
from kansoku.design.terms.market import Bound, Market
from kansoku.design.terms.term import Cut, Term

FloatArray = npt.NDArray[np.float64]


class Capacity(Term):
    """Form (g): credit for assigned tracks, as a share of the credit for all demand.

    Parameters
    ----------
    name : str
    shifts : tuple of Shift
    credit : (K,) sequence
        phi, non-increasing.
    total_weight : float
        Weight of all demand, the unobservable included.
    """

    exact = False
    looseness = 0.003

    def __init__(
        self,
        name: str,
        shifts: tuple[Shift, ...],
        credit: tuple[float, ...],
        total_weight: float,
    ) -> None:
        self.name, self.credit = name, tuple(credit)
        self.problem_rows = len(shifts[0].slots)
        self.scale = float(total_weight) * sum(credit)
        self._assigner = Assigner(shifts, np.array(credit))
        self._markets = tuple(Market(shift, np.array(credit), len(shifts)) for shift in shifts)
        self.rows = np.unique(np.concatenate([np.unique(shift.row) for shift in shifts]))

    @property
    def work(self) -> int:
        """Look-ups of one evaluation."""
        return 4 * sum(len(market.shift.row) for market in self._markets)

    def forget(self) -> None:
        """Forget all prices, so that an answer does not depend on earlier ones."""
        for market in self._markets:
            market.forget()

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cut at row weights (J,); its value is an upper bound on the coverage there."""
        return (self._summed([market.priced(weights) for market in self._markets], weights),)

    def quick_cut(self, weights: FloatArray) -> Cut:
        """Return the best of the bounds that are known, shift by shift."""
        return self._summed([market.known(weights) for market in self._markets], weights)

    def _summed(self, bounds: list[Bound], weights: FloatArray) -> Cut:
        constant = sum(bound.constant for bound in bounds)
        slopes = np.sum([bound.slopes for bound in bounds], axis=0)
        value = float(constant + slopes @ weights) / self.scale
        return Cut(constant, slopes, self.scale, value)

    def attained(self, weights: FloatArray) -> float:
        """Return the coverage that an assignment at row weights (J,) reaches."""
        return float(self._assigner(weights).credit.sum()) / self.scale

    def slot_use(self, weights: FloatArray) -> FloatArray:
        """Return the share of its slots that each row uses in each shift, (shifts, J)."""
        used = self._assigner(weights).used
        slots = np.array([market.shift.slots for market in self._markets]) * weights
        return np.asarray(np.divide(used, slots, out=np.zeros_like(used), where=slots > 0))
