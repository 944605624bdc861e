"""`kansoku explain`: the table of each kind of sensor, and its lines."""

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from explain_cases import PASS, SITE, behind_hills, station_and_fragment
from kansoku.explain import facts, instant_of, looked_at
from kansoku.explain.instant import verdicts
from kansoku.explain.lines import of_light, of_place, of_sensor
from kansoku.explain.table import table
from kansoku.visibility import criteria

GOLDEN = Path(__file__).parent / "golden"
ORDER = list(criteria.CRITERIA)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return station_and_fragment(tmp_path_factory.mktemp("lines"))


def lines_of(at):
    known, passed = facts(at), verdicts(at)
    return [line for of in (of_place, of_light, of_sensor) for line in of(at, known, passed)]


def line_of(at, name):
    (line,) = (line for line in lines_of(at) if line.name == name)
    return line


def shown(at):
    stream = io.StringIO()
    Console(width=100, file=stream, soft_wrap=True).print(table(at))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("name", "sensor", "instant"),
    [
        ("telescope", "T-OPT-07T", "2024-07-05T13:28:00Z"),
        ("staring_telescope", "T-OPT-35", "2024-07-05T19:56:00Z"),
        ("radar", "T-RAD-KSGC", PASS),
        ("cone_radar", "T-RAD-LL-UHF", PASS),
        ("fan_radar", "T-RAD-SPF", PASS),
        ("laser", "T-SLR", PASS),
        ("passive_rf", "T-PRF-TDOA", PASS),
        ("bare_site", None, PASS),
    ],
)
def test_the_table_of_a_kind_of_sensor_is_the_golden_one(catalogue, name, sensor, instant):
    golden = (GOLDEN / f"explain_{name}.txt").read_text(encoding="utf-8")
    assert shown(instant_of(catalogue, 25544, SITE, instant, sensor)) == golden


@pytest.mark.parametrize(
    "sensor", ["T-OPT-07T", "T-OPT-35", "T-RAD-KSGC", "T-RAD-LL-UHF", "T-RAD-SPF", "T-SLR",
               "T-PRF-TDOA", "T-PRF-FM", None],
)  # fmt: skip
@pytest.mark.parametrize("number", [25544, 90002])
def test_every_criterion_has_a_line_in_the_order_in_which_they_decide(catalogue, sensor, number):
    at = instant_of(catalogue, number, SITE, PASS, sensor)
    named = [line.criterion for line in lines_of(at) if line.criterion in ORDER]
    assert list(dict.fromkeys(named)) == ORDER
    if sensor is not None:
        # What has no line with a verdict holds, whatever happens
        asked = {line.criterion: line.passed for line in lines_of(at) if line.passed is False}
        assert {name for name, holds in verdicts(at).items() if not holds} == set(asked)


def test_a_telescope_that_follows_the_stars_loses_to_the_trail(catalogue):
    staring = instant_of(catalogue, 25544, SITE, PASS, "T-OPT-35")
    following = instant_of(catalogue, 25544, SITE, PASS, "T-OPT-07T")
    assert line_of(following, "trailing loss").value == "0.00 mag"
    assert line_of(following, "trailing").value == "0.0 arcsec/s"
    loss_mag = float(line_of(staring, "trailing loss").value.split()[0])
    rate = float(line_of(staring, "trailing").value.split()[0].replace(",", ""))
    # 15 arcsec/s of the turning Earth at most is between the rate against the site and the stars
    assert rate == pytest.approx(facts(staring)["angular_rate_arcsec_s"], abs=15.1)
    # Where noise of the background decides, a long trail costs 1.25 lg of its length over
    # 2 sqrt(pi) sigma of the image; that of the signal itself takes some of it
    s = staring.watch.sensors
    sigma = math.hypot(s.seeing_arcsec[0] / 2.3548, s.pixel_arcsec[0] / math.sqrt(12.0))
    trail = rate * s.exposure_s[0] / (2.0 * math.sqrt(math.pi) * sigma)
    most_mag = 1.25 * math.log10(trail)
    assert 0.9 * most_mag < loss_mag < most_mag


def test_a_laser_finds_reflectors_by_day_and_debris_in_the_dark_alone(catalogue):
    by_day = "2024-07-05T19:56:00Z"
    debris = instant_of(catalogue, 90002, SITE, by_day, "T-SLR")
    assert line_of(debris, "laser").value == "diffuse light"
    assert line_of(debris, "site_dark: Sun").passed is False
    reflector = np.array([True])
    cooperative = looked_at(
        replace(debris.target, retroreflector=reflector), debris.watch.host, debris.grid, SITE,
        "T-SLR",
    )  # fmt: skip
    assert line_of(cooperative, "laser").value == "retro-reflectors"
    assert line_of(cooperative, "range").limit == "<= 40,000 km"
    assert line_of(cooperative, "site_dark: Sun").limit == "-"
    assert facts(cooperative)["visible"]
    assert facts(debris)["decided_by"] == "site_dark"
    no_laser = replace(debris.watch.host, debris_range_m=np.array([np.nan]))
    none = looked_at(debris.target, no_laser, debris.grid, SITE, "T-SLR")
    assert line_of(none, "laser").value == "no way to it"
    assert facts(none)["decided_by"] == "range"


def test_a_receiver_hears_what_transmits(catalogue):
    station = instant_of(catalogue, 25544, SITE, PASS, "T-PRF-TDOA")
    fragment = instant_of(catalogue, 90002, SITE, PASS, "T-PRF-TDOA")
    assert (line_of(station, "radio").value, facts(station)["visible"]) == ("transmits", True)
    assert line_of(fragment, "radio").value == "is silent"
    assert line_of(fragment, "range").limit == "<= 0.0 km"
    assert facts(fragment)["decided_by"] == "range"


@pytest.mark.parametrize(("hill_deg", "holds"), [(20.0, True), (30.0, False)])
def test_terrain_has_its_line(catalogue, hill_deg, holds):
    at = behind_hills(catalogue, hill_deg)
    line = line_of(at, "horizon_mask")
    assert (line.limit, line.passed) == (f">= {hill_deg:.2f} deg", holds)
    assert line.value == line_of(at, "elevation").value
    assert facts(at)["decided_by"] == (None if holds else "horizon_mask")


@pytest.mark.parametrize("body", ["sun", "moon"])
def test_a_bright_body_nearby_decides_with_the_number_shown(catalogue, body):
    at = instant_of(catalogue, 25544, SITE, "2024-07-05T13:28:00Z", "T-OPT-07T")
    apart_deg = facts(at)[f"{body}_separation_deg"]
    for degrees, decided in ((apart_deg - 1e-6, None), (apart_deg + 1e-6, f"{body}_separation")):
        change = {f"{body}_exclusion_rad": np.radians([degrees])}
        wider = looked_at(at.target, replace(at.watch.host, **change), at.grid, SITE, "T-OPT-07T")
        assert facts(wider)["decided_by"] == decided
        assert line_of(wider, f"{body}_separation").passed == (decided is None)


def test_a_size_gives_the_cross_section_at_the_radars_own_wavelength(catalogue):
    # 5 cm is in the resonance region at S band, and a Rayleigh scatterer at UHF
    short = instant_of(catalogue, 25544, SITE, PASS, "T-RAD-KSGC", 0.05)
    long = instant_of(catalogue, 25544, SITE, PASS, "T-RAD-LL-UHF", 0.05)
    assert line_of(short, "RCS rests on").value == "size, 9.37 cm"
    assert line_of(long, "RCS rests on").value == "size, 68.1 cm"
    # z = 9 pi^5 / 4 x^6 below x = 0.03 of the size model's table, which is near x = 0.073 too
    wavelength_m = float(long.watch.sensors.wavelength_m[0])
    z = 2.25 * math.pi**5 * (0.05 / wavelength_m) ** 6
    assert facts(long)["rcs_m2"] == pytest.approx(z * wavelength_m**2, rel=0.02)
    assert facts(short)["rcs_m2"] > 10.0 * facts(long)["rcs_m2"]
