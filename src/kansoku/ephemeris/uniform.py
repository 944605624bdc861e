"""Earth-fixed states on uniform grids, within a metre of the exact path and several times faster.

What varies slowly is carried from few nodes (`slow`), the rest is polynomials (`swift`). A target
for which that would not hold is propagated by the exact path (`states`): the decision is made from
the nodes alone, before any sample. So every target that stays here has usable states and no error
code, and every error code comes from the exact path.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.constants import MINUTES_PER_DAY
from kansoku.ephemeris import resonance
from kansoku.ephemeris.grid import TimeGrid
from kansoku.ephemeris.secular import deep_space, near_earth
from kansoku.ephemeris.sgp4 import Epochs, Group, HostRows, Satellites, minutes_since_epoch
from kansoku.ephemeris.sgp4_initial import Secular, rows_of
from kansoku.ephemeris.slow import (
    BY_DRAG,
    ELLIPSE,
    IN_PLANE,
    OF_PLANE,
    Slow,
    Stretch,
    carried,
    carried_node,
    slow_factors,
    stretch_of,
)
from kansoku.ephemeris.states import DIVERGED_AT_AXES, StateBlock, state_block
from kansoku.ephemeris.swift import (
    ROUND_LIMIT_RAD,
    Components,
    Drag,
    EvenAngle,
    earth_fixed_states,
    even_angle,
    in_plane,
    kepler_any,
    kepler_round,
    sines,
    with_drag,
)

HostBools = npt.NDArray[np.bool_]

FEWEST_SAMPLES = 96
"""Below this the nodes cost more than they spare."""
LONGEST_STRETCH_MIN = 1440.0
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
class _Span:
    """One stretch of a group's targets, evaluated at its nodes."""

    stretch: Stretch
    first_min: Array
    slow: Slow


def uniform_states(
    xp: ModuleType, satellites: Satellites, grid: TimeGrid, start: int, stop: int
) -> StateBlock:
    """Propagate targets `start` to `stop` over a grid, as `states.state_block`, but faster.

    Positions are within 1 m of the exact path, velocities within 1 mm/s in low orbit. Validity and
    error codes are those of the exact path.

    Parameters
    ----------
    grid : TimeGrid
        Where its instants are not even in UTC (a leap second) or few, all is left to the exact
        path.

    Returns
    -------
    StateBlock
    """
    stretches = _stretches(xp, grid)
    if not stretches or start == stop:
        return state_block(xp, satellites, grid, start, stop)
    n, times = stop - start, len(grid)
    block = StateBlock(
        start,
        stop,
        xp.empty((3, n, times)),
        xp.empty((3, n, times)),
        xp.ones((n, times), dtype=bool),
        xp.zeros(n, dtype=xp.int8),
    )
    exact = [
        _fill_group(xp, satellites, group, grid, stretches, block) for group in satellites.groups
    ]
    _fill_exactly(xp, satellites, grid, np.sort(np.concatenate(exact)), block)
    return block


def _stretches(xp: ModuleType, grid: TimeGrid) -> list[Stretch]:
    """Cut an even grid into stretches of a day at most; none when it is not even, or short."""
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


@dataclass(frozen=True)
class _Job:
    """Targets of one group within a block.

    Attributes
    ----------
    places : (n,) array on the host
        In the block.
    secular : Secular
        (n, 1) columns.
    steps : Steps or None
        Integrated resonance.
    spans : tuple of _Span
    step_min : float
        [min]
    """

    places: HostRows
    secular: Secular
    steps: resonance.Steps | None
    spans: tuple[_Span, ...]
    step_min: float


def _job(
    xp: ModuleType,
    satellites: Satellites,
    group: Group,
    some: slice,
    grid: TimeGrid,
    stretches: list[Stretch],
) -> _Job:
    """Evaluate some targets of a group at the nodes of every stretch."""
    index = xp.asarray(group.rows[some])
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
    return _Job(group.rows[some], rows_of(group.secular, some), steps, spans, step_min)


def _span(
    xp: ModuleType,
    group: Group,
    some: slice,
    steps: resonance.Steps | None,
    first_min: Array,
    step_min: float,
    stretch: Stretch,
) -> _Span:
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
    return _Span(stretch, first_min, slow_factors(xp, mean, longitude, stretch))


def _fill_group(
    xp: ModuleType,
    satellites: Satellites,
    group: Group,
    grid: TimeGrid,
    stretches: list[Stretch],
    block: StateBlock,
) -> HostRows:
    """Fill in the targets of a group; the places of those left to the exact path."""
    low, high = np.searchsorted(group.rows, (block.start, block.stop))
    if low == high:
        return group.rows[:0]
    with np.errstate(all="ignore"):  # what runs away is left to the exact path
        job = _job(xp, satellites, group, slice(int(low), int(high)), grid, stretches)
        fast, is_round, quiet = _kinds(xp, job, satellites.semi_major_axis[xp.asarray(job.places)])
    for kind in (True, False):
        for without_drag in (True, False):
            chosen = np.flatnonzero(fast & (is_round == kind) & (quiet == without_drag))
            if chosen.size:
                _fill(xp, job, chosen, kind, without_drag, block)
    return job.places[~fast] - block.start


def _kinds(xp: ModuleType, job: _Job, axis: Array) -> tuple[HostBools, HostBools, HostBools]:
    """Which targets may stay, which are nearly round, and which feel no drag by the anomaly."""
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
    return to_numpy(fast), to_numpy(is_round), to_numpy(quiet)


@dataclass(frozen=True)
class _Batch:
    """Targets of one kind over one stretch, (m, ...) arrays."""

    factors: Array
    node: Array
    line: EvenAngle
    drag: Drag | None
    first_min: Array

    def __getitem__(self, some: slice) -> _Batch:
        return _Batch(
            self.factors[some],
            self.node[some],
            self.line[some],
            None if self.drag is None else self.drag[some],
            self.first_min[some],
        )


def _fill(
    xp: ModuleType, job: _Job, chosen: HostRows, is_round: bool, quiet: bool, block: StateBlock
) -> None:
    """Fill in targets of one kind, few at a time."""
    index = xp.asarray(chosen)
    steps = None
    if job.steps is not None:
        steps = resonance.Steps(job.steps.first, job.steps.states[:, :, index])
    for span in job.spans:
        batch = _batch(xp, job, span, index, quiet)
        columns, height = span.stretch.columns, max(1, samples_at_once(xp) // len(span.stretch))
        for top in range(0, chosen.size, height):
            some = slice(top, min(top + height, chosen.size))
            few, longitude = batch[some], None
            if steps is not None:
                t = few.first_min + job.step_min * xp.arange(len(span.stretch))
                longitude, _ = resonance.resonant_longitude(xp, steps, some, t)
            states = _states(xp, span.stretch, few, longitude, is_round)
            rows = _places(xp, job.places[chosen[some]] - block.start)
            for whole, part in zip(
                (block.position_itrf_m, block.velocity_itrf_m_s), states, strict=True
            ):
                for k in range(3):
                    whole[k, rows, columns] = part[k]


def _batch(xp: ModuleType, job: _Job, span: _Span, index: Array, quiet: bool) -> _Batch:
    slow, count = span.slow, len(span.stretch)
    first_min = span.first_min[index]
    drag = None if quiet else _drag(xp, rows_of(job.secular, index), first_min, job.step_min, count)
    return _Batch(
        slow.factors[index],
        slow.node[index],
        even_angle(xp, slow.argument[index], slow.argument_rate[index], count),
        drag,
        first_min,
    )


def _drag(xp: ModuleType, s: Secular, first_min: Array, step_min: float, count: int) -> Drag:
    """Gather what drag needs at the samples from constants and minutes at the first sample."""
    lag = s.argp_drag * first_min, s.argp_drag * step_min
    return Drag(
        anomaly=even_angle(
            xp,
            s.mean_anomaly + s.mean_anomaly_rate * first_min,
            s.mean_anomaly_rate * step_min,
            count,
            lag,
        ),
        eta=s.eta,
        of_perigee=s.anomaly_drag,
        at_epoch=s.cubed_at_epoch,
        of_e=s.e_periodic,
        sine_at_epoch=s.sine_at_epoch,
    )


def _states(
    xp: ModuleType, stretch: Stretch, batch: _Batch, longitude: Array | None, is_round: bool
) -> tuple[Components, Components]:
    """Position and velocity of a batch at the samples of a stretch."""
    f = carried(xp, batch.factors, ELLIPSE if batch.drag is None else ELLIPSE + BY_DRAG, stretch)
    residual, ax, ay = f["residual"], f["ax"], f["ay"]
    if longitude is not None:
        residual = residual + longitude
    if batch.drag is not None:
        ax, ay = with_drag(xp, batch.drag, ax, ay, f)
    line = sines(xp, batch.line, len(stretch))
    if is_round:
        eccentric, e_sin = kepler_round(line, residual, ax, ay)
    else:
        eccentric, e_sin = kepler_any(xp, line, residual, ax, ay)
    f = carried(xp, batch.factors, IN_PLANE, stretch)
    place = in_plane(eccentric, e_sin, ax, ay, f)
    f = carried(xp, batch.factors, OF_PLANE, stretch)
    return earth_fixed_states(place, carried_node(xp, batch.node, stretch), f)


def samples_at_once(xp: ModuleType) -> int:
    """Samples of one array whose two dozen companions stay in the second-level cache."""
    return 9000 if xp is np else 1 << 22


def _places(xp: ModuleType, rows: HostRows) -> Array | slice:
    """Rows as a slice where they are neighbours, which spares a copy."""
    if rows[-1] - rows[0] == len(rows) - 1:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return xp.asarray(rows)


def _fill_exactly(
    xp: ModuleType, satellites: Satellites, grid: TimeGrid, places: HostRows, block: StateBlock
) -> None:
    """Fill in what the fast path does not cover."""
    if not places.size:
        return
    few = satellites.take(xp, places + block.start)
    states = state_block(xp, few, grid, 0, len(places))
    index = _places(xp, places)
    block.position_itrf_m[:, index] = states.position_itrf_m
    block.velocity_itrf_m_s[:, index] = states.velocity_itrf_m_s
    block.usable[index] = states.usable
    block.error[index] = states.error
