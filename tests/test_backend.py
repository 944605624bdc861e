"""NumPy or CuPy, what is said when there is no GPU, and what a run says that it ran on."""

import sys
import types

import numpy as np
import pytest

from kansoku import backend
from kansoku.device import nvrtc
from kansoku.errors import BackendError


class FakeCupy(types.ModuleType):
    """CuPy on a machine with so many devices; an exception is what its driver says."""

    def __init__(self, devices, architecture="90"):
        super().__init__("cupy")

        def count():
            if isinstance(devices, Exception):
                raise devices
            return devices

        self.cuda = types.SimpleNamespace(
            Device=lambda: types.SimpleNamespace(id=0, compute_capability=architecture),
            runtime=types.SimpleNamespace(
                getDeviceCount=count,
                getDeviceProperties=lambda index: {"name": b"NVIDIA H200"},
                driverGetVersion=lambda: 13000,
            ),
        )


@pytest.fixture
def cupy(monkeypatch):
    def install(devices, architecture="90"):
        module = None if devices is None else FakeCupy(devices, architecture)
        monkeypatch.setitem(sys.modules, "cupy", module)
        return module

    monkeypatch.setattr(nvrtc, "version", lambda newest: "13.5")
    return install


@pytest.mark.parametrize(
    ("devices", "said"),
    [
        (None, "CuPy is not installed; install it for your CUDA version"),
        (RuntimeError("cudaErrorInsufficientDriver"), r"no NVIDIA driver answers.*InsufficientDri"),
        (0, "lends no device; look at nvidia-smi and at CUDA_VISIBLE_DEVICES"),
    ],
)
def test_what_is_missing_is_said_with_its_remedy(cupy, devices, said):
    cupy(devices)
    with pytest.raises(BackendError, match=f"(?s)'cupy' but no GPU answers: .*{said}") as told:
        backend.select("cupy")
    assert str(told.value).endswith("or set compute.backend: numpy")
    lines = []
    assert backend.select("auto", lines.append) is np
    (line,) = lines
    assert line.startswith("backend: numpy on the host, for ")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("ModuleNotFoundError(\"No module named 'cupy'\", name='cupy')", "is not installed"),
        ("ImportError('libcudart.so.12: cannot open')", r"cannot be loaded \(libcudart.so.12"),
        ("RuntimeError('CuPy failed to load')", r"cannot be loaded \(CuPy failed to load"),
        ("AttributeError('of numpy')", r"cannot be loaded \(of numpy"),
        (
            "ImportError('\\n=====\\nFailed; see\\n  ImportError: libcuda.so.1; gone\\n=====\\n')",
            r"cannot be loaded \(ImportError: libcuda.so.1, gone\)",
        ),
    ],
)
def test_cupy_that_is_broken_is_told_from_one_that_is_not_installed(
    tmp_path, monkeypatch, raised, said
):
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "cupy.py").write_text(f"raise {raised}")
    with pytest.raises(BackendError, match=f"no GPU answers: CuPy {said}.*; install it"):
        backend.select("cupy")


def test_a_gpu_that_is_too_old_is_not_taken(cupy):
    cupy(1, architecture="75")
    lines = []
    assert backend.select("auto", lines.append) is np
    assert lines == [
        "backend: numpy on the host, for the GPU is sm_75, and the kernels need sm_80 or later "
        "(A100, RTX 30)"
    ]
    with pytest.raises(BackendError, match=r"sm_75.*CUDA_VISIBLE_DEVICES"):
        backend.select("cupy")


def test_several_gpus_are_counted(cupy):
    assert backend.machine_of(cupy(4), "cupy").startswith("4 x NVIDIA H200, sm_90")


def test_without_a_compiler_no_gpu_is_taken(cupy, monkeypatch):
    cupy(1)

    def missing(newest):
        raise BackendError("NVRTC, which compiles the kernels, is not installed; install it")

    monkeypatch.setattr(nvrtc, "version", missing)
    assert backend.select("auto") is np
    with pytest.raises(BackendError, match="no GPU answers: NVRTC"):
        backend.select("cupy")


@pytest.mark.parametrize("name", ["auto", "cupy"])
def test_a_gpu_that_answers_is_taken_and_named(cupy, name):
    module, lines = cupy(2), []
    assert backend.select(name, lines.append) is module
    assert backend.machine_of(module, name) == "2 x NVIDIA H200, sm_90, NVRTC 13.5"
    expected = ["backend: cupy on 2 x NVIDIA H200, sm_90, NVRTC 13.5"] if name == "auto" else []
    assert lines == expected


def test_numpy_is_taken_without_a_word(cupy):
    cupy(1)
    lines = []
    assert backend.select("numpy", lines.append) is np
    assert backend.machine_of(np, "numpy") == "the host"
    assert lines == []
    assert backend.device_of(np) is None


def test_the_device_of_cupy_is_made_once(cupy):
    module = cupy(1)
    assert backend.device_of(module) is backend.device_of(module)
    assert backend.device_of(module).architecture == "sm_90"
