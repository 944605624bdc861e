"""When objects rise above sites, culminate and set: behind `kansoku passes`."""

from kansoku.passes.job import PassesSummary, run

__all__ = ["PassesSummary", "run"]
