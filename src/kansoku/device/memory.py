"""How much of a catalogue and of a stretch of time fits a device's memory at once."""

from __future__ import annotations

from dataclasses import dataclass

from kansoku.errors import BackendError

WORD = 32
"""Samples of a word of bits: chunks are whole words."""

SHARE_USED = 0.8
"""Of free memory: the rest is for what libraries take, and for blocks that do not join up."""

LEAST_CHUNK = 1024
"""Samples below which the margins of a chunk, a word on both sides, cost more than they should."""

ENOUGH_TARGETS = 512
"""With so many targets a day of minutes fills a device: then longer chunks serve better."""


@dataclass(frozen=True)
class Need:
    """What a stretch asks of a device's memory. [B]

    Attributes
    ----------
    fixed : int
        Whatever the block: tables of contributors and of instants.
    by_target : int
        Of each target for all of the stretch: its bits, tracks, runs.
    by_state : float
        Of each target and sample of a chunk.
    """

    fixed: int
    by_target: int
    by_state: float

    def bytes(self, targets: int, chunk: int) -> float:
        """Memory of a block. [B]"""
        return self.fixed + targets * (self.by_target + self.by_state * (chunk + 2 * WORD))


@dataclass(frozen=True)
class Plan:
    """Targets of a block, and samples of a chunk."""

    targets: int
    chunk: int


def plan(free_bytes: int, need: Need, targets: int, samples: int) -> Plan:
    """Choose blocks and chunks: whole stretches where many targets fit, else shorter chunks.

    Parameters
    ----------
    free_bytes : int
        Of the device.
    need : Need
    targets, samples : int
        Of the catalogue and of the stretch.

    Raises
    ------
    BackendError
        When not even one target fits.
    """
    room = SHARE_USED * free_bytes - need.fixed
    whole = -(-samples // WORD) * WORD
    shortest = min(whole, LEAST_CHUNK)
    wanted = max(1, min(targets, ENOUGH_TARGETS))
    chunk = _whole_words((room / wanted - need.by_target) / need.by_state - 2 * WORD)
    chunk = max(shortest, min(whole, chunk))
    fit = int(room / (need.by_target + need.by_state * (chunk + 2 * WORD)))
    if fit < 1:
        least = need.bytes(1, shortest) / SHARE_USED
        raise BackendError(
            f"compute.backend: {free_bytes / 1e9:.2f} GB of the device's memory are free, and one "
            f"target over {samples} samples takes {least / 1e9:.2f} GB; observe fewer hours at a "
            "time, with fewer sensors, or free some of its memory"
        )
    return Plan(min(fit, max(targets, 1)), chunk)


def _whole_words(samples: float) -> int:
    return max(0, int(samples) // WORD * WORD)
