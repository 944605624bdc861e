"""The line of sight between two nodes as a polynomial, and instants on it found safely.

Height over the horizon plane and squared range are computed from the same polynomial, so edges and
culminations need no trigonometry, and no square of a range is interpolated by itself, whose error
would grow where the range is short. All in float32, whose rounding is a metre at the ranges of low
orbit, four in GEO, 2e-4 deg at most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.visibility.geometry import dot
from kansoku.visibility.horizon import margin_along

# A Newton step below this share of a step is the last one; rounding moves it by a tenth of that
TOLERANCE = 1e-5
# Newton's rounds on the cubic of the margin, before the exact one
CUBIC_ROUNDS = 2
# An exact round that moves by less leaves half the curvature times its square: 1.5 m of margin at
# low masks, 17 m at one of 80 deg in low orbit (0.002 deg)
LAST_MOVE = 2e-3
# Rounds of plain Newton; of Newton in a bracket; and with bisection, which halves it each round
PLAIN_ROUNDS = 3
NEWTON_ROUNDS = 8
MOST_ROUNDS = 60


@dataclass(frozen=True)
class Arcs:
    """K lines of sight over one step, as quartics of tau = 0 to 1.

    Attributes
    ----------
    site : (K,) int array
    sight_m : (5, 3, K) float32 array
        From the site to the target; lowest power of tau first. [m]
    up : (3, K) float32 array
        Of the site. [unitless]
    """

    site: Array
    sight_m: Array
    up: Array

    def take(self, xp: ModuleType, index: Array) -> Arcs:
        """Return some of the arcs, in the order of `index`."""
        return Arcs(
            self.site[index], xp.take(self.sight_m, index, axis=2), xp.take(self.up, index, axis=1)
        )

    def at(self, tau: Array) -> Array:
        """Line of sight, (3, K). [m]"""
        a, b, c, d, e = self.sight_m
        return (((e * tau + d) * tau + c) * tau + b) * tau + a

    def change(self, tau: Array) -> Array:
        """First derivative by tau, (3, K). [m]"""
        _, b, c, d, e = self.sight_m
        return ((e * (4.0 * tau) + 3.0 * d) * tau + 2.0 * c) * tau + b

    def bend(self, tau: Array) -> Array:
        """Second derivative by tau, (3, K). [m]"""
        _, _, c, d, e = self.sight_m
        return (e * (12.0 * tau) + 6.0 * d) * tau + 2.0 * c


def nonzero(values: Array) -> Array:
    """Values to divide by: 1 where they are zero."""
    return values + (values == 0.0)


ValueAndSlope = Callable[[Arcs, Array], tuple[Array, Array]]


def margin(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> tuple[Array, Array]:
    """Margin over the mask, p - sin(e) rho, and its derivative by tau. [m]"""
    along = margin_along(xp, arcs.at(tau), arcs.change(tau), arcs.up, sine)
    return along.value_m, along.change_m


def margin_rate(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> tuple[Array, Array]:
    """First and second derivative of the margin by tau. [m]"""
    sight, change, bend = arcs.at(tau), arcs.change(tau), arcs.bend(tau)
    range_m = xp.sqrt(dot(sight, sight))
    range_rate = dot(sight, change) / range_m
    range_bend = (dot(change, change) + dot(sight, bend) - range_rate**2) / range_m
    return dot(change, arcs.up) - sine * range_rate, dot(bend, arcs.up) - sine * range_bend


def climb(arcs: Arcs, tau: Array) -> tuple[Array, Array]:
    """Positive while the elevation rises, and its derivative by tau. [m^3]

    The sine of the elevation is p / sqrt(q), q the squared range; its rate has the sign of
    p' q - p q' / 2.
    """
    sight, change, bend = arcs.at(tau), arcs.change(tau), arcs.bend(tau)
    p, dp, ddp = dot(sight, arcs.up), dot(change, arcs.up), dot(bend, arcs.up)
    q, half_dq = dot(sight, sight), dot(sight, change)
    half_ddq = dot(change, change) + dot(sight, bend)
    return dp * q - p * half_dq, ddp * q + dp * half_dq - p * half_ddq


def crossings(xp: ModuleType, arcs: Arcs, sine: float, sign: float) -> tuple[Array, Array]:
    """Instants at which the margin changes sign between the ends of the arcs.

    Newton's method on the cubic that has the margin's values and rates at the ends, then one
    round on the exact margin.

    Parameters
    ----------
    sign : float
        1 for rises, -1 for sets.

    Returns
    -------
    tau : (K,) array
    settled : (K,) bool array
        False where the last round still moved, or led to a crossing of the other sense (an end
        may lie on the mask itself).
    """
    a, b, c, d, e = arcs.sight_m
    start = margin_along(xp, a, b, arcs.up, sine)
    last = a + b + c + d + e, b + 2.0 * c + 3.0 * d + 4.0 * e
    end = margin_along(xp, *last, arcs.up, sine)
    tau = _cubic_root(xp, sign, start.value_m, start.change_m, end.value_m, end.change_m)
    value, slope = margin(xp, arcs, sine, tau)
    move = value / nonzero(slope)
    settled = (xp.abs(move) < LAST_MOVE) & (sign * slope > 0.0)
    return xp.clip(tau - move, 0.0, 1.0), settled


def safe_crossings(xp: ModuleType, arcs: Arcs, sine: float, sign: float, tau: Array) -> Array:
    """As `crossings`, from where that ended: Newton's method, or a search that is sure to settle.

    Parameters
    ----------
    tau : (K,) array
        What `crossings` gave.
    """
    ends = xp.zeros_like(tau), xp.ones_like(tau)
    return _newton(xp, arcs, _margin_of(xp, sine), *ends, tau, xp.zeros_like(tau) + sign)


def _margin_of(xp: ModuleType, sine: float) -> ValueAndSlope:
    return lambda arcs, tau: margin(xp, arcs, sine, tau)


def _cubic_root(xp: ModuleType, sign: float, m0: Array, dm0: Array, m1: Array, dm1: Array) -> Array:
    """Root between 0 and 1 of cubics with values and slopes at 0 and 1, which differ in sign.

    Newton's method begins at the root of the parabola that leaves out the slope at 1, on the
    branch that rises (`sign` 1) or falls (-1): a chord would lead astray where the margin turns.
    """
    rise = m1 - m0
    bend, twist = 3.0 * rise - 2.0 * dm0 - dm1, dm0 + dm1 - 2.0 * rise
    curved = rise - dm0
    root = xp.sqrt(xp.maximum(dm0 * dm0 - 4.0 * curved * m0, 0.0))
    # Each branch in the form that does not cancel
    straight = dm0 * sign >= 0.0
    above = xp.where(straight, 2.0 * m0, sign * root - dm0)
    below = xp.where(straight, -sign * root - dm0, 2.0 * curved)
    tau = xp.clip(above / nonzero(below), 0.0, 1.0)
    for _ in range(CUBIC_ROUNDS):
        inner = twist * tau + bend
        value, slope = (inner * tau + dm0) * tau + m0, (inner + inner + twist * tau) * tau + dm0
        tau = xp.clip(tau - value / nonzero(slope), 0.0, 1.0)
    return tau


def crossings_around(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> tuple[Array, Array]:
    """Instants before and after an extremum at which the margin is zero, between 0 and 1.

    The margin is nearly a parabola there, whose roots are where Newton's method begins.

    Parameters
    ----------
    tau : (K,) array
        Of the extremum, beyond which side of zero the margin stays at both ends of the arc.

    Returns
    -------
    before, after : (K,) array
    """
    extreme_m = margin(xp, arcs, sine, tau)[0]
    bend_m = margin_rate(xp, arcs, sine, tau)[1]
    half = xp.sqrt(xp.abs(2.0 * extreme_m / nonzero(bend_m)))
    rising = xp.where(extreme_m < 0.0, -1.0, 1.0).astype(tau.dtype)
    of, zero, one = _margin_of(xp, sine), xp.zeros_like(tau), xp.ones_like(tau)
    return (
        _newton(xp, arcs, of, zero, tau, xp.maximum(tau - half, zero), rising),
        _newton(xp, arcs, of, tau, one, xp.minimum(tau + half, one), -rising),
    )


def extrema(xp: ModuleType, arcs: Arcs, sine: float) -> Array:
    """Instants at which the margin is highest or lowest within the arcs, in tau."""
    zero = xp.zeros_like(arcs.up[0])
    return _root(xp, arcs, lambda some, tau: margin_rate(xp, some, sine, tau), zero, zero + 1.0)


def culminations(xp: ModuleType, arcs: Arcs, low: Array, high: Array) -> Array:
    """Instants of the highest elevation between `low` and `high`, in tau."""
    return _root(xp, arcs, climb, low, high)


def _root(
    xp: ModuleType,
    arcs: Arcs,
    value_and_slope: ValueAndSlope,
    low: Array,
    high: Array,
) -> Array:
    """Find one root in each bracket; where there is none, the end that is nearer to zero."""
    if not len(low):
        return low
    at_low, at_high = value_and_slope(arcs, low)[0], value_and_slope(arcs, high)[0]
    rising = xp.where(at_low < at_high, 1.0, -1.0).astype(low.dtype)
    fall = at_low - at_high
    share = xp.clip(at_low / nonzero(fall), 0.0, 1.0)
    nearer = xp.where(xp.abs(at_low) <= xp.abs(at_high), low, high)
    crosses = (at_low < 0.0) != (at_high < 0.0)
    low, high = xp.where(crosses, low, nearer), xp.where(crosses, high, nearer)
    start = low + share * (high - low)
    return _newton(xp, arcs, value_and_slope, low, high, start, rising)


def _newton(
    xp: ModuleType,
    arcs: Arcs,
    value_and_slope: ValueAndSlope,
    low: Array,
    high: Array,
    start: Array,
    rising: Array,
) -> Array:
    """Follow Newton's method from `start`; search the brackets in which it does not arrive.

    Parameters
    ----------
    low, high : (K,) array
        Of the bracket; the same where the root is known.
    rising : (K,) array
        1 where the function rises through the root, -1 where it falls.
    """
    tau = start
    for _ in range(PLAIN_ROUNDS):
        value, slope = value_and_slope(arcs, tau)
        move = value / nonzero(slope)
        tau = xp.clip(tau - move, low, high)
        arrived = (xp.abs(move) < LAST_MOVE) & (rising * slope > 0.0)
        if arrived.all().item():
            break
    astray = xp.flatnonzero((low < high) & ~arrived)
    if len(astray):
        few = arcs.take(xp, astray)
        ends = low[astray], high[astray]
        tau[astray] = _bracketed_root(xp, few, value_and_slope, *ends, rising[astray])
    return tau


def _bracketed_root(
    xp: ModuleType,
    arcs: Arcs,
    value_and_slope: ValueAndSlope,
    low: Array,
    high: Array,
    rising: Array,
) -> Array:
    """Find one root in each bracket with Newton steps in a bracket that only shrinks.

    A step that would leave the bracket is replaced by bisection, and so is every second one that
    has not converged after `NEWTON_ROUNDS`. Where the function does not change sign, the end at
    which it is nearer to zero is approached. Arcs that have arrived are left out of the rounds
    that follow.
    """
    x = 0.5 * (low + high)
    root, pending = x.copy(), xp.arange(len(x))
    for round_number in range(MOST_ROUNDS):
        value, slope = value_and_slope(arcs, x)
        below = value * rising < 0.0
        low, high = xp.where(below, x, low), xp.where(below, high, x)
        newton = x - value / nonzero(slope)
        stays = (slope != 0.0) & (newton >= low) & (newton <= high)
        if round_number >= NEWTON_ROUNDS and round_number % 2:
            stays &= xp.abs(newton - x) < TOLERANCE
        following = xp.where(stays, newton, 0.5 * (low + high))
        root[pending] = following
        left = xp.flatnonzero(xp.abs(following - x) >= TOLERANCE)
        x = following
        if not len(left):
            break
        if 2 * len(left) < len(x):
            arcs, pending, x = arcs.take(xp, left), pending[left], x[left]
            low, high, rising = low[left], high[left], rising[left]
    return root
