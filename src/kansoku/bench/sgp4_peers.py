"""Who propagates in the SGP4 benchmark: our two paths, and the packages `sgp4`, heyoka and brahe.

Every contender gets the same targets and instants, builds what it needs beforehand, and then gives
position and velocity of some targets at all instants. Frames are each one's own: ours are
Earth-fixed, those of the others TEME, which costs them nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import numpy as np

from kansoku import __version__
from kansoku.constants import DEG, MINUTES_PER_DAY, SECONDS_PER_DAY, UNIX_EPOCH_JD
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import state_block
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.ephemeris.uniform import uniform_states
from kansoku.targets.objects import MeanElements

TURN_RAD = 360.0 * DEG
EPOCH_1949_JD = 2433281.5
"""Midnight from which the `sgp4` package counts days."""

Propagate = Callable[[slice], Any]


@dataclass(frozen=True)
class Contender:
    """One way to propagate.

    Attributes
    ----------
    name, version : str
    propagate : callable
        Takes a slice of targets; gives states at all instants.
    shared : {'processes', 'threads'}
        How two cores are put to work: two processes, or threads of its own.
    every : int
        Takes only every so many blocks of targets, because it is slow.
    refused : dict of int to int
        Targets that it raises an error for, by first place of their block; they are not asked for
        again.
    """

    name: str
    version: str
    propagate: Propagate
    shared: str = "processes"
    every: int = 1
    refused: Mapping[int, int] = field(default_factory=dict)


def ours(elements: MeanElements, grid: TimeGrid) -> list[Contender]:
    """Our fast and our exact path."""
    satellites = prepare(np, elements)
    return [
        Contender(
            "kansoku",
            __version__,
            lambda some: uniform_states(np, satellites, grid, some.start, some.stop),
        ),
        Contender(
            "kansoku exact",
            __version__,
            lambda some: state_block(np, satellites, grid, some.start, some.stop),
        ),
    ]


def satrecs(elements: MeanElements) -> list[Any]:
    """Element sets as the `sgp4` package holds them; numbers are places in the list."""
    api = import_module("sgp4.api")
    made = []
    for k in range(len(elements)):
        one = api.Satrec()
        one.sgp4init(
            api.WGS72,
            "i",
            k,
            elements.epoch_jd[k] - EPOCH_1949_JD + elements.epoch_fraction[k],
            elements.bstar[k],
            0.0,
            0.0,
            elements.eccentricity[k],
            elements.argp_rad[k],
            elements.inclination_rad[k],
            elements.mean_anomaly_rad[k],
            elements.mean_motion_rad_min[k],
            elements.raan_rad[k],
        )
        made.append(one)
    return made


def sgp4_package(elements: MeanElements, grid: TimeGrid, blocks: Sequence[slice]) -> Contender:
    """The `sgp4` package: C++ behind arrays of element sets. It keeps the interpreter's lock."""
    api, made = import_module("sgp4.api"), satrecs(elements)
    arrays = {some.start: api.SatrecArray(made[some]) for some in blocks}
    return Contender(
        "sgp4",
        str(import_module("sgp4").__version__),
        lambda some: arrays[some.start].sgp4(grid.jd_utc, grid.fraction_utc),
    )


def heyoka(elements: MeanElements, grid: TimeGrid, blocks: Sequence[slice]) -> Contender:
    """heyoka.py: compiled just in time, vectors across targets, threads of its own."""
    module = import_module("heyoka")
    ready = {}
    for some in blocks:
        e = elements.take(some)
        columns = np.stack([
            e.mean_motion_rad_min, e.eccentricity, e.inclination_rad, e.raan_rad, e.argp_rad,
            e.mean_anomaly_rad, e.bstar, e.epoch_jd, e.epoch_fraction,
        ])  # fmt: skip
        minutes = MINUTES_PER_DAY * (
            (grid.jd_utc[:, None] - e.epoch_jd) + (grid.fraction_utc[:, None] - e.epoch_fraction)
        )
        ready[some.start] = module.model.sgp4_propagator(columns), minutes

    def propagate(some: slice) -> Any:
        propagator, minutes = ready[some.start]
        return propagator(minutes)

    return Contender("heyoka", str(module.__version__), propagate, shared="threads")


def brahe(elements: MeanElements, grid: TimeGrid, blocks: Sequence[slice]) -> Contender:
    """brahe: one propagator a target, asked for all instants at once, in TEME."""
    module = import_module("brahe")
    module.set_global_eop_provider_from_static_provider(module.StaticEOPProvider.from_zero())
    epochs = [
        _brahe_epoch(module, jd, f) for jd, f in zip(grid.jd_utc, grid.fraction_utc, strict=True)
    ]
    every, frame = 4, module.CelestialFrame.TEME
    made: dict[int, list[Any]] = {}
    refused = dict.fromkeys((some.start for some in blocks[::every]), 0)
    for some in blocks[::every]:
        made[some.start] = []
        for k in range(some.start, some.stop):
            propagator = _brahe_propagator(module, elements, k)
            try:  # a target that has decayed raises, instead of giving a code with its states
                propagator.states_in_frame(frame, epochs)
            except module.BraheError:
                refused[some.start] += 1
            else:
                made[some.start].append(propagator)
    return Contender(
        "brahe",
        str(module.__version__),
        lambda some: [each.states_in_frame(frame, epochs) for each in made[some.start]],
        every=every,
        refused=refused,
    )


def _brahe_epoch(module: Any, jd: float, fraction: float) -> Any:
    seconds = (jd - UNIX_EPOCH_JD + fraction) * SECONDS_PER_DAY
    t = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(seconds * 1e6))
    second = t.second + 1e-6 * t.microsecond
    return module.Epoch.from_datetime(
        t.year, t.month, t.day, t.hour, t.minute, second, 0.0, module.TimeSystem.UTC
    )


def _brahe_propagator(module: Any, e: MeanElements, k: int) -> Any:
    # It writes a line of elements on the way, which wants five digits of a number
    return module.SGPPropagator.from_omm_elements(
        epoch=_brahe_epoch(module, e.epoch_jd[k], e.epoch_fraction[k]),
        mean_motion=e.mean_motion_rad_min[k] * MINUTES_PER_DAY / TURN_RAD,
        eccentricity=e.eccentricity[k],
        inclination=e.inclination_rad[k] / DEG,
        raan=e.raan_rad[k] / DEG,
        arg_of_pericenter=e.argp_rad[k] / DEG,
        mean_anomaly=e.mean_anomaly_rad[k] / DEG,
        norad_id=10000 + k,
        bstar=e.bstar[k],
    )
