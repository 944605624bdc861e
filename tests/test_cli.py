"""The command line as a process with streams and an exit status; init, check and run."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kansoku import __version__

PACKAGED = (
    "decide-abroad, decide-buy, decide-home, decide-mix, decide-upgrade, demo, japan, plan, real"
)

COMMANDS = [
    "init",
    "run",
    "compare",
    "check",
    "passes",
    "explain",
    "design",
    "bench",
    "bench passes",
    "bench design",
    "bench gpu",
    "catalogue",
    "catalogue fetch",
    "catalogue info",
    "sites",
]


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
        f"no packaged study 'nope'; choose from {PACKAGED}\n",
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
        f"correct the path, or choose from {PACKAGED}\n"
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
