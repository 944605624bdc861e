"""A programme asked of a sample of its cells: where local search tries what it tries.

Local search values thousands of decisions in every year; a sample of some ten thousand cells ranks
them nearly as all cells do. What it finds is valued anew over all cells: nothing of the sample
enters a bound or an answer.
"""

from __future__ import annotations

from dataclasses import replace

from kansoku.design.coarse import sample_of, sampled
from kansoku.design.programme.programme import Aim, Programme
from kansoku.design.terms import Count, Distinct, Term, Without

SAMPLED_CELLS = 1 << 15
LARGE = 2  # times the sample: below, all cells are cheap enough
MARGIN = 0.003  # share by which floors are raised: what must just be reached, a sample cannot tell


def coarse_of(programme: Programme, sampled_cells: int = SAMPLED_CELLS) -> Programme:
    """Return the same programme with every large term over a sample of its cells.

    Parameters
    ----------
    programme : Programme
    sampled_cells : int
        Draws of a cell; its chance is its weight.

    Returns
    -------
    Programme
        The same object where no term is large.
    """
    rough: dict[int, Term] = {}
    terms = {id(aim.term): _coarse_term(aim.term, sampled_cells, rough) for aim in programme.aims}
    if all(terms[id(aim.term)] is aim.term for aim in programme.aims):
        return programme
    return replace(
        programme, aims=tuple(_asked(aim, terms[id(aim.term)]) for aim in programme.aims)
    )


def roughly(term: Count | Distinct, sampled_cells: int = SAMPLED_CELLS) -> Count | Distinct:
    """Return a count over a sample of its cells; the same object where it is small."""
    if len(term.cells) < LARGE * sampled_cells:
        return term
    if isinstance(term, Distinct):
        return term.over(sample_of(term.cells, sampled_cells))
    return sampled(term, sampled_cells)


def _coarse_term(term: Term, sampled_cells: int, rough: dict[int, Term]) -> Term:
    """Return a term over a sample; `rough` holds what was sampled, so that it is done once."""
    if isinstance(term, Without):
        left = _coarse_term(term.term, sampled_cells, rough)
        return term if left is term.term else Without(term.name, left, term.lost)
    if id(term) not in rough:
        rough[id(term)] = (
            roughly(term, sampled_cells) if isinstance(term, (Count, Distinct)) else term
        )
    return rough[id(term)]


def _asked(aim: Aim, term: Term) -> Aim:
    if term is aim.term:
        return aim
    return replace(aim, term=term, at_least=min(aim.at_least * (1.0 + MARGIN), 1.0))
