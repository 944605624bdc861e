"""What a network reaches when every track needs a slot: checked after the design, in any case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.coverage.shifts import Shift, shifts_of
from kansoku.design.requirements import Seen, Supply
from kansoku.design.terms import Capacity

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WithinSlots:
    """Coverage that assignments within all slots reach, for D networks.

    Attributes
    ----------
    credited, own_covered : (D,) array
        Share of the credit by the whole network, and of the demand with a track by the owner's
        part, as means over the weather draws; lower bounds, close to the best assignment.
    use : (D, S, C, W) array
        Share of its slots that each contributor uses, 0 where it has none.
    """

    credited: FloatArray
    own_covered: FloatArray
    use: FloatArray


def within_slots(
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    supply: Supply,
    credit: tuple[float, ...],
    networks: tuple[FloatArray, ...],
    own: npt.NDArray[np.bool_],
) -> WithinSlots:
    """Assign tracks to the slots of some networks.

    Parameters
    ----------
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
    supply : Supply
    credit : (K,) tuple
    networks : tuple of (C,) arrays
        What a track of each contributor is worth, 0 where it is not part of the network.
    own : (C,) bool array
        Which contributors are the owner's.
    """
    total = Seen(tracks, clear, weight).total_weight
    most = np.where(np.any(np.array(networks) > 0, axis=0), 255, 0)
    shifts = shifts_of(tracks, clear, weight, supply.objects, supply.slots, most)
    whole = Capacity("coverage", shifts, credit, total)
    return WithinSlots(
        np.array([whole.attained(worth) for worth in networks]),
        np.array([_own(shifts, total, worth * own) for worth in networks]),
        np.array([_use(whole, worth, clear.shape) for worth in networks]),
    )


def _own(shifts: tuple[Shift, ...], total: int, worth: FloatArray) -> float:
    return Capacity("autonomy", shifts, (1.0,), total).attained(worth)


def _use(term: Capacity, worth: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return the share of slots in use, (S, C, W)."""
    draws, contributors, windows = shape
    by_shift = term.slot_use(worth).reshape(draws, windows, contributors)
    return np.asarray(by_shift.transpose(0, 2, 1))


def joined(found: Sequence[WithinSlots]) -> WithinSlots:
    """Put what some networks reach side by side."""
    return WithinSlots(
        np.concatenate([one.credited for one in found]),
        np.concatenate([one.own_covered for one in found]),
        np.concatenate([one.use for one in found]),
    )
