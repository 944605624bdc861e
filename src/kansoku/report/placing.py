"""Where the names on a map go, so that none covers another or a marker."""

from __future__ import annotations

import math
from dataclasses import dataclass

# At the size the map is printed a character is about 2.4 deg wide, a line about 5 deg high.
CHARACTER_DEG, LINE_DEG = 2.4, 5.0
MARKER_DEG = 2.5
REACHES_DEG = (4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 26.0, 33.0)
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


def placed(labels: list[Label], page: Box) -> list[Box]:
    """Find a free place for each name near its point, the first that covers nothing.

    Parameters
    ----------
    labels : list of Label
    page : (west, east, south, north)
        Where names may stand. [deg]

    Returns
    -------
    list of (west, east, south, north)
        The box of each name. [deg]
    """
    taken = [_box(one.x, one.y, MARKER_DEG, MARKER_DEG) for one in labels]
    boxes = []
    for label in labels:
        boxes.append(_free_box(label, taken, page))
        taken.append(boxes[-1])
    return boxes


def leader(label: Label, box: Box) -> tuple[float, float]:
    """Return the point of a name's box that is nearest to the point it belongs to."""
    return min(max(label.x, box[0]), box[1]), min(max(label.y, box[2]), box[3])


def _free_box(label: Label, taken: list[Box], page: Box) -> Box:
    """Nearest free box; the last one tried when none is free."""
    for reach in REACHES_DEG:
        for k in range(BEARINGS):
            angle = 2.0 * math.pi * k / BEARINGS
            east, north = math.cos(angle), math.sin(angle)
            box = _box(
                label.x + (reach + label.half_width * abs(east)) * east,
                label.y + reach * north,
                label.half_width,
                LINE_DEG / 2,
            )
            if _within(box, page) and not any(_overlap(box, other) for other in taken):
                return box
    return box


def _within(box: Box, page: Box) -> bool:
    return box[0] >= page[0] and box[1] <= page[1] and box[2] >= page[2] and box[3] <= page[3]


def _box(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, x + half_width, y - half_height, y + half_height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
