"""One object over one sensor from one instant on: prepared, and judged by every criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.ephemeris.sgp4 import minutes_since_epoch, prepare, propagate
from kansoku.ephemeris.states import state_block
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR, Sensors
from kansoku.targets.objects import Targets
from kansoku.visibility import criteria
from kansoku.visibility.geometry import Look
from kansoku.visibility.limits import Limits, default_limits
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage
from kansoku.visibility.watch import Scene, Watch, scene_of, sky_of, watch_of

ONLY = 0
"""Number of the only contributor; the only target is the first of its block too."""

FIRST = np.array([0])
"""Sample of the instant asked for."""


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
        At least two samples, because interpolation needs them. The first is the instant asked for,
        all of them are the night that follows it (`facts.series`).
    position_teme_km : (3,) array
        As SGP4 gives it; nan where it gives none. [km]
    sgp4_error : int
        Its code; 0 where it gives a state, which may still be no orbit (`StateBlock.usable`).
    stage : Stage
        One sensor and one target, from the exact propagator.
    sight : Sight
        The instant as one sample.

    Notes
    -----
    Everything shown comes from a `Sight` of the stage, as the verdicts of cubes do.
    """

    target: Targets
    place: str
    sensor_type: str | None
    grid: TimeGrid
    position_teme_km: npt.NDArray[np.float64]
    sgp4_error: int
    stage: Stage
    sight: Sight

    @property
    def watch(self) -> Watch:
        """The sensor."""
        return self.stage.watch

    @property
    def scene(self) -> Scene:
        """What the target looks like."""
        return self.stage.scene

    @property
    def limits(self) -> Limits:
        """Limits that hold for every sensor."""
        return self.stage.limits

    @property
    def usable(self) -> bool:
        """Whether the propagator gives a state that is an orbit."""
        return bool(self.stage.block.usable[0, 0])

    @property
    def is_telescope(self) -> bool:
        """Whether light decides."""
        return self._is(OPTICAL)

    @property
    def is_radar(self) -> bool:
        """Whether an echo decides; not where elevation alone does."""
        return self.sensor_type is not None and self._is(RADAR, FAN)

    @property
    def is_laser(self) -> bool:
        """Whether a laser ranges."""
        return self._is(LASER)

    @property
    def is_receiver(self) -> bool:
        """Whether what the target transmits decides."""
        return self._is(PASSIVE_RF)

    def _is(self, *kinds: int) -> bool:
        return bool(self.watch.host.kind[ONLY] in kinds)

    def sight_at(self, step: npt.NDArray[np.intp]) -> Sight:
        """Samples of the grid, (M,), as the cube looks at them."""
        return Sight(self.stage, ONLY, np.zeros_like(step), step=step)

    def sensor(self, name: str) -> float:
        """Return a field of the sensor."""
        return float(getattr(self.watch.sensors, name)[ONLY])

    @property
    def target_itrf_m(self) -> Any:
        """Position, (3, 1). [m]"""
        return self.sight.position_itrf_m

    @property
    def look(self) -> Look:
        """Look from the site to the object."""
        return self.sight.look


def looked_at(
    target: Targets,
    sensor: Sensors,
    grid: TimeGrid,
    place: str = "",
    sensor_type: str | None = None,
) -> Instant:
    """Propagate one target over a grid, under the default limits of a study.

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
    stage = Stage(
        xp=np,
        watch=watch,
        scene=scene_of(np, target, 0, 1),
        sky=sky_of(np, watch, grid, default_limits().sun_depression_rad),
        limits=default_limits(),
        block=state_block(np, satellites, grid, 0, 1),
    )
    return Instant(
        target=target,
        place=place,
        sensor_type=sensor_type,
        grid=grid,
        position_teme_km=position_teme_km[:, 0, 0],
        sgp4_error=int(error[0, 0]),
        stage=stage,
        sight=Sight(stage, ONLY, FIRST, step=FIRST),
    )


def verdicts(at: Instant) -> dict[str, bool]:
    """Whether each criterion that can be tested holds, in the order in which they decide.

    Without a usable state only 'propagation' is tested, and fails.
    """
    if not at.usable:
        return {"propagation": False}
    return {name: bool(held[0]) for name, held in criteria.verdicts(at.sight).items()}
