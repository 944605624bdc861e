"""`kansoku explain`: the night in words, series and figure."""

import json
import math
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from explain_cases import (
    DECAYING,
    ISS,
    KEYS,
    SITE,
    behind_hills,
    station_and_fragment,
    write_catalogue,
)
from kansoku.errors import EphemerisError, KansokuError
from kansoku.explain import SERIES_KEYS, facts, figure, instant_of, series, words
from kansoku.explain.night import runs
from naive import element_sets

EVENING = "2024-07-05T10:00:00Z"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return station_and_fragment(tmp_path_factory.mktemp("night"))


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
