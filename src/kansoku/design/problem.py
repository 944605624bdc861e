"""What may be chosen, what it costs and what it must reach: one design question as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kansoku.design.terms import Floor, Term
from kansoku.errors import DesignError

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

NO_INDEX = -1


@dataclass(frozen=True)
class Candidates:
    """Sensors that may be built: I names, costs [million JPY] and site indices (-1: no site)."""

    names: tuple[str, ...]
    cost_mjpy: FloatArray
    site: IndexArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Sites:
    """Places with an opening cost [million JPY], paid once if any candidate there is built."""

    names: tuple[str, ...]
    opening_mjpy: FloatArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Arrangements:
    """Sharing options R: partner index, tier received (1 = poorest) and cost [million JPY].

    Those in force cost nothing more and cannot be lost; a richer one replaces them.
    """

    names: tuple[str, ...]
    partner: IndexArray
    tier: IndexArray
    cost_mjpy: FloatArray
    in_force: BoolArray

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Design:
    """One binary answer: which candidates are built and which arrangements are signed."""

    built: BoolArray
    signed: BoolArray

    def key(self) -> bytes:
        """Return the choice as bytes, equal for equal designs."""
        return np.packbits(np.concatenate([self.built, self.signed])).tobytes()


@dataclass(frozen=True)
class Excluded:
    """An earlier answer, from which others must differ in `differ` candidates or arrangements."""

    design: Design
    differ: int


@dataclass(frozen=True)
class Problem:
    """Maximise coverage within a budget, or minimise cost at a given coverage.

    Attributes
    ----------
    budget_mjpy : float
        Most that may be paid; infinity for none. [million JPY]
    candidates : Candidates
    sites : Sites
    partners : tuple of str
        P names.
    arrangements : Arrangements
    tier_credit : (P, Q) array
        Worth of a partner's track received at tiers 1 to Q, non-decreasing, 0 where it is not
        admissible. [unitless]
    row_candidate, row_partner : (J,) index arrays
        The candidate or the partner whose tracks a row holds, -1 for the other of the two; both -1
        for a contributor that is always on.
    row_profile : (J, Q) array, optional
        Weight of a partner's row by tier received, non-decreasing; `tier_credit` of its partner
        when left out. [unitless]
    objective : Term
    floors : tuple of Floor
    min_coverage : float or None
        None maximises coverage; a fraction minimises cost subject to that much coverage.
    excluded : tuple of Excluded
        Designs that are not to be found again, nor any near them.
    """

    budget_mjpy: float
    candidates: Candidates
    sites: Sites
    partners: tuple[str, ...]
    arrangements: Arrangements
    tier_credit: FloatArray
    row_candidate: IndexArray
    row_partner: IndexArray
    objective: Term
    floors: tuple[Floor, ...] = ()
    min_coverage: float | None = None
    row_profile: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    excluded: tuple[Excluded, ...] = ()

    def __post_init__(self) -> None:
        if self.tier_credit.size and (np.diff(self.tier_credit, axis=1) < 0).any():
            partner = int(np.flatnonzero((np.diff(self.tier_credit, axis=1) < 0).any(axis=1))[0])
            raise DesignError(
                f"tier_credit of {self.partners[partner]}: falls from one tier to a richer one, "
                f"{self.tier_credit[partner].tolist()}; give the running maximum over tiers"
            )
        if ((self.row_candidate >= 0) & (self.row_partner >= 0)).any():
            raise ValueError("a row belongs to one candidate or to one partner, not to both")
        if len(self.row_profile) != len(self.row_partner):
            object.__setattr__(self, "row_profile", self._profiles())
        for requirement in self.requirements:
            self._check_rows(requirement.term)

    def _profiles(self) -> FloatArray:
        """Return the tier credit of each row's partner."""
        padded = np.vstack([self.tier_credit, np.zeros((1, self.tier_credit.shape[1]))])
        return np.asarray(padded[self.row_partner])

    def _check_rows(self, term: Term) -> None:
        """Refuse a term that counts whole contributors over rows that count in part."""
        profile = self.row_profile[term.rows]
        partly = ~np.isin(profile, (0.0, 1.0)).all(axis=1)
        if term.needs_whole_rows and partly.any():
            raise DesignError(
                f"{term.name}: needs rows that count fully or not at all, but a partner's row has "
                f"the tier credit {profile[partly][0].tolist()}; give such rows a profile of 0 and "
                "1 (row_profile)"
            )

    @property
    def requirements(self) -> tuple[Floor, ...]:
        """The objective, then the floors; coverage targets of the objective count as a floor."""
        return (Floor(self.objective, self.min_coverage or 0.0), *self.floors)

    @property
    def exact(self) -> bool:
        """Whether the cuts of every requirement are tight, so that values need no certificate."""
        return all(requirement.term.exact for requirement in self.requirements)

    @property
    def minimises_cost(self) -> bool:
        """Whether cost, not coverage, is the objective."""
        return self.min_coverage is not None

    def with_budget(self, budget_mjpy: float) -> Problem:
        """Return the same question under another budget; cuts stay valid."""
        return replace(self, budget_mjpy=budget_mjpy, min_coverage=None)

    def with_costs(
        self, candidates: FloatArray, sites: FloatArray, arrangements: FloatArray
    ) -> Problem:
        """Return the same question at other prices; cuts stay valid."""
        return replace(
            self,
            candidates=replace(self.candidates, cost_mjpy=candidates),
            sites=replace(self.sites, opening_mjpy=sites),
            arrangements=replace(self.arrangements, cost_mjpy=arrangements),
        )

    def too_near(self, design: Design) -> float:
        """Return by what share of its distance a design is too near an excluded one, 0: far enough.

        The worst share counts; arrangements in force are in every design and do not.
        """
        shares = (
            1.0 - min(self.difference(design, one.design) / one.differ, 1.0)
            for one in self.excluded
        )
        return max(shares, default=0.0)

    def difference(self, design: Design, other: Design) -> int:
        """Return in how many candidates and new arrangements two designs differ."""
        signed = (design.signed != other.signed) & ~self.arrangements.in_force
        return int(np.count_nonzero(design.built != other.built) + np.count_nonzero(signed))

    def arrangement_prices(self) -> FloatArray:
        """Return what each arrangement adds to the cost: nothing when it is in force."""
        return np.where(self.arrangements.in_force, 0.0, self.arrangements.cost_mjpy)

    def opened(self, design: Design) -> BoolArray:
        """Return which sites a design opens."""
        opened = np.zeros(len(self.sites), dtype=bool)
        sites = self.candidates.site[design.built]
        opened[sites[sites >= 0]] = True
        return opened

    def cost_mjpy(self, design: Design) -> float:
        """Return the whole cost of a design. [million JPY]"""
        return float(
            self.candidates.cost_mjpy[design.built].sum()
            + self.sites.opening_mjpy[self.opened(design)].sum()
            + self.arrangement_prices()[design.signed].sum()
        )

    def tiers(self, design: Design) -> IndexArray:
        """Return the richest tier received from each partner, 0 for none."""
        tiers = np.zeros(len(self.partners), dtype=np.intp)
        signed = design.signed | self.arrangements.in_force
        np.maximum.at(tiers, self.arrangements.partner[signed], self.arrangements.tier[signed])
        return tiers

    def row_weights(self, design: Design) -> FloatArray:
        """Return how much each row counts under a design, (J,) in [0, 1]."""
        tiers = np.append(self.tiers(design), 0)[self.row_partner]
        return np.where(
            self.row_candidate >= 0,
            _gather(design.built.astype(float), self.row_candidate),
            np.where(self.row_partner >= 0, self.profile_at(tiers), 1.0),
        )

    def profile_at(self, tiers: IndexArray) -> FloatArray:
        """Return the weight of each row were its partner's data received at tiers (J,), 0: none."""
        padded = np.hstack([np.zeros((len(self.row_profile), 1)), self.row_profile])
        return np.asarray(padded[np.arange(len(padded)), tiers])

    def nothing(self) -> Design:
        """Return the design that builds nothing and keeps what is in force."""
        return Design(np.zeros(len(self.candidates), dtype=bool), self.arrangements.in_force.copy())

    def everything(self) -> Design:
        """Return every candidate with the richest arrangement of each partner."""
        signed = self.arrangements.in_force.copy()
        for partner in range(len(self.partners)):
            options = np.flatnonzero(self.arrangements.partner == partner)
            if len(options):
                signed[options[np.argmax(self.arrangements.tier[options])]] = True
        return Design(np.ones(len(self.candidates), dtype=bool), signed)


def _gather(values: FloatArray, index: IndexArray) -> FloatArray:
    """Return values[index], 0 where the index is -1."""
    return np.append(values, 0.0)[index]
