"""Has every answer of the optimiser looked at again: `watch` stands where all answers pass.

Only this file knows both sides: it reads a question out of kansoku's own types as plain arrays.
The look itself (naive/answers.py) knows nothing of kansoku.
"""

import functools

import numpy as np

from kansoku.design import frontier, search
from kansoku.design.terms import (
    AllOf,
    Best,
    Capacity,
    Count,
    Distinct,
    Least,
    Mean,
    Miss,
    Strict,
    Without,
)
from kansoku.design.terms.steps import Steps
from naive import answers

looks = {"answers": 0, "optima": 0}


class WrongAnswerError(AssertionError):
    """An answer does not hold when it is looked at again."""


def plain(term):
    """Return a coverage function as a dictionary of plain arrays."""
    if isinstance(term, Mean):
        parts = [plain(part) for part in term.terms]
        return {"form": "sum", "parts": parts, "shares": term.share.tolist()}
    if isinstance(term, Least | AllOf):
        form = "least" if isinstance(term, Least) else "all_of"
        joined = {"form": form, "parts": [plain(part) for part in term.terms]}
        return joined if form == "least" else joined | _demand(term.terms[0])
    if isinstance(term, Without):
        return {"form": "without", "part": plain(term.term), "lost": term.lost}
    if isinstance(term, Capacity):
        return _slots(term)
    form, more = _form(term)
    return {"form": form, "planes": term.cells.planes, **_demand(term), **more}


def _demand(term):
    cells = term.cells
    return {
        "base": cells.base,
        "weight": cells.weight,
        "total_weight": cells.total_weight,
        "rows": cells.rows,
    }


def _form(term):
    if isinstance(term, Count):
        return "count", {"credit": term.credit}
    if isinstance(term, Steps):  # a Count within AllOf
        return "count", {"credit": term.credit.whole.tolist()}
    if isinstance(term, Strict):
        return "strict", {"tracks": term.tracks}
    if isinstance(term, Miss):
        return "miss", {"step": term.step}
    if isinstance(term, Best | Distinct):
        return type(term).__name__.lower(), term.as_given
    raise TypeError(f"{type(term).__name__}: has no plain form here; write one")


def _slots(term):
    keys = ("row", "cell", "tracks", "objects", "worth", "slots")
    shifts = [{key: getattr(market.shift, key) for key in keys} for market in term._markets]
    total = term.scale / sum(term.credit)
    return {"form": "capacity", "shifts": shifts, "credit": term.credit, "total_weight": total}


def question_of(problem):
    """Return a problem as a dictionary of plain values."""
    requirements = [(problem.objective, problem.min_coverage or 0.0)]
    requirements += [(floor.term, floor.at_least) for floor in problem.floors]
    offers, profile = problem.arrangements, problem.row_profile
    return {
        "budget": problem.budget_mjpy,
        "cost": problem.candidates.cost_mjpy,
        "site": problem.candidates.site.tolist(),
        "opening": problem.sites.opening_mjpy,
        "partner": offers.partner.tolist(),
        "tier": offers.tier.tolist(),
        "fee": offers.cost_mjpy,
        "in_force": offers.in_force.tolist(),
        "row_candidate": problem.row_candidate.tolist(),
        "row_partner": problem.row_partner.tolist(),
        "profile": profile,
        "rounded": bool((np.abs(profile - np.round(profile, 6)) > 1e-15).any()),
        "minimises_cost": problem.min_coverage is not None,
        "requirements": [(plain(term), at_least) for term, at_least in requirements],
        "excluded": [(*_sets(one.design), one.differ) for one in problem.excluded],
        "names": {
            "chosen": problem.candidates.names,
            "arrangements": offers.names,
            "sites": problem.sites.names,
        },
    }


def _sets(design):
    return set(np.flatnonzero(design.built).tolist()), set(np.flatnonzero(design.signed).tolist())


def answer_of(found, asked_gap):
    """Return a portfolio as a dictionary of plain values."""
    built, signed = _sets(found.design)
    told = ("objective", "bound", "gap", "coverage", "chosen", "arrangements", "sites")
    answer = {key: getattr(found, key) for key in (*told, "cost_mjpy", "proven", "status")}
    return answer | {"built": built, "signed": signed, "asked_gap": asked_gap}


def look(problem, found, asked_gap):
    """Raise when an answer to a problem does not hold.

    Raises
    ------
    WrongAnswerError
        With all that is wrong.
    """
    question = question_of(problem)
    wrong = answers.faults(question, answer_of(found, asked_gap))
    looks["answers"] += 1
    looks["optima"] += answers.is_small(question)
    if wrong:
        raise WrongAnswerError("; ".join(wrong))


def watch():
    """Look at every answer from now on, in this process and in those it forks."""
    _keep_arguments(Best, ("alpha", "places", "contributor"))
    _keep_arguments(Distinct, ("credit", "group", "beta", "every_track"))
    answered, traded = search._Search.answer, frontier._of_design

    @functools.wraps(answered)
    def answer(self, *args):
        found = answered(self, *args)
        look(self._together.asked, found, self.effort.gap)
        return found

    @functools.wraps(traded)
    def of_design(asked, found, design, evaluate):
        cheaper = traded(asked, found, design, evaluate)
        # `proven` and `status` tell of the search for coverage
        gap = max(cheaper.gap, 0.0) if cheaper.proven else -1.0
        look(asked, cheaper, gap)
        return cheaper

    search._Search.answer, frontier._of_design = answer, of_design


def _keep_arguments(form, names):
    """Let a term remember what it was made of, which it does not need itself."""
    made = form.__init__

    @functools.wraps(made)
    def init(self, *args, **options):
        made(self, *args, **options)
        order = made.__code__.co_varnames[1 : made.__code__.co_argcount]
        given = dict(zip(order, args, strict=False)) | options
        self.as_given = {name: given.get(name) for name in names}
        if "contributor" in names and self.as_given["contributor"] is None:
            self.as_given["contributor"] = list(range(len(self.cells.rows)))
        if "beta" in names:
            self.as_given["beta"] = self.as_given["beta"] or {}

    form.__init__ = init
