"""Resonance of 12 h and 24 h orbits with the Earth's tesseral gravity (SDP4).

The theory integrates mean longitude and motion in steps of 720 min from the epoch. Here every
step that a span needs is taken once for all targets, and each instant continues from its own.
Letters and numbers as in [1]_ and [2]_ of `sgp4_initial`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.deep_space import TURN, Drift
from kansoku.ephemeris.sgp4_initial import SQRT_GM, TWO_THIRDS, Secular, sine_cosine

STEP_MIN = 720.0
SIDEREAL_RAD_MIN = 4.37526908801129966e-3
"""Rotation of the Earth in the theory. [rad/min]"""

# Tesseral coefficients q22, q31, q33 and the roots of [1]
Q22, Q31, Q33 = 1.7891679e-6, 2.1460748e-6, 2.2123015e-7
ROOT22, ROOT32, ROOT44, ROOT52, ROOT54 = (
    1.7891679e-6, 3.7393792e-7, 7.3636953e-9, 1.1428639e-7, 2.1765803e-9,
)  # fmt: skip
# Phases of the 24 h terms (lambda 31, 22, 33) and of the 12 h terms
PHASE_24H = (0.13130908, 2.8843198, 0.37448087)
G22, G32, G44, G52, G54 = 5.7686396, 0.95240898, 1.8014998, 1.0508330, 4.4108898
# Argument of each 12 h term: multiples of perigee and longitude, and phase
TERMS_12H = (
    (2, 1, G22), (0, 1, G22), (1, 1, G32), (-1, 1, G32), (2, 2, G44), (0, 2, G44),
    (1, 1, G52), (-1, 1, G52), (1, 2, G54), (-1, 2, G54),
)  # fmt: skip
TERMS_24H = ((0, 1, PHASE_24H[0]), (0, 2, 2.0 * PHASE_24H[1]), (0, 3, 3.0 * PHASE_24H[2]))


@dataclass(frozen=True)
class Resonance:
    """Resonant targets of one kind, (n,) arrays or (n, 1) columns.

    Attributes
    ----------
    strength : (n, K) array
        Coefficient of each term of the kind. [rad/min^2]
    longitude : array
        Resonance longitude at epoch. [rad]
    longitude_rate : array
        Its rate beyond the mean motion. [rad/min]
    mean_motion, argp, argp_rate : array
        At epoch; the perigee as the theory takes it here, under the zonals alone.
    """

    strength: Array
    longitude: Array
    longitude_rate: Array
    mean_motion: Array
    argp: Array
    argp_rate: Array


def synchronous(r: Resonance) -> bool:
    """Tell the 24 h kind from the 12 h kind by its number of terms."""
    return bool(r.strength.shape[1] == len(TERMS_24H))


def is_24h(n: Array) -> Array:
    """Mean motions resonant with one turn of the Earth. [rad/min]"""
    return (n > 0.0034906585) & (n < 0.0052359877)


def is_12h(n: Array, e: Array) -> Array:
    """Eccentric orbits of two turns a day. [rad/min]"""
    return (n >= 8.26e-3) & (n <= 9.24e-3) & (e >= 0.5)


def resonance_24h(xp: ModuleType, t: Secular, drift: Drift, sidereal: Array) -> Resonance:
    """Constants of the synchronous resonance; `sidereal` is Greenwich's angle at epoch. [rad]"""
    e2 = t.eccentricity**2
    s, c = xp.sin(t.inclination), xp.cos(t.inclination)
    n = t.mean_motion
    a_inverse = (n / SQRT_GM) ** TWO_THIRDS
    g200 = 1.0 + e2 * (-2.5 + 0.8125 * e2)
    g310 = 1.0 + 2.0 * e2
    g300 = 1.0 + e2 * (-6.0 + 6.60937 * e2)
    f220 = 0.75 * (1.0 + c) ** 2
    f311 = 0.9375 * s * s * (1.0 + 3.0 * c) - 0.75 * (1.0 + c)
    f330 = 1.875 * (1.0 + c) ** 3
    common = 3.0 * n * n * a_inverse * a_inverse
    del1 = common * f311 * g310 * Q31 * a_inverse
    del2 = 2.0 * common * f220 * g200 * Q22
    del3 = 3.0 * common * f330 * g300 * Q33 * a_inverse
    return Resonance(
        strength=xp.stack([del1, del2, del3], axis=1),
        longitude=xp.fmod(t.mean_anomaly + t.node + t.argp - sidereal, TURN),
        longitude_rate=t.mean_anomaly_rate + t.argp_rate + t.node_rate - SIDEREAL_RAD_MIN
        + drift.mean_anomaly + drift.argp + drift.node - n,
        mean_motion=n,
        argp=t.argp,
        argp_rate=t.argp_rate,
    )  # fmt: skip


def _cubic(e: Array, c0: float, c1: float, c2: float, c3: float) -> Array:
    return c0 + e * (c1 + e * (c2 + e * c3))


def _eccentricity_functions(xp: ModuleType, e: Array) -> tuple[Array, ...]:
    """g201..g533 of [1]: fits with their breaks at e = 0.65, 0.7 and 0.715."""
    low, below_7, below_715 = e <= 0.65, e < 0.7, e <= 0.715

    def fit(low_side: tuple[float, ...], high_side: tuple[float, ...], where: Array) -> Array:
        return xp.where(where, _cubic(e, *low_side), _cubic(e, *high_side))

    g520_high = xp.where(
        below_715,
        _cubic(e, 1464.74, -4664.75, 3763.64, 0.0),
        _cubic(e, -5149.66, 29936.92, -54087.36, 31324.56),
    )
    return (
        -0.306 - (e - 0.64) * 0.440,
        fit((3.616, -13.2470, 16.2900, 0.0), (-72.099, 331.819, -508.738, 266.724), low),
        fit((-19.302, 117.3900, -228.4190, 156.5910), (-346.844, 1582.851, -2415.925, 1246.113),
            low),
        fit((-18.9068, 109.7927, -214.6334, 146.5816), (-342.585, 1554.908, -2366.899, 1215.972),
            low),
        fit((-41.122, 242.6940, -471.0940, 313.9530), (-1052.797, 4758.686, -7193.992, 3651.957),
            low),
        fit((-146.407, 841.8800, -1629.014, 1083.4350),
            (-3581.690, 16178.110, -24462.770, 12422.520), low),
        xp.where(low, _cubic(e, -532.114, 3017.977, -5740.032, 3708.2760), g520_high),
        fit((-822.71072, 4568.6173, -8491.4146, 5337.524),
            (-51752.104, 218913.95, -309468.16, 146349.42), below_7),
        fit((-853.66600, 4690.2500, -8624.7700, 5341.4),
            (-40023.880, 170470.89, -242699.48, 115605.82), below_7),
        fit((-919.22770, 4988.6100, -9064.7700, 5542.21),
            (-37995.780, 161616.52, -229838.20, 109377.94), below_7),
    )  # fmt: skip


def _inclination_functions(s: Array, c: Array) -> tuple[Array, ...]:
    """f220..f543 of [1]."""
    s2, c2 = s * s, c * c
    f220 = 0.75 * (1.0 + 2.0 * c + c2)
    return (
        f220,
        1.5 * s2,
        1.875 * s * (1.0 - 2.0 * c - 3.0 * c2),
        -1.875 * s * (1.0 + 2.0 * c - 3.0 * c2),
        35.0 * s2 * f220,
        39.3750 * s2 * s2,
        9.84375 * s * (s2 * (1.0 - 2.0 * c - 5.0 * c2)
                       + 0.33333333 * (-2.0 + 4.0 * c + 6.0 * c2)),
        s * (4.92187512 * s2 * (-2.0 - 4.0 * c + 10.0 * c2)
             + 6.56250012 * (1.0 + 2.0 * c - 3.0 * c2)),
        29.53125 * s * (2.0 - 8.0 * c + c2 * (-12.0 + 8.0 * c + 10.0 * c2)),
        29.53125 * s * (-2.0 - 8.0 * c + c2 * (12.0 + 8.0 * c - 10.0 * c2)),
    )  # fmt: skip


def resonance_12h(xp: ModuleType, t: Secular, drift: Drift, sidereal: Array) -> Resonance:
    """Constants of the half-day resonance; `sidereal` is Greenwich's angle at epoch. [rad]"""
    n = t.mean_motion
    g201, g211, g310, g322, g410, g422, g520, g521, g532, g533 = _eccentricity_functions(
        xp, t.eccentricity
    )
    f220, f221, f321, f322, f441, f442, f522, f523, f542, f543 = _inclination_functions(
        xp.sin(t.inclination), xp.cos(t.inclination)
    )
    a_inverse = (n / SQRT_GM) ** TWO_THIRDS
    second = 3.0 * n * n * a_inverse**2
    third, fourth, fifth = (second * a_inverse**k for k in (1, 2, 3))
    strength = [
        second * ROOT22 * f220 * g201,
        second * ROOT22 * f221 * g211,
        third * ROOT32 * f321 * g310,
        third * ROOT32 * f322 * g322,
        2.0 * fourth * ROOT44 * f441 * g410,
        2.0 * fourth * ROOT44 * f442 * g422,
        fifth * ROOT52 * f522 * g520,
        fifth * ROOT52 * f523 * g532,
        2.0 * fifth * ROOT54 * f542 * g521,
        2.0 * fifth * ROOT54 * f543 * g533,
    ]
    return Resonance(
        strength=xp.stack(strength, axis=1),
        longitude=xp.fmod(t.mean_anomaly + 2.0 * t.node - 2.0 * sidereal, TURN),
        longitude_rate=t.mean_anomaly_rate + drift.mean_anomaly
        + 2.0 * (t.node_rate + drift.node - SIDEREAL_RAD_MIN) - n,
        mean_motion=n,
        argp=t.argp,
        argp_rate=t.argp_rate,
    )  # fmt: skip


def _accelerations(
    xp: ModuleType, r: Resonance, longitude: Array, motion: Array, minutes: Array
) -> tuple[Array, Array, Array]:
    """Rates of longitude and motion, and the second rate of motion, (n,) each."""
    terms = TERMS_24H if synchronous(r) else TERMS_12H
    argp = r.argp + r.argp_rate * minutes
    rate = motion + r.longitude_rate
    first, second = xp.zeros_like(longitude), xp.zeros_like(longitude)
    for k, (of_argp, of_longitude, phase) in enumerate(terms):
        sine, cosine = sine_cosine(xp, of_argp * argp + of_longitude * longitude - phase)
        first = first + r.strength[:, k] * sine
        second = second + of_longitude * r.strength[:, k] * cosine
    return rate, first, second * rate


def _march(xp: ModuleType, r: Resonance, first: int, last: int) -> Array:
    """States at steps `first` to `last` (of one sign, or both 0) from the epoch, (5, K, n)."""
    longitude, motion = r.longitude, r.mean_motion
    delta = STEP_MIN if last > 0 else -STEP_MIN
    kept = []
    for step in range(max(abs(first), abs(last)) + 1):
        rates = _accelerations(xp, r, longitude, motion, step * delta)
        if step >= min(abs(first), abs(last)):
            kept.append(xp.stack([longitude, motion, *rates]))
        rate, motion_rate, motion_second = rates
        longitude = longitude + rate * delta + motion_rate * (0.5 * delta * delta)
        motion = motion + motion_rate * delta + motion_second * (0.5 * delta * delta)
    return xp.stack(kept if last > 0 else kept[::-1], axis=1)


@dataclass(frozen=True)
class Steps:
    """Integrated states every 720 min from step `first` on.

    Attributes
    ----------
    first : int
        Steps from the epoch to the first state; negative before the epoch.
    states : (5, K, n) array
        Longitude, mean motion, and the first two rates and the second rate they continue with.
    """

    first: int
    states: Array


def integrate(xp: ModuleType, r: Resonance, minutes: Array) -> Steps:
    """Integrate from the epoch over every step that `minutes` (n, T) needs.

    The number of steps is fetched to the host: it is the only thing that a loop depends on.
    """
    first = int(xp.trunc(minutes.min() / STEP_MIN).item())
    last = int(xp.trunc(minutes.max() / STEP_MIN).item())
    if first < 0 < last:
        before, after = _march(xp, r, first, 0), _march(xp, r, 0, last)
        return Steps(first, xp.concatenate([before[:, :-1], after], axis=1))
    return Steps(first, _march(xp, r, first, last))


def resonant_longitude(
    xp: ModuleType, steps: Steps, rows: slice, minutes: Array
) -> tuple[Array, Array]:
    """Resonance longitude [rad] and mean motion [rad/min] of some targets, (n, T) each.

    Each instant continues from the last step between the epoch and itself.
    """
    step = xp.trunc(minutes / STEP_MIN)
    target = xp.arange(rows.start, rows.stop)[:, None]
    index = (step - steps.first).astype(xp.int64)
    longitude, motion, rate, motion_rate, motion_second = (
        part[index, target] for part in steps.states
    )
    rest = minutes - step * STEP_MIN
    half_square = 0.5 * rest * rest
    return (
        longitude + rate * rest + motion_rate * half_square,
        motion + motion_rate * rest + motion_second * half_square,
    )
