"""Earth-fixed states on uniform grids, within a metre of the exact path and several times faster.

What varies slowly is carried from few nodes (`slow`), the rest is polynomials (`swift`); nearly
round orbits are propagated at every few samples only (`thin`). A target for which that would not
hold (`jobs`) is propagated by the exact path (`states`): the decision is made from
the nodes alone, before any sample. So every target that stays here has usable states and no error
code, and every error code comes from the exact path.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

from kansoku.backend import Array
from kansoku.ephemeris import resonance
from kansoku.ephemeris.jobs import HostBools, Job, Span, index_of, job_of, stretches_of
from kansoku.ephemeris.sgp4 import Group, HostRows, Satellites
from kansoku.ephemeris.sgp4_initial import Secular, rows_of
from kansoku.ephemeris.slow import (
    BY_DRAG,
    ELLIPSE,
    IN_PLANE,
    OF_PLANE,
    Stretch,
    carried,
    carried_node,
)
from kansoku.ephemeris.states import StateBlock, state_block
from kansoku.ephemeris.swift import (
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
from kansoku.ephemeris.thin import Thinned, filled_in, thinned
from kansoku.ephemeris.timegrid import TimeGrid


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
    stretches = stretches_of(xp, grid)
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
    left = _fill_thinned(xp, satellites, grid, block)
    exact = [
        _fill_group(xp, satellites, group, left, grid, stretches, block)
        for group in satellites.groups
    ]
    _fill_exactly(xp, satellites, grid, np.sort(np.concatenate(exact)), block)
    return block


def _fill_thinned(
    xp: ModuleType, satellites: Satellites, grid: TimeGrid, block: StateBlock
) -> HostBools:
    """Fill in nearly round orbits from every few samples; say which targets are left, (n,)."""
    left = np.ones(block.stop - block.start, dtype=bool)
    thin = thinned(xp, grid)
    stretches = stretches_of(xp, thin.instants) if thin else []
    if thin is None or not stretches:
        return left
    shape = (3, len(left), len(thin.instants))
    coarse = replace(block, position_itrf_m=xp.empty(shape), velocity_itrf_m_s=xp.empty(shape))
    for group in satellites.groups:
        some = _rows_left(group, left, block)
        if not some.size:
            continue
        job, kinds = job_of(xp, satellites, group, some, thin.instants, stretches)
        for quiet in (True, False):
            chosen = kinds.rows(is_round=True, quiet=quiet)
            if chosen.size:
                _fill(xp, job, chosen, True, quiet, coarse)
            left[job.places[chosen] - block.start] = False
    _fill_between(xp, thin, coarse, np.flatnonzero(~left), block)
    return left


def _fill_between(
    xp: ModuleType, thin: Thinned, coarse: StateBlock, rows: HostRows, block: StateBlock
) -> None:
    """Fill in rows of a block from the same rows at fewer samples, few at a time."""
    count = block.usable.shape[1]
    height = max(1, 4 * samples_at_once(xp) // count)
    for top in range(0, rows.size, height):
        few = index_of(xp, rows[top : top + height])
        for whole, part in (
            (block.position_itrf_m, coarse.position_itrf_m),
            (block.velocity_itrf_m_s, coarse.velocity_itrf_m_s),
        ):
            for k in range(3):
                whole[k, few] = filled_in(xp, thin, part[k, few], count)


def _rows_left(group: Group, left: HostBools, block: StateBlock) -> HostRows:
    """Rows of a group that are within a block and not filled in yet."""
    low, high = np.searchsorted(group.rows, (block.start, block.stop))
    within: HostRows = low + np.flatnonzero(left[group.rows[low:high] - block.start])
    return within


def _fill_group(
    xp: ModuleType,
    satellites: Satellites,
    group: Group,
    left: HostBools,
    grid: TimeGrid,
    stretches: list[Stretch],
    block: StateBlock,
) -> HostRows:
    """Fill in the targets of a group that are left; the places of those for the exact path."""
    some = _rows_left(group, left, block)
    if not some.size:
        return some
    job, kinds = job_of(xp, satellites, group, some, grid, stretches)
    for is_round, quiet in itertools.product((True, False), repeat=2):
        chosen = kinds.rows(is_round=is_round, quiet=quiet)
        if chosen.size:
            _fill(xp, job, chosen, is_round, quiet, block)
    return job.places[~kinds.fast] - block.start


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
    xp: ModuleType, job: Job, chosen: HostRows, is_round: bool, quiet: bool, block: StateBlock
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
            rows = index_of(xp, job.places[chosen[some]] - block.start)
            for whole, part in zip(
                (block.position_itrf_m, block.velocity_itrf_m_s), states, strict=True
            ):
                for k in range(3):
                    whole[k, rows, columns] = part[k]


def _batch(xp: ModuleType, job: Job, span: Span, index: Array, quiet: bool) -> _Batch:
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


def _fill_exactly(
    xp: ModuleType, satellites: Satellites, grid: TimeGrid, places: HostRows, block: StateBlock
) -> None:
    """Fill in what the fast path does not cover."""
    if not places.size:
        return
    few = satellites.take(xp, places + block.start)
    states = state_block(xp, few, grid, 0, len(places))
    index = index_of(xp, places)
    block.position_itrf_m[:, index] = states.position_itrf_m
    block.velocity_itrf_m_s[:, index] = states.velocity_itrf_m_s
    block.usable[index] = states.usable
    block.error[index] = states.error
