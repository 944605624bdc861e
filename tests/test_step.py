"""Coverage at 60 s and at 1 s, for every sensor type that is modelled."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from kansoku.config import DesignSection, NetworkSection, TargetsSection
from kansoku.coverage import collect as collecting
from kansoku.coverage.stretch import Demand, stretch_of
from kansoku.ephemeris.grid import time_grid
from kansoku.network import load as load_network
from kansoku.targets import reference
from kansoku.visibility.limits import Limits

START = datetime(2024, 7, 5, 10, tzinfo=UTC)  # evening in Japan, dusk in Australia
HOURS, WINDOW_S = 6.0, 3600.0
DEMAND = Demand(WINDOW_S, 7200.0, Limits(math.radians(12.0), "conical"))
TARGETS_AT_ONCE = 4  # the states of 4 targets at 1 s take 8 MB


@pytest.fixture(scope="module")
def every_type():
    """One candidate of each type, and every existing sensor."""
    network = load_network(NetworkSection(), DesignSection(budget_mjpy=15_000))
    candidates = np.flatnonzero(network.role == "candidate")
    kinds = dict.fromkeys(network.sensor_type[candidates].tolist())
    chosen = []
    for kind in kinds:
        of_kind = candidates[network.sensor_type[candidates] == kind]
        chosen.append(of_kind[len(of_kind) // 2])
    existing = np.flatnonzero(network.role != "candidate")
    index = np.concatenate([chosen, existing])
    return network.id[index], len(kinds), network.sensors.take(index)


@pytest.fixture(scope="module")
def some_targets():
    """A random 200 or so of the reference population, 25 at least of each regime."""
    targets = reference.load(TargetsSection())
    rng, chosen = np.random.default_rng(0), []
    for regime in range(5):
        inside = rng.permutation(np.flatnonzero(targets.regime == regime))
        chosen.append(inside[: max(25, round(200 * len(inside) / len(targets)))])
    return targets.take(np.sort(np.concatenate(chosen)))


def tracks(targets, sensors, step_s):
    grid = time_grid(START, HOURS, step_s)
    stretch, _ = stretch_of(np, targets, sensors, grid, DEMAND, max_age_days=30.0)
    parts = [
        collecting.count_block(stretch, start, min(start + TARGETS_AT_ONCE, len(targets))).tracks
        for start in range(0, len(targets), TARGETS_AT_ONCE)
    ]
    return np.concatenate(parts, axis=1)


@pytest.mark.slow
def test_coverage_at_a_minute_is_that_at_a_second_within_a_hundredth(every_type, some_targets):
    names, kinds, sensors = every_type
    minute, second = (tracks(some_targets, sensors, step_s) > 0 for step_s in (60.0, 1.0))
    share = some_targets.multiplicity / some_targets.multiplicity.sum()
    for c, name in enumerate(names):
        coarse, fine = (share @ seen[c].mean(axis=1) for seen in (minute, second))
        cells = f"{int(minute[c].sum())} against {int(second[c].sum())} cells"
        print(f"{name}: coverage {coarse:.5f} against {fine:.5f}, {cells}")
        assert abs(coarse - fine) <= 0.01 * fine, name
    assert kinds == 13
    assert (second[:kinds].sum(axis=(1, 2)) > 15).all(), "each type must see enough to tell"
