"""`kansoku explain`: the table of each kind of sensor; the night in words, series and figure."""

import io
import json
import math
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from explain_cases import ISS, KEYS
from kansoku.errors import EphemerisError, KansokuError
from kansoku.explain import SERIES_KEYS, facts, figure, instant_of, looked_at, series, words
from kansoku.explain.instant import verdicts
from kansoku.explain.lines import of_light, of_place, of_sensor
from kansoku.explain.night import runs
from kansoku.explain.table import table
from kansoku.network.single import sensor_at
from kansoku.network.sites import site_position
from kansoku.visibility import criteria
from naive import element_sets

GOLDEN = Path(__file__).parent / "golden"
SITE = "S-JP-BISEI"
PASS = "2024-07-05T13:26:30Z"
EVENING = "2024-07-05T10:00:00Z"
ORDER = list(criteria.CRITERIA)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """The space station, and the same orbit as a fragment that neither answers nor transmits."""
    path = tmp_path_factory.mktemp("night") / "two.tle"
    fragment = ISS | {"NORAD_CAT_ID": 90002, "OBJECT_NAME": "STATION DEB"}
    path.write_text(element_sets.tle(ISS, fragment))
    return path


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


# The table of each kind ------------------------------------------------------------------------


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


def behind_hills(catalogue, hill_deg, hours=1.0 / 3600.0, step_s=1.0):
    sensor = sensor_at("T-RAD-KSGC", *site_position(SITE)[1:])
    terrain = np.full_like(sensor.horizon_rad, np.radians(hill_deg))
    at = instant_of(catalogue, 25544, SITE, PASS, "T-RAD-KSGC", night=(hours, step_s))
    hidden = replace(sensor, horizon_rad=terrain)
    return looked_at(at.target, hidden, at.grid, SITE, "T-RAD-KSGC")


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


# The night -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sensor", ["T-OPT-07T", "T-RAD-KSGC", "T-SLR", None])
def test_each_sample_of_a_night_is_its_own_instant(catalogue, sensor):
    at = instant_of(catalogue, 25544, SITE, EVENING, sensor, night=(12.0, 60.0))
    known = series(at)
    assert tuple(known) == SERIES_KEYS
    assert {len(values) for values in known.values()} == {721}
    risen = [k for k, value in enumerate(known["elevation_deg"]) if value > 0.0]
    for k in [0, *risen[::6], 720]:
        moment = datetime(2024, 7, 5, 10) + timedelta(minutes=k)
        alone = facts(instant_of(catalogue, 25544, SITE, moment, sensor))
        for name in SERIES_KEYS:
            ours, theirs = known[name][k], alone[name]
            if isinstance(theirs, float):
                assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9), name
            else:
                assert ours == theirs, name


def test_a_night_with_refused_samples_has_gaps(tmp_path):
    from explain_cases import DECAYING, write_catalogue

    at = instant_of(
        write_catalogue(tmp_path), DECAYING, "0,0,0", "2024-07-05", "T-OPT-07T", night=(24.0, 600.0)
    )
    known = series(at)
    lost = [k for k, name in enumerate(known["decided_by"]) if name == "propagation"]
    assert 0 < len(lost) < len(known["visible"])
    assert all(known["elevation_deg"][k] is None for k in lost)
    assert all(known["site_sun_elevation_deg"])
    json.dumps(known, allow_nan=False)
    figure.write(at, tmp_path / "lost.png")


def test_runs_are_of_equal_neighbours():
    assert runs([1, 1, 2, 1]) == [(0, 1, 1), (2, 2, 2), (3, 3, 1)]
    assert runs([]) == []
    assert runs([None, None]) == [(0, 1, None)]


def test_a_night_in_words(catalogue):
    at = instant_of(catalogue, 25544, SITE, EVENING, "T-RAD-KSGC", night=(8.0, 60.0))
    known = series(at)
    first, *spans, last = words(known, 60.0).splitlines()
    assert first == (
        "From 2024-07-05T10:00:00.000Z to 2024-07-05T18:00:00.000Z, every 60 s: "
        f"visible at {sum(known['visible'])} of 481 samples:"
    )
    assert spans[0] == "  2024-07-05T11:47:00.000Z to 2024-07-05T11:50:00.000Z, up to 24.2 deg"
    assert last == f"Otherwise decided by (samples): elevation {481 - sum(known['visible'])}."
    nothing = {"time_utc": ["a", "b"], "visible": [False] * 2, "elevation_deg": [1.0] * 2}
    said = words(nothing | {"decided_by": ["sunlit"] * 2}, 5.0).splitlines()
    assert said == [
        "From a to b, every 5 s: visible at 0 of 2 samples.",
        "Otherwise decided by (samples): sunlit 2.",
    ]


@pytest.mark.parametrize(
    ("night", "message"),
    [
        ((0.0, 60.0), r"^--hours: got 0, must be above 0 and at most 72 \[h\]"),
        ((math.nan, 60.0), r"^--hours: got nan"),
        ((73.0, 60.0), r"^--hours: got 73"),
        ((1.0, 0.5), r"^--step-s: got 0\.5, must be from 1 to 600"),
        ((1.0, math.nan), r"^--step-s: got nan"),
        ((0.1, 600.0), r"^--step-s: got 600, .* no longer than --hours, 0\.1"),
    ],
)
def test_what_is_no_night_is_refused(catalogue, night, message):
    with pytest.raises(EphemerisError, match=message):
        instant_of(catalogue, 25544, SITE, EVENING, night=night)


def test_a_night_past_the_almanac_is_refused(catalogue):
    with pytest.raises(EphemerisError, match=r"^--time: 2053-10-11.* with the 72 h after it is"):
        instant_of(catalogue, 25544, SITE, "2053-10-11", night=(72.0, 600.0))


# The figure ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def night(catalogue):
    return instant_of(catalogue, 25544, SITE, EVENING, "T-OPT-07T", night=(12.0, 60.0))


def words_in(path):
    return " ".join("".join(ElementTree.parse(path).getroot().itertext()).split())


def test_the_same_night_is_the_same_file(night, tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.PNG"):
        figure.write(night, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.PNG").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    ("sensor", "present", "absent"),
    [
        ("T-OPT-07T", ["Magnitude [mag]", "site dark", "sunlit", "in shadow"], ["Range"]),
        ("T-RAD-KSGC", ["Range [1,000 km]", "dashed: range limit", "visible"], ["Magnitude"]),
        ("T-SLR", ["Range [1,000 km]", "site dark"], ["Magnitude"]),
        ("T-PRF-TDOA", ["Range [1,000 km]"], ["site dark"]),
        (None, ["dashed: lowest elevation", "decided by"], ["Range", "Magnitude", "dark"]),
    ],
)
def test_the_figure_shows_what_decides_for_the_sensor(catalogue, tmp_path, sensor, present, absent):
    at = instant_of(catalogue, 25544, SITE, EVENING, sensor, night=(6.0, 60.0))
    figure.write(at, tmp_path / "night.svg")
    found = words_in(tmp_path / "night.svg")
    assert "25544 ISS (ZARYA) from S-JP-BISEI" in found
    assert [word for word in present if word not in found] == []
    assert [word for word in absent if word in found] == []


def test_the_figure_draws_the_numbers_of_the_series(night):
    drawn, known = figure.draw(night), series(night)
    elevation, seen, lowest = drawn.axes[0].get_lines()
    expected = np.array(known["elevation_deg"], dtype=float)
    risen = expected >= 0.0
    np.testing.assert_array_equal(elevation.get_ydata()[risen], expected[risen])
    assert np.isnan(elevation.get_ydata()[~risen]).all()
    np.testing.assert_array_equal(np.isfinite(seen.get_ydata()), known["visible"])
    np.testing.assert_allclose(lowest.get_ydata(), 10.0)


def test_hills_are_drawn(catalogue, tmp_path):
    at = behind_hills(catalogue, 30.0, 1.0, 60.0)
    figure.write(at, tmp_path / "hills.svg")
    assert "horizon mask" in words_in(tmp_path / "hills.svg")
    assert len(figure.draw(at).axes[0].collections) == 1


def test_dollars_in_a_name_are_no_formula(tmp_path):
    path = tmp_path / "name.tle"
    path.write_text(element_sets.tle(ISS | {"OBJECT_NAME": "A$B_{$ C"}))
    at = instant_of(path, 25544, SITE, EVENING, night=(1.0, 60.0))
    figure.write(at, tmp_path / "n.svg")
    assert "A$B_{$ C" in words_in(tmp_path / "n.svg")


def test_a_figure_is_written_whole_or_not_at_all(night, tmp_path, monkeypatch):
    path = tmp_path / "night.png"
    path.write_bytes(b"before")
    from matplotlib.figure import Figure

    def full(_self, file, **_):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    with pytest.raises(KansokuError, match=r"^--figure: .*night\.png cannot .*\(No space left"):
        figure.write(night, path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(night, tmp_path):
    with pytest.raises(KansokuError, match=r"^--figure: .* cannot be written \(No such file"):
        figure.write(night, tmp_path / "none" / "night.png")


# The command -----------------------------------------------------------------------------------


def kansoku(catalogue, *arguments):
    given = ("--catalogue", catalogue, "--id", 25544, "--site", SITE, "--time", EVENING)
    return subprocess.run(
        [sys.executable, "-m", "kansoku", "explain", *map(str, (*given, *arguments))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_adds_a_series_and_writes_the_figure(catalogue, tmp_path):
    path = tmp_path / "night.svg"
    asked = ("--sensor", "T-OPT-07T", "--hours", 2, "--step-s", 120, "--figure", path, "--json")
    done = kansoku(catalogue, *asked)
    assert (done.returncode, done.stderr) == (0, "")
    known = json.loads(done.stdout)
    assert list(known) == [*KEYS, "series"]
    at = instant_of(catalogue, 25544, SITE, EVENING, "T-OPT-07T", night=(2.0, 120.0))
    assert known["series"] == series(at)
    assert "Elevation [deg]" in words_in(path)


def test_the_command_says_the_night_in_words(catalogue):
    done = kansoku(catalogue, "--hours", 2)
    assert done.returncode == 0
    assert "every 60 s: visible at 6 of 121 samples:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--figure", "n.png"), "--step-s and --figure need --hours"),
        (("--step-s", 10), "--step-s and --figure need --hours"),
        (("--hours", 1, "--figure", "n.pdf"), "--figure: got 'n.pdf', must end in .png or .svg"),
        (("--hours", -1), "--hours: got -1, must be above 0"),
        (("--hours", 1, "--step-s", 0), "--step-s: got 0, must be from 1 to 600"),
        (("--hours", 1, "--figure", "/no/such/n.png"), "--figure: /no/such/n.png cannot be"),
    ],
)
def test_a_night_that_cannot_be_shown_is_status_2(catalogue, arguments, message):
    done = kansoku(catalogue, *arguments, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
