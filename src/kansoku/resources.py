"""The machine's processes: how many, and work that is shared among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")

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
    """
    workers = min(worker_count(workers), len(items))
    if workers <= 1:
        yield from map(work, items)
        return
    global _inherited
    _inherited = work
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
            yield from pool.map(_inherited_work, items)
    finally:
        _inherited = None


def _inherited_work(item: Any) -> Any:
    assert _inherited is not None
    with threadpool_limits(limits=1):  # the processes already fill the cores
        return _inherited(item)
