"""Several devices, each with a process of its own, that share work out item by item."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, NamedTuple, Protocol, TypeVar

from kansoku.device import nvrtc
from kansoku.device.device import CudaDevice, Device
from kansoku.errors import BackendError, KansokuError

Item = TypeVar("Item")
Result = TypeVar("Result")

ENDS_WITHIN_S = 5.0
"""Of workers that were told to end, before they are killed."""


class Failure(NamedTuple):
    """What ended a worker's work."""

    error: BaseException
    told: str


class Worker(NamedTuple):
    """One process and the pipe to it."""

    process: BaseProcess
    pipe: Connection


class Places(Protocol):
    """Makes the device of a worker, in the worker."""

    def __call__(self, number: int, /) -> Device:
        """Return device `number`, counted from 0."""


class Fleet(NamedTuple):
    """Devices that share work out.

    Attributes
    ----------
    make_device : callable
        As `over_devices` takes it.
    devices : int
    """

    make_device: Places
    devices: int


def cuda_device(number: int) -> Device:
    """Make one of this machine's CUDA devices the current one of this process."""
    import cupy

    nvrtc.version(cupy.cuda.runtime.driverGetVersion() // 1000)  # CuPy finds it once it is loaded
    cupy.cuda.Device(number).use()
    return CudaDevice(cupy)


def over_devices(
    make_device: Places,
    work: Callable[[Device, Item], Result],
    items: Sequence[Item],
    count: int,
) -> Iterator[Result]:
    """Do some work on every item, on several devices, and give the results in order.

    Processes are spawned: CUDA does not survive a fork. A device gets the next item when it is done
    with one, so that uneven items keep all of them busy.

    Parameters
    ----------
    make_device : callable
        Takes the number of a device, in the process that is to use it, such as `cuda_device`.
    work : callable
        Takes the device and an item. It travels to each worker once, and is pickled for that: a
        function of a module, or a `partial` of one with all that the items share.
    items : sequence
        Small: each travels to its worker. Results travel back and are pickled too.
    count : int
        Devices.

    Yields
    ------
    The result of each item, in the order of items.

    Raises
    ------
    BackendError
        When a worker's process dies.
    Exception
        What `work` raised, with the worker's traceback as a note.
    """
    context = get_context("spawn")
    workers: list[Worker] = []
    try:
        for number in range(min(count, len(items))):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, make_device, work, number), daemon=True
            )
            process.start()
            theirs.close()
            workers.append(Worker(process, ours))
        yield from _in_order(_shared_out(workers, items), len(items))
    finally:
        _end(workers)


def _in_order(found: Iterator[tuple[int, Result]], count: int) -> Iterator[Result]:
    """Keep results that come before their turn."""
    early: dict[int, Result] = {}
    for turn in range(count):
        while turn not in early:
            place, result = next(found)
            early[place] = result
        yield early.pop(turn)


def _shared_out(workers: list[Worker], items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Hand items out to whoever is free; give each result with the place of its item."""
    waiting = iter(enumerate(items))
    busy = {worker.pipe: worker for worker in workers}
    for worker in workers:
        _hand_over(worker, next(waiting, None))
    for _ in items:
        pipe = wait(list(busy))[0]
        assert isinstance(pipe, Connection)
        answer = _received(busy[pipe])
        _hand_over(busy[pipe], next(waiting, None))
        yield answer


def _hand_over(worker: Worker, task: tuple[int, Any] | None) -> None:
    if task is None:
        return
    try:
        worker.pipe.send(task)
    except OSError as cause:
        raise _died(worker) from cause


def _received(worker: Worker) -> tuple[int, Any]:
    try:
        place, result = worker.pipe.recv()
    except (EOFError, OSError) as cause:
        raise _died(worker) from cause
    if isinstance(result, Failure):
        if not isinstance(result.error, KansokuError):
            result.error.add_note(result.told)
        raise result.error
    return place, result


def _died(worker: Worker) -> BackendError:
    worker.process.join(ENDS_WITHIN_S)
    return BackendError(
        f"compute.backend: the process of a device died (exit status {worker.process.exitcode}), "
        "for want of memory or by a fault of its GPU (nvidia-smi, dmesg); free some memory, or "
        "leave that GPU out with CUDA_VISIBLE_DEVICES"
    )


def _end(workers: list[Worker]) -> None:
    for worker in workers:
        worker.pipe.close()
        worker.process.terminate()
    for worker in workers:
        worker.process.join(ENDS_WITHIN_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _serve(
    pipe: Connection, make_device: Places, work: Callable[[Device, Any], Any], number: int
) -> None:
    """Work on what comes through the pipe, in a worker, until it is closed."""
    # A terminal sends Ctrl-C to workers too: the parent ends them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()
    device: Device | None = None
    while True:
        try:
            place, item = pipe.recv()
        except EOFError:
            return
        try:
            device = device or make_device(number)
            answer: Any = work(device, item)
        except Exception as error:
            answer = Failure(error, traceback.format_exc())
        pipe.send((place, answer))


def _end_with_the_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
