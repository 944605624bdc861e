"""From mean elements at an instant to position and velocity: Kepler and the periodic terms.

Letters of the theory ([1]_ and [2]_ of `sgp4_initial`): a in Earth radii, angles in rad.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.deep_space import TURN
from kansoku.ephemeris.sgp4_initial import (
    J2,
    RADIUS_KM,
    SQRT_GM,
    InclinationTerms,
    sine_cosine,
)

SPEED_KM_S = RADIUS_KM * SQRT_GM / 60.0
"""One Earth radius times the square root of GM, a minute."""

# Error codes of [2]; 5 is no longer given by the theory, 7 is ours
ECCENTRICITY_OUT_OF_RANGE = 1
MEAN_MOTION_NOT_POSITIVE = 2
PERTURBED_ECCENTRICITY_OUT_OF_RANGE = 3
SEMILATUS_RECTUM_NEGATIVE = 4
DECAYED = 6
ELEMENTS_NOT_FINITE = 7

KEPLER_STEPS = 10
KEPLER_TOLERANCE_RAD = 1.0e-12
KEPLER_LARGEST_STEP_RAD = 0.95

Components = tuple[Array, Array, Array]


@dataclass(frozen=True)
class MeanState:
    """Mean elements at the instants asked for, and the error met on the way."""

    a: Array
    e: Array
    inclination: Array
    node: Array
    argp: Array
    anomaly: Array
    terms: InclinationTerms
    error: Array


def _kepler(xp: ModuleType, u: Array, ax: Array, ay: Array) -> tuple[Array, Array]:
    """Sine and cosine of E + argp, from the mean argument u and the vector (ax, ay) of e.

    Newton's steps, clipped and at most ten, as the theory prescribes. Two are taken for all; the
    few elements whose second step was not yet small continue by themselves.
    """

    def step(angle: Array, u: Array, ax: Array, ay: Array) -> tuple[Array, Array, Array]:
        sine, cosine = sine_cosine(xp, angle)
        along, across = ax * cosine + ay * sine, ax * sine - ay * cosine
        newton = (u - angle + across) / (1.0 - along)
        return xp.clip(newton, -KEPLER_LARGEST_STEP_RAD, KEPLER_LARGEST_STEP_RAD), sine, cosine

    angle = u + step(u, u, ax, ay)[0]
    last, _, _ = step(angle, u, ax, ay)
    angle = angle + last
    sine, cosine = sine_cosine(xp, angle)
    # The step after one of d is below e d^2 / 2: none is left above the tolerance here
    open_rows = xp.nonzero(xp.abs(last).ravel() > 1.0e-6)[0]
    if open_rows.size:
        rest = [x.ravel()[open_rows] for x in (angle, u, ax, ay)]
        for _ in range(KEPLER_STEPS - 2):
            last, sine_rest, cosine_rest = step(*rest)
            still_open = xp.abs(last) >= KEPLER_TOLERANCE_RAD
            # Who has arrived stays: a result must not depend on its neighbours
            rest[0] = rest[0] + xp.where(still_open, last, 0.0)
            if not still_open.any().item():
                break
        sine.ravel()[open_rows] = sine_rest
        cosine.ravel()[open_rows] = cosine_rest
    return sine, cosine


def osculate(xp: ModuleType, m: MeanState) -> tuple[Components, Components, Array]:
    """Add long- and short-period terms, and turn elements into position and velocity."""
    terms = m.terms
    sin_w, cos_w = sine_cosine(xp, m.argp)
    per_p = 1.0 / (m.a * (1.0 - m.e * m.e))
    ax = m.e * cos_w
    ay = m.e * sin_w + per_p * terms.long_period_y
    u = m.anomaly + m.argp + per_p * terms.long_period_l * ax
    u = u - TURN * xp.floor(u * (1.0 / TURN))
    sine, cosine = _kepler(xp, u, ax, ay)
    e2 = ax * ax + ay * ay
    across = ax * sine - ay * cosine
    beta = xp.sqrt(1.0 - e2)
    r = m.a * (1.0 - (ax * cosine + ay * sine))
    scale = m.a / r
    tilt = across / (1.0 + beta)
    sin_u, cos_u = scale * (sine - ay - ax * tilt), scale * (cosine - ax + ay * tilt)
    speed = xp.sqrt(m.a) / r
    p = m.a * (1.0 - e2)
    return _short_period(xp, m, (r, p, beta), (speed * across, speed * beta), (sin_u, cos_u))


def _short_period(
    xp: ModuleType,
    m: MeanState,
    size: tuple[Array, Array, Array],
    rates: tuple[Array, Array],
    argument: tuple[Array, Array],
) -> tuple[Components, Components, Array]:
    terms, (r, p, beta), (radial, transverse), (sin_u, cos_u) = m.terms, size, rates, argument
    sin_2u, cos_2u = 2.0 * cos_u * sin_u, 1.0 - 2.0 * sin_u * sin_u
    k1 = 0.5 * J2 / p
    k2 = k1 / p
    x1, x3 = terms.one_less_cos2, terms.three_cos2_less_1
    distance = r * (1.0 - 1.5 * k2 * beta * x3) + 0.5 * k1 * x1 * cos_2u
    per_n = k1 / (m.a * xp.sqrt(m.a))  # n k1 over the square root of GM
    radial = radial - per_n * x1 * sin_2u
    transverse = transverse + per_n * (x1 * cos_2u + 1.5 * x3)
    error = xp.where((p < 0.0) & (m.error == 0), xp.int8(SEMILATUS_RECTUM_NEGATIVE), m.error)
    error = xp.where((distance < 1.0) & (error == 0), xp.int8(DECAYED), error)
    distance = xp.where(error == 0, distance, xp.nan)
    periodic = 1.5 * k2 * terms.cosine
    sin_d, cos_d = sine_cosine(xp, 0.25 * k2 * terms.seven_cos2_less_1 * sin_2u)
    along = (sin_u * cos_d - cos_u * sin_d, cos_u * cos_d + sin_u * sin_d)
    plane = (
        sine_cosine(xp, m.node + periodic * sin_2u),
        sine_cosine(xp, m.inclination + periodic * terms.sine * cos_2u),
    )
    position, velocity = _vectors(along, plane, distance, radial, transverse)
    return position, velocity, error


def _vectors(
    along: tuple[Array, Array],
    plane: tuple[tuple[Array, Array], tuple[Array, Array]],
    distance: Array,
    radial: Array,
    transverse: Array,
) -> tuple[Components, Components]:
    (sin_u, cos_u), ((sin_h, cos_h), (sin_i, cos_i)) = along, plane
    x_up, y_up = -sin_h * cos_i, cos_h * cos_i
    outward = (x_up * sin_u + cos_h * cos_u, y_up * sin_u + sin_h * cos_u, sin_i * sin_u)
    forward = (x_up * cos_u - cos_h * sin_u, y_up * cos_u - sin_h * sin_u, sin_i * cos_u)
    km = RADIUS_KM * distance
    # A distance of nan marks an error; the velocity takes it over
    speed = SPEED_KM_S + 0.0 * distance
    out_km_s, forward_km_s = speed * radial, speed * transverse
    position = (km * outward[0], km * outward[1], km * outward[2])
    vx, vy, vz = (
        out_km_s * o + forward_km_s * f for o, f in zip(outward, forward, strict=True)
    )  # fmt: skip
    return position, (vx, vy, vz)
