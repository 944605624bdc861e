"""Packed bits by row and by cell, against bits counted one by one."""

import numpy as np
import pytest

from kansoku.coverage.bitplanes import by_cell, by_row


@pytest.mark.parametrize("cells", [1, 7, 8, 9, 64, 1003])
@pytest.mark.parametrize("rows", [1, 5, 8])
def test_rows_turn_into_cells_and_back(cells, rows):
    bits = np.random.default_rng(cells).random((rows, cells)) < 0.4
    packed = np.packbits(bits, axis=1)
    words = by_cell(packed, cells)
    expected = [sum(int(bits[k, d]) << k for k in range(rows)) for d in range(cells)]
    assert words.tolist() == expected
    back = by_row(words)
    assert (back[:rows] == packed).all()
    assert not back[rows:].any()
