"""All passes of a block of targets over a set of sites, with edges between the nodes.

The margin over the mask is tested at the nodes of the grid (`nodes`). Between nodes the line of
sight is a quartic (`arcs`): edges are its roots where the margin changes sign from one node to the
next; passes and dips that lie wholly between two nodes are found from the rate of the margin at
the nodes near the mask (`edges`). Nothing loops over targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from kansoku.backend import Array
from kansoku.ephemeris.states import StateBlock
from kansoku.ephemeris.timegrid import TimeGrid
from kansoku.visibility.culmination import culmination
from kansoku.visibility.edges import rises_and_sets
from kansoku.visibility.horizon import Horizons
from kansoku.visibility.nodes import survey
from kansoku.visibility.search import CLIPPED, REFUSED, Edges, Search, Tops, search_of


@dataclass(frozen=True)
class Passes:
    """Passes of a block, sorted by target, site, rise; (P,) arrays unless stated.

    Attributes
    ----------
    target : int array
        Row of the target in the catalogue that the block was cut from.
    site : int array
        Index of the site.
    rise_s, culmination_s, set_s : array
        Seconds since the first node of the grid. [s]
    rise_azimuth_rad, culmination_azimuth_rad, set_azimuth_rad : array
        Clockwise from north, 0 to 2 pi. [rad]
    culmination_elevation_rad : array
        Highest elevation of the pass, airless. [rad]
    starts_before, ends_after : bool array
        The target is above the mask at the first or the last node; the edge is that node.
    refused : (n,) bool array
        Targets of the block without a usable state at some node. They have no passes from
        the first such node on, and a pass that runs into it is not reported.
    """

    target: Array
    site: Array
    rise_s: Array
    culmination_s: Array
    set_s: Array
    rise_azimuth_rad: Array
    culmination_azimuth_rad: Array
    set_azimuth_rad: Array
    culmination_elevation_rad: Array
    starts_before: Array
    ends_after: Array
    refused: Array

    def __len__(self) -> int:
        return len(self.target)


def find_passes(
    xp: ModuleType,
    block: StateBlock,
    grid: TimeGrid,
    horizons: Horizons,
    min_elevation_rad: float,
) -> Passes:
    """Find every pass above a mask on the span of a grid.

    Parameters
    ----------
    block : StateBlock
        States of n targets at the nodes, of the backend `xp`.
    grid : TimeGrid
        At least two nodes.
    horizons : Horizons
        Sites, of the backend `xp`.
    min_elevation_rad : float
        Mask, -pi/2 to pi/2; negative elevations look below the horizon. [rad]

    Returns
    -------
    Passes
        Sorted by target, site, rise; disjoint within a site and target.
    """
    sine = math.sin(min_elevation_rad)
    curves, changes, turns = survey(xp, block, horizons, sine, grid.step_s)
    search = search_of(xp, block, curves, horizons, sine, grid.step_s)
    first, last = rises_and_sets(search, changes, turns)
    complete = xp.flatnonzero(last.kind != REFUSED)
    if len(complete) < len(last.kind):
        first, last = first.take(complete), last.take(complete)
    return _labelled(search, block, first, culmination(search, first, last), last)


def _labelled(search: Search, block: StateBlock, first: Edges, top: Tops, last: Edges) -> Passes:
    """Say whose passes these are, in seconds."""
    target, site = search.xp.divmod(first.row, len(search.horizons))
    return Passes(
        target=target + block.start,
        site=site,
        rise_s=first.node * search.step_s,
        culmination_s=top.node * search.step_s,
        set_s=last.node * search.step_s,
        rise_azimuth_rad=first.azimuth_rad,
        culmination_azimuth_rad=top.azimuth_rad,
        set_azimuth_rad=last.azimuth_rad,
        culmination_elevation_rad=top.elevation_rad,
        starts_before=first.kind == CLIPPED,
        ends_after=last.kind == CLIPPED,
        refused=~block.usable.all(axis=1),
    )
