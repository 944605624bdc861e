"""A whole study, from a config to a labelled cube: the map of the house.

config -> targets + network -> ephemeris -> visibility -> coverage -> design -> cubes -> report
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kansoku import report
from kansoku.configfile import LoadedConfig
from kansoku.cubes import dataset, storage
from kansoku.errors import CubeError
from kansoku.progress import Progress, Stopwatch, silent
from kansoku.study import oneperiod, overyears
from kansoku.study.scope import Scope, look, scope_of, weather_and_demand, witnessed
from kansoku.wholefile import whole_folder

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Scope", "look", "run", "run_to_folder", "scope_of", "weather_and_demand"]


def run(loaded: LoadedConfig, progress: Progress = silent) -> xr.Dataset:
    """Compute a study.

    Parameters
    ----------
    loaded : LoadedConfig
        A checked config with the folder that its paths are relative to.
    progress : callable, optional
        Told the stages, how far each has come, and the gap as it falls.

    Returns
    -------
    xarray.Dataset
        The whole result; `kansoku.cubes.storage.write` makes it a file.
    """
    watch = Stopwatch(progress)
    scope = scope_of(loaded, progress)
    watch.ended("targets and network")
    seen = look(scope, progress)
    watch.ended("visibility and coverage")
    witness = witnessed(scope, seen)
    answer = overyears.answer if scope.over_years else oneperiod.answer
    found = answer(scope, witness, watch, progress)
    watch.ended("second look")
    labelled = dataset.label(found)
    watch.ended("cubes")
    return labelled


def run_to_folder(loaded: LoadedConfig, folder: Path, progress: Progress = silent) -> str:
    """Compute a study and write its results, all of them or none; return the answer page."""
    result = run(loaded, progress)
    try:
        with whole_folder(folder) as part:
            storage.write(result, part / "study.nc")
            return report.write(result, part)
    except OSError as cause:
        raise CubeError(
            f"{folder}: results cannot be written ({cause.strerror or cause}); "
            "free some space or move what is in the way, or choose another folder with --out"
        ) from cause
