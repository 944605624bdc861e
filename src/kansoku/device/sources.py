"""What the CUDA sources say: their text, the kernels they hold, the layout of their structures.

The sources are the one place where an argument list or a structure is written down: Python reads
both from there, so that neither side can drift from the other unseen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import numpy.typing as npt

PACKAGE = "kansoku.gpu"

SCALARS: dict[str, npt.DTypeLike] = {
    "uint8": np.uint8,
    "uint32": np.uint32,
    "uint64": np.uint64,
    "int64": np.int64,
    "int": np.int32,
    "float": np.float32,
    "double": np.float64,
}
"""NumPy's types for those of C++; a pointer to anything else is a pointer to bytes."""

KERNEL = re.compile(r"^KERNEL\((\d+)[\d, ]*\)\s+(\w+)\(([^)]*)\)", re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*")
STRUCT = r"struct\s+(?:alignas\(\d+\)\s+)?{name}\s*\{{(.*?)\n\}};"
FIELD = re.compile(r"(?:const\s+)?([\w<>]+?)\s*(\*?)\s*\b(\w[\w\s,\[\]]*);")


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel, or one field of a structure.

    Attributes
    ----------
    name : str
    dtype : dtype
        Of the number, or of the elements pointed to; uint8 for a pointer to a structure.
    is_pointer : bool
    shape : tuple of int
        Of a field that is an array; empty for a single number.
    """

    name: str
    dtype: np.dtype[np.generic]
    is_pointer: bool
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """A kernel as its source declares it.

    Attributes
    ----------
    name : str
    threads : int
        Of a block.
    arguments : tuple of Argument
    """

    name: str
    threads: int
    arguments: tuple[Argument, ...]


def _folder() -> Traversable:
    try:
        return files(PACKAGE)
    except ModuleNotFoundError:  # a checkout on PYTHONPATH: nothing maps gpu/ into the package
        return Path(__file__).parents[3] / "gpu"


@cache
def text(name: str) -> str:
    """Return a source of gpu/, such as 'states.cu'."""
    return (_folder() / name).read_text(encoding="utf-8")


@cache
def headers() -> Mapping[str, str]:
    """Return every header of gpu/ by name."""
    found = sorted(each.name for each in _folder().iterdir() if each.name.endswith(".cuh"))
    return {name: text(name) for name in found}


def modules() -> tuple[str, ...]:
    """Return the names of all sources that hold kernels, without their suffix."""
    every = (each.name for each in _folder().iterdir() if each.name.endswith(".cu"))
    return tuple(sorted(name.removesuffix(".cu") for name in every))


@cache
def digest(module: str) -> str:
    """Return a hash of a source and of all that it may include."""
    parts = [text(f"{module}.cu"), *(name + body for name, body in headers().items())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def kernels(module: str) -> Mapping[str, Kernel]:
    """Return the kernels of a source by name."""
    found = KERNEL.findall(COMMENT.sub("", text(f"{module}.cu")))
    return {
        name: Kernel(name, int(threads), tuple(_argument(each) for each in given.split(",")))
        for threads, name, given in found
    }


def _argument(declared: str) -> Argument:
    words = declared.replace("*", " * ").replace("__restrict__", " ").split()
    kind = next(word for word in words[:-1] if word not in ("const", "*"))
    is_pointer = "*" in words
    if kind not in SCALARS and not is_pointer:
        raise ValueError(f"{declared.strip()}: kernels take numbers and pointers alone")
    dtype = np.dtype(SCALARS.get(kind.partition("<")[0], np.uint8))
    return Argument(words[-1], dtype, is_pointer)


@cache
def fields_of(header: str, name: str, real: str = "double") -> tuple[Argument, ...]:
    """Return the fields of a structure of a header; parameters as in `structure`."""
    body = re.search(STRUCT.format(name=name), COMMENT.sub("", text(header)), re.DOTALL)
    if body is None:
        raise ValueError(f"gpu/{header} has no structure {name}")
    return tuple(
        _field(real if kind == "Real" else kind, bool(star), declared)
        for kind, star, names in FIELD.findall(body.group(1))
        for declared in names.split(",")
    )


def _field(kind: str, is_pointer: bool, declared: str) -> Argument:
    name, *shape = re.findall(r"\w+", declared)
    dtype = np.dtype(SCALARS.get(kind, np.uint8) if is_pointer else SCALARS[kind])
    return Argument(name, dtype, is_pointer, tuple(int(size) for size in shape))


@cache
def structure(header: str, name: str, real: str = "double") -> np.dtype[np.void]:
    """Return the layout of a structure of a header as a NumPy dtype; a pointer is a uint64.

    Parameters
    ----------
    header : str
        Such as 'sensor.cuh'.
    name : str
        Of the structure.
    real : {'double', 'float'}
        What `Real` stands for where the structure is a template.

    Raises
    ------
    ValueError
        When the structure has padding, which the two sides might see differently.
    """
    fields = [
        (each.name, np.dtype(np.uint64) if each.is_pointer else each.dtype, each.shape)
        for each in fields_of(header, name, real)
    ]
    packed, aligned = np.dtype(fields), np.dtype(fields, align=True)
    if packed.itemsize != aligned.itemsize:
        raise ValueError(f"gpu/{header}: {name} has padding; reorder its fields")
    return packed
