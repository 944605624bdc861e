"""The bench command: its keys, what it says without a peer or a GPU, and how passes are matched."""

import json
import math
from datetime import datetime

import numpy as np
import pytest

from kansoku.bench import brahe_peer, machine
from kansoku.bench import design as design_bench
from kansoku.bench import passes as passes_bench
from kansoku.bench.catalogue import omm_csv, reference_omm
from kansoku.bench.record import Peer, Record
from kansoku.config import TargetsSection
from kansoku.targets import reference
from kansoku.targets.catalogue import load_file

KEYS = {
    "name", "backend", "machine", "contributors", "objects", "steps", "tests", "executed_tests",
    "seconds", "rate_per_s", "peak_memory_bytes", "peer", "peer_reason", "ratio",
    "matched_fraction",
}  # fmt: skip

MACHINE = machine.Machine(2, "a processor", 1e10, 1e10)


def record(**more):
    return Record("passes", "numpy", MACHINE, 100, 20, 721, 2000, 7, 4.0, 5, **more)


def test_every_key_is_there_with_and_without_a_peer():
    alone = record(peer_reason="not installed").facts()
    beside = record(peer=Peer("brahe", "1.8.0", 10.0, 50.0), matched_fraction=0.5).facts()
    assert set(alone) == set(beside) == KEYS
    assert (alone["peer"], alone["ratio"], alone["rate_per_s"]) == (None, None, 500.0)
    assert beside["ratio"] == 10.0
    assert set(beside["peer"]) == {"name", "version", "seconds", "rate_per_s"}


def test_a_machine_is_measured():
    here = machine.measure()
    assert here.cores >= 1
    assert here.cpu
    assert here.multiply_adds_per_s > 1e7
    assert here.memory_bytes_per_s > 1e7


def test_memory_of_the_block_is_seen():
    with machine.MemoryWatch() as memory:
        held = np.ones(1 << 25)  # 256 MiB
        for _ in range(200):
            if memory.peak_bytes >= held.nbytes:
                break
            memory._stop_asked.wait(0.05)
    assert memory.peak_bytes >= 1 << 28


def test_the_embedded_population_survives_its_file(tmp_path):
    path = tmp_path / "reference.csv"
    path.write_text(reference_omm())
    read, own = load_file(path, "error"), reference.load(TargetsSection())
    assert len(read) == len(own)
    for name, values in vars(own.elements).items():
        mine = getattr(read.elements, name)
        np.testing.assert_allclose(mine, values, rtol=1e-13, atol=1e-12, err_msg=name)
    assert omm_csv(own).count("\n") == len(own) + 1


def test_passes_are_matched_by_both_edges():
    ours = [(0.0, 100.0), (500.0, 600.0), (900.0, 905.0), (2000.0, 2100.0)]
    theirs = [(0.2, 100.3), (500.0, 603.0), (5000.0, 5040.0), (2000.5, 2099.5)]
    counts, longest_s = passes_bench._compared(ours, theirs)
    assert counts.tolist() == [2, 1, 0, 1, 1]
    assert longest_s == 40.0
    counts, _ = passes_bench._compared([(0.0, 50.0)], [(0.0, 60.0)])
    assert counts.tolist() == [0, 1, 1, 0, 0]


def test_without_brahe_there_is_a_reason(kansoku):
    done = kansoku(
        "bench", "passes", "--json",
        stage="""
        sys.modules['brahe'] = None
        import kansoku.bench.passes as subject
        subject.SITES = 2
        """,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == KEYS
    assert answer["peer"] is None
    assert "pip install 'kansoku[bench]'" in answer["peer_reason"]
    assert answer["tests"] == 2 * answer["objects"]
    assert answer["executed_tests"] > 100 * answer["tests"]


def test_a_gpu_is_needed_for_its_benchmark(kansoku):
    done = kansoku("bench", "gpu", stage="sys.modules['cupy'] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no GPU answers" in done.stderr


@pytest.mark.slow
def test_brahe_finds_the_same_passes():
    pytest.importorskip("brahe")
    found = passes_bench.run(sample=6, repeats=2)
    assert found.peer.name == "brahe"
    assert found.ratio > 1.0
    assert found.matched_fraction > 0.99


def test_a_bad_element_set_does_not_end_the_batch_of_the_peer():
    class Broken:
        def __init__(self, number):
            self.number = number

        def get_id(self):
            return self.number

    def search(few):
        if any(each.number == 3 for each in few):
            raise RuntimeError("decayed")
        return []

    search.places = [0, 1]
    into = brahe_peer.Windows({}, set())
    brahe_peer._add(into, search, [Broken(number) for number in range(6)])
    assert into.refused == {3}
    assert into.pairs == 10


def test_design_is_proven_on_a_random_instance(tmp_path):
    small = design_bench.random_instance(tmp_path / "small.npz", sensors=40, objects=100)
    found = design_bench.run(small, one_shot_s=0.0)
    assert found.contributors == 40
    assert found.objects == 100 * design_bench.WINDOWS
    assert found.peer is None
    assert math.isclose(found.rate_per_s, 1.0 / found.seconds)


def test_the_random_instance_is_seeded_and_has_the_sizes_that_are_published(tmp_path):
    paths = [design_bench.random_instance(tmp_path / name) for name in ("one.npz", "again.npz")]
    one, again = (np.load(path) for path in paths)
    assert len(one["cost"]) == design_bench.SENSORS
    assert int(one["cells"]) == design_bench.OBJECTS * design_bench.WINDOWS
    assert all(np.array_equal(one[name], again[name]) for name in one.files)


def test_the_day_begins_at_midnight_before_the_median_epoch(tmp_path):
    task = passes_bench._task(None, tmp_path)
    assert task.start == datetime(2024, 7, 5)
    assert len(task.sites) == passes_bench.SITES
    assert len(set(task.sites)) == passes_bench.SITES
