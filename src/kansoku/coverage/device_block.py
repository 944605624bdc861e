"""Count a block of targets on a device: states, bits, what hides between samples, tracks."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from kansoku.backend import Array, to_numpy
from kansoku.constants import SECONDS_PER_DAY
from kansoku.coverage import on_device
from kansoku.coverage.gaps import TrackTimes
from kansoku.coverage.on_device import Counting, Queue, Room
from kansoku.coverage.stretch import BlockTracks, Stretch, Work
from kansoku.device.device import Record, record
from kansoku.device.memory import WORD, Need, plan
from kansoku.device.sources import structure
from kansoku.ephemeris.on_device import Orbits
from kansoku.network.contributors import FAN, HORIZON_AZIMUTHS
from kansoku.visibility.detection import reach_m
from kansoku.visibility.illumination import SHADOW_CONES
from kansoku.visibility.on_device import Lookout, Sighting, lookout_of
from kansoku.visibility.watch import scene_of

WORD_BYTES = 4
STATE_BYTES = 24.125
"""A position and a velocity in single precision, and whether the target is lit. [B]"""
INSTANT_BYTES = 200
"""An instant in double precision and its light in single, in the making too. [B]"""
ORBIT_BYTES = (
    structure("orbit.cuh", "Orbit").itemsize + structure("orbit.cuh", "DeepSpace").itemsize
)
REACH_BYTES = 8 + 4 + 10 * 8
"""Of a contributor and target: its reach in both precisions, and what finding it takes. [B]"""
STEPS_A_DAY, SPARE_STEPS = 2, 4
"""Of resonance, of 40 bytes each; those of other epochs in the block come on top."""

MARGIN = WORD
"""Samples on both sides of a chunk, for what hides at its ends: closest approaches take two."""


class DeviceBlock:
    """Targets `start` to `stop` of a stretch on its device.

    Parameters
    ----------
    stretch : Stretch
    lookout : Lookout
        Its watch and sky on the device.
    start, stop : int
    chunk : int
        Samples whose states are held at a time, whole words.
    """

    def __init__(
        self, stretch: Stretch, lookout: Lookout, start: int, stop: int, chunk: int
    ) -> None:
        self.device, self.stretch, self.chunk = lookout.device, stretch, chunk
        self.lookout, limits = lookout, stretch.demand.limits
        self.cone_m = SHADOW_CONES.get(limits.shadow, 0.0)
        light = to_numpy(stretch.sky.moon_illuminance)
        self.orbits = Orbits(
            self.device, stretch.satellites, stretch.grid, start, stop, light, self.cone_m
        )
        scene = scene_of(stretch.xp, stretch.targets, start, stop)
        reach = reach_m(stretch.xp, stretch.watch, scene, limits)
        self.sighting = Sighting(lookout, scene, reach)
        self.rows, self.samples = stop - start, len(stretch.grid)
        self.words = -(-self.samples // WORD)

    def counted(self, listed: bool) -> Counting:
        """Count the tracks of every contributor, target and window.

        Parameters
        ----------
        listed : bool
            Also list the start of each.
        """
        days = self.stretch.grid.seconds[-1] / SECONDS_PER_DAY
        fans = int((self.stretch.watch.host.kind == FAN).sum())
        room = Room.of(self.rows * self.lookout.padded, self.rows * fans, days, listed)
        while True:
            self.device.release()
            counting, needed = self._look(room)
            if needed == room:
                return counting
            del counting  # its arrays lie where the next look needs one piece
            room = needed

    def _look(self, room: Room) -> tuple[Counting, Room]:
        """Look at the block once; also say what room that would have taken."""
        device, demand = self.device, self.stretch.demand
        pockets, crossings = Queue(device, room.pockets), Queue(device, room.crossings)
        runs = Queue(device, room.runs)
        bits = self._bits(pockets, crossings)
        shape = (self.rows, self.stretch.windows, self.lookout.padded)
        counting = on_device.counting(device, shape, demand.window_s, demand.longest_s, room.starts)
        stage = self._stage()
        on_device.settle_runs(device, stage, counting, runs, bits)
        on_device.find_hidden(device, stage, pockets, runs)
        on_device.refine(device, stage, counting, runs)
        on_device.cross_fans(device, stage, counting, crossings)
        return counting, on_device.widened(room, runs, pockets, crossings, counting)

    def _bits(self, pockets: Queue, crossings: Queue) -> Array:
        """Bits of the whole stretch, chunk by chunk; queue what may happen between samples."""
        bits, near = self.sighting.no_bits(), self.sighting.nothing_near()
        for first in range(0, self.samples, self.chunk):
            left = max(first - MARGIN, 0)
            right = min(first + self.chunk + MARGIN, self.samples)
            states, lit = self.orbits.fill(left, right - left)
            self.sighting.see(bits, near, states, lit, left, right - left)
            words = (first // WORD, -(-min(first + self.chunk, self.samples) // WORD))
            chunk = self._chunk(states, lit, bits, near, left, words)
            on_device.find_pockets(self.device, chunk, pockets, self.rows * (words[1] - words[0]))
            self._find_crossings(chunk, crossings, words)
            del states, lit, chunk  # before the next ones are made
        return bits

    def _find_crossings(self, chunk: Record, crossings: Queue, words: tuple[int, int]) -> None:
        fans = np.flatnonzero(self.stretch.watch.host.kind == FAN)
        if len(fans):
            on_device.find_crossings(
                self.device,
                chunk,
                crossings,
                self.device.xp.asarray(fans.astype(np.int32)),
                WORD * self.rows * (words[1] - words[0]),
            )

    def _chunk(
        self, states: Array, lit: Array, bits: Array, near: Array, left: int, words: tuple[int, int]
    ) -> Record:
        """`Chunk` of between.cu: samples from `left` on, pairs of words `words`."""
        look = self.lookout
        return record(
            self.device, "between.cuh", "Chunk",
            states=states, lit=lit, dark=look.dark, bits=bits, near=near, lights=look.lights,
            sensors=look.sensors32, horizon=look.horizon, reach_m=self.sighting.reach32,
            step_s=self.stretch.grid.step_s, rows=self.rows, stride=states.shape[2],
            first_sample=left, samples=self.samples, words=self.words,
            padded=look.padded,
            first_word=words[0], last_word=words[1],
        )  # fmt: skip

    def _stage(self) -> Record:
        """`Stage` of stage.cuh."""
        o, look, s, grid = self.orbits, self.lookout, self.sighting, self.stretch.grid
        return record(
            self.device, "stage.cuh", "Stage",
            orbits=o.orbits, deep=o.deep, deep_of=o.deep_of, checkpoints=o.checkpoints,
            instants=o.instants, sensors=look.sensors64, horizon=look.horizon, targets=s.targets,
            reach_m=s.reach64, step_s=grid.step_s, end_s=(self.samples - 1) * grid.step_s,
            cone_m=self.cone_m,
            sine_depression=math.sin(self.stretch.demand.limits.sun_depression_rad),
            first_step=o.first_step, steps=o.steps, samples=self.samples, padded=look.padded,
        )  # fmt: skip


def counter_of(stretch: Stretch) -> tuple[Work[BlockTracks], int]:
    """Return what counts a block of a stretch on its device, and how many targets a block has."""
    assert stretch.device is not None
    lookout = lookout_of(stretch.device, stretch.watch, stretch.sky)
    samples = len(stretch.grid)
    planned = plan(
        stretch.device.free_bytes(), need_of(stretch, lookout), len(stretch.targets), samples
    )
    return partial(_count, lookout, planned.chunk), planned.targets


def need_of(stretch: Stretch, lookout: Lookout, listed: bool = True) -> Need:
    """Memory of a block of a stretch, by what its tables hold."""
    samples, padded = len(stretch.grid), lookout.padded
    days = stretch.grid.seconds[-1] / SECONDS_PER_DAY
    fans = int((stretch.watch.host.kind == FAN).sum())
    many = 1 << 16  # so that the least room of a queue counts once, not by target
    queues = Room.of(many * padded, many * fans, days, listed).bytes() / many
    steps = samples * stretch.grid.step_s / SECONDS_PER_DAY * STEPS_A_DAY + SPARE_STEPS
    words = lookout.words * (padded + padded // WORD) * WORD_BYTES
    reach = padded * REACH_BYTES
    tables = ORBIT_BYTES + 40 * steps + reach + stretch.windows * padded
    return Need(
        fixed=samples * (INSTANT_BYTES + WORD_BYTES * padded // WORD)
        + 4 * HORIZON_AZIMUTHS * padded,
        by_target=math.ceil(words + tables + queues),
        by_state=STATE_BYTES,
    )


def _count(lookout: Lookout, chunk: int, stretch: Stretch, start: int, stop: int) -> BlockTracks:
    """Count the tracks of targets `start` to `stop`."""
    block = DeviceBlock(stretch, lookout, start, stop, chunk)
    counting = block.counted(listed=True)
    tracks = to_numpy(counting.tracks)[:, :, : lookout.contributors].transpose(2, 0, 1)
    error = block.orbits.error
    times = _times(counting, start)
    return BlockTracks(start, stop, np.ascontiguousarray(tracks), times, error)


def _times(counting: Counting, first_target: int) -> TrackTimes:
    """Starts of tracks by contributor, target and time: threads list them in any order.

    They are sorted on the device, as one key: of numbers from 0 on, bits are in their order. Pairs
    fit half of it, for the reach of each takes memory of its own.
    """
    half, rows = np.uint64(32), np.uint64(counting.tracks.shape[0])
    listed = slice(0, int(counting.found[0].item()))
    pair = counting.start_contributor[listed].astype(np.uint64) * rows
    pair += counting.start_row[listed].astype(np.uint64)
    key = pair << half | counting.start_s[listed].view(np.uint32)
    key.sort()
    pair = key >> half
    return TrackTimes(
        to_numpy((pair // rows).astype(np.int16)),
        to_numpy((pair % rows).astype(np.int32)) + np.int32(first_target),
        to_numpy(key.astype(np.uint32)).view(np.float32),
    )
