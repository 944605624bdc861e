"""Every criterion against the textbook in plain Python, and the two ways to evaluate them."""

import math

import numpy as np
import pytest

from kansoku.backend import to_numpy
from kansoku.ephemeris.states import StateBlock
from kansoku.visibility import mask, photometry
from kansoku.visibility.views import packed, views
from kansoku.visibility.watch import Scene, Sky, sky_of, watch_of
from naive import visibility as naive
from sensor_rows import FAN_ROW, HEMISPHERE, RADAR_ROW, sensors_of
from strict import strict

SUN_DISTANCE_M = 1.496e11
LIMITS = mask.Limits(math.radians(12.0), "conical")


def random_row(rng):
    """A sensor with every kind of limit, its parameters drawn widely."""
    base = (HEMISPHERE, RADAR_ROW, FAN_ROW)[rng.integers(3)]
    row = base | {
        "latitude": rng.uniform(-89, 89),
        "longitude": rng.uniform(-180, 180),
        "altitude": rng.uniform(0, 4000),
        "elevation_min": rng.uniform(-5, 30),
        "elevation_max": rng.choice([60.0, 85.0, 90.0, 105.0]),
        "boresight_azimuth": rng.uniform(0, 360),
        "boresight_elevation": rng.uniform(30, 90),
        "cone": rng.choice([40.0, 70.0, 180.0]),
    }
    if rng.random() < 0.5:
        row |= {"azimuth_min": rng.uniform(0, 360), "azimuth_max": rng.uniform(0, 360)}
    if row["kind"] == "optical":
        row["limit"] = rng.uniform(5, 20)
    if row["kind"] == "fan":
        row |= {
            "fan_plane_azimuth": rng.uniform(0, 360),
            "fan_tilt": rng.uniform(40, 90),
            "fan_half_thickness": rng.uniform(1, 40),
        }
    return row


def random_direction(rng, size):
    vector = rng.normal(size=(3, size))
    return vector / np.linalg.norm(vector, axis=0)


def cases(rng, count):
    """Random sensors, each with a target that is often in its sky, and a Sun."""
    rows = [random_row(rng) for _ in range(count)]
    sites = np.array(
        [naive.site_ecef(r["latitude"], r["longitude"], r["altitude"]) for r in rows]
    ).T
    target = sites * 1.02 + random_direction(rng, count) * rng.choice([6e5, 2e6, 3e7], size=count)
    sun = random_direction(rng, count) * SUN_DISTANCE_M
    things = {
        "diameter": rng.uniform(0.1, 10, count),
        "albedo": rng.uniform(0.05, 0.5, count),
        "rcs": rng.uniform(0.001, 10, count),
    }
    return rows, target, sun, things


def fast_verdicts(xp, rows, target, sun, things):
    """Verdicts of the code under test; each case has its own Sun, so one call a case's Sky."""
    watch = watch_of(xp, sensors_of(rows))
    scene = Scene(*(xp.asarray(things[name]) for name in ("diameter", "albedo", "rcs")))
    results = {name: np.zeros(len(rows), dtype=bool) for name in mask.CRITERIA}
    for i in range(len(rows)):
        still = xp.asarray(np.stack([sun[:, i], sun[:, i]], axis=1))
        sky = Sky(still, xp.zeros((1, 2), dtype=bool), xp.asarray(np.array([0.0, 60.0])), 60.0)
        one = xp.asarray(np.array([i]))
        samples = mask.Samples(one, one, xp.asarray(np.array([30.0])))
        found = mask.verdicts(
            xp, watch, scene, sky, LIMITS, samples, xp.asarray(target[:, i : i + 1])
        )
        for name, value in found.items():
            results[name][i] = bool(to_numpy(value)[0])
    return results


@pytest.mark.parametrize("xp", [np, strict], ids=["numpy", "strict"])
def test_every_criterion_agrees_with_the_textbook(xp):
    rows, target, sun, things = cases(np.random.default_rng(7), 1500 if xp is np else 60)
    found = fast_verdicts(xp, rows, target, sun, things)
    for i, row in enumerate(rows):
        thing = {name: things[name][i] for name in things}
        expected = naive.verdicts(row, thing, tuple(target[:, i]), tuple(sun[:, i]))
        for name, value in expected.items():
            assert found[name][i] == value, (name, i, row)
    for name in mask.CRITERIA[1:]:
        share = found[name].mean()
        assert 0.02 < share < 1.0, f"{name} is never decided by these cases: {share}"


def test_a_state_that_is_lost_fails_propagation_and_is_not_visible():
    rows = [HEMISPHERE]
    target = np.full((3, 1), np.nan)
    things = {"diameter": np.ones(1), "albedo": np.ones(1), "rcs": np.ones(1)}
    sun = np.array([[SUN_DISTANCE_M], [0.0], [0.0]])
    assert not fast_verdicts(np, rows, target, sun, things)["propagation"][0]


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


def moving_block(rng, targets, steps, step_s):
    """Circular orbits about a non-rotating Earth: smooth states with exact velocities."""
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
    usable = np.ones((targets, steps), dtype=bool)
    usable[0, steps // 2 :] = False
    position[:, 0, steps // 2 :] = np.nan
    return StateBlock(0, targets, position, velocity, usable, np.zeros(targets, dtype=np.int8))


def scene_for(rng, targets):
    return Scene(
        rng.uniform(0.1, 10, targets), np.full(targets, 0.2), rng.uniform(0.001, 10, targets)
    )


class StillGrid:
    """The part of a time grid that a sky needs, with the Sun standing still."""

    def __init__(self, steps, step_s):
        self.sun_itrf_m = np.repeat([[SUN_DISTANCE_M], [0.0], [2e10]], steps, axis=1)
        self.seconds = np.arange(steps) * step_s
        self.step_s = step_s


def test_views_of_a_block_are_the_verdicts_at_every_sample():
    rng = np.random.default_rng(3)
    rows = [random_row(rng) for _ in range(25)]
    # Several instruments at one place share their geometry.
    rows += [RADAR_ROW, HEMISPHERE, FAN_ROW | {"fan_half_thickness": 20.0}]
    targets, steps, step_s = 12, 200, 60.0
    block, scene = moving_block(rng, targets, steps, step_s), scene_for(rng, targets)
    watch = watch_of(np, sensors_of(rows))
    sky = sky_of(np, watch, StillGrid(steps, step_s), LIMITS.sun_depression_rad)
    row, step = np.divmod(np.arange(targets * steps), steps)
    seen_by_anyone = 0
    for view in views(np, watch, scene, sky, LIMITS, block):
        samples = mask.Samples(np.full(row.shape, view.contributor), row, step * step_s)
        flat = block.position_itrf_m.reshape(3, -1)
        joined = mask.all_of(mask.verdicts(np, watch, scene, sky, LIMITS, samples, flat))
        bits = np.unpackbits(packed(np, view, targets, steps), axis=1, count=steps).ravel()
        np.testing.assert_array_equal(
            bits.astype(bool), joined, err_msg=str(rows[view.contributor])
        )
        seen_by_anyone += int(joined.sum())
    assert seen_by_anyone > 500


def test_views_run_on_arrays_that_refuse_numpy():
    rng = np.random.default_rng(4)
    rows = [HEMISPHERE, RADAR_ROW, FAN_ROW, RADAR_ROW | {"azimuth_min": 300.0, "azimuth_max": 60.0}]
    block, scene = moving_block(rng, 4, 100, 60.0), scene_for(rng, 4)
    device = StateBlock(
        0,
        4,
        *(strict.asarray(a) for a in (block.position_itrf_m, block.velocity_itrf_m_s)),
        strict.asarray(block.usable),
        strict.asarray(block.error),
    )
    device_scene = Scene(*(strict.asarray(a) for a in vars(scene).values()))
    grid = StillGrid(100, 60.0)
    both = []
    for xp, states, things in ((np, block, scene), (strict, device, device_scene)):
        watch = watch_of(xp, sensors_of(rows))
        sky = sky_of(xp, watch, grid, LIMITS.sun_depression_rad)
        seen = views(xp, watch, things, sky, LIMITS, states)
        both.append([to_numpy(view.visible) for view in seen])
    for expected, found in zip(*both, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert sum(map(len, both[0])) > 50
