"""CUDA C++ to machine code with NVRTC, NVIDIA's compiler as a library; needs no device."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from kansoku.errors import BackendError

LIBRARY = "libnvrtc.so*"
USUAL_TOOLKIT = "/usr/local/cuda"
NEWEST = 99
"""Any version: without a device no driver has a say."""
OPTIONS = (
    "--std=c++17",
    "--fmad=true",
    "--ftz=true",
    "--extra-device-vectorization",
    "--ptxas-options=-v",
)

INSTALL = (
    "install it with the extra for your CUDA version (pip install 'kansoku[cuda13]' or "
    "'kansoku[cuda12]'), or set CUDA_PATH to a CUDA toolkit"
)


@dataclass(frozen=True)
class Compiled:
    """Machine code of one source.

    Attributes
    ----------
    cubin : bytes
    log : str
        The compiler's report: registers and spills of each kernel.
    """

    cubin: bytes
    log: str


def compiled(
    name: str,
    source: str,
    headers: Mapping[str, str],
    architecture: str,
    options: Sequence[str] = (),
    newest: int = NEWEST,
) -> Compiled:
    """Compile a source for one architecture.

    Parameters
    ----------
    name : str
        What messages call the source.
    source : str
    headers : mapping of name to text
        What the source may include; no file is read.
    architecture : str
        Such as 'sm_90'.
    options : sequence of str
        Beside `OPTIONS`.
    newest : int
        Version of CUDA, such as 12, that the device's driver takes machine code of.

    Raises
    ------
    BackendError
        When NVRTC is not installed, or refuses the source or the architecture.
    """
    library, program = _library(newest), ctypes.c_void_p()
    bodies, names = list(headers.values()), list(headers)
    _check(
        library,
        library.nvrtcCreateProgram(
            ctypes.byref(program), source.encode(), name.encode(), len(names),
            _strings(bodies), _strings(names),
        ),
        name,
    )  # fmt: skip
    try:
        given = [f"--gpu-architecture={architecture}", *OPTIONS, *options]
        status = library.nvrtcCompileProgram(program, len(given), _strings(given))
        log = _fetched(library, program, "ProgramLog").decode(errors="replace").rstrip("\0\n")
        _check(library, status, f"{name} for {architecture}", log)
        return Compiled(_fetched(library, program, "CUBIN"), log)
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def version(newest: int = NEWEST) -> str:
    """Return the version of NVRTC, such as '13.0'; of several the newest up to `newest`."""
    return _version_of(_library(newest))


def _version_of(library: ctypes.CDLL) -> str:
    major, minor = ctypes.c_int(), ctypes.c_int()
    library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def digest(newest: int = NEWEST) -> str:
    """Return what tells machine code of this compiler and its options from others'."""
    options = hashlib.sha256(" ".join(OPTIONS).encode()).hexdigest()[:8]
    return f"{version(newest)}-{options}"


def is_installed() -> bool:
    """Whether NVRTC can be loaded."""
    try:
        _library()
    except BackendError:
        return False
    return True


@cache
def _library(newest: int = NEWEST) -> ctypes.CDLL:
    tried = [*_from_wheels(), *_from_toolkit(), *(f"libnvrtc.so.{major}" for major in (13, 12))]
    # Stable: of one version a wheel comes before the toolkit's
    for path in sorted(tried, key=_major, reverse=True):
        if _major(path) > newest:
            continue
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        library.nvrtcGetErrorString.restype = ctypes.c_char_p
        return library
    which = "" if newest == NEWEST else f" for CUDA {newest}, which the driver takes"
    raise BackendError(f"NVRTC, which compiles the kernels, is not installed{which}; {INSTALL}")


def _major(path: str) -> int:
    """Version of CUDA in the name of a library; 0 where there is none."""
    version = path.rpartition(".so.")[2].split(".")[0]
    return int(version) if version.isdigit() else 0


def _from_wheels() -> list[str]:
    """Libraries of the wheels that CUDA's parts come in."""
    found = find_spec("nvidia")
    places = list(found.submodule_search_locations or ()) if found else []
    return sorted(str(path) for place in places for path in Path(place).rglob(LIBRARY))


def _from_toolkit() -> list[str]:
    places = (*(os.environ.get(name) for name in ("CUDA_PATH", "CUDA_HOME")), USUAL_TOOLKIT)
    return [
        str(p) for place in places if place for p in sorted(Path(place).glob(f"lib64/{LIBRARY}"))
    ]


def _strings(values: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(values))(*(value.encode() for value in values))


def _fetched(library: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(library, getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)), what)
    buffer = ctypes.create_string_buffer(size.value)
    _check(library, getattr(library, f"nvrtcGet{what}")(program, buffer), what)
    return buffer.raw


def _check(library: ctypes.CDLL, status: int, what: str, log: str = "") -> None:
    if status:
        reason = library.nvrtcGetErrorString(status).decode()
        raise BackendError(
            f"NVRTC {_version_of(library)} cannot compile {what}: {reason}\n{log}".rstrip()
        )
