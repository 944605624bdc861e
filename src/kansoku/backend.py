"""NumPy or CuPy: decided once a run, then carried as the first argument ``xp``."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kansoku.errors import BackendError

if TYPE_CHECKING:
    from kansoku.device.device import Device

Array = Any
"""An array of the chosen backend: numpy.ndarray or cupy.ndarray."""


def select(name: str = "auto") -> ModuleType:
    """Return NumPy or CuPy, as compute.backend asks.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cupy'}
        'auto' takes CuPy when a GPU answers, else NumPy.

    Returns
    -------
    module
        The array namespace that every compute function takes first.

    Raises
    ------
    BackendError
        When 'cupy' is asked for and no GPU answers.
    """
    if name == "numpy":
        return np
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
    except Exception as cause:  # CuPy raises its own classes, which cannot be named without it
        if name == "auto":
            return np
        raise BackendError(
            f"compute.backend is 'cupy' but no GPU answers ({cause}); "
            "install CuPy for your CUDA version (pip install 'kansoku[cuda12]'), "
            "or set compute.backend: numpy"
        ) from cause
    return cupy  # type: ignore[no-any-return]


@cache
def device_of(xp: ModuleType) -> Device | None:
    """Return where the kernels of a backend run; None where arrays do all, with NumPy."""
    if xp.__name__ != "cupy":
        return None
    from kansoku.device.device import CudaDevice

    return CudaDevice(xp)


def to_numpy(array: Array) -> npt.NDArray[Any]:
    """Copy an array of either backend to the host."""
    return np.asarray(array.get() if hasattr(array, "get") else array)


def name_of(xp: ModuleType) -> str:
    """Name of the backend as a cube records it."""
    return xp.__name__


def elements_at_once(xp: ModuleType) -> int:
    """Elements of one array that a long formula should handle in one go.

    With NumPy the formula's dozen temporaries then stay in the second-level cache; a device wants
    enough work to hide the start of each kernel.
    """
    return 1 << 14 if xp is np else 1 << 22
