"""The linear program of one shift: which sensor takes how many tracks of which cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.design.linear import LinearProgram, highs_of

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Transport:
    """max sum_dm profit_dm z_dm by shipping tracks from rows to cells.

    Attributes
    ----------
    row, cell : (E,) intp arrays
        Who can ship to whom.
    most : (E,) array
        Most that can be shipped there.
    slots : (J,) array
        Most that each row can ship.
    objects : (D,) array
        Most that each cell takes at each of its profits.
    profit : (D, K) array
        Non-increasing along K.
    """

    row: IndexArray
    cell: IndexArray
    most: FloatArray
    slots: FloatArray
    objects: FloatArray
    profit: FloatArray


def solved(transport: Transport) -> tuple[float, FloatArray]:
    """Return the optimum and what one more slot of each row would add, (J,)."""
    solver = highs_of(_program(transport), integers=False)
    solver.run()
    dual = np.array(solver.getSolution().row_dual)[len(transport.objects) :]
    return -solver.getInfo().objective_function_value, np.maximum(-dual, 0.0)


def _program(t: Transport) -> LinearProgram:
    """Return the program: columns u (E) then z (D K), rows (D) of cells then (J) of slots."""
    entries, (cells, steps), rows = len(t.row), t.profit.shape, len(t.slots)
    shipped, by_row = np.arange(entries), np.argsort(t.row, kind="stable")
    taken = entries + np.arange(cells * steps)
    by_cell = np.argsort(np.append(t.cell, np.repeat(np.arange(cells), steps)), kind="stable")
    index = np.concatenate([np.append(shipped, taken)[by_cell], shipped[by_row]])
    sizes = np.append(
        np.bincount(t.cell, minlength=cells) + steps, np.bincount(t.row, minlength=rows)
    )
    coefficient = np.concatenate(
        [np.append(-np.ones(entries), np.ones(cells * steps))[by_cell], np.ones(entries)]
    )
    return LinearProgram(
        cost=np.append(np.zeros(entries), -t.profit.ravel()),
        lower=np.zeros(entries + cells * steps),
        upper=np.append(t.most, np.repeat(t.objects, steps)),
        row_lower=np.full(cells + rows, -np.inf),
        row_upper=np.append(np.zeros(cells), t.slots),
        start=np.append(0, sizes.cumsum()).astype(np.int32),
        index=index.astype(np.int32),
        coefficient=coefficient,
        integer=np.zeros(entries + cells * steps, dtype=bool),
    )
