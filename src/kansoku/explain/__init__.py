"""Why one object is seen, or not, from one place at one instant: behind `kansoku explain`."""

from kansoku.explain.facts import KEYS, SERIES_KEYS, facts, series
from kansoku.explain.instant import Instant, looked_at, verdicts
from kansoku.explain.request import explain, instant_of

__all__ = [
    "KEYS",
    "SERIES_KEYS",
    "Instant",
    "explain",
    "facts",
    "instant_of",
    "looked_at",
    "series",
    "verdicts",
]
