"""Coverage functions: what a requirement is worth at a design, and the cuts that bound it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.lazy import names_from

if TYPE_CHECKING:
    from kansoku.design.terms.all_of import AllOf
    from kansoku.design.terms.best import Best
    from kansoku.design.terms.capacity import Capacity
    from kansoku.design.terms.count import Count
    from kansoku.design.terms.distinct import Distinct
    from kansoku.design.terms.joined import Least, Mean, Without
    from kansoku.design.terms.miss import Miss, steps_of
    from kansoku.design.terms.on_device import CountOnDevice, count_on
    from kansoku.design.terms.strict import Strict
    from kansoku.design.terms.term import Cut, Floor, Term

__all__ = [
    "AllOf",
    "Best",
    "Capacity",
    "Count",
    "CountOnDevice",
    "Cut",
    "Distinct",
    "Floor",
    "Least",
    "Mean",
    "Miss",
    "Strict",
    "Term",
    "Without",
    "count_on",
    "steps_of",
]

__getattr__ = names_from(
    __name__,
    {
        "all_of": ("AllOf",),
        "best": ("Best",),
        "capacity": ("Capacity",),
        "count": ("Count",),
        "distinct": ("Distinct",),
        "joined": ("Least", "Mean", "Without"),
        "miss": ("Miss", "steps_of"),
        "on_device": ("CountOnDevice", "count_on"),
        "strict": ("Strict",),
        "term": ("Cut", "Floor", "Term"),
    },
)
