"""Where the names on a map go, so that none covers another or a marker."""

from __future__ import annotations

import math
from dataclasses import dataclass

# At the size the map is printed a character is about 2.4 deg wide, a line about 6 deg high.
CHARACTER_DEG, LINE_DEG = 2.4, 6.0
MARKER_DEG = 3.0
REACHES_DEG = (6.0, 9.0, 13.0, 18.0, 24.0, 31.0)
BEARINGS = 16


@dataclass(frozen=True)
class Label:
    """A name and the point it belongs to. [deg]"""

    text: str
    x: float
    y: float

    @property
    def half_width(self) -> float:
        """Half the width of the printed name. [deg]"""
        return 0.5 * CHARACTER_DEG * len(self.text)


Box = tuple[float, float, float, float]


def placed(labels: list[Label]) -> list[tuple[float, float]]:
    """Find a free place for each name near its point, the first that covers nothing.

    Parameters
    ----------
    labels : list of Label

    Returns
    -------
    list of (x, y)
        Centres of the names. [deg]
    """
    taken = [_box(one.x, one.y, MARKER_DEG, MARKER_DEG) for one in labels]
    centres = []
    for label in labels:
        centre = _free_place(label, taken)
        taken.append(_box(*centre, label.half_width, LINE_DEG / 2))
        centres.append(centre)
    return centres


def _free_place(label: Label, taken: list[Box]) -> tuple[float, float]:
    """Nearest free centre; the farthest one when all are taken."""
    centre = (label.x, label.y)
    for reach in REACHES_DEG:
        for k in range(BEARINGS):
            angle = 2.0 * math.pi * k / BEARINGS
            centre = (
                label.x + (reach + label.half_width * abs(math.cos(angle))) * math.cos(angle),
                label.y + reach * math.sin(angle),
            )
            box = _box(*centre, label.half_width, LINE_DEG / 2)
            if not any(_overlap(box, other) for other in taken):
                return centre
    return centre


def _box(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, x + half_width, y - half_height, y + half_height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
