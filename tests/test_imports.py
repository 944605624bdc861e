"""Data flows down the pipeline, imports flow up it; and nothing heavy is loaded before its time."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
STATIONS = (
    ("targets", "network"),
    ("ephemeris",),
    ("visibility",),
    ("coverage",),
    ("design",),
    ("cubes",),
    ("report",),
)
CONFIG = {
    "byyear",
    "config",
    "configfields",
    "configfile",
    "configproblems",
    "configprogramme",
    "document",
    "references",
}
SHARED = CONFIG | {
    "errors",
    "constants",
    "backend",
    "device",
    "lazy",
    "resources",
    "progress",
    "wholefile",
    "__version__",
}
RANK = {name: rank for rank, names in enumerate(STATIONS) for name in names}
MODULES = sorted((SOURCE / "kansoku").rglob("*.py"))
HEAVY = ("numpy", "scipy", "pyomo", "highspy", "cupy", "matplotlib", "xarray", "skyfield", "pandas")


def imported(path):
    """Names of everything that a file imports, also inside functions, with the lines."""
    package = ".".join(path.relative_to(SOURCE).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = (
                ".".join([*above, *(node.module or "").split(".")]) if node.level else node.module
            )
            yield from (
                (f"{base}.{alias.name}".replace("..", "."), node.lineno) for alias in node.names
            )


def station_of(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "kansoku" and len(parts) > 1 else None


def offences(path):
    own = path.relative_to(SOURCE / "kansoku").with_suffix("").parts[0]
    for module, line in imported(path):
        other = station_of(module)
        if other is None or other == own or (other in SHARED and own not in SHARED):
            continue
        place = f"{path.relative_to(SOURCE)}:{line}"
        if own in SHARED and other not in SHARED:
            yield f"{place}: shared module {own} imports {other}"
        elif own in RANK and RANK.get(other, len(STATIONS)) >= RANK[own]:
            yield f"{place}: station {own} imports {other}, which is no earlier station"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_station_imports_only_earlier_ones(path):
    assert list(offences(path)) == []


def test_an_offender_would_be_named(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    for name, text in {
        "targets/a.py": "def f():\n    from kansoku.coverage import cells\n",
        "network/b.py": "from ..targets.objects import Targets\n",
        "errors.py": "import kansoku.design.model\n",
        "visibility/ok.py": "from kansoku import backend\nfrom kansoku.ephemeris import grid\n",
    }.items():
        path = tmp_path / "kansoku" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = [line for path in sorted(tmp_path.rglob("*.py")) for line in offences(path)]
    assert found == [
        "kansoku/errors.py:1: shared module errors imports design",
        "kansoku/network/b.py:1: station network imports targets, which is no earlier station",
        "kansoku/targets/a.py:2: station targets imports coverage, which is no earlier station",
    ]


def loaded_by(statement, *names):
    program = f"{statement}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split()) & set(names)


def test_importing_kansoku_loads_neither_cupy_nor_pyomo():
    assert loaded_by("import kansoku", "cupy", "pyomo") == set()


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_command_line_starts_without_the_heavy_libraries(argument):
    statement = (
        "import sys\nsys.argv = ['kansoku', %r]\nfrom kansoku.cli import main\n"
        "try:\n    main()\nexcept SystemExit as leaving:\n    assert leaving.code == 0"
    )
    assert loaded_by(statement % argument, *HEAVY) == set()


def test_checking_a_study_needs_no_number_crunching():
    statement = "from kansoku import configfile\nassert configfile.inspect('demo')[0]"
    assert loaded_by(statement, *HEAVY) == set()


KERNELS = (
    "kansoku.coverage.device_block",
    "kansoku.coverage.collect",
    "kansoku.design.terms.on_device",
    "kansoku.device.fleet",
    "kansoku.device.memory",
)
ALONE = ("pydantic", "skyfield", "skyfield_data", "threadpoolctl", "pyomo", "highspy", "scipy",
         "xarray", "yaml", "typer", "rich", "matplotlib")  # fmt: skip


@pytest.mark.parametrize("module", KERNELS)
def test_kernels_run_where_only_numpy_is(module):
    """So that benchmarks/gpu.py runs on a bare machine with a GPU."""
    program = f"import sys\nfor name in {ALONE}:\n    sys.modules[name] = None\nimport {module}\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
