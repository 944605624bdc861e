"""Runs the kernels of gpu/, unmodified, on the host: a device for tests, without a GPU.

A source is compiled by the host's C++ compiler behind `cuda_host.h`, where a thread is a fibre and
a ballot a rendezvous. `EmulatedDevice` is then what `kansoku.device.device.Device` asks for; its
arrays are those of `strict`, which refuse to become NumPy unasked, or plain ones.

KANSOKU_TEST_CXXFLAGS is given to the compiler too, for its sanitizers (docs/gpu.md).
KANSOKU_TEST_DEVICE=cuda puts a real device and CuPy's arrays in their places: the same tests then
show what no emulator can.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from kansoku.device import sources
from kansoku.device.device import CudaDevice, checked
from strict import StrictArray, strict

HERE = Path(__file__).parent
OPTIONS = (
    "-std=c++17", "-O2", "-march=native", "-ffp-contract=off", "-fPIC", "-shared", "-w",
    "-U_FORTIFY_SOURCE", *os.environ.get("KANSOKU_TEST_CXXFLAGS", "").split(),
)  # fmt: skip


def compiler():
    """The host's C++ compiler; skips the test by name where there is none."""
    found = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("c++")
    if found is None:
        if os.environ.get("KANSOKU_REQUIRE_COMPILERS") == "1":
            pytest.fail("no C++ compiler, and KANSOKU_REQUIRE_COMPILERS is set")
        pytest.skip("no C++ compiler on this machine: kernels are not run on the host")
    return found


def built(body):
    """Compile C++ text behind the emulator's header, once a text, and load it."""
    digest = hashlib.sha256("\0".join([body, *_read(), *OPTIONS]).encode()).hexdigest()[:16]
    library = Path(tempfile.gettempdir()) / f"kansoku-emulator-{os.getuid()}-{digest}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder) / "kernels.cpp", Path(folder) / "kernels.so"
            source.write_text(body)
            include = ["-include", str(HERE / "cuda_host.h"), "-I", str(files(sources.PACKAGE))]
            command = [compiler(), *OPTIONS, *include, str(source), "-o", str(made)]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stderr
            part = library.with_suffix(f".{os.getpid()}")
            shutil.copy(made, part)
            part.replace(library)
    return ctypes.CDLL(str(library))


def _read():
    sources_of_kernels = (sources.text(f"{module}.cu") for module in sources.modules())
    return (HERE / "cuda_host.h").read_text(), *sources.headers().values(), *sources_of_kernels


@cache
def kernels_of(module):
    """A source of gpu/ with a door to each kernel."""
    doors = [
        f'extern "C" void start_{name}(unsigned blocks, unsigned threads, void** given)'
        f" {{ emulator::start({name}, blocks, threads, given); }}"
        for name in sources.kernels(module)
    ]
    doors.append('extern "C" void order(bool backwards) { emulator::backwards = backwards; }')
    return built("\n".join([f'#include "{module}.cu"', *doors]))


class HostDevice:
    """A device that is the host.

    Parameters
    ----------
    xp : module
        `strict`, or NumPy.
    free : int
        What `free_bytes` says.
    backwards : bool
        Run the last lane, warp and block first.
    """

    def __init__(self, xp=strict, free=1 << 30, backwards=False):
        self.xp, self.free, self.backwards, self.launched = xp, free, backwards, []
        self.process = os.getpid()

    def launch(self, module, kernel, blocks, *arguments):
        """Run a kernel to its end."""
        declared = sources.kernels(module)[kernel]
        self.launched.append(kernel)
        if blocks <= 0:
            return
        values = [_pointed_to(each) for each in checked(declared, arguments)]
        given = (ctypes.c_void_p * len(values))(*(each.ctypes.data for each in values))
        library = kernels_of(module)
        library.order(ctypes.c_bool(self.backwards))
        getattr(library, f"start_{kernel}")(
            ctypes.c_uint(blocks), ctypes.c_uint(declared.threads), given
        )

    def free_bytes(self):
        """As told."""
        return self.free

    def release(self):
        """Nothing is kept."""

    def address(self, array):
        """Of the host array that stands for it."""
        return _plain(array).ctypes.data


class CudaUnderTest(CudaDevice):
    """A real device in the place of the host, for the same tests; parameters as of `HostDevice`."""

    def __init__(self, xp=None, free=None, backwards=False):  # in what order is its own affair
        import cupy

        super().__init__(cupy)
        self._free, self.launched = free, []

    def launch(self, module, kernel, blocks, *arguments):
        """Launch, and remember what."""
        self.launched.append(kernel)
        super().launch(module, kernel, blocks, *arguments)

    def free_bytes(self):
        """As told, or what is free."""
        return self._free or super().free_bytes()


ON_CUDA = os.environ.get("KANSOKU_TEST_DEVICE") == "cuda"
EmulatedDevice = CudaUnderTest if ON_CUDA else HostDevice


def _plain(value):
    return value._array if isinstance(value, StrictArray) else value


def _pointed_to(value):
    """A host array that holds the argument itself: a number, or an address."""
    value = _plain(value)
    is_array = isinstance(value, np.ndarray) and value.shape != ()
    return np.array([value.ctypes.data], dtype=np.uint64) if is_array else np.array([value])
