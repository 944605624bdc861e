"""Azimuth, elevation and range against Skyfield, for every regime and from every continent.

What may differ, and by how much:

- Both turn TEME with the sidereal time of 1982 at UT1 and take UT1 from the same table, so the
  frames agree to rounding as long as Skyfield is not told about the motion of the pole.
- Here it is told: that moves a site by up to 18 m (0.6 arcsec), our neglected term. It is seen as
  at most 0.6 arcsec in the direction of the vertical plus 18 m of parallax, 0.003 deg for the
  nearest objects.
- Skyfield's difference of two places at one instant is geometric: no light time, no refraction,
  as in a `Sight`.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import skyfield_data
from skyfield.api import EarthSatellite, Loader, wgs84
from skyfield.data import iers

from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import state_block
from kansoku.visibility.geometry import azimuth_rad, elevation_rad
from kansoku.visibility.sight import Sight
from orbits import catalogue, elements_of, of_every_regime
from sensor_rows import HEMISPHERE
from stages import THING, stage_for

# Every continent, both polar circles, the equator, the date line, and a high mountain
SITES = {
    "Tokyo": (35.68, 139.77, 40.0),
    "Alice Springs": (-23.70, 133.88, 580.0),
    "Kwajalein": (9.40, 167.47, 8.0),
    "Mauna Kea": (19.82, -155.47, 4205.0),
    "Clear": (64.29, -149.19, 175.0),
    "Atacama": (-24.63, -70.40, 2635.0),
    "Quito": (0.0, -78.45, 2850.0),
    "Tenerife": (28.30, -16.51, 2390.0),
    "Sutherland": (-32.38, 20.81, 1798.0),
    "McMurdo": (-77.85, 166.67, 30.0),
}
TIMES = 20


@pytest.fixture(scope="module")
def timescale():
    """Skyfield's time with UT1 and the motion of the pole."""
    folder = Path(skyfield_data.__file__).parent / "data"
    scale = Loader(str(folder), verbose=False, expire=False).timescale(builtin=False)
    with (folder / "finals2000A.all").open("rb") as table:
        iers.install_polar_motion_table(scale, iers.parse_x_y_dut1_from_finals_all(table))
    return scale


@pytest.mark.slow
def test_direction_and_range_against_skyfield(shared_data, timescale):
    satrecs = of_every_regime(catalogue(shared_data, "2024-07-05"), 208, seed=5)
    grid = time_grid(datetime(2024, 7, 4, 20, 0, 17), 24.0, 61.0)
    block = state_block(np, prepare(np, elements_of(satrecs)), grid, 0, len(satrecs))
    stage = stage_for(np, sensors(), [THING] * len(satrecs), block, grid)
    chosen = np.random.default_rng(5).integers(0, len(grid), (len(satrecs), TIMES))
    alive = np.flatnonzero(block.usable.all(axis=1))
    assert len(alive) >= 200
    worst = {"direction_deg": 0.0, "range_m": 0.0, "azimuth_deg": 0.0, "elevation_deg": 0.0}
    for row in alive:
        column, satrec = chosen[row], satrecs[row]
        tt = grid.fraction_utc[column] + (37.0 + 32.184) / 86400.0
        time = timescale.tt_jd(grid.jd_utc[column], tt)
        place = EarthSatellite.from_satrec(satrec, timescale)
        for number, site in enumerate(SITES.values()):
            theirs = (place - wgs84.latlon(*site)).at(time).altaz()
            ours = Sight(stage, number, np.full(TIMES, row), column)
            for key, value in differences(ours.look, theirs).items():
                worst[key] = max(worst[key], value)
    print(", ".join(f"{key} {value:.5f}" for key, value in worst.items()))
    assert worst["direction_deg"] < 0.005
    assert worst["range_m"] < 50.0
    assert worst["elevation_deg"] < 0.005
    assert worst["azimuth_deg"] < 0.005
    # Agreement to rounding would mean that Skyfield had not moved the pole
    assert worst["range_m"] > 5.0


def sensors():
    """One at each site."""
    names = ("latitude", "longitude", "altitude")
    return [HEMISPHERE | dict(zip(names, site, strict=True)) for site in SITES.values()]


def differences(ours, theirs):
    """Worst differences; azimuth weighted with the cosine of elevation, as seen on the sky."""
    elevation, azimuth, distance = theirs[0].radians, theirs[1].radians, theirs[2].m
    unit = np.stack(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.cos(azimuth) * np.cos(elevation),
            np.sin(elevation),
        ]
    )
    mine = np.stack([ours.east_m, ours.north_m, ours.up_m]) / ours.range_m
    turn = (azimuth_rad(np, ours) - azimuth + np.pi) % (2.0 * np.pi) - np.pi
    return {
        "direction_deg": np.degrees(
            2.0 * np.arcsin(np.sqrt(((mine - unit) ** 2).sum(0)) / 2)
        ).max(),
        "range_m": np.abs(ours.range_m - distance).max(),
        "azimuth_deg": np.degrees(np.abs(turn * np.cos(elevation))).max(),
        "elevation_deg": np.degrees(np.abs(elevation_rad(np, ours) - elevation)).max(),
    }
