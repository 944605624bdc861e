"""The benchmark of visibility: what it reports, and that its sizes are what was asked for."""

import numpy as np
import pytest

from kansoku.bench import visibility

KEYS = [
    "name", "backend", "machine", "contributors", "objects", "steps", "tests", "executed_tests",
    "seconds", "rate_per_s", "peak_memory_bytes", "peer", "peer_reason", "ratio",
    "matched_fraction",
]  # fmt: skip


@pytest.fixture(scope="module")
def facts():
    return visibility.run(contributors=6, hours=2.0, repeats=1).facts()


def test_the_record_has_every_key_and_says_what_was_asked(facts):
    assert list(facts) == KEYS
    assert (facts["name"], facts["contributors"], facts["steps"]) == ("visibility", 6, 121)
    assert facts["tests"] == 6 * 121 * facts["objects"]
    assert facts["rate_per_s"] == pytest.approx(facts["tests"] / facts["seconds"])


def test_culling_leaves_a_small_share_of_the_tests(facts):
    assert 0 < facts["executed_tests"] < 0.3 * facts["tests"]


def test_the_peer_is_timed_in_the_same_run(facts):
    assert facts["peer"]["name"] == "NumPy, elevation only"
    assert facts["ratio"] > 0.0


def test_copies_are_other_objects_on_the_same_orbits():
    once = visibility.targets_of(None)
    twice = visibility.run(contributors=2, hours=0.1, repeats=1, copies=2)
    assert twice.objects == 2 * len(once)


def test_sensors_are_spread_over_the_whole_network():
    few, many = (visibility.sensors_of(count) for count in (2, 100))
    assert len(few) == 2
    assert len(np.unique(many.longitude_rad)) > 50
