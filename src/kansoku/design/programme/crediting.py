"""Credited coverage as a term of a programme: by tracks, or by independent sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kansoku.coverage.cells import Cells
from kansoku.coverage.sources import Sources
from kansoku.design.programme.layout import Layout
from kansoku.design.programme.parts import NONE
from kansoku.design.requirements import COVERAGE
from kansoku.design.terms import Distinct, Term

THEIR_OWN = "their own"
"""The source of what a partner sees itself, whoever owns it."""


@dataclass(frozen=True)
class Crediting:
    """Turns rows of a layout into credited coverage.

    Attributes
    ----------
    credit : (K,) tuple
    sources : Sources or None
        Given where credit is paid for independent sources (form d), None where for tracks (a).
    """

    credit: tuple[float, ...]
    sources: Sources | None

    def coverage(self, layout: Layout, name: str = COVERAGE) -> Term:
        """Return what the owner covers with all that it has and receives."""
        rows = (*layout.candidates, *layout.partners, *layout.home)
        return self._of_ours(name, layout, rows, layout.always)

    def stress(self, layout: Layout, coverage: Term) -> Term:
        """Coverage with rows for all that may fall; coverage itself where nothing falls apart."""
        if not layout.split:
            return coverage
        lines = layout.lines
        apart = {(lines[j].party, lines[j].source) for j in layout.split}
        whole = [j for j in layout.partners if (lines[j].party, lines[j].source) not in apart]
        home = () if any(party == NONE for party, _ in apart) else layout.home
        fallible = {c for j in layout.split for c in lines[j].members}
        always = tuple(c for c in layout.always if c not in fallible)
        rows = tuple(sorted((*layout.candidates, *whole, *layout.split, *home)))
        return self._of_ours("stress", layout, rows, always)

    def gains(self, layout: Layout, parties: Sequence[int], least: float) -> dict[int, Term]:
        """Return what each of some partners covers with its own sensors and what it is given.

        Parameters
        ----------
        layout : Layout
        parties : sequence of int
        least : float
            What a track of ours is worth at least to a partner.
        """
        rows, lines = (*layout.candidates, *layout.partners, *layout.standing), layout.lines
        cells = layout.cells(rows, (), self._steps, least)
        if self.sources is None:
            term = layout.seen.count("gain", cells, self.credit, len(lines))
            return dict.fromkeys(parties, term)
        return {
            p: self._distinct(
                "gain",
                cells,
                [THEIR_OWN if lines[j].party == p else lines[j].source for j in rows],
                THEIR_OWN,
                len(lines),
            )
            for p in parties
        }

    @property
    def _steps(self) -> int:
        """Tracks of a row beyond which nothing is added, at full worth."""
        return len(self.credit) if self.sources is None else 1

    def _of_ours(
        self, name: str, layout: Layout, rows: Sequence[int], always: Sequence[int]
    ) -> Term:
        if self.sources is None:
            cells = layout.cells(rows, always, self._steps)
            return layout.seen.count(name, cells, self.credit, len(layout.lines))
        labels = [layout.lines[j].source for j in rows]
        cells = layout.cells(rows, (), self._steps)
        return self._distinct(name, cells, labels, self.sources.names[0], len(layout.lines))

    def _distinct(self, name: str, cells: Cells, labels: list[str], own: str, rows: int) -> Term:
        """Count sources; what is one's own counts as much as all steps of credit."""
        beta: dict[object, float] = {own: float(len(self.credit))} if own in labels else {}
        return Distinct(name, cells, self.credit, labels, rows, beta, every_track=True)
