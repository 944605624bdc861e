"""All aims of a programme at one point: each function once, floors on losses together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.design.programme.columns import slot_of
from kansoku.design.programme.contingencies import contingencies_of
from kansoku.design.programme.functions import Function, InBlock
from kansoku.design.programme.programme import Programme
from kansoku.design.terms import Cut

FloatArray = npt.NDArray[np.float64]

Found = tuple[tuple[Cut, ...], ...]
"""The cuts of every aim, the tight one first."""

LOOKUPS_A_TERM = 20_000
"""What calling a term costs beside its cells."""


class Assessment:
    """The coverage of every aim at stacked row weights, with cuts.

    Parameters
    ----------
    programme : Programme

    Attributes
    ----------
    work : int
        Look-ups of one evaluation.
    """

    def __init__(self, programme: Programme) -> None:
        at, self._aims = programme.slots, len(programme.aims)
        block_of = {k: slot_of(programme, aim) for k, aim in enumerate(programme.aims)}
        self._together = contingencies_of(programme, at, block_of)
        grouped = {case.aim for each in self._together for case in each.cases}
        alone = [k for k in range(self._aims) if k not in grouped]
        self._terms = _in_blocks(programme, alone, block_of, len(at))
        work = [*(t.work for t in self._terms.values()), *(c.work for c in self._together)]
        self.work = sum(work) + LOOKUPS_A_TERM * len(work)

    def cuts(self, weights: FloatArray) -> Found:
        """Return all cuts that one evaluation gives at a point of the relaxation.

        Values of floors that hold with room to spare may be those of a sample.
        """
        found: dict[int, tuple[Cut, ...]] = {
            k: term.cuts(weights) for k, term in self._terms.items()
        }
        for each in self._together:
            found.update(each.cuts(weights))
        return tuple(found[k] for k in range(self._aims))

    def values(self, weights: FloatArray) -> Found:
        """Return the tight cut alone of every aim, with its exact value."""
        found: dict[int, tuple[Cut, ...]] = {
            k: (term.quick_cut(weights),) for k, term in self._terms.items()
        }
        for each in self._together:
            found.update(each.values(weights))
        return tuple(found[k] for k in range(self._aims))


def _in_blocks(
    programme: Programme, aims: list[int], block_of: dict[int, int], stacked: int
) -> dict[int, InBlock]:
    """Return the term of some aims over the stacked rows; equal functions are evaluated once."""
    blocks: dict[int, set[int]] = {}
    terms = {k: programme.aims[k].term for k in aims}
    for k, term in terms.items():
        blocks.setdefault(id(term), set()).add(block_of[k])
    functions = {
        id(term): Function(term, len(programme.rows), tuple(sorted(blocks[id(term)])), stacked)
        for term in terms.values()
    }
    return {
        k: InBlock(_name(programme, k), functions[id(term)], block_of[k])
        for k, term in terms.items()
    }


def _name(programme: Programme, number: int) -> str:
    aim = programme.aims[number]
    return f"{aim.term.name} FY{programme.years[aim.year]} {aim.view.name}"
