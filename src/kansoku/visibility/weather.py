"""Clear skies: seeded, independent draws by site and night."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from kansoku.network.contributors import OPTICAL, Sensors


def clear_windows(
    sensors: Sensors,
    clear_fraction: npt.NDArray[np.float64],
    window_start: npt.NDArray[np.datetime64],
    window_s: float,
    scenarios: int,
    seed: int,
) -> npt.NDArray[np.bool_]:
    """Draw which telescopes have a clear sky in which window.

    One uniform number belongs to each (seed, scenario, site, local night), so telescopes at one
    place share their weather, a night keeps its weather from window to window, and adding a
    sensor changes no other draw. Radars are always clear.

    Parameters
    ----------
    sensors : Sensors
        C contributors.
    clear_fraction : (C, 12) array
        Share of dark time usable by calendar month. [unitless]
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
    days = (middle - np.datetime64("2000-01-01T12:00:00")) / np.timedelta64(86400, "s")
    clear = np.ones((scenarios, len(sensors), len(window_start)), dtype=bool)
    month = middle.astype("datetime64[M]").astype(int) % 12
    for c in np.flatnonzero(sensors.kind == OPTICAL):
        night = np.floor(days + sensors.longitude_rad[c] / (2.0 * np.pi)).astype(int)
        drawn = {n: _draw(sensors, c, n, scenarios, seed) for n in np.unique(night)}
        uniform = np.stack([drawn[n] for n in night], axis=1)
        clear[:, c] = uniform < clear_fraction[c, month]
    return clear


def _draw(
    sensors: Sensors, c: int, night: int, scenarios: int, seed: int
) -> npt.NDArray[np.float64]:
    """Uniform numbers of one site and night, (S,)."""
    # A thousandth of a degree is 100 m: instruments of one observatory share their sky.
    latitude, longitude = np.round(
        np.degrees([sensors.latitude_rad[c], sensors.longitude_rad[c]]), 3
    )
    label = f"{seed}/{latitude:.3f}/{longitude:.3f}/{night}"
    key = int.from_bytes(hashlib.sha256(label.encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key)).random(scenarios)
