"""A device that launches kernels by name: what stations ask for, and CUDA's through CuPy."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from kansoku.backend import Array
from kansoku.device import nvrtc, sources
from kansoku.wholefile import whole_file

LARGEST_GRID = 2**31 - 1


class Device(Protocol):
    """Where kernels run; arrays are those of `xp`.

    Attributes
    ----------
    xp : module
        Array namespace of the device.
    process : int
        That may launch: a device does not follow a fork.
    """

    xp: ModuleType
    process: int

    def launch(self, module: str, kernel: str, blocks: int, *arguments: Any) -> None:
        """Start a kernel of gpu/<module>.cu on a one-dimensional grid of so many blocks.

        Arguments are arrays of `xp`, of the element type that the kernel declares, and plain
        numbers. Launches follow one another in order.
        """

    def free_bytes(self) -> int:
        """Memory that arrays may still take. [B]"""

    def release(self) -> None:
        """Give back memory that is kept for later arrays."""

    def address(self, array: Array) -> int:
        """Where an array begins in the device's memory."""


def checked(kernel: sources.Kernel, arguments: tuple[Any, ...]) -> list[Any]:
    """Return a kernel's arguments with numbers in the types that it declares.

    Raises
    ------
    TypeError
        When there are too few or too many, or an array holds another type: the kernel would read
        it as something else.
    """
    if len(arguments) != len(kernel.arguments):
        raise TypeError(
            f"{kernel.name} takes {len(kernel.arguments)} arguments, {len(arguments)} were given"
        )
    return [
        _checked(kernel.name, declared, given)
        for declared, given in zip(kernel.arguments, arguments, strict=True)
    ]


def _checked(owner: str, declared: sources.Argument, given: Any) -> Any:
    is_array = isinstance(getattr(given, "shape", None), tuple) and given.shape != ()
    if is_array != declared.is_pointer or (is_array and given.dtype != declared.dtype):
        found = f"an array of {given.dtype}" if is_array else f"the number {given!r}"
        kind = "an array" if declared.is_pointer else "a number"
        raise TypeError(f"{owner}: {declared.name} is {kind} of {declared.dtype}, not {found}")
    if is_array and not given.flags.c_contiguous:
        raise TypeError(f"{owner}: {declared.name} is not contiguous")
    return given if is_array else declared.dtype.type(given)


class CudaDevice:
    """The CUDA device that CuPy has made current; kernels are compiled when first launched.

    Parameters
    ----------
    cupy : module
    cache : Path, optional
        Folder for machine code, by source, compiler and architecture.
    """

    def __init__(self, cupy: ModuleType, cache: Path | None = None) -> None:
        self.xp, self.process = cupy, os.getpid()
        self._cache = _cache_folder() if cache is None else cache
        self._loaded: dict[tuple[str, str], Callable[..., None]] = {}

    def launch(self, module: str, kernel: str, blocks: int, *arguments: Any) -> None:
        """Start a kernel; see `Device`."""
        if blocks <= 0:
            return
        declared = sources.kernels(module)[kernel]
        values = checked(declared, arguments)
        function = self._function(module, kernel)
        function((min(blocks, LARGEST_GRID),), (declared.threads,), tuple(values))

    def free_bytes(self) -> int:
        """Memory of the device that is free, and what CuPy keeps for later arrays. [B]"""
        free, _ = self.xp.cuda.runtime.memGetInfo()
        return int(free) + int(self.xp.get_default_memory_pool().free_bytes())

    def release(self) -> None:
        """Give back what CuPy keeps for later arrays: one piece that is cut serves no large one."""
        self.xp.get_default_memory_pool().free_all_blocks()

    def address(self, array: Array) -> int:
        """Where an array begins in the device's memory."""
        return int(array.data.ptr)

    @cached_property
    def architecture(self) -> str:
        """Such as 'sm_90'."""
        return f"sm_{self.xp.cuda.Device().compute_capability}"

    @cached_property
    def cuda(self) -> int:
        """Version of CUDA that the driver takes machine code of, such as 12."""
        return int(self.xp.cuda.runtime.driverGetVersion()) // 1000

    def _function(self, module: str, kernel: str) -> Callable[..., None]:
        if (module, kernel) not in self._loaded:
            code = self.xp.RawModule(path=str(self._cubin(module)))
            for name in sources.kernels(module):
                self._loaded[module, name] = code.get_function(name)
        return self._loaded[module, kernel]

    def _cubin(self, module: str) -> Path:
        made_of = f"{sources.digest(module)[:16]}-{nvrtc.digest(self.cuda)}-{self.architecture}"
        name = f"{module}-{made_of}.cubin"
        path = self._cache / name
        if not path.exists():
            code = nvrtc.compiled(
                f"{module}.cu",
                sources.text(f"{module}.cu"),
                sources.headers(),
                self.architecture,
                newest=self.cuda,
            )
            self._cache.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as part:
                part.write_bytes(code.cubin)
        return path


def _cache_folder() -> Path:
    """Where machine code is kept between runs; for this one alone where nothing can be written."""
    named = os.environ.get("KANSOKU_CACHE") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(named) if named else Path.home() / ".cache") / "kansoku"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return Path(_folder_of_this_run().name)
    return folder


@cache
def _folder_of_this_run() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="kansoku-")


@dataclass(frozen=True)
class Record:
    """One structure of a header in a device's memory, with the arrays that it points to.

    Attributes
    ----------
    bytes : (size,) uint8 array
        The argument for a kernel that takes a pointer to the structure.
    arrays : dict of str to array
        By field; they live as long as this does.
    """

    bytes: Array
    arrays: dict[str, Array]


def record(device: Device, header: str, name: str, **values: Any) -> Record:
    """Put one structure of a header into a device's memory.

    Parameters
    ----------
    header, name : str
        As in `sources.structure`.
    **values
        One for each field: a number, or an array of the device for a pointer.

    Raises
    ------
    TypeError
        When an array holds another type than the field points to.
    """
    row, arrays = np.zeros(1, sources.structure(header, name)), {}
    for field in sources.fields_of(header, name):
        value = _checked(name, field, values.pop(field.name))
        if field.is_pointer:
            arrays[field.name] = value
        row[field.name] = device.address(value) if field.is_pointer else value
    if values:
        raise TypeError(f"{name} has no field {', '.join(values)}")
    return Record(bytes_of(device.xp, row), arrays)


def bytes_of(xp: ModuleType, table: np.ndarray[Any, np.dtype[Any]]) -> Array:
    """Put an array of structures on the device, as the bytes that a kernel points into."""
    return xp.asarray(np.ascontiguousarray(table).view(np.uint8).reshape(-1))


def blocks_of(module: str, kernel: str, threads: int) -> int:
    """Blocks of a kernel that hold so many threads, at least one.

    Kernels walk on by the size of the grid, so that fewer blocks are no error.
    """
    return max(1, -(-threads // sources.kernels(module)[kernel].threads))
