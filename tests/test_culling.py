"""Whole blocks: culling loses nothing that a verdict at every sample would give."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kansoku.backend import to_numpy
from kansoku.visibility import criteria
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import Stage
from kansoku.visibility.views import packed, views
from random_rows import OF_KIND, random_row
from sensor_rows import FAN_ROW, HEMISPHERE, LASER_ROW, RADAR_ROW, RECEIVER_ROW
from stages import (
    LIMITS,
    MOON_DISTANCE_M,
    SETTINGS,
    SUN_DISTANCE_M,
    THING,
    Grid,
    block_of,
    in_the_sky,
    random_direction,
    random_thing,
    stage_for,
)
from strict import strict

STEP_S = 60.0


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
    each = zip(rows, azimuth_deg, elevation_deg, range_m, strict=True)
    return np.stack([in_the_sky(*one) for one in each], axis=1)


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
