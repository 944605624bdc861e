"""Exact backscatter of a perfectly conducting sphere, in plain Python.

Written from the Mie series of E. F. Knott, J. F. Shaeffer and M. T. Tuley, Radar Cross Section,
2nd ed., 1993, section 3.2; imports nothing from kansoku.
"""

import math


def backscatter_efficiency(ka):
    """Backscattering cross-section of a conducting sphere over pi a^2; ka = 2 pi a / wavelength."""
    terms = int(ka + 4.05 * ka ** (1 / 3)) + 12
    j = spherical_j(terms, ka)
    y = [-math.cos(ka) / ka, -math.cos(ka) / ka**2 - math.sin(ka) / ka]
    for n in range(1, terms):
        y.append((2 * n + 1) / ka * y[n] - y[n - 1])
    total = 0j
    for n in range(1, terms):
        h, h_before = complex(j[n], y[n]), complex(j[n - 1], y[n - 1])
        magnetic = j[n] / h
        electric = (ka * j[n - 1] - n * j[n]) / (ka * h_before - n * h)
        total += (-1) ** n * (2 * n + 1) * (electric - magnetic)
    return abs(total) ** 2 / ka**2


def spherical_j(terms, x):
    """Spherical Bessel functions of the first kind, by downward recurrence."""
    start = terms + 20
    values = [0.0] * (start + 2)
    values[start] = 1e-280
    for n in range(start, 0, -1):
        values[n - 1] = (2 * n + 1) / x * values[n] - values[n + 1]
        if abs(values[n - 1]) > 1e200:
            values[n - 1 :] = [v * 1e-250 for v in values[n - 1 :]]
    scale = math.sin(x) / x / values[0]
    return [v * scale for v in values]
