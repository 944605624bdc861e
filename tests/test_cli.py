"""The command line as a user or a script meets it: a process, its streams and its exit status."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kansoku import __version__

COMMANDS = [
    "init",
    "run",
    "check",
    "passes",
    "explain",
    "design",
    "catalogue",
    "catalogue fetch",
    "catalogue info",
    "sites",
]
STAGE = """
import sys, types
def stand_in(name, **functions):
    import importlib
    parent, _, last = name.rpartition(".")
    above = importlib.import_module(parent)
    module = types.ModuleType(name)
    vars(module).update(functions)
    sys.modules[name] = module
    setattr(above, last, module)
"""
START = "\nfrom kansoku.cli import main\nmain()\n"


@pytest.fixture
def kansoku(tmp_path):
    """Run the command in an empty folder; a stage may be replaced by a line or two of Python."""

    def run(*arguments, stage="", env=None):
        program = STAGE + textwrap.dedent(stage) + START
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "100", **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_version(kansoku):
    done = kansoku("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"kansoku {__version__}\n", "")


def test_module_can_be_run_too(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "kansoku", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"kansoku {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_a_real_invocation(kansoku, command):
    done = kansoku(*command.split(), "--help")
    assert done.returncode == 0
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert any(
        line.strip().startswith(f"kansoku {command} ") or line.strip() == f"kansoku {command}"
        for line in examples
    )


def test_help_lists_the_commands_with_whole_sentences(kansoku):
    done = kansoku("--help")
    listed = done.stdout.partition("Commands:\n")[2]
    for command in COMMANDS:
        assert f"  {command.split()[0]} " in listed
    assert "..." not in listed


def test_usage_error_is_status_2_on_stderr(kansoku):
    done = kansoku("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Missing argument 'CONFIG'" in done.stderr


def test_unknown_command_is_status_2(kansoku):
    done = kansoku("rum")
    assert done.returncode == 2
    assert "rum" in done.stderr


def test_own_fault_keeps_its_traceback_and_is_status_1(kansoku):
    done = kansoku(
        "sites", stage="stand_in('kansoku.network.sites', listing=lambda country: 1 / 0)"
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_is_the_exit_status_without_a_traceback(kansoku, number, status):
    stage = f"""
    def listing(country):
        import os
        os.kill(os.getpid(), {int(number)})
    stand_in('kansoku.network.sites', listing=listing)
    """
    done = kansoku("sites", stage=stage)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_best_answer_so_far_is_printed_and_the_status_tells_of_the_signal(kansoku, number, status):
    stage = f"""
    def run_to_folder(loaded, out, progress):
        import os
        try:
            os.kill(os.getpid(), {int(number)})
        except KeyboardInterrupt:
            return "best so far"
    stand_in('kansoku.study', run_to_folder=run_to_folder)
    """
    done = kansoku("run", "demo", stage=stage)
    assert (done.returncode, done.stdout) == (status, "best so far\n")


def test_signal_to_a_forked_worker_ends_it_without_a_word(kansoku):
    stage = """
    def listing(country):
        import os, signal
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        return [{"status": os.waitstatus_to_exitcode(status)}]
    stand_in('kansoku.network.sites', listing=listing)
    """
    done = kansoku("sites", "--json", stage=stage)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"sites": [{"status": -15}]}


# init -----------------------------------------------------------------------------------------


def test_init_copies_a_packaged_study_with_its_comments(kansoku, tmp_path):
    done = kansoku("init", "demo", "studies")
    assert done.returncode == 0
    assert (
        done.stdout == "studies/demo.yaml written; edit it, then: kansoku run studies/demo.yaml\n"
    )
    copy = (tmp_path / "studies/demo.yaml").read_text("utf-8")
    packaged = (Path(__file__).parent.parent / "configs/demo.yaml").read_text("utf-8")
    assert copy == f"# yaml-language-server: $schema=kansoku.schema.json\n{packaged}"
    schema = json.loads((tmp_path / "studies/kansoku.schema.json").read_text("utf-8"))
    assert "design" in schema["properties"]
    assert kansoku("check", "studies/demo.yaml").returncode == 0


def test_init_takes_demo_where_no_name_is_given(kansoku, tmp_path):
    assert kansoku("init", ".").returncode == 0
    assert (tmp_path / "demo.yaml").exists()


def test_init_never_overwrites(kansoku, tmp_path):
    (tmp_path / "demo.yaml").write_text("mine")
    done = kansoku("init", "demo", ".")
    assert done.returncode == 2
    assert done.stderr == (
        "demo.yaml: exists already and is left as it is; choose another folder, or remove it\n"
    )
    assert (tmp_path / "demo.yaml").read_text() == "mine"


def test_init_of_an_unknown_study_names_the_packaged_ones(kansoku):
    done = kansoku("init", "nope", ".")
    assert (done.returncode, done.stderr) == (
        2,
        "no packaged study 'nope'; choose from demo, real\n",
    )


def test_init_into_a_place_that_is_no_folder(kansoku, tmp_path):
    (tmp_path / "file").write_text("")
    done = kansoku("init", "demo", "file/inside")
    assert done.returncode == 2
    assert done.stderr.startswith("file/inside/demo.yaml: cannot be written (")


# check ----------------------------------------------------------------------------------------


def test_check_lists_all_problems_at_once(kansoku, tmp_path):
    (tmp_path / "s.yaml").write_text("study: {name: s}\ntime: {start: soon}\ndesing: {}\n")
    done = kansoku("check", "s.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(": ")[:2] for line in done.stderr.splitlines()] == [
        ["s.yaml:1", "design"],
        ["s.yaml:2", "time.start"],
        ["s.yaml:3", "desing"],
    ]


def test_check_of_a_good_study(kansoku):
    done = kansoku("check", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("demo: no problems; ")


@pytest.mark.parametrize(("text", "valid"), [("zebra: 1\n", False), (None, True)])
def test_check_json_is_one_object(kansoku, tmp_path, text, valid):
    if text:
        (tmp_path / "demo").write_text(text)
    done = kansoku("check", "demo", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if valid else 2)
    assert (answer["config"], answer["valid"]) == ("demo", valid)
    assert valid == (answer["problems"] == [])
    for problem in answer["problems"]:
        assert list(problem) == ["file", "line", "key", "message"]


def test_check_of_a_missing_file(kansoku):
    done = kansoku("check", "nope.yaml")
    assert done.returncode == 2
    assert done.stderr == (
        "nope.yaml: there is no such file, nor a packaged study of that name; "
        "correct the path, or choose from demo, real\n"
    )


def test_check_schema_is_the_schema_alone(kansoku):
    done = kansoku("check", "--schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["title"] == "kansoku study"


# run ------------------------------------------------------------------------------------------

ECHO = """
def run_to_folder(loaded, out, progress):
    progress("visibility", 1, 2)
    return f"{loaded.config.study.name} {loaded.config.compute.backend} {out}"
stand_in('kansoku.study', run_to_folder=run_to_folder)
"""


def test_run_prints_the_answer_and_progress_apart(kansoku):
    done = kansoku("run", "demo", stage=ECHO)
    assert (done.returncode, done.stdout) == (0, "demo auto results/demo\n")
    assert done.stderr == "visibility: 50 %\nwritten to results/demo\n"


def test_run_takes_backend_and_folder_from_the_command_line(kansoku, tmp_path):
    done = kansoku("run", "demo", "--backend", "numpy", "--out", "a/b", stage=ECHO)
    assert done.stdout == "demo numpy a/b\n"
    assert list((tmp_path / "a/b").iterdir()) == []


def test_run_refuses_an_unwritable_folder_before_it_computes(kansoku, tmp_path):
    (tmp_path / "results").write_text("a file, not a folder")
    done = kansoku("run", "demo", stage="stand_in('kansoku.study', run_to_folder=None)")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "results/demo: cannot write there (Not a directory); "
        "choose another place with --out, or mend this one\n"
    )


def test_run_of_a_bad_study_says_what_to_mend(kansoku, tmp_path):
    (tmp_path / "s.yaml").write_text("study: {name: s}\ntime: {start: 2024-07-05}\n")
    done = kansoku("run", "s.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "s.yaml:1: design: missing; add this section, with at least budget_mjpy\n"
    )
    assert not (tmp_path / "results").exists()


def test_user_mistake_found_in_a_stage_is_its_message_alone(kansoku):
    stage = """
    from kansoku.errors import DesignError
    def run_to_folder(loaded, out, progress):
        raise DesignError("design.autonomy_min: got 0.9, at most 0.4 can be reached; lower it")
    stand_in('kansoku.study', run_to_folder=run_to_folder)
    """
    done = kansoku("run", "demo", stage=stage)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("design.autonomy_min: got 0.9, at most 0.4 can be reached; lower it\n")


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
    def instant_of(catalogue, norad_cat_id, site, time, sensor_type, diameter_m, albedo):
        return {"norad_cat_id": norad_cat_id, "site": site, "time": str(time), "d": diameter_m}
    stand_in('kansoku.explain', instant_of=instant_of, facts=dict)
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
def run_instance(path, budget, min_coverage, gap, time_limit_s, seed, threads, progress):
    for width in (1.0, 0.95, 0.5):
        progress(types.SimpleNamespace(seconds=1.0, lower=0.0, upper=width, nodes=3, cuts=4))
    answer = {"status": "gap_reached", "budget": budget, "gap": gap, "chosen": ["a", "b"]}
    if min_coverage == 0.99:
        answer |= {"status": "infeasible", "message": "at most 0.8 can be reached; lower it"}
    return answer | {"seed": seed, "threads": threads, "time_limit_s": time_limit_s}
stand_in('kansoku.design.instance', run_instance=run_instance)
"""


def test_design_json_is_one_object(kansoku, tmp_path):
    (tmp_path / "i.npz").write_bytes(b"")
    done = kansoku("design", "i.npz", "--budget", "100", "--json", stage=DESIGN)
    assert done.returncode == 0
    assert done.stderr.splitlines() == [  # a tenth less wide, or it is not worth a line
        "    1.0 s  between 0 and 1  (3 nodes)",
        "    1.0 s  between 0 and 0.5  (3 nodes)",
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
