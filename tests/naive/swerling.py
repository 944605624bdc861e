"""Detection of Swerling's targets, by numeric integration of the definitions.

The statistic of n looks behind a square-law detector is, given the energy E, half a noncentral
chi-square variable with 2 n degrees of freedom; its tail is integrated from the density with the
Bessel function, and E is averaged over its gamma density (P. Swerling, IRE Transactions on
Information Theory 6, 1960). Imports nothing from kansoku.
"""

import math


def simpson(function, low, high, panels):
    """Composite rule of Simpson."""
    h = (high - low) / (2 * panels)
    odd = sum(function(low + (2 * i + 1) * h) for i in range(panels))
    even = sum(function(low + 2 * i * h) for i in range(1, panels))
    return h / 3 * (function(low) + 4 * odd + 2 * even + function(high))


def log_bessel_i(order, x):
    """Logarithm of the modified Bessel function: power series with the largest term taken out."""
    if x == 0:
        return 0.0 if order == 0 else -math.inf
    half = math.log(x / 2)
    logs = [
        (2 * k + order) * half - math.lgamma(k + 1) - math.lgamma(k + order + 1)
        for k in range(int(2 * x) + 60)
    ]
    top = max(logs)
    return top + math.log(sum(math.exp(v - top) for v in logs))


def density(y, energy, looks):
    """Density of the sum of n square-law outputs, noise power 1, target energy E."""
    if y <= 0:
        return 0.0 if looks > 1 else math.exp(-energy)
    if energy == 0:
        return math.exp((looks - 1) * math.log(y) - y - math.lgamma(looks))
    log = (looks - 1) / 2 * math.log(y / energy) - y - energy
    return math.exp(log + log_bessel_i(looks - 1, 2 * math.sqrt(y * energy)))


def threshold(false_alarm, looks):
    """Level that noise alone exceeds with a probability, by bisection of the finite sum."""
    low, high = 0.0, 2000.0
    for _ in range(200):
        t = (low + high) / 2
        tail = sum(math.exp(j * math.log(t) - t - math.lgamma(j + 1)) for j in range(looks))
        low, high = (t, high) if tail > false_alarm else (low, t)
    return (low + high) / 2


def detection_probability(snr, false_alarm, case, looks):
    """Average over the target's energy of the chance that the sum exceeds the threshold."""
    t = threshold(false_alarm, looks)

    def below(energy):
        return simpson(lambda y: density(y, energy, looks), 0.0, t, 40)

    if case == 0:
        return 1.0 - below(looks * snr)
    shape = {1: 1, 2: looks, 3: 2, 4: 2 * looks}[case]
    scale = looks * snr / shape
    # beyond, either the energy or a sum below the threshold is too rare to count
    top = min(t + 12.0 * math.sqrt(t) + 30.0, scale * (shape + 40.0))

    def weighted(root):  # in u = sqrt(E / top): finer steps where the energy is small
        energy = top * root**2
        if root == 0:
            return 0.0
        log = (shape - 1) * math.log(energy / scale) - energy / scale - math.lgamma(shape)
        return math.exp(log) / scale * below(energy) * 2.0 * top * root

    return 1.0 - simpson(weighted, 0.0, 1.0, 60)
