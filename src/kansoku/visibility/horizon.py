"""Which nodes of a grid lie above a site's mask: one matrix product, exact only where it matters.

With p the height of a target over the horizon plane of a site and rho its slant range, the target
is above the mask of elevation e when the margin m = p - sin(e) rho is positive. At a known
geocentric distance r that is a linear condition on the target's position (`threshold_m`), but for
the 21 km by which a site may lie off its geodetic normal. So one product of inner size 6 for all
sites and nodes tells the nodes that are surely above, and those that are surely below even if the
margin curves as much as it can within half a step; the rest, about one in a hundred, are decided
by the exact margin.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_ROTATION_RAD_S
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility.geometry import dot

EARTH_GM_M3_S2 = 3.986004418e14  # IERS Conventions (2010), table 1.1

# Geodetic and geocentric verticals differ by at most 0.00336 rad (WGS 84); times 6378 km
OFF_NORMAL_M = 21.5e3
# float32 products of distances up to 1e8 m, and the linearised spread of the site distances
ROUNDING_M = 500.0
# The curvature is evaluated at a node, and may be larger half a step away
CURVATURE_SAFETY = 1.5
# Stands for an infinite threshold where float32 must not meet inf - inf
OUT_OF_REACH_M = 1e30
# Elements of one matrix product; its result should stay in the second-level cache
PRODUCT_SIZE = 1 << 18


@dataclass(frozen=True)
class Horizons:
    """Horizons of S sites, Earth-fixed; every attribute is a (3, S) array.

    Attributes
    ----------
    position_itrf_m : array
        [m]
    east, north, up : array
        Unit vectors of the geodetic horizon. [unitless]
    """

    position_itrf_m: Array
    east: Array
    north: Array
    up: Array

    def __len__(self) -> int:
        return int(self.up.shape[1])


@dataclass(frozen=True)
class Nodes:
    """States of a block of targets, flat over target and time (M = n T).

    Attributes
    ----------
    position_itrf_m, velocity_itrf_m_s : (3, M) array
        Zero where they cannot be used. [m], [m/s]
    usable : (n, T) bool array
        False from a target's first refused state on: what fell to Earth does not come back.
    """

    position_itrf_m: Array
    velocity_itrf_m_s: Array
    usable: Array


@dataclass(frozen=True)
class Margin:
    """The margin over the mask at K instants, and its rate.

    Attributes
    ----------
    value_m, rate_m_s : (K,) array
        p - sin(e) rho [m] and its time derivative [m/s].
    climb : (K,) array
        Positive while the elevation rises: p' q - p q' / 2, with q = rho^2. [m^3/s]
    """

    value_m: Array
    rate_m_s: Array
    climb: Array


@dataclass(frozen=True)
class NearMask:
    """Nodes that may be above the mask; those of one row (site and target) stand together.

    Attributes
    ----------
    row : (K,) int64 array
        ``site * n + target``.
    step : (K,) int64 array
        Index into time.
    sure : (K,) bool array
        Above the mask by so much that the margin does not touch zero within half a step.
    """

    row: Array
    step: Array
    sure: Array


def nodes_of(xp: ModuleType, block: StateBlock) -> Nodes:
    """Flatten the states of a block, and end each target at its first refused state."""
    usable = xp.cumsum(~block.usable, axis=1) == 0
    flat = usable.reshape(-1)
    return Nodes(
        xp.where(flat, block.position_itrf_m.reshape(3, -1), 0.0),
        xp.where(flat, block.velocity_itrf_m_s.reshape(3, -1), 0.0),
        usable,
    )


def exact_margin(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, site: Array, flat: Array
) -> Margin:
    """Margin over the mask at some nodes.

    Parameters
    ----------
    sine : float
        Sine of the mask's elevation. [unitless]
    site, flat : (K,) int array
        Site, and index into the flat nodes.
    """
    sight_m = nodes.position_itrf_m[:, flat] - horizons.position_itrf_m[:, site]
    velocity_m_s = nodes.velocity_itrf_m_s[:, flat]
    up = horizons.up[:, site]
    height, climb_rate = dot(sight_m, up), dot(velocity_m_s, up)
    square, half_rate = dot(sight_m, sight_m), dot(sight_m, velocity_m_s)
    range_m = xp.sqrt(square)
    return Margin(
        height - sine * range_m,
        climb_rate - sine * half_rate / range_m,
        climb_rate * square - height * half_rate,
    )


def slack_m(
    xp: ModuleType, nodes: Nodes, site_distance_m: float, sine: float, step_s: float
) -> Array:
    """How far the margin can move from an extremum to the nearest node, half a step away.

    The second derivative of m = p - sin(e) rho is at most (1 + |sin e|) a + |sin e| v^2 / rho,
    with a the acceleration in the rotating frame and rho at least the target's altitude.

    Returns
    -------
    (M,) array
        Bound at each node, with the allowances for the linear test. [m]
    """
    position, velocity = nodes.position_itrf_m, nodes.velocity_itrf_m_s
    distance = xp.sqrt(dot(position, position)) + 1.0  # an unusable node stands at the origin
    speed_m_s = xp.sqrt(dot(velocity, velocity))
    descent_m = 0.5 * step_s * xp.abs(dot(position, velocity)) / distance
    lowest_m = xp.maximum(distance - descent_m, 0.95 * EARTH_EQUATORIAL_RADIUS_M)
    altitude_m = xp.maximum(lowest_m - site_distance_m, 5e4)
    acceleration = (
        EARTH_GM_M3_S2 / lowest_m**2
        + 2.0 * EARTH_ROTATION_RAD_S * speed_m_s
        + EARTH_ROTATION_RAD_S**2 * distance
    )
    size = abs(sine)
    curvature = (1.0 + size) * acceleration + size * speed_m_s**2 / altitude_m
    curved_m = 0.125 * CURVATURE_SAFETY * curvature * step_s**2
    straight_m = 0.5 * CURVATURE_SAFETY * (1.0 + size) * speed_m_s * step_s
    return xp.minimum(curved_m, straight_m) + size * OFF_NORMAL_M + ROUNDING_M


def threshold_m(
    xp: ModuleType, distance_m: Array, site_distance_m: float, sine: float, slack_m: Array
) -> tuple[Array, Array]:
    """Least height over the horizon plane at which the margin reaches -slack_m.

    Solves (y + k)^2 = sin^2(e) (r^2 + s^2 - 2 s (s + y)) for y at geocentric distances r of the
    target and s of the site, whose vertical is taken to be geocentric.

    Returns
    -------
    height_m : (M,) array
        `OUT_OF_REACH_M` where no height suffices. [m]
    slope : (M,) array
        Derivative by the site's distance. [unitless]
    """
    s, k, sine2 = site_distance_m, slack_m, sine * sine
    centre = k + sine2 * s
    inside = centre**2 - k**2 + sine2 * (distance_m**2 - s**2)
    root = xp.sqrt(xp.maximum(inside, 1.0))
    sign = math.copysign(1.0, sine) if sine else 0.0
    height = xp.where(inside >= 0.0, sign * root - centre, OUT_OF_REACH_M)
    return height, -sine2 + sign * sine2 * (centre - s) / root


def near_mask(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, step_s: float
) -> NearMask:
    """Find the nodes that are above the mask, or may be next to an instant that is."""
    targets, steps = nodes.usable.shape
    width = steps + 1  # a column that is always below keeps targets apart
    lines, columns, sure_from = _linear_test(xp, nodes, horizons, sine, step_s)
    sites_at_once = min(len(horizons), max(1, PRODUCT_SIZE // width))
    chunk = max(1, PRODUCT_SIZE // (sites_at_once * width)) * width
    product = xp.empty((sites_at_once, chunk), dtype=xp.float32)
    parts = []
    for first, start in itertools.product(
        range(0, len(horizons), sites_at_once), range(0, targets * width, chunk)
    ):
        some, many = lines[first : first + sites_at_once], columns[:, start : start + chunk]
        score = xp.matmul(some, many, out=product[: some.shape[0], : many.shape[1]])
        site, column = xp.divmod(xp.flatnonzero(score >= 0), many.shape[1])
        sure = score[site, column] >= sure_from[start + column]
        target, step = xp.divmod(start + column, width)
        parts.append(((first + site) * targets + target, step, sure))
    row, step, sure = (xp.concatenate(part) for part in zip(*parts, strict=True))
    return NearMask(row, step, sure)


def _linear_test(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, step_s: float
) -> tuple[Array, Array, Array]:
    """Build the (S, 6) and (6, n (T + 1)) factors, and the score from which a node is sure."""
    own_m = dot(horizons.position_itrf_m, horizons.up)  # height of the site over the geocentre
    middle_m = float((0.5 * (own_m.max() + own_m.min())).item())
    highest_m = float(own_m.max().item())
    slack = slack_m(xp, nodes, highest_m, sine, step_s)
    distance = xp.sqrt(dot(nodes.position_itrf_m, nodes.position_itrf_m))
    may_m, slope = threshold_m(xp, distance, middle_m, sine, slack)
    must_m, _ = threshold_m(xp, distance, middle_m, sine, -slack)
    usable = nodes.usable.reshape(-1)
    ones = xp.ones_like(slope)
    offset = xp.where(usable, -may_m, -OUT_OF_REACH_M)
    columns = xp.stack([*nodes.position_itrf_m, offset, -slope, -ones])
    lines = xp.stack([*horizons.up, xp.ones_like(own_m), own_m - middle_m, own_m], axis=1)
    return (
        lines.astype(xp.float32),
        _padded(xp, columns, nodes.usable.shape),
        _padded(xp, (must_m - may_m)[None], nodes.usable.shape)[0],
    )


def _padded(xp: ModuleType, flat: Array, shape: tuple[int, int]) -> Array:
    """Append a column of -1 after the last step of each target: (k, n T) to (k, n (T + 1)).

    In the linear test that column scores about -6.4e6 m everywhere: below any mask.
    """
    targets, steps = shape
    padded = xp.full((len(flat), targets, steps + 1), -1.0, dtype=xp.float32)
    padded[:, :, :steps] = flat.reshape(len(flat), targets, steps)
    return padded.reshape(len(flat), -1)
