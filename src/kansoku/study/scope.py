"""What is watched, by whom, when, and what of it is seen: the inputs of every question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku import backend, network, targets
from kansoku.config import Config
from kansoku.configfile import LoadedConfig
from kansoku.constants import SECONDS_PER_HOUR
from kansoku.coverage.collect import Coverage, collect
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.slots import slots_of
from kansoku.coverage.stretch import Demand
from kansoku.design.requirements import Supply
from kansoku.device.device import Device
from kansoku.ephemeris.grid import representative_days, time_grid
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.network.contributors import Network
from kansoku.progress import Progress, silent
from kansoku.targets.objects import Targets
from kansoku.visibility.limits import Limits
from kansoku.visibility.weather import working_windows


@dataclass(frozen=True)
class Scope:
    """What is watched, by whom, when: the inputs of everything that follows."""

    xp: ModuleType
    loaded: LoadedConfig
    targets: Targets
    network: Network
    grids: list[TimeGrid]
    demand: Demand

    @property
    def config(self) -> Config:
        """The checked config."""
        return self.loaded.config

    @property
    def device(self) -> Device | None:
        """Where kernels run; None with NumPy."""
        return backend.device_of(self.xp)

    @property
    def workers(self) -> int:
        """Worker processes asked for."""
        return self.config.compute.threads

    @property
    def over_years(self) -> bool:
        """Whether the question is asked over fiscal years."""
        return self.config.design.programme is not None


@dataclass(frozen=True)
class Witness:
    """What is seen, under which weather, of what weight.

    Attributes
    ----------
    coverage : Coverage
        Tracks under a clear sky, (C, N, W), and their times.
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    """

    coverage: Coverage
    clear: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.int64]


def scope_of(loaded: LoadedConfig, progress: Progress = silent) -> Scope:
    """Load what is watched and who may watch, and lay out the time grids."""
    config = loaded.config
    over_years = config.design.programme is not None
    return Scope(
        xp=backend.select(config.compute.backend, progress),
        loaded=loaded,
        targets=targets.load(config.targets, loaded.base),
        network=network.load(
            config.network, config.design, base=loaded.base, over_years=over_years
        ),
        grids=[
            time_grid(start, config.time.hours, config.time.step_s)
            for start in representative_days(config.time)
        ],
        demand=demand_of(config),
    )


def demand_of(config: Config) -> Demand:
    """Windows, longest track and limits, in SI and radians."""
    return Demand(
        window_s=config.coverage.window_hours * SECONDS_PER_HOUR,
        longest_s=config.coverage.max_track_hours * SECONDS_PER_HOUR,
        limits=Limits.of(config.visibility),
    )


def look(scope: Scope, progress: Progress = silent) -> Coverage:
    """Count the tracks of every contributor, target and window."""
    return collect(
        scope.xp,
        scope.targets,
        scope.network.sensors,
        scope.grids,
        scope.demand,
        scope.config.targets.max_age_days,
        scope.workers,
        lambda done, total: progress("visibility", done, total),
        scope.device,
        backend.fleet_of(scope.xp),
    )


def witnessed(scope: Scope, seen: Coverage) -> Witness:
    """Put what is seen beside the weather and the weights of the demand."""
    return Witness(seen, *weather_and_demand(scope, seen))


def weather_and_demand(
    scope: Scope, seen: Coverage
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Draw the weather, (S, C, W), and weigh one cell of each target, (N,)."""
    wanted = scope.config.coverage
    cloudy = wanted.weather == "independent"
    always_up = np.ones(len(scope.network))
    sensors = scope.network.sensors
    clear = working_windows(
        scope.network.id,
        sensors if cloudy else replace(sensors, availability=always_up),
        scope.network.clear_fraction if cloudy else np.ones((len(scope.network), 12)),
        seen.window_start,
        seen.window_s,
        wanted.scenarios if cloudy else 1,
        scope.config.design.seed,
    )
    weights = {str(regime): share for regime, share in wanted.weights.items()}
    return clear, demand_weights(scope.targets, weights, len(seen.window_start), clear.shape[0])


def supply_of(scope: Scope) -> Supply:
    """Slots of every contributor, and how many objects need one for each target."""
    slots = slots_of(scope.network.sensors, scope.grids, scope.demand)
    return Supply(scope.targets.multiplicity.astype(float), slots)
