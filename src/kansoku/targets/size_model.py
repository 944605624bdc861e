"""Size and radar cross-section: the size estimation model of NASA, over all three regions.

With lengths in wavelengths, x = diameter / wavelength and z = cross-section / wavelength^2:

- Rayleigh, x < 0.10997: z = 9 pi^5 / 4 x^6, a conducting sphere much smaller than the wave;
- resonance: 23 published points, interpolated in log x and log z as NASA's own code does;
- optical, x > 1.8975: z = pi x^2 / 4, the disc of the sphere.

The curve is the mean over orientations of 39 fragments of ground impacts, measured at many
wavelengths; it is no sphere's. Published points are rounded: the Rayleigh branch meets the first
one 0.2 % too low, and the optical branch reaches the last one 0.13 % farther out. Both functions
close that step flat, so neither ever falls, and each is the inverse of the other within 0.13 %.

References
----------
.. [1] C. L. Stokely et al., Haystack and HAX Radar Measurements of the Orbital Debris
   Environment; 2003, JSC-62815, 2006, section 4 and table 1.
.. [2] Y.-L. Xu et al., A statistical size estimation model for Haystack and HAX radar detections,
   IAC-05-B6.1.02, 2005.
.. [3] NASA CARA Analysis Tools, NASA_SEM_RCSToSizeVec and NASA_SEM_SizeVecToRCS (the
   interpolation).
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from kansoku.backend import Array

# Table 1 of [1]: x = diameter / wavelength, z = cross-section / wavelength^2
RESONANCE_SIZE = (
    0.10997, 0.11685, 0.12444, 0.13302, 0.14256, 0.15256, 0.16220, 0.17138, 0.18039, 0.18982,
    0.20014, 0.21237, 0.22902, 0.25574, 0.30537, 0.42028, 0.56287, 0.71108, 0.86714, 1.0529,
    1.2790, 1.5661, 1.8975,
)  # fmt: skip
RESONANCE_RCS = (
    0.001220, 0.001735, 0.002468, 0.003511, 0.004993, 0.007102, 0.01010, 0.01437, 0.02044, 0.02907,
    0.04135, 0.05881, 0.08365, 0.1190, 0.1692, 0.2407, 0.3424, 0.4870, 0.6927, 0.9852,
    1.401, 1.993, 2.835,
)  # fmt: skip

RAYLEIGH = 9.0 * math.pi**5 / 4.0
OPTICAL = math.pi / 4.0

_LOG_SIZE, _LOG_RCS = np.log(RESONANCE_SIZE), np.log(RESONANCE_RCS)


def rcs_from_size(xp: ModuleType, diameter_m: Array, wavelength_m: Array) -> Array:
    """Radar cross-section that an object of a given size has in the mean.

    Parameters
    ----------
    diameter_m : array
        Characteristic length: the mean of three orthogonal extents. [m]
    wavelength_m : array
        Of the radar; broadcasts against the sizes. [m]

    Returns
    -------
    array
        Never falls as the size grows. [m^2]

    Notes
    -----
    A single look at a tumbling fragment scatters about this mean by a factor of two or more: that
    is what the fluctuating target of `visibility.swerling` is.
    """
    size = diameter_m / wavelength_m
    rcs = xp.where(
        size < RESONANCE_SIZE[0],
        RAYLEIGH * size**6,
        xp.where(
            size > RESONANCE_SIZE[-1],
            xp.maximum(OPTICAL * size**2, RESONANCE_RCS[-1]),
            _interpolated(xp, size, _LOG_SIZE, _LOG_RCS),
        ),
    )
    return rcs * wavelength_m**2


def size_from_rcs(xp: ModuleType, rcs_m2: Array, wavelength_m: Array) -> Array:
    """Size whose mean radar cross-section is a given one.

    Parameters
    ----------
    rcs_m2 : array
        [m^2]
    wavelength_m : array
        Of the radar that measured it; broadcasts against the cross-sections. [m]

    Returns
    -------
    array
        Diameter; never falls as the cross-section grows. [m]
    """
    rcs = rcs_m2 / wavelength_m**2
    size = xp.where(
        rcs < RESONANCE_RCS[0],
        xp.minimum((rcs / RAYLEIGH) ** (1.0 / 6.0), RESONANCE_SIZE[0]),
        xp.where(
            rcs > RESONANCE_RCS[-1],
            xp.sqrt(rcs / OPTICAL),
            _interpolated(xp, rcs, _LOG_RCS, _LOG_SIZE),
        ),
    )
    return size * wavelength_m


def _interpolated(xp: ModuleType, value: Array, given: Array, wanted: Array) -> Array:
    """Interpolate between the logarithms of the published points, held at both ends."""
    # clipped first, so that a size of zero, which another branch answers, has a logarithm here
    held = xp.clip(value, math.exp(given[0]), math.exp(given[-1]))
    return xp.exp(xp.interp(xp.log(held), xp.asarray(given), xp.asarray(wanted)))
