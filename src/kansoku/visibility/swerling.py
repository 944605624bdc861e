r"""How likely a radar detects a target that fluctuates: Marcum and Swerling's cases 0 to 4.

A look is declared a detection when the power received, summed over n looks after a square-law
detector, exceeds a threshold T that noise alone exceeds with the false-alarm probability,

  (1)  Pfa = Q(n, T),   Q(k, T) = exp(-T) sum_{j < k} T^j / j!

Given the energy E of the target in units of the noise, that sum is a Poisson mixture of gamma
variables, and E itself varies as the target turns,

  (2)  1 - Pd = sum_{m >= 0} w_m P(n + m, T),   P = 1 - Q,   w_m = Poisson(m; E) averaged over E

Swerling's cases are gamma distributions of E with mean n S and a shape K, for which w is a negative
binomial distribution,

  (3)  w_0 = (1 + n S / K)^-K,   w_m = w_{m-1} (K + m - 1) / m (n S / K) / (1 + n S / K)

====  ====================  ========================================
case  K                     the target
====  ====================  ========================================
0, 5  infinite (Poisson)    does not fluctuate
1     1                     many equal reflectors, slow: as one body in all looks
2     n                     many equal reflectors, fast: anew in each look
3     2                     one large reflector and many small, slow
4     2 n                   one large reflector and many small, fast
====  ====================  ========================================

Every term of (2) beyond m of about T vanishes, so the sum is short whatever the signal.

References
----------
.. [1] P. Swerling, Probability of detection for fluctuating targets, IRE Transactions on
   Information Theory 6 (1960), 269-308.
.. [2] J. V. DiFranco and W. L. Rubin, Radar Detection, 1968, chapters 10 and 11.
.. [3] D. A. Shnidman, Radar detection in clutter, IEEE Transactions on Aerospace and Electronic
   Systems 41 (2005), 1056-1067 (one formula for all shapes K).
"""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array

CASES = (0, 1, 2, 3, 4, 5)

MOST_LOOKS = 300
"""Beyond, T^n / n! nears the largest float."""

NEWTON_STEPS = 20
"""Each step of Newton's method on log Q comes from the right of the root of a concave curve: none
overshoots, and ten end at rounding for every n up to MOST_LOOKS."""

BISECTIONS = 80
LEAST_SNR, MOST_SNR = 1e-9, 1e9
"""Where the signal for a probability is looked for: 180 dB halved 80 times is below rounding."""

TERMS_BEYOND = 12.0
"""Standard deviations of a Poisson variable of mean T beyond which P(n + m, T) is below 1e-16."""


def detection_probability(
    xp: ModuleType, snr: Array, false_alarm: Array, case: int = 1, looks: int = 1
) -> Array:
    """Probability that a target is detected.

    Parameters
    ----------
    snr : array
        Mean signal over noise of one look, as a ratio. [unitless]
    false_alarm : array
        Probability that noise alone is declared a detection, 0 to 1; broadcasts against `snr`.
    case : int
        Swerling's case: 0 (also called 5), 1, 2, 3 or 4.
    looks : int
        Looks summed without phase before the decision. Looks joined with their phase are one look
        of their joint signal.

    Returns
    -------
    array
        Absolute error below 1e-12. [unitless]

    Notes
    -----
    Cases 1 and 2 with one look are Pfa^(1 / (1 + S)).
    """
    if case in (1, 2) and looks == 1:
        return false_alarm ** (1.0 / (1.0 + snr))
    threshold = _threshold(xp, false_alarm, looks)
    return 1.0 - _missed(xp, snr, threshold, _shape(case, looks), looks)


def snr_needed(
    xp: ModuleType, probability: Array, false_alarm: Array, case: int = 1, looks: int = 1
) -> Array:
    """Mean signal over noise of one look at which a target is detected with a probability.

    Parameters
    ----------
    probability, false_alarm : array
        Pfa < probability < 1; they broadcast against each other. [unitless]
    case, looks : int
        As in `detection_probability`.

    Returns
    -------
    array
        As a ratio; 0 where noise alone reaches the probability. [unitless]
    """
    if case in (1, 2) and looks == 1:
        return xp.maximum(xp.log(false_alarm) / xp.log(probability) - 1.0, 0.0)
    threshold, shape = _threshold(xp, false_alarm, looks), _shape(case, looks)
    wanted = 1.0 - probability
    low = xp.zeros_like(wanted + false_alarm) + math.log(LEAST_SNR)
    high = xp.zeros_like(low) + math.log(MOST_SNR)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        weak = _missed(xp, xp.exp(middle), threshold, shape, looks) > wanted
        low, high = xp.where(weak, middle, low), xp.where(weak, high, middle)
    return xp.where(probability <= false_alarm, 0.0, xp.exp(0.5 * (low + high)))


def _shape(case: int, looks: int) -> float:
    """K of the module's table."""
    if case not in CASES:
        raise ValueError(f"Swerling's case is {case}; it must be one of {CASES}")
    if not 1 <= looks <= MOST_LOOKS:
        raise ValueError(f"{looks} looks are summed; it must be 1 to {MOST_LOOKS}")
    return {0: math.inf, 5: math.inf, 1: 1.0, 2: looks, 3: 2.0, 4: 2.0 * looks}[case]


def _threshold(xp: ModuleType, false_alarm: Array, looks: int) -> Array:
    """T of equation (1); Newton's method on the logarithm of Q, concave in T."""
    log_false_alarm = xp.log(false_alarm)
    if looks == 1:
        return -log_false_alarm
    # Never too low: B. Laurent and P. Massart, Annals of Statistics 28 (2000), lemma 1
    threshold = looks + xp.sqrt(-2.0 * looks * log_false_alarm) - log_false_alarm
    for _ in range(NEWTON_STEPS):
        last, partial = _partial_sum(xp, threshold, looks)
        threshold = threshold + (xp.log(partial) - threshold - log_false_alarm) * partial / last
    return threshold


def _partial_sum(xp: ModuleType, threshold: Array, looks: int) -> tuple[Array, Array]:
    """Last term and sum of T^j / j! for j < n."""
    last = xp.ones_like(threshold)
    partial = xp.ones_like(threshold)
    for j in range(1, looks):
        last = last * threshold / j
        partial = partial + last
    return last, partial


def _missed(xp: ModuleType, snr: Array, threshold: Array, shape: float, looks: int) -> Array:
    """Probability of no detection: equation (2)."""
    last, partial = _partial_sum(xp, threshold, looks)
    faded = xp.exp(-threshold)
    below, step = 1.0 - partial * faded, last * faded
    energy = looks * snr
    if math.isinf(shape):
        weight = xp.exp(-energy)
    else:
        weight = (1.0 + energy / shape) ** -shape
        ratio = energy / (shape + energy)
    missed = weight * below
    for m in range(1, _terms(threshold)):
        step = step * threshold / (looks + m - 1)
        below = xp.maximum(below - step, 0.0)
        weight = weight * (energy / m if math.isinf(shape) else ratio * (shape + m - 1.0) / m)
        missed = missed + weight * below
    return missed


def _terms(threshold: Array) -> int:
    """Terms of equation (2) that count at the largest threshold."""
    largest = float(threshold.max().item())
    return int(largest + TERMS_BEYOND * math.sqrt(largest) + 2.0 * TERMS_BEYOND)
