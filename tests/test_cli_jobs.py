"""The commands that need no study, as a user meets them: arguments, refusals, what is printed."""

import json

import pytest

# passes and explain ---------------------------------------------------------------------------

PASSES = """
def run(*arguments):
    *given, progress = arguments
    return "|".join(map(str, given))
stand_in('kansoku.passes', run=run)
"""
SPAN = ("--start", "2024-07-05", "--hours", "24", "--min-elevation", "10", "--out", "p.csv")


@pytest.mark.parametrize(
    ("given", "site"),
    [
        (("--site", "-77.8,166.7,10"), "['-77.8,166.7,10']"),
        (("--site=-77.8,166.7,10",), "['-77.8,166.7,10']"),
        (("--site", "-77.8,166.7,10", "--site", "S-JP-BISEI"), "['-77.8,166.7,10', 'S-JP-BISEI']"),
    ],
)
def test_negative_latitudes_are_no_options(kansoku, tmp_path, given, site):
    (tmp_path / "c.tle").write_text("")
    done = kansoku(
        "passes", "--catalogue", "c.tle", "--ids", "25544,20580", *given, *SPAN, stage=PASSES
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        f"c.tle|[25544, 20580]|{site}|2024-07-05 00:00:00+00:00|24.0|10.0|p.csv|error\n"
    )
    assert done.stdout == ""


def test_passes_of_a_whole_catalogue(kansoku, tmp_path):
    (tmp_path / "c.tle").write_text("")
    given = ("--catalogue", "c.tle", "--all", "--site", "1,2,3", "--on-bad-record", "skip")
    done = kansoku("passes", *given, *SPAN, stage=PASSES)
    assert done.stderr == ("c.tle|None|['1,2,3']|2024-07-05 00:00:00+00:00|24.0|10.0|p.csv|skip\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "give either --ids A,B,.. or --all"),
        (("--all", "--ids", "5"), "give either --ids A,B,.. or --all"),
        (("--ids", "ISS"), "must be catalogue numbers separated by commas"),
        (("--all", "--start", "soon"), "must be a date and time in ISO 8601"),
    ],
)
def test_passes_refuses_a_contradiction(kansoku, tmp_path, given, message):
    (tmp_path / "c.tle").write_text("")
    done = kansoku("passes", "--catalogue", "c.tle", "--site", "1,2,3", *SPAN, *given, stage=PASSES)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


def test_passes_needs_a_catalogue_that_exists(kansoku):
    done = kansoku("passes", "--catalogue", "no.tle", "--all", "--site", "1,2,3", *SPAN)
    assert done.returncode == 2
    assert "no.tle" in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_json_is_one_object(kansoku, tmp_path):
    (tmp_path / "c.tle").write_text("")
    stage = """
    def instant_of(catalogue, norad_cat_id, site, time, sensor_type, diameter_m, albedo, night):
        return {"norad_cat_id": norad_cat_id, "site": site, "time": str(time), "d": diameter_m}
    stand_in('kansoku.explain', instant_of=instant_of, facts=dict, ONE_SAMPLE=None)
    stand_in('kansoku.explain.figure')
    stand_in('kansoku.explain.table', table=str)
    """
    given = ("--catalogue", "c.tle", "--id", "25544", "--site", "-77.8,166.7,10")
    given += ("--time", "2024-07-05T09:00+09:00", "--diameter-m", "2.5")
    done = kansoku("explain", *given, "--json", stage=stage)
    assert json.loads(done.stdout) == {
        "norad_cat_id": 25544,
        "site": "-77.8,166.7,10",
        "time": "2024-07-05 00:00:00+00:00",
        "d": 2.5,
    }
    assert "25544" in kansoku("explain", *given, stage=stage).stdout


# design ---------------------------------------------------------------------------------------

DESIGN = """
def run_instance(
    path, budget, min_coverage, gap, time_limit_s, seed, threads, progress, wish, state
):
    for width in (1.0, 0.95, 0.5):
        progress(types.SimpleNamespace(seconds=1.0, lower=0.5, upper=0.5 + width, nodes=3, cuts=4))
    answer = {"status": "gap_reached", "budget": budget, "gap": gap, "chosen": ["a", "b"]}
    if min_coverage == 0.99:
        answer |= {"status": "infeasible", "message": "at most 0.8 can be reached; lower it"}
    return answer | {"seed": seed, "threads": threads, "time_limit_s": time_limit_s}
stand_in('kansoku.design.instance_answer', run_instance=run_instance, Wish=lambda *wish: wish)
"""


def test_design_json_is_one_object(kansoku, tmp_path):
    (tmp_path / "i.npz").write_bytes(b"")
    done = kansoku("design", "i.npz", "--budget", "100", "--json", stage=DESIGN)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [  # a tenth less wide, or it is not worth a line
        "    1.0 s  best 0.5  bound 1.5  gap 200.00 %  3 nodes  4 cuts",
        "    1.0 s  best 0.5  bound 1  gap 100.00 %  3 nodes  4 cuts",
    ]
    answer = json.loads(done.stdout)
    assert (answer["budget"], answer["gap"], answer["seed"]) == (100.0, 1e-3, 0)
    assert answer["threads"] == 1


def test_design_for_a_reader(kansoku, tmp_path):
    (tmp_path / "i.npz").write_bytes(b"")
    done = kansoku("design", "i.npz", "--budget", "100", stage=DESIGN)
    assert done.stdout.splitlines()[3].split(maxsplit=1) == ["chosen", "a, b"]


def test_infeasible_design_still_prints_its_object(kansoku, tmp_path):
    (tmp_path / "i.npz").write_bytes(b"")
    done = kansoku("design", "i.npz", "--min-coverage", "0.99", "--json", stage=DESIGN)
    assert done.returncode == 2
    assert json.loads(done.stdout)["status"] == "infeasible"
    assert done.stderr.splitlines()[-1] == "at most 0.8 can be reached; lower it"


@pytest.mark.parametrize("given", [(), ("--budget", "1", "--min-coverage", "0.5")])
def test_design_wants_one_question(kansoku, tmp_path, given):
    (tmp_path / "i.npz").write_bytes(b"")
    done = kansoku("design", "i.npz", *given, stage=DESIGN)
    assert done.returncode == 2
    assert "give either --budget B or --min-coverage F" in done.stderr


# sites ----------------------------------------------------------------------------------------


def test_sites_json_is_one_object_of_one_country(kansoku):
    done = kansoku("sites", "--country", "JPN", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)["sites"]
    assert {row["country"] for row in rows} == {"JPN"}
    assert "S-JP-BISEI" in {row["id"] for row in rows}


def test_sites_for_a_reader_is_a_table(kansoku):
    lines = kansoku("sites").stdout.splitlines()
    assert lines[0].split() == [
        "id",
        "name",
        "kind",
        "country",
        "status",
        "lat_deg",
        "lon_deg",
        "alt_m",
    ]
    assert any(line.startswith("S-AU-SSO ") and "Siding Spring" in line for line in lines)


def test_sites_of_an_unknown_country(kansoku):
    done = kansoku("sites", "--country", "XXX")
    assert (done.returncode, done.stdout) == (2, "")
    assert "XXX" in done.stderr


# catalogue ------------------------------------------------------------------------------------

FETCH = """
class Fetched:
    warnings = ("line 3: left out",)
    def sentence(self):
        return "active.csv: 5 objects"
def fetch(name, out, *, on_bad_record):
    out.write_text(f"{name} {on_bad_record}")
    return Fetched()
import kansoku.targets
stand_in('kansoku.targets.fetch', fetch=fetch)
"""


def test_catalogue_fetch_says_what_it_wrote(kansoku, tmp_path):
    done = kansoku("catalogue", "fetch", "active", "--out", "active.csv", stage=FETCH)
    assert (done.returncode, done.stdout) == (0, "active.csv: 5 objects\n")
    assert done.stderr == "line 3: left out\n"
    assert (tmp_path / "active.csv").read_text() == "active error"


def test_catalogue_fetch_looks_at_the_folder_before_it_asks_the_network(kansoku):
    stage = "stand_in('kansoku.targets.fetch', fetch=None)"
    done = kansoku("catalogue", "fetch", "active", "--out", "no/active.csv", stage=stage)
    assert done.returncode == 2
    assert "no: cannot write there (No such file or directory)" in done.stderr


def test_catalogue_info_json_is_one_object(kansoku):
    done = kansoku("catalogue", "info", "reference", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert set(facts["by_regime"]) == {"LEO", "MEO", "GEO", "HEO", "OTHER"}
    assert facts["objects"] > 20_000


def test_catalogue_info_of_a_missing_file(kansoku):
    done = kansoku("catalogue", "info", "no.tle")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no.tle" in done.stderr
    assert "Traceback" not in done.stderr


def test_passes_of_a_real_element_set(kansoku, tmp_path):
    lines = (
        "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
        "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
    )  # the first element set of the SGP4 verification set (Vallado et al. 2006)
    (tmp_path / "c.tle").write_text("\n".join(lines) + "\n")
    span = ("--start", "2000-06-28", "--hours", "24", "--min-elevation", "5", "--out", "p.csv")
    done = kansoku("passes", "--catalogue", "c.tle", "--all", "--site", "-30.0,20.0,100", *span)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    header, *rows = (tmp_path / "p.csv").read_text().splitlines()
    assert header.startswith("norad_cat_id,name,site,rise_utc,")
    assert rows
    assert all('"-30.0,20.0,100"' in row for row in rows)
