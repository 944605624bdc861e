"""A second look at networks that were chosen: coverage, gaps, slots, and what stays unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kansoku.constants import SECONDS_PER_HOUR
from kansoku.coverage import second_look
from kansoku.coverage.gaps import Gaps, TrackTimes, gaps_of
from kansoku.coverage.gaps_on_device import gaps_on
from kansoku.coverage.sources import Sources, sources_of
from kansoku.coverage.value import Value, value_of
from kansoku.cubes.findings import NetworkValue
from kansoku.design.slotcheck import WithinSlots, joined, within_slots
from kansoku.resources import map_in_order
from kansoku.study.scope import Scope, Witness, supply_of
from kansoku.visibility.reasons import reason_of

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
TextArray = npt.NDArray[np.str_]

NOT_EXAMINED = "not examined: the run was interrupted"
INTERRUPTED = "The run was interrupted after the design: what is missing was not examined."


@dataclass(frozen=True)
class Examiner:
    """Looks at networks of one study.

    Attributes
    ----------
    scope, witness : Scope, Witness
    part : (N,) intp array
        Part of the supply of firms that each object lies in: credit is (C, K), by part.
    """

    scope: Scope
    witness: Witness
    part: npt.NDArray[np.intp]

    def values(self, credits: Sequence[FloatArray]) -> tuple[NetworkValue, ...]:
        """Return coverage and gaps of some networks, equal ones looked at once."""
        first = {credit.tobytes(): n for n, credit in reversed(list(enumerate(credits)))}
        looked_at = sorted(first.values())
        found = map_in_order(
            lambda n: self.network_value(credits[n]),
            looked_at,
            1 if self.scope.device else self.scope.workers,  # a device does not follow a fork
        )
        by_number = dict(zip(looked_at, found, strict=True))
        return tuple(by_number[first[credit.tobytes()]] for credit in credits)

    def network_value(self, credit: FloatArray) -> NetworkValue:
        """Return coverage and gaps of one network, (C, K) worth of a track."""
        seen = self.witness.coverage
        active = [
            times.where((credit > 0)[times.contributor, self.part[times.target]])
            for times in seen.times
        ]
        return NetworkValue(
            contributor_credit=credit,
            all=self.value(credit),
            own=self.value(self.own(credit)),
            gaps=self._gaps(active),
        )

    def _gaps(self, active: list[TrackTimes]) -> Gaps:
        """Return revisit gaps between the tracks of one network."""
        scope, witness = self.scope, self.witness
        stretch_s = scope.config.time.hours * SECONDS_PER_HOUR
        given = (active, witness.clear, len(scope.targets), stretch_s, witness.coverage.window_s)
        return gaps_on(scope.device, *given) if scope.device else gaps_of(*given)

    def value(self, credit: FloatArray) -> Value:
        """Return the coverage of one network."""
        return value_of(
            self.witness.coverage.tracks,
            self.witness.clear,
            credit[:, self.part],
            self.scope.targets,
            self.witness.weight,
            self.scope.config.coverage.credit,
            self.sources,
        )

    @cached_property
    def sources(self) -> Sources | None:
        """Whose tracks count together as one; None where every track counts."""
        config = self.scope.config
        return sources_of(self.scope.network, config.coverage, config.network.owner)

    def credited(self, credits: Sequence[FloatArray], some: IndexArray) -> FloatArray:
        """Return credited coverage of some targets, all alike, by each of n networks, (n,)."""
        first = {credit.tobytes(): n for n, credit in reversed(list(enumerate(credits)))}
        found = {n: self._credited(credits[n], some) for n in first.values()}
        return np.array([found[first[credit.tobytes()]] for credit in credits])

    def _credited(self, credit: FloatArray, some: IndexArray) -> float:
        value = value_of(
            self.witness.coverage.tracks[:, some],
            self.witness.clear,
            credit[:, self.part[some]],
            self.scope.targets.take(some),
            np.ones(len(some), dtype=np.int64),
            self.scope.config.coverage.credit,
            self.sources,
        )
        return float(value.credited.mean())

    def own(self, credit: FloatArray) -> FloatArray:
        """Return the credit of the owner's contributors alone."""
        owner = self.scope.network.owner == self.scope.config.network.owner
        return np.where(owner[:, None], credit, 0.0)

    def unseen(self, credit: FloatArray) -> TextArray:
        """Reason for each target that no active contributor ever tracks; '' for the others."""
        scope = self.scope
        active = np.flatnonzero(credit.any(axis=1))
        counts = (credit > 0)[active][:, self.part, None]
        lost = np.flatnonzero(
            ~((self.witness.coverage.tracks[active] > 0) & counts).any(axis=(0, 2))
        )
        reasons = np.full(len(scope.targets), "", dtype="U80")
        try:
            bits = second_look.reached_by(
                np,  # the few that are left, on all cores
                scope.targets.take(lost),
                scope.network.sensors.take(active),
                scope.grids,
                scope.demand,
                scope.config.targets.max_age_days,
                scope.workers,
            )
            reasons[lost] = reason_of(bits)
        except KeyboardInterrupt:
            reasons[lost] = NOT_EXAMINED
        return reasons

    def within_slots(self, networks: Sequence[FloatArray]) -> WithinSlots:
        """Return what networks reach when every track needs a slot of its sensor."""
        together = [networks] if self.part.max(initial=0) == 0 else [(one,) for one in networks]
        return joined([self._within_slots(some) for some in together])

    def _within_slots(self, networks: Sequence[FloatArray]) -> WithinSlots:
        """Return the same of networks that are sold the same objects."""
        scope, witness = self.scope, self.witness
        tracks = witness.coverage.tracks
        if self.part.any():
            tracks = tracks * (networks[0] > 0)[:, self.part, None].astype(np.uint8)
        return within_slots(
            tracks,
            witness.clear,
            witness.weight,
            supply_of(scope),
            scope.config.coverage.credit,
            tuple(credit.max(axis=1) for credit in networks),
            scope.network.owner == scope.config.network.owner,
        )


def interrupted(unseen: Sequence[TextArray]) -> tuple[str, ...]:
    """Say that something was not examined, where it was not."""
    return (INTERRUPTED,) if any(NOT_EXAMINED in each for each in unseen) else ()
