"""How long until a portfolio is proven to 0.1 %, and how far the one-shot MILP gets meanwhile.

The unit of work is a proven portfolio.
"""

from __future__ import annotations

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from kansoku.bench import machine
from kansoku.bench.record import Peer, Record
from kansoku.design.instance import read_instance
from kansoku.design.instance_answer import run_instance
from kansoku.design.monolith import solve_monolith
from kansoku.design.portfolio import relative_gap
from kansoku.errors import DesignError
from kansoku.progress import Progress, silent

BUDGET = 100.0
GAP = 1e-3
LIMIT_S = 300.0
ONE_SHOT_S = 60.0
SEED = 1
SENSORS, OBJECTS, WINDOWS = 115, 1000, 12


def run(
    instance: Path | None = None, *, one_shot_s: float = ONE_SHOT_S, progress: Progress = silent
) -> Record:
    """Prove a portfolio of a frozen instance; then give the model with every cell to HiGHS.

    Parameters
    ----------
    instance : Path, optional
        As `kansoku design` reads it; a seeded random one when left out.
    one_shot_s : float
        Time limit of the one-shot model; 0 leaves it out. [s]

    Returns
    -------
    Record
        `tests` is 1; `executed_tests` are the nodes of the search; `matched_fraction` is the
        smaller objective over the larger.
    """
    with tempfile.TemporaryDirectory() as name, machine.MemoryWatch() as memory:
        path = instance or random_instance(Path(name) / "random.npz")
        answer = run_instance(path, budget=BUDGET, gap=GAP, time_limit_s=LIMIT_S)
        progress(f"own search: {answer['seconds']:.2f} s, {answer['status']}")
        if not answer["proven"]:
            raise DesignError(
                f"{path}: not proven to {GAP} within {LIMIT_S:.0f} s; give a smaller instance"
            )
        with np.load(path, allow_pickle=False) as arrays:
            sensors, cells = len(arrays["cost"]), int(arrays["cells"])
        peer, reason, objective = _one_shot(path, one_shot_s)
    return Record(
        name="design",
        backend="numpy",
        machine=machine.measure(),
        contributors=sensors,
        objects=cells,
        steps=None,
        tests=1,
        executed_tests=int(answer["nodes"]),
        seconds=float(answer["seconds"]),
        peak_memory_bytes=memory.peak_bytes,
        peer=peer,
        peer_reason=reason,
        matched_fraction=_alike(float(answer["objective"]), objective),
    )


def _one_shot(path: Path, limit_s: float) -> tuple[Peer | None, str | None, float | None]:
    """Solve the model with every cell; it is a peer only where it reaches the gap."""
    if limit_s <= 0.0:
        return None, "the one-shot model was left out", None
    began = time.perf_counter()
    try:
        _, objective, bound, _ = solve_monolith(read_instance(path, BUDGET), GAP, limit_s)
    except DesignError as why:
        return None, f"the one-shot model found nothing: {why}", None
    seconds = time.perf_counter() - began
    reached = relative_gap(objective, bound)
    if reached > GAP:
        return None, f"the one-shot model was at {reached:.2%} after {seconds:.0f} s", objective
    return (
        Peer("HiGHS, one-shot model", version("highspy"), seconds, 1.0 / seconds),
        None,
        objective,
    )


def _alike(ours: float, theirs: float | None) -> float | None:
    if theirs is None:
        return None
    return min(ours, theirs) / max(ours, theirs) if max(ours, theirs) > 0.0 else 1.0


def random_instance(path: Path, sensors: int = SENSORS, objects: int = OBJECTS) -> Path:
    """Write a seeded instance: sensors of three prices, objects some of which few sensors see."""
    rng = np.random.default_rng(SEED)
    reach = rng.choice([0.02, 0.05, 0.12], sensors)  # share of the cells that a sensor covers
    ease = rng.gamma(0.7, size=(objects, 1)) * rng.uniform(0.3, 1.7, (objects, WINDOWS))
    chance = np.minimum(reach[:, None] * ease.reshape(-1), 1.0)
    covered = rng.random(chance.shape) < chance
    np.savez(
        path,
        bits=np.packbits(covered, axis=1),
        cells=np.int64(covered.shape[1]),
        weight=rng.integers(1, 20, objects).repeat(WINDOWS),
        cost=np.round(200.0 * reach * rng.uniform(0.6, 1.4, sensors), 1),
        name=np.array([f"sensor-{number}" for number in range(sensors)]),
    )
    return path
