"""Derive sites/coastline.csv: coastlines for the map of the network.

Source: Natural Earth 1:110m land (public domain), as packed in TopoJSON by the npm package
world-atlas 2.0.2 (ISC licence).

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/derive_coastline.py package/land-110m.json sites/coastline.csv

An arc of TopoJSON is a chain of integer steps from its first point; `transform` turns it into
degrees [1]_. Rounded to 0.01 degree, about 1 km.

.. [1] M. Bostock and C. Metcalf, The TopoJSON Format Specification, section 2.1.4.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

HEADER = """\
# Coastlines: Natural Earth 1:110m land (public domain), from land-110m.json of world-atlas 2.0.2.
# One closed ring a part; degrees to 0.01, east and north positive; rings that cross
# 180 degrees run on.
part,longitude_deg,latitude_deg
"""


def arcs(topology: dict) -> list[list[tuple[float, float]]]:
    """Decode every arc into points. [deg]"""
    (scale_x, scale_y), (move_x, move_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    decoded = []
    for steps in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            points.append((x * scale_x + move_x, y * scale_y + move_y))
        decoded.append(points)
    return decoded


def rings(topology: dict) -> Iterator[list[tuple[float, float]]]:
    """Join arcs into the rings of the land polygons; a negative index reverses its arc."""
    decoded = arcs(topology)
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for indices in polygon:
                ring: list[tuple[float, float]] = []
                for index in indices:
                    arc = decoded[index] if index >= 0 else decoded[~index][::-1]
                    ring += arc[1:] if ring else arc
                yield unwrapped(ring)


def unwrapped(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Let a ring run on past 180 deg instead of jumping; one round the pole is closed along it."""
    points = [ring[0]]
    for longitude, latitude in ring[1:]:
        turns = round((points[-1][0] - longitude) / 360.0)
        points.append((longitude + 360.0 * turns, latitude))
    if abs(points[-1][0] - points[0][0]) > 180.0:  # only Antarctica goes round
        points += [(points[-1][0], -90.0), (points[0][0], -90.0), points[0]]
    return points


def main(source: str, out: str) -> None:
    """Write the table."""
    topology = json.loads(Path(source).read_text("utf-8"))
    rows = [
        f"{part},{longitude:.2f},{latitude:.2f}\n"
        for part, ring in enumerate(rings(topology))
        for longitude, latitude in ring
    ]
    Path(out).write_text(HEADER + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
