"""How far a receiver hears what a satellite transmits.

Passive radio sees emitting targets alone, day and night and through cloud. One station tells
directions or differences of arrival; an orbit needs the whole group, which a contributor stands
for. A passive radar, which hears the echo of a broadcast transmitter from targets that are silent,
is a radar with a reference pair (`radar`).
"""

from __future__ import annotations

import math
from types import ModuleType

from kansoku.backend import Array
from kansoku.constants import BOLTZMANN_J_K
from kansoku.visibility.radar import decibels, ratio_of


def carrier_to_noise_db(
    xp: ModuleType,
    eirp_dbw: Array,
    gain_over_temperature_db_k: Array,
    wavelength_m: Array,
    bandwidth_hz: Array,
    losses_db: Array,
    range_m: Array,
) -> Array:
    """Carrier over noise of a link from a satellite: one-way, free space.

    Parameters
    ----------
    eirp_dbw : array
        Power times antenna gain of the target towards the station. Outside its service area a
        satellite sends 20 to 30 dB less than its published figure. [dBW]
    gain_over_temperature_db_k : array
        Antenna gain over system noise temperature of the receiver, G/T. [dB/K]
    wavelength_m : array
        [m]
    bandwidth_hz : array
        In which the noise is counted; 1 for the carrier over noise density. [Hz]
    losses_db : array
        Atmosphere, polarisation, pointing. [dB]
    range_m : array
        [m]

    Returns
    -------
    array
        [dB]

    References
    ----------
    .. [1] H. T. Friis, A note on a simple transmission formula, Proc. IRE 34 (1946), 254-256.
    .. [2] G. Maral and M. Bousquet, Satellite Communications Systems, 5th ed., 2009, chapter 5.
    """
    path_db = 2.0 * decibels(xp, 4.0 * math.pi * range_m / wavelength_m)
    noise_db = 10.0 * math.log10(BOLTZMANN_J_K) + decibels(xp, bandwidth_hz)
    return eirp_dbw + gain_over_temperature_db_k - losses_db - path_db - noise_db


def range_limit_m(
    eirp_dbw: Array,
    gain_over_temperature_db_k: Array,
    wavelength_m: Array,
    bandwidth_hz: Array,
    losses_db: Array,
    needed_db: Array,
) -> Array:
    """Range at which a link has just the carrier over noise that is needed.

    Parameters
    ----------
    eirp_dbw, gain_over_temperature_db_k, wavelength_m, bandwidth_hz, losses_db : array
        As in `carrier_to_noise_db`.
    needed_db : array
        [dB]

    Returns
    -------
    array
        By the square of the range. [m]
    """
    over_noise = ratio_of(eirp_dbw + gain_over_temperature_db_k - losses_db - needed_db)
    noise_w_k = BOLTZMANN_J_K * bandwidth_hz
    return wavelength_m / (4.0 * math.pi) * (over_noise / noise_w_k) ** 0.5
