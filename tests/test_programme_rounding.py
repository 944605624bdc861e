"""Whole points near the relaxation of a programme: with floors, or short of them at a price."""

from dataclasses import replace

import numpy as np
import pytest

from kansoku.design.programme.columns import relaxation_of
from programme_cases import programme_of
from programme_examples import with_floor


def test_a_floor_out_of_reach_is_missed_at_a_price_where_one_is_given():
    """Money for A or B, a floor that B alone keeps, and B closed: nothing, or A at a price."""
    programme = programme_of(with_floor())
    relaxation, columns = relaxation_of(programme)
    for number, aim in enumerate(programme.aims):
        (cut,) = aim.term.cuts(np.zeros(len(programme.rows)))
        slopes = np.zeros((len(programme.slots), len(programme.rows)))
        slopes[programme.slots.index((0, aim.year))] = cut.slopes
        relaxation.add(number, replace(cut, slopes=slopes.ravel()))
    lower, upper = (bound.copy() for bound in relaxation.bounds)
    of_b = [k for k, (sensor, _) in enumerate(columns.orders) if sensor == 1]
    upper[of_b] = 0.0
    nothing_more = np.zeros(len(programme.aims))
    assert relaxation.whole(lower, upper, 20, 0.0, 10.0, nothing_more) is None
    point = relaxation.whole(lower, upper, 20, 0.0, 10.0, nothing_more, floor_price=3.0)
    assert point is not None
    assert columns.design(point).ordered.tolist() == [0, -1]
    assert relaxation.coverage(point) == pytest.approx([0.6, 0.6, 0.0])
    kept = relaxation.whole(*relaxation.bounds, 20, 0.0, 10.0, nothing_more, floor_price=3.0)
    assert kept is not None
    assert columns.design(kept).ordered.tolist() == [-1, 0]
    assert relaxation.coverage(kept) == pytest.approx([0.4, 0.4, 0.4])
