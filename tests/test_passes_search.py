"""Passes between the nodes of a grid, against two-body orbits known at every instant."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.ephemeris.states import StateBlock
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.passes import find_passes
from naive import two_body
from strict import strict

HOURS = 24.0
STEP_S = 120.0
SITES = (
    (90.0, 0.0, 2800.0),
    (-90.0, 0.0, 2800.0),
    (0.0, -78.5, 2850.0),
    (34.67, 133.54, 427.0),
    (-77.85, 166.67, 10.0),
    (-30.24, -70.74, 2700.0),
)
GEO = (42164.2e3, 0.0003, 0.02, 1.0, 0.5, 2.2)


def grid_of(hours=HOURS, step_s=STEP_S):
    seconds = np.arange(round(hours * 3600.0 / step_s) + 1) * step_s
    nothing = np.zeros(len(seconds))
    vectors = np.zeros((3, len(seconds)))
    start = np.datetime64("2024-07-05T00:00:00", "ms")
    utc = start + (seconds * 1000).astype("timedelta64[ms]")
    return TimeGrid(nothing, nothing, seconds, step_s, nothing, vectors, vectors, utc)


def block_of(orbits, grid):
    states = [two_body.states(orbit, grid.seconds) for orbit in orbits]
    position, velocity = (np.stack([state[k] for state in states], axis=1) for k in (0, 1))
    usable = np.ones(position.shape[1:], dtype=bool)
    return StateBlock(0, len(orbits), position, velocity, usable, np.zeros(len(orbits), np.int8))


def horizons_of(sites):
    frames = [two_body.horizon(*site) for site in sites]
    position, east, north, up = (np.stack(column, axis=1) for column in zip(*frames, strict=True))
    return Horizons(position, east, north, up)


def passes_of(orbits, sites, mask_deg, grid=None):
    grid = grid or grid_of()
    block = block_of(orbits, grid)
    return find_passes(np, block, grid, horizons_of(sites), math.radians(mask_deg))


def orbits_of_all_kinds(seed, number):
    rng = np.random.default_rng(seed)
    radius = np.concatenate(
        [
            6378e3 + rng.uniform(250e3, 1500e3, number),
            rng.uniform(10000e3, 30000e3, number // 4),
            np.full(number // 4, 42164.2e3),
        ]
    )
    near_circle = [
        (a, rng.uniform(0.0, 0.005), *rng.uniform(0.0, [np.pi, 6.28, 6.28, 6.28])) for a in radius
    ]
    perigee = 6378e3 + rng.uniform(300e3, 1200e3, number // 4)
    e = rng.uniform(0.5, 0.74, number // 4)
    long = [
        (q / (1.0 - x), x, *rng.uniform(0.0, [np.pi, 6.28, 6.28, 6.28]))
        for q, x in zip(perigee, e, strict=True)
    ]
    return near_circle + long


def true_stretches(orbit, site, mask_deg, seconds):
    """Edges of the sampled passes, refined by bisection; clipped ones stay at the ends."""
    elevation = two_body.elevation_deg(orbit, site, seconds)
    first, last = two_body.stretches(elevation >= mask_deg)
    edges = []
    for inner, outer in ((first, first - 1), (last, last + 1)):
        inside = seconds[inner].copy()
        outside = seconds[np.clip(outer, 0, len(seconds) - 1)].copy()
        for _ in range(30):
            middle = 0.5 * (inside + outside)
            above = two_body.elevation_deg(orbit, site, middle) >= mask_deg
            inside, outside = np.where(above, middle, inside), np.where(above, outside, middle)
        edges.append(inside)
    tops = [elevation[a : b + 1].max() for a, b in zip(first, last, strict=True)]
    return edges[0], edges[1], np.array(tops)


def assert_same_passes(found, target, site, orbit, place, mask_deg, seconds):
    rise, fall, top = true_stretches(orbit, place, mask_deg, seconds)
    mine = np.flatnonzero((found.target == target) & (found.site == site))
    for begin, end, highest in zip(rise, fall, top, strict=True):
        hits = mine[(found.rise_s[mine] <= end) & (found.set_s[mine] >= begin)]
        if end - begin > 10.0:
            assert len(hits) == 1, f"missed or split: {begin}..{end} of {orbit} from {place}"
        for hit in hits:
            assert_edge(found.rise_s[hit], begin, orbit, place, mask_deg)
            assert_edge(found.set_s[hit], end, orbit, place, mask_deg)
            reached = two_body.elevation_deg(orbit, place, [found.culmination_s[hit]])[0]
            assert reached >= highest - 2e-4
            assert np.degrees(found.culmination_elevation_rad[hit]) == pytest.approx(
                reached, abs=0.003
            )
    for pass_ in mine:
        reached = two_body.elevation_deg(orbit, place, [found.culmination_s[pass_]])[0]
        assert reached >= mask_deg - 0.003, f"invented: {found.rise_s[pass_]} of {orbit}"


def assert_edge(edge_s, true_s, orbit, place, mask_deg):
    off_deg = two_body.elevation_deg(orbit, place, [edge_s])[0] - mask_deg
    assert abs(edge_s - true_s) <= 0.1 or abs(off_deg) <= 0.001, (edge_s, true_s, off_deg)


@pytest.mark.parametrize("mask_deg", [-5.0, 0.0, 10.0, 50.0, 80.0])
def test_every_pass_is_found_and_none_is_invented(mask_deg):
    orbits = orbits_of_all_kinds(seed=3, number=8)
    found = passes_of(orbits, SITES, mask_deg)
    seconds = np.arange(0.0, HOURS * 3600.0 + 1.0, 10.0)
    assert len(found) > 5
    for target, orbit in enumerate(orbits):
        for site, place in enumerate(SITES):
            assert_same_passes(found, target, site, orbit, place, mask_deg, seconds)


@pytest.mark.parametrize("mask_deg", [55.0, 69.0, 80.0, 89.0])
def test_nothing_near_the_horizon_passes_a_high_mask(mask_deg):
    """Where the curvature allows more than the altitude, no linear test tells what is above."""
    rng = np.random.default_rng(31)
    orbits = [
        (6378e3 + rng.uniform(180e3, 600e3), 0.0, rng.uniform(0.5, 2.0), *rng.uniform(0.0, 6.28, 3))
        for _ in range(150)
    ]
    found = passes_of(orbits, SITES, mask_deg)
    assert len(found) > 0
    assert np.degrees(found.culmination_elevation_rad).min() >= mask_deg - 0.001


def turning_points(orbit, place, highest):
    """Instants at which the elevation is locally highest or lowest."""
    seconds = np.arange(0.0, HOURS * 3600.0, 5.0)
    elevation = two_body.elevation_deg(orbit, place, seconds) * (1.0 if highest else -1.0)
    inner = elevation[1:-1]
    return seconds[1:-1][(inner > elevation[:-2]) & (inner >= elevation[2:]) & (np.abs(inner) < 80)]


@pytest.mark.parametrize("offset_s", [6.0, 30.0, 55.0])
def test_passes_between_two_nodes_are_found(offset_s):
    checked = 0
    for orbit in orbits_of_all_kinds(seed=5, number=8)[:8]:
        for place in SITES:
            for top_s in turning_points(orbit, place, highest=True)[:6]:
                mask_deg = two_body.elevation_deg(orbit, place, [top_s - offset_s])[0]
                if not 3.0 < mask_deg < 85.0:
                    continue
                found = passes_of([orbit], [place], mask_deg)
                near = np.abs(found.culmination_s - top_s) < offset_s
                assert near.sum() == 1, f"{orbit} from {place}: mask {mask_deg}, top {top_s}"
                length = (found.set_s - found.rise_s)[near][0]
                assert length == pytest.approx(2.0 * offset_s, rel=0.5)
                checked += 1
    assert checked > 30


def test_dips_between_two_nodes_split_a_pass():
    checked = 0
    for orbit in orbits_of_all_kinds(seed=7, number=24)[24:]:
        for place in SITES:
            for low_s in turning_points(orbit, place, highest=False)[:3]:
                if not 300.0 < low_s < HOURS * 3600.0 - 300.0:
                    continue
                mask_deg = two_body.elevation_deg(orbit, place, [low_s - 40.0])[0]
                bottom_deg = two_body.elevation_deg(orbit, place, [low_s])[0]
                if not 2.0 < bottom_deg < mask_deg - 2e-4:
                    continue
                found = passes_of([orbit], [place], mask_deg)
                before = np.flatnonzero(found.set_s < low_s + 2.0)[-1]
                assert found.rise_s[before + 1] - found.set_s[before] == pytest.approx(
                    80.0, rel=0.5
                )
                assert found.set_s[before] < low_s < found.rise_s[before + 1]
                checked += 1
    assert checked >= 3


def test_an_object_always_in_view_is_one_pass_clipped_at_both_ends():
    found = passes_of([GEO], [SITES[2]], -89.0)
    assert len(found) == 1
    assert found.starts_before.tolist() == found.ends_after.tolist() == [True]
    assert (found.rise_s[0], found.set_s[0]) == (0.0, HOURS * 3600.0)


def test_clipped_edges_are_those_of_the_span():
    orbits = orbits_of_all_kinds(seed=11, number=40)
    found = passes_of(orbits, SITES, 10.0)
    assert found.starts_before.any()
    assert found.ends_after.any()
    np.testing.assert_array_equal(found.starts_before, found.rise_s == 0.0)
    np.testing.assert_array_equal(found.ends_after, found.set_s == HOURS * 3600.0)


def test_culmination_lies_in_its_pass_and_azimuths_in_a_turn():
    found = passes_of(orbits_of_all_kinds(seed=13, number=40), SITES, 10.0)
    assert (found.rise_s <= found.culmination_s).all()
    assert (found.culmination_s <= found.set_s).all()
    assert (found.culmination_elevation_rad >= math.radians(10.0) - 1e-5).all()
    for azimuth in (found.rise_azimuth_rad, found.culmination_azimuth_rad, found.set_azimuth_rad):
        assert (azimuth >= 0.0).all()
        assert (azimuth < 2.0 * math.pi).all()


def test_culminations_at_the_zenith_keep_their_digits():
    tilts = np.radians([90.0, 89.995, 89.99, 89.98, 89.97, 89.95])
    orbits = [(6_900e3, 0.001, float(tilt), 0.3, 0.1, 0.2) for tilt in tilts]
    sites = ((90.0, 0.0, 2800.0), (-90.0, 0.0, 2800.0))
    passes = passes_of(orbits, sites, 10.0)
    found_deg = np.degrees(passes.culmination_elevation_rad)
    assert (found_deg > 89.5).sum() > 20
    for target, site, when_s, elevation_deg in zip(
        passes.target, passes.site, passes.culmination_s, found_deg, strict=True
    ):
        position = two_body.states(orbits[target], np.array([when_s]))[0][:, 0]
        place, _, _, up = two_body.horizon(*sites[site])
        sight = position - place
        height = sight @ up
        truth_deg = np.degrees(np.arctan2(height, np.linalg.norm(sight - height * up)))
        assert elevation_deg == pytest.approx(truth_deg, abs=0.002)


def test_azimuth_is_clockwise_from_north():
    orbit, place = orbits_of_all_kinds(seed=17, number=4)[0], SITES[3]
    found = passes_of([orbit], [place], 10.0)
    site, east, north, _ = two_body.horizon(*place)
    sight = two_body.states(orbit, found.set_s)[0] - site[:, None]
    expected = np.arctan2(east @ sight, north @ sight) % (2.0 * np.pi)
    np.testing.assert_allclose(found.set_azimuth_rad, expected, atol=1e-5)


def test_a_refused_state_ends_the_passes_of_its_target_alone():
    orbits, grid = orbits_of_all_kinds(seed=19, number=8), grid_of()
    whole = find_passes(np, block_of(orbits, grid), grid, horizons_of(SITES), 0.0)
    block = block_of(orbits, grid)
    cut = 300
    block.usable[2, cut] = False
    block.position_itrf_m[:, 2, cut] = np.nan
    block.velocity_itrf_m_s[:, 2, cut] = np.nan
    found = find_passes(np, block, grid, horizons_of(SITES), 0.0)
    assert found.refused.tolist() == [number == 2 for number in range(len(orbits))]
    kept = (whole.target != 2) | (whole.set_s < grid.seconds[cut - 1])
    assert (whole.target[kept] == 2).any()
    np.testing.assert_allclose(found.rise_s, whole.rise_s[kept], atol=1e-6)
    np.testing.assert_allclose(found.set_s, whole.set_s[kept], atol=1e-6)


def test_a_target_refused_from_the_start_has_no_pass():
    grid = grid_of()
    block = block_of([GEO, GEO], grid)
    block.usable[0] = False
    block.position_itrf_m[:, 0] = np.nan
    block.velocity_itrf_m_s[:, 0] = np.nan
    found = find_passes(np, block, grid, horizons_of(SITES), -0.5)
    assert set(found.target.tolist()) == {1}
    assert found.refused.tolist() == [True, False]


def test_no_pass_is_an_empty_table():
    found = passes_of([GEO], [SITES[0]], 30.0)
    assert len(found) == 0
    assert found.refused.tolist() == [False]


@pytest.mark.parametrize("step_s", [120.0, 480.0])
def test_a_span_may_cut_a_long_pass_on_its_way_up_or_down(step_s):
    grid, site = grid_of(hours=4.0, step_s=step_s), (35.0, 0.0, 100.0)
    orbits = [
        (42164.2e3, 0.0, math.radians(15.0), -each, 0.0, each) for each in np.arange(0.0, 6.28, 0.2)
    ]  # on the site's longitude
    found = passes_of(orbits, [site], 10.0, grid)
    seconds = np.arange(0.0, 4.0 * 3600.0 + 0.5, 10.0)
    assert found.starts_before.any()
    for target, orbit in enumerate(orbits):
        assert_same_passes(found, target, 0, orbit, site, 10.0, seconds)


@pytest.mark.parametrize("mask_deg", [0.0, 10.0, 60.0])
def test_low_orbits_at_the_step_of_the_job(mask_deg):
    grid = grid_of(hours=12.0, step_s=240.0)
    orbits = [orbit for orbit in orbits_of_all_kinds(seed=31, number=12) if orbit[0] < 8000e3]
    found = passes_of(orbits, SITES, mask_deg, grid)
    seconds = np.arange(0.0, 12.0 * 3600.0 + 0.5, 5.0)
    for target, orbit in enumerate(orbits):
        for site, place in enumerate(SITES):
            assert_same_passes(found, target, site, orbit, place, mask_deg, seconds)


def test_the_span_may_be_a_single_step():
    grid = grid_of(hours=STEP_S / 3600.0)
    found = passes_of([GEO], SITES, -45.0, grid)
    assert len(found) > 0
    assert (found.set_s == STEP_S).all()


def test_small_products_give_the_same_passes(monkeypatch):
    orbits = orbits_of_all_kinds(seed=23, number=8)
    whole = passes_of(orbits, SITES, 10.0)
    monkeypatch.setattr("kansoku.visibility.nodes.PRODUCT_SIZE", 1)
    np.testing.assert_array_equal(passes_of(orbits, SITES, 10.0).rise_s, whole.rise_s)


def test_the_search_stays_on_the_device():
    orbits, grid = orbits_of_all_kinds(seed=29, number=8), grid_of()
    block, horizons = block_of(orbits, grid), horizons_of(SITES)
    on_host = find_passes(np, block, grid, horizons, math.radians(10.0))
    device_block = StateBlock(
        0,
        len(orbits),
        *(strict.asarray(each) for each in vars(block).values() if isinstance(each, np.ndarray)),
    )
    device_horizons = Horizons(**{k: strict.asarray(v) for k, v in vars(horizons).items()})
    found = find_passes(strict, device_block, grid, device_horizons, math.radians(10.0))
    for name, values in vars(on_host).items():
        np.testing.assert_allclose(getattr(found, name).get(), values, rtol=1e-12, atol=1e-9)


@st.composite
def any_orbit(draw):
    perigee_m = 6378e3 + draw(st.floats(180e3, 2000e3))
    e = draw(st.floats(0.0, 0.8))
    angle = st.floats(0.0, 6.28)
    inclination = draw(st.floats(0.0, 3.14))
    return (perigee_m / (1.0 - e), e, inclination, draw(angle), draw(angle), draw(angle))


places = st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(-400.0, 5000.0))


@settings(max_examples=60, deadline=None)
@given(any_orbit(), places, st.floats(-30.0, 85.0), st.floats(0.0, 20.0))
def test_raising_the_mask_never_lengthens_the_time_in_view(orbit, place, mask_deg, more_deg):
    low = passes_of([orbit], [place], mask_deg)
    high = passes_of([orbit], [place], min(mask_deg + more_deg, 89.0))
    total = [float((found.set_s - found.rise_s).sum()) for found in (low, high)]
    assert total[1] <= total[0] + 1e-3


@settings(max_examples=60, deadline=None)
@given(st.lists(any_orbit(), min_size=1, max_size=3), st.lists(places, min_size=1, max_size=3),
       st.floats(-60.0, 85.0))  # fmt: skip
def test_passes_are_sorted_and_disjoint(orbits, sites, mask_deg):
    found = passes_of(orbits, sites, mask_deg)
    order = np.lexsort([found.rise_s, found.site, found.target])
    np.testing.assert_array_equal(order, np.arange(len(found)))
    assert (found.rise_s <= found.set_s).all()
    together = (found.site[1:] == found.site[:-1]) & (found.target[1:] == found.target[:-1])
    assert (found.set_s[:-1] <= found.rise_s[1:])[together].all()
