"""How long the main job takes on a real catalogue, stage by stage, and how much memory.

    python benchmarks/study.py CATALOGUE [--satcat FILE] [--json]

Runs the packaged study `real` (one day at 60 s) on the given files in this process, and writes the
results to a temporary folder. Peak memory is that of the process and its workers together; pages
they share count once (Linux).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kansoku import configfile, study
from kansoku.bench.machine import MemoryWatch


def loaded(catalogue: Path, satcat: Path | None, folder: Path) -> configfile.LoadedConfig:
    """Write the packaged study with the given files, and load it."""
    lines = []
    for line in configfile.packaged_text("real").splitlines():
        if line.strip().startswith("catalogue:"):
            line = f"  catalogue: {json.dumps(str(catalogue.resolve()))}"
        if line.strip().startswith("satcat:"):
            line = f"  satcat: {json.dumps(str(satcat.resolve()))}" if satcat else ""
        lines.append(line)
    path = folder / "real.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return configfile.load_config(path)


def run(config: configfile.LoadedConfig, folder: Path) -> dict[str, Any]:
    """Run the study; seconds by stage, and what was proven."""
    told: list[str] = []

    def listen(stage: str, done: float | None = None, total: float | None = None, /) -> None:
        if done is None:
            told.append(stage)
            print(stage, file=sys.stderr, flush=True)

    with MemoryWatch() as memory:
        began = time.perf_counter()
        study.run_to_folder(config, folder / "results", listen)
        seconds = time.perf_counter() - began
    answer = json.loads((folder / "results" / "answer.json").read_text(encoding="utf-8"))
    return {
        "seconds": seconds,
        "stages": [line for line in told if line.endswith(" s")],
        "peak_memory_bytes": memory.peak_bytes,
        "answer": answer,
    }


def main() -> int:
    """Read the arguments, run, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--satcat", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = run(loaded(given.catalogue, given.satcat, Path(name)), Path(name))
    if given.json:
        print(json.dumps(result))
        return 0
    for line in result["stages"]:
        print(f"  {line}")
    print(f"whole run: {result['seconds']:.1f} s")
    print(f"peak memory: {result['peak_memory_bytes'] / 1e9:.2f} GB (process and workers)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
