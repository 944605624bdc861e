"""A whole study, from a config to a labelled cube: the map of the house.

config -> targets + network -> ephemeris -> visibility -> coverage -> design -> cubes -> report
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kansoku import backend, network, report, targets
from kansoku.config import Config
from kansoku.configfile import LoadedConfig
from kansoku.constants import SECONDS_PER_HOUR
from kansoku.coverage import second_look
from kansoku.coverage.collect import Coverage, collect
from kansoku.coverage.demand import demand_weights
from kansoku.coverage.gaps import gaps_of
from kansoku.coverage.slots import slots_of
from kansoku.coverage.stretch import Demand
from kansoku.coverage.value import Value, value_of
from kansoku.cubes import dataset, provenance, storage
from kansoku.cubes.findings import Findings, NetworkValue
from kansoku.design.cases import Answers, answer
from kansoku.design.load import load_of
from kansoku.design.problem import Problem
from kansoku.design.question import contributor_credit, problem_of, repriced
from kansoku.design.requirements import Supply
from kansoku.design.slotcheck import within_slots
from kansoku.ephemeris.grid import TimeGrid, representative_days, time_grid
from kansoku.errors import CubeError, DesignError
from kansoku.network.contributors import Network
from kansoku.progress import Progress, Stopwatch, silent
from kansoku.targets.objects import Targets
from kansoku.visibility.limits import Limits
from kansoku.visibility.reasons import reason_of
from kansoku.visibility.weather import working_windows
from kansoku.wholefile import whole_folder

if TYPE_CHECKING:
    import xarray as xr

NOT_EXAMINED = "not examined: the run was interrupted"
INTERRUPTED = "The run was interrupted after the design: what is missing was not examined."


@dataclass(frozen=True)
class Scope:
    """What is watched, by whom, when: the inputs of everything that follows."""

    xp: ModuleType
    config: Config
    targets: Targets
    network: Network
    grids: list[TimeGrid]
    demand: Demand

    @property
    def workers(self) -> int:
        """Worker processes asked for."""
        return self.config.compute.threads


def run(loaded: LoadedConfig, progress: Progress = silent) -> xr.Dataset:
    """Compute a study.

    Parameters
    ----------
    loaded : LoadedConfig
        A checked config with the folder that its paths are relative to.
    progress : callable, optional
        Told the stages, how far each has come, and the gap as it falls.

    Returns
    -------
    xarray.Dataset
        The whole result; `kansoku.cubes.storage.write` makes it a file.
    """
    _require_one_period(loaded)
    watch = Stopwatch(progress)
    scope = scope_of(loaded)
    watch.ended("targets and network")
    seen = look(scope, progress)
    watch.ended("visibility and coverage")
    clear, weight = weather_and_demand(scope, seen)
    problem = question(scope, seen, clear, weight)
    watch.ended("demand cells")
    answers = decide(scope, problem, progress)
    watch.ended("design")
    found = gather(scope, seen, clear, weight, problem, answers, loaded)
    watch.ended("second look")
    labelled = dataset.label(found)
    watch.ended("cubes")
    return labelled


def _require_one_period(loaded: LoadedConfig) -> None:
    """Refuse a question over fiscal years: an answer to another one would be worse than none."""
    if loaded.config.design.programme is not None:
        raise DesignError(
            "design.programme: got a programme over fiscal years, which run does not answer yet; "
            "remove the section, or ask in Python: kansoku.design.programme (docs/programme.md)"
        )


def run_to_folder(loaded: LoadedConfig, folder: Path, progress: Progress = silent) -> str:
    """Compute a study and write its results, all of them or none; return the answer page."""
    result = run(loaded, progress)
    try:
        with whole_folder(folder) as part:
            storage.write(result, part / "study.nc")
            return report.write(result, part)
    except OSError as cause:
        raise CubeError(
            f"{folder}: results cannot be written ({cause.strerror or cause}); "
            "free some space or move what is in the way, or choose another folder with --out"
        ) from cause


def scope_of(loaded: LoadedConfig) -> Scope:
    """Load what is watched and who may watch, and lay out the time grids."""
    config = loaded.config
    return Scope(
        xp=backend.select(config.compute.backend),
        config=config,
        targets=targets.load(config.targets, loaded.base),
        network=network.load(config.network, config.design, base=loaded.base),
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
    )


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


def question(
    scope: Scope,
    seen: Coverage,
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
) -> Problem:
    """Turn what is seen into the design problem."""
    config = scope.config
    return problem_of(
        scope.network,
        seen.tracks,
        clear,
        weight,
        config.coverage,
        config.design,
        config.network,
        supply_of(scope) if config.design.capacity == "block" else None,
    )


def supply_of(scope: Scope) -> Supply:
    """Slots of every contributor, and how many objects need one for each target."""
    slots = slots_of(scope.network.sensors, scope.grids, scope.demand)
    return Supply(scope.targets.multiplicity.astype(float), slots)


def decide(scope: Scope, problem: Problem, progress: Progress = silent) -> Answers:
    """Choose the portfolio, and answer the cases around it."""
    return answer(
        problem,
        lambda level: repriced(scope.network, problem, level),
        scope.config.design,
        scope.config.network.cost_level,
        scope.workers,
        progress,
    )


def gather(
    scope: Scope,
    seen: Coverage,
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    problem: Problem,
    answers: Answers,
    loaded: LoadedConfig,
) -> Findings:
    """Look again at what stays unseen and at the slots, and put everything found together."""
    chosen = contributor_credit(scope.network, problem, answers.portfolio.design)
    today = contributor_credit(scope.network, problem, problem.nothing())
    best = contributor_credit(scope.network, problem, problem.everything())
    now, then = (_network_value(scope, seen, clear, weight, each) for each in (today, chosen))
    cut = NOT_EXAMINED in now.unseen or NOT_EXAMINED in then.unseen
    steps = scope.config.coverage.credit
    return Findings(
        config=scope.config,
        targets=scope.targets,
        network=scope.network,
        coverage=seen,
        clear=clear,
        weight=weight,
        problem=problem,
        answers=answers,
        chosen=then,
        today=now,
        attainable=_value(scope, seen, clear, weight, best),
        attainable_own=_value(scope, seen, clear, weight, _own(scope, best)),
        load=load_of(scope.network, seen, scope.targets, scope.grids, scope.demand, steps),
        slots=within_slots(
            seen.tracks,
            clear,
            weight,
            supply_of(scope),
            steps,
            (chosen, today),
            scope.network.owner == scope.config.network.owner,
        ),
        provenance=provenance.of(
            loaded,
            scope.xp,
            scope.targets,
            scope.network,
            seen,
            scope.grids,
            (INTERRUPTED,) if cut else (),
        ),
    )


def _network_value(
    scope: Scope,
    seen: Coverage,
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    credit_of: npt.NDArray[np.float64],
) -> NetworkValue:
    """Coverage, gaps and unseen targets of one network."""
    active = [part.where((credit_of > 0)[part.contributor]) for part in seen.times]
    return NetworkValue(
        contributor_credit=credit_of,
        all=_value(scope, seen, clear, weight, credit_of),
        own=_value(scope, seen, clear, weight, _own(scope, credit_of)),
        gaps=gaps_of(
            active,
            clear,
            len(scope.targets),
            scope.config.time.hours * SECONDS_PER_HOUR,
            seen.window_s,
        ),
        unseen=_unseen(scope, seen, credit_of),
    )


def _value(
    scope: Scope,
    seen: Coverage,
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    credit_of: npt.NDArray[np.float64],
) -> Value:
    """Coverage of one network."""
    steps = scope.config.coverage.credit
    return value_of(seen.tracks, clear, credit_of, scope.targets, weight, steps)


def _own(scope: Scope, credit_of: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Credit of the owner's contributors alone."""
    return np.where(scope.network.owner == scope.config.network.owner, credit_of, 0.0)


def _unseen(
    scope: Scope, seen: Coverage, credit_of: npt.NDArray[np.float64]
) -> npt.NDArray[np.str_]:
    """Reason for each target that no active contributor ever tracks; '' for the others."""
    active = np.flatnonzero(credit_of > 0)
    lost = np.flatnonzero(~seen.tracks[active].any(axis=(0, 2)))
    reasons = np.full(len(scope.targets), "", dtype="U80")
    try:
        bits = second_look.reached_by(
            scope.xp,
            scope.targets.take(lost),
            scope.network.sensors.take(active),
            scope.grids,
            scope.demand,
            scope.config.targets.max_age_days,
            scope.workers,
        )
        reasons[lost] = reason_of(bits)
    except KeyboardInterrupt:
        reasons[lost] = NOT_EXAMINED
    return reasons
