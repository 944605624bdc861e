"""Which objects transmit, so that passive radio sensors can find them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.config import TargetsSection

OPERATIONAL = ("+", "P", "B", "S", "X")
"""Operational, partially operational, backup, spare, extended mission: CelesTrak's active ones.

A backup or spare carries no traffic, but sends telemetry.
"""

SILENT = ("-", "D", "?")
"""Not operational, decayed, unknown to CelesTrak too."""


def emits(
    section: TargetsSection, status: npt.NDArray[np.str_], object_type: npt.NDArray[np.str_]
) -> npt.NDArray[np.bool_]:
    """Tell which objects transmit, by their operational status, else by assumption.

    Parameters
    ----------
    section : TargetsSection
        Says whether a payload of no known status transmits.
    status : (N,) array of str
        CelesTrak's operational status code, empty where the SATCAT tells none.
    object_type : (N,) array of str
        PAY, R/B, DEB or UNK. Rocket bodies, debris and unknown objects without a status are silent.

    Returns
    -------
    (N,) bool array

    References
    ----------
    .. [1] T. S. Kelso, CelesTrak, SATCAT operational status codes.
    """
    assumed = (status == "") & (object_type == "PAY") & section.payloads_emit
    return np.asarray(np.isin(status, OPERATIONAL) | assumed)
