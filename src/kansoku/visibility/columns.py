"""Equally long arrays that are selected, joined and replaced together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import ModuleType
from typing import Self

from kansoku.backend import Array


@dataclass(frozen=True)
class Columns:
    """Equally long arrays that are selected and joined together."""

    def take(self, index: Array | slice) -> Self:
        """Return some of the entries, in the order of `index`."""
        return type(self)(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def put(self, index: Array, other: Self) -> None:
        """Replace the entries at `index` by the others, in order and in place."""
        for f in fields(self):
            getattr(self, f.name)[index] = getattr(other, f.name)

    def insert(self, xp: ModuleType, place: Array, other: Self) -> Self:
        """Return these entries with the others put before the entries at `place`, which rises."""
        there = place + xp.arange(len(place))
        stays = None
        inserted = {}
        for f in fields(self):
            mine, theirs = getattr(self, f.name), getattr(other, f.name)
            if stays is None:
                stays = xp.ones(len(mine) + len(place), dtype=bool)
                stays[there] = False
            joined = xp.empty(len(stays), dtype=mine.dtype)
            joined[stays] = mine
            joined[there] = theirs
            inserted[f.name] = joined
        return type(self)(**inserted)

    def join(self, xp: ModuleType, *others: Self) -> Self:
        """Return these entries and then those of the others."""
        everyone = (self, *others)
        return type(self)(
            **{
                f.name: xp.concatenate([getattr(each, f.name) for each in everyone])
                for f in fields(self)
            }
        )
