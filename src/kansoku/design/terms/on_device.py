"""Forms (a) and (b) on a GPU: the integers of `Count` from one pass over packed bits.

By levels m with drop_m = phi_m - phi_{m+1} > 0, and summed by parts,

    C = sum_d omega_d [ sum_m m drop_m [N_d >= m] + lam_d base_d ]
    G_j = sum_d omega_d v_jd sum_m drop_m [N_d < m]          lam_d = sum_m drop_m [N_d < m]

which gpu/value.cu adds up in whole numbers. Always-on tracks are bit rows like any other; their
slopes belong to the constant.
"""

from __future__ import annotations

import math
import os
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array, to_numpy
from kansoku.coverage.cells import Cells
from kansoku.design.terms.count import ROW_UNIT, Count, rounded
from kansoku.design.terms.term import Cut
from kansoku.design.terms.tiles import (
    ALWAYS,
    BLOCK_ROWS,
    HEAVIEST,
    TILE_WORDS,
    WARP_ROWS,
    WORD_CELLS,
    Tiles,
    padded,
    tiles_of,
)
from kansoku.device.device import Device
from kansoku.device.memory import SHARE_USED

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
WordArray = npt.NDArray[np.uint32]

MODULE = "value"
STEPS = 8  # whole tracks that `thresholds` tells apart, at most
LEVELS = 3  # that one launch adds up
BLOCKS = 2112  # 16 a multiprocessor of an H200: some 46 tiles of 10^8 cells each
FEWEST_CELLS = 1 << 15  # below, the host is done while a kernel starts


class CountOnDevice(Count):
    """A `Count` that answers on a device, bit for bit the same.

    Its `work` is that of the host too: a search by which it is limited takes the same steps, and
    finds the same design, with a device and without.

    Parameters
    ----------
    name, cells, credit, problem_rows
        As of `Count`.
    device : Device
    """

    def __init__(
        self,
        name: str,
        cells: Cells,
        credit: tuple[float, ...],
        problem_rows: int,
        device: Device,
    ) -> None:
        super().__init__(name, cells, credit, problem_rows)
        self._device = device

    def over(self, cells: Cells) -> Count:
        """Return the same requirement over other cells, counted at the same place."""
        return count_on(self._device, self.name, cells, self.credit, self.problem_rows)

    @cached_property
    def _sums(self) -> Sums:
        return Sums(self._device, tiles_of(self.cells), self.whole_credit)

    @cached_property
    def _has_room(self) -> bool:
        needed = bytes_of_sums(self.cells, len(self.whole_credit))
        return needed <= SHARE_USED * self._device.free_bytes()

    def cuts(self, weights: FloatArray) -> tuple[Cut, ...]:
        """Return the cut of `Count.cuts`."""
        if not answers_here(self._device) or not self._has_room:
            return super().cuts(weights)
        units = rounded(weights)[self.rows]
        constant, slopes = self._sums.cut(units)
        return (self.closed(units, constant, slopes),)


def count_on(
    device: Device | None, name: str, cells: Cells, credit: tuple[float, ...], problem_rows: int
) -> Count:
    """Return a `Count` that answers where it is fastest: on the device, where there is one.

    Few cells stay on the host, and so does what the kernels cannot count.
    """
    on_host = Count(name, cells, credit, problem_rows)
    if device is None or not answers_here(device) or len(cells) < FEWEST_CELLS:
        return on_host
    if not fits(cells, on_host.whole_credit):
        return on_host
    return CountOnDevice(name, cells, credit, problem_rows, device)


def answers_here(device: Device) -> bool:
    """Whether this process made a device: it does not follow into one that is forked."""
    return device.process == os.getpid()


def fits(cells: Cells, whole: IntArray) -> bool:
    """Whether the kernels can count some cells with credit in whole numbers, (K,)."""
    levels = Levels(whole)
    return (
        len(whole) <= STEPS
        and int(cells.weight.max(initial=0)) <= HEAVIEST
        and WORD_CELLS * max(int(levels.drop.sum()), int(levels.deep.sum())) < 2**32
    )


def bytes_of_sums(cells: Cells, steps: int) -> int:
    """Memory that some cells take on a device, at most, if their weights fill words. [B]"""
    depth, rows = cells.planes.shape[:2]
    tiles = -(-len(cells) // (WORD_CELLS * TILE_WORDS))
    return 4 * TILE_WORDS * tiles * (padded(depth * rows + 8) + steps)


class Levels:
    """Numbers of tracks at which credit drops.

    Parameters
    ----------
    whole : (K,) int64 array
        Credit of each track, never rising.

    Attributes
    ----------
    at : (L,) array
        The m with phi_m > phi_{m+1}.
    drop, deep : (L,) arrays
        phi_m - phi_{m+1} in `unit`, and m times that.
    unit : int
        Largest that divides every drop.
    """

    def __init__(self, whole: IntArray) -> None:
        drop = whole - np.append(whole[1:], 0)
        self.at = np.flatnonzero(drop) + 1
        self.unit = int(np.gcd.reduce(drop)) or 1
        self.drop = drop[self.at - 1] // self.unit
        self.deep = self.at * self.drop
        self.steps = int(self.at.max(initial=0))


class Sums:
    """Constants and slopes over some tiles, which stay on a device.

    Parameters
    ----------
    device : Device
    tiles : Tiles
    whole : (K,) int64 array
        Credit of each track as whole numbers, never rising.
    """

    def __init__(self, device: Device, tiles: Tiles, whole: IntArray) -> None:
        xp = device.xp
        self.device, self.levels = device, Levels(np.asarray(whole, dtype=np.int64))
        self.row, self.worth = tiles.row, tiles.worth
        self.tiles, self.padded = tiles.bits.shape[:2]
        self.rows = int(tiles.row.max(initial=ALWAYS)) + 1
        self.bits = xp.asarray(tiles.bits)
        self._weight = xp.asarray(tiles.weight)
        clear = np.ones((1, 1, 0), bool) if tiles.sky is None else tiles.sky.clear
        window = np.zeros(self.tiles, np.int32) if tiles.sky is None else tiles.sky.window
        self.draws, self.windows = clear.shape[:2]
        self._in_weather = tiles.sky is not None
        self._in_32_bits = self._most(tiles.weight) < 2**32
        self._window, self._clear = (
            xp.asarray(window),
            xp.asarray(by_warp(clear, self.padded, rest=True)),
        )

    def _most(self, weight: WordArray) -> int:
        """Return a bound of what a lane of a block of `cut` adds up."""
        of_blocks = np.pad(weight, ((0, -len(weight) % BLOCKS), (0, 0))).reshape(
            -1, BLOCKS, TILE_WORDS
        )
        heaviest = int(of_blocks.sum(axis=0, dtype=np.int64).max(initial=0))
        credit = max(int(self.levels.drop.sum()), int(self.levels.deep.sum()))
        return heaviest * WORD_CELLS * credit * int(self.draws)

    def cut(self, units: IntArray) -> tuple[int, IntArray]:
        """Return constant and slopes (J,) of the cut at integer row weights (J,).

        `units` are weights of the rows in 1/ROW_UNIT; there may be more than have bits.
        """
        each = np.append(units, ROW_UNIT)[self.row] * self.worth  # the last one is ALWAYS
        sums = to_numpy(self._sums(each)).astype(np.int64) * self.levels.unit
        slopes = np.zeros(len(units) + 1, dtype=np.int64)
        np.add.at(slopes, self.row, sums[: len(self.row)] * self.worth)
        return int(sums[-1] + slopes[ALWAYS]), slopes[:-1]

    def _sums(self, each: IntArray) -> Array:
        """Return slopes by bit row (P,), and the constant, at integer weights of bit rows."""
        sums = self.device.xp.zeros(self.padded + 1, dtype=np.uint64)
        if not self.tiles or not len(self.levels.at):
            return sums
        in_place = self.padded == BLOCK_ROWS and self.levels.steps <= LEVELS
        if in_place and self._in_32_bits and not (each % ROW_UNIT).any():
            self._in_one_pass(each // ROW_UNIT, sums)
        else:
            self._in_two_passes(each, sums)
        return sums

    def _in_one_pass(self, times: IntArray, sums: Array) -> None:
        """Add up where every row counts whole, at most three levels deep."""
        xp, steps = self.device.xp, self.levels.steps
        drop, deep = np.zeros((2, steps), dtype=np.uint32)
        drop[self.levels.at - 1], deep[self.levels.at - 1] = self.levels.drop, self.levels.deep
        often = np.minimum(times, steps)
        is_on = np.array([[often == t] for t in range(1, LEVELS + 1)])
        name, sky = (
            (f"cut_{steps}_in_weather", self._sky) if self._in_weather else (f"cut_{steps}", ())
        )
        on = by_warp(is_on, self.padded, rest=False)
        self.device.launch(
            MODULE, name, min(self.tiles, BLOCKS), self.bits, self._weight, self.tiles,
            xp.asarray(on), xp.asarray(drop), xp.asarray(deep), *sky, sums,
        )  # fmt: skip

    @property
    def _sky(self) -> tuple[Array, Array, int, int]:
        return self._window, self._clear, self.windows, self.draws

    def _in_two_passes(self, each: IntArray, sums: Array) -> None:
        """Add up at any weights: first which cells reach which level, then the slopes."""
        reached = self._reached(each)
        for start in range(0, len(self.levels.at), LEVELS):
            some = slice(start, start + LEVELS)
            for first in range(0, self.padded, BLOCK_ROWS):
                self._slopes(reached, first, some, sums)

    def _reached(self, each: IntArray) -> Array:
        """Return which cells reach each number of tracks, (S, steps, T, 32) words."""
        xp, steps = self.device.xp, self.levels.steps
        counts, unit = counted(each, steps)
        reached = xp.empty((self.draws, steps, self.tiles, TILE_WORDS), dtype=np.uint32)
        tasks = self.tiles * self.draws
        self.device.launch(
            MODULE, "thresholds", min(-(-tasks // 4), 16 * BLOCKS), self.bits, self.tiles,
            self.padded, xp.asarray(counts), len(counts), unit, (steps * unit).bit_length(), steps,
            *self._sky, reached,
        )  # fmt: skip
        return reached

    def _slopes(self, reached: Array, first: int, some: slice, sums: Array) -> None:
        """Add the slopes of a block of bit rows over some levels."""
        xp, levels = self.device.xp, self.levels
        given = [
            xp.asarray(a[some].astype(np.uint32)) for a in (levels.at, levels.drop, levels.deep)
        ]
        self.device.launch(
            MODULE, f"slopes_{given[0].shape[0]}", min(self.tiles, BLOCKS), self.bits, self._weight,
            self.tiles, self.padded, first, reached, levels.steps, *given, *self._sky, sums,
        )  # fmt: skip


def counted(each: IntArray, steps: int) -> tuple[WordArray, int]:
    """Split integer weights of bit rows (B,) into whole tracks and the rest.

    Returns
    -------
    counts : (n, 3) uint32 array
        Bit row, whole tracks up to `steps`, rest in parts of a track; rows of weight 0 are left
        out. One entry of nothing where all are.
    unit : int
        Parts of a whole track.
    """
    part = math.gcd(ROW_UNIT, int(np.gcd.reduce(each)))
    row = np.flatnonzero(each)
    whole, rest = np.divmod(each[row], ROW_UNIT)
    table = np.stack([row, np.minimum(whole, steps), rest // part], axis=1)
    return (table if len(row) else np.zeros((1, 3))).astype(np.uint32), ROW_UNIT // part


def by_warp(is_set: npt.NDArray[np.bool_], padded: int, rest: bool) -> WordArray:
    """Pack bit rows (..., B) to a word for each warp, (..., P / 26); rows beyond B are `rest`."""
    wide = np.full((*is_set.shape[:-1], padded), rest, dtype=np.uint32)
    wide[..., : is_set.shape[-1]] = is_set
    groups = wide.reshape(*is_set.shape[:-1], -1, WARP_ROWS)
    return np.ascontiguousarray(
        (groups << np.arange(WARP_ROWS, dtype=np.uint32)).sum(-1, np.uint32)
    )
