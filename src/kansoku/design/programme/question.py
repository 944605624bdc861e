"""The planner's question over fiscal years: a study becomes a `Programme`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kansoku.byyear import amount_of
from kansoku.config import CoverageSection, DesignSection, NetworkSection
from kansoku.configprogramme import ProgrammeSection
from kansoku.coverage.sources import sources_of
from kansoku.design.programme import ordering, reciprocity
from kansoku.design.programme.agreements import sharing_of
from kansoku.design.programme.beneficiaries import (
    Beneficiary,
    aims_of,
    beneficiaries_of,
    require_paid,
)
from kansoku.design.programme.crediting import Crediting
from kansoku.design.programme.funding import purses_of
from kansoku.design.programme.layout import Layout, layout_of
from kansoku.design.programme.losses import Loss, losses_of, telling, view_after
from kansoku.design.programme.parties import parties_of, profiles
from kansoku.design.programme.programme import (
    OURS,
    Aim,
    Lost,
    Pairs,
    Programme,
    Promise,
    Service,
    Tail,
    View,
    floor_after,
    worst_case,
)
from kansoku.design.programme.reach import require_reachable, without_idle_floors
from kansoku.design.requirements import AUTONOMY, Seen
from kansoku.design.terms import Term
from kansoku.errors import DesignError
from kansoku.network.accounts import Accounts
from kansoku.network.contributors import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


def programme_of(
    network: Network,
    accounts: Accounts,
    seen: Seen,
    catalogue_number: npt.NDArray[np.int64],
    coverage: CoverageSection,
    design: DesignSection,
    prices: NetworkSection,
    satellites: Mapping[str, IndexArray] | None = None,
) -> Programme:
    """Build the programme of a study.

    Parameters
    ----------
    network, accounts : Network, Accounts
        Of a study over years: `network.load(..., over_years=True)`, `network.accounts_of`.
    seen : Seen
        Tracks (C, N, W), weather draws (S, C, W) and demand weights (N,).
    catalogue_number : (N,) int64 array
        Of the targets: they say which objects are in the packages of a firm.
    coverage, design, prices : config sections
        `design.programme` must be there.
    satellites : mapping of str to index array, optional
        Targets that are satellites of each state of `design.programme.beneficiaries`.

    Returns
    -------
    Programme
        Maximise credited coverage, weighed over the years by what each is worth, within the purses
        and the floors.

    Raises
    ------
    DesignError
        When `design.programme` is missing, a purse is unknown or never opens, an arrangement
        needs what is not on offer, a floor is above what all sensors together reach, or a state
        cannot be served as asked.
    """
    question = _Question(network, accounts, coverage, design, prices)
    return question.asked(seen, catalogue_number, satellites or {})


def section_of(design: DesignSection) -> ProgrammeSection:
    """Return `design.programme`.

    Raises
    ------
    DesignError
        When the study has none.
    """
    if design.programme is None:
        raise DesignError("design.programme: missing; add it to decide over fiscal years")
    return design.programme


def worth_of_years(years: int, section: ProgrammeSection) -> FloatArray:
    """Return the share of credited coverage of each year in the objective, (T,): (1 + d)^-t."""
    worth = _discounted(np.arange(years), section)
    least = 0.0 if section.stress is None else section.stress.least_worth
    return np.asarray(worth * (1.0 - least))


def worth_of_least(years: Sequence[int], section: ProgrammeSection) -> FloatArray:
    """Return the share in the objective of the least that any loss leaves, (T,), by fiscal year.

    0 in the years that `stress.years` does not name.
    """
    worth, stress = np.zeros(len(years)), section.stress
    if stress is not None and stress.least_worth > 0.0:
        asked = np.flatnonzero(np.isin(years, stress.years or years[-1:]))
        worth[asked] = stress.least_worth * _discounted(asked, section)
    return worth


def _discounted(years: npt.NDArray[np.intp], section: ProgrammeSection) -> FloatArray:
    """Return what some years are worth beside each other, adding up to 1; counted from 0."""
    worth = (1.0 + section.discount_per_year) ** -years.astype(float)
    return np.asarray(worth / worth.sum())


@dataclass(frozen=True)
class _Terms:
    """The coverage functions of a study; equal ones are one."""

    coverage: Term
    autonomy: Term
    stress: Term
    gains: Mapping[int, Term]


class _Question:
    """All that is known before anything is seen."""

    def __init__(
        self,
        network: Network,
        accounts: Accounts,
        coverage: CoverageSection,
        design: DesignSection,
        prices: NetworkSection,
    ) -> None:
        self.network, self.accounts = network, accounts
        self.coverage, self.design, self.prices = coverage, design, prices
        self.section = section_of(design)
        self.crediting = Crediting(coverage.credit, sources_of(network, coverage, prices.owner))
        self.years = tuple(range(design.decision_fy, design.horizon_fy + 1))
        self.purses = purses_of(network, accounts, self.years, self.section)
        gaining = reciprocity.gaining(network.arrangements) if self.section.gains else ()
        self.gains = bool(gaining)
        self.parties = parties_of(network, gaining)
        self.sharing = sharing_of(network.arrangements, self.parties, self.purses, coverage)
        self.members = self._members()
        self.options = ordering.options_of(
            network, accounts, self.members, self.purses, self.sharing, len(self.years)
        )

    def _members(self) -> IndexArray:
        """Contributors that are options: candidates, and what stands where it may be released."""
        roles = ("candidate", "own") if self.gains else ("candidate",)
        return np.concatenate([np.flatnonzero(self.network.role == role) for role in roles])

    def asked(
        self,
        seen: Seen,
        catalogue_number: npt.NDArray[np.int64],
        satellites: Mapping[str, IndexArray],
    ) -> Programme:
        """Return the programme; floors that nothing reaches are refused."""
        served = beneficiaries_of(
            self.section.beneficiaries, self.network.arrangements, satellites, self.years[0]
        )
        losses = self._losses()
        worth = profiles(self.network.arrangements, self.sharing.received, self.coverage)
        layout = layout_of(
            self.network,
            self.parties,
            worth,
            seen,
            catalogue_number,
            losses,
            self.gains,
            self.crediting.sources,
        )
        programme = self._of(layout, losses, served)
        require_paid(programme)
        require_reachable(programme)
        return without_idle_floors(programme, told=len(self.years))

    def _losses(self) -> tuple[Loss, ...]:
        stress = self.section.stress
        if stress is None:
            return ()
        every = losses_of(self.network, self.accounts, stress.kinds, stress.supplier_delay_years)
        opened = {party.of for party in self.parties}
        mine = np.isin(self.network.role, ["candidate", "own"])
        counted = np.flatnonzero(mine | np.isin(self.network.partner, sorted(opened)))
        return telling(every, counted, self.sharing, self.options.host)

    def _of(
        self, layout: Layout, losses: Sequence[Loss], served: Sequence[Beneficiary]
    ) -> Programme:
        rows, terms = layout.rows(), self._terms(layout)
        release = ordering.release_of(
            self.network,
            self.accounts,
            self.members,
            self.parties,
            reciprocity.worth_to_partners(self.coverage),
            self.sharing,
            self.section.slots,
        )
        yearly = self._aims(terms)
        lost = self._lost(layout, losses)
        stress = self._under_stress(terms.stress, lost)
        aims = (*yearly, *stress)
        aims, warned, services = self._served(layout, served, aims)
        promised: tuple[Aim, ...] = ()
        promises: tuple[Promise, ...] = ()
        if terms.gains:
            gains = reciprocity.gains_of(
                self.network.arrangements, self.parties, terms.gains, rows, release, self.options
            )
            promised, promises = reciprocity.promises_of(
                gains, self.parties, self.sharing, terms.gains, len(self.years), len(aims)
            )
        return Programme(
            years=self.years,
            purses=self.purses,
            places=ordering.places_of(
                self.network, self.accounts, self.members, self.purses, self.prices.cost_level
            ),
            options=self.options,
            sharing=self.sharing,
            rows=rows,
            aims=(*aims, *promised),
            release=release,
            industry=ordering.industry_of(self.accounts, self.members, self.section.suppliers),
            promises=(*warned, *promises),
            services=services,
            tails=self._least_left(stress, len(yearly)),
            pairs=self._pairs(terms.stress, lost),
            escalation=(1.0 + self.section.escalation_per_year)
            ** np.arange(len(self.years), dtype=float),
        )

    def _served(
        self, layout: Layout, served: Sequence[Beneficiary], aims: tuple[Aim, ...]
    ) -> tuple[tuple[Aim, ...], tuple[Promise, ...], tuple[Service, ...]]:
        """Add to the aims what the states that are served are promised."""
        terms = [
            self.crediting.coverage(layout.watching(one.satellites), f"satellites of {one.state}")
            for one in served
        ]
        more, promises, services = aims_of(served, terms, self.sharing, self.years, len(aims))
        return (*aims, *more), promises, services

    def _terms(self, layout: Layout) -> _Terms:
        coverage = self.crediting.coverage(layout)
        owner = self.network.owner[self.members[list(layout.candidates)]] == self.prices.owner
        own = tuple(np.array(layout.candidates)[owner].tolist())
        cells = layout.cells(own, layout.always, 1)
        autonomy = layout.seen.count(AUTONOMY, cells, (1.0,), len(layout.lines))
        stress = self.crediting.stress(layout, coverage)
        return _Terms(coverage, autonomy, stress, self._gains(layout))

    def _gains(self, layout: Layout) -> Mapping[int, Term]:
        """Coverage of the partners whose gain counts, by number."""
        if not self.gains:
            return {}
        worth = reciprocity.worth_to_partners(self.coverage)
        wanted = reciprocity.gaining(self.network.arrangements)
        gaining = [p for p, party in enumerate(self.parties) if party.of in wanted]
        least = float(worth[worth > 0.0].min(initial=1.0))
        return self.crediting.gains(layout, gaining, least)

    def _aims(self, terms: _Terms) -> list[Aim]:
        """Coverage in every year, and what must be covered by the owner alone."""
        worth = worth_of_years(len(self.years), self.section)
        aims = [Aim(terms.coverage, t, worth=float(worth[t])) for t in range(len(self.years))]
        asked = self.section.autonomy_min
        floor = 0.0 if asked is None else asked
        for t, year in enumerate(self.years):
            at_least = amount_of(floor, year, self.years[0])
            if at_least > 0.0:
                aims.append(Aim(terms.autonomy, t, at_least=at_least))
        return aims

    def _lost(self, layout: Layout, losses: Sequence[Loss]) -> tuple[Lost, ...]:
        """What each loss takes; views that are alike are one."""
        views: dict[tuple[frozenset[int], frozenset[int]], View] = {}
        views[frozenset(), frozenset()] = OURS
        option = {c: i for i, c in enumerate(self.members.tolist())}
        found = []
        for number, loss in enumerate(losses):
            view = views.setdefault((loss.void, loss.late), view_after(loss, option))
            rows = tuple(j for j, line in enumerate(layout.lines) if number in line.falls_in)
            found.append(Lost(loss.name, rows, view))
        return tuple(found)

    def _under_stress(self, term: Term, losses: Sequence[Lost]) -> list[Aim]:
        """What must be left of coverage in every case."""
        stress = self.section.stress
        return [
            floor_after(one, term, t, 0.0 if stress is None else stress.keep_min)
            for one in losses
            for t in self._stressed_years()
        ]

    def _stressed_years(self) -> list[int]:
        stress = self.section.stress
        asked = () if stress is None else stress.years or self.years[-1:]
        return [self.years.index(year) for year in asked]

    def _pairs(self, term: Term, losses: tuple[Lost, ...]) -> Pairs | None:
        """What must be left after two losses at once, where that is asked for.

        Raises
        ------
        DesignError
            When there are no two losses of which neither holds the other.
        """
        stress = self.section.stress
        if stress is None or stress.keep_min_pair == 0.0:
            return None
        if len(losses) < 2:
            apart = f"only the {losses[0].name}" if losses else "nothing"
            raise DesignError(
                f"design.programme.stress.keep_min_pair: {apart} can be lost of what is in the "
                f"study (kinds: {', '.join(stress.kinds)}), and a pair needs two losses of which "
                "neither holds the other; name more kinds, or remove keep_min_pair"
            )
        return Pairs(term, losses, tuple(self._stressed_years()), stress.keep_min_pair)

    def _least_left(self, aims: Sequence[Aim], first: int) -> tuple[Tail, ...]:
        """What the least that is left is worth, in each year that the aims under stress name.

        Parameters
        ----------
        aims : sequence of Aim
        first : int
            Number of the first of them in the programme.

        Raises
        ------
        DesignError
            When a share of the objective goes to what losses leave, and nothing can be lost.
        """
        worth, stress = worth_of_least(self.years, self.section), self.section.stress
        if stress is not None and worth.any() and not aims:
            # that share would go to nothing: at a share of 1 every plan would be worth 0
            raise DesignError(
                "design.programme.stress.least_worth: nothing can be lost of what is in the study "
                f"(kinds: {', '.join(stress.kinds)}), so no loss leaves a least; name more kinds, "
                "or remove least_worth"
            )
        return tuple(
            worst_case(
                [first + k for k, aim in enumerate(aims) if aim.year == year], float(worth[year])
            )
            for year in sorted({aim.year for aim in aims})
            if worth[year] > 0.0
        )
