"""Samples at which a target may be seen: one matrix product a class of sensors, before any test.

Most samples are far below a site's horizon. A target at a known geocentric distance stands above
the mask of elevation e where a linear function of its position is positive (`horizon`), so one
product of inner size 6 leaves a few samples in a hundred. What is out of every sensor's reach, in
shadow, or over a bright site where light decides, is left out on the way. All that is left is
judged by the criteria: the candidates only have to hold every sample that can be seen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from kansoku.backend import Array
from kansoku.constants import DEG, EARTH_EQUATORIAL_RADIUS_M
from kansoku.visibility.flags import places_set
from kansoku.visibility.horizon import (
    OFF_NORMAL_M,
    OUT_OF_REACH_M,
    ROUNDING_M,
    SiteLines,
    site_lines,
    slack_m,
    threshold_m,
)
from kansoku.visibility.shares import shares
from kansoku.visibility.sight import Sight
from kansoku.visibility.stage import SAMPLES_AT_ONCE, Stage

# Elements of one product: the best of those tried, beside 1 MB of second-level cache
PRODUCT_SIZE = 1 << 18
SITES_AT_ONCE = 16

# Samples on both sides of a candidate that belong to it when edges between samples are wanted:
# the pair in which a run may hide, and a third sample for the parabola through its peak
BESIDE = 2

# Lowest elevations are rounded down to one of these, so that few products serve all sensors
LOWEST_DEG = (0.0, 10.0, 20.0, 45.0)

FASTEST_M_S = 12_000.0  # no orbit about the Earth is faster over its ground


@dataclass(frozen=True)
class _Class:
    """Groups of contributors that share a product.

    Attributes
    ----------
    groups, mounts : (S,) int array
        Index into `Watch.groups`, and the mount of each.
    members : (c,) int array
        All contributors of the groups.
    needs_dark : bool
    sine : float
        Of the mask.
    sites : SiteLines
    """

    groups: npt.NDArray[np.intp]
    mounts: Array
    members: Array
    needs_dark: bool
    sine: float
    sites: SiteLines


def candidates(stage: Stage, between: bool, culled: bool = True) -> Iterator[tuple[int, Sight]]:
    """Samples that may be seen by some contributor of a group.

    Parameters
    ----------
    stage : Stage
    between : bool
        Also the samples around instants between samples at which a target may be seen.
    culled : bool
        Leave out what is dark or too far; otherwise the field of regard alone decides.

    Yields
    ------
    group : int
        Index into `Watch.groups`.
    sight : Sight
        Of the group's first contributor, by target, then in time's order.
    """
    for each in _classes(stage):
        yield from _near(stage, each, between, culled)


def _classes(stage: Stage) -> list[_Class]:
    """Groups by whether they need darkness, and by their lowest elevation rounded down."""
    members: dict[tuple[bool, float], list[int]] = defaultdict(list)
    for number, group in enumerate(stage.watch.groups):
        lowest_deg = group.lowest_rad / DEG + 1e-9
        below = [edge for edge in LOWEST_DEG if edge <= lowest_deg]
        members[group.needs_dark, below[-1] if below else math.floor(lowest_deg)].append(number)
    return [
        _class_of(stage, np.array(numbers), needs_dark, math.sin(lowest_deg * DEG))
        for (needs_dark, lowest_deg), numbers in members.items()
    ]


def _class_of(stage: Stage, groups: npt.NDArray[np.intp], needs_dark: bool, sine: float) -> _Class:
    xp, watch = stage.xp, stage.watch
    members = [watch.groups[number].members for number in groups]
    first = xp.asarray(np.array([each[0] for each in members]))
    place, up = (xp.take(vectors, first, axis=1) for vectors in (watch.site_itrf_m, watch.up))
    return _Class(
        groups=groups,
        mounts=watch.mount_of[first],
        members=xp.asarray(np.concatenate(members)),
        needs_dark=needs_dark,
        sine=sine,
        sites=site_lines(xp, place, up),
    )


def _near(stage: Stage, each: _Class, between: bool, culled: bool) -> Iterator[tuple[int, Sight]]:
    """Find the candidates of one class, some sites at a time."""
    xp, width = stage.xp, stage.steps + 1
    columns = _columns(stage, each, between, culled)
    dark = _dark(stage, each, between) if each.needs_dark and culled else None
    for first in range(0, len(each.groups), SITES_AT_ONCE):
        some = slice(first, first + SITES_AT_ONCE)
        numbers = each.groups[some]
        above = _above(xp, each.sites.lines[some], columns, width)
        if between:
            above = _widened(xp, above, BESIDE)
            above[:, width - 1 :: width] = False
        if dark is not None:
            above.reshape(numbers.shape[0], -1, width)[...] &= dark[some, None, :]
        for number, line in zip(numbers, above, strict=True):
            place = places_set(xp, line)
            if not place.shape[0]:
                continue
            row = place // width
            step = place - row * width
            yield int(number), Sight(stage, int(stage.watch.groups[number].members[0]), row, step)


def _above(xp: ModuleType, lines: Array, columns: Array, width: int) -> Array:
    """Whether columns score for each site, (S, n (T + 1)), a cache-sized product at a time."""
    at_once = max(1, PRODUCT_SIZE // (SITES_AT_ONCE * width)) * width
    above = xp.empty((lines.shape[0], columns.shape[1]), dtype=bool)
    for start in range(0, columns.shape[1], at_once):
        part = slice(start, start + at_once)
        xp.greater_equal(xp.matmul(lines, columns[:, part]), 0.0, out=above[:, part])
    return above


def _columns(stage: Stage, each: _Class, between: bool, culled: bool) -> Array:
    """Fill in the (6, n (T + 1)) factor of a class: threshold and its slope, as in `horizon`."""
    xp, columns = stage.xp, stage.columns_m
    keep = _worth_a_look(stage, each, between, culled)
    slack = _slack_m(stage, each) if between else xp.float32(_near_m(each))
    for some in shares(xp, stage.targets, stage.steps, SAMPLES_AT_ONCE):
        where = (stage.nodes_m[1][some], each.sites.middle_m, each.sine)
        may_m, slope = threshold_m(xp, *where, slack[some] if between else slack)
        columns[3, some, :-1] = xp.where(keep[some], -may_m, -OUT_OF_REACH_M)
        columns[4, some, :-1] = -slope
    return columns.reshape(6, -1)


def _near_m(each: _Class) -> float:
    """Slack for sites off their normal, and for single precision. [m]"""
    return abs(each.sine) * OFF_NORMAL_M + ROUNDING_M


def _slack_m(stage: Stage, each: _Class) -> Array:
    """How far the margin may move between samples, (n, T). [m]"""
    moved = (stage.nodes_m[0], stage.changes_m, each.sites.highest_m, each.sine)
    return slack_m(stage.xp, *moved, stage.sky.step_s).astype(stage.xp.float32)


def _worth_a_look(stage: Stage, each: _Class, between: bool, culled: bool) -> Array:
    """Whether each target at each sample has a state, and may be near and lit enough, (n, T)."""
    keep = stage.block.usable
    if not culled:
        return keep
    keep = keep & _within_any_reach(stage, each, between)
    if each.needs_dark:
        lit = stage.lit.reshape(keep.shape)
        keep = keep & (_widened(stage.xp, lit, BESIDE) if between else lit)
    return keep


def _within_any_reach(stage: Stage, each: _Class, between: bool) -> Array:
    """Whether any sensor of a class may detect a target at its geocentric distance, (n, T)."""
    reach_m = stage.reach_m[each.members].max(axis=0)
    # A site stands at most 9 km above the ellipsoid, whose largest radius is the equator's.
    farthest_m = EARTH_EQUATORIAL_RADIUS_M + 9_000.0 + reach_m + ROUNDING_M
    if between:
        farthest_m = farthest_m + FASTEST_M_S * stage.sky.step_s
    return stage.nodes_m[1] <= farthest_m[:, None]


def _dark(stage: Stage, each: _Class, between: bool) -> Array:
    """Whether each site of a class is dark, (S, T + 1); the last column is never used."""
    xp, dark = stage.xp, stage.sky.dark[each.mounts]
    dark = _widened(xp, dark, BESIDE) if between else dark
    return xp.concatenate([dark, dark[:, :1]], axis=1)


def _widened(xp: ModuleType, holds: Array, by: int) -> Array:
    """Also hold at the neighbours, up to `by` places along the last axis."""
    wide = holds.copy()
    for shift in range(1, by + 1):
        wide[..., shift:] |= holds[..., :-shift]
        wide[..., :-shift] |= holds[..., shift:]
    return wide
