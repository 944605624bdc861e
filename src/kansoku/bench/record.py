"""What a benchmark reports: the same keys for every subject."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kansoku.bench.machine import Machine


@dataclass(frozen=True)
class Peer:
    """Another code on the same work, in the same run.

    Attributes
    ----------
    name, version : str
    seconds : float
        Wall time of what it was given. [s]
    rate_per_s : float
        In the unit of the record's rate.
    """

    name: str
    version: str
    seconds: float
    rate_per_s: float


@dataclass(frozen=True)
class Record:
    """One measurement.

    Attributes
    ----------
    name : str
        Subject: 'passes', 'sgp4', ..
    backend : str
        'numpy' or 'cupy'.
    machine : Machine
        As measured in the same run.
    contributors, objects, steps : int or None
        Size of the work; None where the subject has no such axis.
    tests : int
        Units of work asked for: what `rate_per_s` counts.
    executed_tests : int
        Elementary tests done, after culling.
    seconds : float
        Wall time, the median of repeats. [s]
    peak_memory_bytes : int
        Of the process and its workers; pages that they share count once.
    peer : Peer or None
    peer_reason : str or None
        Why there is no peer.
    matched_fraction : float or None
        Share of the results of both codes that agree, where they are compared.
    """

    name: str
    backend: str
    machine: Machine
    contributors: int | None
    objects: int | None
    steps: int | None
    tests: int
    executed_tests: int
    seconds: float
    peak_memory_bytes: int
    peer: Peer | None = None
    peer_reason: str | None = None
    matched_fraction: float | None = None

    @property
    def rate_per_s(self) -> float:
        """Units of work a second."""
        return self.tests / self.seconds

    @property
    def ratio(self) -> float | None:
        """How many times the peer's rate; None without a peer."""
        return self.rate_per_s / self.peer.rate_per_s if self.peer else None

    def facts(self) -> dict[str, Any]:
        """As `kansoku bench --json` prints it; every key is always there."""
        return {
            "name": self.name,
            "backend": self.backend,
            "machine": asdict(self.machine),
            "contributors": self.contributors,
            "objects": self.objects,
            "steps": self.steps,
            "tests": self.tests,
            "executed_tests": self.executed_tests,
            "seconds": self.seconds,
            "rate_per_s": self.rate_per_s,
            "peak_memory_bytes": self.peak_memory_bytes,
            "peer": asdict(self.peer) if self.peer else None,
            "peer_reason": self.peer_reason,
            "ratio": self.ratio,
            "matched_fraction": self.matched_fraction,
        }
