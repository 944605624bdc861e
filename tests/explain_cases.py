"""Questions for `kansoku explain`: a small catalogue, and the cube over every sensor type."""

import csv
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from kansoku import targets
from kansoku.config import TargetsSection
from kansoku.ephemeris.grid import time_grid
from kansoku.ephemeris.sgp4 import prepare
from kansoku.ephemeris.states import state_block
from kansoku.explain import explain, looked_at
from kansoku.network.contributors import Sensors
from kansoku.network.single import sensor_at
from kansoku.visibility import mask
from kansoku.visibility.views import packed, views
from kansoku.visibility.watch import scene_of, sky_of, watch_of
from naive import element_sets

KEYS = [
    "norad_cat_id", "time_utc", "position_teme_km", "azimuth_deg", "elevation_deg", "range_km",
    "site_sun_elevation_deg", "sunlit", "phase_angle_deg", "magnitude", "airmass",
    "extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude", "snr",
    "detection_probability", "moon_separation_deg", "sun_separation_deg",
    "angular_rate_arcsec_s", "rcs_m2", "radar_range_limit_km", "snr_db", "visible", "decided_by",
]  # fmt: skip
TYPES_TABLE = Path(__file__).parent.parent / "sites" / "sensor_types.csv"
PLACES = {
    "34.672,133.5444,427": (34.672, 133.5444, 427.0),
    "-77.8,166.7,10": (-77.8, 166.7, 10.0),
    "64.29,-149.19,175": (64.29, -149.19, 175.0),
    "-24.63,-70.4,2635": (-24.63, -70.4, 2635.0),
    "0,-78.45,2850": (0.0, -78.45, 2850.0),
}
START = datetime(2024, 7, 5)
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


@cache
def type_rows():
    """Telescopes and radars of the table, as dicts of text."""
    with TYPES_TABLE.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    return {k: row for k, row in rows.items() if row["type"] not in ("slr", "passive_rf")}


class World:
    """A day of every object over every type at every place, as the cube has it."""

    def __init__(self, catalogue):
        section = TargetsSection(catalogue=str(catalogue))
        self.objects = targets.load(section, Path())
        self.types = list(type_rows())
        self.named = [(site, kind) for site in PLACES for kind in self.types]
        each = [sensor_at(kind, *PLACES[site]) for site, kind in self.named]
        self.sensors = Sensors(
            **{name: np.concatenate([getattr(one, name) for one in each]) for name in vars(each[0])}
        )
        self.grid = time_grid(START, 24.0, STEP_S)
        self.block = state_block(
            np, prepare(np, self.objects.elements), self.grid, 0, len(self.objects)
        )
        self.watch = watch_of(np, self.sensors)
        self.scene = scene_of(np, self.objects, 0, len(self.objects))
        self.limits = mask.Limits(np.radians(12.0), "conical")
        self.sky = sky_of(np, self.watch, self.grid, self.limits.sun_depression_rad)
        self.bits = self._bits()
        # What the deep-space radar of each place has in view is high enough for most types
        far = [self.named.index((site, "T-RAD-DARC")) for site in PLACES]
        self.high = self.bits[far]

    def _bits(self):
        targets_count, steps = self.block.usable.shape
        bits = np.zeros((len(self.sensors), targets_count, steps), dtype=bool)
        for view in views(np, self.watch, self.scene, self.sky, self.limits, self.block):
            rows = packed(np, view, targets_count, steps)
            bits[view.contributor] = np.unpackbits(rows, axis=1, count=steps)
        return bits

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
        """`visible_at` off the grid; a target lost at either sample is not seen."""
        samples = mask.Samples(contributor, row, np.full(row.shape, seconds))
        seen = mask.visible_at(
            np, self.watch, self.scene, self.sky, self.limits, self.block, samples
        )
        step = int(seconds // STEP_S)
        return seen & self.block.usable[row, step] & self.block.usable[row, step + 1]


def random_questions(world, count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        step = int(rng.integers(0, len(world.grid) - 1))
        contributor, row = world.pairs(rng, step, 1)
        yield int(contributor[0]), int(row[0]), step


def a_lit_instant(catalogue, number=10):
    for minutes in range(0, 200, 10):
        asked = (number, "34.672,133.5444,427", START + timedelta(minutes=minutes))
        if explain(catalogue, *asked)["sunlit"]:
            return asked
    raise AssertionError("never lit")


def naive_sensor(kind, place):
    """Sensor as the naive oracle wants it, straight from the cells of the table."""
    latitude, longitude, altitude = PLACES[place]
    optical, fan = kind["type"] == "optical", kind["for_shape"] == "fan"
    return {
        "kind": "optical" if optical else "fan" if fan else "radar",
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude,
        "azimuth_min": float(kind["az_min_deg"]),
        "azimuth_max": float(kind["az_max_deg"]),
        "elevation_min": float(kind["el_min_deg"]),
        "elevation_max": float(kind["el_max_deg"]),
        "boresight_azimuth": 0.0,
        "boresight_elevation": 90.0,
        "cone": 90.0 - float(kind["el_min_deg"]) if kind["for_shape"] == "cone" else 180.0,
        "fan_plane_azimuth": 90.0,
        "fan_tilt": 90.0,
        "fan_half_thickness": float(kind["fan_half_thickness_deg"] or "nan"),
        "limit": float(kind["limiting_mag_v"] or "nan"),
        "reference_range": float(kind["ref_range_km"] or "nan") * 1000.0,
        "reference_rcs": float(kind["ref_rcs_m2"] or "nan"),
    }
