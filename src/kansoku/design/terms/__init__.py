"""Coverage functions: what a requirement is worth at a design, and the cuts that bound it."""

from kansoku.design.terms.capacity import Capacity
from kansoku.design.terms.count import Count
from kansoku.design.terms.joined import Least, Mean, Without
from kansoku.design.terms.term import Cut, Floor, Term

__all__ = ["Capacity", "Count", "Cut", "Floor", "Least", "Mean", "Term", "Without"]
