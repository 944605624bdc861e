"""The line of sight between two nodes as a cubic, and instants on it found safely.

Height over the horizon plane and squared range are polynomials of the same cubic, so edges and
culminations are roots of polynomials: no trigonometry, and no square of a range interpolated by
itself, whose error would grow where the range is short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.visibility.geometry import Look, dot
from kansoku.visibility.horizon import Horizons, Nodes

# Instants are found to this share of a step: a microsecond where the step is a minute or two
TOLERANCE = 1e-8
# Newton needs 3 to 6 rounds; the rest is for bisection, which halves the bracket each round
MOST_ROUNDS = 60
NEWTON_ROUNDS = 8


@dataclass(frozen=True)
class Arcs:
    """K lines of sight over one step, as polynomials of tau = 0 to 1; lowest power first.

    Attributes
    ----------
    site : (K,) int array
    sight_m : (4, 3, K) array
        From the site to the target. [m]
    height_m : (4, K) array
        p, over the horizon plane. [m]
    square_m2 : (7, K) array
        q, squared range. [m^2]
    """

    site: Array
    sight_m: Array
    height_m: Array
    square_m2: Array

    def take(self, index: Array) -> Arcs:
        """Return some of the arcs, in the order of `index`."""
        return Arcs(
            self.site[index],
            self.sight_m[:, :, index],
            self.height_m[:, index],
            self.square_m2[:, index],
        )


def arcs_of(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, site: Array, flat: Array, step_s: float
) -> Arcs:
    """Join flat node `flat` and the next one by the cubic of their positions and velocities.

    Its error is h^4 / 384 times the fourth derivative: 7 m at worst in low orbit for steps of
    120 s.
    """
    start = nodes.position_itrf_m[:, flat]
    moved = nodes.position_itrf_m[:, flat + 1] - start
    before = step_s * nodes.velocity_itrf_m_s[:, flat]
    after = step_s * nodes.velocity_itrf_m_s[:, flat + 1]
    sight = xp.stack(
        [
            start - horizons.position_itrf_m[:, site],
            before,
            3.0 * moved - 2.0 * before - after,
            before + after - 2.0 * moved,
        ]
    )
    up = horizons.up[:, site]
    height = xp.stack([dot(term, up) for term in sight])
    return Arcs(site, sight, height, _square(xp, sight))


def _square(xp: ModuleType, sight: Array) -> Array:
    """Squared length of a cubic vector, as a polynomial of degree 6."""
    a, b, c, d = sight
    return xp.stack(
        [
            dot(a, a),
            2.0 * dot(a, b),
            2.0 * dot(a, c) + dot(b, b),
            2.0 * (dot(a, d) + dot(b, c)),
            2.0 * dot(b, d) + dot(c, c),
            2.0 * dot(c, d),
            dot(d, d),
        ]
    )


def polynomial(terms: Array, x: Array) -> Array:
    """Value of a polynomial, lowest power first."""
    value = terms[-1]
    for term in reversed(list(terms[:-1])):
        value = value * x + term
    return value


def derivative(xp: ModuleType, terms: Array) -> Array:
    """Coefficients of the derivative of a polynomial, lowest power first."""
    return xp.stack([power * terms[power] for power in range(1, len(terms))])


def margin(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> Array:
    """Margin over the mask, p - sin(e) sqrt(q). [m]"""
    return polynomial(arcs.height_m, tau) - sine * xp.sqrt(polynomial(arcs.square_m2, tau))


def margin_rate(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> Array:
    """Rate of the margin over the mask. [m per step]"""
    range_m = xp.sqrt(polynomial(arcs.square_m2, tau))
    range_rate = polynomial(derivative(xp, arcs.square_m2), tau) / (2.0 * range_m)
    return polynomial(derivative(xp, arcs.height_m), tau) - sine * range_rate


def look_along(xp: ModuleType, arcs: Arcs, horizons: Horizons, tau: Array) -> Look:
    """Look along the line of sight at one instant of each arc."""
    sight_m = polynomial(arcs.sight_m, tau)
    return Look(
        dot(sight_m, horizons.east[:, arcs.site]),
        dot(sight_m, horizons.north[:, arcs.site]),
        dot(sight_m, horizons.up[:, arcs.site]),
        xp.sqrt(dot(sight_m, sight_m)),
    )


def crossings(xp: ModuleType, arcs: Arcs, sine: float, low: Array, high: Array) -> Array:
    """Instants at which the margin changes sign between `low` and `high`, in tau."""
    p, q = arcs.height_m, arcs.square_m2
    dp, dq = derivative(xp, p), derivative(xp, q)

    def margin_and_rate(tau: Array) -> tuple[Array, Array]:
        range_m = xp.sqrt(polynomial(q, tau))
        rate = polynomial(dp, tau) - sine * polynomial(dq, tau) / (2.0 * range_m)
        return polynomial(p, tau) - sine * range_m, rate

    return bracketed_root(xp, margin_and_rate, low, high)


def extrema(xp: ModuleType, arcs: Arcs, sine: float) -> Array:
    """Instants at which the margin is highest or lowest within the arcs, in tau."""
    p, q = arcs.height_m, arcs.square_m2
    dp, dq = derivative(xp, p), derivative(xp, q)
    ddp, ddq = derivative(xp, dp), derivative(xp, dq)

    def rate_and_curvature(tau: Array) -> tuple[Array, Array]:
        range_m = xp.sqrt(polynomial(q, tau))
        range_rate = polynomial(dq, tau) / (2.0 * range_m)
        range_curvature = (0.5 * polynomial(ddq, tau) - range_rate**2) / range_m
        return (
            polynomial(dp, tau) - sine * range_rate,
            polynomial(ddp, tau) - sine * range_curvature,
        )

    zero = xp.zeros_like(p[0])
    return bracketed_root(xp, rate_and_curvature, zero, zero + 1.0)


def culminations(xp: ModuleType, arcs: Arcs, low: Array, high: Array) -> Array:
    """Instants of the highest elevation between `low` and `high`, in tau.

    The sine of the elevation is p / sqrt(q); its rate has the sign of p' q - p q' / 2.
    """
    p, q = arcs.height_m, arcs.square_m2
    dp, dq = derivative(xp, p), derivative(xp, q)
    ddp, ddq = derivative(xp, dp), derivative(xp, dq)

    def climb_and_rate(tau: Array) -> tuple[Array, Array]:
        p_now, q_now = polynomial(p, tau), polynomial(q, tau)
        dp_now, dq_now = polynomial(dp, tau), polynomial(dq, tau)
        rate = polynomial(ddp, tau) * q_now + 0.5 * (dp_now * dq_now - p_now * polynomial(ddq, tau))
        return dp_now * q_now - 0.5 * p_now * dq_now, rate

    return bracketed_root(xp, climb_and_rate, low, high)


def bracketed_root(
    xp: ModuleType,
    value_and_slope: Callable[[Array], tuple[Array, Array]],
    low: Array,
    high: Array,
) -> Array:
    """Find one root in each bracket: Newton's method, kept in a bracket that only shrinks.

    Newton alone, started on the chord, leaves the bracket near grazing passes; a step that
    would is replaced by bisection, as is every second one that has not converged after
    `NEWTON_ROUNDS`.

    Parameters
    ----------
    value_and_slope : callable
        Function of (K,) instants, and its derivative.
    low, high : (K,) array
        Ends of the brackets; the function changes sign once between them. Where it does not,
        the end at which it is nearest to zero is approached.

    Returns
    -------
    (K,) array
    """
    at_low, _ = value_and_slope(low)
    at_high, _ = value_and_slope(high)
    rising = xp.where(at_high > at_low, 1.0, -1.0)
    chord = at_low / xp.where(at_high == at_low, 1.0, at_low - at_high)
    x = low + xp.clip(chord, 0.0, 1.0) * (high - low)
    for round_number in range(MOST_ROUNDS):
        value, slope = value_and_slope(x)
        below = value * rising < 0.0
        low, high = xp.where(below, x, low), xp.where(below, high, x)
        newton = x - value / xp.where(slope == 0.0, 1.0, slope)
        stays = (slope != 0.0) & (newton >= low) & (newton <= high)
        if round_number >= NEWTON_ROUNDS and round_number % 2:
            stays = xp.abs(newton - x) < TOLERANCE
        following = xp.where(stays, newton, 0.5 * (low + high))
        if not len(x) or xp.abs(following - x).max().item() < TOLERANCE:
            return following
        x = following
    return x
