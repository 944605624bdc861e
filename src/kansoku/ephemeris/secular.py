"""Mean elements at the instants asked for: secular gravity, drag, Sun, Moon and resonance.

Letters of the theory ([1]_ and [2]_ of `sgp4_initial`): a in Earth radii, n in rad/min, angles in
rad, t in min from epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris import resonance
from kansoku.ephemeris.deep_space import TURN, Drift, Periodic, add_periodics
from kansoku.ephemeris.osculating import (
    MEAN_MOTION_NOT_POSITIVE,
    PERTURBED_ECCENTRICITY_OUT_OF_RANGE,
    MeanState,
)
from kansoku.ephemeris.sgp4_initial import (
    SQRT_GM,
    InclinationTerms,
    Secular,
    rows_of,
    sine_cosine,
)


@dataclass(frozen=True)
class DeepSpace:
    """What orbits of 225 min and more need beyond `Secular`, in (n, 1) columns.

    Attributes
    ----------
    sun, moon : Periodic
    drift : Drift
    sidereal : array
        Greenwich's angle at epoch. [rad]
    """

    sun: Periodic
    moon: Periodic
    drift: Drift
    sidereal: Array

    def take(self, rows: Array | slice) -> DeepSpace:
        """Return some of the targets."""
        return DeepSpace(
            rows_of(self.sun, rows),
            rows_of(self.moon, rows),
            rows_of(self.drift, rows),
            self.sidereal[rows],
        )


def near_earth(xp: ModuleType, s: Secular, terms: InclinationTerms, t: Array) -> MeanState:
    """Mean elements of orbits below 225 min.

    Parameters
    ----------
    s, terms : Secular, InclinationTerms
        (n, 1) columns.
    t : (n, T) array
        [min]
    """
    anomaly = s.mean_anomaly + s.mean_anomaly_rate * t
    argp = s.argp + s.argp_rate * t
    node = s.node + t * (s.node_rate + s.node_drag * t)
    swing = 1.0 + s.eta * sine_cosine(xp, anomaly)[1]
    shift = s.argp_drag * t + s.anomaly_drag * (swing * swing * swing - s.cubed_at_epoch)
    anomaly = anomaly + shift
    sine = sine_cosine(xp, anomaly)[0]
    e = s.eccentricity - s.e1 * t - s.e_periodic * (sine - s.sine_at_epoch)
    factor = 1.0 - t * (s.a1 + t * (s.a2 + t * (s.a3 + t * s.a4)))
    along = t * t * (s.l2 + t * (s.l3 + t * (s.l4 + t * s.l5)))
    return MeanState(
        a=s.semi_major_axis * (factor * factor),
        e=xp.maximum(e, 1.0e-6),
        inclination=s.inclination,
        node=node,
        argp=argp - shift,
        anomaly=anomaly + s.mean_motion * along,
        terms=terms,
        error=_eccentricity_error(xp, e, s.mean_motion),
    )


def _eccentricity_error(xp: ModuleType, e: Array, n: Array) -> Array:
    wrong = (e >= 1.0) | (e < -0.001)
    code = wrong.astype(xp.int8)  # ECCENTRICITY_OUT_OF_RANGE is 1
    return xp.where(n <= 0.0, xp.int8(MEAN_MOTION_NOT_POSITIVE), code)


def deep_space(
    xp: ModuleType,
    s: Secular,
    deep: DeepSpace,
    resonant: tuple[Array, Array, bool] | None,
    t: Array,
) -> MeanState:
    """Mean elements of orbits of 225 min and more, lunar-solar periodics included.

    Parameters
    ----------
    s, deep : Secular, DeepSpace
        (n, 1) columns.
    resonant : (longitude, mean motion, is 24 h) or None
        Integrated resonance, (n, T) each.
    t : (n, T) array
        [min]
    """
    drift = deep.drift
    node = s.node + t * (s.node_rate + drift.node + s.node_drag * t)
    argp = s.argp + (s.argp_rate + drift.argp) * t
    anomaly = s.mean_anomaly + (s.mean_anomaly_rate + drift.mean_anomaly) * t
    n = s.mean_motion
    if resonant is not None:
        longitude, n, is_24h = resonant
        sidereal = deep.sidereal + resonance.SIDEREAL_RAD_MIN * t
        anomaly = longitude + (sidereal - node - argp if is_24h else 2.0 * (sidereal - node))
    factor = 1.0 - s.a1 * t
    e = s.eccentricity + drift.e * t - s.e1 * t
    error = _eccentricity_error(xp, e, n)
    anomaly = anomaly + s.mean_motion * (s.l2 * t * t)
    ratio = SQRT_GM / n
    a = xp.cbrt(ratio * ratio) * (factor * factor)
    elements = (
        xp.maximum(e, 1.0e-6), s.inclination + drift.i * t, xp.fmod(node, TURN),
        xp.fmod(argp, TURN), anomaly,
    )  # fmt: skip
    e, i, node, argp, anomaly = add_periodics(xp, deep.sun, deep.moon, t, elements)
    wrong = ((e < 0.0) | (e > 1.0)) & (error == 0)
    flipped = xp.where(i < 0.0, xp.pi, 0.0)
    i = xp.abs(i)
    return MeanState(
        a=a,
        e=e,
        inclination=i,
        node=node + flipped,
        argp=argp - flipped,
        anomaly=anomaly,
        terms=InclinationTerms.of(xp, i),
        error=xp.where(wrong, xp.int8(PERTURBED_ECCENTRICITY_OUT_OF_RANGE), error),
    )
