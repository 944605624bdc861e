"""The machine's processes: how many, and work that is shared among them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from kansoku.errors import BackendError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Of freed memory that a worker process keeps, and of one array in it, the most that glibc allows
KEPT_BYTES = 256 << 20
LARGEST_KEPT_BYTES = 32 << 20

# A worker inherits the work by fork: its arrays are shared, not copied or pickled.
_inherited: Callable[[Any], Any] | None = None


def usable_cores() -> int:
    """Cores that this process may use: a container may lend fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_count(asked: int) -> int:
    """Worker processes: as asked, or one a usable core; one where processes cannot fork."""
    return (asked or usable_cores()) if hasattr(os, "fork") else 1


def map_in_order(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int = 0
) -> Iterator[Result]:
    """Do some work on every item, on several processes, and give the results in order.

    Parameters
    ----------
    work : callable
        Takes one item. May hold large arrays: they are shared with the workers, read only.
    items : sequence
    workers : int
        Processes; 0 takes one a core.

    Yields
    ------
    The result of each item; only results travel between processes.

    Raises
    ------
    BackendError
        When a worker process was killed.
    """
    workers = min(worker_count(workers), len(items))
    if workers <= 1:
        yield from map(work, items)
        return
    global _inherited
    _inherited = work
    try:
        with ProcessPoolExecutor(
            workers, mp_context=get_context("fork"), initializer=_begin_work
        ) as pool:
            yield from _results_in_order(pool, items)
    except BrokenProcessPool as cause:
        raise BackendError(
            "compute.threads: a worker process was killed, most likely for want of memory; "
            "set fewer of them, or free some memory"
        ) from cause
    finally:
        _inherited = None


def _results_in_order(pool: ProcessPoolExecutor, items: Sequence[Any]) -> Iterator[Any]:
    """As `pool.map`, which leaves a traceback on the terminal when workers and parent are stopped.

    It cancels what is not begun while the pool reports its lost workers; here the pool itself
    cancels.
    """
    ahead = deque(pool.submit(_inherited_work, item) for item in items)
    try:
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_work() -> None:
    """Prepare a worker process."""
    _leave_cores_to_others()
    _follow_the_parent()
    _keep_freed_memory()


def _leave_cores_to_others() -> None:
    """Keep linear algebra to one thread: the processes already fill the cores."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:  # where only NumPy is installed: tracks take no linear algebra
        return
    threadpool_limits(limits=1)  # it is loaded before workers are forked


def _keep_freed_memory() -> None:
    """Let the C library keep what a block of work frees for the next block.

    It would give it back to the system, which clears each page that it lends again: a twentieth
    of the time of a search for passes. Other C libraries than glibc are left as they are.
    """
    mmap_threshold, trim_threshold = -3, -1  # names of mallopt(3) parameters in malloc.h
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(mmap_threshold, LARGEST_KEPT_BYTES)
        library.mallopt(trim_threshold, KEPT_BYTES)


def _follow_the_parent() -> None:
    """Leave Ctrl-C, which a terminal sends to workers too, to the parent; end when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _inherited_work(item: Any) -> Any:
    assert _inherited is not None
    return _inherited(item)
