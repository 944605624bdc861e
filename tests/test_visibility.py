"""Every criterion against the textbook in plain Python, and the two ways to evaluate them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kansoku.backend import to_numpy
from kansoku.visibility import criteria, photometry
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage
from kansoku.visibility.views import packed, views
from naive import visibility as naive
from sensor_rows import FAN_ROW, HEMISPHERE, LASER_ROW, RADAR_ROW, RECEIVER_ROW
from stages import (
    LIMITS,
    MOON_DISTANCE_M,
    SUN_DISTANCE_M,
    THING,
    Grid,
    block_of,
    random_thing,
    rules_of,
    stage_for,
)
from strict import strict

STEP_S = 60.0
EVERY_ROW = (HEMISPHERE, HEMISPHERE, RADAR_ROW, FAN_ROW, LASER_ROW, RECEIVER_ROW)


def random_row(rng):
    """A sensor with every kind of limit, its parameters drawn widely."""
    base = EVERY_ROW[rng.integers(len(EVERY_ROW))]
    row = base | {
        "latitude": rng.uniform(-89, 89),
        "longitude": rng.uniform(-180, 180),
        "altitude": rng.uniform(0, 4000),
        "elevation_min": rng.choice([rng.uniform(-5, 30), rng.uniform(30, 60)], p=[0.8, 0.2]),
        "elevation_max": rng.choice([60.0, 85.0, 90.0, 105.0]),
        "boresight_azimuth": rng.uniform(0, 360),
        "boresight_elevation": rng.uniform(30, 90),
        "cone": rng.choice([40.0, 70.0, 180.0]),
    }
    if rng.random() < 0.5:
        row |= {"azimuth_min": rng.uniform(0, 360), "azimuth_max": rng.uniform(0, 360)}
    if rng.random() < 0.4:
        wall = rng.uniform(-2, 40, 361)
        wall[-1] = wall[0]
        row["horizon"] = wall.tolist()
    return row | OF_KIND.get(row["kind"], lambda rng: {})(rng)


def random_telescope(rng):
    seeing, sky = rng.uniform(0.6, 4.0), rng.uniform(18.0, 22.0)
    as_stated = rng.random() < 0.3
    return {
        "limit": rng.uniform(5, 20),
        "aperture": 10 ** rng.uniform(-1, 0.5),
        "exposure": 10 ** rng.uniform(-1, 1.3),
        "reference_exposure": 10 ** rng.uniform(-1, 1.3),
        "snr": rng.uniform(3, 10),
        "read_noise": rng.uniform(1, 15),
        "pixel": rng.uniform(0.5, 10),
        "seeing": seeing,
        "reference_seeing": seeing if as_stated else rng.uniform(0.6, 4.0),
        "sky": sky,
        "reference_sky": sky if as_stated else rng.uniform(18.0, 22.0),
        "extinction": rng.uniform(0.08, 0.6),
        "follows": bool(rng.random() < 0.5),
        "fastest": 10 ** rng.uniform(-3, 1.2),
        "moon_exclusion": rng.uniform(0, 40),
        "sun_exclusion": rng.uniform(0, 60),
    }


def random_radar(rng):
    return {
        "reference_range": 10 ** rng.uniform(5.5, 7.5),
        "reference_snr": rng.uniform(8, 20),
        "false_alarm": 10 ** rng.uniform(-9, -3),
        "wavelength": 10 ** rng.uniform(-1.5, 0.5),
    }


def random_fan(rng):
    return random_radar(rng) | {
        "fan_plane_azimuth": rng.uniform(0, 360),
        "fan_tilt": rng.uniform(40, 90),
        "fan_half_thickness": rng.uniform(1, 40),
    }


def random_laser(rng):
    debris = rng.random() < 0.7
    return {
        "largest_range": 10 ** rng.uniform(5.8, 7.6),
        "debris_range": 10 ** rng.uniform(5.8, 7.6) if debris else math.nan,
        "debris_diameter": 0.5 if debris else math.nan,
        "sun_exclusion": rng.uniform(0, 60),
    }


OF_KIND = {
    "optical": random_telescope,
    "radar": random_radar,
    "fan": random_fan,
    "laser": random_laser,
    "passive_rf": lambda rng: {"largest_range": 10 ** rng.uniform(5.8, 7.6)},
}


def random_direction(rng, size):
    vector = rng.normal(size=(3, size))
    return vector / np.linalg.norm(vector, axis=0)


def cases(rng, count):
    """Random sensors, each with a target that is often in its sky, a Sun and a Moon."""
    rows = [random_row(rng) for _ in range(count)]
    sites = np.array(
        [naive.site_ecef(r["latitude"], r["longitude"], r["altitude"]) for r in rows]
    ).T
    target = sites * 1.02 + random_direction(rng, count) * rng.choice([6e5, 2e6, 3e7], size=count)
    velocity = random_direction(rng, count) * rng.uniform(100.0, 8000.0, count)
    sun = random_direction(rng, count) * SUN_DISTANCE_M
    moon = random_direction(rng, count) * MOON_DISTANCE_M
    # Suns behind the Earth from a target, and Moons near one, that chance would bring too seldom
    behind = np.arange(count) % 4 == 1
    sun[:, behind] = -target[:, behind] / np.linalg.norm(target[:, behind], axis=0) * SUN_DISTANCE_M
    sun += rng.normal(scale=0.3, size=sun.shape) * SUN_DISTANCE_M * behind
    near = np.arange(count) % 7 == 2
    moon[:, near] = (target - sites)[:, near] + rng.normal(scale=0.3, size=(3, near.sum())) * (
        np.linalg.norm((target - sites)[:, near], axis=0)
    )
    moon *= MOON_DISTANCE_M / np.linalg.norm(moon, axis=0)
    things = [random_thing(rng) for _ in range(count)]
    return rows, things, (target, velocity, sun, moon)


class GivenGrid:
    """A sky whose Sun and Moon are given sample by sample."""

    def __init__(self, sun, moon):
        self.sun_itrf_m, self.moon_itrf_m, self.step_s = sun, moon, STEP_S
        self.seconds = np.arange(sun.shape[1]) * STEP_S


def fast_verdicts(xp, rows, things, vectors, limits=LIMITS, on_grid=True, at_once=100):
    """Verdicts of the code under test: case k is contributor k, target k and sample k."""
    found = []
    for start in range(0, len(rows), at_once):
        some = slice(start, start + at_once)
        target, velocity, sun, moon = (each[:, some] for each in vectors)
        count = target.shape[1]
        states = (np.repeat(each[:, :, None], count, axis=2) for each in (target, velocity))
        block, grid = block_of(xp, *states), GivenGrid(sun, moon)
        stage = stage_for(xp, rows[some], things[some], block, grid, limits)
        each = xp.arange(count)
        when = {"step": each} if on_grid else {"seconds": each * STEP_S}
        verdicts = criteria.verdicts(Sight(stage, each, each, **when))
        found.append({name: to_numpy(value) for name, value in verdicts.items()})
    return {name: np.concatenate([part[name] for part in found]) for name in criteria.CRITERIA}


SETTINGS = {
    "as configured": {},
    "penumbra, in most cases": {"shadow": "penumbra", "detection_probability": 0.9},
    "cylinder, now and then": {"shadow": "cylindrical", "detection_probability": 0.1},
    "refraction": {"refraction": True},
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("on_grid", [True, False], ids=["samples", "any instant"])
def test_every_criterion_agrees_with_the_textbook(setting, on_grid):
    check_criteria(np, replace(LIMITS, **SETTINGS[setting]), on_grid, 1500)


@pytest.mark.parametrize("on_grid", [True, False], ids=["samples", "any instant"])
def test_every_criterion_runs_on_arrays_that_refuse_numpy(on_grid):
    check_criteria(strict, replace(LIMITS, refraction=True), on_grid, 200)


def check_criteria(xp, limits, on_grid, count):
    rows, things, vectors = cases(np.random.default_rng(7), count)
    found = fast_verdicts(xp, rows, things, vectors, limits, on_grid)
    for i, (row, thing) in enumerate(zip(rows, things, strict=True)):
        moment = naive.Moment(*(tuple(each[:, i].tolist()) for each in vectors))
        expected = naive.verdicts(row, thing, moment, rules_of(limits))
        assert set(expected) == set(found)
        for name, value in expected.items():
            assert found[name][i] == value, (name, i, row, thing)
    assert found["propagation"].all()
    for name in list(criteria.CRITERIA)[1:]:
        share = found[name].mean()
        assert 0.02 < share < 0.995, f"{name} is never decided by these cases: {share}"


def test_criteria_are_in_the_order_of_the_contract():
    target, sun, moon = (7e6, 0.0, 0.0), (SUN_DISTANCE_M, 0.0, 0.0), (0.0, MOON_DISTANCE_M, 0.0)
    moment = naive.Moment(target, (0.0, 7e3, 0.0), sun, moon)
    assert list(criteria.CRITERIA) == list(naive.verdicts(HEMISPHERE, THING, moment))


@pytest.mark.parametrize("horizon", [-90.0, [20.0] * 361], ids=["open", "hills"])
@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row["kind"])
def test_a_state_that_is_lost_fails_propagation_and_is_not_visible(row, horizon):
    row = row | {"horizon": horizon}
    lost, sun = np.full((3, 1, 2), np.nan), np.full((3, 2), SUN_DISTANCE_M)
    grid = GivenGrid(sun, sun * [[-0.002], [0.002], [0.001]])
    stage = stage_for(np, [row], [THING], block_of(np, lost, lost), grid)
    first = np.array([0])
    for when in ({"step": first}, {"seconds": np.array([20.0])}):
        sight = Sight(stage, 0, first, **when)
        assert not criteria.verdicts(sight)["propagation"][0]
        assert len(criteria.visible_among(sight)) == 0
    assert not packed(stage).any()
    moment = naive.Moment((math.nan,) * 3, (0.0,) * 3, (1.0,) * 3, (1.0,) * 3)
    assert naive.decided_by(row, THING, moment) == "propagation"


@pytest.mark.parametrize(
    ("phase_deg", "distance_m", "diameter_m", "expected"),
    [
        (0.0, 38_000e3, 1.0, 14.9),
        (90.0, 38_000e3, 1.0, 16.1),
        (60.0, 384_400e3, 1.0, 20.4),
        (60.0, 384_400e3, 2.0, 18.9),
        (60.0, 384_400e3, 5.0, 16.9),
        (60.0, 384_400e3, 10.0, 15.4),
    ],
)
def test_magnitudes_meet_the_anchors_of_the_formulation(
    phase_deg, distance_m, diameter_m, expected
):
    cosine = np.cos(np.radians(phase_deg))
    found = photometry.diffuse_sphere_magnitude(np, diameter_m, 0.2, distance_m, cosine)
    assert found == pytest.approx(expected, abs=0.05)


def test_magnitude_18_at_geo_is_a_sphere_of_31_cm_at_albedo_a_tenth():
    found = photometry.diffuse_sphere_magnitude(np, 0.31, 0.1, 36_000e3, 1.0)
    assert found == pytest.approx(18.0, abs=0.05)


# Whole blocks ---------------------------------------------------------------------------------


def moving_block(xp, rng, targets, steps, step_s):
    """Circular orbits about a non-rotating Earth: smooth states with exact velocities.

    The first target is lost half-way, the second for a while.
    """
    radius = rng.choice([6.9e6, 7.4e6, 2.6e7, 4.2e7], size=targets)
    rate = np.sqrt(3.986e14 / radius**3)
    first, other = random_direction(rng, targets), random_direction(rng, targets)
    second = other - first * (first * other).sum(axis=0)
    second /= np.linalg.norm(second, axis=0)
    angle = rate[:, None] * np.arange(steps) * step_s + rng.uniform(0, 6, targets)[:, None]
    outward = first[:, :, None] * np.cos(angle) + second[:, :, None] * np.sin(angle)
    along = second[:, :, None] * np.cos(angle) - first[:, :, None] * np.sin(angle)
    position = radius[None, :, None] * outward
    velocity = (radius * rate)[None, :, None] * along
    position[:, 0, steps // 2 :] = np.nan
    position[:, 1, steps // 3 : steps // 2] = np.nan
    return block_of(xp, position, velocity)


def turning(distance_m, hours, height=0.15):
    """A body that goes round once in some hours."""

    def at(seconds):
        angle = 2 * math.pi * seconds / (hours * 3600.0)
        return distance_m * np.array([math.cos(angle), -math.sin(angle), height])

    return at


def moving_stage(xp, rng, rows, targets, steps, step_s=STEP_S, limits=LIMITS):
    """Random orbits under a Moon opposite to the Sun, so that it is up wherever it is dark."""
    block = moving_block(xp, rng, targets, steps, step_s)
    things = [random_thing(rng) for _ in range(targets)]
    sun, moon = turning(SUN_DISTANCE_M, 24.0), turning(-MOON_DISTANCE_M, 24.8, 0.3)
    return stage_for(xp, rows, things, block, Grid(steps, step_s, sun, moon), limits)


def instruments(rng):
    """Sensors of every kind; some places have several with several lowest elevations."""
    rows = [random_row(rng) for _ in range(40)]
    place = {"latitude": 20.0, "longitude": -156.0, "altitude": 3000.0}
    together = [HEMISPHERE, RADAR_ROW, FAN_ROW | {"fan_half_thickness": 20.0}, LASER_ROW]
    together += [HEMISPHERE | {"elevation_min": e, "limit": 14.0} for e in (-3.0, 5.0, 45.0, 62.0)]
    far = {"reference_range": 1.5e7}
    together += [RADAR_ROW | {"elevation_min": e} | far for e in (-1.0, 50.0)]
    together += [RECEIVER_ROW, RECEIVER_ROW | {"elevation_min": 0.0}]
    return rows + [row | place for row in together] + [random_row(rng) | place for _ in range(6)]


def dense(stage: Stage):
    """Whether every criterion passes, (C, n, T): one verdict after the other, nothing left out."""
    shape = (len(stage.watch.host), stage.targets, stage.steps)
    seen = np.zeros(shape, dtype=bool)
    row, step = np.nonzero(stage.block.usable)
    for c in range(shape[0]):
        found = criteria.verdicts(Sight(stage, c, row, step))
        seen[c, row, step] = np.logical_and.reduce(list(found.values()))
    return seen


@pytest.mark.parametrize("setting", SETTINGS)
def test_views_of_a_block_are_the_verdicts_at_every_sample(setting):
    """Nothing is lost by culling: in single precision, as grids are judged, bit for bit."""
    rng = np.random.default_rng(3)
    rows = instruments(rng)
    stage = moving_stage(np, rng, rows, 40, 500, limits=replace(LIMITS, **SETTINGS[setting]))
    expected = dense(stage.single)
    bits = np.unpackbits(packed(stage), axis=2, count=stage.steps).astype(bool)
    for c, row in enumerate(rows):
        np.testing.assert_array_equal(bits[c], expected[c], err_msg=str(row))
    between = np.zeros_like(bits)
    for view in views(stage):
        between[view.visible.contributor, view.visible.row, view.visible.step] = True
    fans = np.array([row["kind"] == "fan" for row in rows])
    np.testing.assert_array_equal(between[~fans], expected[~fans])
    assert not between[fans].any()
    kinds = np.array([row["kind"] for row in rows])
    for kind in OF_KIND:
        assert expected[kinds == kind].sum() > 100, kind
    # A few samples in a million stand as near to a limit as single precision is coarse
    assert (dense(stage) != bits).mean() <= 5e-6


def at_elevations(rows, elevation_deg, range_m, azimuth_deg):
    """Earth-fixed places where targets stand in the sky of sensors, (3, C)."""
    up, place = np.radians(elevation_deg), []
    for k, row in enumerate(rows):
        lat, lon = np.radians(row["latitude"]), np.radians(row["longitude"])
        sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
        axes = np.array(
            [
                [-sin_lon, -sin_lat * cos_lon, cos_lat * cos_lon],
                [cos_lon, -sin_lat * sin_lon, cos_lat * sin_lon],
                [0.0, cos_lat, sin_lat],
            ]
        )
        az = np.radians(azimuth_deg[k])
        flat = np.cos(up[k])
        sight = range_m[k] * np.array([flat * np.sin(az), flat * np.cos(az), np.sin(up[k])])
        site = naive.site_ecef(row["latitude"], row["longitude"], row["altitude"])
        place.append(axes @ sight + site)
    return np.array(place).T


@pytest.mark.parametrize("lowest", [-5.0, -2.0, -0.3, 0.0, 3.0, 5.0, 14.9, 30.0, 45.0, 62.0, 84.0])
def test_what_stands_just_above_the_lowest_elevation_is_never_culled(lowest):
    """Also where the vertical is farthest from the Earth's centre, from valleys and mountains."""
    rng, count = np.random.default_rng(round(10 * lowest) + 100), 200
    rows = [
        RADAR_ROW
        | {
            "latitude": rng.uniform(-90, 90),
            "longitude": rng.uniform(-180, 180),
            "altitude": rng.choice([-400.0, 0.0, 5000.0]),
            "elevation_min": lowest,
            "reference_range": 1e12,
        }
        for _ in range(count)
    ]
    far = 10 ** rng.uniform(5.5 if lowest > 0 else 6.3, 8.0, count)
    just_above = at_elevations(rows, np.full(count, lowest + 1e-3), far, rng.uniform(0, 360, count))
    just_below = at_elevations(rows, np.full(count, lowest - 1e-3), far, rng.uniform(0, 360, count))
    position = np.stack([just_above, just_below], axis=2)
    block = block_of(np, position, np.zeros_like(position))
    grid = Grid(2, STEP_S, turning(SUN_DISTANCE_M, 24.0), turning(-MOON_DISTANCE_M, 24.8, 0.3))
    stage = stage_for(np, rows, [THING] * count, block, grid)
    each = np.arange(count)
    bits = np.unpackbits(packed(stage), axis=2, count=2)[each, each]
    assert bits.tolist() == [[1, 0]] * count
    between = np.zeros((count, count, 2), dtype=bool)
    for view in views(stage):
        between[view.visible.contributor, view.visible.row, view.visible.step] = True
    np.testing.assert_array_equal(between[each, each], bits)


def test_views_run_on_arrays_that_refuse_numpy():
    rows = instruments(np.random.default_rng(4))
    both = []
    for xp in (np, strict):
        stage = moving_stage(xp, np.random.default_rng(5), rows, 6, 100)
        seen = [
            [to_numpy(each) for each in (part.contributor, part.row, part.step)]
            for view in views(stage)
            for part in (view.visible, view.pockets, view.crossings)
        ]
        both.append([*seen, [to_numpy(packed(stage))]])
    for expected, found in zip(*both, strict=True):
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_array_equal(other, one)
    assert np.unpackbits(both[0][-1][0]).sum() > 400
