"""`kansoku explain`: what is null, what cannot be answered, and how an answer is shown."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from explain_cases import (
    DECAYING,
    ISS,
    KEYS,
    START,
    STEP_S,
    World,
    a_lit_instant,
    element_set,
    random_questions,
    write_catalogue,
)  # fmt: skip
from kansoku.ephemeris.grid import time_grid
from kansoku.errors import EphemerisError, NetworkError, TargetsError
from kansoku.explain import KEYS as KEYS_OF_CODE
from kansoku.explain import explain, facts, instant_of, lines, table
from kansoku.network.contributors import FAN, LASER, OPTICAL, PASSIVE_RF, RADAR
from naive import element_sets

OF_A_TELESCOPE = {"extinction_mag", "sky_brightness_mag_arcsec2", "limiting_magnitude"}
OF_A_RADAR = {"radar_range_limit_km", "snr_db"}
OF_BOTH = {"snr", "detection_probability"}
NEEDS_A_STATE = {
    "azimuth_deg", "elevation_deg", "range_km", "sunlit", "phase_angle_deg", "magnitude",
    "moon_separation_deg", "sun_separation_deg", "angular_rate_arcsec_s", "airmass",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return write_catalogue(tmp_path_factory.mktemp("explain"))


@pytest.fixture(scope="module")
def world(catalogue):
    return World(catalogue)


# What is null ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sensor", "missing"),
    [
        ("T-OPT-07T", OF_A_RADAR),
        ("T-OPT-05W", OF_A_RADAR),
        ("T-RAD-KSGC", OF_A_TELESCOPE),
        ("T-RAD-LL-S", OF_A_TELESCOPE),
        ("T-PRF-FM", OF_A_TELESCOPE),  # hears echoes, as radars do
        ("T-SLR", OF_A_TELESCOPE | OF_A_RADAR | OF_BOTH),
        ("T-PRF-TDOA", OF_A_TELESCOPE | OF_A_RADAR | OF_BOTH),
        (None, OF_A_TELESCOPE | OF_A_RADAR | OF_BOTH),
    ],
)
def test_numbers_are_those_of_the_sensor_asked_for(catalogue, sensor, missing):
    known = explain(catalogue, *a_lit_instant(catalogue, lowest_deg=5.0), sensor)
    assert {key for key, value in known.items() if value is None} - {"decided_by"} == missing


def test_below_the_horizon_there_is_no_air_to_look_through(catalogue):
    known = explain(catalogue, *a_lit_instant(catalogue), "T-OPT-07T")
    assert known["elevation_deg"] < 0.0
    null = {key for key, value in known.items() if value is None}
    assert null == {"airmass"} | OF_A_TELESCOPE | OF_A_RADAR | OF_BOTH


@pytest.mark.parametrize(("number", "moment"), [(33334, START), (DECAYING, START.replace(day=7))])
def test_an_object_that_the_propagator_refuses_is_an_answer(catalogue, number, moment):
    known = explain(catalogue, number, "-77.8,166.7,10", moment, "T-OPT-07T")
    assert list(known) == KEYS
    assert (known["visible"], known["decided_by"]) == (False, "propagation")
    null = {key for key, value in known.items() if value is None}
    of_the_sky = OF_A_TELESCOPE | OF_A_RADAR | OF_BOTH
    assert null == of_the_sky | NEEDS_A_STATE | {"position_teme_km"}
    assert known["site_sun_elevation_deg"] < 0.0  # polar night needs no object


def test_a_state_off_its_orbit_is_shown_and_decides_propagation(tmp_path):
    # Years before its epoch the drag polynomials of a low object run away without an error code
    fields = element_set(7, "LOW", 15.9, 0.001, 51.6, np.random.default_rng(1), "0.20000E-2")
    path = tmp_path / "low.tle"
    path.write_text(element_sets.tle(fields))
    for years in range(1, 12):
        known = explain(path, 7, "0,0,0", START.replace(year=2024 - years))
        if known["decided_by"] == "propagation" and known["position_teme_km"]:
            break
    else:
        pytest.fail("SGP4 refused it every year")
    assert np.linalg.norm(known["position_teme_km"]) > 15_000.0
    assert all(known[key] is None for key in NEEDS_A_STATE)


# What cannot be answered ----------------------------------------------------------------------

GOOD = {"norad_cat_id": 25544, "site": "34.67,133.54,427", "instant": START}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"instant": "noon"}, EphemerisError, r"^--time: got 'noon', must be .* ISO 8601"),
        (
            {"instant": "1890-01-01"},
            EphemerisError,
            r"^--time: 1890-01-01T00:00:00\+00:00 is outside .*2053-10-08\); choose an instant",
        ),
        ({"instant": datetime(2060, 1, 1)}, EphemerisError, r"^--time: 2060-01-01.* is outside"),
        ({"diameter_m": 0.0}, TargetsError, r"^--diameter-m: got 0, must be from 1e-06 to 1e\+06"),
        ({"diameter_m": -1.0}, TargetsError, r"^--diameter-m: got -1, must"),
        ({"diameter_m": float("nan")}, TargetsError, r"^--diameter-m: got nan, must"),
        ({"diameter_m": float("inf")}, TargetsError, r"^--diameter-m: got inf, must"),
        ({"albedo": 0.0}, TargetsError, r"^--albedo: got 0, must be above 0 and at most 1; give"),
        ({"albedo": 1.01}, TargetsError, r"^--albedo: got 1\.01, must"),
        ({"albedo": float("nan")}, TargetsError, r"^--albedo: got nan, must"),
        (
            {"sensor_type": "T-OPT-07"},
            NetworkError,
            r"^--sensor: got 'T-OPT-07', which is no sensor type; did you mean T-OPT-07T",
        ),
        (
            {"sensor_type": "zzz"},
            NetworkError,
            r"choose from T-OPT-05W, .*T-RAD-SPF, T-SLR$",
        ),
        (
            {"norad_cat_id": 5},
            TargetsError,
            r"^--id: no object 5 among the 20 of .*few\.tle; correct the number, or name another",
        ),
        ({"site": "91,0,0"}, NetworkError, r"^--site: got '91' as latitude in '91,0,0', must be"),
        ({"site": "1,2"}, NetworkError, r"^--site: got '1,2' with 2 numbers, must be LAT,LON,"),
        ({"site": "S-JP-BISEY"}, NetworkError, r"^--site: got 'S-JP-BISEY', .*S-JP-BISEI"),
        ({"catalogue": Path("no.tle")}, TargetsError, r"no\.tle"),
    ],
)
def test_what_the_user_can_mend_is_said(catalogue, change, error, message):
    with pytest.raises(error, match=message):
        explain(**{"catalogue": catalogue, **GOOD, **change})


def broken(catalogue, tmp_path, number):
    """Copy of the catalogue with a wrong checksum in one record."""
    lines = catalogue.read_text().splitlines()
    k = next(k for k, line in enumerate(lines) if line.startswith(f"1 {number:05d}"))
    lines[k] = lines[k][:-1] + str((int(lines[k][-1]) + 1) % 10)
    path = tmp_path / "broken.tle"
    path.write_text("\n".join(lines) + "\n")
    return path, k + 1


def test_a_bad_record_of_another_object_does_not_prevent_the_answer(catalogue, tmp_path):
    path, _ = broken(catalogue, tmp_path, 10)
    assert explain(path, **GOOD) == explain(catalogue, **GOOD)


def test_a_bad_record_of_the_object_itself_is_named_with_its_line(catalogue, tmp_path):
    path, line = broken(catalogue, tmp_path, 10)
    message = rf"^--id: no object 10 among the 19 of .*\(1 of its records .*\n.*:{line}: .*checksum"
    with pytest.raises(TargetsError, match=message):
        explain(path, **GOOD | {"norad_cat_id": 10})


def test_an_object_whose_perigee_is_inside_the_earth_has_decayed(catalogue, tmp_path):
    fields = element_set(8, "GONE", 16.5, 0.05, 51.6, np.random.default_rng(1))
    path = tmp_path / "gone.tle"
    path.write_text(element_sets.tle(fields) + catalogue.read_text())
    with pytest.raises(
        TargetsError, match=r"^--id: 8 has decayed: its perigee in .*gone\.tle lies"
    ):
        explain(path, **GOOD | {"norad_cat_id": 8})


def test_a_file_may_be_called_reference(catalogue, tmp_path, monkeypatch):
    (tmp_path / "reference").write_text(catalogue.read_text())
    monkeypatch.chdir(tmp_path)
    assert explain(Path("reference"), **GOOD)["norad_cat_id"] == 25544


# The command ----------------------------------------------------------------------------------


def kansoku(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "kansoku", "explain", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("site", [("--site", "-77.8,166.7,10"), ("--site=-77.8,166.7,10",)])
def test_json_is_one_object_with_the_keys_of_the_contract(catalogue, site):
    given = ("--catalogue", catalogue, "--id", 25544, "--time", "2024-07-05T20:20:00+09:00")
    done = kansoku(*given, *site, "--sensor", "T-OPT-07T", "--diameter-m", 30, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    known = json.loads(done.stdout)
    assert list(known) == KEYS
    moment = datetime(2024, 7, 5, 11, 20, tzinfo=UTC)
    assert known == explain(catalogue, 25544, "-77.8,166.7,10", moment, "T-OPT-07T", 30.0)
    assert known["time_utc"] == "2024-07-05T11:20:00.000Z"
    assert known["rcs_m2"] == pytest.approx(np.pi / 4.0 * 900.0)


def test_the_command_shows_a_refused_object_with_status_0(catalogue):
    given = ("--catalogue", catalogue, "--id", 33334, "--time", "2024-07-05", "--site", "0,0,0")
    done = kansoku(*given)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Not visible: propagation decides (SGP4 error 1: " in done.stdout


def test_a_mistake_is_status_2_and_its_sentence(catalogue):
    given = ("--catalogue", catalogue, "--id", 25544, "--time", "2024-07-05", "--site", "0,0,0")
    done = kansoku(*given, "--sensor", "T-SLS", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "--sensor: got 'T-SLS', which is no sensor type; did you mean T-SLR"
    )
    assert "Traceback" not in done.stderr


# The table for people -------------------------------------------------------------------------


def rendered(at):
    stream = io.StringIO()
    Console(width=100, file=stream, soft_wrap=True).print(table.table(at))
    return stream.getvalue()


def rows_end(text):
    """Number of the first line under the table."""
    return max(k for k, line in enumerate(text.splitlines()) if "│" in line) + 1


def rows_of(text):
    """Cells of each line of the table, by quantity."""
    cells = [[cell.strip() for cell in line.split("│")] for line in text.splitlines()]
    return {row[1]: row[2:] for row in cells if len(row) == 6}


def criteria_with_a_limit(at, known):
    """Those that can fail for the sensor, and that have something to judge at the instant."""
    if not at.usable:
        return {"propagation"}
    kind, host = at.watch.host.kind[0], at.watch.host
    light = kind == OPTICAL or (kind == LASER and not at.target.retroreflector[0])
    bright = kind == OPTICAL and known["sunlit"] and known["elevation_deg"] >= 0.0
    applies = {
        "azimuth": kind == FAN or host.cone_half_angle_rad[0] < np.pi,
        "range": kind in (LASER, PASSIVE_RF),
        "site_dark": light,
        "sun_separation": host.sun_exclusion_rad[0] > 0.0,
        "moon_separation": host.moon_exclusion_rad[0] > 0.0,
        "sunlit": light,
        "magnitude": bright,
        "radar_range": kind in (RADAR, FAN),
    }
    return {"propagation", "elevation"} | {name for name, holds in applies.items() if holds}


@pytest.mark.slow
def test_the_table_tells_of_every_instant_what_the_json_does(world):
    sentences = set()
    for c, n, step in random_questions(world, 160, seed=16):
        moment = START + timedelta(seconds=step * STEP_S)
        at = world.at(c, n, time_grid(moment, 1.0 / 3600.0, 1.0))
        known, text = facts(at), rendered(at)
        rows, kind = rows_of(text), at.watch.host.kind[0]
        assert max(map(len, text.splitlines())) <= 100
        assert all(row[0] for row in rows.values()), f"a cell was wrapped:\n{text}"
        sentence, *also = text.splitlines()[rows_end(text) :]
        failing = [name.partition(":")[0] for name, row in rows.items() if row[-1] == "FAIL"]
        if known["visible"]:
            assert sentence == "Visible: every criterion passes."
            assert failing == []
        else:
            assert sentence.startswith(f"Not visible: {known['decided_by']} decides (")
            assert failing[0] == known["decided_by"]
            others = list(dict.fromkeys(failing))[1:]
            assert also == ([f"Also failing: {', '.join(others)}."] if others else [])
        asked = {
            name.partition(":")[0] for name, row in rows.items() if row[-1] in ("pass", "FAIL")
        }
        assert asked == criteria_with_a_limit(at, known)
        assert ("azimuth: off the plane" in rows) == (kind == FAN and at.usable)
        for row in rows.values():
            if row[-1] != "-" and row[2] != "-":
                assert row[2].startswith("-") == (row[-1] == "FAIL"), text
        sentences.add(sentence.partition(":")[2].split()[0])
    assert sentences >= {"every", "elevation", "site_dark", "radar_range", "azimuth"}


def test_the_table_gives_value_limit_margin_and_verdict(catalogue):
    at = instant_of(catalogue, 25544, "-77.8,166.7,10", "2024-07-05T11:20:00Z", "T-OPT-07T")
    text, known = rendered(at), facts(at)
    assert [line.strip() for line in text.splitlines()[:2]] == [
        "25544 ISS (ZARYA)",
        "at 2024-07-05T11:20:00.000Z from -77.8,166.7,10 with T-OPT-07T",
    ]
    elevation = known["elevation_deg"]
    verdict = "pass" if elevation >= 10.0 else "FAIL"
    expected = [f"{elevation:.2f} deg", ">= 10.00 deg", f"{elevation - 10.0:.2f} deg", verdict]
    assert rows_of(text)["elevation"] == expected
    assert [text.index(f"\n{group} ") for group in ("place", "light", "sensor")] == sorted(
        text.index(f"\n{group} ") for group in ("place", "light", "sensor")
    )


def test_brackets_in_a_name_are_no_markup(tmp_path):
    path = tmp_path / "name.tle"
    path.write_text(element_sets.tle(ISS | {"OBJECT_NAME": "CUBE [bold] [/]"}))
    assert "CUBE [bold] [/]" in rendered(instant_of(path, 25544, "0,0,0", START))


def test_a_narrow_margin_does_not_read_as_zero():
    assert lines.number(-0.004, "deg") == "-0.004 deg"
    assert lines.number(0.0, "deg") == "0.00 deg"
    assert lines.number(-12_345.678, "km", 1) == "-12,345.7 km"


def test_keys_are_those_of_the_contract():
    assert list(KEYS_OF_CODE) == KEYS
