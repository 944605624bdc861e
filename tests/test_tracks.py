"""Tracks at 60 s against a search second by second, by an oracle that shares no code."""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.backend import to_numpy
from kansoku.coverage.tracks import Tracks, count_by_window, tracks_of
from kansoku.visibility.reasons import reached
from kansoku.visibility.views import visible_samples
from naive import tracks as naive
from naive import visibility as naive_visibility
from sensor_rows import FAN_ROW, HEMISPHERE, LASER_ROW, RADAR_ROW, RECEIVER_ROW
from stages import MOON_DISTANCE_M, SUN_DISTANCE_M, THING, Grid, block_of, stage_for
from strict import strict

GM = 3.986e14
EARTH_RATE_RAD_S = 7.292e-5
STEP_S, WINDOW_S, LONGEST_S = 60.0, 3600.0, 1200.0

# Valleys and hills of 12 to 28 degrees, five of each around the site
HILLS = [20.0 + 8.0 * math.sin(math.radians(5 * azimuth)) for azimuth in range(361)]

EVERY_KIND = {
    "telescope": HEMISPHERE | {"limit": 14.0, "minimum_track": 20.0},
    "survey telescope in the south": HEMISPHERE
    | {"latitude": -31.0, "longitude": 170.0, "elevation_min": 30.0, "minimum_track": 6.0},
    "radar": RADAR_ROW | {"elevation_min": 3.0, "minimum_track": 60.0},
    "short-range radar": RADAR_ROW | {"reference_range": 0.65e6, "minimum_track": 30.0},
    "cone of 60 degrees elevation": RADAR_ROW
    | {"cone": 30.0, "elevation_min": 60.0, "minimum_track": 15.0},
    "inclined cone": RADAR_ROW
    | {"boresight_azimuth": 70.0, "boresight_elevation": 50.0, "cone": 20.0},
    "sector through north": RADAR_ROW
    | {"azimuth_min": 300.0, "azimuth_max": 60.0, "elevation_min": 0.0, "elevation_max": 85.0},
    "sector beyond the zenith": RADAR_ROW
    | {"azimuth_min": 120.0, "azimuth_max": 240.0, "elevation_min": 5.0, "elevation_max": 105.0},
    "vertical fan": FAN_ROW,
    "tilted fan": FAN_ROW
    | {"fan_plane_azimuth": 30.0, "fan_tilt": 70.0, "fan_half_thickness": 0.3},
    "fan with a long dwell": FAN_ROW | {"fan_half_thickness": 1.0, "minimum_track": 2.5},
    "telescope on the stars": HEMISPHERE | {"follows": False, "exposure": 2.0, "limit": 17.0},
    "telescope among hills": HEMISPHERE | {"horizon": HILLS, "limit": 16.0, "moon_exclusion": 30.0},
    "laser": LASER_ROW,
    "receiver": RECEIVER_ROW | {"horizon": HILLS, "minimum_track": 30.0},
}


@dataclass(frozen=True)
class Orbit:
    """A circular orbit over a turning Earth: Earth-fixed position and velocity in closed form."""

    radius_m: float
    first: tuple
    second: tuple
    phase_rad: float

    def in_space(self, seconds):
        rate = math.sqrt(GM / self.radius_m**3)
        angle = self.phase_rad + rate * seconds
        c, s = self.radius_m * math.cos(angle), self.radius_m * math.sin(angle)
        position = [c * a + s * b for a, b in zip(self.first, self.second, strict=True)]
        velocity = [rate * (c * b - s * a) for a, b in zip(self.first, self.second, strict=True)]
        return position, velocity

    def position(self, seconds):
        return turned(self.in_space(seconds)[0], EARTH_RATE_RAD_S * seconds)

    def velocity(self, seconds):
        (x, y, _), (vx, vy, vz) = self.in_space(seconds)
        relative = (vx + EARTH_RATE_RAD_S * y, vy - EARTH_RATE_RAD_S * x, vz)
        return turned(relative, EARTH_RATE_RAD_S * seconds)


def turned(vector, angle):
    """The same vector in axes turned about the third one."""
    x, y, z = vector
    c, s = math.cos(angle), math.sin(angle)
    return (c * x + s * y, c * y - s * x, z)


def sun_at(seconds):
    """A Sun that goes round once a day."""
    angle = EARTH_RATE_RAD_S * seconds
    return (SUN_DISTANCE_M * math.cos(angle), -SUN_DISTANCE_M * math.sin(angle), 3e10)


def moon_at(seconds):
    """A Moon that lags a little, nearly full."""
    angle = 0.96 * EARTH_RATE_RAD_S * seconds + 0.4
    return (-MOON_DISTANCE_M * math.cos(angle), MOON_DISTANCE_M * math.sin(angle), 9e7)


def watched(path):
    """What the oracle looks at: an orbit under the sky, as a function of seconds."""

    def at(t):
        sky = sun_at(t), moon_at(t)
        return naive_visibility.Moment(path.position(t), path.velocity(t), *sky)

    return at


def orbits(rng, count, row, hours):
    """Random planes that pass near a sensor at some time of the span; every other one is low."""
    place = naive_visibility.site_ecef(row["latitude"], row["longitude"], row["altitude"])
    found = []
    for i in range(count):
        radius = rng.choice([6.6e6, 6.9e6, 7.2e6, 7.8e6]) if i % 2 else rng.choice([1.2e7, 4.2e7])
        instant = rng.uniform(0.1, 0.9) * hours * 3600.0
        overhead = turned(np.array(place) / np.linalg.norm(place), -EARTH_RATE_RAD_S * instant)
        first = np.array(overhead) + rng.normal(scale=0.08, size=3)
        first /= np.linalg.norm(first)
        other = rng.normal(size=3)
        second = other - first * (first @ other)
        second /= np.linalg.norm(second)
        phase = -math.sqrt(GM / radius**3) * instant
        found.append(Orbit(radius, tuple(first), tuple(second), phase))
    return found


def things_of(rng, count):
    return [
        THING
        | {
            "diameter": rng.uniform(0.2, 4.0),
            "rcs": 10 ** rng.uniform(-2, 1),
            "rcs_measured": bool(rng.random() < 0.5),
            "retroreflector": bool(rng.random() < 0.5),
            "emits": bool(rng.random() < 0.7),
        }
        for _ in range(count)
    ]


def stage_of(xp, rows, paths, things, hours, step_s=STEP_S):
    """Everything the code under test needs, from the closed forms."""
    grid = Grid(round(hours * 3600.0 / step_s) + 1, step_s, sun_at, moon_at)
    states = [
        np.array([[getattr(path, name)(t) for t in grid.seconds] for path in paths])
        for name in ("position", "velocity")
    ]
    block = block_of(xp, *(np.moveaxis(each, 2, 0) for each in states))
    return stage_for(xp, rows, things, block, grid)


def tracks_in(stage, window_s=WINDOW_S, longest_s=LONGEST_S):
    return tracks_of(stage, window_s, longest_s)


def counted(stage, window_s=WINDOW_S, longest_s=LONGEST_S):
    """Tracks by contributor, target and window, on the host."""
    windows = round(stage.end_s / window_s)
    shape = (len(stage.watch.host), stage.block.usable.shape[0], windows)
    found = tracks_in(stage, window_s, longest_s)
    return to_numpy(count_by_window(stage.xp, found, window_s, shape))


def dense_tracks(row, thing, path, hours):
    """Starts of tracks by the oracle, and how near any of them is to another count.

    The margin is the least distance in seconds to a decision that would go the other way: a
    duration to the minimum (of a whole run, or of its last piece), a start to a window's edge, a
    dwell to the least dwell, or a gap between runs (or a run) that a step of 60 s can miss.
    """
    end = hours * 3600.0
    least = row["minimum_track"]
    if row["kind"] == "fan":
        found = naive.crossings(row, thing, watched(path), end)
        near = [abs(dwell - least) / (0.02 * least) for _, dwell in found]
        starts = [instant for instant, dwell in found if dwell >= least]
    else:
        found = naive.runs(row, thing, watched(path), end)
        starts = naive.tracks(found, least, LONGEST_S)
        near = [abs((e - b - least + 600.0) % LONGEST_S - 600.0) for b, e in found]
        near += [0.0 for (_, e), (b, _) in itertools.pairwise(found) if b - e < STEP_S]
    near += [abs((s + 1800.0) % WINDOW_S - 1800.0) for s in starts if s > 0.0]
    return starts, min(near, default=math.inf)


def compare(rows, paths, things, hours):
    """Cells that differ, (sensor, target, margin) of each differing pair, and pairs with tracks."""
    fast = counted(stage_of(np, rows, paths, things, hours))
    windows = fast.shape[2]
    differing, pairs, total = [], 0, 0
    for c, row in enumerate(rows):
        for n, (path, thing) in enumerate(zip(paths, things, strict=True)):
            starts, margin = dense_tracks(row, thing, path, hours)
            pairs += bool(starts)
            total += len(starts)
            if fast[c, n].tolist() != naive.by_window(starts, WINDOW_S, windows):
                differing.append((c, n, margin, fast[c, n].tolist(), starts))
    return differing, pairs, total


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY_KIND)
def test_tracks_at_a_minute_are_those_of_a_search_at_a_second(name):
    """Apart from decisions nearer than 1 s, which the two may take differently."""
    rng, row = np.random.default_rng(list(EVERY_KIND).index(name)), EVERY_KIND[name]
    paths, things = orbits(rng, 24, row, hours=3), things_of(rng, 24)
    differing, pairs, total = compare([row], paths, things, hours=3)
    print(f"{name}: {total} tracks of {pairs} targets; differing {differing}")
    assert pairs >= 5
    assert all(margin < 1.0 for _, _, margin, _, _ in differing), differing
    assert len(differing) <= 1


def everything(xp=np, hours=3, step_s=STEP_S, seed=1):
    """Sensors of every kind over low and high targets."""
    rng, rows = np.random.default_rng(seed), list(EVERY_KIND.values())
    paths = [path for row in rows for path in orbits(rng, 3, row, hours)]
    return stage_of(xp, rows, paths, things_of(rng, len(paths)), hours, step_s)


@pytest.mark.parametrize(
    "kind", [HEMISPHERE | {"limit": 30.0}, RADAR_ROW], ids=lambda row: row["kind"]
)
def test_a_run_in_a_valley_between_two_samples_is_a_track(kind):
    """Terrain hides the target at both samples; nothing else does."""
    walls = [70.0 if azimuth % 40 > 14 else 10.0 for azimuth in range(361)]
    row = kind | {"latitude": 35.0, "longitude": 180.0, "elevation_min": 10.0, "horizon": walls}
    row |= {"moon_exclusion": 0.0, "sun_exclusion": 0.0, "minimum_track": 20.0}
    row |= {"reference_range": 1e9}
    paths = [p for p in orbits(np.random.default_rng(0), 80, row, 3) if p.radius_m < 1e7]
    found = tracks_in(stage_of(np, [row], paths, [THING] * len(paths), hours=3))
    for k, first in ((5, 7500), (7, 5460)):
        at = watched(paths[k])
        hidden = [t for t in range(first, first + 61) if naive.sees(row, THING, at(t))]
        assert len(hidden) > 20
        assert not {first, first + 60} & set(hidden)
        assert (np.abs(found.start_s[found.row == k] - hidden[0]) < 3.0).any()


def test_tracks_run_on_arrays_that_refuse_numpy():
    stage = everything()
    expected = counted(stage)
    assert expected.sum() > 40
    np.testing.assert_array_equal(counted(everything(strict)), expected)


@pytest.mark.parametrize("step_s", [20.0, 120.0, 300.0])
def test_tracks_do_not_depend_on_the_step(step_s):
    fine, other = counted(everything(step_s=10.0)), counted(everything(step_s=step_s))
    assert fine.sum() > 40
    # Dips of visibility between two seen samples join two runs; nothing else may differ.
    assert ((fine > 0) != (other > 0)).mean() <= 0.002
    assert abs(fine.sum(dtype=int) - other.sum(dtype=int)) <= 0.02 * fine.sum()


def test_a_lost_target_changes_no_other():
    stage = everything()
    position = stage.block.position_itrf_m.copy()
    usable = stage.block.usable.copy()
    position[:, 4, 50:], usable[4, 50:] = np.nan, False
    position[:, 7], usable[7] = np.nan, False
    lost = replace(stage, block=replace(stage.block, position_itrf_m=position, usable=usable))
    whole, part = counted(stage), counted(lost)
    others = np.setdiff1d(np.arange(whole.shape[1]), [4, 7])
    np.testing.assert_array_equal(part[:, others], whole[:, others])
    assert part[:, 7].sum() == 0
    assert part[:, 4].sum() <= whole[:, 4].sum()


def test_no_visible_sample_gives_no_track():
    stage = everything()
    blind = replace(stage, block=replace(stage.block, usable=np.zeros_like(stage.block.usable)))
    assert counted(blind).sum() == 0


def test_a_long_run_counts_as_successive_tracks_in_their_windows():
    """A geostationary target over a radar that reaches it: 3 h hold 9 tracks of 20 min."""
    place = naive_visibility.site_ecef(0.0, 0.0, 0.0)
    radius = (GM / EARTH_RATE_RAD_S**2) ** (1.0 / 3.0)
    still = Orbit(radius, tuple(np.array(place) / np.linalg.norm(place)), (0.0, 1.0, 0.0), 0.0)
    row = RADAR_ROW | {"latitude": 10.0, "longitude": 5.0, "reference_range": 1e8}
    stage = stage_of(np, [row], [still], [THING | {"rcs": 1.0}], hours=3)
    # The last piece, after 10 tracks of 1,000 s, is 800 s long: enough for a minimum of 20 s.
    assert counted(stage, longest_s=1200.0)[0, 0].tolist() == [3, 3, 3]
    assert counted(stage, longest_s=1000.0)[0, 0].tolist() == [4, 4, 3]
    starts = np.sort(to_numpy(tracks_in(stage, longest_s=1200.0).start_s))
    np.testing.assert_allclose(starts, np.arange(9) * 1200.0, atol=1e-6)


def test_counts_saturate_at_255():
    many = Tracks(np.zeros(300, int), np.zeros(300, int), np.zeros(300))
    assert count_by_window(np, many, WINDOW_S, (1, 1, 2)).tolist() == [[[255, 0]]]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(EVERY_KIND)), st.floats(0.5, 40.0), st.integers(0, 1000))
def test_a_higher_mask_never_lengthens_what_is_seen(name, raised, seed):
    rng, row = np.random.default_rng(seed), EVERY_KIND[name]
    higher = row | {"elevation_min": row["elevation_min"] + raised}
    stage = stage_of(np, [row, higher], orbits(rng, 6, row, 2), things_of(rng, 6), hours=2)
    seen = [set(), set()]
    for part in visible_samples(stage):
        seen[part.contributor] |= set(zip(part.row.tolist(), part.step.tolist(), strict=True))
    assert seen[1] <= seen[0]


def test_how_far_targets_get_runs_on_arrays_that_refuse_numpy():
    found = []
    for stage in (everything(), everything(strict)):
        found.append(to_numpy(reached(stage)))
    assert len(set(found[0].tolist())) >= 3
    np.testing.assert_array_equal(found[1], found[0])
