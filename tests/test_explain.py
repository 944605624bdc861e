"""`kansoku explain`: the verdict is the cube's, the numbers are those of other sources."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import skyfield_data
from sgp4.api import Satrec, jday
from skyfield.api import EarthSatellite, Loader, wgs84

from explain_cases import (
    KEYS,
    PLACES,
    START,
    STEP_S,
    VariedWorld,
    World,
    a_lit_instant,
    random_questions,
    write_catalogue,
)  # fmt: skip
from kansoku.ephemeris.grid import time_grid
from kansoku.explain import explain, facts
from kansoku.visibility import criteria
from naive import detection, element_sets
from naive import visibility as naive

# Design section 3
ORDER = [
    "propagation", "elevation", "azimuth", "range", "horizon_mask", "site_dark",
    "sun_separation", "moon_separation", "sunlit", "magnitude", "radar_range",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return write_catalogue(tmp_path_factory.mktemp("explain"))


@pytest.fixture(scope="module")
def world(catalogue):
    return World(catalogue)


@pytest.fixture(scope="module")
def varied(catalogue):
    return VariedWorld(catalogue)


def satrec_of(catalogue, number):
    lines = catalogue.read_text().splitlines()
    k = next(
        k
        for k, line in enumerate(lines)
        if line.startswith("1 ") and line[2:7] == element_sets.number_field(number)
    )
    return Satrec.twoline2rv(lines[k], lines[k + 1])


def thing_of(target):
    """The target as the oracle reads it."""
    names = {"diameter_m": "diameter", "rcs_m2": "rcs"}
    same = ("albedo", "rcs_measured", "standard_magnitude", "magnitude_sigma", "retroreflector")
    every = names | {name: name for name in (*same, "emits")}
    return {mine: getattr(target, theirs)[0].item() for theirs, mine in every.items()}


def moment_of_sight(at):
    """The instant as the oracle reads it."""
    sight = at.sight
    target, velocity = (tuple(v[:, 0]) for v in (sight.position_itrf_m, sight.velocity_itrf_m_s))
    sun, moon = (tuple(each[:, 0]) for each in (at.grid.sun_itrf_m, at.grid.moon_itrf_m))
    return naive.Moment(target, velocity, sun, moon)


def naive_decision(at, sensor):
    """First criterion that fails by the textbook, from degrees and metres."""
    if not at.usable:
        return "propagation"
    return naive.decided_by(sensor, thing_of(at.target), moment_of_sight(at))


# The verdict ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_verdicts_are_those_of_the_cube_and_the_first_failing_is_the_textbooks(varied):
    """Ten thousand cases, of all sensor types, decided by every criterion."""
    world, rng = varied, np.random.default_rng(11)
    sensors = [world.oracle_sensor(c) for c in range(len(world.named))]
    decisions, seen_by, shape = Counter(), Counter(), (200, 50)
    steps = np.sort(rng.choice(len(world.grid) - 1, shape[0], replace=False))
    for number, step in enumerate(steps.tolist()):
        on_grid = number % 2 == 0
        seconds = step * STEP_S + (0.0 if on_grid else round(rng.uniform(1.0, 59.0), 3))
        grid = time_grid(world.start + timedelta(seconds=seconds), 1.0 / 3600.0, 1.0)
        contributor, row = world.pairs(rng, step, shape[1])
        if on_grid:
            expected = world.bits[contributor, row, step]
        else:
            expected = world.seen_between(contributor, row, seconds)
        for c, n, seen in zip(contributor.tolist(), row.tolist(), expected.tolist(), strict=True):
            at = world.at(c, n, grid)
            known = facts(at)
            assert known["visible"] == seen, (world.named[c], known)
            assert known["decided_by"] == naive_decision(at, sensors[c]), (world.named[c], known)
            assert known["visible"] == (known["decided_by"] is None)
            decisions[known["decided_by"]] += 1
            seen_by[world.named[c][1]] += seen
    print(decisions, seen_by)
    assert sum(decisions.values()) == shape[0] * shape[1] >= 10_000
    assert set(decisions) == {None, *criteria.CRITERIA}
    assert min(decisions.values()) >= 5
    assert decisions[None] > 1500
    assert set(seen_by) == set(world.types)
    assert sum(count > 0 for count in seen_by.values()) >= len(world.types) - 2  # thin fans


def test_the_criteria_are_in_the_order_of_the_contract():
    assert list(criteria.CRITERIA) == ORDER


def test_the_public_function_gives_the_verdict_of_the_cube(world, catalogue):
    japan = timezone(timedelta(hours=9))
    decisions = set()
    for number, (c, n, step) in enumerate(random_questions(world, 36, seed=12)):
        moment = START.replace(tzinfo=UTC) + timedelta(seconds=step * STEP_S)
        asked = (moment.replace(tzinfo=None), moment.astimezone(japan), moment.isoformat())
        site, kind = world.named[c]
        number_of = int(world.objects.norad_cat_id[n])
        known = explain(catalogue, number_of, site, asked[number % 3], kind)
        assert list(known) == KEYS
        assert known["visible"] == world.bits[c, n, step], known
        assert known["norad_cat_id"] == number_of
        assert known["time_utc"] == f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
        assert known == facts(world.at(c, n, time_grid(moment, 1.0 / 3600.0, 1.0)))
        decisions.add(known["decided_by"])
    assert len(decisions) >= 5


def test_without_a_sensor_only_an_elevation_of_10_degrees_decides(world, catalogue):
    seen = 0
    for _, n, step in random_questions(world, 40, seed=13):
        moment = START + timedelta(seconds=step * STEP_S)
        number = int(world.objects.norad_cat_id[n])
        for site in ("34.672,133.5444,427", "0,-78.45,2850"):
            known = explain(catalogue, number, site, moment, diameter_m=1e-6)
            if known["elevation_deg"] is None:
                assert known["decided_by"] == "propagation"
                continue
            high = known["elevation_deg"] >= 10.0
            assert (known["visible"], known["decided_by"]) == (high, None if high else "elevation")
            assert known["limiting_magnitude"] is known["radar_range_limit_km"] is None
            seen += high
    assert 10 < seen < 70


# The numbers ----------------------------------------------------------------------------------


def moment_of(label):
    assert label.endswith("Z")
    return datetime.fromisoformat(label)


@pytest.mark.parametrize("microsecond", [0, 250_000, 123_456])
def test_position_is_that_of_the_sgp4_package_at_the_instant_named(world, catalogue, microsecond):
    worst_km, refused = 0.0, 0
    for n, number in enumerate(world.objects.norad_cat_id.tolist()):
        asked = START + timedelta(hours=n, seconds=17, microseconds=microsecond)
        known = explain(catalogue, number, "0,-78.45,2850", asked)
        t = moment_of(known["time_utc"])
        assert t.replace(tzinfo=None) == asked
        seconds = t.second + t.microsecond * 1e-6
        code, theirs, _ = satrec_of(catalogue, number).sgp4(
            *jday(t.year, t.month, t.day, t.hour, t.minute, seconds)
        )
        if code:
            refused += 1
            assert known["position_teme_km"] is None
        else:
            worst_km = max(worst_km, np.abs(np.subtract(known["position_teme_km"], theirs)).max())
    print(f"worst {worst_km:.1e} km, {refused} refused")
    assert worst_km < 1e-6
    assert refused >= 1


@pytest.fixture(scope="module")
def skyfield_loader():
    folder = Path(skyfield_data.__file__).parent / "data"
    return Loader(str(folder), verbose=False, expire=False)


@pytest.fixture(scope="module")
def skyfield_cases(world, catalogue, skyfield_loader):
    """Answers with the bodies, the observer and the instant as Skyfield has them."""
    scale = skyfield_loader.timescale(builtin=False)
    cases = []
    for c, n, step in random_questions(world, 40, seed=14):
        site, kind = world.named[c]
        moment = START.replace(tzinfo=UTC) + timedelta(seconds=step * STEP_S + 0.25)
        number = int(world.objects.norad_cat_id[n])
        known = explain(catalogue, number, site, moment, kind)
        if known["azimuth_deg"] is None:
            continue
        place = EarthSatellite.from_satrec(satrec_of(catalogue, number), scale)
        cases.append((known, place, wgs84.latlon(*PLACES[site]), scale.from_datetime(moment)))
    assert len(cases) >= 30
    return cases


def test_azimuth_elevation_and_range_against_skyfield(skyfield_cases):
    worst_deg, worst_m = 0.0, 0.0
    for known, place, site, time in skyfield_cases:
        elevation, azimuth, distance = (place - site).at(time).altaz()
        mine = naive.direction(known["azimuth_deg"], known["elevation_deg"])
        theirs = naive.direction(azimuth.degrees, elevation.degrees)
        worst_deg = max(worst_deg, naive.angle_between(mine, theirs))
        worst_m = max(worst_m, abs(known["range_km"] - distance.km) * 1000.0)
    print(f"direction {worst_deg:.2e} deg, range {worst_m:.2e} m")
    assert worst_deg < 0.005
    assert worst_m < 50.0


def test_angular_rate_is_the_angle_passed_in_a_second_seen_from_the_ground(skyfield_cases):
    for known, place, site, time in skyfield_cases:
        ends = []
        for half_s in (-0.5, 0.5):
            moved = time.ts.tt_jd(time.whole, time.tt_fraction + half_s / 86400.0)
            elevation, azimuth, _ = (place - site).at(moved).altaz()
            ends.append(naive.direction(azimuth.degrees, elevation.degrees))
        passed_arcsec = naive.angle_between(*ends) * 3600.0
        assert known["angular_rate_arcsec_s"] == pytest.approx(passed_arcsec, rel=1e-3, abs=0.01)


def test_sun_and_moon_against_skyfield(skyfield_cases, skyfield_loader):
    bodies = skyfield_loader("de421.bsp")
    for known, place, site, time in skyfield_cases:
        observer = (bodies["earth"] + site).at(time)
        sight = (place - site).at(time)
        for body in ("sun", "moon"):
            seen = observer.observe(bodies[body]).apparent()
            angle = sight.separation_from(seen).degrees
            assert known[f"{body}_separation_deg"] == pytest.approx(angle, abs=0.01)
        # Ours is the Sun's from the Earth's centre: 9 arcsec of parallax
        elevation = observer.observe(bodies["sun"]).apparent().altaz()[0].degrees
        assert known["site_sun_elevation_deg"] == pytest.approx(elevation, abs=0.005)


def test_light_is_the_textbooks(world):
    lit, dark = 0, 0
    for c, n, step in random_questions(world, 120, seed=15):
        moment = START + timedelta(seconds=step * STEP_S)
        at = world.at(c, n, time_grid(moment, 1.0 / 3600.0, 1.0))
        known = facts(at)
        if not at.usable:
            continue
        target, sun = (tuple(each[:, 0]) for each in (at.target_itrf_m, at.grid.sun_itrf_m))
        site = naive.site_ecef(*PLACES[at.place])
        assert known["sunlit"] == naive.is_sunlit(target, sun, "conical")
        to_site, to_sun = np.subtract(site, target), np.subtract(sun, target)
        phase_deg = naive.angle_between(to_site, to_sun)
        assert known["phase_angle_deg"] == pytest.approx(phase_deg, abs=1e-5)
        if known["sunlit"]:
            distance = float(np.linalg.norm(to_site))
            expected = detection.magnitude(thing_of(at.target), distance, phase_deg)
            assert known["magnitude"] == pytest.approx(expected, abs=1e-6)
            lit += 1
        else:
            assert known["magnitude"] is None
            dark += 1
    assert lit > 40
    assert dark > 10


def test_a_given_sphere_sets_magnitude_and_cross_section(catalogue):
    asked = a_lit_instant(catalogue)
    small = explain(catalogue, *asked, "T-RAD-SPF", diameter_m=0.5, albedo=0.1)
    large = explain(catalogue, *asked, "T-RAD-SPF", diameter_m=5.0, albedo=0.4)
    assert small["rcs_m2"] == pytest.approx(np.pi / 16.0, rel=1e-12)
    # Ten times the diameter is 5 mag and sqrt(10) of range; four times the albedo is 1.505 mag
    assert small["magnitude"] - large["magnitude"] == pytest.approx(6.50515, abs=1e-4)
    ratio = large["radar_range_limit_km"] / small["radar_range_limit_km"]
    assert ratio == pytest.approx(np.sqrt(10.0), rel=1e-12)
    # The pair gives 13 dB; Swerling's first case needs 18.9 for one half at a false alarm of 1e-6
    margin = 10.0**1.3 / (np.log(1e-6) / np.log(0.5) - 1.0)
    expected_km = 1930.0 * (margin * np.pi / 16.0 / 0.00785) ** 0.25
    assert small["radar_range_limit_km"] == pytest.approx(expected_km, rel=1e-12)
