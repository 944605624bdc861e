"""Fields of regard on directions: sectors, tops beyond the zenith, cones, planes, limited fans."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.visibility import criteria, geometry
from kansoku.visibility.geometry import Look
from kansoku.visibility.sight import Sight
from naive import visibility as naive
from sensor_rows import FAN_ROW
from stages import MOON_DISTANCE_M, SUN_DISTANCE_M, THING, Grid, block_of, in_the_sky, stage_for
from strict import strict

SKY = Grid(1, 60.0, lambda _: (SUN_DISTANCE_M, 0.0, 0.0), lambda _: (0.0, MOON_DISTANCE_M, 0.0))

azimuths, elevations = st.floats(0, 360), st.floats(-10, 90)


def look_at(xp, azimuth, elevation, range_m=1e6):
    """A Look in the given directions, degrees."""
    rays = [naive.direction(a, e) for a, e in np.broadcast(azimuth, elevation)]
    east, north, up = range_m * np.array(rays).T
    return Look(*(xp.asarray(v) for v in (east, north, up, np.full(len(rays), range_m))))


def radians(xp, *degrees):
    return [xp.asarray(np.radians(value)) for value in degrees]


def fan_sight(xp, azimuth, elevation, fan, field=(0.0, 360.0, 90.0)):
    """A fan's sight of targets in the given directions; fan and field in degrees."""
    azimuth, elevation = np.atleast_1d(azimuth, elevation)
    plane = dict(zip(("fan_plane_azimuth", "fan_tilt", "fan_half_thickness"), fan, strict=True))
    limits = dict(zip(("azimuth_min", "azimuth_max", "elevation_max"), field, strict=True))
    row, count = FAN_ROW | plane | limits, len(azimuth)
    position = in_the_sky(row, azimuth, elevation, 1e6)[:, :, None]
    block = block_of(xp, position, np.zeros_like(position))
    stage = stage_for(xp, [row], [THING] * count, block, SKY)
    return Sight(stage, 0, xp.arange(count), step=xp.zeros(count, dtype=int))


@pytest.mark.parametrize("xp", [np, strict], ids=["numpy", "strict"])
@pytest.mark.parametrize(
    ("fan", "field"),
    [
        ((90, 90, 5), (0, 360, 90)),  # vertical, east to west, whole
        ((90, 90, 5), (0, 180, 90)),  # its eastern half
        ((90, 40, 20), (135, 225, 90)),  # leaning to the south, the middle of it
        ((300, 60, 30), (350, 60, 90)),  # limits on both sides of north
        ((20, 90, 10), (0, 60, 150)),  # beyond the zenith, down to 30 deg on the other side
    ],
)
def test_limited_fans_agree_with_the_textbook(xp, fan, field):
    rng = np.random.default_rng(11)
    azimuth, elevation = rng.uniform(0, 360, 4000), np.degrees(np.arcsin(rng.uniform(0, 1, 4000)))
    ours = criteria.azimuth(fan_sight(xp, azimuth, elevation, fan, field))
    ours = ours if xp is np else ours.get()
    sensor = {"fan_plane_azimuth": fan[0], "fan_tilt": fan[1]}
    low, high, top = field
    for i, (a, e) in enumerate(zip(azimuth, elevation, strict=True)):
        thin = abs(naive.out_of_plane(sensor, a, e)) <= fan[2]
        before = naive.in_sector(a, low, high) and e <= top
        beyond = naive.in_sector((a + 180) % 360, low, high) and 180 - e <= top
        assert ours[i] == (thin and (before or beyond)), (a, e)
    assert 0.005 < ours.mean() < 0.5


def test_a_plane_holds_its_own_lines_and_ends_at_its_thickness():
    # plane through azimuth 30, its steepest line at azimuth 120 and elevation 50
    fan = (30.0, 50.0, 2.0)
    lines = fan_sight(np, [30.0, 210.0, 120.0], [0.0, 0.0, 50.0], fan)
    assert criteria.within_fan(lines).all()
    assert np.abs(criteria.out_of_plane_m(lines)).max() < 1e-6
    steep = fan_sight(np, np.full(4, 120.0), [48.01, 51.99, 47.99, 52.01], fan)
    assert criteria.within_fan(steep).tolist() == [True, True, False, False]


@given(azimuths, elevations, azimuths, st.floats(20, 90), st.floats(0.5, 40), azimuths)
def test_a_fan_turned_with_the_sky_sees_the_same(azimuth, elevation, plane, tilt, half, turned):
    sensor = {"fan_plane_azimuth": plane, "fan_tilt": tilt}
    if abs(abs(naive.out_of_plane(sensor, azimuth, elevation)) - half) < 1e-6:
        return
    seen = [
        bool(criteria.within_fan(fan_sight(np, azimuth + d, elevation, (plane + d, tilt, half)))[0])
        for d in (0.0, turned)
    ]
    assert seen[0] == seen[1]


@given(azimuths, elevations, azimuths, azimuths, st.floats(90, 180))
def test_a_higher_top_never_hides_a_target(azimuth, elevation, low, high, top):
    view = look_at(np, [azimuth], [elevation])
    less = geometry.within_azimuth_and_top(np, view, *radians(np, low, high, 90.0))
    more = geometry.within_azimuth_and_top(np, view, *radians(np, low, high, top))
    assert more[0] or not less[0]


def test_a_top_of_180_degrees_sees_both_halves_of_the_sky():
    azimuth = np.arange(0.5, 360.0, 1.0)
    view = look_at(np, azimuth, np.full(360, 10.0))
    sector = radians(np, 330.0, 30.0)
    one = geometry.within_azimuth_and_top(np, view, *sector, *radians(np, 90.0))
    both = geometry.within_azimuth_and_top(np, view, *sector, *radians(np, 180.0))
    assert azimuth[one].tolist() == [*np.arange(0.5, 30), *np.arange(330.5, 360)]
    assert both.sum() == 120
    assert both[180]


@given(azimuths, elevations, azimuths, st.floats(0, 90), st.floats(1, 179))
def test_a_cone_is_an_angle_from_its_boresight(azimuth, elevation, towards, height, half):
    angle = naive.angle_between(
        naive.direction(azimuth, elevation), naive.direction(towards, height)
    )
    if abs(angle - half) < 1e-6:
        return
    view = look_at(np, [azimuth], [elevation])
    assert geometry.within_cone(np, view, *radians(np, towards, height, half))[0] == (angle < half)
