"""The SGP4 benchmark reports what it promises, with its peers and without. Nothing is timed."""

import json
from importlib.util import find_spec

import pytest

from kansoku.bench import sgp4 as bench

KEYS = {
    "name", "backend", "machine", "contributors", "objects", "steps", "tests", "executed_tests",
    "seconds", "rate_per_s", "peak_memory_bytes", "peer", "peer_reason", "ratio",
    "matched_fraction",
}  # fmt: skip


@pytest.fixture(scope="module")
def targets(shared_data):
    return shared_data / "data" / "catalogue" / "catalogue-2024-07-05.tle.gz"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(bench, "ROWS", 16)
    monkeypatch.setattr(bench, "TIMING_S", 0.0)
    return {"hours": 2.0, "near_earth": 32, "deep_space": 16, "repeats": 1}


def test_all_keys_and_every_peer_that_is_installed(targets, few):
    record = bench.run(targets, **few)
    result = record.facts()
    assert set(result) >= KEYS
    json.dumps(result, allow_nan=False)
    # Two of ours and the package for both kinds of orbit, on one core and two; extras beside them
    extras = 2 * (find_spec("heyoka") is not None) + 4 * (find_spec("brahe") is not None)
    assert len(record.rows()) == 12 + extras
    assert result["tests"] == result["objects"] * result["steps"] == 32 * 121
    assert result["peer"]["name"] == "sgp4"
    assert result["peer_reason"] is None
    assert result["ratio"] == pytest.approx(result["rate_per_s"] / result["peer"]["rate_per_s"])
    assert result["matched_fraction"] == 1.0
    assert result["deep_space"]["matched_fraction"] == 1.0
    assert result["deep_space"]["objects"] == 16
    for kind in ("near_earth", "deep_space"):
        rows = [(row["name"], row["cores"]) for row in result[kind]["table"]]
        assert rows[:6] == [
            (name, cores) for name in ("kansoku", "kansoku exact", "sgp4") for cores in (1, 2)
        ]
        assert all(row["rate_per_s"] > 0.0 for row in result[kind]["table"])
    # It would give deep-space orbits the near-Earth theory
    assert "heyoka" not in {row["name"] for row in result["deep_space"]["table"]}


def test_without_peers_there_is_a_reason(targets, few, monkeypatch):
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    result = bench.run(targets, **few).facts()
    assert result["peer"] is None
    assert result["ratio"] is None
    assert result["matched_fraction"] is None
    assert "pip install 'kansoku[bench]'" in result["peer_reason"]
    assert result["rate_per_s"] > 0.0
    assert result["near_earth"]["missing_peers"] == ["sgp4", "heyoka", "brahe"]


def test_a_state_that_is_off_does_not_match(targets, few, monkeypatch):
    honest = bench.uniform_states

    def moved(xp, satellites, grid, start, stop):
        block = honest(xp, satellites, grid, start, stop)
        block.position_itrf_m[0, ::2] += 2.0
        return block

    monkeypatch.setattr(bench, "uniform_states", moved)
    assert bench.run(targets, **few).matched_fraction == 0.5


def test_the_embedded_population_serves_without_a_catalogue(few, monkeypatch):
    monkeypatch.setattr(bench, "find_spec", lambda name: None)
    assert bench.run(**few).objects == 32
