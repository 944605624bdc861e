"""Pull of the Sun and the Moon on orbits of 225 minutes and more (SDP4): secular and periodic.

Angles in rad, times in min, lengths in Earth radii, as in [1]_ and [2]_ of `sgp4_initial`.
The theory's own coarse Sun and Moon are used here, never the grid's.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.sgp4_initial import Secular, sine_cosine

TURN = 6.283185307179586
EPOCH_1950_JD = 2433281.5
DAYS_1900_TO_1950 = 18261.5

# Sun and Moon: mean motion [rad/min], eccentricity, strength of perturbation [rad/min]
SUN_MOTION, SUN_ECCENTRICITY, SUN_STRENGTH = 1.19459e-5, 0.01675, 2.9864797e-6
MOON_MOTION, MOON_ECCENTRICITY, MOON_STRENGTH = 1.5835218e-4, 0.05490, 4.7968065e-7
# Sun's orbit on the equator: sine and cosine of its inclination and perigee
SUN_SIN_I, SUN_COS_I = 0.39785416, 0.91744867
SUN_SIN_G, SUN_COS_G = -0.98088458, 0.1945905

LOW_INCLINATION_RAD = 5.2359877e-2
"""Below 3 deg (or above 177) the theory drops the secular terms that divide by sin i."""
LYDDANE_BELOW_RAD = 0.2


@dataclass(frozen=True)
class Periodic:
    """Long-period amplitudes of one perturbing body; each field (n,) or (n, 1).

    A quantity's periodic part is c2 f2 + c3 f3 + c4 sin f, with f the body's true anomaly.
    """

    anomaly: Array
    e2: Array
    e3: Array
    i2: Array
    i3: Array
    l2: Array
    l3: Array
    l4: Array
    g2: Array
    g3: Array
    g4: Array
    h2: Array
    h3: Array


@dataclass(frozen=True)
class Drift:
    """Secular rates under Sun and Moon, one a target. [rad/min, 1/min for e]"""

    e: Array
    i: Array
    mean_anomaly: Array
    argp: Array
    node: Array


@dataclass(frozen=True)
class _Pull:
    """Averages of one body's pull over the target's orbit: X, Z and S of [1]."""

    s1: Array
    s2: Array
    s3: Array
    s4: Array
    s5: Array
    s6: Array
    s7: Array
    z1: Array
    z2: Array
    z3: Array
    z11: Array
    z12: Array
    z13: Array
    z21: Array
    z22: Array
    z23: Array
    z31: Array
    z32: Array
    z33: Array


@dataclass(frozen=True)
class _Body:
    """Orientation of a perturbing body's orbit: perigee g, inclination i, node h (to the target's).

    Each is a pair (sine, cosine).
    """

    g: tuple[Array, Array]
    i: tuple[Array, Array]
    h: tuple[Array, Array]
    strength: float


def _moon_orbit(xp: ModuleType, day: Array) -> tuple[Array, Array, Array, Array]:
    """Moon's (sin, cos) of inclination and node on the equator, its perigee, its longitude.

    `day` counts from 1900 January 0.5.
    """
    node_ecliptic = xp.fmod(4.5236020 - 9.2422029e-4 * day, TURN)
    sin_n, cos_n = xp.sin(node_ecliptic), xp.cos(node_ecliptic)
    cos_i = 0.91375164 - 0.03568096 * cos_n
    sin_i = xp.sqrt(1.0 - cos_i * cos_i)
    sin_h = 0.089683511 * sin_n / sin_i
    cos_h = xp.sqrt(1.0 - sin_h * sin_h)
    perigee = 5.8351514 + 0.0019443680 * day
    along = xp.arctan2(
        SUN_SIN_I * sin_n / sin_i, cos_h * cos_n + SUN_COS_I * sin_h * sin_n
    )  # fmt: skip
    g = perigee + along - node_ecliptic
    return (sin_i, cos_i), (sin_h, cos_h), (xp.sin(g), xp.cos(g)), perigee


def _directions(body: _Body, sin_i: Array, cos_i: Array) -> tuple[Array, ...]:
    """a1..a6 of [1]: the body's axes in the target's orbital frame."""
    (sin_g, cos_g), (body_sin_i, body_cos_i), (sin_h, cos_h) = body.g, body.i, body.h
    a1 = cos_g * cos_h + sin_g * body_cos_i * sin_h
    a3 = -sin_g * cos_h + cos_g * body_cos_i * sin_h
    a7 = -cos_g * sin_h + sin_g * body_cos_i * cos_h
    a8 = sin_g * body_sin_i
    a9 = sin_g * sin_h + cos_g * body_cos_i * cos_h
    a10 = cos_g * body_sin_i
    a2 = cos_i * a7 + sin_i * a8
    a4 = cos_i * a9 + sin_i * a10
    return a1, a2, a3, a4, -sin_i * a7 + cos_i * a8, -sin_i * a9 + cos_i * a10


def _pull(xp: ModuleType, target: Secular, body: _Body) -> _Pull:
    sin_i, cos_i = xp.sin(target.inclination), xp.cos(target.inclination)
    sin_w, cos_w = xp.sin(target.argp), xp.cos(target.argp)
    a = _directions(body, sin_i, cos_i)
    a1, a2, a3, a4, a5, a6 = a
    x1, x2 = a1 * cos_w + a2 * sin_w, a3 * cos_w + a4 * sin_w
    x3, x4 = -a1 * sin_w + a2 * cos_w, -a3 * sin_w + a4 * cos_w
    x = (x1, x2, x3, x4, a5 * sin_w, a6 * sin_w, a5 * cos_w, a6 * cos_w)
    e = target.eccentricity
    root = xp.sqrt(1.0 - e * e)
    s3 = body.strength / target.mean_motion
    s4 = s3 * root
    return _Pull(
        s1=-15.0 * e * s4,
        s2=-0.5 * s3 / root,
        s3=s3,
        s4=s4,
        s5=x1 * x3 + x2 * x4,
        s6=x2 * x3 + x1 * x4,
        s7=x2 * x4 - x1 * x3,
        **_averages(a, x, e * e),
    )


def _averages(a: tuple[Array, ...], x: tuple[Array, ...], e2: Array) -> dict[str, Array]:
    """Z of [1]: products of the body's axes, averaged over the target's orbit."""
    (a1, a2, a3, a4, a5, a6), (x1, x2, x3, x4, x5, x6, x7, x8) = a, x
    z31 = 12.0 * x1 * x1 - 3.0 * x3 * x3
    z32 = 24.0 * x1 * x2 - 6.0 * x3 * x4
    z33 = 12.0 * x2 * x2 - 3.0 * x4 * x4
    square = 1.0 - e2
    cross_11 = -24.0 * (x2 * x7 + x1 * x8) - 6.0 * (x3 * x6 + x4 * x5)
    cross_21 = 24.0 * (x2 * x5 + x1 * x6) - 6.0 * (x4 * x7 + x3 * x8)
    return {
        "z1": 2.0 * (3.0 * (a1 * a1 + a2 * a2) + z31 * e2) + square * z31,
        "z2": 2.0 * (6.0 * (a1 * a3 + a2 * a4) + z32 * e2) + square * z32,
        "z3": 2.0 * (3.0 * (a3 * a3 + a4 * a4) + z33 * e2) + square * z33,
        "z11": -6.0 * a1 * a5 + e2 * (-24.0 * x1 * x7 - 6.0 * x3 * x5),
        "z12": -6.0 * (a1 * a6 + a3 * a5) + e2 * cross_11,
        "z13": -6.0 * a3 * a6 + e2 * (-24.0 * x2 * x8 - 6.0 * x4 * x6),
        "z21": 6.0 * a2 * a5 + e2 * (24.0 * x1 * x5 - 6.0 * x3 * x7),
        "z22": 6.0 * (a4 * a5 + a2 * a6) + e2 * cross_21,
        "z23": 6.0 * a4 * a6 + e2 * (24.0 * x2 * x6 - 6.0 * x4 * x8),
        "z31": z31,
        "z32": z32,
        "z33": z33,
    }


def _periodic(pull: _Pull, e: Array, body_eccentricity: float, anomaly: Array) -> Periodic:
    p = pull
    return Periodic(
        anomaly=anomaly,
        e2=2.0 * p.s1 * p.s6,
        e3=2.0 * p.s1 * p.s7,
        i2=2.0 * p.s2 * p.z12,
        i3=2.0 * p.s2 * (p.z13 - p.z11),
        l2=-2.0 * p.s3 * p.z2,
        l3=-2.0 * p.s3 * (p.z3 - p.z1),
        l4=-2.0 * p.s3 * (-21.0 - 9.0 * e * e) * body_eccentricity,
        g2=2.0 * p.s4 * p.z32,
        g3=2.0 * p.s4 * (p.z33 - p.z31),
        g4=-18.0 * p.s4 * body_eccentricity,
        h2=-2.0 * p.s2 * p.z22,
        h3=-2.0 * p.s2 * (p.z23 - p.z21),
    )


def _drift_of(xp: ModuleType, target: Secular, pull: _Pull, motion: float) -> Drift:
    """Secular rates under one body; node and perigee without the terms in 1/sin i when low."""
    p, e, i = pull, target.eccentricity, target.inclination
    sin_i, cos_i = xp.sin(i), xp.cos(i)
    low = (i < LOW_INCLINATION_RAD) | (i > xp.pi - LOW_INCLINATION_RAD)
    node = xp.where(low, 0.0, -motion * p.s2 * (p.z21 + p.z23) / xp.where(low, 1.0, sin_i))
    return Drift(
        e=p.s1 * motion * p.s5,
        i=p.s2 * motion * (p.z11 + p.z13),
        mean_anomaly=-motion * p.s3 * (p.z1 + p.z3 - 14.0 - 6.0 * e * e),
        argp=p.s4 * motion * (p.z31 + p.z33 - 6.0) - cos_i * node,
        node=node,
    )


def third_bodies(
    xp: ModuleType, target: Secular, epoch_jd: Array
) -> tuple[Periodic, Periodic, Drift]:
    """Periodic amplitudes of Sun and Moon, and the secular drift under both.

    Parameters
    ----------
    target : Secular
        Deep-space targets, (n,) arrays.
    epoch_jd : (n,) array
        Epoch, UTC Julian date. [d]
    """
    day = epoch_jd - EPOCH_1950_JD + DAYS_1900_TO_1950
    sin_h, cos_h = xp.sin(target.node), xp.cos(target.node)
    moon_i, (moon_sin_h, moon_cos_h), moon_g, perigee = _moon_orbit(xp, day)
    # Node of the target counted from the Moon's
    relative = (sin_h * moon_cos_h - cos_h * moon_sin_h, moon_cos_h * cos_h + moon_sin_h * sin_h)
    sun = _Body((SUN_SIN_G, SUN_COS_G), (SUN_SIN_I, SUN_COS_I), (sin_h, cos_h), SUN_STRENGTH)
    moon = _Body(moon_g, moon_i, relative, MOON_STRENGTH)
    sun_pull, moon_pull = _pull(xp, target, sun), _pull(xp, target, moon)
    sun_drift = _drift_of(xp, target, sun_pull, SUN_MOTION)
    moon_drift = _drift_of(xp, target, moon_pull, MOON_MOTION)
    sun_anomaly = xp.fmod(6.2565837 + 0.017201977 * day, TURN)
    moon_anomaly = xp.fmod(4.7199672 + 0.22997150 * day - perigee, TURN)
    e = target.eccentricity
    return (
        _periodic(sun_pull, e, SUN_ECCENTRICITY, sun_anomaly),
        _periodic(moon_pull, e, MOON_ECCENTRICITY, moon_anomaly),
        Drift(
            sun_drift.e + moon_drift.e,
            sun_drift.i + moon_drift.i,
            sun_drift.mean_anomaly + moon_drift.mean_anomaly,
            sun_drift.argp + moon_drift.argp,
            sun_drift.node + moon_drift.node,
        ),
    )


def _body_periodics(
    xp: ModuleType, body: Periodic, motion: float, eccentricity: float, minutes: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """Periodic parts of e, i, l, g and h under one body, (n, T) each."""
    mean = body.anomaly + motion * minutes
    sine, cosine = sine_cosine(xp, mean + 2.0 * eccentricity * sine_cosine(xp, mean)[0])
    f2 = 0.5 * sine * sine - 0.25
    f3 = -0.5 * sine * cosine
    return (
        body.e2 * f2 + body.e3 * f3,
        body.i2 * f2 + body.i3 * f3,
        body.l2 * f2 + body.l3 * f3 + body.l4 * sine,
        body.g2 * f2 + body.g3 * f3 + body.g4 * sine,
        body.h2 * f2 + body.h3 * f3,
    )


def add_periodics(
    xp: ModuleType,
    sun: Periodic,
    moon: Periodic,
    minutes: Array,
    elements: tuple[Array, Array, Array, Array, Array],
) -> tuple[Array, Array, Array, Array, Array]:
    """Add the lunar-solar periodics to (e, i, node, argp, mean anomaly), (n, T) each.

    From 0.2 rad of inclination they are added as they are; below it in the regular variables of
    Lyddane, because the node's amplitude divides by sin i.
    """
    e, i, node, argp, anomaly = elements
    by_sun = _body_periodics(xp, sun, SUN_MOTION, SUN_ECCENTRICITY, minutes)
    by_moon = _body_periodics(xp, moon, MOON_MOTION, MOON_ECCENTRICITY, minutes)
    de, di, dl, dg, dh = (s + m for s, m in zip(by_sun, by_moon, strict=True))
    e, i = e + de, i + di
    sin_i, cos_i = sine_cosine(xp, i)
    lyddane = i < LYDDANE_BELOW_RAD
    dh_direct = dh / xp.where(lyddane, 1.0, sin_i)
    low_node, low_argp = _lyddane(xp, node, argp, (di, dl, dg, dh), (sin_i, cos_i))
    return (
        e,
        i,
        xp.where(lyddane, low_node, node + dh_direct),
        xp.where(lyddane, low_argp, argp + dg - cos_i * dh_direct),
        anomaly + dl,
    )


def _lyddane(
    xp: ModuleType,
    node: Array,
    argp: Array,
    change: tuple[Array, Array, Array, Array],
    inclination: tuple[Array, Array],
) -> tuple[Array, Array]:
    """Node and perigee at low inclination, through sin i sin h and sin i cos h."""
    di, _, dg, dh = change
    sin_i, cos_i = inclination
    node = xp.fmod(node, TURN)
    sin_h, cos_h = sine_cosine(xp, node)
    alpha = sin_i * sin_h + dh * cos_h + di * cos_i * sin_h
    beta = sin_i * cos_h - dh * sin_h + di * cos_i * cos_h
    new = xp.arctan2(alpha, beta)
    apart = node - new
    new = new + TURN * xp.where(xp.abs(apart) > xp.pi, xp.where(apart > 0.0, 1.0, -1.0), 0.0)
    # The longitude l + g + h cos i changes by dl + dg - di h sin i; l takes dl, g the rest
    return new, argp + dg - di * node * sin_i + cos_i * (node - new)
