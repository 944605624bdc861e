"""How fast is the whole way from orbits to tracks, and a cut of the optimiser, on a GPU?

    python benchmarks/gpu.py [--days 365] [--objects 26389] [--contributors 100] [--json]

Carries all it needs: orbits with the shares of regimes of a real catalogue, telescopes and radars
all over the Earth, Sun and Moon from short series. So it runs where only NumPy, CuPy and kansoku's
own stations are installed (PYTHONPATH=src). Times are the device's own (CUDA events); NumPy does a
sample of the same work on the same machine, and every window of the sample is compared.

One year of 26,389 objects over 100 contributors at 60 s is 1.4e12 tests; a million pieces of debris
for a month: --objects 1000000 --days 30 --debris.
"""

import argparse
import json
import math
import sys
import time
from datetime import UTC, datetime

import numpy as np

from kansoku.backend import device_of, select
from kansoku.bench import kernels
from kansoku.coverage.collect import collect
from kansoku.coverage.stretch import BLOCK_TARGETS, Demand, stretch_of
from kansoku.design.terms.on_device import ROW_UNIT, Sums
from kansoku.design.terms.tiles import BLOCK_ROWS, TILE_WORDS, WORD_CELLS, Tiles, tiles_in_windows
from kansoku.ephemeris.frames import turn
from kansoku.ephemeris.sidereal import gmst_1982_rad
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.errors import KansokuError
from kansoku.network.contributors import FAN, OPTICAL, RADAR, sensors_of
from kansoku.resources import usable_cores
from kansoku.targets.objects import MeanElements, Targets
from kansoku.visibility.limits import Limits

START = datetime(2024, 7, 5, tzinfo=UTC)
START_JD = 2460496.5
AU_M = 1.495978707e11
DEEP_SHARE = 4056 / 26389
"""Of orbits of 225 min and more in the catalogue of 2024-07-05."""
DEMAND = Demand(21600.0, 7200.0, Limits(math.radians(12.0), "conical"))
TARGETS_A_CORE, SAMPLE_HOURS = BLOCK_TARGETS, 24.0
"""Of the sample that NumPy does on all cores: a block for each."""
CUTS = 10
"""In a row, of which one is timed."""
DRAWS, WEATHER_TARGETS = 32, 8192
"""Of the sky, and targets that they are drawn for: a cell is one of each in a window."""


def orbits(rng, count, debris):
    """Mean elements: low orbits in the bands of the catalogue, half-day, synchronous, transfer."""
    deep = rng.random(count) < (0.0 if debris else DEEP_SHARE)
    low_km = rng.choice([400.0, 550.0, 780.0, 860.0, 1000.0, 1450.0], size=count)
    low_km = low_km + rng.normal(0.0, 40.0, count)
    axis_km = np.where(deep, rng.choice([26560.0, 42164.0, 24400.0], size=count), 6378.0 + low_km)
    eccentric = np.where(axis_km == 24400.0, 0.72, np.where(axis_km == 26560.0, 0.01, 0.0003))
    eccentric = np.where(deep, eccentric, np.abs(rng.normal(0.002, 0.004, count)))
    inclination = np.where(
        deep,
        rng.choice([0.05, 0.96, 0.45], size=count),
        rng.choice([0.93, 1.12, 1.43, 1.72], size=count),
    )
    angles = rng.uniform(0.0, 2.0 * math.pi, size=(3, count))
    return MeanElements(
        epoch_jd=np.full(count, START_JD - 1.0),
        epoch_fraction=rng.random(count),
        mean_motion_rad_min=60.0 * np.sqrt(398600.8 / axis_km**3),
        eccentricity=eccentric,
        inclination_rad=inclination + rng.normal(0.0, 0.02, count) ** 2,
        raan_rad=angles[0],
        argp_rad=angles[1],
        mean_anomaly_rad=angles[2],
        bstar=np.zeros(count),
    )


def targets_of(rng, count, debris):
    """Objects of 5 cm to 10 m, or pieces from 1 cm on."""
    diameter = 10.0 ** (rng.uniform(-2.0, -1.0, count) if debris else rng.uniform(-1.3, 1.0, count))
    no, words = np.zeros(count, dtype=bool), np.full(count, "")
    return Targets(
        norad_cat_id=np.arange(count),
        name=words,
        elements=orbits(rng, count, debris),
        multiplicity=np.ones(count),
        diameter_m=diameter,
        rcs_m2=0.25 * math.pi * diameter**2,
        rcs_measured=rng.random(count) < 0.5,
        albedo=np.full(count, 0.15),
        standard_magnitude=np.full(count, np.nan),
        magnitude_sigma=np.full(count, 0.5),
        retroreflector=no,
        emits=no,
        regime=np.zeros(count, dtype=np.int8),
        object_type=words,
        owner=words,
    )


def contributors(rng, count):
    """Telescopes and radars in equal numbers, a tenth of these fans, all over the Earth."""
    kind = np.where(np.arange(count) % 2 == 0, OPTICAL, RADAR)
    kind[5::20] = FAN
    optical, fan = kind == OPTICAL, kind == FAN

    def telescopes(value):
        return np.where(optical, value, np.nan)

    def radars(value):
        return np.where(optical, np.nan, value)

    return sensors_of(
        {
            "kind": kind,
            "latitude_rad": np.arcsin(rng.uniform(-0.9, 0.9, count)),
            "longitude_rad": rng.uniform(-math.pi, math.pi, count),
            "altitude_m": rng.uniform(0.0, 3000.0, count),
            "azimuth_min_rad": 0.0,
            "azimuth_max_rad": np.where(rng.random(count) < 0.8, 2.0 * math.pi, 2.5),
            "elevation_min_rad": np.where(optical, 0.35, 0.17),
            "elevation_max_rad": math.pi / 2.0,
            "boresight_azimuth_rad": 0.0,
            "boresight_elevation_rad": math.pi / 2.0,
            "cone_half_angle_rad": math.pi,
            "fan_plane_azimuth_rad": np.where(fan, math.pi / 2.0, np.nan),
            "fan_tilt_rad": np.where(fan, math.pi / 2.0, np.nan),
            "fan_half_thickness_rad": np.where(fan, 0.009, np.nan),
            "limiting_magnitude": telescopes(rng.uniform(15.0, 19.0, count)),
            "aperture_m": telescopes(0.6),
            "exposure_s": telescopes(2.0),
            "reference_exposure_s": telescopes(2.0),
            "required_snr": telescopes(5.0),
            "read_noise_e": telescopes(8.0),
            "pixel_arcsec": telescopes(2.0),
            "seeing_arcsec": telescopes(1.6),
            "reference_sky_mag_arcsec2": telescopes(21.0),
            "reference_seeing_arcsec": telescopes(1.6),
            "zenith_sky_mag_arcsec2": telescopes(rng.uniform(20.5, 21.9, count)),
            "extinction_mag": telescopes(0.2),
            "follows": rng.random(count) < 0.6,
            "moon_exclusion_rad": np.where(optical, 0.2, 0.0),
            "sun_exclusion_rad": np.where(optical, 0.7, 0.0),
            "reference_range_m": radars(rng.uniform(1.0e6, 4.0e6, count)),
            "reference_rcs_m2": radars(0.1),
            "reference_snr_db": radars(13.0),
            "wavelength_m": radars(0.23),
            "false_alarm_probability": radars(1e-6),
            "minimum_track_s": np.where(fan, 0.2, np.where(optical, 20.0, 30.0)),
            "tracks_per_hour": 100.0,
            "availability": 1.0,
        }
    )


def grid_of(hours, step_s):
    """A time grid with Sun and Moon from the largest terms of J. Meeus, chapters 25 and 47."""
    seconds = np.arange(math.ceil(hours * 3600.0 / step_s) + 1) * step_s
    day = np.floor(seconds / 86400.0)
    fraction = seconds / 86400.0 - day
    sidereal = gmst_1982_rad(np, START_JD + day, fraction)
    since_2000 = START_JD + day + fraction - 2451545.0
    return TimeGrid(
        jd_utc=START_JD + day,
        fraction_utc=fraction,
        seconds=seconds,
        step_s=float(step_s),
        sidereal_rad=sidereal,
        sun_itrf_m=earth_fixed(sidereal, *sun(since_2000)),
        moon_itrf_m=earth_fixed(sidereal, *moon(since_2000)),
        utc=np.datetime64(START.replace(tzinfo=None), "ms")
        + (seconds * 1e3).astype("timedelta64[ms]"),
    )


def sun(day):
    """Ecliptic longitude, latitude [rad] and distance [m]."""
    g = np.radians(357.529 + 0.98560028 * day)
    longitude = 280.459 + 0.98564736 * day + 1.915 * np.sin(g) + 0.020 * np.sin(2.0 * g)
    return np.radians(longitude), 0.0 * g, AU_M * (1.00014 - 0.01671 * np.cos(g))


def moon(day):
    """Ecliptic longitude, latitude [rad] and distance [m], their largest terms."""
    mean, anomaly = 218.316 + 13.176396 * day, np.radians(134.963 + 13.064993 * day)
    node = np.radians(93.272 + 13.229350 * day)
    longitude = np.radians(mean + 6.289 * np.sin(anomaly))
    return longitude, np.radians(5.128 * np.sin(node)), 3.85e8 - 2.0905e7 * np.cos(anomaly)


def earth_fixed(sidereal, longitude, latitude, distance):
    """Turn ecliptic directions to the equator and with the Earth, (3, T). [m]"""
    tilt = math.radians(23.439)
    x = distance * np.cos(latitude) * np.cos(longitude)
    y = distance * np.cos(latitude) * np.sin(longitude)
    z = distance * np.sin(latitude)
    y, z = y * math.cos(tilt) - z * math.sin(tilt), y * math.sin(tilt) + z * math.cos(tilt)
    return np.stack([*turn(np.sin(sidereal), np.cos(sidereal), x, y), z])


def compared(device, targets, sensors, step_s):
    """NumPy on a sample: tests a second on all cores, and share of windows that agree."""
    count = min(len(targets), TARGETS_A_CORE * usable_cores())
    few = targets.take(np.linspace(0, len(targets) - 1, count).astype(int))
    grid = [grid_of(SAMPLE_HOURS, step_s)]
    began = time.perf_counter()
    by_arrays = collect(np, few, sensors, grid, DEMAND, 1e6)
    seconds = time.perf_counter() - began
    by_kernels = collect(device.xp, few, sensors, grid, DEMAND, 1e6, device=device)
    same = float((by_arrays.tracks == by_kernels.tracks).mean())
    return by_arrays.tests_requested / seconds, same


def evaluation(device, cells, rows, steps):
    """Time of a cut over random cells, one weight a word, and what it reads. [s], [B]"""
    xp = device.xp
    tiles = max(1, round(cells / (WORD_CELLS * TILE_WORDS)))
    padded = -(-rows // BLOCK_ROWS) * BLOCK_ROWS
    rng = np.random.default_rng(1)
    part = rng.integers(0, 2**32, size=(min(tiles, 512), padded, TILE_WORDS), dtype=np.uint32)
    part &= rng.integers(0, 2**32, size=part.shape, dtype=np.uint32)  # a quarter of the bits
    part[:, rows:] = 0
    table = Tiles(
        part, np.ones((len(part), TILE_WORDS), np.uint32), np.arange(rows), np.ones(rows, np.int64)
    )
    sums = Sums(device, table, np.array([4, 2, 1][:steps], dtype=np.int64))
    again = -(-tiles // len(part))
    sums.bits = xp.concatenate([sums.bits] * again)[:tiles]
    sums._weight = xp.concatenate([sums._weight] * again)[:tiles]
    sums._window = xp.concatenate([sums._window] * again)[:tiles]
    sums.tiles = tiles
    chosen = (rng.random(rows) < 0.1).astype(np.int64) * ROW_UNIT
    return seconds_of_launch(device, sums, chosen), float(sums.bits.nbytes)


def evaluation_in_weather(device, cells, rows, steps):
    """Time of a cut over targets in windows and draws of the sky, and how many these are. [s]"""
    rng = np.random.default_rng(2)
    windows = max(1, round(cells / (DRAWS * WEATHER_TARGETS)))
    tracks = rng.integers(0, 4, (rows, WEATHER_TARGETS, windows), dtype=np.uint8) // 3
    clear = rng.random((DRAWS, rows, windows)) < 0.6
    tiles = tiles_in_windows(tracks, clear, np.ones(WEATHER_TARGETS, np.int64))
    sums = Sums(device, tiles, np.array([4, 2, 1][:steps], dtype=np.int64))
    chosen = (rng.random(rows) < 0.1).astype(np.int64) * ROW_UNIT
    return seconds_of_launch(device, sums, chosen), DRAWS * WEATHER_TARGETS * windows


class Noted:
    """A device that notes its last launch, so that it can be made again."""

    def __init__(self, device):
        self.device, self.xp, self.last = device, device.xp, ()

    def launch(self, *launch):
        """Launch and note."""
        self.last = launch
        self.device.launch(*launch)


def seconds_of_launch(device, sums, chosen):
    """Time of the one launch of a cut, of several in a row: the host's share in them hides. [s]"""
    sums.device = noted = Noted(device)
    sums.cut(chosen)

    def several():
        for _ in range(CUTS):
            device.launch(*noted.last)

    return kernels.least_seconds(kernels.clock_of(device.xp), several) / CUTS


def measured(device, arguments):
    """Everything, as a dictionary and the counts of the main stage."""
    rng = np.random.default_rng(0)
    targets = targets_of(rng, arguments.objects, arguments.debris)
    sensors = contributors(rng, arguments.contributors)
    limits = kernels.limits_of(device, arguments.scale)
    grid = grid_of(24.0 * arguments.days, arguments.step)
    stretch, _ = stretch_of(device.xp, targets, sensors, grid, DEMAND, 1e6, device)
    warm_up = stretch_of(
        device.xp, targets.take(np.arange(min(64, len(targets)))), sensors, grid_of(2.0, 60.0),
        DEMAND, 1e6, device,
    )[0]  # fmt: skip
    kernels.count(device, warm_up)
    found = kernels.count(device, stretch)
    facts = {
        "device": limits.name, "bytes_per_s": limits.bytes_per_s, "fused_per_s": limits.fused_per_s,
        "objects": len(targets), "contributors": len(sensors), "samples": len(grid),
        "tests": found.tests, "tracks": found.tracks, "blocks": found.blocks, "chunk": found.chunk,
        "seconds": found.seconds, "device_seconds": found.device_seconds,
        "tests_per_s": found.tests / found.device_seconds, "by_kernel_s": found.by_kernel,
    }  # fmt: skip
    if arguments.compare:
        facts["numpy_tests_per_s"], facts["windows_alike"] = compared(
            device, targets, sensors, arguments.step
        )
        facts["ratio"] = found.tests / found.seconds / facts["numpy_tests_per_s"]
    for steps in (1, 2, 3) if arguments.cells else ():
        seconds, size = evaluation(device, arguments.cells, 200, steps)
        facts[f"cut_{steps}_s"], facts[f"cut_{steps}_bandwidth"] = (
            seconds,
            size / seconds / limits.bytes_per_s,
        )
        seconds, cells = evaluation_in_weather(device, arguments.cells, 200, steps)
        facts[f"weather_{steps}_s"], facts[f"weather_{steps}_cells_per_s"] = (
            seconds,
            cells / seconds,
        )
    return facts, found, limits


def table(facts, found, limits):
    """Print what was measured."""
    copy_gb_s = limits.bytes_per_s / 1e9
    print(f"{limits.name}: copy {copy_gb_s:.0f} GB/s, fused {limits.fused_per_s:.3g}/s")
    print(
        f"{facts['objects']:,} objects x {facts['contributors']} contributors x "
        f"{facts['samples']:,} samples = {facts['tests']:.3g} tests; {facts['tracks']:,} tracks; "
        f"{facts['blocks']} blocks of targets, chunks of {facts['chunk']:,} samples"
    )
    print(f"{'stage':<22}{'ms':>12}{'share':>8}  rate")
    for stage, ms, share, rate in kernels.rows(found, limits):
        print(f"{stage:<22}{ms:>12}{share:>8}  {rate}")
    ms, rate = facts["device_seconds"] * 1e3, facts["tests_per_s"]
    print(f"{'all kernels':<22}{ms:>12.2f}{'':>8}  {rate:.3g} tests/s")
    print(f"{'from first to last':<22}{facts['seconds'] * 1e3:>12.2f}")
    for steps in (1, 2, 3):
        if f"cut_{steps}_s" in facts:
            ms, share = facts[f"cut_{steps}_s"] * 1e3, facts[f"cut_{steps}_bandwidth"]
            print(f"{f'cut, {steps} credit steps':<22}{ms:>12.3f}{'':>8}  {share:.0%} of a copy")
            ms, rate = facts[f"weather_{steps}_s"] * 1e3, facts[f"weather_{steps}_cells_per_s"]
            print(f"{f'  over {DRAWS} skies':<22}{ms:>12.3f}{'':>8}  {rate:.3g} cells/s")
    if "ratio" in facts:
        print(
            f"NumPy on this machine: {facts['numpy_tests_per_s']:.3g} tests/s, "
            f"ratio {facts['ratio']:.3g} (from first to last); {facts['windows_alike']:.4%} of the "
            "sample's windows alike"
        )


def above_zero(kind):
    """Reader of a number of the command line."""

    def read(text):
        number = kind(text)
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError(f"got {text}, must be above 0")
        return number

    read.__name__ = kind.__name__
    return read


def zero_or_above(text):
    """Read a number of the command line that may be 0."""
    return 0.0 if text == "0" else above_zero(float)(text)


def parsed(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=above_zero(int), default=26389)
    parser.add_argument("--contributors", type=above_zero(int), default=100)
    parser.add_argument("--days", type=above_zero(float), default=365.0)
    parser.add_argument("--step", type=above_zero(float), default=60.0)
    parser.add_argument(
        "--cells", type=zero_or_above, default=1e8, help="of the optimiser; 0 leaves it out"
    )
    parser.add_argument("--debris", action="store_true", help="pieces from 1 cm on, all low")
    parser.add_argument("--no-compare", dest="compare", action="store_false")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(scale=1.0)
    return parser.parse_args(argv)


def main(argv=None, device=None, scale=1.0):
    """Run; `device` and `scale` let the host stand in for a GPU in a test."""
    arguments = parsed(argv)
    arguments.scale = scale
    device = device or device_of(select("cupy"))
    facts, found, limits = measured(device, arguments)
    if arguments.json:
        print(json.dumps(facts))
    else:
        table(facts, found, limits)
    return facts


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KansokuError as failure:
        print(failure, file=sys.stderr)
        sys.exit(2)
