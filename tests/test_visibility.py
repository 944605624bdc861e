"""Every criterion against the textbook in plain Python, and magnitudes that are published."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kansoku.backend import to_numpy
from kansoku.visibility import criteria, photometry
from kansoku.visibility.sight import Sight
from kansoku.visibility.views import packed
from naive import visibility as naive
from random_rows import EVERY_ROW, random_row
from sensor_rows import HEMISPHERE
from stages import (
    LIMITS,
    MOON_DISTANCE_M,
    SETTINGS,
    SUN_DISTANCE_M,
    THING,
    block_of,
    random_direction,
    random_thing,
    rules_of,
    stage_for,
)
from strict import strict

STEP_S = 60.0


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
