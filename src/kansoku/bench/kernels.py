"""Time of each kernel by the device's own clock, and what the device can do at most.

Needs NumPy and CuPy alone: `benchmarks/gpu.py` runs where nothing else is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from kansoku.backend import Array
from kansoku.coverage.device_block import STATE_BYTES, DeviceBlock, need_of
from kansoku.coverage.stretch import Stretch, blocks
from kansoku.device.device import Device
from kansoku.device.memory import plan
from kansoku.visibility.on_device import lookout_of

STREAM_BYTES = 1 << 31
"""Copied to measure the bandwidth: far beyond any cache."""

FUSED_THREADS, FUSED_STEPS = 1 << 20, 1 << 12

FUSED_A_TEST = 12.0
"""Of elevation and reach, the first two criteria; most tests are spared them (arc.cuh)."""


class Clock(Protocol):
    """Marks instants on a device's time line."""

    def mark(self) -> Any:
        """Return an instant, once all that was launched before it is done."""

    def seconds(self, begin: Any, end: Any) -> float:
        """Time between two instants. [s]"""


class EventClock:
    """CUDA events."""

    def __init__(self, cupy: ModuleType) -> None:
        self._cuda = cupy.cuda

    def mark(self) -> Any:
        """Record an event behind what was launched."""
        event = self._cuda.Event()
        event.record()
        return event

    def seconds(self, begin: Any, end: Any) -> float:
        """Wait for the later event. [s]"""
        end.synchronize()
        return float(self._cuda.get_elapsed_time(begin, end)) * 1e-3


class HostClock:
    """For a device whose launches return when they are done."""

    def mark(self) -> float:
        """Return the wall time."""
        return time.perf_counter()

    def seconds(self, begin: float, end: float) -> float:
        """Difference of wall times. [s]"""
        return end - begin


def clock_of(xp: ModuleType) -> Clock:
    """Return the clock of an array module's device."""
    return EventClock(xp) if xp.__name__ == "cupy" else HostClock()


@dataclass
class TimedDevice:
    """A device that marks the time before and after each launch.

    Attributes
    ----------
    device : Device
    marks : list of (kernel, begin, end)
    """

    device: Device
    marks: list[tuple[str, Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.xp, self.clock = self.device.xp, clock_of(self.device.xp)
        self.process = self.device.process

    def launch(self, module: str, kernel: str, blocks: int, *arguments: Any) -> None:
        """Launch and mark."""
        begin = self.clock.mark()
        self.device.launch(module, kernel, blocks, *arguments)
        self.marks.append((kernel, begin, self.clock.mark()))

    def free_bytes(self) -> int:
        """Of the device. [B]"""
        return self.device.free_bytes()

    def release(self) -> None:
        """Of the device."""
        self.device.release()

    def address(self, array: Array) -> int:
        """Of the device."""
        return self.device.address(array)

    def seconds(self) -> dict[str, float]:
        """Time of each kernel, all its launches together. [s]"""
        spent: dict[str, float] = {}
        for kernel, begin, end in self.marks:
            spent[kernel] = spent.get(kernel, 0.0) + self.clock.seconds(begin, end)
        return spent


@dataclass(frozen=True)
class Counted:
    """A stretch counted on a device.

    Attributes
    ----------
    seconds : float
        From the first launch to the last result, by the device's clock; tables of the blocks are
        packed in between. [s]
    by_kernel : dict of str to float
        Its parts. [s]
    tracks : int
        In all windows together.
    near_states, deep_states : int
        States of orbits below 225 min and of the others.
    tests : int
        Contributors x targets x samples.
    blocks, chunk : int
        Blocks of targets, and samples of a chunk.
    """

    seconds: float
    by_kernel: dict[str, float]
    tracks: int
    near_states: int
    deep_states: int
    tests: int
    blocks: int
    chunk: int

    @property
    def device_seconds(self) -> float:
        """Time in kernels. [s]"""
        return sum(self.by_kernel.values())


def count(device: Device, stretch: Stretch) -> Counted:
    """Count the tracks of a stretch by window, nothing but counts kept, kernel by kernel."""
    timed = TimedDevice(device)
    lookout = lookout_of(timed, stretch.watch, stretch.sky)
    samples, targets = len(stretch.grid), len(stretch.targets)
    planned = plan(device.free_bytes(), need_of(stretch, lookout, listed=False), targets, samples)
    bounds, tracks, deep = blocks(targets, planned.targets), 0, 0
    begin = timed.clock.mark()
    for start, stop in bounds:
        block = DeviceBlock(stretch, lookout, start, stop, planned.chunk)
        tracks += int(block.counted(listed=False).found[0].item())
        deep += int((block.orbits.deep_of >= 0).sum().item())
    seconds = timed.clock.seconds(begin, timed.clock.mark())
    return Counted(
        seconds=seconds,
        by_kernel=timed.seconds(),
        tracks=tracks,
        near_states=(targets - deep) * samples,
        deep_states=deep * samples,
        tests=lookout.contributors * targets * samples,
        blocks=len(bounds),
        chunk=planned.chunk,
    )


@dataclass(frozen=True)
class Limits:
    """What a device reaches in this run.

    Attributes
    ----------
    name : str
    bytes_per_s : float
        Read and written, copying an array. [B/s]
    fused_per_s : float
        Fused multiply-adds in single precision, each counted once. [1/s]
    """

    name: str
    bytes_per_s: float
    fused_per_s: float


def limits_of(device: Device, scale: float = 1.0) -> Limits:
    """Measure a device, in about a second.

    Parameters
    ----------
    scale : float
        Of the work: smaller for a device that the host stands in for.
    """
    xp, clock = device.xp, clock_of(device.xp)
    one = xp.zeros(int(STREAM_BYTES * scale) // 4, dtype=np.float32)
    other = xp.ones_like(one)
    copied = least_seconds(clock, lambda: xp.copyto(one, other))
    threads, steps = int(FUSED_THREADS * scale) or 32, int(FUSED_STEPS * scale) or 8
    sums = xp.zeros(threads, dtype=np.float32)
    given = (sums, threads, steps)
    blocks = -(-threads // 256)
    fused = least_seconds(clock, lambda: device.launch("rates", "fused", blocks, *given))
    return Limits(_name_of(xp), 2.0 * one.nbytes / copied, 8.0 * threads * steps / fused)


def least_seconds(clock: Clock, work: Callable[[], object]) -> float:
    """Least time of some repeats, after a first one. [s]"""
    work()
    times = []
    for _ in range(5):
        begin = clock.mark()
        work()
        times.append(clock.seconds(begin, clock.mark()))
    return min(times)


def _name_of(xp: ModuleType) -> str:
    if xp.__name__ != "cupy":
        return "the host"
    name = xp.cuda.runtime.getDeviceProperties(xp.cuda.Device().id)["name"]
    return name.decode() if isinstance(name, bytes) else str(name)


def rows(counted: Counted, limits: Limits) -> Iterator[tuple[str, ...]]:
    """Rows of the table that a benchmark prints: stage, time, share, rate."""
    for kernel, seconds in sorted(counted.by_kernel.items(), key=lambda each: -each[1]):
        share = f"{seconds / counted.device_seconds:.1%}"
        yield kernel, f"{seconds * 1e3:.2f}", share, _rate(kernel, seconds, counted, limits)


def _rate(kernel: str, seconds: float, counted: Counted, limits: Limits) -> str:
    """What a kernel does in a second, beside what the device could move."""
    states = {"near_states": counted.near_states, "deep_states": counted.deep_states}
    if kernel in states:
        moved = STATE_BYTES * states[kernel]
        return f"{states[kernel] / seconds:.3g} states/s, {_of(moved / seconds, limits)}"
    if kernel == "visible_bits":
        moved = counted.tests / 8.0 + 12.0 * (counted.near_states + counted.deep_states)
        nominal = FUSED_A_TEST * counted.tests / seconds / limits.fused_per_s
        rate = f"{counted.tests / seconds:.3g} tests/s, {_of(moved / seconds, limits)}"
        return f"{rate}, {nominal:.0%} of the fused rate if each test were made"
    if kernel in ("find_pockets", "find_runs"):
        moved = counted.tests / 8.0
        return f"{counted.tests / seconds:.3g} tests/s, {_of(moved / seconds, limits)}"
    return ""


def _of(bytes_per_s: float, limits: Limits) -> str:
    return f"{bytes_per_s / 1e9:.0f} GB/s ({bytes_per_s / limits.bytes_per_s:.0%} of a copy)"
