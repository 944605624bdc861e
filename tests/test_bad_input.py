"""Bad input, through the real command line: what it says, where, and how to mend it.

Each mistake ends with status 2, a message alone on standard error, nothing on standard output
(one JSON object where it was asked for), and no file in the folder of the results.
"""

import gzip
import io
import json
import signal
import sys
import zipfile
from typing import NamedTuple

import numpy as np
import pytest

from kansoku.cli import main
from naive import element_sets
from naive.element_sets import ISS

STUDY = """\
study: {name: s}
targets: {catalogue: c.tle}
time: {start: 2024-07-05T09:00:00Z, hours: 3, step_s: 300, days: []}
network: {sites: [S-JP-IRIKI], sensor_types: [T-OPT-05W, T-RAD-LL-S]}
coverage: {window_hours: 1.5, scenarios: 2}
design: {budget_mjpy: 7000, gap: 0.01}
compute: {backend: numpy, threads: 1}
"""
OBJECTS = [
    {**ISS, "NORAD_CAT_ID": k, "OBJECT_NAME": f"SAT {k}", "MEAN_ANOMALY": f"{70 * k}.5"}
    for k in (1, 2, 3)
]
TLE = element_sets.tle(*OBJECTS)
SPAN = ("--start", "2024-07-05", "--hours", "3", "--min-elevation", "10", "--out", "p.csv")
PASSES = ("passes", "--catalogue", "c.tle", "--all", "--site", "31.7,130.4,500", *SPAN)


class Done(NamedTuple):
    """How the command ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def kansoku(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder, on this process, with files put there first."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments, **files):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["kansoku", *arguments])
        for name, content in files.items():
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        return Done(leaving.value.code, *capsys.readouterr())

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run_study(kansoku, tmp_path):
    """Run the small study with one thing changed; a refused one must leave no file behind."""

    def run(old="", new="", catalogue=TLE):
        assert old in STUDY
        done = kansoku("run", "s.yaml", s_yaml=STUDY.replace(old, new, 1), c_tle=catalogue)
        written = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
        assert bool(written) == (done.status == 0)
        return done

    return run


def refused(done, *sentences):
    """Check that a run ended in words alone, and that all of these are among them."""
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert "Warning" not in done.err
    for sentence in sentences:
        assert sentence in done.err


def instance(**changes):
    """Bytes of a frozen instance of three contributors and eight cells."""
    plain = {
        "bits": np.array([[0b11100000], [0b00111000], [0b00000110]], dtype=np.uint8),
        "cells": np.int64(8),
        "weight": np.arange(1, 9),
        "cost": np.array([3.0, 2.0, 4.0]),
        "name": np.array(["a", "b", "c"]),
    }
    stream = io.BytesIO()
    np.savez(stream, **{**plain, **changes})
    return stream.getvalue()


def test_the_small_study_itself_is_good(run_study):
    done = run_study()
    assert done.status == 0, done.err
    assert done.out.startswith("# s\n")


# What every release must refuse -------------------------------------------------------------


def test_truncated_tle(run_study):
    refused(
        run_study(catalogue=TLE[:-30]),
        "c.tle:9: element line has 40 columns, must have 69 (the last is the checksum); "
        "fetch the file again\n",
        "c.tle: 1 of 3 records cannot be used; mend the file or fetch it again, or leave such "
        "records out with targets.on_bad_record: skip (command line: --on-bad-record skip)\n",
    )


def test_bad_checksum(run_study):
    line = TLE.splitlines()[1]
    digit = (int(line[-1]) + 1) % 10
    done = run_study(catalogue=TLE.replace(line, f"{line[:-1]}{digit}"))
    refused(done, "c.tle:2: ", f"column 69 says {digit}, the line tallies to {line[-1]}")


def test_nan_elements(run_study):
    refused(
        run_study(catalogue=element_sets.omm_csv({**ISS, "MEAN_MOTION": "nan"})),
        "c.tle:2: object 25544: mean motion: got nan, must be ",
        "; correct the record or fetch it again\n",
    )


def test_empty_catalogue(run_study):
    refused(
        run_study(catalogue=""),
        "c.tle: the catalogue is empty, it holds no element sets; name another file, or fetch one "
        "with `kansoku catalogue fetch active --out FILE`\n",
    )


def test_unknown_site(run_study):
    refused(
        run_study("S-JP-IRIKI", "S-JP-IRIKY"),
        "s.yaml:4: network.sites[0]: got 'S-JP-IRIKY', must be a candidate site; "
        "did you mean S-JP-IRIKI?\n",
    )


def test_negative_cost(kansoku):
    content = instance(cost=np.array([3.0, -2.0, 4.0]))
    done = kansoku("design", "i.npz", "--budget", "5", "--json", i_npz=content)
    refused(
        done,
        "i.npz: cost[1] (b): got -2.0, must be finite and 0 or more; correct the cost, or remove "
        "the contributor\n",
    )


def test_window_longer_than_horizon(run_study):
    refused(
        run_study("window_hours: 1.5", "window_hours: 4"),
        "s.yaml:5: coverage.window_hours: got 4, must not be longer than time.hours 3; "
        "shorten the window, or lengthen the stretch\n",
    )


def test_no_candidate_affordable(run_study):
    refused(
        run_study("7000", "10"),
        "design.budget_mjpy (command line: --budget): got 10, but no candidate is affordable: "
        "the cheapest option, ",
        " million JPY with the opening of its site; raise the budget, or set it to 0 to see the "
        "network as it is\n",
    )


def test_floor_impossible(run_study):
    refused(
        run_study("gap: 0.01", "gap: 0.01, autonomy_min: 1.0"),
        "autonomy: at least 1 is asked for, but all candidates and arrangements together reach 0.",
        ", whatever the budget; lower the floor to at most 0.",
    )


def test_floor_impossible_is_one_json_object(kansoku):
    done = kansoku("design", "i.npz", "--min-coverage", "1", "--json", i_npz=instance())
    assert done.status == 2
    assert json.loads(done.out)["status"] == "infeasible"
    assert "coverage: at least 1 is asked for" in done.err
    assert "lower the floor to at most 0.777778, or add candidates\n" in done.err


def test_missing_file(run_study):
    refused(
        run_study("c.tle", "no.tle"),
        "s.yaml:2: targets.catalogue: got 'no.tle', no such file (",
        "); correct the path, or use 'reference'\n",
    )


def test_unwritable_results_folder(kansoku, tmp_path):
    (tmp_path / "results").write_text("a file where the folder would be")
    done = kansoku("run", "s.yaml", s_yaml=STUDY, c_tle=TLE)
    refused(
        done,
        "results/s: cannot write there (Not a directory); choose another place with --out, or "
        "mend this one\n",
    )
    assert (tmp_path / "results").read_text() == "a file where the folder would be"


# Numbers that no formula survives -------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("scenarios: 2", "credit: [0.0]", "5: coverage.credit: got [0.0], must start above 0"),
        (
            "scenarios: 2",
            f"credit: {[1.0] * 256}",
            "5: coverage.credit: got [1.0, 1.0, ",
        ),
        ("scenarios: 2", "max_track_hours: 1e-9", "5: coverage.max_track_hours: got 1e-09, must"),
        ("scenarios: 2", "max_track_hours: 1e308", "5: coverage.max_track_hours: got 1e+308, must"),
        ("scenarios: 2", "weights: {LEO: 1e308, GEO: 1e308}", "5: coverage.weights.LEO: got 1e+30"),
        ("[S-JP-IRIKI]", "[], jpy_per_usd: 1e308", "4: network.jpy_per_usd: got 1e+308, must be"),
        ("gap: 0.01", f"seed: {2**64}", f"6: design.seed: got {2**64}, must be "),
    ],
)
def test_a_number_out_of_all_reason(run_study, old, new, message):
    refused(run_study(old, new), f"s.yaml:{message}")


def test_a_regime_with_next_to_no_weight(run_study):
    geo = {**ISS, "NORAD_CAT_ID": 9, "MEAN_MOTION": "1.00270000", "INCLINATION": "0.1"}
    done = run_study("scenarios: 2", "weights: {LEO: 1, GEO: 1e-300}", element_sets.tle(ISS, geo))
    refused(done, "coverage: 2 targets", "raise the smallest of coverage.weights")


def test_a_network_without_a_sensor(run_study):
    done = run_study("[T-OPT-05W, T-RAD-LL-S]", "[], existing: none, arrangements: []")
    refused(
        done,
        "network: no sensor is left, neither existing nor candidate; name other countries, sites "
        "or sensor_types, or set network.existing: operational\n",
    )


def test_a_mean_motion_of_nearly_nothing(kansoku):
    catalogue = element_sets.omm_csv({**ISS, "MEAN_MOTION": "1e-300"})
    refused(kansoku(*PASSES, c_tle=catalogue), "c.tle:2: object 25544: mean motion: got 1e-300")


# Names, paths and files -----------------------------------------------------------------------


def test_a_path_from_the_home_folder(run_study, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "h.tle").write_text(TLE)
    monkeypatch.setenv("HOME", str(home))
    assert run_study("c.tle", "~/h.tle").status == 0


def test_a_catalogue_number_too_long_for_any(kansoku):
    given = [word.replace("--all", "--ids=1,99999999999999999999") for word in PASSES]
    refused(kansoku(*given, c_tle=TLE), "got '1,99999999999999999999', must be catalogue numbers")


def test_a_name_that_is_no_text(kansoku, tmp_path):
    catalogue = element_sets.omm_json(ISS).replace("ISS (ZARYA)", r"\ud800")
    refused(
        kansoku(*PASSES, c_tle=catalogue),
        r"c.tle:2: object 25544: OBJECT_NAME: got '\ud800', must be text",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["c.tle"]


def test_an_unknown_site_of_a_pass_is_one_sentence(kansoku):
    given = [word.replace("31.7,130.4,500", "nowhere") for word in PASSES]
    refused(
        kansoku(*given, c_tle=TLE),
        "--site: got 'nowhere', which is no site or sensor; `kansoku sites` lists them; "
        "a position is written LAT,LON,ALT_M, for example 34.672,133.544,427\n",
    )


def test_a_time_beyond_the_almanac_names_the_option_too(kansoku):
    given = [word.replace("2024-07-05", "2060-01-01") for word in PASSES]
    refused(kansoku(*given, c_tle=TLE), "time.start (command line: --start): ", "2053")


def test_gzip_garbage(run_study):
    refused(run_study(catalogue=gzip.compress(TLE.encode())[:-20]), "c.tle: the gzip data are ")


# Frozen instances -----------------------------------------------------------------------------


def archive_of(content):
    """Bytes of a zip archive whose members are all the same."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("bits", "cells", "weight", "cost", "name"):
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def single_array():
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    return stream.getvalue()


def far_too_large():
    """Header of an array of ten terabytes, without the array."""
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000000,), }"
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a readable .npz archive of plain arrays"),
        (single_array(), "not a readable .npz archive of plain arrays"),
        (archive_of(b"no array"), "array bits, cells, weight, cost, name is not in NumPy's format"),
        (archive_of(far_too_large()), "not a readable .npz archive of plain arrays"),
        (instance(name=np.array([{}, {}, {}], dtype=object)), "not a readable .npz archive"),
        (instance(name=np.array(["\ud800", "b", "c"])), r"name[0]: got '\ud800', must be text"),
        (
            instance(weight=np.array([2**64 - 1] + [1] * 7, dtype=np.uint64)),
            "weight: the sum is 18446744073709551622, must be at most",
        ),
        (instance(weight=np.full(8, 2**61)), f"weight: the sum is {2**64}, must be at most"),
        (instance(cost=np.full(3, 1e308)), "cost[0] (a): got 1e+308, must be at most"),
        (instance(credit=np.ones(256)), "credit: got 256 numbers, must be at most 255"),
    ],
)
def test_a_file_that_is_no_instance(kansoku, content, message):
    done = kansoku("design", "i.npz", "--budget", "5", "--json", i_npz=content)
    refused(done, f"i.npz: {message}")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--seed=-1", "--seed: got -1, must be 0 or more"),
        ("--time-limit=nan", "--time-limit: got nan, must be 0 or more"),
        ("--time-limit=-1", "--time-limit: got -1.0, must be 0 or more"),
        ("--budget=0.5", "(command line: --budget): got 0.5, but no candidate is affordable"),
    ],
)
def test_an_option_that_makes_no_sense(kansoku, option, message):
    refused(kansoku("design", "i.npz", "--budget", "5", option, i_npz=instance()), message)
