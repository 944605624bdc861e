"""Gaps between tracks of one target, in loops."""

import itertools
import math


def gaps(stretches, clear, target, stretch_s, window_s):
    """All gaps of one target under one draw; a stretch is a list of (contributor, target, start).

    `clear[contributor]` lists the windows, stretch after stretch.
    """
    found = []
    windows = round(stretch_s / window_s)
    for number, stretch in enumerate(stretches):
        starts = []
        for contributor, seen, start in stretch:
            window = min(int(start // window_s), windows - 1)
            if seen == target and clear[contributor][number * windows + window]:
                starts.append(start)
        edges = [0.0, *sorted(starts), stretch_s]
        found += [later - earlier for earlier, later in itertools.pairwise(edges)]
    return found


def statistics(lengths):
    """Longest, 95th percentile by nearest rank, and mean."""
    ordered = sorted(lengths)
    rank = math.ceil(0.95 * len(ordered))
    return ordered[-1], ordered[rank - 1], sum(ordered) / len(ordered)
