"""Signals, killed workers and full disks: the command ends in words, and leaves no process."""

import os
import signal
import subprocess
import sys

import pytest

from kansoku.errors import BackendError
from kansoku.resources import map_in_order


def test_a_killed_worker_is_told_in_words():
    with pytest.raises(BackendError, match=r"compute\.threads: a worker process was killed"):
        list(map_in_order(lambda item: os.kill(os.getpid(), signal.SIGKILL), [1, 2], workers=2))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_workers_and_parent_leaves_no_traceback(number):
    program = """
import os, time
from kansoku.cli.entry import Interruption
from kansoku.resources import map_in_order
Interruption()
try:
    for _ in map_in_order(lambda _: time.sleep(0.05), range(200), 2):
        print("begun", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "begun\n"
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert out.endswith("stopped\n")
    assert err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")
def test_a_full_disk_behind_standard_output():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kansoku", "sites"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "standard output or a temporary file: no space is left there; free some, or write "
        "elsewhere\n"
    )


def test_workers_end_with_a_parent_that_is_killed():
    program = """
import os, time
from kansoku.resources import map_in_order
for pid in map_in_order(lambda _: time.sleep(0.05) or os.getpid(), range(200), 2):
    print(pid, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.kill()
    # Workers hold the other end of this pipe: it ends when the last of them does.
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
