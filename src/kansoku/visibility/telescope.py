"""What a telescope detects: signal to noise of a point source, and the magnitude of its limit.

The tabulated limit is the anchor: `efficiency_of` finds the throughput that reproduces it, and the
signal to noise carries it to another sky, exposure, airmass and to targets that trail.

    S   electrons of the target in the exposure
    N^2 = S + A (b + r^2 / p^2)
    A   noise-equivalent area of the image, b electrons of the sky and r^2 / p^2 variance of the
        read-out, both by square arcsecond
    limit: S = q N, so S = q^2/2 + sqrt(q^4/4 + q^2 A (b + r^2 / p^2)), q the required ratio
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import DEG
from kansoku.network.contributors import Sensors
from kansoku.visibility.moonlight import LAMBERT_SCALE, LAMBERT_ZERO, nanolamberts

V_PHOTONS_S_M2 = 3640.0 * 1.509e7 * 0.16
"""Photons of magnitude V = 0 above the atmosphere, 8.8e9 /s/m2: 3640 Jy (M. S. Bessell, PASP 91
(1979), 589) over the width of V, 0.16 in d(lambda)/lambda; 1 Jy is 1e-26 W/m2/Hz over h."""

ARCSEC_PER_RAD = 3600.0 / DEG
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


@dataclass(frozen=True)
class Detector:
    """What `limiting_magnitude` needs of each telescope; (C,) arrays, nan where there is none.

    Attributes
    ----------
    zero_magnitude : array
        Gives one electron in the exposure, at the top of the telescope. [mag]
    required_snr : array
        [unitless]
    image_area_arcsec2 : array
        Noise-equivalent area of an image that does not trail. [arcsec2]
    sky_electrons_per_nl : array
        Of the sky in one exposure, by luminance. [e/arcsec2/nL]
    read_variance : array
        Of the read-out, by area. [e^2/arcsec2]
    trail_s : array
        Rate times this is the trail over the image's own length. [s/rad]
    followed_rad_s : array
        Rate up to which a target does not trail: that of a mount that follows it, else 0. [rad/s]
    extinction_mag : array
        At the zenith. [mag/airmass]
    """

    zero_magnitude: Array
    required_snr: Array
    image_area_arcsec2: Array
    sky_electrons_per_nl: Array
    read_variance: Array
    trail_s: Array
    followed_rad_s: Array
    extinction_mag: Array


def photon_rate(aperture_m: Array) -> Array:
    """Photons of V = 0 through a clear aperture, above the atmosphere. [1/s]"""
    return V_PHOTONS_S_M2 * (math.pi / 4.0) * aperture_m**2


def image_sigma_arcsec(xp: ModuleType, seeing_arcsec: Array, pixel_arcsec: Array) -> Array:
    """Standard deviation of a star's image along one axis: seeing, and the width of a pixel.

    Parameters
    ----------
    seeing_arcsec : array
        Full width at half maximum, of all causes before the detector. [arcsec]
    pixel_arcsec : array
        Side of a pixel, whose own variance is a twelfth of its square. [arcsec]
    """
    return xp.sqrt((seeing_arcsec / FWHM_PER_SIGMA) ** 2 + pixel_arcsec**2 / 12.0)


def image_area_arcsec2(sigma_arcsec: Array) -> Array:
    """Noise-equivalent area of a star's image, 4 pi sigma^2.

    A fit of the image's shape has the noise of so much background, and all of the signal.

    References
    ----------
    .. [1] I. R. King, "Accuracy of measurement of star images on a pixel array", PASP 95 (1983),
       163-168.
    """
    return 4.0 * math.pi * sigma_arcsec**2


def trailed_share(xp: ModuleType, trail_over_length: Array) -> Array:
    """Noise-equivalent area of a trailed image over that of the image at rest.

    Parameters
    ----------
    trail_over_length : array
        Length of the trail over 2 sqrt(pi) sigma, 1.51 times the full width at half maximum.
        [unitless]

    Returns
    -------
    array
        1 at rest, and the ratio itself for long trails. The area of a Gaussian drawn along a line
        is never smaller, and at most 6.5 % larger (at 8 sigma): 0.034 mag of the limit. [unitless]

    Notes
    -----
    All the light of a trail counts: software that fits trails is assumed. One that knows stars
    alone keeps the light within one image, and loses 1.25 lg of the same ratio once more.
    """
    return xp.sqrt(1.0 + trail_over_length * trail_over_length)


def flux_per_nl() -> float:
    """Flux of one square arcsecond of one nanolambert, over that of V = 0. [1/arcsec2/nL]"""
    # 10^(-0.4 V) with V of Krisciunas and Schaefer; their slope is 0.4 ln 10 to 6e-6.
    return math.exp(-LAMBERT_ZERO) / LAMBERT_SCALE


def efficiency_of(
    xp: ModuleType, sensors: Sensors, reference_seeing_arcsec: Array | None = None
) -> Array:
    """Throughput of optics and detector that gives the tabulated limiting magnitude.

    Parameters
    ----------
    sensors : Sensors
        `limiting_magnitude` holds at the zenith, through one airmass, for a target that does not
        trail, in `reference_exposure_s` under `reference_sky_mag_arcsec2`.
    reference_seeing_arcsec : (C,) array, optional
        Seeing of the tabulated limit, where that is not `seeing_arcsec` of the site: a sharper
        site then goes deeper than the table. [arcsec]

    Returns
    -------
    (C,) array
        Electrons over V-band photons; nan where there is no telescope. Unfiltered detectors gather
        sunlight over some four times the width of V, so a figure above 1 need not be wrong.
        [unitless]

    Notes
    -----
    With S = e f, f photons of the target in the exposure, and the sky in proportion, the
    signal-to-noise ratio is a quadratic in e.
    """
    s = sensors
    sky_nl = nanolamberts(xp, s.reference_sky_mag_arcsec2)
    seeing_arcsec = s.seeing_arcsec if reference_seeing_arcsec is None else reference_seeing_arcsec
    area = image_area_arcsec2(image_sigma_arcsec(xp, seeing_arcsec, s.pixel_arcsec))
    photons = photon_rate(s.aperture_m) * s.reference_exposure_s
    f = photons * 10.0 ** (-0.4 * (s.limiting_magnitude + s.extinction_mag))
    bright = s.required_snr**2 * (f + area * photons * sky_nl * flux_per_nl())
    still = (s.required_snr * s.read_noise_e / s.pixel_arcsec) ** 2 * area
    return (bright + xp.sqrt(bright * bright + 4.0 * f * f * still)) / (2.0 * f * f)


def detector_of(
    xp: ModuleType, sensors: Sensors, reference_seeing_arcsec: Array | None = None
) -> Detector:
    """Gather what is constant for each telescope; every field of `sensors` an array of `xp`.

    `reference_seeing_arcsec` as in `efficiency_of`.
    """
    s = sensors
    sigma = image_sigma_arcsec(xp, s.seeing_arcsec, s.pixel_arcsec)
    electrons = (
        efficiency_of(xp, s, reference_seeing_arcsec) * photon_rate(s.aperture_m) * s.exposure_s
    )
    return Detector(
        zero_magnitude=2.5 * xp.log10(electrons),
        required_snr=s.required_snr,
        image_area_arcsec2=image_area_arcsec2(sigma),
        sky_electrons_per_nl=electrons * flux_per_nl(),
        read_variance=(s.read_noise_e / s.pixel_arcsec) ** 2,
        trail_s=s.exposure_s * (ARCSEC_PER_RAD / (2.0 * math.sqrt(math.pi))) / sigma,
        followed_rad_s=xp.where(s.follows, s.fastest_rad_s, 0.0),
        extinction_mag=s.extinction_mag,
    )


def noise_variance(
    xp: ModuleType, detector: Detector, contributor: Array, sky_nl: Array, rate_rad_s: Array
) -> Array:
    """Variance of sky and read-out under the image of a target, A (b + r^2 / p^2).

    Parameters
    ----------
    contributor : int or (M,) int array
        Row of `detector`.
    sky_nl : array
        Luminance of the sky behind the target (module `moonlight`). [nL]
    rate_rad_s : array
        Angular rate of the target relative to the mount: against the stars unless the mount
        follows the target (module `motion`). [rad/s]

    Returns
    -------
    array
        [e^2]
    """
    d, c = detector, contributor
    lag = xp.maximum(rate_rad_s - d.followed_rad_s[c], 0.0) * d.trail_s[c]
    per_area = d.sky_electrons_per_nl[c] * sky_nl + d.read_variance[c]
    return trailed_share(xp, lag) * (d.image_area_arcsec2[c] * per_area)


def limiting_magnitude(
    xp: ModuleType,
    detector: Detector,
    contributor: Array,
    sky_nl: Array,
    rate_rad_s: Array = 0.0,
    airmass: Array = 1.0,
) -> Array:
    """Faintest magnitude that reaches the required signal-to-noise ratio.

    Parameters
    ----------
    contributor, sky_nl, rate_rad_s
        As in `noise_variance`.
    airmass : array
        Towards the target. [unitless]

    Returns
    -------
    array
        Above the atmosphere, as `photometry` gives magnitudes: extinction is taken off. It equals
        the tabulated limit under the reference sky, exposure and seeing, at rest and airmass 1.
        [mag]
    """
    d, c = detector, contributor
    snr2 = d.required_snr[c] ** 2
    variance = noise_variance(xp, d, c, sky_nl, rate_rad_s)
    signal = 0.5 * snr2 + xp.sqrt(snr2 * (0.25 * snr2 + variance))
    return d.zero_magnitude[c] - 2.5 * xp.log10(signal) - d.extinction_mag[c] * airmass


def signal_to_noise(
    xp: ModuleType,
    detector: Detector,
    contributor: Array,
    magnitude: Array,
    sky_nl: Array,
    rate_rad_s: Array = 0.0,
    airmass: Array = 1.0,
) -> Array:
    """Signal-to-noise ratio of a target of some magnitude above the atmosphere.

    Parameters as in `limiting_magnitude`, at which this is the required ratio. [unitless]
    """
    d, c = detector, contributor
    faded = magnitude + d.extinction_mag[c] * airmass
    signal = xp.exp((0.4 * math.log(10.0)) * (d.zero_magnitude[c] - faded))
    return signal / xp.sqrt(signal + noise_variance(xp, d, c, sky_nl, rate_rad_s))


def normal_probability(xp: ModuleType, deviations: Array) -> Array:
    """Cumulative standard normal distribution, to 1e-7.

    References
    ----------
    .. [1] M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 7.1.26.
    """
    x = xp.abs(deviations) * math.sqrt(0.5)
    t = 1.0 / (1.0 + 0.3275911 * x)
    series = 1.421413741 + t * (-1.453152027 + t * 1.061405429)
    series = t * (0.254829592 + t * (-0.284496736 + t * series))
    tail = 0.5 * series * xp.exp(-x * x)
    return xp.where(deviations < 0.0, tail, 1.0 - tail)


def detection_probability(xp: ModuleType, margin_mag: Array, sigma_mag: Array) -> Array:
    """Probability that a target of uncertain brightness is brighter than a limit.

    Parameters
    ----------
    margin_mag : array
        Limiting magnitude less the magnitude expected. [mag]
    sigma_mag : array
        Standard deviation of the magnitude about its model; 0 makes a step. [mag]

    Returns
    -------
    array
        1/2 at the limit itself. The noise of the image (1.09 / snr mag, 0.22 at a ratio of 5) is
        not added to `sigma_mag`. [unitless]
    """
    return normal_probability(xp, margin_mag / xp.maximum(sigma_mag, 1e-9))


def margin_needed_mag(probability: float, sigma_mag: Array) -> Array:
    """Margin at which `detection_probability` is some probability: 0 for a half.

    Parameters
    ----------
    probability : float
        Above 0, below 1. [unitless]
    sigma_mag : array
        [mag]
    """
    return statistics.NormalDist().inv_cdf(probability) * sigma_mag
