"""Packages whose names are loaded when first asked for.

A kernel's wrapper needs one dataclass of a package, not its tables, models and solvers: those may
be absent where only arrays are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names_from(package: str, modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Return a package's ``__getattr__`` that finds names in its modules.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    modules : mapping of str to tuple of str
        Names that each module of the package gives.
    """
    place = {name: module for module, names in modules.items() for name in names}

    def find(name: str) -> Any:
        if name not in place:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{place[name]}"), name)

    return find
