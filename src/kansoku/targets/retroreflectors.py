"""Which objects carry retro-reflectors, so that a laser finds them by day or night."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from kansoku.errors import TargetsError
from kansoku.targets.objects import IntArray

TABLE = "retroreflectors.csv"


def carries_retroreflector(norad_cat_id: IntArray) -> npt.NDArray[np.bool_]:
    """Tell which objects are in the table of satellites with retro-reflectors.

    Satellites that are not in it may carry them too: the table holds those of which it is public
    and the catalogue number is certain.

    Parameters
    ----------
    norad_cat_id : (N,) int64 array
        Numbers of a real catalogue; those of the reference population are row numbers.

    Returns
    -------
    (N,) bool array

    Raises
    ------
    TargetsError
        When the packaged table is damaged.
    """
    return np.isin(norad_cat_id, np.array(_table(), dtype=np.int64))


@cache
def _table() -> tuple[int, ...]:
    text = (files("kansoku.sites") / TABLE).read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return tuple(_number(row.get("norad_cat_id") or "", rows.line_num) for row in rows)


def _number(text: str, line: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise TargetsError(
            f"sites/{TABLE}:{line}: norad_cat_id: got {text!r}, must be a catalogue number; "
            "correct the cell"
        )
    return int(text)
