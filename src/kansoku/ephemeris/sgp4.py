"""SGP4 and SDP4 over ``xp``: targets x times in float64, improved mode, WGS 72.

Written from [1]_ and [2]_ of `sgp4_initial`. Letters of the theory: a [Earth radii], n [rad/min],
e, i, node, argp and the anomaly [rad], t [min]. The verification set of [2]_ is a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, elements_at_once, to_numpy
from kansoku.constants import MINUTES_PER_DAY
from kansoku.ephemeris import resonance
from kansoku.ephemeris.deep_space import third_bodies
from kansoku.ephemeris.osculating import ELEMENTS_NOT_FINITE, Components, osculate
from kansoku.ephemeris.secular import DeepSpace, deep_space, near_earth
from kansoku.ephemeris.sgp4_initial import (
    DEEP_SPACE_PERIOD_MIN,
    InclinationTerms,
    Rows,
    Secular,
    rows_of,
    secular_constants,
)
from kansoku.ephemeris.sidereal import gmst_of_epoch_rad
from kansoku.targets.objects import MeanElements

HostRows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Group:
    """Targets that one set of formulas propagates; constants are (n, 1) columns.

    Attributes
    ----------
    rows : (n,) array on the host
        Their places in the catalogue, rising.
    secular : Secular
    inclination : InclinationTerms
        At epoch; used as they are by near-Earth orbits.
    deep : DeepSpace or None
        None for near-Earth orbits.
    resonant : Resonance or None
        (n,) arrays.
    """

    rows: HostRows
    secular: Secular
    inclination: InclinationTerms
    deep: DeepSpace | None = None
    resonant: resonance.Resonance | None = None


@dataclass(frozen=True)
class Epochs:
    """Two-part UTC Julian dates, (n,) arrays. [d]"""

    jd: Array
    fraction: Array


@dataclass(frozen=True)
class Satellites:
    """Initialised constants of every target.

    Attributes
    ----------
    epoch_jd, epoch_fraction : (N,) array
        Two-part UTC Julian date. [d]
    semi_major_axis : (N,) array
        At epoch. [Earth radii]
    finite : (N,) bool array
        False where an element is nan or infinite; such a target has error code 7 always.
    groups : tuple of Group
        Near-Earth, deep-space without resonance, with 24 h, with 12 h resonance; empty ones left
        out.
    """

    epoch_jd: Array
    epoch_fraction: Array
    semi_major_axis: Array
    finite: Array
    groups: tuple[Group, ...]

    def __len__(self) -> int:
        return len(self.epoch_jd)

    def epochs(self, start: int, stop: int) -> Epochs:
        """Epochs of targets `start` to `stop`."""
        return Epochs(self.epoch_jd[start:stop], self.epoch_fraction[start:stop])

    def take(self, xp: ModuleType, rows: HostRows) -> Satellites:
        """Only some targets, by rising places on the host."""
        index = xp.asarray(rows)
        kept = [(group, np.flatnonzero(np.isin(group.rows, rows))) for group in self.groups]
        return Satellites(
            self.epoch_jd[index],
            self.epoch_fraction[index],
            self.semi_major_axis[index],
            self.finite[index],
            tuple(_group_of(xp, group, some, rows) for group, some in kept if some.size),
        )


@dataclass(frozen=True)
class Piece:
    """States of some targets over some times, small enough for the cache.

    Attributes
    ----------
    rows : array or slice
        Places in the block.
    columns : slice
        Places on the time axis.
    position_teme_km, velocity_teme_km_s : three (r, c) arrays
    error : (r, c) int8 array
    """

    rows: Array | slice
    columns: slice
    position_teme_km: Components
    velocity_teme_km_s: Components
    error: Array


def prepare(
    xp: ModuleType, elements: MeanElements, drag: npt.NDArray[np.bool_] | None = None
) -> Satellites:
    """Initialise the propagator for a catalogue.

    Parameters
    ----------
    elements : MeanElements
        On the host.
    drag : (N,) bool array, optional
        False switches the drag terms of a target off (representative elements).

    Returns
    -------
    Satellites
    """
    columns = _finite_columns(elements)
    bstar = columns.bstar if drag is None else np.where(drag, columns.bstar, 0.0)
    with np.errstate(all="ignore"):  # what cannot be propagated gets an error code, not a warning
        every = secular_constants(
            xp,
            xp.asarray(columns.mean_motion_rad_min),
            xp.asarray(columns.eccentricity),
            xp.asarray(columns.inclination_rad),
            xp.asarray(columns.raan_rad),
            xp.asarray(columns.argp_rad),
            xp.asarray(columns.mean_anomaly_rad),
            xp.asarray(bstar),
        )
        epoch_jd, epoch_fraction = xp.asarray(columns.epoch_jd), xp.asarray(columns.epoch_fraction)
        # The theory counts days from 1950 in one float64; so do the angles at epoch here
        groups = _groups(xp, every, epoch_jd + epoch_fraction)
    finite = xp.asarray(_is_finite(elements))
    return Satellites(epoch_jd, epoch_fraction, every.semi_major_axis, finite, groups)


def _is_finite(elements: MeanElements) -> npt.NDArray[np.bool_]:
    finite = np.ones(len(elements), dtype=bool)
    for values in vars(elements).values():
        finite &= np.isfinite(values)
    return finite


def _finite_columns(elements: MeanElements) -> MeanElements:
    """Make whole records nan that hold a nan or an infinity.

    Every comparison with a nan is false, so such a record counts as near-Earth, where nothing is
    shared between targets.
    """
    finite = _is_finite(elements)
    return MeanElements(**{k: np.where(finite, v, np.nan) for k, v in vars(elements).items()})


def _groups(xp: ModuleType, every: Secular, epoch_jd: Array) -> tuple[Group, ...]:
    n, e = to_numpy(every.mean_motion), to_numpy(every.eccentricity)
    deep = 2.0 * np.pi / n >= DEEP_SPACE_PERIOD_MIN
    day, half = deep & resonance.is_24h(n), deep & resonance.is_12h(n, e)
    groups = []
    for chosen, is_deep, kind in (
        (~deep, False, None),
        (deep & ~day & ~half, True, None),
        (day, True, resonance.resonance_24h),
        (half, True, resonance.resonance_12h),
    ):
        rows = np.flatnonzero(chosen)
        if rows.size:
            index = xp.asarray(rows)
            some, epoch = rows_of(every, index), epoch_jd[index]
            terms = _columns(InclinationTerms.of(xp, some.inclination))
            extra = _deep_constants(xp, some, epoch, kind) if is_deep else (None, None)
            groups.append(Group(rows, _columns(some), terms, *extra))
    return tuple(groups)


def _group_of(xp: ModuleType, group: Group, some: HostRows, rows: HostRows) -> Group:
    """Some targets of a group, with their places among `rows`."""
    index = xp.asarray(some)
    return Group(
        rows=np.searchsorted(rows, group.rows[some]),
        secular=rows_of(group.secular, index),
        inclination=rows_of(group.inclination, index),
        deep=None if group.deep is None else group.deep.take(index),
        resonant=None if group.resonant is None else rows_of(group.resonant, index),
    )


def _deep_constants(
    xp: ModuleType, some: Secular, epoch: Array, kind: Callable[..., resonance.Resonance] | None
) -> tuple[DeepSpace, resonance.Resonance | None]:
    sun, moon, drift = third_bodies(xp, some, epoch)
    sidereal = gmst_of_epoch_rad(xp, epoch)
    deep = DeepSpace(_columns(sun), _columns(moon), _columns(drift), sidereal[:, None])
    return deep, None if kind is None else kind(xp, some, drift, sidereal)


def _columns(constants: Rows) -> Rows:
    return rows_of(constants, (slice(None), None))


def propagate(
    xp: ModuleType, satellites: Satellites, start: int, stop: int, minutes: Array
) -> tuple[Array, Array, Array]:
    """States of targets `start` to `stop` at given minutes from their epochs.

    Parameters
    ----------
    minutes : (n, T) array
        Finite. [min]

    Returns
    -------
    position_teme_km : (3, n, T) array
        nan where there is an error. [km]
    velocity_teme_km_s : (3, n, T) array
        [km/s]
    error : (n, T) int8 array
        0 none; 1 eccentricity out of range; 2 mean motion not positive; 3 perturbed eccentricity
        out of range; 4 negative semi-latus rectum; 6 decayed; 7 elements not finite.
    """
    shape = (stop - start, minutes.shape[1])
    position, velocity = xp.empty((3, *shape)), xp.empty((3, *shape))
    error = xp.empty(shape, dtype=xp.int8)
    for piece in pieces(
        xp, satellites, start, stop, shape[1], lambda rows, columns: minutes[rows, columns]
    ):
        for k in range(3):
            position[k, piece.rows, piece.columns] = piece.position_teme_km[k]
            velocity[k, piece.rows, piece.columns] = piece.velocity_teme_km_s[k]
        error[piece.rows, piece.columns] = piece.error
    return position, velocity, error


def minutes_since_epoch(epochs: Epochs, rows: Array | slice, jd: Array, fraction: Array) -> Array:
    """Minutes from the epochs of some rows to each instant, (r, T), free of cancellation. [min]

    UTC days are subtracted as the `sgp4` package does: a leap second between epoch and instant is
    not counted, and the instant 23:59:60 falls on the next midnight.
    """
    whole = jd[None, :] - epochs.jd[rows][:, None]
    part = fraction[None, :] - epochs.fraction[rows][:, None]
    return whole * MINUTES_PER_DAY + part * MINUTES_PER_DAY


def pieces(
    xp: ModuleType,
    satellites: Satellites,
    start: int,
    stop: int,
    times: int,
    minutes_of: Callable[[Array | slice, slice], Array],
) -> Iterator[Piece]:
    """Propagate targets `start` to `stop` piece by piece.

    Parameters
    ----------
    times : int
        Length of the time axis.
    minutes_of : callable
        Minutes since epoch of rows (places in the block) and columns, (r, c). [min]
    """
    block = elements_at_once(xp)
    for group in satellites.groups:
        low, high = np.searchsorted(group.rows, (start, stop))
        if low == high or times == 0:
            continue
        steps = None
        if group.resonant is not None:
            span = minutes_of(_places(xp, group.rows[low:high] - start), slice(0, times))
            chosen = rows_of(group.resonant, slice(low, high))
            steps = resonance.integrate(xp, chosen, span)
        height = max(1, block // times)
        for top in range(low, high, height):
            bottom = min(top + height, high)
            rows = _places(xp, group.rows[top:bottom] - start)
            within = slice(top - low, bottom - low)
            for left in range(0, times, block):
                columns = slice(left, min(left + block, times))
                minutes = minutes_of(rows, columns)
                with np.errstate(all="ignore"):  # error codes say what went wrong
                    result = _states(xp, group, slice(top, bottom), steps, within, minutes)
                finite = satellites.finite[start:stop][rows][:, None]
                yield _piece(xp, rows, columns, result, finite)


def _places(xp: ModuleType, rows: HostRows) -> Array | slice:
    """Rows as a slice where they are neighbours, which spares a copy."""
    if rows[-1] - rows[0] == len(rows) - 1:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return xp.asarray(rows)


def _piece(
    xp: ModuleType,
    rows: Array | slice,
    columns: slice,
    result: tuple[Components, Components, Array],
    finite: Array,
) -> Piece:
    position, velocity, error = result
    return Piece(
        rows,
        columns,
        position,
        velocity,
        xp.where(finite, error, xp.int8(ELEMENTS_NOT_FINITE)),
    )


def _states(
    xp: ModuleType,
    group: Group,
    rows: slice,
    steps: resonance.Steps | None,
    within: slice,
    minutes: Array,
) -> tuple[Components, Components, Array]:
    secular = rows_of(group.secular, rows)
    if group.deep is None:
        return osculate(xp, near_earth(xp, secular, rows_of(group.inclination, rows), minutes))
    resonant = None
    if group.resonant is not None and steps is not None:
        longitude, n = resonance.resonant_longitude(xp, steps, within, minutes)
        resonant = (longitude, n, resonance.synchronous(group.resonant))
    return osculate(xp, deep_space(xp, secular, group.deep.take(rows), resonant, minutes))
