"""Launching by name on CUDA: arguments that would be misread, machine code that is kept."""

import types

import numpy as np
import pytest

from emulator import EmulatedDevice
from kansoku.device import device as device_module
from kansoku.device import nvrtc, sources
from kansoku.device.device import CudaDevice, bytes_of, checked, record
from strict import strict
from test_device_sources import folder, forget  # noqa: F401 - a fixture

KERNEL = sources.Kernel(
    "fill",
    64,
    (
        sources.Argument("states", np.dtype(np.float32), True),
        sources.Argument("orbits", np.dtype(np.uint8), True),
        sources.Argument("rows", np.dtype(np.int64), False),
        sources.Argument("step", np.dtype(np.float64), False),
    ),
)
STATES, ORBITS = np.zeros((2, 3), np.float32), np.zeros(8, np.uint8)


def test_numbers_take_the_types_that_a_kernel_declares():
    found = checked(KERNEL, (STATES, ORBITS, np.int32(3), 60))
    assert found[0] is STATES
    assert [(type(each), each) for each in found[2:]] == [(np.int64, 3), (np.float64, 60.0)]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ((STATES, ORBITS, 3), "takes 4 arguments, 3 were given"),
        ((STATES.astype(float), ORBITS, 3, 1.0), "states is an array of float32, not an array of"),
        ((STATES, STATES, 3, 1.0), "orbits is an array of uint8, not an array of float32"),
        ((1.0, ORBITS, 3, 1.0), "states is an array of float32, not the number 1.0"),
        ((STATES, ORBITS, np.arange(3), 1.0), "rows is a number of int64, not an array of int64"),
        ((STATES.T, ORBITS, 3, 1.0), "states is not contiguous"),
        ((STATES[:, ::2], ORBITS, 3, 1.0), "states is not contiguous"),
    ],
)
def test_arguments_that_a_kernel_would_misread_are_refused(given, problem):
    with pytest.raises(TypeError, match=problem):
        checked(KERNEL, given)


def test_arrays_of_a_device_are_checked_like_those_of_the_host():
    assert checked(KERNEL, (strict.asarray(STATES), strict.asarray(ORBITS), 3, 1.0))
    with pytest.raises(TypeError, match="not contiguous"):
        checked(KERNEL, (strict.asarray(STATES).T, strict.asarray(ORBITS), 3, 1.0))


def test_a_record_takes_every_field_and_no_other(folder):  # noqa: F811
    (folder / "some.cuh").write_text(
        "struct Output {\n    float* states;\n    int rows, stride;\n};\n"
    )
    forget()
    device, states = EmulatedDevice(), strict.zeros(4, dtype=np.float32)
    made = record(device, "some.cuh", "Output", states=states, rows=2, stride=2)
    row = made.bytes.get().view(sources.structure("some.cuh", "Output"))[0]
    assert row["states"] == device.address(states)
    assert (row["rows"], row["stride"]) == (2, 2)
    with pytest.raises(TypeError, match="Output has no field other"):
        record(device, "some.cuh", "Output", states=states, rows=2, stride=2, other=1)
    with pytest.raises(TypeError, match="states is an array of float32"):
        record(device, "some.cuh", "Output", states=strict.zeros(4), rows=2, stride=2)


def test_structures_become_bytes():
    table = np.zeros(3, [("a", np.float64), ("b", np.int32), ("c", np.int32)])
    assert bytes_of(np, table).shape == (48,)


class FakeCupy(types.ModuleType):
    """Keeps what it is asked to load and to launch."""

    def __init__(self):
        super().__init__("cupy")
        self.loaded, self.launched = [], []
        runtime = types.SimpleNamespace(
            memGetInfo=lambda: (7 << 30, 80 << 30), driverGetVersion=lambda: 12040
        )
        device = types.SimpleNamespace(compute_capability="90")
        self.cuda = types.SimpleNamespace(Device=lambda: device, runtime=runtime)

    def get_default_memory_pool(self):
        return types.SimpleNamespace(free_bytes=lambda: 1 << 30)

    def RawModule(self, path):
        with open(path, "rb") as file:
            self.loaded.append(file.read())

        def function(name):
            return lambda *launch: self.launched.append((name, *launch))

        return types.SimpleNamespace(get_function=function)


@pytest.fixture
def compilations(monkeypatch):
    """Architectures that were compiled for."""
    made = []

    def compiled(name, source, headers, architecture, options=(), newest=99):
        made.append((name, architecture, newest))
        return nvrtc.Compiled(f"code {len(made)}".encode(), "")

    monkeypatch.setattr(nvrtc, "compiled", compiled)
    monkeypatch.setattr(nvrtc, "version", lambda newest: "12.4")
    return made


def launch(tmp_path):
    cupy = FakeCupy()
    device = CudaDevice(cupy, tmp_path / "cache")
    device.launch("both", "both", 3, np.zeros(4, np.uint32), 1, 0.5)
    return cupy, device


def test_a_kernel_is_launched_with_its_threads(folder, compilations, tmp_path):  # noqa: F811
    cupy, device = launch(tmp_path)
    ((name, grid, block, arguments),) = cupy.launched
    assert (name, grid, block) == ("both", (3,), (64,))
    assert [type(each) for each in arguments[1:]] == [np.uint8, np.float32]
    device.launch("both", "both", 0, np.zeros(4, np.uint32), 1, 0.5)
    assert len(cupy.launched) == 1
    assert compilations == [("both.cu", "sm_90", 12)]
    assert device.free_bytes() == 8 << 30


def test_machine_code_is_kept_whole_and_used_again(folder, compilations, tmp_path):  # noqa: F811
    first, _ = launch(tmp_path)
    again, _ = launch(tmp_path)
    assert len(compilations) == 1
    assert first.loaded == again.loaded == [b"code 1"]
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.read_bytes() == b"code 1"
    assert "sm_90" in kept.name


@pytest.mark.parametrize("changed", ["both.cu", "some.cuh"])
def test_a_source_that_changed_is_compiled_anew(folder, compilations, tmp_path, changed):  # noqa: F811
    launch(tmp_path)
    (folder / changed).write_text((folder / changed).read_text() + "\n// changed\n")
    forget()
    assert launch(tmp_path)[0].loaded == [b"code 2"]


@pytest.mark.parametrize("what", ["options", "version"])
def test_another_compiler_compiles_anew(folder, compilations, tmp_path, monkeypatch, what):  # noqa: F811
    launch(tmp_path)
    if what == "options":
        monkeypatch.setattr(nvrtc, "OPTIONS", (*nvrtc.OPTIONS, "--use_fast_math"))
    else:
        monkeypatch.setattr(nvrtc, "version", lambda newest: "12.9")
    assert launch(tmp_path)[0].loaded == [b"code 2"]


def test_a_compilation_that_fails_leaves_nothing(folder, tmp_path, monkeypatch):  # noqa: F811
    def half(path, data):
        with open(path, "wb") as file:
            file.write(data[:2])
        raise OSError("disk full")

    monkeypatch.setattr(nvrtc, "version", lambda newest: "12.4")
    monkeypatch.setattr(nvrtc, "compiled", lambda *given, **more: nvrtc.Compiled(b"whole", ""))
    monkeypatch.setattr(device_module.Path, "write_bytes", half)

    with pytest.raises(OSError, match="disk full"):
        launch(tmp_path)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("KANSOKU_CACHE", str(tmp_path / "mine"))
    assert CudaDevice(FakeCupy())._cache == tmp_path / "mine" / "kansoku"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KANSOKU_CACHE", str(tmp_path / "file"))
    assert CudaDevice(FakeCupy())._cache.is_dir()


def test_a_cache_that_cannot_be_written_is_passed_over_once_a_process(monkeypatch, tmp_path):
    def refused(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("KANSOKU_CACHE", str(tmp_path))
    monkeypatch.setattr(device_module.tempfile, "TemporaryFile", refused)
    one, other = (CudaDevice(FakeCupy())._cache for _ in range(2))
    assert one == other != tmp_path / "kansoku"
    assert one.is_dir()


def test_of_several_compilers_the_newest_that_the_driver_takes(monkeypatch):
    wheels = ["/x/cuda_nvrtc/lib/libnvrtc.so.12", "/x/cu13/lib/libnvrtc.so.13"]
    monkeypatch.setattr(nvrtc, "_from_wheels", lambda: wheels)
    monkeypatch.setattr(nvrtc, "_from_toolkit", lambda: [])
    monkeypatch.setattr(
        nvrtc.ctypes, "CDLL",
        lambda path: types.SimpleNamespace(
            path=path, nvrtcGetErrorString=types.SimpleNamespace()
        ),
    )  # fmt: skip
    nvrtc._library.cache_clear()
    try:
        assert nvrtc._library(99).path == wheels[1]
        assert nvrtc._library(13).path == wheels[1]
        assert nvrtc._library(12).path == wheels[0]
    finally:
        nvrtc._library.cache_clear()
