"""Why a network never sees a target: how far it gets with the sensor that comes closest."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.ephemeris.states import StateBlock
from kansoku.network.contributors import OPTICAL
from kansoku.visibility.mask import Limits
from kansoku.visibility.views import mount_scenes
from kansoku.visibility.watch import Scene, Sky, Watch

PROPAGATED, RADAR, TELESCOPE, LIT, SEEN = 1, 2, 4, 8, 16
"""What a target has reached at least once, as bits: a state, a radar's field, a telescope's
field, that field in the dark with the target sunlit, a visible sample."""

REASONS = {
    0: "lost by the propagator",
    PROPAGATED: "never in any field of regard",
    PROPAGATED | RADAR: "out of radar range, in no telescope's field",
    PROPAGATED | TELESCOPE: "never sunlit above a dark telescope, in no radar's field",
    PROPAGATED | TELESCOPE | LIT: "too faint for the telescopes, in no radar's field",
    PROPAGATED | RADAR | TELESCOPE: "out of radar range, never sunlit above a dark telescope",
    PROPAGATED | RADAR | TELESCOPE | LIT: "out of radar range, too faint for the telescopes",
    SEEN: "in view too briefly for a track",
}
"""Words for each combination; `SEEN` stands for every combination that has it."""


def reached(
    xp: ModuleType, watch: Watch, scene: Scene, sky: Sky, limits: Limits, block: StateBlock
) -> Array:
    """How far each target of a block gets on the grid, (n,) uint8 of the bits above."""
    count, steps = block.usable.shape
    flags = {bit: xp.zeros(count, dtype=bool) for bit in (RADAR, TELESCOPE, LIT, SEEN)}
    for mount, place in mount_scenes(xp, watch, scene, sky, limits, block):
        for c in mount:
            flags[SEEN][place.view_of(int(c)).visible // steps] = True
            if watch.host.kind[c] == OPTICAL:
                flags[TELESCOPE][place.rows_in_field(int(c))] = True
                flags[LIT][place.rows_lit(int(c))] = True
            else:
                flags[RADAR][place.rows_in_field(int(c))] = True
    bits = block.usable.any(axis=1).astype(np.uint8) * PROPAGATED
    for bit, flag in flags.items():
        bits = bits | flag.astype(np.uint8) * bit
    return bits


def reason_of(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.str_]:
    """Words for how far each target got, (n,)."""
    known = np.where(bits & SEEN, SEEN, bits)
    return np.array([REASONS[int(code)] for code in known], dtype=np.str_)
