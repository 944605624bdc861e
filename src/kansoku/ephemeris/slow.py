"""What changes slowly in an orbit: evaluated at few nodes, carried to every sample by one product.

Over half a day the elements are nearly straight lines in time. They are evaluated with the formulas
of the exact path at the Chebyshev-Lobatto nodes of a stretch, turned into the factors that the
formulas of `swift` need, and interpolated by a matrix product. Between the nodes, where the
interpolation is worst, the factors are evaluated once more: their difference is its error.

References
----------
.. [1] L. N. Trefethen, Approximation Theory and Approximation Practice, SIAM, 2013, chapters 2
   to 4 (Chebyshev points, polynomials and interpolants) and 15 (Lebesgue constants).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt
from numpy.polynomial.chebyshev import chebvander

from kansoku.backend import Array
from kansoku.constants import M_PER_KM
from kansoku.ephemeris.osculating import SPEED_KM_S, MeanState
from kansoku.ephemeris.sgp4_initial import J2, RADIUS_KM, sine_cosine

FloatArray = npt.NDArray[np.float64]

NODES = 7
CHECKS = 3
RADIUS_M = RADIUS_KM * M_PER_KM
SPEED_M_S = SPEED_KM_S * M_PER_KM


@dataclass(frozen=True)
class Stretch:
    """Neighbouring samples that share their nodes.

    Attributes
    ----------
    columns : slice
        Places on the time axis.
    places : (NODES + CHECKS,) array on the host
        Nodes, then checks, as fractional samples from the first. [samples]
    weights : (NODES, T) array
        Carries values at the nodes to the samples.
    turned : (2 NODES, T) array
        The same, times the cosine and the sine of the sidereal angle.
    check : (NODES, CHECKS) array
        Carries values at the nodes to the checks.
    """

    columns: slice
    places: FloatArray
    weights: Array
    turned: Array
    check: Array

    def __len__(self) -> int:
        return int(self.columns.stop - self.columns.start)


def stretch_of(xp: ModuleType, columns: slice, sidereal_rad: FloatArray) -> Stretch:
    """Lay nodes over the samples of some columns."""
    count = columns.stop - columns.start
    nodes = -np.cos(np.pi * np.arange(NODES) / (NODES - 1))
    # Half-way in angle between nodes the interpolation errs most
    checks = -np.cos(np.pi * (np.arange(CHECKS) * 2.0 + 0.5) / (NODES - 1))
    weights = _lagrange(nodes, np.linspace(-1.0, 1.0, count))
    angle = sidereal_rad[columns]
    turned = np.concatenate([weights * np.cos(angle), weights * np.sin(angle)])
    return Stretch(
        columns,
        0.5 * (count - 1) * (1.0 + np.concatenate([nodes, checks])),
        xp.asarray(weights),
        xp.asarray(turned),
        xp.asarray(_lagrange(nodes, checks)),
    )


def _lagrange(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Weights of each node at some places, (nodes, places), through Chebyshev polynomials."""
    degree = len(nodes) - 1
    weights = np.linalg.solve(chebvander(nodes, degree).T, chebvander(at, degree).T)
    return np.asarray(weights, dtype=np.float64)


@dataclass(frozen=True)
class Slow:
    """Slow factors of targets over a stretch.

    Attributes
    ----------
    factors : (n, Q, NODES) array
        In the order of `FACTORS`.
    node : (n, 2, 2 NODES) array
        Sine and cosine of the node, arranged for `Stretch.turned`.
    argument, argument_rate : (n, 1) array
        Line through the mean argument of latitude at the ends. [rad, rad/sample]
    largest_e, smallest_e : (n,) array
        Over the nodes. [unitless]
    residual : (n,) array
        Farthest that the mean argument leaves the line. [rad]
    nearest, farthest : (n,) array
        Of perigee and apogee. [Earth radii]
    error_m : (n,) array
        Of positions, by the interpolation; nan or infinite where there is an error code. [m]
    """

    factors: Array
    node: Array
    argument: Array
    argument_rate: Array
    largest_e: Array
    smallest_e: Array
    residual: Array
    nearest: Array
    farthest: Array
    error_m: Array


ELLIPSE = ("ax", "ay", "residual")
BY_DRAG = ("sin_w", "cos_w", "e")
IN_PLANE = (
    "axis_m", "radial_wave_m", "speed", "speed_beta", "speed_wave", "speed_offset", "tilt",
    "along_wave",
)  # fmt: skip
OF_PLANE = ("node_wave", "inclination_wave", "sin_i", "cos_i")
FACTORS = (*ELLIPSE, *BY_DRAG, *IN_PLANE, *OF_PLANE)
"""In the order of use: they are carried group by group, so that each is still in the cache.

- ax, ay: vector of e, with the long-period term; residual: mean argument of latitude off its line
- sin_w, cos_w, e: perigee and eccentricity without the long-period term
- axis_m: semi-major axis shortened by the constant short-period term; radial_wave_m: amplitude of
  the distance's term in cos 2u
- speed, speed_beta: radial velocity per e sin E, transverse velocity, both times distance over
  axis; speed_wave, speed_offset: their short-period terms; tilt: 1 / (1 + sqrt(1 - e^2))
- along_wave, node_wave, inclination_wave: amplitudes of the angles' short-period terms
"""


def slow_factors(
    xp: ModuleType, mean: MeanState, longitude: Array | float, stretch: Stretch
) -> Slow:
    """Turn mean elements at nodes and checks into slow factors.

    Parameters
    ----------
    mean : MeanState
        Without drag that follows the anomaly, (n, NODES + CHECKS).
    longitude : (n, NODES + CHECKS) array or 0
        Part of the mean argument of latitude that whoever carries the factors adds at each sample:
        the resonance, which has kinks. [rad]
    """
    a, e = mean.a, mean.e
    ax, ay, u = _ellipse(xp, mean)
    last = NODES - 1
    rate = (u[:, last] - u[:, 0])[:, None] / float(stretch.places[last])
    line = u[:, :1] + rate * xp.asarray(stretch.places)
    factors = _factors(xp, mean, (ax, ay, u - line - longitude))
    sin_h, cos_h = sine_cosine(xp, mean.node)
    size = xp.sqrt(ax * ax + ay * ay)
    return Slow(
        factors=factors[:, :, :NODES].transpose(1, 0, 2),
        node=_turning(xp, sin_h[:, :NODES], cos_h[:, :NODES]),
        argument=line[:, :1],
        argument_rate=rate,
        largest_e=size.max(axis=1),
        smallest_e=e.min(axis=1),
        residual=xp.abs(u - line).max(axis=1),
        nearest=(a * (1.0 - size)).min(axis=1),
        farthest=(a * (1.0 + size)).max(axis=1),
        error_m=_error_m(xp, mean, xp.concatenate([factors, sin_h[None], cos_h[None]]), stretch),
    )


def _ellipse(xp: ModuleType, mean: MeanState) -> tuple[Array, Array, Array]:
    """Vector of e and mean argument of latitude, long-period terms included."""
    sin_w, cos_w = sine_cosine(xp, mean.argp)
    per_p = 1.0 / (mean.a * (1.0 - mean.e * mean.e))
    ax = mean.e * cos_w
    ay = mean.e * sin_w + per_p * mean.terms.long_period_y
    return ax, ay, mean.anomaly + mean.argp + per_p * mean.terms.long_period_l * ax


def _factors(xp: ModuleType, mean: MeanState, ellipse: tuple[Array, Array, Array]) -> Array:
    """Stack the factors in the order of `FACTORS`, (Q, n, NODES + CHECKS)."""
    terms, a = mean.terms, mean.a
    ax, ay, _ = ellipse
    square = 1.0 - ax * ax - ay * ay
    beta = xp.sqrt(square)
    k1 = 0.5 * J2 / (a * square)
    k2 = k1 / (a * square)
    speed = SPEED_M_S / xp.sqrt(a)
    per_n = k1 * speed / a
    x1, x3, cosine = terms.one_less_cos2, terms.three_cos2_less_1, terms.cosine
    one = xp.ones_like(a)
    return xp.stack([
        *ellipse, *sine_cosine(xp, mean.argp), mean.e,
        RADIUS_M * a * (1.0 - 1.5 * k2 * beta * x3), RADIUS_M * 0.5 * k1 * x1,
        speed, speed * beta, per_n * x1, 1.5 * per_n * x3, 1.0 / (1.0 + beta),
        -0.25 * k2 * terms.seven_cos2_less_1, 1.5 * k2 * cosine, 1.5 * k2 * cosine * terms.sine,
        terms.sine * one, cosine * one,
    ])  # fmt: skip


def _turning(xp: ModuleType, sine: Array, cosine: Array) -> Array:
    """Sine and cosine of (node - sidereal angle) as rows for `Stretch.turned`."""
    return xp.stack(
        [xp.concatenate([sine, -cosine], axis=1), xp.concatenate([cosine, sine], axis=1)], axis=1
    )


def _error_m(xp: ModuleType, mean: MeanState, factors: Array, stretch: Stretch) -> Array:
    """Farthest that positions are off at the checks; infinite where there is an error code.

    Every factor is scaled to be an angle or a fraction of the distance.
    """
    found = xp.matmul(factors[:, :, :NODES], stretch.check)
    apart = xp.abs(found - factors[:, :, NODES:]).max(axis=2)
    scale = xp.abs(factors[:, :, 0])
    for k, name in enumerate(FACTORS):
        if name not in ("axis_m", "speed", "speed_beta", "radial_wave_m"):
            scale[k] = 1.0
    scale[FACTORS.index("radial_wave_m")] = scale[FACTORS.index("axis_m")]
    for name in ("speed_wave", "speed_offset"):
        scale[FACTORS.index(name)] = scale[FACTORS.index("speed")]
    worst = (apart / scale).sum(axis=0) * RADIUS_M * (mean.a * (1.0 + mean.e)).max(axis=1)
    return xp.where((mean.error == 0).all(axis=1), worst, xp.inf)


def carried(
    xp: ModuleType, factors: Array, names: tuple[str, ...], stretch: Stretch
) -> dict[str, Array]:
    """Carry neighbouring factors (n, Q, NODES) to the samples, (n, T) each, by name."""
    first = FACTORS.index(names[0])
    some = factors[:, first : first + len(names)].transpose(1, 0, 2).reshape(-1, NODES)
    values = xp.matmul(some, stretch.weights).reshape(len(names), -1, len(stretch))
    return dict(zip(names, values, strict=True))


def carried_node(xp: ModuleType, node: Array, stretch: Stretch) -> tuple[Array, Array]:
    """Sine and cosine of the node less the sidereal angle at the samples, (n, T) each."""
    some = node.transpose(1, 0, 2).reshape(-1, 2 * NODES)
    sine, cosine = xp.matmul(some, stretch.turned).reshape(2, -1, len(stretch))
    return sine, cosine
