"""How long work says how far it has come, without knowing who listens."""

from __future__ import annotations

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
