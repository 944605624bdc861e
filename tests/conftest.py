"""Fixtures that every test file may use."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import settings

import every_answer

REPOSITORY = Path(__file__).parent.parent

# A busy machine is no defect: nothing here is timed
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

every_answer.watch()

STAGE = """
import sys, types
def stand_in(name, **functions):
    import importlib
    parent, _, last = name.rpartition(".")
    above = importlib.import_module(parent)
    module = types.ModuleType(name)
    vars(module).update(functions)
    sys.modules[name] = module
    setattr(above, last, module)
"""
# A command looks at its answers as tests in this process do
LOOK = f"""
import sys
sys.path.append({str(Path(__file__).parent)!r})
import every_answer
every_answer.watch()
"""
OPTIMISES = ("design", "run")
START = "\nfrom kansoku.cli import main\nmain()\n"


@pytest.fixture(scope="session")
def shared_data():
    """Folder with the real catalogues and frozen instances, which are not part of the project."""
    folder = Path(os.environ.get("KANSOKU_TEST_DATA", REPOSITORY.parent / "shared"))
    if folder.is_dir():
        return folder
    message = f"no test data in {folder}; point KANSOKU_TEST_DATA at it to run this test"
    if os.environ.get("KANSOKU_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def kansoku(tmp_path):
    """Run the command in an empty folder; a stage may be replaced by a line or two of Python."""

    def run(*arguments, stage="", env=None):
        look = LOOK if arguments and arguments[0] in OPTIMISES else ""
        program = look + STAGE + textwrap.dedent(stage) + START
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "100", **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
