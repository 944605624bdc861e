"""Questions for `kansoku explain`: a small catalogue, and the cube over every sensor type."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from kansoku import targets
from kansoku.config import TargetsSection
from kansoku.coverage.stretch import Demand, stage_of, stretch_of
from kansoku.ephemeris.grid import time_grid
from kansoku.explain import explain, instant_of, looked_at
from kansoku.network.contributors import Sensors
from kansoku.network.single import sensor_at
from kansoku.network.sites import site_position
from kansoku.visibility.criteria import seen_at
from kansoku.visibility.limits import default_limits
from kansoku.visibility.views import packed
from naive import element_sets
from table_sensors import sensor_of, type_rows

KEYS = [
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
]  # fmt: skip
PLACES = {
    "34.672,133.5444,427": (34.672, 133.5444, 427.0),
    "-77.8,166.7,10": (-77.8, 166.7, 10.0),
    "64.29,-149.19,175": (64.29, -149.19, 175.0),
    "-24.63,-70.4,2635": (-24.63, -70.4, 2635.0),
    "0,-78.45,2850": (0.0, -78.45, 2850.0),
}
SITE = "S-JP-BISEI"
PASS = "2024-07-05T13:26:30Z"
START = datetime(2024, 7, 5)
FULL_MOON = datetime(2024, 7, 21)
STEP_S = 60.0
ISS = element_sets.ISS
DECAYING = 90001

# Number 33334 of the verification set of the `sgp4` package (AIAA 2006-6753): no state at all
REFUSED = (
    "1 33334U 78066F   06174.85818871  .00000620  00000-0  10000-3 0  6806",
    "2 33334  68.4714 236.1303 5602877 123.7484 302.5767  0.00001000 67521",
)


def element_set(number, name, turns_per_day, eccentricity, inclination, rng, bstar="0.10000E-4"):
    angles = {
        key: f"{rng.uniform(0, 360):.4f}"
        for key in ("RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY")
    }
    shape = {
        "MEAN_MOTION": f"{turns_per_day:.8f}",
        "ECCENTRICITY": f"{eccentricity:.7f}",
        "INCLINATION": f"{inclination:.4f}",
        "BSTAR": bstar,
    }
    return ISS | {"OBJECT_NAME": name, "NORAD_CAT_ID": number} | shape | angles


def element_set_list():
    """Twenty objects of all regimes and size classes; one decays in the middle of the day."""
    rng = np.random.default_rng(20)
    low = [
        element_set(10 + k, ("SAT", "OLD DEB", "STAGE R/B")[k % 3], turns, 0.001, tilt, rng)
        for k, (turns, tilt) in enumerate(
            zip(rng.uniform(13.2, 15.4, 9), rng.choice([53.0, 74.0, 97.8], 9), strict=True)
        )
    ]
    high = [
        element_set(100 + k, ("TALL", "TALL DEB")[k % 2], turns, e, tilt, rng, "0.00000E+0")
        for k, (turns, e, tilt) in enumerate(
            [(1.0027, 0.0002, 0.1), (1.0027, 0.0010, 6.0), (1.0027, 0.0002, 2.0),
             (1.0027, 0.0004, 12.0), (2.0056, 0.0100, 55.0), (2.0056, 0.7000, 63.4),
             (2.2500, 0.7200, 28.5), (4.0000, 0.0010, 65.0)]
        )
    ]  # fmt: skip
    falling = element_set(DECAYING, "FALLING", 16.35, 0.0004, 60.0, rng, "0.90000E-2")
    return [ISS, *low, *high, falling]


def write_catalogue(folder):
    """TLE file of all of them, and of one that has no state at any time."""
    path = folder / "few.tle"
    path.write_text(element_sets.tle(*element_set_list()) + "\n".join(REFUSED) + "\n")
    return path


def station_and_fragment(folder):
    """The space station, and the same orbit as a fragment that neither answers nor transmits."""
    path = folder / "two.tle"
    fragment = ISS | {"NORAD_CAT_ID": 90002, "OBJECT_NAME": "STATION DEB"}
    path.write_text(element_sets.tle(ISS, fragment))
    return path


def hills(azimuth):
    """Terrain of 10 to 40 degrees in every direction."""
    return 25.0 + 15.0 * np.sin(np.radians(4.0 * azimuth))


HILLY = "-24.63,-70.4,2635"
HILLS = hills(np.arange(361.0)).astype(np.float32)


class World:
    """A day of every object over every type at every place, as the cube has it."""

    def __init__(self, catalogue, start=START):
        section = TargetsSection(catalogue=str(catalogue))
        self.start = start
        self.objects = self._objects(targets.load(section, Path()))
        self.types = list(type_rows())
        self.named = [(site, kind) for site in PLACES for kind in self.types]
        each = [self._sensor(site, kind) for site, kind in self.named]
        self.sensors = Sensors(
            **{name: np.concatenate([getattr(one, name) for one in each]) for name in vars(each[0])}
        )
        self.grid = time_grid(start, 24.0, STEP_S)
        demand = Demand(3600.0, 3600.0, default_limits())
        asked = (self.objects, self.sensors, self.grid, demand)
        stretch, _ = stretch_of(np, *asked, max_age_days=1e6)
        self.stage = stage_of(stretch, 0, len(self.objects))
        steps = len(self.grid)
        self.bits = np.unpackbits(packed(self.stage), axis=2, count=steps).astype(bool)
        # What the deep-space radar of each place has in view is high enough for most types
        far = [self.named.index((site, "T-RAD-DARC")) for site in PLACES]
        self.high = self.bits[far]

    def _objects(self, every):
        return every

    def _sensor(self, site, kind):
        return sensor_at(kind, *PLACES[site])

    def pairs(self, rng, step, count):
        """Contributors and targets at a step, most of them with the target up in the sky."""
        place, row = np.nonzero(self.high[:, :, step])
        chosen = rng.integers(0, len(place), count)
        kind = rng.integers(0, len(self.types), count)
        contributor, row = place[chosen] * len(self.types) + kind, row[chosen]
        anywhere = rng.random(count) < 0.25
        contributor[anywhere] = rng.integers(0, len(self.sensors), anywhere.sum())
        row[anywhere] = rng.integers(0, len(self.objects), anywhere.sum())
        return contributor, row

    def at(self, contributor, row, grid):
        """Explain's own view of a sample, which knows nothing of the block."""
        one, sensor = np.array([row]), np.array([contributor])
        site, kind = self.named[contributor]
        return looked_at(self.objects.take(one), self.sensors.take(sensor), grid, site, kind)

    def seen_between(self, contributor, row, seconds):
        """`seen_at` off the grid; a target lost at either sample is not seen."""
        seen = seen_at(self.stage, contributor, row, np.full(row.shape, seconds))
        step = int(seconds // STEP_S)
        usable = self.stage.block.usable
        return seen & usable[row, step] & usable[row, step + 1]

    def oracle_sensor(self, contributor):
        """The sensor as the naive oracle wants it, straight from the cells of the tables."""
        site, kind = self.named[contributor]
        return sensor_of(type_rows()[kind], *PLACES[site], horizon=self.horizon(site))

    def horizon(self, site):
        """Terrain around a place in degrees."""
        return -90.0


class VariedWorld(World):
    """Targets known in every way, hills around one place, and a night with a full Moon."""

    def __init__(self, catalogue):
        super().__init__(catalogue, FULL_MOON)

    def _objects(self, every):
        count, rng = len(every), np.random.default_rng(3)
        standard = np.where(rng.random(count) < 0.3, rng.uniform(3.0, 12.0, count), np.nan)
        return replace(
            every,
            standard_magnitude=standard,
            magnitude_sigma=rng.uniform(0.0, 1.0, count),
            rcs_measured=rng.random(count) < 0.5,
            retroreflector=rng.random(count) < 0.5,
            emits=rng.random(count) < 0.5,
        )

    def _sensor(self, site, kind):
        sensor = super()._sensor(site, kind)
        return replace(sensor, horizon_rad=np.radians(HILLS)[None]) if site == HILLY else sensor

    def horizon(self, site):
        """Terrain around a place in degrees."""
        return HILLS.tolist() if site == HILLY else -90.0


def random_questions(world, count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        step = int(rng.integers(0, len(world.grid) - 1))
        contributor, row = world.pairs(rng, step, 1)
        yield int(contributor[0]), int(row[0]), step


def a_lit_instant(catalogue, number=10, lowest_deg=-90.0):
    """When an object is sunlit, and high enough in the sky of one place."""
    for minutes in range(0, 1440, 5):
        asked = (number, "34.672,133.5444,427", START + timedelta(minutes=minutes))
        known = explain(catalogue, *asked)
        if known["sunlit"] and known["elevation_deg"] >= lowest_deg:
            return asked
    raise AssertionError("never lit")


def behind_hills(catalogue, hill_deg, hours=1.0 / 3600.0, step_s=1.0):
    """A pass of the space station over a radar in a bowl of hills."""
    sensor = sensor_at("T-RAD-KSGC", *site_position(SITE)[1:])
    terrain = np.full_like(sensor.horizon_rad, np.radians(hill_deg))
    at = instant_of(catalogue, 25544, SITE, PASS, "T-RAD-KSGC", night=(hours, step_s))
    hidden = replace(sensor, horizon_rad=terrain)
    return looked_at(at.target, hidden, at.grid, SITE, "T-RAD-KSGC")
