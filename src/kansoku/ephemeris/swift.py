"""States at the samples of a uniform grid from slow factors: no trigonometry, few divisions.

Sine and cosine of an angle that grows evenly come from two small tables, one of every K-th sample
and one of the samples between, by the addition theorem. What is added to such an angle is small,
so its sine and cosine are polynomials. Letters as in `osculating`, whose formulas these are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.frames import SIDEREAL_RATE_RAD_S
from kansoku.ephemeris.sgp4_initial import rows_of, sine_cosine

Pair = tuple[Array, Array]
Components = tuple[Array, Array, Array]

ROUND_LIMIT_RAD = 0.04
"""Up to here `kepler_round` is right to 1e-8 rad: eccentricity and what the line leaves."""
KEPLER_ROUNDS = 12
KEPLER_SMALL_STEP_RAD = 1.0e-4
"""Halley's step of d leaves about (e / (1 - e)) d^3 / 6 near perigee: 1e-11 rad at e = 0.98."""


@dataclass(frozen=True)
class EvenAngle:
    """Tables of an angle that grows evenly from sample to sample.

    Attributes
    ----------
    every : (n, 2 R, 2) array
        At each of R samples, K apart: rows that make sines, then rows that make cosines.
    between : (n, 2, K) array
        Sine and cosine of the growth over the samples between.
    """

    every: Array
    between: Array

    def __getitem__(self, rows: Array | slice) -> EvenAngle:
        return rows_of(self, rows)


def even_angle(
    xp: ModuleType, first: Array, rate: Array, count: int, lag: tuple[Array, Array] | None = None
) -> EvenAngle:
    """Tables for first + rate k, k = 0 .. count - 1.

    Parameters
    ----------
    first, rate : (n, 1) array
        [rad], [rad/sample]
    lag : pair of (n, 1) arrays, optional
        Added to both for the sine alone. Within K samples its growth is neglected.
    """
    between = math.isqrt(count)
    places = xp.arange(0, count, between)
    sin_j, cos_j = sine_cosine(xp, first + rate * places)
    for_cosine = xp.stack([-sin_j, cos_j], axis=2)
    if lag is not None:
        sin_j, cos_j = sine_cosine(xp, first + lag[0] + (rate + lag[1]) * places)
    for_sine = xp.stack([cos_j, sin_j], axis=2)
    return EvenAngle(
        xp.concatenate([for_sine, for_cosine], axis=1),
        xp.stack(sine_cosine(xp, rate * xp.arange(between)), axis=1),
    )


def sines(xp: ModuleType, table: EvenAngle, count: int) -> Pair:
    """Sine and cosine at the samples, (n, count) each, by the addition theorem."""
    grown = xp.matmul(table.every, table.between).reshape(len(table.every), 2, -1)
    return grown[:, 0, :count], grown[:, 1, :count]


@dataclass(frozen=True)
class Drag:
    """Drag that follows the mean anomaly.

    Attributes
    ----------
    anomaly : EvenAngle
        Mean anomaly; its sine with the secular part of the shift by drag.
    eta, of_perigee, at_epoch : (n, 1) array
        Shift of the perigee is of_perigee ((1 + eta cos M)^3 - at_epoch). [rad]
    of_e, sine_at_epoch : (n, 1) array
        Fall of the eccentricity is of_e (sin M - sine_at_epoch).
    """

    anomaly: EvenAngle
    eta: Array
    of_perigee: Array
    at_epoch: Array
    of_e: Array
    sine_at_epoch: Array

    def __getitem__(self, rows: Array | slice) -> Drag:
        return rows_of(self, rows)


def turned_by(sine: Array, cosine: Array, small: Array) -> Pair:
    """Sine and cosine of an angle plus a small one, right to its cube over 6. [rad]"""
    half = small * small
    half *= -0.5
    half += 1.0
    return sine * half + cosine * small, cosine * half - sine * small


def with_drag(xp: ModuleType, drag: Drag, ax: Array, ay: Array, f: dict[str, Array]) -> Pair:
    """Add drag that follows the anomaly to the vector of e, to first order in the shift.

    Parameters
    ----------
    ax, ay : (n, T) array
        The vector without it.
    f : dict of (n, T) arrays
        `slow.BY_DRAG` at the samples.
    """
    sin_w, cos_w, e = f["sin_w"], f["cos_w"], f["e"]
    sine, cosine = sines(xp, drag.anomaly, e.shape[1])
    swing = cosine * drag.eta
    swing += 1.0
    across = swing * swing
    across *= swing
    across -= drag.at_epoch
    across *= drag.of_perigee
    across *= e
    fall = sine - drag.sine_at_epoch
    fall *= drag.of_e
    return ax + across * sin_w - fall * cos_w, ay - across * cos_w - fall * sin_w


def kepler_round(line: Pair, residual: Array, ax: Array, ay: Array) -> tuple[Pair, Array]:
    """Sine and cosine of E + argp, and e sin E, for a small e and a small residual.

    One step of Newton from the line is corrected by the second and third order of Kepler's
    equation. The change of the angle minus the residual is e sin E, by that equation.
    """
    sine, cosine = line
    e_sin, e_cos = ax * sine - ay * cosine, ax * cosine + ay * sine
    per_slope = 1.0 / (1.0 - e_cos)
    first = (residual + e_sin) * per_slope
    e_cos *= first
    e_cos *= 1.0 / 3.0
    e_cos += e_sin  # now of the bend of the equation, per first^2 / 2
    e_sin *= first
    e_sin *= per_slope
    bend = first * first
    bend *= -0.5
    bend *= e_cos
    bend *= per_slope
    bend *= 1.0 - e_sin
    change = first + bend
    return _turned_by_more(sine, cosine, change), change - residual


def _turned_by_more(sine: Array, cosine: Array, change: Array) -> Pair:
    """As `turned_by` to the fifth order: 1e-9 rad at 0.04."""
    square = change * change
    cos_d = square * (1.0 / 24.0)
    cos_d -= 0.5
    cos_d *= square
    cos_d += 1.0
    square *= -1.0 / 6.0
    square += 1.0
    square *= change
    return sine * cos_d + cosine * square, cosine * cos_d - sine * square


def kepler_any(
    xp: ModuleType, line: Pair, residual: Array, ax: Array, ay: Array
) -> tuple[Pair, Array]:
    """As `kepler_round` for any ellipse: Halley's steps until all are small.

    The start, e sin M over the length of (cos M - e, sin M), holds near perigee too.
    """
    sin_u, cos_u = turned_fully(xp, line, residual)
    e_sin, e_cos = ax * sin_u - ay * cos_u, ax * cos_u + ay * sin_u
    change = e_sin / xp.sqrt(1.0 - 2.0 * e_cos + ax * ax + ay * ay)
    for _ in range(KEPLER_ROUNDS):
        sine, cosine = turned_fully(xp, (sin_u, cos_u), change)
        e_sin, e_cos = ax * sine - ay * cosine, ax * cosine + ay * sine
        slope = 1.0 - e_cos
        step = (e_sin - change) / slope
        step /= 1.0 + 0.5 * step * e_sin / slope  # Halley's method
        change += step
        if xp.abs(step).max().item() < KEPLER_SMALL_STEP_RAD:
            break
    return turned_by(sine, cosine, step), change


def turned_fully(xp: ModuleType, angle: Pair, change: Array) -> Pair:
    """Sine and cosine of an angle plus any other."""
    sin_d, cos_d = sine_cosine(xp, change)
    return angle[0] * cos_d + angle[1] * sin_d, angle[1] * cos_d - angle[0] * sin_d


@dataclass(frozen=True)
class InPlane:
    """Where a target is in its osculating plane, (n, T) each.

    Attributes
    ----------
    sin_u, cos_u : array
        Of the argument of latitude, short-period term included.
    sin_2u, cos_2u : array
        Of twice the argument without it; what the terms of the plane follow.
    distance_m : array
        [m]
    radial_m_s, transverse_m_s : array
        Velocity along the radius and across it. [m/s]
    """

    sin_u: Array
    cos_u: Array
    sin_2u: Array
    cos_2u: Array
    distance_m: Array
    radial_m_s: Array
    transverse_m_s: Array


def in_plane(eccentric: Pair, e_sin: Array, ax: Array, ay: Array, f: dict[str, Array]) -> InPlane:
    """From the eccentric anomaly to the osculating place in the plane.

    Parameters
    ----------
    eccentric : pair of (n, T) arrays
        Sine and cosine of E + argp.
    e_sin : (n, T) array
        e sin E.
    ax, ay : (n, T) array
        The vector of e.
    f : dict of (n, T) arrays
        `slow.IN_PLANE` at the samples.
    """
    sine, cosine = eccentric
    shrink = 1.0 - ax * cosine
    shrink -= ay * sine  # distance over semi-major axis
    inverse = 1.0 / shrink
    tilt = e_sin * f["tilt"]
    sin_u = sine - ay
    sin_u -= ax * tilt
    sin_u *= inverse
    cos_u = cosine - ax
    cos_u += ay * tilt
    cos_u *= inverse
    twice = 2.0 * sin_u
    sin_2u = twice * cos_u
    cos_2u = 1.0 - twice * sin_u
    radial = e_sin * inverse
    radial *= f["speed"]
    radial -= f["speed_wave"] * sin_2u
    inverse *= f["speed_beta"]
    inverse += f["speed_wave"] * cos_2u
    inverse += f["speed_offset"]
    shrink *= f["axis_m"]
    shrink += f["radial_wave_m"] * cos_2u
    sin_u, cos_u = turned_by(sin_u, cos_u, f["along_wave"] * sin_2u)
    return InPlane(sin_u, cos_u, sin_2u, cos_2u, shrink, radial, inverse)


def earth_fixed_states(
    p: InPlane, node: Pair, f: dict[str, Array]
) -> tuple[Components, Components]:
    """Position [m] and velocity [m/s] in the frame that turns with the Earth.

    Parameters
    ----------
    node : pair of (n, T) arrays
        Sine and cosine of the node less the sidereal angle.
    f : dict of (n, T) arrays
        `slow.OF_PLANE` at the samples.
    """
    sin_h, cos_h = turned_by(*node, f["node_wave"] * p.sin_2u)
    sin_i, cos_i = turned_by(f["sin_i"], f["cos_i"], f["inclination_wave"] * p.cos_2u)
    # Along the node, and ahead of it within the orbit
    x, y = p.distance_m * p.cos_u, p.distance_m * p.sin_u
    vx = p.radial_m_s * p.cos_u - p.transverse_m_s * p.sin_u
    vy = p.radial_m_s * p.sin_u + p.transverse_m_s * p.cos_u
    z, vz = y * sin_i, vy * sin_i
    y *= cos_i
    vy *= cos_i
    # The Earth turns below: the frame's own motion is taken off
    vx += SIDEREAL_RATE_RAD_S * y
    vy -= SIDEREAL_RATE_RAD_S * x
    position = (x * cos_h - y * sin_h, x * sin_h + y * cos_h, z)
    return position, (vx * cos_h - vy * sin_h, vx * sin_h + vy * cos_h, vz)
