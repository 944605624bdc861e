"""What a given network is worth: coverage by weather draw, requirement and regime."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.constants import REGIMES
from kansoku.coverage.sources import Sources, by_source
from kansoku.targets.objects import Targets

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Value:
    """Coverage of one network, as shares of the demand weight.

    Attributes
    ----------
    covered, credited : (S,) array
        min(1, N), and the credit steps of N over their sum, averaged over all cells.
    covered_group, credited_group : (S, G) array
        The same within each regime of `constants.REGIMES`; nan where a regime has no weight.
    covered_target : (N,) array
        Mean over draws and windows of min(1, N), by target.
    """

    covered: FloatArray
    credited: FloatArray
    covered_group: FloatArray
    credited_group: FloatArray
    covered_target: FloatArray


def value_of(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    contributor_credit: FloatArray,
    targets: Targets,
    weight: npt.NDArray[np.int64],
    credit: tuple[float, ...],
    sources: Sources | None = None,
) -> Value:
    """Value a network: N = sum of credit x tracks over its contributors, cell by cell.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    contributor_credit : (C,) or (C, N) array
        What a track of each contributor is worth, of each target where that differs; 0 where it is
        not part of the network.
    targets : Targets
    weight : (N,) int64 array
        Of one cell of each target.
    credit : (K,) tuple
    sources : Sources, optional
        Whose tracks count together as one; every track counts without.

    Returns
    -------
    Value
    """
    scenarios = clear.shape[0]
    covered = np.zeros((scenarios, len(targets)))
    credited = np.zeros((scenarios, len(targets)))
    by_target = contributor_credit.reshape(len(tracks), -1)
    active = np.flatnonzero(by_target.any(axis=1))
    worth = tracks[active].astype(np.float64) * by_target[active, :, None]
    for s in range(scenarios):
        count = np.einsum("cnw,cw->nw", worth, clear[s, active].astype(np.float64))
        covered[s] = np.minimum(count, 1.0).mean(axis=1)
        if sources is not None:
            of, each = sources.of[active], clear[s, active].astype(np.float64)
            count = by_source(worth, each, of, sources.counts)
        credited[s] = stepped_credit(count, credit).mean(axis=1) / sum(credit)
    return Value(
        covered=_weighted(covered, weight),
        credited=_weighted(credited, weight),
        covered_group=_by_regime(covered, weight, targets),
        credited_group=_by_regime(credited, weight, targets),
        covered_target=covered.mean(axis=0),
    )


def stepped_credit(count: FloatArray, credit: tuple[float, ...]) -> FloatArray:
    """Credit of N tracks: ``sum_m credit_m clip(N - m + 1, 0, 1)``, concave in N."""
    total = np.zeros_like(count)
    for step, worth in enumerate(credit):
        total += worth * np.clip(count - step, 0.0, 1.0)
    return total


def _weighted(share: FloatArray, weight: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(share @ weight / weight.sum())


def _by_regime(share: FloatArray, weight: npt.NDArray[np.int64], targets: Targets) -> FloatArray:
    groups = np.full((share.shape[0], len(REGIMES)), np.nan)
    for index in range(len(REGIMES)):
        inside = targets.regime == index
        if weight[inside].sum() > 0:
            groups[:, index] = _weighted(share[:, inside], weight[inside])
    return groups
