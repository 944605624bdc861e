"""The benchmarks of the GPU path, with the host in its place: what they do, never how fast."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emulator import EmulatedDevice
from kansoku.bench import gpu
from test_bench import KEYS

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "gpu.py"


@pytest.fixture
def script(monkeypatch):
    spec = importlib.util.spec_from_file_location("benchmark_gpu", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TARGETS_A_CORE", 6)
    monkeypatch.setattr(module, "SAMPLE_HOURS", 6.0)
    monkeypatch.setattr(module, "CUTS", 1)
    monkeypatch.setattr(module, "DRAWS", 4)
    monkeypatch.setattr(module, "WEATHER_TARGETS", 1000)
    return module


SMALL = ["--objects", "24", "--contributors", "10", "--days", "0.25", "--cells", "70000"]


@pytest.mark.slow
def test_the_script_measures_every_stage(script, capsys):
    facts = script.main([*SMALL, "--json"], device=EmulatedDevice(), scale=1e-4)
    assert json.loads(capsys.readouterr().out) == facts
    assert facts["tests"] == 24 * 10 * 361
    assert facts["tracks"] > 0
    assert facts["windows_alike"] == 1.0
    stages = {"near_states", "deep_states", "visible_bits", "find_pockets", "find_runs"}
    assert stages <= set(facts["by_kernel_s"])
    assert all(facts[f"cut_{steps}_s"] > 0.0 for steps in (1, 2, 3))
    assert all(facts[f"weather_{steps}_s"] > 0.0 for steps in (1, 2, 3))


@pytest.mark.slow
def test_the_script_prints_a_table(script, capsys):
    script.main([*SMALL, "--no-compare", "--debris"], device=EmulatedDevice(), scale=1e-4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("the host: copy ")
    assert any(line.startswith("visible_bits") and "tests/s" in line for line in lines)
    assert not any("NumPy on this machine" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--objects", "0"], "argument --objects: got 0, must be above 0"),
        (["--days", "-1"], "argument --days: got -1, must be above 0"),
        (["--cells", "inf"], "argument --cells: got inf, must be above 0"),
        (["--cells", "-5"], "argument --cells: got -5, must be above 0"),
        (["--step", "nan"], "argument --step: got nan, must be above 0"),
        (["--contributors", "many"], "argument --contributors: invalid int value: 'many'"),
        ([], "no GPU answers"),
    ],
)
def test_the_script_says_what_is_wrong(arguments, said, tmp_path):
    (tmp_path / "cupy.py").write_text("raise ImportError('libcuda.so.1')")
    environment = {"PATH": "", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_script_needs_numpy_alone(tmp_path):
    """No other package, and nothing that an installation maps: a checkout on PYTHONPATH."""
    packages = Path(np.__file__).parent.parent
    for name in ("numpy", "numpy.libs"):
        if (packages / name).exists():
            (tmp_path / name).symlink_to(packages / name)
    (tmp_path / "cupy.py").write_text("raise ImportError('libcuda.so.1')")
    path = os.pathsep.join([str(SCRIPT.parent.parent / "src"), str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-S", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": path},
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("compute.backend is 'cupy' but no GPU answers")


@pytest.mark.slow
def test_the_command_reports_the_keys_of_every_benchmark(monkeypatch):
    monkeypatch.setattr(gpu, "PEER_OBJECTS_A_CORE", 5)
    found = gpu.run(device=EmulatedDevice(), contributors=12, hours=6.0, objects=30, repeats=1)
    facts = found.facts()
    assert set(facts) == KEYS
    assert facts["name"] == "gpu"
    assert facts["tests"] == facts["contributors"] * facts["objects"] * facts["steps"]
    assert (facts["contributors"], facts["objects"], facts["steps"]) == (12, 30, 361)
    assert facts["matched_fraction"] == 1.0
    assert facts["ratio"] > 0.0
