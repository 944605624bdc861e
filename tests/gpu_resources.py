"""What the kernels of gpu/ take of a multiprocessor, read from NVRTC's report and from SASS.

python tests/gpu_resources.py writes the table that tests/test_gpu_compile.py compares with. Read
what it changes before it is committed: more registers mean fewer warps, more instructions time.
"""

import csv
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from kansoku.device import nvrtc, sources

TABLE = Path(__file__).parent / "golden" / "gpu_resources.csv"
COLUMNS = ("kernel", "architecture", "registers", "instructions")
ARCHITECTURE = "sm_90"

ENTRY = re.compile(
    r"Compiling entry function '(\w+)'(.*?)(?=Compiling entry function|\Z)", re.DOTALL
)
USED = re.compile(r"Used (\d+) registers")
SPILLED = re.compile(r"(\d+) bytes spill (?:stores|loads)")
SECTION = re.compile(r"^\.text\.(\w+):$(.*?)(?=^\s*\.section|\Z)", re.DOTALL | re.MULTILINE)
INSTRUCTION = re.compile(r"^\s*/\*[0-9a-f]{4,}\*/\s+(?!NOP\b)\S", re.MULTILINE)


@dataclass(frozen=True)
class Use:
    """Of one kernel: registers of a thread, bytes that did not fit into them."""

    registers: int
    spilled_bytes: int


def require(is_there, what):
    """Skip the test by name where something is missing; fail where it is required."""
    if is_there:
        return
    if os.environ.get("KANSOKU_REQUIRE_COMPILERS") == "1":
        pytest.fail(f"no {what}, and KANSOKU_REQUIRE_COMPILERS is set")
    pytest.skip(f"no {what} here: kernels are not compiled for devices")


def compiled(module, architecture):
    """Machine code and report of a source; kept between runs, as some take a quarter minute."""
    options = "\0".join([sources.digest(module), architecture, nvrtc.version(), *nvrtc.OPTIONS])
    digest = hashlib.sha256(options.encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"kansoku-cubin-{os.getuid()}-{digest}"
    if not kept.exists():
        text = sources.text(f"{module}.cu")
        made = nvrtc.compiled(f"{module}.cu", text, sources.headers(), architecture)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            (Path(folder) / "cubin").write_bytes(made.cubin)
            (Path(folder) / "log").write_text(made.log)
            _take_its_name(Path(folder), kept)
    return nvrtc.Compiled((kept / "cubin").read_bytes(), (kept / "log").read_text())


def _take_its_name(folder, kept):
    """Another process may have been faster, with the same result."""
    part = kept.with_suffix(f".{os.getpid()}")
    shutil.copytree(folder, part)
    try:
        part.rename(kept)
    except OSError:
        shutil.rmtree(part)


def uses(log):
    """Registers and spills of each kernel, as the compiler reports them."""
    return {
        name: Use(int(USED.search(report).group(1)), sum(int(n) for n in SPILLED.findall(report)))
        for name, report in ENTRY.findall(log)
    }


@cache
def disassembler():
    """Path of nvdisasm: of its wheel, or on the PATH; None where it is missing."""
    found = find_spec("nvidia")
    places = list(found.submodule_search_locations or ()) if found else []
    of_wheels = [str(path) for place in places for path in Path(place).rglob("bin/nvdisasm")]
    return next(iter(sorted(of_wheels, reverse=True)), shutil.which("nvdisasm"))


def instructions(cubin):
    """Machine instructions of each kernel and of the functions it calls; no padding."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [disassembler(), "-c", file.name]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name: len(INSTRUCTION.findall(body)) for name, body in SECTION.findall(text)}


def committed():
    """Rows of the table by kernel."""
    with TABLE.open(encoding="utf-8") as file:
        return {row["kernel"]: row for row in csv.DictReader(file)}


def measured():
    """Rows of the table as they would be now."""
    for module in sources.modules():
        made = compiled(module, ARCHITECTURE)
        counts = instructions(made.cubin)
        for name, use in sorted(uses(made.log).items()):
            yield f"{module}.{name}", ARCHITECTURE, use.registers, counts[name]


def main():
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *measured()])


if __name__ == "__main__":
    main()
