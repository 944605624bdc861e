"""Targets of one group at the nodes of every stretch, and which fast formulas may carry them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.constants import MINUTES_PER_DAY
from kansoku.ephemeris import resonance
from kansoku.ephemeris.secular import deep_space, near_earth
from kansoku.ephemeris.sgp4 import Epochs, Group, HostRows, Satellites, minutes_since_epoch
from kansoku.ephemeris.sgp4_initial import Secular, rows_of
from kansoku.ephemeris.slow import Slow, Stretch, slow_factors, stretch_of
from kansoku.ephemeris.states import DIVERGED_AT_AXES
from kansoku.ephemeris.swift import ROUND_LIMIT_RAD
from kansoku.ephemeris.thin import Instants
from kansoku.ephemeris.timegrid import TimeGrid

HostBools = npt.NDArray[np.bool_]

FEWEST_SAMPLES = 96
"""Below this the nodes cost more than they spare."""
LONGEST_STRETCH_MIN = 1480.0
"""A day, and what is thinned needs beyond its ends. [min]"""
MOST_SAMPLES = 1500
UNEVEN_MIN = 1.0e-8
"""Departure from an even grid that is rounding: 5 mm in low orbit. [min]"""

# Conditions of the fast path
LARGEST_ERROR_M = 0.1
LARGEST_E = 0.9
SMALLEST_E = 1.0e-5
NEAREST_AXES = 1.003
"""Perigee in Earth radii below which states may be decayed: short-period terms reach 0.002."""
SECOND_ORDER_DRAG = 2.0e-8
"""Largest second-order term of drag that follows the anomaly. [rad]

Velocity takes the length of the vector of e without it: ten times this is allowed there, 1.5 mm/s.
"""
QUIET_DRAG = 1.0e-8
"""Drag that follows the anomaly and stays below this is left out: 7 cm. [rad]"""


@dataclass(frozen=True)
class Span:
    """One stretch of a group's targets, evaluated at its nodes."""

    stretch: Stretch
    first_min: Array
    slow: Slow


@dataclass(frozen=True)
class Job:
    """Targets of one group within a block.

    Attributes
    ----------
    places : (n,) array on the host
        In the block.
    secular : Secular
        (n, 1) columns.
    steps : Steps or None
        Integrated resonance.
    spans : tuple of Span
    step_min : float
        [min]
    """

    places: HostRows
    secular: Secular
    steps: resonance.Steps | None
    spans: tuple[Span, ...]
    step_min: float


@dataclass(frozen=True)
class Kinds:
    """What may carry each target of a job; (n,) arrays on the host.

    Attributes
    ----------
    fast : bool array
        The fast path may; what follows counts only there.
    is_round : bool array
        The orbit is nearly round.
    quiet : bool array
        Drag does not follow the anomaly.
    """

    fast: HostBools
    is_round: HostBools
    quiet: HostBools

    def rows(self, *, is_round: bool, quiet: bool) -> HostRows:
        """Rows of the job that are fast and of one kind."""
        return np.flatnonzero(self.fast & (self.is_round == is_round) & (self.quiet == quiet))


def _job(
    xp: ModuleType,
    satellites: Satellites,
    group: Group,
    rows: HostRows,
    grid: TimeGrid | Instants,
    stretches: list[Stretch],
) -> Job:
    """Evaluate some targets of a group at the nodes of every stretch."""
    some, index = index_of(xp, rows), xp.asarray(group.rows[rows])
    epochs = Epochs(satellites.epoch_jd[index], satellites.epoch_fraction[index])
    edges = [stretch.columns.start for stretch in stretches] + [len(grid) - 1]
    minutes = minutes_since_epoch(
        epochs,
        slice(None),
        xp.asarray(grid.jd_utc[edges]),
        xp.asarray(grid.fraction_utc[edges]),
    )
    steps = None
    if group.resonant is not None:
        # Rounding must not carry a node past the last step
        span = xp.concatenate([minutes - UNEVEN_MIN, minutes + UNEVEN_MIN], axis=1)
        steps = resonance.integrate(xp, rows_of(group.resonant, some), span)
    step_min = grid.step_s / 60.0
    spans = tuple(
        _span(xp, group, some, steps, minutes[:, k : k + 1], step_min, stretch)
        for k, stretch in enumerate(stretches)
    )
    return Job(group.rows[rows], rows_of(group.secular, some), steps, spans, step_min)


def _span(
    xp: ModuleType,
    group: Group,
    some: slice | Array,
    steps: resonance.Steps | None,
    first_min: Array,
    step_min: float,
    stretch: Stretch,
) -> Span:
    t = first_min + step_min * xp.asarray(stretch.places)
    secular = rows_of(group.secular, some)
    longitude: Array | float = 0.0
    if group.deep is None:
        none = xp.zeros_like(secular.eta)
        steady = replace(secular, anomaly_drag=none, e_periodic=none)
        mean = near_earth(xp, steady, rows_of(group.inclination, some), t)
    else:
        resonant = None
        if group.resonant is not None and steps is not None:
            longitude, n = resonance.resonant_longitude(xp, steps, slice(0, t.shape[0]), t)
            resonant = (longitude, n, resonance.synchronous(group.resonant))
        mean = deep_space(xp, secular, group.deep.take(some), resonant, t)
    return Span(stretch, first_min, slow_factors(xp, mean, longitude, stretch))


def stretches_of(xp: ModuleType, grid: TimeGrid | Instants) -> list[Stretch]:
    """Cut an even grid into stretches of about a day; none when it is not even, or short."""
    count = len(grid)
    step_min = grid.step_s / 60.0
    passed_min = (grid.jd_utc - grid.jd_utc[:1]) * MINUTES_PER_DAY + (
        grid.fraction_utc - grid.fraction_utc[:1]
    ) * MINUTES_PER_DAY
    uneven = np.abs(passed_min - step_min * np.arange(count)) > UNEVEN_MIN
    most = min(MOST_SAMPLES, int(LONGEST_STRETCH_MIN / step_min) + 1)
    if count < FEWEST_SAMPLES or most < FEWEST_SAMPLES or uneven.any():
        return []
    pieces = -(-count // most)
    edges = np.linspace(0, count, pieces + 1).astype(int)
    return [
        stretch_of(xp, slice(int(left), int(right)), grid.sidereal_rad)
        for left, right in itertools.pairwise(edges)
    ]


def job_of(
    xp: ModuleType,
    satellites: Satellites,
    group: Group,
    some: HostRows,
    grid: TimeGrid | Instants,
    stretches: list[Stretch],
) -> tuple[Job, Kinds]:
    """Evaluate some rows of a group at the nodes, and say of which kinds they are."""
    with np.errstate(all="ignore"):  # what runs away is left to the exact path
        job = _job(xp, satellites, group, some, grid, stretches)
        axis = satellites.semi_major_axis[xp.asarray(job.places)]
        return job, _kinds(xp, job, axis)


def _kinds(xp: ModuleType, job: Job, axis: Array) -> Kinds:
    s = job.secular
    # The cube of 1 + eta cos M rises with cos M, so both of its values lie between the ends
    swing = (1.0 + s.eta) ** 3 - (1.0 - s.eta) ** 3
    shift = (xp.abs(s.anomaly_drag) * swing)[:, 0]
    fall = 2.0 * xp.abs(s.e_periodic)[:, 0]
    fast = xp.ones(len(job.places), dtype=bool)
    is_round, quiet = fast, fast
    for span in job.spans:
        slow = span.slow
        e = slow.largest_e
        second = e * shift * shift + fall * (0.5 * shift + 0.1 * e)
        fast = fast & (slow.error_m < LARGEST_ERROR_M) & (e < LARGEST_E)
        fast = fast & (slow.smallest_e > SMALLEST_E + fall) & (second < SECOND_ORDER_DRAG)
        fast = fast & (slow.nearest > NEAREST_AXES)
        fast = fast & (slow.farthest * NEAREST_AXES < DIVERGED_AT_AXES * axis)
        is_round = is_round & (e + slow.residual + fall < ROUND_LIMIT_RAD)
        quiet = quiet & (e * shift + fall < QUIET_DRAG)
    return Kinds(to_numpy(fast), to_numpy(is_round), to_numpy(quiet))


def index_of(xp: ModuleType, rows: HostRows) -> Array | slice:
    """Rows as a slice where they are neighbours, which spares a copy."""
    if rows[-1] - rows[0] == len(rows) - 1:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return xp.asarray(rows)
