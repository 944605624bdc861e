"""How strong a target's echo is, and how far a radar detects it.

A radar is known in one of two ways. Where its power, aperture and noise are published, the radar
equation gives the signal; otherwise one reference pair does, a target of known cross-section that
gives a known signal at a known range, and the fourth power of the range scales it. A bistatic or
passive radar is handled by its pair as if it stood at its receiver: that holds for targets whose
range is several times the distance to the transmitter.
"""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import BOLTZMANN_J_K
from kansoku.visibility.swerling import snr_needed


def decibels(xp: ModuleType, ratio: Array) -> Array:
    """Ratio of powers in decibels; minus infinity for none. [dB]"""
    return 10.0 * xp.log10(ratio)


def ratio_of(level_db: Array) -> Array:
    """Ratio of powers that a number of decibels stands for. [unitless]"""
    return 10.0 ** (level_db / 10.0)


def snr_from_power_aperture(
    average_power_w: Array,
    aperture_m2: Array,
    wavelength_m: Array,
    system_temperature_k: Array,
    losses: Array,
    dwell_s: Array,
    rcs_m2: Array,
    range_m: Array,
) -> Array:
    """Signal over noise of one dwell on a target: the radar equation in energies.

    Parameters
    ----------
    average_power_w : array
        Transmitted, averaged over the pulses. [W]
    aperture_m2 : array
        Effective aperture, efficiency included, of one antenna that sends and receives; of two,
        the geometric mean. `aperture_of_gain_m2` gives it from a gain. [m^2]
    wavelength_m : array
        [m]
    system_temperature_k : array
        Noise at the receiver's input, sky and receiver together. [K]
    losses : array
        Ratio of 1 or more that is lost on the way, beam shape and processing included. [unitless]
    dwell_s : array
        Time on the target whose pulses are joined with their phase. [s]
    rcs_m2, range_m : array
        Of the target. [m^2], [m]

    Returns
    -------
    array
        Ratio of the energy received to the noise density. [unitless]

    Notes
    -----
    With the gain G = 4 pi A / wavelength^2 this is P t G^2 wavelength^2 rcs / ((4 pi)^3 R^4 k T L).

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, chapter 2.
    """
    energy_j = average_power_w * dwell_s * aperture_m2**2 * rcs_m2
    spread = 4.0 * math.pi * wavelength_m**2 * range_m**4
    return energy_j / (spread * BOLTZMANN_J_K * system_temperature_k * losses)


def aperture_of_gain_m2(gain: Array, wavelength_m: Array) -> Array:
    """Effective aperture of an antenna of a given gain.

    Parameters
    ----------
    gain : array
        Over an isotropic antenna, as a ratio. [unitless]
    wavelength_m : array
        [m]

    Returns
    -------
    array
        [m^2]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, section 1.2.
    """
    return gain * wavelength_m**2 / (4.0 * math.pi)


def snr_db(
    xp: ModuleType,
    reference_range_m: Array,
    reference_rcs_m2: Array,
    reference_snr_db: Array,
    rcs_m2: Array,
    range_m: Array,
) -> Array:
    """Signal over noise of a target, scaled from a reference pair.

    Parameters
    ----------
    reference_range_m, reference_rcs_m2, reference_snr_db : array
        A target of `reference_rcs_m2` gives `reference_snr_db` at `reference_range_m`.
        [m], [m^2], [dB]
    rcs_m2, range_m : array
        Of the target. [m^2], [m]

    Returns
    -------
    array
        Minus infinity for a target without cross-section. [dB]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, equation 1.7.
    """
    larger = decibels(xp, rcs_m2 / reference_rcs_m2)
    return reference_snr_db + larger - 4.0 * decibels(xp, range_m / reference_range_m)


def snr_margin(
    xp: ModuleType,
    reference_snr_db: Array,
    probability: Array,
    false_alarm: Array,
    case: int = 1,
    looks: int = 1,
) -> Array:
    """Signal at a radar's reference pair over the signal that a probability of detection needs.

    Parameters
    ----------
    reference_snr_db : array
        [dB]
    probability, false_alarm, case, looks :
        As in `swerling.snr_needed`.

    Returns
    -------
    array
        Ratio; 1 where the pair is just detected with that probability. [unitless]
    """
    return ratio_of(reference_snr_db) / snr_needed(xp, probability, false_alarm, case, looks)


def detection_range_m(
    reference_range_m: Array, reference_rcs_m2: Array, rcs_m2: Array, margin: Array = 1.0
) -> Array:
    """Range at which a target is just detected: the radar equation scaled from one known pair.

    Parameters
    ----------
    reference_range_m, reference_rcs_m2 : array
        A target of `reference_rcs_m2` at `reference_range_m` gives the signal of `margin`.
        [m], [m^2]
    rcs_m2 : array
        Radar cross-section of the target. [m^2]
    margin : array
        Signal of the pair over the signal needed (`snr_margin`); 1 where the pair states what is
        just detected. [unitless]

    Returns
    -------
    array
        [m]

    References
    ----------
    .. [1] M. I. Skolnik, Introduction to Radar Systems, 3rd ed., 2001, equation 1.7.
    """
    return reference_range_m * (margin * rcs_m2 / reference_rcs_m2) ** 0.25
