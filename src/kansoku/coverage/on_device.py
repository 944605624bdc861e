"""Tracks of a block of targets by kernels: what `tracks` does, on a device.

States of a chunk of samples, bits of all contributors, what may happen between samples; then runs
over the whole stretch, their edges in double precision, tracks by window. Neither the states of a
stretch nor the bits of a catalogue are ever held together (`device.memory` plans a block).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kansoku.backend import Array
from kansoku.device.device import Device, Record, blocks_of, record
from kansoku.device.sources import structure

RUN_BYTES = structure("runs.cuh", "Run").itemsize
START_BYTES = 12

FEWEST = 1 << 14
"""Entries of a queue or a list, however small the block."""

# A day of a pair of target and contributor, two to three times what the packaged network has: runs
# with undecided edges, samples before a hidden run, tracks; and crossings of a fan
RUNS, POCKETS, STARTS, CROSSINGS = 0.1, 0.25, 3.0, 5.0

SPARE = 1.1
"""Of room for what was counted: a second look finds no more than the first."""

WAVES = 1 << 16
"""Blocks of a grid at most: threads walk on, and so many fill any device."""


@dataclass(frozen=True)
class Room:
    """How much may be queued or listed in one look at a block.

    Attributes
    ----------
    runs, pockets, crossings : int
        Runs with undecided edges; samples before a hidden run or a crossing.
    starts : int
        Tracks whose starts are listed; 0 counts them alone.
    """

    runs: int
    pockets: int
    crossings: int
    starts: int

    @classmethod
    def of(cls, pairs: int, fans: int, days: float, listed: bool) -> Room:
        """Guess for pairs of target and contributor, pairs with a fan, and a stretch of days."""

        def usual(each: float, by_day: float) -> int:
            return max(FEWEST, math.ceil(each * by_day * days))

        return cls(
            runs=usual(pairs, RUNS),
            pockets=usual(pairs, POCKETS),
            crossings=usual(fans, CROSSINGS),
            starts=usual(pairs, STARTS) if listed else 0,
        )

    def bytes(self) -> int:
        """Memory that the queues and the list take. [B]"""
        return RUN_BYTES * (self.runs + self.pockets + self.crossings) + START_BYTES * self.starts


class Queue:
    """Room for runs on a device, as `Queue` of runs.cuh; `length` may exceed the room."""

    def __init__(self, device: Device, capacity: int) -> None:
        xp = device.xp
        self.capacity, self.count = capacity, xp.zeros(1, dtype=np.int32)
        runs = xp.zeros(max(capacity, 1) * RUN_BYTES, dtype=np.uint8)
        self.record = record(
            device, "runs.cuh", "Queue", runs=runs, count=self.count, capacity=capacity
        )

    @property
    def length(self) -> int:
        """Runs that were put, also those that found no room."""
        return int(self.count[0].item())


@dataclass(frozen=True)
class Counting:
    """How runs become tracks, and where they are counted.

    Attributes
    ----------
    record : Record
        `Tally` of runs.cuh.
    tracks : (n, W, padded) uint8 array
    start_s, start_contributor, start_row : array
        Of each track listed; as many as `found`, if there was room.
    found : (1,) int32 array
    """

    record: Record
    tracks: Array
    start_s: Array
    start_contributor: Array
    start_row: Array
    found: Array


def counting(
    device: Device, shape: tuple[int, int, int], window_s: float, longest_s: float, room: int
) -> Counting:
    """Make an empty count of tracks, (n, W, padded), with room for a list of starts."""
    xp = device.xp
    arrays: dict[str, Any] = {
        "tracks": xp.zeros(shape, dtype=np.uint8),
        "start_s": xp.zeros(max(room, 1), dtype=np.float32),
        "start_contributor": xp.zeros(max(room, 1), dtype=np.int32),
        "start_row": xp.zeros(max(room, 1), dtype=np.int32),
        "found": xp.zeros(1, dtype=np.int32),
    }
    # As in `tracks`: track k starts k longest_s after the first
    divisor_s = math.gcd(round(1000.0 * window_s), round(1000.0 * longest_s)) / 1000.0
    numbers = {"window_s": window_s, "longest_s": longest_s, "divisor_s": divisor_s}
    sizes = {"windows": shape[1], "padded": shape[2], "capacity": room}
    return Counting(record(device, "runs.cuh", "Tally", **arrays, **numbers, **sizes), **arrays)


def find_pockets(device: Device, chunk: Record, pockets: Queue, words: int) -> None:
    """Queue the samples before which nothing is seen, and after which a run may hide.

    Parameters
    ----------
    chunk : Record
        `Chunk` of between.cuh.
    words : int
        Words of samples that are looked at, of all targets together.
    """
    _launch(device, "between", "find_pockets", 32 * words, chunk.bytes, pockets.record.bytes)


def find_crossings(
    device: Device, chunk: Record, crossings: Queue, fans: Array, samples: int
) -> None:
    """Queue the samples after which a target passes the plane of a fan.

    Parameters
    ----------
    fans : (F,) int32 array
        Contributors.
    samples : int
        That are looked at, of all targets together.
    """
    given = (chunk.bytes, crossings.record.bytes, fans, len(fans))
    _launch(device, "between", "find_crossings", samples, *given)


def settle_runs(device: Device, stage: Record, counted: Counting, runs: Queue, bits: Array) -> None:
    """Count the tracks of runs that their samples decide; queue the others.

    Parameters
    ----------
    bits : (n, words, padded) uint32 array
    """
    rows, words, padded = bits.shape
    given = (stage.bytes, counted.record.bytes, runs.record.bytes, bits, rows, words)
    _launch(device, "tracks", "find_runs", rows * padded, *given)


def refine(device: Device, stage: Record, counted: Counting, runs: Queue) -> None:
    """Find the edges of queued runs, and count their tracks."""
    waiting = min(runs.length, runs.capacity)
    given = (stage.bytes, counted.record.bytes, runs.record.bytes, waiting)
    _launch(device, "tracks", "refine_runs", waiting, *given)


def find_hidden(device: Device, stage: Record, pockets: Queue, runs: Queue) -> None:
    """Queue the runs that hide after queued samples."""
    waiting = min(pockets.length, pockets.capacity)
    given = (stage.bytes, pockets.record.bytes, runs.record.bytes, waiting)
    _launch(device, "tracks", "find_hidden", 32 * waiting, *given)


def cross_fans(device: Device, stage: Record, counted: Counting, crossings: Queue) -> None:
    """Count the tracks of targets that pass a fan's plane after queued samples."""
    waiting = min(crossings.length, crossings.capacity)
    given = (stage.bytes, counted.record.bytes, crossings.record.bytes, waiting)
    _launch(device, "tracks", "cross_fans", waiting, *given)


def _launch(device: Device, module: str, kernel: str, threads: int, *arguments: Any) -> None:
    if threads:
        blocks = min(blocks_of(module, kernel, threads), WAVES)
        device.launch(module, kernel, blocks, *arguments)


def widened(room: Room, runs: Queue, pockets: Queue, crossings: Queue, counted: Counting) -> Room:
    """Return the room that a look would have needed; the same where there was enough."""

    def enough(had: int, needed: int) -> int:
        return had if needed <= had else int(SPARE * needed)

    found = int(counted.found[0].item())
    return replace(
        room,
        runs=enough(room.runs, runs.length),
        pockets=enough(room.pockets, pockets.length),
        crossings=enough(room.crossings, crossings.length),
        starts=enough(room.starts, found) if room.starts else 0,
    )
