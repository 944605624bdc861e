"""What works from the source tree is in the wheel too, as pyproject lists it."""

import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parent.parent
SETUPTOOLS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
DATA_FOLDERS = {"kansoku.gpu": "gpu", "kansoku.sites": "sites", "kansoku.configs": "configs"}


def tracked(*folders):
    """Files under version control, or about to be: what a checkout and a wheel should hold."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    done = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so what belongs to the tree is unknown")
    return [REPOSITORY / line for line in done.stdout.splitlines() if (REPOSITORY / line).exists()]


def test_every_sub_package_is_listed():
    folders = {path.parent for path in (REPOSITORY / "src").rglob("*.py")}
    found = {".".join(folder.relative_to(REPOSITORY / "src").parts) for folder in folders}
    assert found | set(DATA_FOLDERS) == set(SETUPTOOLS["packages"])


def test_every_package_has_its_init():
    for package in SETUPTOOLS["packages"]:
        folder = REPOSITORY / DATA_FOLDERS.get(package, Path("src", *package.split(".")))
        assert (folder / "__init__.py").is_file(), folder


def test_data_folders_are_mapped():
    mapped = dict(SETUPTOOLS["package-dir"])
    assert mapped.pop("") == "src"
    assert mapped == DATA_FOLDERS


@pytest.mark.parametrize(("package", "folder"), DATA_FOLDERS.items())
def test_every_data_file_is_matched_by_the_globs(package, folder):
    data = [path for path in tracked(folder) if path.suffix != ".py"]
    globs = SETUPTOOLS["package-data"][package]
    matched = {path for pattern in globs for path in (REPOSITORY / folder).glob(pattern)}
    assert set(data) <= matched
    assert data or folder == "gpu"


def test_data_folders_hold_no_python_but_an_init():
    code = [path for path in tracked(*DATA_FOLDERS.values()) if path.suffix == ".py"]
    assert {path.name for path in code} == {"__init__.py"}
    for path in code:
        lines = [line for line in path.read_text("utf-8").splitlines() if line]
        assert len(lines) == 1, path
        assert lines[0].startswith('"""'), path


def test_no_module_shadows_a_data_folder():
    for package in DATA_FOLDERS:
        name = package.removeprefix("kansoku.")
        assert not (REPOSITORY / "src" / "kansoku" / f"{name}.py").exists()
        assert not (REPOSITORY / "src" / "kansoku" / name).exists()


def test_data_is_read_as_package_data():
    assert resources.files("kansoku.configs").joinpath("demo.yaml").is_file()
    assert resources.files("kansoku.sites").joinpath("sites.csv").is_file()


@pytest.mark.slow
def test_wheel_holds_every_package_and_data_file(tmp_path):
    import shutil
    import zipfile

    source = tmp_path / "source"
    kept = tracked("src", *DATA_FOLDERS.values(), "pyproject.toml", "README.md", "LICENSE")
    for path in kept:
        copy = source / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        tmp_path,
        source,
    ]
    done = subprocess.run(build, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        str(Path("kansoku") / path.relative_to(REPOSITORY))
        for path in tracked(*DATA_FOLDERS.values())
    } | {str(path.relative_to(REPOSITORY / "src")) for path in tracked("src")}
    assert expected <= packed


def test_every_requirement_is_pinned_to_a_version_it_allows():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    for text in (*project["dependencies"], *project["optional-dependencies"]["test"]):
        requirement = Requirement(text)
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, text


@pytest.mark.parametrize("major", ["12", "13"])
def test_a_cuda_extra_brings_the_compiler_of_its_version(major):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    extra = [Requirement(text) for text in project["optional-dependencies"][f"cuda{major}"]]
    cupy, compiler = extra
    assert cupy.name == f"cupy-cuda{major}x"
    assert compiler.name.startswith("nvidia-cuda-nvrtc")
    assert f"{major}.9" in compiler.specifier
    assert f"{int(major) + 1}.0" not in compiler.specifier
