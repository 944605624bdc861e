"""States of a block of targets by kernels: what `states` does, on a device, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.constants import MINUTES_PER_DAY
from kansoku.device import sources
from kansoku.device.device import Device, blocks_of, bytes_of, record
from kansoku.ephemeris.deep_space import Drift
from kansoku.ephemeris.resonance import STEP_MIN
from kansoku.ephemeris.secular import DeepSpace
from kansoku.ephemeris.sgp4 import Group, HostRows, Satellites, minutes_since_epoch
from kansoku.ephemeris.sgp4_initial import RADIUS_KM
from kansoku.ephemeris.states import DIVERGED_AT_AXES
from kansoku.ephemeris.timegrid import TimeGrid

LANES = 32
SEGMENT = 2048
"""Samples of one target that a block of states.cu takes."""

CODES = 8
NO_ERROR = np.iinfo(np.int32).max

Table = npt.NDArray[np.void]
FloatArray = npt.NDArray[np.float64]


def instants_of(grid: TimeGrid, moon_illuminance: npt.ArrayLike) -> Table:
    """Pack what depends on time alone, one `Instant` of sky.cuh a sample.

    Parameters
    ----------
    grid : TimeGrid
    moon_illuminance : (T,) array
        [foot-candle]
    """
    table = np.zeros(len(grid), sources.structure("sky.cuh", "Instant"))
    table["sun_itrf_m"], table["moon_itrf_m"] = grid.sun_itrf_m.T, grid.moon_itrf_m.T
    table["moon_illuminance"] = moon_illuminance
    table["sine"], table["cosine"] = np.sin(grid.sidereal_rad), np.cos(grid.sidereal_rad)
    # Days are subtracted as in `minutes_since_epoch`: a leap second is not counted
    table["utc_min"] = (grid.jd_utc - grid.jd_utc[0]) * MINUTES_PER_DAY + (
        grid.fraction_utc - grid.fraction_utc[0]
    ) * MINUTES_PER_DAY
    return table


@dataclass(frozen=True)
class _Rows:
    """Targets of one kind within a block: their rows there, and those of their group."""

    rows: HostRows
    group: Group
    within: slice


class Orbits:
    """Targets `start` to `stop` of a catalogue on a device.

    Parameters
    ----------
    device : Device
    satellites : Satellites
        On the host.
    grid : TimeGrid
    start, stop : int
    moon_illuminance : (T,) array
        Not used for states, but it is part of an instant. [foot-candle]
    cone_m : float
        Of the Earth's shadow: `SHADOW_CONES` of visibility, 0 for a cylinder. [m]

    Attributes
    ----------
    orbits : bytes
        (n,) structures Orbit of orbit.cuh.
    deep : bytes
        (m,) structures DeepSpace, of orbits of 225 min and more.
    deep_of : (n,) int32 array
        Place of each row among them; -1 for the others.
    checkpoints : (m, steps, 5) array
        Resonance every 720 min from step `first_step` on.
    instants : bytes
        (T,) structures Instant of sky.cuh.
    """

    def __init__(
        self,
        device: Device,
        satellites: Satellites,
        grid: TimeGrid,
        start: int,
        stop: int,
        moon_illuminance: npt.ArrayLike,
        cone_m: float,
    ) -> None:
        self.device, self.rows, self.cone_m = device, stop - start, cone_m
        xp, instants = device.xp, instants_of(grid, moon_illuminance)
        table = _orbit_table(satellites, grid, start, stop)
        far = [_within(group, start, stop) for group in satellites.groups if group.deep is not None]
        deep_rows = [some.rows for some in far]
        self._deep_rows: HostRows = np.concatenate(deep_rows) if far else np.zeros(0, np.intp)
        deep_of = np.full(self.rows, -1, dtype=np.int32)
        deep_of[self._deep_rows] = np.arange(len(self._deep_rows))
        near = np.flatnonzero(deep_of < 0)
        self._near, self._far = (_int32(xp, some) for some in (near, self._deep_rows))
        self.orbits, self.instants = bytes_of(xp, table), bytes_of(xp, instants)
        self.deep, self.deep_of = bytes_of(xp, _deep_table(far)), xp.asarray(deep_of)
        self.first_step, self.steps = _steps(table["first_min"][self._deep_rows], instants)
        self.checkpoints = self._integrated()
        self._first_error = xp.full(self.rows, NO_ERROR, dtype=np.int32)

    @property
    def error(self) -> npt.NDArray[np.int8]:
        """First error code of each target over the samples filled so far, (n,); 0 without one."""
        first = to_numpy(self._first_error)
        return np.where(first == NO_ERROR, 0, first % CODES).astype(np.int8)

    def fill(self, first: int, samples: int) -> tuple[Array, Array]:
        """Compute the states of a chunk of samples.

        Parameters
        ----------
        first, samples : int
            Of the stretch.

        Returns
        -------
        states : (6, n, stride) float32 array
            Earth-fixed positions and velocities, nan where a target has none that is an orbit;
            the stride is `samples` rounded up to whole words of 32. [m], [m/s]
        lit : (n, stride / 32) uint32 array
            Whether targets are in sunlight, bit t % 32 of word t / 32.
        """
        xp, stride = self.device.xp, -(-samples // LANES) * LANES
        states = xp.empty((6, self.rows, stride), dtype=np.float32)
        lit = xp.empty((self.rows, stride // LANES), dtype=np.uint32)
        out = record(
            self.device, "states.cuh", "Output", states=states, lit=lit,
            first_error=self._first_error, cone_m=self.cone_m, rows=self.rows, stride=stride,
            first=first, samples=samples,
        )  # fmt: skip
        segments = -(-stride // SEGMENT)
        near = (out.bytes, self.instants, self.orbits, self._near, len(self._near))
        self._launch("near_states", segments * len(self._near), *near)
        far = (out.bytes, self.instants, self.orbits, *self._deep_arguments())
        self._launch("deep_states", segments * len(self._far), *far)
        return states, lit

    def _integrated(self) -> Array:
        """March the resonance of all deep-space targets."""
        checkpoints = self.device.xp.zeros((max(len(self._far), 1), self.steps, 5))
        if len(self._far):
            blocks = blocks_of("states", "integrate_resonance", len(self._far))
            self.device.launch(
                "states", "integrate_resonance", blocks, self.orbits, self._far, self.deep,
                checkpoints, self.first_step, self.steps, len(self._far),
            )  # fmt: skip
        return checkpoints

    def _deep_arguments(self) -> tuple[Any, ...]:
        steps = (self.first_step, self.steps, len(self._far))
        return (self._far, self.deep, self.checkpoints, *steps)

    def _launch(self, kernel: str, blocks: int, *arguments: Any) -> None:
        if blocks:
            self.device.launch("states", kernel, blocks, *arguments)


def _int32(xp: Any, rows: HostRows) -> Array:
    """Rows on the device."""
    return xp.asarray(rows.astype(np.int32))


def _within(group: Group, start: int, stop: int) -> _Rows:
    """Targets of a group that are in a block."""
    low, high = np.searchsorted(group.rows, (start, stop))
    return _Rows(group.rows[low:high] - start, group, slice(int(low), int(high)))


def _orbit_table(satellites: Satellites, grid: TimeGrid, start: int, stop: int) -> Table:
    """One `Orbit` of orbit.cuh a target of a block."""
    table = np.zeros(stop - start, sources.structure("orbit.cuh", "Orbit"))
    for group in satellites.groups:
        some = _within(group, start, stop)
        for constants in (group.secular, group.inclination):
            for field in fields(constants):
                column = to_numpy(getattr(constants, field.name))[some.within]
                table[field.name][some.rows] = column.reshape(-1)
    minutes = minutes_since_epoch(
        satellites.epochs(start, stop), slice(None), grid.jd_utc[:1], grid.fraction_utc[:1]
    )
    table["first_min"] = minutes[:, 0]
    axes = to_numpy(satellites.semi_major_axis)[start:stop]
    table["farthest_km"] = DIVERGED_AT_AXES * RADIUS_KM * axes
    table["finite"] = to_numpy(satellites.finite)[start:stop]
    return table


def _deep_table(far: list[_Rows]) -> Table:
    """One `DeepSpace` of orbit.cuh a target, kind after kind."""
    kind = sources.structure("orbit.cuh", "DeepSpace")
    parts = [np.zeros(len(some.rows), kind) for some in far]
    for table, some in zip(parts, far, strict=True):
        deep = some.group.deep
        assert deep is not None
        _put_deep(table, deep, some.within)
        if some.group.resonant is not None:
            strength = to_numpy(some.group.resonant.strength)[some.within]
            table["strength"][:, : strength.shape[1]] = strength
            table["terms"] = strength.shape[1]
            for name in ("longitude", "longitude_rate"):
                table[name] = to_numpy(getattr(some.group.resonant, name))[some.within]
    return np.concatenate(parts) if parts else np.zeros(1, kind)


def _put_deep(table: Table, deep: DeepSpace, within: slice) -> None:
    """Pull of the Sun and the Moon, periodic and secular."""
    for name in ("sun", "moon"):
        body = getattr(deep, name)
        columns = [to_numpy(getattr(body, field.name))[within, 0] for field in fields(body)]
        table[name] = np.stack(columns, axis=1)
    for field in fields(Drift):
        table[f"drift_{field.name}"] = to_numpy(getattr(deep.drift, field.name))[within, 0]
    table["sidereal"] = to_numpy(deep.sidereal)[within, 0]


def _steps(first_min: FloatArray, instants: Table) -> tuple[int, int]:
    """First step of 720 min that a stretch needs of some targets, and how many."""
    known = first_min[np.isfinite(first_min)]
    if not len(known):
        return 0, 1
    # Rounding must not carry an instant past the last step
    low = np.trunc((known.min() + instants["utc_min"].min()) / STEP_MIN) - 1
    high = np.trunc((known.max() + instants["utc_min"].max()) / STEP_MIN) + 1
    return int(low), int(high - low) + 1
