"""NumPy or CuPy: decided once a run, then carried as the first argument ``xp``."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kansoku.errors import BackendError
from kansoku.progress import Progress, silent

if TYPE_CHECKING:
    from kansoku.device.device import Device
    from kansoku.device.fleet import Fleet

Array = Any
"""An array of the chosen backend: numpy.ndarray or cupy.ndarray."""

OLDEST = 80
"""Compute capability, times ten, from which a warp adds up in one instruction (gpu/arc.cuh)."""


def select(name: str = "auto", progress: Progress = silent) -> ModuleType:
    """Return NumPy or CuPy, as compute.backend asks.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cupy'}
        'auto' takes CuPy when a GPU answers, else NumPy.
    progress : callable, optional
        Told what 'auto' chose, and why not a GPU.

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
        xp = _cupy()
    except BackendError as cause:
        if name != "auto":
            raise BackendError(
                f"compute.backend is 'cupy' but no GPU answers: {cause}, "
                "or set compute.backend: numpy"
            ) from cause.__cause__
        xp = np
    if name == "auto":
        progress(f"backend: {name_of(xp)} on {machine_of(xp, name)}")
    return xp


def _cupy() -> ModuleType:
    """Return CuPy where it has a device and NVRTC can compile for it; raise what is missing."""
    try:
        import cupy
    except Exception as cause:  # a CuPy that does not fit its CUDA or NumPy fails in many ways
        raise BackendError(_without_cupy(cause)) from cause
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except Exception as cause:  # CuPy's own classes cannot be named without it
        raise BackendError(
            f"no NVIDIA driver answers, or it is older than CuPy's CUDA ({_line(cause)}); install "
            "or update the driver (nvidia-smi shows its version), or CuPy for an older CUDA "
            "(pip install 'kansoku[cuda12]')"
        ) from cause
    if devices == 0:
        raise BackendError(
            "the NVIDIA driver lends no device; look at nvidia-smi and at CUDA_VISIBLE_DEVICES"
        )
    architecture = int(cupy.cuda.Device().compute_capability)
    if architecture < OLDEST:
        raise BackendError(
            f"the GPU is sm_{architecture}, and the kernels need sm_{OLDEST} or later (A100, "
            "RTX 30); CUDA_VISIBLE_DEVICES chooses another one"
        )
    from kansoku.device import nvrtc

    nvrtc.version(cupy.cuda.runtime.driverGetVersion() // 1000)
    return cupy  # type: ignore[no-any-return]


def _without_cupy(cause: Exception) -> str:
    is_missing = isinstance(cause, ImportError) and cause.name == "cupy"
    found = "is not installed" if is_missing else f"cannot be loaded ({_line(cause)})"
    return (
        f"CuPy {found}; install it for your CUDA version "
        "(pip install 'kansoku[cuda13]' or 'kansoku[cuda12]')"
    )


def _line(cause: Exception) -> str:
    """Last line with words of what a library says at length: there its own cause stands."""
    lines = [line.strip() for line in str(cause).splitlines()]
    worded = [line for line in lines if any(sign.isalpha() for sign in line)]
    return worded[-1].replace(";", ",") if worded else type(cause).__name__


@cache
def device_of(xp: ModuleType) -> Device | None:
    """Return where the kernels of a backend run; None where arrays do all, with NumPy."""
    if xp.__name__ != "cupy":
        return None
    from kansoku.device.device import CudaDevice

    return CudaDevice(xp)


def fleet_of(xp: ModuleType) -> Fleet | None:
    """Return the devices of a backend where there are several; None where there is one, or none."""
    if xp.__name__ != "cupy" or xp.cuda.runtime.getDeviceCount() < 2:
        return None
    from kansoku.device.fleet import Fleet, cuda_device

    return Fleet(cuda_device, int(xp.cuda.runtime.getDeviceCount()))


def to_numpy(array: Array) -> npt.NDArray[Any]:
    """Copy an array of either backend to the host."""
    return np.asarray(array.get() if hasattr(array, "get") else array)


def name_of(xp: ModuleType) -> str:
    """Name of the backend as a cube records it."""
    return xp.__name__


def machine_of(xp: ModuleType, asked: str) -> str:
    """Say what a backend runs on, and where 'auto' was asked for, what kept it from a GPU."""
    if xp.__name__ == "cupy":
        from kansoku.device import nvrtc

        device, cuda = xp.cuda.Device(), xp.cuda.runtime.driverGetVersion() // 1000
        name = xp.cuda.runtime.getDeviceProperties(device.id)["name"].decode()
        count = xp.cuda.runtime.getDeviceCount()
        several = f"{count} x " if count > 1 else ""
        return f"{several}{name}, sm_{device.compute_capability}, NVRTC {nvrtc.version(cuda)}"
    if asked != "auto":
        return "the host"
    try:
        _cupy()
    except BackendError as missing:
        return f"the host, for {str(missing).partition(';')[0]}"
    return "the host"


def elements_at_once(xp: ModuleType) -> int:
    """Elements of one array that a long formula should handle in one go.

    With NumPy the formula's dozen temporaries then stay in the second-level cache; a device wants
    enough work to hide the start of each kernel.
    """
    return 1 << 14 if xp is np else 1 << 22
