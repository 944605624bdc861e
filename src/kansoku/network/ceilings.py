"""How much of an own sensor's data may leave the country, by partner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from kansoku.network.tables import Row

ANYONE = "*"
"""Stands for every partner that no other row names."""

NOTHING = 0
"""Ceiling where no row speaks: what nobody released stays at home."""


def ceiling(rows: Iterable[Row], owner: str, sensor: str, owner_class: str, partner: str) -> int:
    """Highest information tier of one sensor's data that may go to one partner.

    The most particular row decides: the sensor before its class of owner, and among those the
    partner before `*`.

    Parameters
    ----------
    rows : iterable of Row
        release_ceilings.csv.
    owner : str
        Who owns the sensor and decides.
    sensor : str
        Id of an existing sensor or a candidate.
    owner_class : str
        Military, civil, academic or commercial.
    partner : str

    Returns
    -------
    int
        0 (nothing) to 5.
    """
    asked = ((sensor, ""), ("", owner_class))
    by_key = {
        (row.text("sensor"), row.text("owner_class"), row.text("partner")): int(row.text("tier"))
        for row in rows
        if row.text("owner") == owner
    }
    for name, of_class in asked:
        for party in (partner, ANYONE):
            if (name, of_class, party) in by_key:
                return by_key[name, of_class, party]
    return NOTHING


def highest(rows: Sequence[Row], owner: str, partner: str) -> int:
    """Highest tier that any sensor of an owner may give a partner; 0 when no row speaks."""
    named = {(row.text("sensor"), row.text("owner_class")) for row in rows}
    return max((ceiling(rows, owner, *one, partner) for one in sorted(named)), default=NOTHING)


def ceilings(
    rows: Sequence[Row],
    owner: str,
    sensors: Sequence[str],
    owner_classes: Sequence[str],
    partners: Sequence[str],
) -> npt.NDArray[np.int8]:
    """Highest tier that may leave, by sensor and partner.

    Parameters
    ----------
    rows : sequence of Row
        release_ceilings.csv.
    owner : str
    sensors, owner_classes : sequence of str, length C
        The class is '' for sensors that are not the owner's to release.
    partners : sequence of str, length P

    Returns
    -------
    (C, P) int8 array
        0 where nothing may leave.
    """
    table = [
        [ceiling(rows, owner, sensor, of_class, partner) if of_class else NOTHING
         for partner in partners]
        for sensor, of_class in zip(sensors, owner_classes, strict=True)
    ]  # fmt: skip
    return np.array(table, dtype=np.int8).reshape(len(sensors), len(partners))
