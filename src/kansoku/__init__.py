"""kansoku designs Space Situational Awareness sensor networks.

Importing kansoku loads neither CuPy nor Pyomo; each stage imports what it needs when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

__version__ = "0.1.0"
__all__ = ["__version__", "run"]


def run(config: str | Path) -> xr.Dataset:
    """Compute a study and return its cube.

    Parameters
    ----------
    config : str or Path
        A config file, or the name of a packaged study such as 'demo'.

    Returns
    -------
    xarray.Dataset
        What `kansoku run` writes to study.nc.

    Raises
    ------
    kansoku.errors.KansokuError
        What the user can mend: what is wrong, where, and how.
    """
    from kansoku import configfile, study

    return study.run(configfile.load_config(config))
