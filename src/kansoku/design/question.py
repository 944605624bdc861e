"""The planner's question as a design problem: rows, prices, tiers and floors of one study."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansoku.config import CoverageSection, DesignSection, NetworkSection
from kansoku.constants import LEVELS
from kansoku.design.problem import Arrangements, Candidates, Design, Problem, Sites
from kansoku.design.requirements import Layout, Seen, Supply, assigned, counted
from kansoku.device.device import Device
from kansoku.errors import DesignError
from kansoku.network.contributors import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]


def layout_of(network: Network, coverage: CoverageSection) -> Layout:
    """Sort the contributors of a network by who decides about them."""
    partners = tuple(dict.fromkeys(option.partner for option in network.arrangements))
    return Layout(
        candidates=np.flatnonzero(network.role == "candidate"),
        always=np.flatnonzero(network.role == "own"),
        partners=partners,
        partner_members=tuple(
            np.flatnonzero((network.role == "partner") & (network.partner == partner))
            for partner in partners
        ),
        tier_credit=tier_credit(network, partners, coverage),
    )


def tier_credit(
    network: Network, partners: tuple[str, ...], coverage: CoverageSection
) -> FloatArray:
    """Worth of a partner's track by tier: credit of the tier x share of the data that is usable.

    A tier counts when it is at least `coverage.min_tier` and arrives within
    `coverage.max_latency_hours`; the running maximum makes a richer tier never worth less.
    """
    worth = np.zeros((len(partners), 5))
    for option in network.arrangements:
        late = option.latency_hours > coverage.max_latency_hours
        if option.tier < coverage.min_tier or late:
            continue
        # one package of a firm is on offer, and an object is in it with this probability
        usable = option.usable_share * option.package_share
        credit = coverage.tier_credit[option.tier - 1] * usable
        p = partners.index(option.partner)
        worth[p, option.tier - 1] = max(worth[p, option.tier - 1], credit)
    return np.maximum.accumulate(worth, axis=1)


def problem_of(
    network: Network,
    tracks: npt.NDArray[np.uint8],
    clear: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    coverage: CoverageSection,
    design: DesignSection,
    prices: NetworkSection,
    supply: Supply | None = None,
    device: Device | None = None,
) -> Problem:
    """Build the design problem of a study.

    Parameters
    ----------
    network : Network
    tracks : (C, N, W) uint8 array
    clear : (S, C, W) bool array
    weight : (N,) int64 array
        Demand weight of one cell of each target.
    coverage, design, prices : config sections
    supply : Supply, optional
        Given where tracks need slots (`design.capacity: block`).
    device : Device, optional
        Where tracks are counted when designs are compared; on the host without.

    Returns
    -------
    Problem
        Maximise credited coverage within the budget; the autonomy floor counts plain coverage by
        the owner's sensors, existing and new.
    """
    layout, seen = layout_of(network, coverage), Seen(tracks, clear, weight, device)
    asked = (
        counted(network, layout, seen, coverage.credit, prices.owner)
        if supply is None
        else assigned(network, layout, seen, supply, coverage.credit, prices.owner)
    )
    sites = tuple(dict.fromkeys(network.site[layout.candidates].tolist()))
    level = LEVELS.index(prices.cost_level)
    return Problem(
        budget_mjpy=budget_of(design),
        candidates=_candidates(network, layout.candidates, sites),
        sites=Sites(sites, np.array([network.site_opening_mjpy[s][level] for s in sites])),
        partners=layout.partners,
        arrangements=_arrangements(network, layout.partners),
        tier_credit=layout.tier_credit,
        row_candidate=asked.row_candidate,
        row_partner=asked.row_partner,
        objective=asked.coverage,
        floors=(asked.autonomy >= design.autonomy_min,) if design.autonomy_min > 0.0 else (),
    )


def budget_of(design: DesignSection) -> float:
    """Return what may be paid from the decision year to the horizon. [million JPY].

    Raises
    ------
    DesignError
        When the study has none, for it asks over fiscal years.
    """
    if design.budget_mjpy is None:
        raise DesignError("design.budget_mjpy: missing; add it to decide within one period")
    return design.budget_mjpy


def _candidates(network: Network, rows: IndexArray, sites: tuple[str, ...]) -> Candidates:
    index = {site: number for number, site in enumerate(sites)}
    return Candidates(
        names=tuple(network.id[rows].tolist()),
        cost_mjpy=network.cost_mjpy[rows],
        site=np.array([index[site] for site in network.site[rows]], dtype=np.intp),
    )


def _arrangements(network: Network, partners: tuple[str, ...]) -> Arrangements:
    options = network.arrangements
    return Arrangements(
        names=tuple(option.id for option in options),
        partner=np.array([partners.index(option.partner) for option in options], dtype=np.intp),
        tier=np.array([option.tier for option in options], dtype=np.intp),
        cost_mjpy=np.array([option.cost_mjpy for option in options], dtype=float),
        in_force=np.array([option.in_force for option in options], dtype=bool),
    )


def contributor_credit(network: Network, problem: Problem, design: Design) -> FloatArray:
    """What a track of each contributor is worth under a design, (C,): 0 for the inactive."""
    credit = np.zeros(len(network))
    credit[network.role == "own"] = 1.0
    credit[np.flatnonzero(network.role == "candidate")] = design.built.astype(float)
    worth = np.hstack([np.zeros((len(problem.partners), 1)), problem.tier_credit])
    for p, tier in enumerate(problem.tiers(design)):
        credit[(network.role == "partner") & (network.partner == problem.partners[p])] = worth[
            p, tier
        ]
    return credit


def repriced(network: Network, problem: Problem, level: str) -> Problem:
    """Return the same question at the low, mid or high costs."""
    at = LEVELS.index(level)
    candidates = np.flatnonzero(network.role == "candidate")
    costs = {
        "low": network.cost_low_mjpy,
        "mid": network.cost_mid_mjpy,
        "high": network.cost_high_mjpy,
    }
    return problem.with_costs(
        costs[level][candidates],
        np.array([network.site_opening_mjpy[site][at] for site in problem.sites.names]),
        np.array(
            [network.arrangement_cost_levels[name][at] for name in problem.arrangements.names]
        ),
    )
