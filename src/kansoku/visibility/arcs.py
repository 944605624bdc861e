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

# A Newton step below this share of a step is the last one: what is left is its square
TOLERANCE = 1e-6
# Rounds of plain Newton for all; of Newton in a bracket for the rest; and with bisection, which
# halves the bracket each round
PLAIN_ROUNDS = 4
NEWTON_ROUNDS = 8
MOST_ROUNDS = 60


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


def with_slope(terms: Array, x: Array) -> tuple[Array, Array]:
    """Value and derivative of a polynomial, by Horner's scheme."""
    value, slope = terms[-1] * x + terms[-2], terms[-1]
    for term in reversed(list(terms[:-2])):
        slope = slope * x + value
        value = value * x + term
    return value, slope


def with_bend(terms: Array, x: Array) -> tuple[Array, Array, Array]:
    """Value, derivative and half the second derivative of a polynomial."""
    value, slope = terms[-1] * x + terms[-2], terms[-1]
    bend = 0.0
    for term in reversed(list(terms[:-2])):
        bend = bend * x + slope
        slope = slope * x + value
        value = value * x + term
    return value, slope, bend


def margin(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> tuple[Array, Array]:
    """Margin over the mask, p - sin(e) sqrt(q), and its derivative by tau. [m]"""
    p, dp = with_slope(arcs.height_m, tau)
    q, dq = with_slope(arcs.square_m2, tau)
    range_m = xp.sqrt(q)
    return p - sine * range_m, dp - 0.5 * sine * dq / range_m


def margin_rate(xp: ModuleType, arcs: Arcs, sine: float, tau: Array) -> tuple[Array, Array]:
    """First and second derivative of the margin by tau. [m]"""
    _, dp, half_ddp = with_bend(arcs.height_m, tau)
    q, dq, half_ddq = with_bend(arcs.square_m2, tau)
    range_m = xp.sqrt(q)
    range_rate = 0.5 * dq / range_m
    range_curvature = (half_ddq - range_rate**2) / range_m
    return dp - sine * range_rate, 2.0 * half_ddp - sine * range_curvature


def climb(arcs: Arcs, tau: Array) -> tuple[Array, Array]:
    """Positive while the elevation rises, and its derivative by tau. [m^3]

    The sine of the elevation is p / sqrt(q); its rate has the sign of p' q - p q' / 2.
    """
    p, dp, half_ddp = with_bend(arcs.height_m, tau)
    q, dq, half_ddq = with_bend(arcs.square_m2, tau)
    return dp * q - 0.5 * p * dq, 2.0 * half_ddp * q + 0.5 * dp * dq - p * half_ddq


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
    return _root(xp, arcs, lambda some, tau: margin(xp, some, sine, tau), low, high, _from_below)


def extrema(xp: ModuleType, arcs: Arcs, sine: float) -> Array:
    """Instants at which the margin is highest or lowest within the arcs, in tau."""
    zero = xp.zeros_like(arcs.height_m[0])
    return _root(
        xp, arcs, lambda some, tau: margin_rate(xp, some, sine, tau), zero, zero + 1.0, _on_chord
    )


def culminations(xp: ModuleType, arcs: Arcs, low: Array, high: Array) -> Array:
    """Instants of the highest elevation between `low` and `high`, in tau."""
    return _root(xp, arcs, climb, low, high, _on_chord)


ValueAndSlope = Callable[[Arcs, Array], tuple[Array, Array]]


def _root(
    xp: ModuleType,
    arcs: Arcs,
    value_and_slope: ValueAndSlope,
    low: Array,
    high: Array,
    start: Callable[..., Array],
) -> Array:
    """Find one root in each bracket: plain Newton for most arcs, a safe search for the rest."""
    at_low, at_high = value_and_slope(arcs, low), value_and_slope(arcs, high)
    x = start(xp, low, high, at_low, at_high)
    move = x
    for _ in range(PLAIN_ROUNDS):
        value, slope = value_and_slope(arcs, x)
        move = value / xp.where(slope == 0.0, 1.0, slope)
        x = xp.clip(x - move, low, high)
    astray = xp.flatnonzero((xp.abs(move) > TOLERANCE) & (low < high))
    if len(astray):
        some = arcs.take(astray)
        rising = xp.where((at_low[0] < at_high[0])[astray], 1.0, -1.0)
        x[astray] = _bracketed_root(
            xp, lambda tau: value_and_slope(some, tau), low[astray], high[astray], rising
        )
    return x


def _from_below(
    xp: ModuleType,
    low: Array,
    high: Array,
    at_low: tuple[Array, Array],
    at_high: tuple[Array, Array],
) -> Array:
    """Start at the end below the mask, with one Newton step.

    The margin curves downwards, so Newton's method does not leave the bracket from there; from
    the chord it does near grazing passes, and stays at an end where the margin happens to be 0.
    """
    rising = at_low[0] < at_high[0]
    end, value, slope = (
        xp.where(rising, one, other)
        for one, other in ((low, high), (at_low[0], at_high[0]), (at_low[1], at_high[1]))
    )
    return xp.clip(end - value / xp.where(slope == 0.0, 1.0, slope), low, high)


def _on_chord(
    xp: ModuleType,
    low: Array,
    high: Array,
    at_low: tuple[Array, Array],
    at_high: tuple[Array, Array],
) -> Array:
    """Start where the chord is zero: rates are nearly straight lines."""
    fall = at_low[0] - at_high[0]
    share = xp.clip(at_low[0] / xp.where(fall == 0.0, 1.0, fall), 0.0, 1.0)
    return low + share * (high - low)


def _bracketed_root(
    xp: ModuleType,
    value_and_slope: Callable[[Array], tuple[Array, Array]],
    low: Array,
    high: Array,
    rising: Array,
) -> Array:
    """Find one root in each bracket with Newton steps in a bracket that only shrinks.

    A step that would leave the bracket is replaced by bisection, and so is every second one that
    has not converged after `NEWTON_ROUNDS`. Where the function does not change sign, the end at
    which it is nearer to zero is approached.
    """
    x = 0.5 * (low + high)
    for round_number in range(MOST_ROUNDS):
        value, slope = value_and_slope(x)
        below = value * rising < 0.0
        low, high = xp.where(below, x, low), xp.where(below, high, x)
        newton = x - value / xp.where(slope == 0.0, 1.0, slope)
        stays = (slope != 0.0) & (newton >= low) & (newton <= high)
        if round_number >= NEWTON_ROUNDS and round_number % 2:
            stays &= xp.abs(newton - x) < TOLERANCE
        following = xp.where(stays, newton, 0.5 * (low + high))
        if xp.abs(following - x).max().item() < TOLERANCE:
            return following
        x = following
    return x
