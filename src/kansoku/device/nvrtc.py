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

    Raises
    ------
    BackendError
        When NVRTC is not installed, or refuses the source or the architecture.
    """
    library, program = _library(), ctypes.c_void_p()
    bodies, names = list(headers.values()), list(headers)
    _check(
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
        _check(status, f"{name} for {architecture}", log)
        return Compiled(_fetched(library, program, "CUBIN"), log)
    finally:
        library.nvrtcDestroyProgram(ctypes.byref(program))


def version() -> str:
    """Return the version of NVRTC, such as '13.0'."""
    major, minor = ctypes.c_int(), ctypes.c_int()
    _library().nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
    return f"{major.value}.{minor.value}"


def digest() -> str:
    """Return what tells machine code of this compiler and its options from others'."""
    options = hashlib.sha256(" ".join(OPTIONS).encode()).hexdigest()[:8]
    return f"{version()}-{options}"


def is_installed() -> bool:
    """Whether NVRTC can be loaded."""
    try:
        _library()
    except BackendError:
        return False
    return True


@cache
def _library() -> ctypes.CDLL:
    tried = [*_from_wheels(), *_from_toolkit(), *(f"libnvrtc.so.{major}" for major in (13, 12))]
    for path in tried:
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        library.nvrtcGetErrorString.restype = ctypes.c_char_p
        return library
    raise BackendError(f"NVRTC, which compiles the kernels, is not installed; {INSTALL}")


def _from_wheels() -> list[str]:
    """Libraries of the wheels that CUDA's parts come in, newest first."""
    found = find_spec("nvidia")
    places = list(found.submodule_search_locations or ()) if found else []
    return sorted((str(p) for place in places for p in Path(place).rglob(LIBRARY)), reverse=True)


def _from_toolkit() -> list[str]:
    places = (os.environ.get(name) for name in ("CUDA_PATH", "CUDA_HOME"))
    return [
        str(p) for place in places if place for p in sorted(Path(place).glob(f"lib64/{LIBRARY}"))
    ]


def _strings(values: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(values))(*(value.encode() for value in values))


def _fetched(library: ctypes.CDLL, program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    _check(getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)), what)
    buffer = ctypes.create_string_buffer(size.value)
    _check(getattr(library, f"nvrtcGet{what}")(program, buffer), what)
    return buffer.raw


def _check(status: int, what: str, log: str = "") -> None:
    if status:
        reason = _library().nvrtcGetErrorString(status).decode()
        raise BackendError(f"NVRTC {version()} cannot compile {what}: {reason}\n{log}".rstrip())
