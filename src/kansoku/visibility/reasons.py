"""Why a network never sees a target: how far it gets with the sensor that comes closest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.network.contributors import OPTICAL
from kansoku.visibility.criteria import in_field, visible_among
from kansoku.visibility.stage import Stage
from kansoku.visibility.views import every_sight

PROPAGATED, OTHERS, TELESCOPE, LIT, SEEN = 1, 2, 4, 8, 16
"""What a target has reached at least once, as bits: a state, the field of a radar, laser or
receiver, a telescope's field, that field in the dark with the target sunlit, a visible sample."""

REASONS = {
    0: "lost by the propagator",
    PROPAGATED: "never in any field of regard",
    PROPAGATED | OTHERS: "out of range, in no telescope's field",
    PROPAGATED | TELESCOPE: "never sunlit above a dark telescope, in no other field",
    PROPAGATED | TELESCOPE | LIT: "too faint for the telescopes, in no other field",
    PROPAGATED | OTHERS | TELESCOPE: "out of range, never sunlit above a dark telescope",
    PROPAGATED | OTHERS | TELESCOPE | LIT: "out of range, too faint for the telescopes",
    SEEN: "in view too briefly for a track",
}
"""Words for each combination; `SEEN` stands for every combination that has it."""


def reached(stage: Stage) -> Array:
    """How far each target of a block gets on the grid, (n,) uint8 of the bits above."""
    xp = stage.xp
    flags = {bit: xp.zeros(stage.targets, dtype=bool) for bit in (OTHERS, TELESCOPE, LIT, SEEN)}
    for sight in every_sight(stage):
        inside = sight.take(xp.flatnonzero(in_field(sight)))
        if inside.per_sensor("kind") == OPTICAL:
            flags[TELESCOPE][inside.row] = True
            flags[LIT][inside.row[inside.dark & inside.lit]] = True
        else:
            flags[OTHERS][inside.row] = True
        flags[SEEN][inside.row[visible_among(inside)]] = True
    bits = stage.block.usable.any(axis=1).astype(np.uint8) * PROPAGATED
    for bit, flag in flags.items():
        bits = bits | flag.astype(np.uint8) * bit
    return bits


def reason_of(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.str_]:
    """Words for how far each target got, (n,)."""
    known = np.where(bits & SEEN, SEEN, bits)
    return np.array([REASONS[int(code)] for code in known], dtype=np.str_)
