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
PRODUCT_SIZE = 1 << 19


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
    """Motion of a block of n targets from each of T nodes to the next, flat (M = n T).

    Attributes
    ----------
    position_itrf_m, change_m : (3, M) array
        Position, and velocity times the step; zero where a state cannot be used. [m]
    curve_itrf_m : (4, 3, M) float32 array
        Coefficients of the cubic in tau = 0 to 1 that joins a node to the next one, lowest power
        first. Rounded to 0.25 m in low orbit and 2 m in GEO: 2e-5 deg and less. [m]
    usable : (n, T) bool array
        False from a target's first refused state on: what fell to Earth does not come back.
    """

    position_itrf_m: Array
    change_m: Array
    curve_itrf_m: Array
    usable: Array


@dataclass(frozen=True)
class Margin:
    """The margin over the mask at K nodes, and how it changes.

    Attributes
    ----------
    value_m, change_m : (K,) array
        p - sin(e) rho, and its rate times the step. [m]
    """

    value_m: Array
    change_m: Array


@dataclass(frozen=True)
class SiteLines:
    """What S sites bring to the linear test.

    Attributes
    ----------
    lines : (S, 6) float32 array
        Multiply a target's position, threshold and the threshold's slope, and a last entry of -1.
    middle_m, highest_m : float
        Of the sites' heights over the geocentre, along their verticals. [m]
    """

    lines: Array
    middle_m: float
    highest_m: float


def site_lines(xp: ModuleType, position_itrf_m: Array, up: Array) -> SiteLines:
    """Build the sites' factor of the linear test from (3, S) positions [m] and verticals."""
    own_m = dot(position_itrf_m, up)
    middle_m = float((0.5 * (own_m.max() + own_m.min())).item())
    lines = xp.stack([*up, xp.ones_like(own_m), own_m - middle_m, own_m], axis=1)
    return SiteLines(lines.astype(xp.float32), middle_m, float(own_m.max().item()))


@dataclass(frozen=True)
class Verdicts:
    """Which nodes are above the mask, flat over target, site and node (n S (T + 1) entries).

    The entry after the last node of each target and site is always below.

    Attributes
    ----------
    above : bool array
    doubtful : (D,) int array
        Entries that the exact margin decided; the margin does not touch zero within half a step
        of any other.
    change_m : (D,) array
        Change of the margin over a step, at its rate there. [m]
    """

    above: Array
    doubtful: Array
    change_m: Array


def nodes_of(xp: ModuleType, block: StateBlock, step_s: float) -> Nodes:
    """Join the states of a block by cubics, and end each target at its first refused state.

    The error of a cubic is h^4 / 384 times the fourth derivative: 7 m at worst in low orbit for
    steps of 120 s.
    """
    usable = xp.cumsum(~block.usable, axis=1) == 0
    position, change = block.position_itrf_m, block.velocity_itrf_m_s * step_s
    if not usable.all().item():
        position, change = xp.where(usable, position, 0.0), xp.where(usable, change, 0.0)
    curve = xp.empty((4, 3, *usable.shape), dtype=xp.float32)
    moved = position[..., 1:] - position[..., :-1]
    both = change[..., 1:] + change[..., :-1]
    curve[0], curve[1] = position, change
    curve[2, ..., :-1] = 3.0 * moved - both - change[..., :-1]
    curve[3, ..., :-1] = both - 2.0 * moved
    curve[2:, ..., -1] = 0.0
    flat = (3, usable.size)
    return Nodes(position.reshape(flat), change.reshape(flat), curve.reshape(4, *flat), usable)


def margin_along(xp: ModuleType, sight_m: Array, change_m: Array, up: Array, sine: float) -> Margin:
    """Margin over the mask, from lines of sight and their change; all (3, K).

    Parameters
    ----------
    sine : float
        Sine of the mask's elevation. [unitless]
    """
    range_m = xp.sqrt(dot(sight_m, sight_m))
    return Margin(
        dot(sight_m, up) - sine * range_m,
        dot(change_m, up) - sine * dot(sight_m, change_m) / range_m,
    )


def slack_m(
    xp: ModuleType,
    position: Array,
    change_m: Array,
    site_distance_m: float,
    sine: float,
    step_s: float,
) -> Array:
    """How far the margin can move from an extremum to the nearest node, half a step away.

    The second derivative of m = p - sin(e) rho is at most (1 + |sin e|) a + |sin e| v^2 / rho,
    with a the acceleration in the rotating frame and rho at least the target's altitude.

    Parameters
    ----------
    position, change_m : (3, ...) array
        Earth-fixed, and velocity times the step; zero where a state cannot be used. [m]
    site_distance_m : float
        Of the highest site, along its vertical. [m]
    sine : float
        Sine of the mask's elevation. [unitless]
    step_s : float
        [s]

    Returns
    -------
    (...) array
        Bound at each node, with the allowances for the linear test. [m]
    """
    velocity = change_m / step_s
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
    target and s of the site, whose vertical is taken to be geocentric. The square has a second
    root, with y + k of the other sign: where a slack asked for (k < 0) exceeds the target's
    altitude it is the only one, and no height suffices.

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
    reached = (inside >= 0.0) & (sign * (sign * root - sine2 * s) >= 0.0)
    height = xp.where(reached, sign * root - centre, OUT_OF_REACH_M)
    return height, -sine2 + sign * sine2 * (centre - s) / root


def verdicts(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, step_s: float
) -> Verdicts:
    """Say which nodes are above the mask: by the exact margin where the linear test is unsure."""
    lines, columns = _linear_test(xp, nodes, horizons, sine, step_s)
    above, doubtful = _linear_verdicts(xp, lines, columns)
    row, step = xp.divmod(doubtful, columns.shape[2])
    target, site = xp.divmod(row, len(horizons))
    flat = target * nodes.usable.shape[1] + step
    sight = xp.take(nodes.position_itrf_m, flat, axis=1)
    change = xp.take(nodes.change_m, flat, axis=1)
    sight -= xp.take(horizons.position_itrf_m, site, axis=1)
    exact = margin_along(xp, sight, change, xp.take(horizons.up, site, axis=1), sine)
    above[doubtful] = exact.value_m >= 0.0
    return Verdicts(above, doubtful, exact.change_m)


def _linear_verdicts(xp: ModuleType, lines: Array, columns: Array) -> tuple[Array, Array]:
    """Multiply the factors in parts that stay in cache: nodes surely above, and the doubtful."""
    targets, _, width = columns.shape
    sites = len(lines)
    sites_at_once = min(sites, max(1, PRODUCT_SIZE // width))
    targets_at_once = max(1, PRODUCT_SIZE // (sites_at_once * width))
    above = xp.empty((targets, sites, width), dtype=bool)
    product = xp.empty((targets_at_once, sites_at_once, width), dtype=xp.float32)
    doubtful = []
    for target, site in itertools.product(
        range(0, targets, targets_at_once), range(0, sites, sites_at_once)
    ):
        few = slice(target, min(target + targets_at_once, targets))
        some = slice(site, min(site + sites_at_once, sites))
        score = product[: few.stop - few.start, : some.stop - some.start]
        xp.matmul(lines[some], columns[few], out=score)
        xp.greater_equal(score, 1.0, out=above[few, some])
        unsure = xp.flatnonzero((score >= 0.0) != above[few, some])
        # Either all sites are taken at once, or one target: so the entries are contiguous
        doubtful.append(unsure + (target * sites + site) * width)
    return above.reshape(-1), xp.concatenate(doubtful)


def _linear_test(
    xp: ModuleType, nodes: Nodes, horizons: Horizons, sine: float, step_s: float
) -> tuple[Array, Array]:
    """Build the (S, 6) and (n, 6, T + 1) factors of a score.

    The score is negative where the margin does not come near zero within half a step, and 1 or
    more where it surely stays positive.
    """
    sites = site_lines(xp, horizons.position_itrf_m, horizons.up)
    position, change = nodes.curve_itrf_m[0], nodes.curve_itrf_m[1]
    slack = slack_m(xp, position, change, sites.highest_m, sine, step_s)
    distance = xp.sqrt(dot(position, position))
    may_m, slope = threshold_m(xp, distance, sites.middle_m, sine, slack)
    must_m, _ = threshold_m(xp, distance, sites.middle_m, sine, -slack)
    # Out of reach, the two coincide: any positive scale serves
    scale = 1.0 / xp.maximum(must_m - may_m, 1.0)
    scale = xp.where(nodes.usable.reshape(-1), scale, 0.0)
    columns = xp.concatenate([scale * position, xp.stack([-scale * may_m, -scale * slope, -scale])])
    return sites.lines, _padded(xp, columns, nodes.usable)


def _padded(xp: ModuleType, flat: Array, usable: Array) -> Array:
    """Append a column that scores below zero after the last step of each target, (n, 6, T + 1).

    So do the nodes that cannot be used, whose columns are zero so far.
    """
    targets, steps = usable.shape
    padded = xp.zeros((targets, len(flat), steps + 1), dtype=xp.float32)
    padded[:, :, :steps] = flat.reshape(len(flat), targets, steps).transpose(1, 0, 2)
    padded[:, 3, :steps] -= ~usable  # the site's factor of this row is 1
    padded[:, 3, steps] = -1.0
    return padded
