"""One object over one sensor at one instant: prepared, and judged by every criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.config import VisibilitySection
from kansoku.ephemeris.grid import TimeGrid
from kansoku.ephemeris.sgp4 import minutes_since_epoch, prepare, propagate
from kansoku.ephemeris.states import StateBlock, state_block
from kansoku.network.contributors import OPTICAL, Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility import mask
from kansoku.visibility.geometry import Look
from kansoku.visibility.watch import Scene, Sky, Watch, scene_of, sky_of, watch_of

FIRST = np.array([0])
"""The only contributor, the only target, the instant asked for."""


@dataclass(frozen=True)
class Instant:
    """One object over one sensor at one instant, ready for every criterion.

    Attributes
    ----------
    target : Targets
        One.
    place : str
        As asked for.
    sensor_type : str or None
        None where elevation alone decides.
    grid : TimeGrid
        Two samples, because interpolation needs them; only the first is looked at.
    block : StateBlock
    position_teme_km : (3,) array
        As SGP4 gives it; nan where it gives none. [km]
    sgp4_error : int
        Its code; 0 where it gives a state, which may still be no orbit (`StateBlock.usable`).
    watch : Watch
        One sensor.
    scene : Scene
    sky : Sky
    limits : mask.Limits
    """

    target: Targets
    place: str
    sensor_type: str | None
    grid: TimeGrid
    block: StateBlock
    position_teme_km: npt.NDArray[np.float64]
    sgp4_error: int
    watch: Watch
    scene: Scene
    sky: Sky
    limits: mask.Limits

    @property
    def usable(self) -> bool:
        """Whether the propagator gives a state that is an orbit."""
        return bool(self.block.usable[0, 0])

    @property
    def is_telescope(self) -> bool:
        """Whether light decides."""
        return bool(self.watch.host.kind[0] == OPTICAL)

    @property
    def target_itrf_m(self) -> Any:
        """Position, (3, 1). [m]"""
        return self.block.position_itrf_m[:, :, 0]

    @property
    def look(self) -> Look:
        """Look from the site to the object."""
        return mask.look_from(np, self.watch, FIRST, self.target_itrf_m)


def looked_at(
    target: Targets,
    sensor: Sensors,
    grid: TimeGrid,
    place: str = "",
    sensor_type: str | None = None,
) -> Instant:
    """Propagate one target to the first instant of a grid, under the default limits of a study.

    Parameters
    ----------
    target : Targets
        One.
    sensor : Sensors
        One.
    grid : TimeGrid
        At least two samples.
    place, sensor_type : str, optional
        As the user named them.
    """
    satellites, watch = prepare(np, target.elements), watch_of(np, sensor)
    minutes = minutes_since_epoch(
        satellites.epochs(0, 1), FIRST, grid.jd_utc[:1], grid.fraction_utc[:1]
    )
    position_teme_km, _, error = propagate(np, satellites, 0, 1, minutes)
    limits = mask.Limits.of(VisibilitySection())
    return Instant(
        target=target,
        place=place,
        sensor_type=sensor_type,
        grid=grid,
        block=state_block(np, satellites, grid, 0, 1),
        position_teme_km=position_teme_km[:, 0, 0],
        sgp4_error=int(error[0, 0]),
        watch=watch,
        scene=scene_of(np, target, 0, 1),
        sky=sky_of(np, watch, grid, limits.sun_depression_rad),
        limits=limits,
    )


def verdicts(at: Instant) -> dict[str, bool]:
    """Whether each criterion that can be tested holds, in the order in which they decide.

    Without a usable state only 'propagation' is tested, and fails.
    """
    if not at.usable:
        return {"propagation": False}
    samples = mask.Samples(FIRST, FIRST, np.array([0.0]))
    held = mask.verdicts(np, at.watch, at.scene, at.sky, at.limits, samples, at.target_itrf_m)
    return {name: bool(held[name][0]) for name in mask.CRITERIA}
