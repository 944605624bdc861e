"""How high a target stands over a site's mask, and when that can be told by a linear test.

With p the height of a target over the horizon plane of a site and rho its slant range, the target
is above the mask of elevation e when the margin m = p - sin(e) rho is positive. At a known
geocentric distance r that is a linear condition on the target's position (`threshold_m`), but for
the 21 km by which a site may lie off its geodetic normal. How far the margin can move between two
nodes of a grid is bounded (`slack_m`): so one product of inner size 6 decides most of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_GM_M3_S2, EARTH_ROTATION_RAD_S
from kansoku.visibility.geometry import dot

# Geodetic and geocentric verticals differ by at most 0.00336 rad (WGS 84); times 6378 km
OFF_NORMAL_M = 21.5e3
# float32 products of distances up to 1e8 m, and the linearised spread of the site distances
ROUNDING_M = 500.0
# The speed is that at a node, and may be a twentieth larger half a step away, near a low perigee
CURVATURE_SAFETY = 1.2
# Geodetic and geocentric elevations differ by 0.2 deg, 2 % of the range; the rest is for the speed
MASK_RANGE_SHARE = 0.9
# Stands for an infinite threshold where float32 must not meet inf - inf
OUT_OF_REACH_M = 1e30


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
    with a the acceleration in the rotating frame. The margin is zero somewhere on the way: so rho
    is at least what it is at the mask, less what the target moves; and at least the altitude.

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
    range_m = xp.maximum(lowest_m - site_distance_m, 5e4)
    if sine > 0.0:
        foot_m = sine * site_distance_m
        at_mask_m = xp.sqrt(foot_m**2 + xp.maximum(lowest_m**2 - site_distance_m**2, 0.0)) - foot_m
        nearest_m = MASK_RANGE_SHARE * at_mask_m - 0.5 * step_s * speed_m_s
        range_m = xp.maximum(range_m, nearest_m)
    acceleration = (
        EARTH_GM_M3_S2 / lowest_m**2
        + 2.0 * EARTH_ROTATION_RAD_S * speed_m_s
        + EARTH_ROTATION_RAD_S**2 * distance
    )
    size = abs(sine)
    curvature = (1.0 + size) * acceleration + size * speed_m_s**2 / range_m
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
