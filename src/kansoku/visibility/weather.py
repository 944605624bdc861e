"""Working sensors: seeded, independent draws of clear skies by site and of outages by sensor."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from kansoku.constants import SECONDS_PER_DAY
from kansoku.network.contributors import CLOUDED_KINDS, Sensors

# Seconds from NumPy's epoch to noon of 1 January 2000, from which nights are counted
NOON_S = 946_728_000


def working_windows(
    ids: npt.NDArray[np.str_],
    sensors: Sensors,
    clear_fraction: npt.NDArray[np.float64],
    window_start: npt.NDArray[np.datetime64],
    window_s: float,
    scenarios: int,
    seed: int,
) -> npt.NDArray[np.bool_]:
    """Draw which sensors are up, and where clouds stop them have a clear sky, in which window.

    One uniform number belongs to each (seed, scenario, site, local night) and one to each (seed,
    scenario, sensor, local night): sensors at one place share their weather, a night keeps it
    from window to window, and adding a sensor changes no other draw.

    Parameters
    ----------
    ids : (C,) array of str
        Contributors.
    sensors : Sensors
        Their positions, kinds and availability.
    clear_fraction : (C, 12) array
        Share of dark time usable by calendar month; only telescopes and lasers heed it. [unitless]
    window_start : (W,) datetime64 array
        UTC.
    window_s : float
        [s]
    scenarios : int
        S draws.
    seed : int

    Returns
    -------
    (S, C, W) bool array

    Notes
    -----
    A night runs from local mean noon to noon and is taken at the middle of the window. Nights and
    sites are independent: real cloud is correlated over some hundred kilometres, so the benefit
    of spreading telescopes over neighbouring sites is overstated.
    """
    middle = window_start.astype("datetime64[s]") + np.timedelta64(round(window_s / 2), "s")
    days = (middle.astype(np.int64) - NOON_S) / SECONDS_PER_DAY
    month = middle.astype("datetime64[M]").astype(int) % 12
    working = np.ones((scenarios, len(sensors), len(window_start)), dtype=bool)
    for c in range(len(sensors)):
        night = np.floor(days + sensors.longitude_rad[c] / (2.0 * np.pi)).astype(int)
        working[:, c] = _drawn(f"up/{ids[c]}", night, scenarios, seed) < sensors.availability[c]
        if sensors.kind[c] in CLOUDED_KINDS:
            sky = _drawn(f"sky/{_place(sensors, c)}", night, scenarios, seed)
            working[:, c] &= sky < clear_fraction[c, month]
    return working


def _place(sensors: Sensors, c: int) -> str:
    """Label of a site: a thousandth of a degree, so an observatory's telescopes share a sky."""
    latitude_deg, longitude_deg = np.degrees([sensors.latitude_rad[c], sensors.longitude_rad[c]])
    return f"{latitude_deg:.3f}/{longitude_deg:.3f}"


def _drawn(
    label: str, night: npt.NDArray[np.int_], scenarios: int, seed: int
) -> npt.NDArray[np.float64]:
    """Uniform numbers of one label by night, (S, W)."""
    drawn = {}
    for each in np.unique(night):
        digest = hashlib.sha256(f"{seed}/{label}/{each}".encode()).digest()
        key = int.from_bytes(digest[:16], "little")
        drawn[each] = np.random.Generator(np.random.Philox(key=key)).random(scenarios)
    return np.stack([drawn[each] for each in night], axis=1)
