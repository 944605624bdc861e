"""What must be watched: catalogues, the reference population, sizes and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.lazy import names_from

if TYPE_CHECKING:
    from kansoku.targets.catalogue import load
    from kansoku.targets.objects import MeanElements, ReadCounts, Targets

__all__ = ["MeanElements", "ReadCounts", "Targets", "load"]

__getattr__ = names_from(
    __name__,
    {
        "catalogue": ("load",),
        "objects": ("MeanElements", "ReadCounts", "Targets"),
    },
)
