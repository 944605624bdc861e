"""All passes of a day on the GPU, beside the NumPy path of the same machine."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kansoku import __version__
from kansoku.backend import select
from kansoku.bench import passes
from kansoku.bench.record import Peer, Record
from kansoku.progress import Progress, silent


def run(catalogue: Path | None = None, progress: Progress = silent) -> Record:
    """Time the search of a whole catalogue with CuPy, then with NumPy.

    Raises
    ------
    BackendError
        When no GPU answers.
    """
    select("cupy")
    on_device = passes.run(catalogue, backend="cupy", sample=0, progress=progress)
    on_host = passes.run(catalogue, backend="numpy", sample=0, progress=progress)
    peer = Peer("kansoku with NumPy", __version__, on_host.seconds, on_host.rate_per_s)
    return dataclasses.replace(on_device, name="gpu", peer=peer, peer_reason=None)
