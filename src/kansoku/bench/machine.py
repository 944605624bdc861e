"""The machine a benchmark runs on: its cores, its measured limits, and the memory in use."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from kansoku.resources import usable_cores

KIB = 1024
SAMPLE_S = 0.2
SIZE = 768  # of square matrices: long enough products, all of them in the last-level cache
STREAM_BYTES = 1 << 26  # of one array a core: beyond any cache
REPEATS = 5


@dataclass(frozen=True)
class Machine:
    """What bounds a computation here.

    Attributes
    ----------
    cores : int
        That this process may use.
    cpu : str
    multiply_adds_per_s : float
        Float64, in products of matrices on all cores. [1/s]
    memory_bytes_per_s : float
        Read and written, copying arrays on all cores. [B/s]
    """

    cores: int
    cpu: str
    multiply_adds_per_s: float
    memory_bytes_per_s: float


def measure() -> Machine:
    """Measure the machine, in about a second."""
    cores = usable_cores()
    return Machine(cores, cpu_name(), _multiply_adds_per_s(cores), _memory_bytes_per_s(cores))


def cpu_name() -> str:
    """Name of the processor, as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _multiply_adds_per_s(cores: int) -> float:
    a, b = np.random.default_rng(0).random((2, SIZE, SIZE))
    out = np.empty_like(a)
    with threadpool_limits(limits=cores):
        return SIZE**3 / _least_s(lambda: np.matmul(a, b, out=out))


def _memory_bytes_per_s(cores: int) -> float:
    arrays = [np.ones((2, STREAM_BYTES // 8)) for _ in range(cores)]
    with ThreadPoolExecutor(cores) as pool:

        def copy() -> None:
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), arrays))

        return 2.0 * STREAM_BYTES * cores / _least_s(copy)


def _least_s(work: Callable[[], object]) -> float:
    """Least wall time of some repeats. [s]"""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


class MemoryWatch:
    """Samples the memory of this process and its children while its block runs.

    Attributes
    ----------
    peak_bytes : int
        Largest sum of proportional set sizes, which count shared pages once (Linux); elsewhere
        the peak of this process alone.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._stop_asked = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self._thread.join()
        if not self.peak_bytes:
            self.peak_bytes = _own_peak_bytes()

    def _sample(self) -> None:
        while not self._stop_asked.wait(SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, sum(map(_proportional_bytes, _family())))


def _family() -> list[int]:
    """Ids of this process and its children."""
    children = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return [os.getpid(), *(int(pid) for pids in children for pid in pids)]


def _proportional_bytes(pid: int) -> int:
    """Proportional set size of a process; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith("Pss:"))


def _own_peak_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * KIB
