"""Several devices share work out, each in a process of its own."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import fleet_cases
from fleet_cases import Numbered
from kansoku.device.fleet import over_devices
from kansoku.errors import BackendError

pytestmark = pytest.mark.slow


def test_results_come_in_order_from_every_device():
    found = list(over_devices(Numbered, fleet_cases.who, range(12), 2))
    assert [item for item, _, _ in found] == list(range(12))
    assert {number for _, number, _ in found} == {0, 1}
    processes = {process for _, _, process in found}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_a_slow_item_does_not_hold_up_the_others():
    numbers = list(over_devices(Numbered, fleet_cases.one_is_slow, range(20), 2))
    assert numbers.count(numbers[0]) < 5


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_items_and_devices(count):
    work = partial(fleet_cases.scaled, 3)
    assert list(over_devices(Numbered, work, [1, 2, 3], count)) == [3, 6, 9]
    assert list(over_devices(Numbered, work, [], count)) == []


def test_large_results_come_back_whole():
    found = list(over_devices(Numbered, fleet_cases.array_of, [5000, 1, 3000], 2))
    for rows, array in zip([5000, 1, 3000], found, strict=True):
        assert array.shape == (rows, 1000)
        assert (array == rows % 256).all()


def test_devices_of_kernels_work_apart():
    found = list(over_devices(fleet_cases.emulated, fleet_cases.first_of, [0, 10], 2))
    assert found == [(int(np.arange(4).sum()), 1 << 30), (int(np.arange(10, 14).sum()), 1 << 30)]


def test_a_worker_that_dies_is_told():
    with pytest.raises(BackendError, match=r"process of a device died \(exit status 9\)"):
        list(over_devices(Numbered, partial(fleet_cases.dies_at, 3), range(8), 2))


def test_what_work_raises_is_raised_with_where_it_was():
    work = partial(fleet_cases.fails_at, ZeroDivisionError("no such orbit"), 2)
    with pytest.raises(ZeroDivisionError, match="no such orbit") as told:
        list(over_devices(Numbered, work, range(8), 2))
    assert "fails_at" in told.value.__notes__[0]


def test_a_device_that_does_not_answer_is_told():
    with pytest.raises(BackendError, match="device 0 does not answer"):
        list(over_devices(fleet_cases.refuses, fleet_cases.who, [1], 1))


def children_of(pid):
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in listing.read_text().split()] if listing.exists() else []


def runs(pid):
    """Whether a process does anything: one that nobody buries is not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_ends_every_process():
    program = """
        import fleet_cases
        from kansoku.device.fleet import over_devices
        if __name__ == "__main__":
            list(over_devices(fleet_cases.Numbered, fleet_cases.sleeps, [1, 2], 2))
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=True,
    )  # fmt: skip
    assert [run.stdout.readline(), run.stdout.readline()] == ["working\n", "working\n"]
    children = children_of(run.pid)
    assert len(children) >= 2
    os.killpg(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=30)
    assert run.returncode == -signal.SIGINT
    assert told.count("Traceback") == 1, told
    until = time.monotonic() + 10.0
    while any(runs(child) for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(runs(child) for child in children)
