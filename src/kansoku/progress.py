"""How long work says how far it has come, without knowing who listens, and how long it took."""

from __future__ import annotations

import time
from typing import Protocol


class Progress(Protocol):
    """Called by long work, often and from one thread."""

    def __call__(
        self, stage: str, done: float | None = None, total: float | None = None, /
    ) -> None:
        """Report.

        Parameters
        ----------
        stage : str
            What is being done, such as 'visibility', or a whole sentence when nothing is counted.
        done, total : float, optional
            How much of the stage is done, in any one unit; leave both out for a plain line.
        """


def silent(_stage: str, _done: float | None = None, _total: float | None = None, /) -> None:
    """Listen to nothing."""


class Stopwatch:
    """Wall time of one stage after the other, told as each ends.

    Attributes
    ----------
    seconds : dict of str to float
        By stage, in the order they ended. [s]
    """

    def __init__(self, progress: Progress = silent) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._last_s = progress, time.perf_counter()

    def ended(self, stage: str) -> None:
        """Book the time since the last stage ended under a name, and tell it."""
        now_s = time.perf_counter()
        self.seconds[stage] = now_s - self._last_s
        self._last_s = now_s
        self._progress(f"{stage}: {self.seconds[stage]:.1f} s")
