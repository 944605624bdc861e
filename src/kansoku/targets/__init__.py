"""What must be watched: catalogues, the reference population, sizes and groups."""

from kansoku.targets.catalogue import load
from kansoku.targets.objects import MeanElements, ReadCounts, Targets

__all__ = ["MeanElements", "ReadCounts", "Targets", "load"]
